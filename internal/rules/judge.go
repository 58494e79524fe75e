package rules

import (
	"slices"
	"strconv"
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// MaxFindings is how many findings are told about one message beside those of its schema; a receipt is read by people.
const MaxFindings = 50

// Judge puts together what gate, schema and rules say about one message, in this order. A rule is left out where the schema has
// refused the same place or what the rule would need: it would say the same again. Who may send, and the test flag, are said as long as they are there.
// Of more than 50 findings beside the schema's own the errors come first, and how many are left out is said.
func Judge(gate, schema, rules []amtshilfe.Finding) []amtshilfe.Finding {
	said := slices.Clone(gate)
	if len(schema) == 0 {
		said = append(said, rules...)
	} else {
		for _, f := range rules {
			if who(f, schema) || !slices.ContainsFunc(schema, func(s amtshilfe.Finding) bool { return covers(s, f) }) {
				said = append(said, f)
			}
		}
	}
	said = bound(said)
	return slices.Insert(said, min(len(gate), len(said)), schema...)
}

// who says that a finding is about who sends, and rests on something that is there.
func who(f amtshilfe.Finding, schema []amtshilfe.Finding) bool {
	switch f.Code {
	case codeAbsender:
		return strings.HasSuffix(f.Path, kennungPath)
	case codeTest:
		return !slices.ContainsFunc(schema, func(s amtshilfe.Finding) bool { return s.Path == f.Path+"/@test" })
	}
	return false
}

// covers says whether the rule's place is one that the schema's finding makes worthless: the same place, one in it or around it. An
// element that is missing or not expected spoils all of its parent.
func covers(schema, rule amtshilfe.Finding) bool {
	at := schema.Path
	switch schema.Code {
	case "XSD-UNERWARTET":
		at = at[:max(strings.LastIndexByte(at, '/'), 0)]
	case "XSD-WEITERE", "XSD-WURZEL", "ABSTURZ":
		return true
	}
	return within(rule.Path, at) || within(at, rule.Path)
}

// within says whether path is at, or below it.
func within(path, at string) bool {
	rest, ok := strings.CutPrefix(path, at)
	return ok && (rest == "" || rest[0] == '/')
}

// bound keeps the first 50 findings, errors before warnings.
func bound(said []amtshilfe.Finding) []amtshilfe.Finding {
	left := len(said) - MaxFindings
	if left <= 0 {
		return said
	}
	slices.SortStableFunc(said, func(a, b amtshilfe.Finding) int { return weight(a) - weight(b) })
	more := finding(codeWeitere, "", strconv.Itoa(left)+" weitere Befunde")
	if left == 1 {
		more = finding(codeWeitere, "", "Ein weiterer Befund")
		more.Text = strings.Replace(more.Text, " sind hier nicht aufgeführt", " ist hier nicht aufgeführt", 1)
	}
	return append(said[:MaxFindings:MaxFindings], more)
}

func weight(f amtshilfe.Finding) int {
	switch {
	case f.Severity == warnung:
		return 2
	case f.Hold:
		return 1
	}
	return 0
}

// Unreadable says that the gate refused the document as a whole, so that nothing else can be said of it.
func Unreadable(gate []amtshilfe.Finding) bool {
	return slices.ContainsFunc(gate, func(f amtshilfe.Finding) bool { return strings.HasPrefix(f.Code, "XML-") })
}
