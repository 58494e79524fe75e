package pipeline

import (
	"context"
	"errors"
	"io"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sqlitedb"
)

// judgeInbound validates a fetched message, matches it to its case and publishes it to out/, or holds it for a person.
func (p *Pipeline) judgeInbound(ctx context.Context, a Account, in *ledger.Inbound) error {
	doc, err := p.Spool.ReadInbound(in.ID, in.Length, in.SHA256)
	if err != nil {
		return err
	}
	var m amtshilfe.Message
	findings := p.Packs.NewReader(p.cfg.Limits.Message).Read(doc, &m)
	if findings == nil && m.Pack != "" {
		violations, err := p.Schema.Validate(ctx, m.Pack, [][]byte{doc})
		if err != nil {
			return err
		}
		for _, v := range violations[0] {
			findings = append(findings, v.Finding)
		}
	}
	in.Kind, in.UUID, in.Name = m.Kind, m.Kopf.UUID, m.Kind.String()+"_"+string(in.ID)+".xml"
	q, err := p.doubt(a, in, &m, findings)
	if err != nil {
		return err
	}
	switch {
	case q != nil:
		in.State, in.Question = amtshilfe.InboxHeld, q
	case p.repeated(in):
		in.State = amtshilfe.InboxRepeated
	default:
		if _, err := p.Spool.PublishOut(a.Name, in.Name, func(w io.Writer) error { _, err := w.Write(doc); return err }); err != nil {
			return err
		}
		if m.Kind == amtshilfe.KindRueckweisung {
			if err := p.refused(in); err != nil {
				return err
			}
		}
		in.State = amtshilfe.InboxPublished
	}
	return p.Ledger.Judged(*in)
}

// doubt says why an inbound message may not be published: a stranger, an unknown case, the wrong Betriebsart, a broken message.
func (p *Pipeline) doubt(a Account, in *ledger.Inbound, m *amtshilfe.Message, findings []amtshilfe.Finding) (*amtshilfe.Question, error) {
	ask := func(code, text string) (*amtshilfe.Question, error) {
		return p.question(code, text, amtshilfe.OwnerBetrieb, ""), nil
	}
	switch {
	case amtshilfe.Failed(findings) || amtshilfe.HeldBy(findings) != nil:
		return ask(findings[0].Code, findings[0].Text)
	case m.Kopf.Absender.Kennung != in.Author:
		return ask("ABS-FREMD", "Der Absender in der Nachricht ist nicht der, der sie gesendet hat.")
	case in.Test != (a.Betriebsart != amtshilfe.Produktion), m.Kopf.Test != in.Test:
		return ask("TEST-KENNZEICHEN", "Das Testkennzeichen der Nachricht passt nicht zur Betriebsart des Empfängers.")
	}
	stranger, err := p.stranger(a, in, m)
	if errors.Is(err, ledger.ErrNotFound) {
		return ask("BEZUG-UNBEKANNT", "Das Ersuchen, auf das sich die Nachricht bezieht, ist hier nicht bekannt.")
	}
	if err != nil {
		return nil, err
	}
	if stranger {
		return ask("BEZUG-FREMD", "Die Nachricht betrifft einen Vorgang, an dem ihr Absender nicht beteiligt ist.")
	}
	return nil, nil
}

// stranger applies the case rules of profil.md 2: answers only from the holder, 007 and 008 only from the requester, the rest
// from either of the two. It also fills the case into in.
func (p *Pipeline) stranger(a Account, in *ledger.Inbound, m *amtshilfe.Message) (bool, error) {
	if m.Kind == amtshilfe.KindErsuchen {
		in.Case = amtshilfe.CaseKey{Absender: in.Author, UUID: in.UUID}
		return false, nil
	}
	holder, own, err := p.holderOf(a, m.Bezug.Case())
	if err == nil {
		in.Case = amtshilfe.CaseKey{Absender: own, UUID: m.Bezug.Case()}
		return holder == "" || holder != in.Author || onlyRequester(m.Kind), nil
	}
	if !errors.Is(err, ledger.ErrNotFound) {
		return false, err
	}
	received, err := p.receivedRequest(a.Name, m.Bezug.Case())
	if err != nil {
		return false, err
	}
	in.Case = received.Case
	return received.Author != in.Author || m.Kind.OnlyAnswers(), nil
}

// holderOf finds the case among those that the account began; own is the kennung that began it.
func (p *Pipeline) holderOf(a Account, uuid string) (holder, own string, err error) {
	for _, own := range a.Mailboxes() {
		holder, err = p.Ledger.Holder(amtshilfe.CaseKey{Absender: own, UUID: uuid})
		if !errors.Is(err, ledger.ErrNotFound) {
			return holder, own, err
		}
	}
	return "", "", ledger.ErrNotFound
}

// repeated says that the same author sent the same message before: a repetition after a lost answer is dropped.
func (p *Pipeline) repeated(in *ledger.Inbound) bool {
	before, err := p.Ledger.InboundByUUID(in.Account, in.UUID)
	if err != nil {
		return false // publishing twice under another name is the lesser evil than not publishing
	}
	for _, b := range before {
		if b.ID != in.ID && b.Author == in.Author && b.SHA256 == in.SHA256 && b.State == amtshilfe.InboxPublished {
			return true
		}
	}
	return false
}

var findingSentBack = amtshilfe.Finding{Code: "XTA-RUECKWEISUNG", Severity: amtshilfe.SeverityFehler,
	Text: "Das Gateway der Vollstreckungsbehörde hat die Nachricht technisch zurückgewiesen; den Grund nennt die Rückweisung (014) im Ausgang, bitte danach neu einliefern."}

// refused books that the receiving gateway sent a message back (014): found by In-Reply-To, and only from the authority that the
// message was addressed to. It comes before the 014 counts as judged, so that a crash between the two does not lose it.
func (p *Pipeline) refused(in *ledger.Inbound) error {
	list, err := p.Ledger.ByMessageID(in.InReplyTo)
	if err != nil {
		return err
	}
	for _, d := range list {
		if d.Account != in.Account || d.Behoerde.Kennung != in.Author || d.Case != in.Case || d.State.Step(amtshilfe.Refused) != nil {
			continue
		}
		d.State = amtshilfe.Refused
		note(&d, findingSentBack)
		rest(&d)
		if err := p.Ledger.Save(sqlitedb.Outcome, &d); err != nil {
			return err
		}
	}
	return nil
}
