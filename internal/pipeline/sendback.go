package pipeline

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sqlitedb"
	"damtshilfe/mapping"
)

// A message that fails goes back with a 014 (profil.md 3): the receiving gateway makes it, it goes to the XTA author as a drop of
// the participant that the message was addressed to, and all that is promised of sending holds for it. Never as answer to a 014.

// sendBack turns a verdict into a 014, or into a question where none can be sent: to a 014, to somebody whom the directory does not
// know or reach by XTA, or in another Betriebsart than the message's.
func (p *Pipeline) sendBack(ctx context.Context, a Account, in *ledger.Inbound, v verdict) (verdict, error) {
	if in.Kind == amtshilfe.KindRueckweisung || p.Register == nil || in.Test != (a.Betriebsart != amtshilfe.Produktion) {
		return v, nil
	}
	z, err := p.Register.ByKennung(ctx, in.Author, betriebsartOf(a, in.Test))
	if err != nil {
		return v, fmt.Errorf("%w: %w", errNotBack, err)
	}
	if kanal, ok := z.Kanal(); !ok || kanal.Art != amtshilfe.KanalXTA || z.IsZero() {
		return v, nil
	}
	doc, err := p.rueckweisung(a, in, v)
	if err != nil {
		return v, err
	}
	id := replyDrop(in.ID)
	if err := p.Spool.WriteOriginal(id, doc); err != nil {
		return v, err
	}
	v.state = amtshilfe.InboxRefused
	v.follows = append(v.follows, ledger.Reply{Drop: amtshilfe.Drop{ID: id, Account: a.Name, Name: "014_" + string(in.ID) + ".xml", Size: int64(len(doc)),
		SHA256: sha256.Sum256(doc), Betriebsart: betriebsartOf(a, in.Test), ReceivedAt: in.ReceivedAt}})
	p.kick(laneOpen)
	return v, nil
}

// errNotBack says that a message cannot be sent back now: the others of its mailbox go on.
var errNotBack = errors.New("whom it goes back to cannot be asked now")

// betriebsartOf is that of a message from or to the account: the test flag can only lower it.
func betriebsartOf(a Account, test bool) amtshilfe.Betriebsart {
	if test && a.Betriebsart == amtshilfe.Produktion {
		return amtshilfe.Test
	}
	return a.Betriebsart
}

// replyDrop and repliedTo are the ids of a 014's drop and of the inbound message that it sends back: each follows from the other, so
// that making it again makes the same.
func replyDrop(id amtshilfe.InboxID) amtshilfe.DropID { return amtshilfe.DropID("D" + string(id)[1:]) }
func repliedTo(drop amtshilfe.DropID) amtshilfe.InboxID {
	return amtshilfe.InboxID("I" + string(drop)[1:])
}

// maxBackFindings is how many findings a 014 names.
const maxBackFindings = 20

// rueckweisung is the 014 about an inbound message: the same bytes again for the same message.
func (p *Pipeline) rueckweisung(a Account, in *ledger.Inbound, v verdict) ([]byte, error) {
	r := mapping.Rueckweisung{Produkt: p.cfg.Produkt, TransportID: in.MessageID, Code: v.back, Findings: v.findings[:min(len(v.findings), maxBackFindings)],
		Kopf: amtshilfe.Nachrichtenkopf{UUID: mapping.RueckweisungUUID(in.ID), Erstellt: p.local(in.ReceivedAt).Truncate(time.Second), Test: in.Test,
			Absender: amtshilfe.Akteur{Kennung: in.Reader, Verfahren: p.cfg.Produkt.Name, Person: amtshilfe.Person{Firma: a.Title}}}}
	if mapping.ValidUUID(in.UUID) { // what a broken message says may be anything
		r.Bezug = &amtshilfe.Bezug{UUID: in.UUID}
		if c := in.Case.UUID; mapping.ValidUUID(c) && c != in.UUID {
			r.Bezug.Ersuchen = c
		}
	}
	var b bytes.Buffer
	if err := mapping.WriteRueckweisung(&b, r); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// resolveReply addresses a 014 to the author of the message that it sends back.
func (p *Pipeline) resolveReply(ctx context.Context, d *ledger.Delivery) error {
	in, err := p.Ledger.InboundByID(repliedTo(d.ID.Drop))
	if err != nil {
		return err
	}
	z, err := p.Register.ByKennung(ctx, in.Author, d.Betriebsart)
	if err != nil {
		return err
	}
	d.InReplyTo = in.MessageID
	p.addressByXTA(d, z)
	return p.Ledger.Save(sqlitedb.Outcome, d)
}

// sentBack books a 014 that arrived: the message that it names by In-Reply-To was refused by the receiving gateway. Only its reader
// can send it back. A 014 about nothing of ours is held, never answered.
func (p *Pipeline) sentBack(in *ledger.Inbound, m *amtshilfe.Message) (verdict, error) {
	id := in.InReplyTo
	if id == "" {
		id = m.TransportID
	}
	list, err := p.Ledger.ByMessageID(id)
	if err != nil {
		return verdict{}, err
	}
	v, known := verdict{}, false
	for i := range list {
		d := &list[i]
		if d.Account != in.Account || d.Absender != in.Reader {
			continue
		}
		known = true
		about := m.Bezug.UUID == "" || m.Bezug.UUID == d.UUID || m.Bezug.Case() == d.Case.UUID
		if !about || d.Behoerde.Kennung != in.Author && d.Kanal.Adresse != in.Author {
			continue
		}
		in.Case = d.Case
		if refusable(d) {
			d.State = amtshilfe.Refused
			note(d, sentBackFor(m.Gruende))
			rest(d)
			v.follows = append(v.follows, ledger.SentBack{d})
		}
		return v, nil
	}
	if known {
		return p.doubt("BEZUG-FREMD", "Die Rückweisung kommt nicht vom Empfänger der Nachricht, die sie zurückweist, oder nennt einen anderen Vorgang."), nil
	}
	return p.doubt("BEZUG-UNBEKANNT", "Die Nachricht, die zurückgewiesen wird, ist hier nicht bekannt."), nil
}

// refusable says that the delivery was handed over, or may have been, and has not been refused or given up yet.
func refusable(d *ledger.Delivery) bool {
	if d.State == amtshilfe.Held {
		return d.Hold != nil && (d.Hold.From == amtshilfe.Sending || d.Hold.From == amtshilfe.Sent)
	}
	return d.State.Step(amtshilfe.Refused) == nil
}

// sentBackFor is what the receipt says about a message that came back; the words are ours, the code is the profile's.
func sentBackFor(gruende []amtshilfe.Grund) amtshilfe.Finding {
	why := ""
	if len(gruende) > 0 {
		if word, ok := backReasons[mapping.RueckweisungCode(gruende[0].Code)]; ok {
			why = " (" + word + ")"
		}
	}
	return amtshilfe.Finding{Code: "XTA-RUECKWEISUNG", Severity: amtshilfe.SeverityFehler,
		Text: "Das Gateway des Empfängers hat die Nachricht technisch zurückgewiesen" + why + "; Einzelheiten nennt die Rückweisung (014) im Ausgang, bitte danach neu einliefern."}
}

var backReasons = map[mapping.RueckweisungCode]string{
	mapping.RueckSchema: "sie entspricht nicht dem Schema", mapping.RueckVersion: "die Version des Schemas ist dort unbekannt",
	mapping.RueckEntschluesselung: "sie konnte nicht entschlüsselt werden", mapping.RueckTestkennzeichen: "das Testkennzeichen passt nicht",
	mapping.RueckFalscherEmpfaenger: "sie ging an den falschen Empfänger", mapping.RueckFremderAbsender: "der Absender ist dort nicht zugelassen",
	mapping.RueckDuplikat: "ihre nachrichtenUUID wurde schon verwendet", mapping.RueckSchadsoftware: "Verdacht auf Schadsoftware",
	mapping.RueckUnbekannterBezug: "das Ersuchen, auf das sie sich bezieht, ist dort unbekannt",
}
