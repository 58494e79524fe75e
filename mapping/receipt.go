package mapping

import (
	"fmt"
	"slices"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// Ergebnis is the result of a drop as its receipts name it.
type Ergebnis string

// The results of a drop (profile schema, lieferquittung/ergebnis).
const (
	ErgebnisAngenommen Ergebnis = "angenommen"
	ErgebnisTeilweise  Ergebnis = "teilweise"
	ErgebnisAbgewiesen Ergebnis = "abgewiesen"
	ErgebnisDuplikat   Ergebnis = "duplikat"
	ErgebnisRueckfrage Ergebnis = "rueckfrage"
)

// Sum is the count and amount of the messages of one status; the sums of a receipt add up to what was dropped.
type Sum struct {
	Status amtshilfe.Status
	Count  int
	Betrag amtshilfe.Cents
}

// Receipt is the head of a Lieferquittung; its lines are streamed beside it.
type Receipt struct {
	Name         string   // file name as dropped, any bytes
	SHA256       [32]byte // of the dropped file
	Size         int64    // of the dropped file in bytes
	Kopf         *amtshilfe.Lieferkopf
	Drop         amtshilfe.DropID
	Number       int // n of the file name, from 1
	ReceivedAt   time.Time
	CreatedAt    time.Time
	Betriebsart  amtshilfe.Betriebsart
	AuditHead    string // head of the audit chain (64 hex digits), receipt 1 only, "" = not written
	Closed       bool   // abgeschlossen: no further receipt for this drop
	Ergebnis     Ergebnis
	Sums         []Sum // any order; written in the order of amtshilfe.Statuses
	NextID       int64 // naechsteUebertragungsID, 0 = not written
	DuplicateOf  amtshilfe.DropID
	DropFindings []amtshilfe.Finding // about the drop as a whole
	Question     *amtshilfe.Question // why all of it waits; nil = it does not
}

// findings are those about the drop as a whole. What a person is asked about all of it is told like one, with who decides and until
// when: the profile's schema knows a rueckfrage of messages only.
func (r Receipt) findings() []amtshilfe.Finding {
	q := r.Question
	if q == nil {
		return r.DropFindings
	}
	text := fmt.Sprintf("%s Zuständig: %s, bis %s.", q.Text, q.Owner, q.Until.UTC().Format("02.01.2006"))
	return append(slices.Clone(r.DropFindings), amtshilfe.Finding{Code: q.Code, Severity: amtshilfe.SeverityFehler, Text: text})
}

// Line is one message in a receipt.
type Line struct {
	Position      int    // seq in the drop, from 1
	Entry         string // name in the ZIP, "" otherwise
	UUID          string
	Aktenzeichen  string
	Kassenzeichen string
	Betrag        amtshilfe.Cents // 0 = not written
	DuplicateOf   string          // duplikatVon: delivery id, "" = none
	Status        amtshilfe.Status
	Findings      []amtshilfe.Finding
	Question      *amtshilfe.Question // why it waits; nil = it does not
	Uebermittlung *Uebermittlung      // nil = not handed over yet
}

// Uebermittlung says how a message was, or will be, handed over.
type Uebermittlung struct {
	Weg           Weg
	Zeitpunkt     time.Time
	Empfaenger    *amtshilfe.Behoerde // nil = not written
	Registerstand string              // rule and state of the directory, "" = not written
	Expected      time.Time           // voraussichtlichAm, a day at midnight UTC, zero = not written
	TransportID   string              // XTA MessageID or Sendung, "" = not written
}

// Weg is the way of a message (profile schema, Uebermittlungsweg).
type Weg string

// The two ways.
const (
	WegElektronisch Weg = "elektronisch"
	WegPostalisch   Weg = "postalisch"
)
