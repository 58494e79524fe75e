package pipeline

import (
	"context"
	"errors"
	"io"
	"io/fs"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/rules"
	"damtshilfe/mapping"
	"damtshilfe/spool"
)

// verdict is what becomes of one inbound message. The zero value publishes it.
type verdict struct {
	state    amtshilfe.InboxState // "" = published
	question *amtshilfe.Question  // held, waiting, refused: why
	back     mapping.RueckweisungCode
	findings []amtshilfe.Finding // of the 014, with back
	follows  []ledger.Consequence
}

// judgeInbound validates a fetched message, matches it to its case and publishes it to out/, sends it back with a 014, or holds it
// for a person. The file comes first, then the row with everything that follows from it; all of it may run twice.
func (p *Pipeline) judgeInbound(ctx context.Context, a Account, in *ledger.Inbound) error {
	doc, err := p.Spool.ReadInbound(in.ID, in.Length, in.SHA256)
	if errors.Is(err, spool.ErrHash) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, io.ErrUnexpectedEOF) {
		in.State, in.Question = amtshilfe.InboxHeld, p.question(faultDocument.Code, faultDocument.Text, faultDocument.Owner, "")
		return p.Ledger.Judged(*in)
	}
	if err != nil {
		return err
	}
	var m amtshilfe.Message
	findings, err := p.validate(ctx, doc, &m)
	if err != nil {
		return err
	}
	if m.Kind != 0 {
		in.Kind = m.Kind
	}
	in.UUID, in.Name = m.Kopf.UUID, in.Kind.String()+"_"+string(in.ID)+".xml"
	v, err := p.verdictOn(a, in, &m, findings)
	if err == nil && v.state == "" && v.follows == nil {
		v, err = p.judgeClaims(in, doc, &m)
	}
	if in.Released && v.state == amtshilfe.InboxHeld && v.back == "" && releasable(v.question) {
		v = verdict{} // a person wants it all the same
		if in.Kind == amtshilfe.KindErsuchen {
			in.Case = amtshilfe.CaseKey{Absender: in.Author, UUID: in.UUID}
		}
	}
	v = p.scanned(v, &m)
	if err == nil && v.back != "" {
		v, err = p.sendBack(ctx, a, in, v)
	}
	if err != nil {
		return err
	}
	in.State, in.Question = v.state, v.question
	if v.state == "" {
		if _, err := p.Spool.PublishOut(a.Name, in.Name, func(w io.Writer) error { _, err := w.Write(doc); return err }); err != nil {
			return err
		}
		in.State = amtshilfe.InboxPublished
	}
	return p.Ledger.Judged(*in, v.follows...)
}

// scanned has the scanner look at what would be published: without its word nothing is, whatever a person says, and nothing follows from it.
func (p *Pipeline) scanned(v verdict, m *amtshilfe.Message) verdict {
	if v.state != "" || v.back != "" {
		return v
	}
	if findings := rules.Scanned(m, p.ScanPDF); len(findings) > 0 {
		return p.doubt(findings[0].Code, findings[0].Text)
	}
	return v
}

// validate reads a document and lets its schema judge it.
func (p *Pipeline) validate(ctx context.Context, doc []byte, m *amtshilfe.Message) ([]amtshilfe.Finding, error) {
	findings := p.Packs.NewReader(p.cfg.Limits.Message).Read(doc, m)
	if findings != nil || m.Pack == "" {
		return findings, nil
	}
	violations, err := p.Schema.Validate(ctx, m.Pack, [][]byte{doc})
	if err != nil {
		return nil, err
	}
	for _, v := range violations[0] {
		findings = append(findings, v.Finding)
	}
	return findings, nil
}

// verdictOn decides about a message: a broken one, or one about nothing, goes back; strangers and what is doubtful are held.
func (p *Pipeline) verdictOn(a Account, in *ledger.Inbound, m *amtshilfe.Message, findings []amtshilfe.Finding) (verdict, error) {
	switch hold := amtshilfe.HeldBy(findings); {
	case amtshilfe.Failed(findings):
		return p.back(mapping.RueckSchema, findings...), nil
	case hold != nil:
		return p.doubt(hold.Code, hold.Text), nil
	case m.Kopf.Absender.Kennung != in.Author:
		return p.doubt("ABS-FREMD", "Der Absender in der Nachricht ist nicht der, der sie gesendet hat."), nil
	case in.Test != (a.Betriebsart != amtshilfe.Produktion):
		return p.doubt(findingOtherEnvelope.Code, findingOtherEnvelope.Text), nil
	case m.Kopf.Test != in.Test:
		return p.back(mapping.RueckTestkennzeichen, findingOtherEnvelope), nil
	}
	switch before, err := p.before(in); {
	case err != nil:
		return verdict{}, err
	case before == nil:
	case before.SHA256 == in.SHA256:
		return verdict{state: amtshilfe.InboxRepeated}, nil
	default:
		return p.back(mapping.RueckDuplikat, rules.Duplicate()), nil
	}
	if m.Kind == amtshilfe.KindRueckweisung {
		return p.sentBack(in, m)
	}
	return p.match(a, in, m)
}

var findingOtherEnvelope = amtshilfe.Finding{Code: "TEST-KENNZEICHEN", Severity: amtshilfe.SeverityFehler,
	Text: "Das Testkennzeichen der Nachricht passt nicht zu ihrem Umschlag oder zur Betriebsart des Empfängers."}

// doubt holds an inbound message for a person.
func (p *Pipeline) doubt(code, text string) verdict {
	return verdict{state: amtshilfe.InboxHeld, question: p.question(code, text, amtshilfe.OwnerBetrieb, "")}
}

// releasable says that a message is held only because of who sent it, or of a claim that it names.
func releasable(q *amtshilfe.Question) bool {
	return q != nil && (q.Code == "BEZUG-FREMD" || q.Code == "ABS-FREMD" || q.Code == "BEZUG-WIDERSPRUCH" || q.Code == codeStray)
}

// back sends an inbound message back, for these findings.
func (p *Pipeline) back(code mapping.RueckweisungCode, findings ...amtshilfe.Finding) verdict {
	v := p.doubt(findings[0].Code, findings[0].Text)
	v.back, v.findings = code, findings
	return v
}

// before finds a message that the same author sent under the same UUID and that was published: a repetition after a lost answer, or
// another message.
func (p *Pipeline) before(in *ledger.Inbound) (*ledger.Inbound, error) {
	list, err := p.Ledger.InboundByUUID(in.Account, in.UUID)
	if err != nil {
		return nil, err
	}
	var other *ledger.Inbound
	for i := range list {
		b := &list[i]
		if b.ID == in.ID || b.Author != in.Author || b.State != amtshilfe.InboxPublished {
			continue
		}
		if b.SHA256 == in.SHA256 {
			return b, nil
		}
		other = b
	}
	return other, nil
}

// match applies the case rules of profil.md 2 to a message, and fills its case into in.
func (p *Pipeline) match(a Account, in *ledger.Inbound, m *amtshilfe.Message) (verdict, error) {
	if m.Kind == amtshilfe.KindErsuchen {
		in.Case = amtshilfe.CaseKey{Absender: in.Author, UUID: in.UUID}
		return verdict{}, nil
	}
	role, err := p.roleIn(a, in, m.Bezug.Case())
	switch {
	case errors.Is(err, errContradiction):
		return p.doubt("BEZUG-WIDERSPRUCH", "Die Nachricht antwortet auf eine Nachricht des einen Vorgangs und nennt selbst einen anderen."), nil
	case errors.Is(err, ledger.ErrNotFound):
		return p.unmatched(in, m)
	case err != nil:
		return verdict{}, err
	case !role.maySend(m.Kind):
		return p.doubt("BEZUG-FREMD", "Die Nachricht betrifft einen Vorgang, in dem ihr Absender das nicht mitteilen kann oder an dem er nicht beteiligt ist."), nil
	case m.Kind == amtshilfe.KindWeiterleitung:
		return p.movedOn(in, m)
	}
	return verdict{}, nil
}

// errContradiction says that In-Reply-To and bezug name different cases.
var errContradiction = errors.New("the message names two cases")

// roleIn finds the case of a message: by In-Reply-To first, where that names a message of ours, then by bezug. It fills the case into in.
func (p *Pipeline) roleIn(a Account, in *ledger.Inbound, bezug string) (role, error) {
	answered, err := p.answered(in)
	if err != nil {
		return stranger, err
	}
	if answered == "" || answered == bezug {
		return p.roleOf(a, in, bezug)
	}
	said, err := p.roleOf(a, in, answered)
	if errors.Is(err, ledger.ErrNotFound) {
		return p.roleOf(a, in, bezug)
	}
	if err != nil {
		return stranger, err
	}
	other := *in
	if _, err := p.roleOf(a, &other, bezug); err == nil && other.Case != in.Case {
		return stranger, errContradiction
	} else if err != nil && !errors.Is(err, ledger.ErrNotFound) {
		return stranger, err
	}
	return said, nil
}

// answered is the UUID of the request whose case the message belongs to that in answers; "" = In-Reply-To names none of ours.
func (p *Pipeline) answered(in *ledger.Inbound) (string, error) {
	if in.InReplyTo == "" {
		return "", nil
	}
	list, err := p.Ledger.ByMessageID(in.InReplyTo)
	for i := range list {
		if d := &list[i]; err == nil && d.Account == in.Account && d.Absender == in.Reader {
			return d.Case.UUID, nil
		}
	}
	return "", err
}

// roleOf says what the author is to the case: a case that the account began, or a request that it received. It fills the case into in.
func (p *Pipeline) roleOf(a Account, in *ledger.Inbound, uuid string) (role, error) {
	key, has, err := p.ownCase(a, uuid)
	if err == nil {
		in.Case = key
		if has != "" && has == in.Author {
			return holder, nil
		}
		return stranger, nil
	}
	if !errors.Is(err, ledger.ErrNotFound) {
		return stranger, err
	}
	received, err := p.receivedRequests(a.Name, uuid)
	if err != nil {
		return stranger, err
	}
	in.Case = received[0].Case
	for _, r := range received {
		if r.Author == in.Author {
			in.Case = r.Case
			return requester, nil
		}
	}
	return stranger, nil
}

// ownCase finds the case among those that the account began, and who holds it. An answer may name the 003, or a later message of ours.
func (p *Pipeline) ownCase(a Account, uuid string) (key amtshilfe.CaseKey, holder string, err error) {
	for _, own := range a.Mailboxes() {
		d, err := p.Ledger.ByUUID(own, uuid)
		if err == nil && d.Account == a.Name && requester.maySend(d.Kind) || err == nil && d.Kind == amtshilfe.KindErsuchen {
			holder, err = p.Ledger.Holder(d.Case)
			if err == nil {
				return d.Case, holder, nil
			}
		}
		if err != nil && !errors.Is(err, ledger.ErrNotFound) {
			return key, "", err
		}
	}
	return key, "", ledger.ErrNotFound
}

// findingNoRequest is why a message about nothing goes back.
var findingNoRequest = amtshilfe.Finding{Code: "BEZUG-UNBEKANNT", Severity: amtshilfe.SeverityFehler,
	Text: "Das Ersuchen, auf das sich die Nachricht bezieht, ist hier nicht bekannt."}

// unmatched decides about a message whose request is not here. What a requester sends may be quicker than its request and waits for it.
func (p *Pipeline) unmatched(in *ledger.Inbound, m *amtshilfe.Message) (verdict, error) {
	in.Case = amtshilfe.CaseKey{UUID: m.Bezug.Case()}
	until := in.ReceivedAt.Add(forerunnerTerm)
	if !m.Kind.FollowsUp() || !p.Now().Before(until) {
		if !requester.maySend(m.Kind) && !holder.maySend(m.Kind) {
			return p.doubt("BEZUG-FREMD", "Nachrichten dieser Art gehören zu keinem Vorgang und werden hier nicht angenommen."), nil
		}
		return p.back(mapping.RueckUnbekannterBezug, findingNoRequest), nil
	}
	v := p.doubt(faultForerunner.Code, "Das Ersuchen, auf das sich die Nachricht bezieht, ist noch nicht eingegangen; sie wartet darauf.")
	v.state, v.question.Until = amtshilfe.InboxWaiting, until
	return v, nil
}

// movedOn follows a 006: the case goes to another authority, or comes back and nobody has it. The request is not sent again by itself.
func (p *Pipeline) movedOn(in *ledger.Inbound, m *amtshilfe.Message) (verdict, error) {
	request, err := p.Ledger.ByUUID(in.Case.Absender, in.Case.UUID)
	if err != nil {
		return verdict{}, err
	}
	moved := ledger.Moved{Request: request, Returned: m.Verbleib != "weitergereicht"}
	if m.AnBehoerde != nil {
		moved.Holder = m.AnBehoerde.Kennung
	}
	return verdict{follows: []ledger.Consequence{moved}}, nil
}
