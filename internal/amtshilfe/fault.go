package amtshilfe

import "errors"

// Verdict says what the Runner does about a Fault.
type Verdict int

// The three verdicts. What nobody judged is retried: late beats lost.
const (
	Retry Verdict = iota
	Reject
	Hold
)

// String is the verdict as logs show it.
func (v Verdict) String() string { return [...]string{"retry", "reject", "hold"}[v] }

// Fault is an error with a verdict: the Runner acts on it, the receipt shows Code and Text, the log sees Err.
type Fault struct {
	Verdict    Verdict // Retry, Reject or Hold
	Code, Text string  // stable code <AREA>-<WORD>; one German sentence without personal data
	Owner      Owner   // who decides, for Hold
	Err        error   // cause, may be nil
}

// Error names the verdict and the code; the German text is for receipts, not for logs.
func (f *Fault) Error() string {
	s := f.Verdict.String() + " " + f.Code
	if f.Err != nil {
		s += ": " + f.Err.Error()
	}
	return s
}

// Unwrap gives the cause.
func (f *Fault) Unwrap() error { return f.Err }

// VerdictOf reads the verdict out of err. What nobody judged is retried: late beats lost.
func VerdictOf(err error) Verdict {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f.Verdict
	}
	return Retry
}

// Severity of a finding.
type Severity string

// The two severities of the profile's schema.
const (
	SeverityFehler  Severity = "fehler"
	SeverityWarnung Severity = "warnung"
)

// Finding (Befund) is one thing wrong with a message or a drop, as the sender reads it. Text never carries personal data.
type Finding struct {
	Code     string   // stable, <AREA>-<WORD>: XML, XSD, LIEF, ZIP, ABS, TEST, PACK, REGEL, ZEICHEN, ANHANG, HINDERNIS, DUP, BEZUG, ZUST, XTA, DRUCK, ABSTURZ
	Severity Severity // fehler or warnung
	Text     string   // one German sentence: what is wrong and what to do
	Line     int      // from 1, in the dropped file's own coordinates (for a ZIP: in the entry); 0 = no position
	Column   int      // from 1, counted in characters
	Path     string   // element path like /vollstreckungshilfe.Ersuchen.003/titel[2]/datum, local names, may be ""
	// Hold says that the message is not refused but waits for a decision (a Hindernis); Owner says whose.
	Hold  bool
	Owner Owner
	// Char is the character in the element's text that the finding is about, 0 = the element as a whole, and Nth says which of
	// several, from 0. They lead from the rule that saw it to Line and Column and are not kept.
	Char rune `json:"-"`
	Nth  int  `json:"-"`
}

// Failed says whether one of the findings refuses the message: a fehler that does not merely hold it.
func Failed(findings []Finding) bool {
	for _, f := range findings {
		if f.Severity == SeverityFehler && !f.Hold {
			return true
		}
	}
	return false
}

// HeldBy gives the first finding that makes the message wait, or nil.
func HeldBy(findings []Finding) *Finding {
	for i := range findings {
		if findings[i].Hold {
			return &findings[i]
		}
	}
	return nil
}
