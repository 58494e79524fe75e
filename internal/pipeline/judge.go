package pipeline

import (
	"context"
	"slices"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/attachment"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/rules"
	"damtshilfe/internal/schema"
	"damtshilfe/mapping"
)

// judged is one document on its way through the opening.
type judged struct {
	doc      mapping.Document
	delivery ledger.Delivery
	pack     string              // schema that judges it, "" = none
	accepted bool                // the judge of the schema had no objection while it was read
	gate     []amtshilfe.Finding // of gate and field map
	rules    []amtshilfe.Finding
	test     bool
	read     bool // it was read as a message, so its test flag counts
}

// small drops go ahead of the queue (design 2.4).
const smallDrop = 20

// describe fills the delivery from the message.
func describe(d *ledger.Delivery, m *amtshilfe.Message, now time.Time) []amtshilfe.Finding {
	d.Kind, d.UUID, d.Absender, d.Aktenzeichen = m.Kind, m.Kopf.UUID, m.Kopf.Absender.Kennung, m.Kopf.Absender.Aktenzeichen
	if m.Ersuchen == nil || m.Kind != amtshilfe.KindErsuchen {
		d.Case = amtshilfe.CaseKey{Absender: m.Kopf.Absender.Kennung, UUID: m.Bezug.Case()}
		return nil
	}
	e := m.Ersuchen
	d.Case = amtshilfe.CaseKey{Absender: m.Kopf.Absender.Kennung, UUID: m.Kopf.UUID}
	d.Betrag, d.Einnahmeart, d.Wunschempfaenger, d.ErsuchenVom = e.Betrag(), e.Einnahmeart, e.Wunschempfaenger, e.Vom
	if len(e.Forderungen) > 0 {
		d.Kassenzeichen = e.Forderungen[0].Kassenzeichen
	}
	d.Buchungen = bookings(e)
	if e.Wunschempfaenger != "" {
		return nil
	}
	// What stands in the way of routing is reported by rules.Check as well; here only the addresses matter.
	d.Anschriften, _ = rules.RoutingAddresses(e, now)
	return nil
}

// hurries says that messages of this kind go ahead of the queue (design 2.4).
func hurries(k amtshilfe.Kind) bool {
	return k == amtshilfe.KindEinstellung || k == amtshilfe.KindErgaenzung
}

// dropped says whether participants may drop messages of this kind; the others are made by gateways and the authority server.
func dropped(k amtshilfe.Kind) bool {
	return k.Decides() || k >= amtshilfe.KindErsuchen && k <= amtshilfe.KindErgaenzung && k != amtshilfe.KindUebermittlungsinfo && k != amtshilfe.KindRueckweisung
}

// read passes one document through gate, field map and rules. The message is reused for the next document.
func (o *opening) read(j *judged, doc []byte) {
	m := &o.message
	j.gate = o.reader.Read(doc, m)
	j.accepted = o.reader.Accepted()
	now := o.p.Now()
	d := &j.delivery
	describe(d, m, now)
	d.Betriebsart = o.account.Betriebsart
	if d.Betriebsart == amtshilfe.Produktion && m.Kopf.Test {
		d.Betriebsart = amtshilfe.Test // a message can only lower it (profil.md 2)
	}
	if hurries(d.Kind) {
		d.Rank = 0
	}
	if m.Kind == 0 || rules.Unreadable(j.gate) {
		return
	}
	j.pack, j.test, j.read = m.Pack, m.Kopf.Test, true
	if o.drop.Source == ledger.FromGateway {
		return // made here: the schema still judges it
	}
	if !dropped(m.Kind) {
		j.gate = append(j.gate, findingKind)
		return
	}
	j.rules = rules.Check(m, rules.Context{Kennungen: o.account.Kennungen, Betriebsart: o.account.Betriebsart, Now: now, IBANs: o.account.IBANs,
		Massnahmen: o.p.Massnahmen, Fits: o.p.Fits, Doc: doc, Scan: o.p.ScanPDF, Inspect: o.p.inspector()})
	j.rules = append(j.rules, ChoiceFindings(m)...)
	if amtshilfe.Failed(j.doc.Findings) {
		j.pack, j.rules = "", rules.Sender(j.rules) // what could not be read out of the flat file is missing in the message
	}
}

// inspector gives rules the reader of attachments, nil if there is none. A question to it ends by itself, so no context has to.
func (p *Pipeline) inspector() func([]byte) (attachment.Report, error) {
	if p.Attachments == nil {
		return nil
	}
	return func(pdf []byte) (attachment.Report, error) { return p.Attachments.Inspect(context.Background(), pdf) }
}

// conclude decides the state of a message from everything that was found.
func (o *opening) conclude(j *judged, doc []byte, violations []schema.Violation) {
	d := &j.delivery
	var invalid []amtshilfe.Finding
	for _, v := range violations {
		invalid = append(invalid, v.Finding)
	}
	findings := rules.Judge(j.gate, invalid, j.rules)
	if j.doc.Finding != nil {
		findings = append(findings, *j.doc.Finding)
	}
	if len(findings) > 0 {
		mapping.Place(doc, j.doc, findings)
	}
	if findings = append(slices.Clip(j.doc.Findings), findings...); len(findings) > 0 {
		d.Findings = findings
	}
	hold := amtshilfe.HeldBy(findings)
	switch {
	case amtshilfe.Failed(findings) && o.drop.Source == ledger.FromGateway:
		// A 014 of ours that the schema refuses must not vanish: a person looks.
		d.State = amtshilfe.Held
		d.Hold = o.p.question(findings[0].Code, findings[0].Text, amtshilfe.OwnerBetrieb, amtshilfe.Valid)
	case amtshilfe.Failed(findings):
		d.State = amtshilfe.Rejected
	case hold != nil:
		d.State = amtshilfe.Held
		d.Hold = o.p.question(hold.Code, hold.Text, hold.Owner, amtshilfe.Valid)
	default:
		d.State = amtshilfe.Valid
	}
}

// note adds a finding about the message as a whole, at its own position.
func note(d *ledger.Delivery, f amtshilfe.Finding) {
	f.Line, f.Column = d.Position.Line, d.Position.Column
	d.Findings = append(d.Findings, f)
}

var (
	findingKind = amtshilfe.Finding{Code: "LIEF-NACHRICHTENART", Severity: amtshilfe.SeverityFehler,
		Text: "Nachrichten dieser Art können nicht eingeliefert werden; sie entstehen nur in Gateways und im Zuständigkeitsregister."}
	findingMixed        = rules.Mixed()
	findingAllOrNothing = amtshilfe.Finding{Code: "LIEF-GANZ", Severity: amtshilfe.SeverityFehler,
		Text: "Eine andere Nachricht der Lieferung ist fehlerhaft; für dieses Konto wird eine Lieferung nur im Ganzen angenommen, bitte die andere berichtigen und alles neu einliefern."}
	findingForeignHead = amtshilfe.Finding{Code: "ABS-FREMD", Severity: amtshilfe.SeverityFehler,
		Text: "Der Absender im Lieferkopf gehört nicht zu diesem Konto; bitte über das Konto des Absenders einliefern."}
	findingConflict = amtshilfe.Finding{Code: "LIEF-UEBERTRAGUNGSID", Severity: amtshilfe.SeverityFehler,
		Text: "Diese uebertragungsID wurde schon für eine andere Lieferung verwendet, nichts von dieser hier ist angenommen: bitte sie zurückziehen und mit neuer Nummer einliefern, oder sie freigeben, wenn sie trotz ihrer Nummer gelten soll."}
	findingGap = amtshilfe.Finding{Code: "LIEF-LUECKE", Severity: amtshilfe.SeverityWarnung,
		Text: "Vor dieser uebertragungsID fehlen Nummern; bitte prüfen, ob eine Lieferung verloren ging."}
	findingEmpty = amtshilfe.Finding{Code: "LIEF-LEER", Severity: amtshilfe.SeverityFehler,
		Text: "Die Lieferung enthält keine Nachricht; bitte mit Inhalt neu einliefern."}
	findingCrash = amtshilfe.Finding{Code: "ABSTURZ-LIEFERUNG", Severity: amtshilfe.SeverityFehler,
		Text: "Die Lieferung konnte mehrfach nicht bis zum Ende geprüft werden; der Betrieb klärt die Ursache."}
)
