package pipeline

import (
	"errors"
	"fmt"
	"strconv"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/xmlgate"
	"damtshilfe/mapping"
)

// maxWahl is how many choices one entscheidung may name: they are carried out in one transaction.
const maxWahl = 1000

// errUnopened says that a decision has to wait until the drops that came before it are opened: it may be about one of them.
var errUnopened = errors.New("an earlier drop of the account is not opened yet")

var (
	findingManyChoices = amtshilfe.Finding{Code: "LIEF-ENTSCHEIDUNGEN", Severity: amtshilfe.SeverityFehler,
		Text: "Eine Entscheidung darf höchstens " + strconv.Itoa(maxWahl) + " Einträge haben; bitte auf mehrere verteilen."}
	findingChosenTwice = amtshilfe.Finding{Code: "BEZUG-DOPPELT", Severity: amtshilfe.SeverityFehler,
		Text: "Über dieselbe Nachricht wird zweimal entschieden; bitte jede nachrichtenUUID nur einmal nennen."}
	findingNotAsked = amtshilfe.Finding{Code: "BEZUG-NICHT-OFFEN", Severity: amtshilfe.SeverityFehler,
		Text: "Hierzu ist keine Rückfrage (mehr) offen; es gibt nichts zu entscheiden. Eine Lieferung nimmt ein Widerruf zurück, eine übermittelte Nachricht eine Einstellung (008)."}
	findingNotYours = amtshilfe.Finding{Code: "BEZUG-ZUSTAENDIG", Severity: amtshilfe.SeverityFehler,
		Text: "Über diese Rückfrage entscheidet %s; freigeben kann sie der Einlieferer nicht, nur zurückziehen."}
	findingTooLateToWithdraw = amtshilfe.Finding{Code: codeTooLate, Severity: amtshilfe.SeverityFehler,
		Text: "Die Nachricht ist schon übermittelt oder kann es sein; zurückgenommen wird sie nur noch mit einer Einstellung (008)."}
	findingFirstThe008 = amtshilfe.Finding{Code: "BEZUG-EINSTELLUNG", Severity: amtshilfe.SeverityFehler,
		Text: "Zu diesem Ersuchen wartet eine Einstellung (008) auf eine Entscheidung; bitte zuerst über sie entscheiden."}
	findingUnsafe = amtshilfe.Finding{Code: "ANHANG-FREIGABE", Severity: amtshilfe.SeverityFehler,
		Text: "Ein Anhang der Nachricht ist nicht sicher oder nicht lesbar und lässt sich nicht freigeben; bitte die Nachricht zurückziehen und mit einem anderen Anhang neu senden."}
	findingNothingThere = amtshilfe.Finding{Code: "BEZUG-UNBEKANNT", Severity: amtshilfe.SeverityFehler,
		Text: "Das Konto hat keine Nachricht oder Lieferung mit dieser Nummer eingeliefert; bitte nachrichtenUUID, uebertragungsID oder lieferungID prüfen."}
	findingSeveralDrops = amtshilfe.Finding{Code: "BEZUG-MEHRDEUTIG", Severity: amtshilfe.SeverityFehler,
		Text: "Mehrere Lieferungen tragen diese uebertragungsID; bitte das Verfahren oder die lieferungID aus der Quittung nennen."}
	findingOfOthers = amtshilfe.Finding{Code: "ABS-FREMD", Severity: amtshilfe.SeverityFehler,
		Text: "Die Nachricht oder Lieferung gehört zu einem anderen Konto; entscheiden kann nur, wer sie eingeliefert hat."}
	findingOtherKind = amtshilfe.Finding{Code: "TEST-KENNZEICHEN", Severity: amtshilfe.SeverityFehler,
		Text: "Das Testkennzeichen passt nicht zu dem, worüber entschieden wird; bitte mit demselben Kennzeichen einliefern."}
	findingWithdrawn = amtshilfe.Finding{Code: "LIEF-WIDERRUFEN", Severity: amtshilfe.SeverityWarnung,
		Text: "Die Lieferung %s wird zurückgezogen; ihre nächste Quittung nennt je Nachricht, was zurückgezogen ist und wofür noch eine Einstellung (008) nötig ist."}
)

// ownerWords name who decides in a German sentence.
var ownerWords = map[amtshilfe.Owner]string{amtshilfe.OwnerBetrieb: "der Betrieb des Rechenzentrums", amtshilfe.OwnerDruckzentrum: "das Druckzentrum",
	amtshilfe.OwnerRegisterpflege: "die Registerpflege", amtshilfe.OwnerMandant: "der Mandant"}

// ChoiceFindings are what can be wrong with an entscheidung by itself: it shows when it is taken in.
func ChoiceFindings(m *amtshilfe.Message) []amtshilfe.Finding {
	if m.Kind != amtshilfe.KindEntscheidung {
		return nil
	}
	if len(m.Entscheidung.Wahl) > maxWahl {
		f := findingManyChoices
		f.Path = "/" + m.Root
		return []amtshilfe.Finding{f}
	}
	seen, n := map[string]bool{}, 0
	for _, w := range m.Entscheidung.Wahl {
		if w.UUID == "" {
			continue
		}
		n++
		if seen[w.UUID] {
			f := findingChosenTwice
			f.Path = choicePath(m.Root, "nachricht", n)
			return []amtshilfe.Finding{f}
		}
		seen[w.UUID] = true
	}
	return nil
}

// choicePath names the n-th element of its name (from 1).
func choicePath(root, name string, n int) string {
	path := "/" + root + "/" + name
	if n > 1 {
		path += "[" + strconv.Itoa(n) + "]"
	}
	return path
}

// resolveDecision carries out what a sender decided about its own messages. Everything it changes, and its own end, are one
// transaction: a crash leaves all or nothing of it. What cannot be done is a finding of the decision, never tried again.
func (p *Pipeline) resolveDecision(d *ledger.Delivery) error {
	const tries = 5
	for range tries {
		err := p.decide(d)
		if !errors.Is(err, ledger.ErrStale) {
			return err
		}
		again, err := p.Ledger.Delivery(d.ID)
		if err != nil || again.State != amtshilfe.Valid {
			return err // taken back, or decided otherwise, meanwhile
		}
		again.Rank = d.Rank
		*d = again
	}
	return fmt.Errorf("what decision %s is about is in motion", d.ID)
}

func (p *Pipeline) decide(d *ledger.Delivery) error {
	doc, err := p.Spool.ReadSegment(d.ID.Drop, d.Offset, d.Length, d.SHA256)
	if err != nil {
		return err
	}
	var m amtshilfe.Message
	if found := p.Packs.NewReader(p.limits()).Read(doc, &m); amtshilfe.Failed(found) {
		return fmt.Errorf("decision %s cannot be read any more: %s", d.ID, found[0].Code)
	}
	x := choices{p: p, by: d}
	if x.since, err = p.Ledger.Drop(d.ID.Drop); err != nil {
		return err
	}
	counted := map[string]int{}
	for _, w := range m.Entscheidung.Wahl {
		name, look := "nachricht", x.message
		if w.UUID == "" {
			name, look = "lieferung", x.drop
		}
		counted[name]++
		f, err := look(w, m.Kind)
		if err != nil {
			return err
		}
		if f != nil {
			said := *f
			said.Path = choicePath(m.Root, name, counted[name])
			x.findings = append(x.findings, said)
		}
	}
	return x.conclude(doc)
}

// limits bound a document that is read again.
func (p *Pipeline) limits() xmlgate.Limits {
	l := p.cfg.Limits.Message
	if l == (xmlgate.Limits{}) {
		l = xmlgate.DefaultLimits()
	}
	return l
}

// conclude ends the decision and books its effects: carried out where there is any, else refused.
func (x *choices) conclude(doc []byte) error {
	d := x.by
	d.State = amtshilfe.Applied
	if len(x.effects) == 0 {
		d.State = amtshilfe.Rejected
	}
	for i := range x.findings {
		if d.State == amtshilfe.Applied {
			x.findings[i].Severity = amtshilfe.SeverityWarnung
		}
	}
	mapping.PlaceLater(doc, d.Position, x.findings)
	const most = 100 // lines that a receipt can bear; the receipts of what was decided about say the rest
	d.Findings = append(d.Findings, x.findings[:min(len(x.findings), most)]...)
	rest(d)
	if err := x.p.Ledger.Apply(d, x.effects, x.foreign); err != nil {
		return err
	}
	x.p.kick(laneDrop, laneResolve, laneSend, laneReport)
	return nil
}
