package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/rules"
	"damtshilfe/spool"
)

// Decision is what a person says about a held delivery; it goes to the audit with who and why.
type Decision struct {
	Wer      string             // who decides
	Grund    string             // why
	Behoerde string             // kennung to use instead of the directory's answer, "" = as it was
	Kanal    amtshilfe.Kanalart // "" = as the directory says
}

// ErrNotHeld says that nobody is asked about this delivery.
var ErrNotHeld = errors.New("delivery is not held")

var (
	errUndecided = errors.New("an 008 about it is not decided yet")
	errNoWayOn   = errors.New("it cannot go on, reject it")
	errUnsafe    = errors.New("an attachment is not safe, or nobody could look at it: retry or reject it")
)

// Release lets a held delivery go on where its question arose. What was handed over, or may have been, is never sent again by
// it: from there only the report is asked again.
func (p *Pipeline) Release(ctx context.Context, id amtshilfe.DeliveryID, by Decision) error {
	d, err := p.held(id)
	if err != nil {
		return err
	}
	d.Confirmed = true
	return p.goOn(ctx, d, "release", by)
}

// resume puts a held delivery back to where its question arose; nothing is booked.
func (p *Pipeline) resume(d *ledger.Delivery, action string) error {
	if err := p.undecided(*d); err != nil {
		return fmt.Errorf("%s %s: %w", action, d.ID, err)
	}
	if action == "release" && (d.Hold.From == amtshilfe.Valid || d.Hold.From == amtshilfe.Resolved) && !rules.Releasable(d.Findings) {
		return fmt.Errorf("%s %s: %w", action, d.ID, errUnsafe)
	}
	from := d.Hold.From
	if from == amtshilfe.Resolved && d.Kind != amtshilfe.KindErsuchen && d.Replaces.IsZero() {
		from = amtshilfe.Valid // the case may have another holder by now
	}
	switch from {
	case amtshilfe.Returned: // to whom the directory says now, in a new bundle
		from = amtshilfe.Valid
	case amtshilfe.Valid, amtshilfe.Resolved, amtshilfe.Sending, amtshilfe.Sent:
	default:
		return fmt.Errorf("%s %s: held from %s: %w", action, d.ID, from, errNoWayOn)
	}
	d.State, d.Attempts, d.DueAt, d.Trouble = from, 0, p.Now(), ""
	switch from {
	case amtshilfe.Valid:
		d.Lane = ledger.LaneResolve
	case amtshilfe.Resolved:
		if !p.enqueue(d) {
			d.State, d.Lane = amtshilfe.Valid, ledger.LaneResolve
		}
	case amtshilfe.Sending:
		d.Lane = ledger.LaneSend
	case amtshilfe.Sent:
		d.Lane = ledger.LaneReport
		if action == "release" { // to wait on, not only to ask once more
			d.Patience = p.Now().Add(p.cfg.ReportDeadline)
		}
	}
	return nil
}

// goOn lets a held delivery go on and books who said so.
func (p *Pipeline) goOn(ctx context.Context, d ledger.Delivery, action string, by Decision) error {
	if err := p.resume(&d, action); err != nil {
		return err
	}
	if by.Behoerde != "" || by.Kanal != "" {
		if d.State != amtshilfe.Valid && d.State != amtshilfe.Resolved {
			return fmt.Errorf("%s %s: it may have been handed over already; another authority cannot be chosen any more", action, d.ID)
		}
		if err := p.redirect(ctx, &d, by); err != nil {
			return err
		}
	}
	d.Hold = nil
	p.askAgain(&d)
	if err := p.Ledger.Decide(&d, by.Wer, action, by.Grund); err != nil {
		return err
	}
	p.kick(laneResolve, laneSend, laneReport)
	return nil
}

// undecided says that an 008 about a request waits for a person: that one comes first.
func (p *Pipeline) undecided(d ledger.Delivery) error {
	if d.Kind != amtshilfe.KindErsuchen || !withdrawable(d) {
		return nil
	}
	open, err := p.Ledger.Einstellungen(d)
	if err == nil && len(open) > 0 {
		err = fmt.Errorf("%s: %w", open[0].ID, errUndecided)
	}
	return err
}

// redirect ties a delivery to the authority, or the way, that a person chose.
func (p *Pipeline) redirect(ctx context.Context, d *ledger.Delivery, by Decision) error {
	if by.Behoerde == "" {
		by.Behoerde = d.Behoerde.Kennung // only another way to the same authority
	}
	switch {
	case by.Behoerde == "":
		return fmt.Errorf("release %s: nobody is competent yet, name the authority as well", d.ID)
	case p.Register == nil:
		return fmt.Errorf("release %s: no authority server is configured", d.ID)
	case by.Kanal == amtshilfe.KanalPost && d.Kind == amtshilfe.KindRueckweisung:
		return fmt.Errorf("release %s: a 014 goes electronically only", d.ID)
	}
	z, err := p.Register.ByKennung(ctx, by.Behoerde, d.Betriebsart)
	if err != nil {
		return err
	}
	if z.IsZero() {
		return fmt.Errorf("release %s: the directory knows no authority %q for %s", d.ID, by.Behoerde, d.Betriebsart)
	}
	if z.Behoerde.Kennung == d.Absender || p.accounts[d.Account].Owns(z.Behoerde.Kennung) {
		return fmt.Errorf("release %s: %s is the sender itself", d.ID, by.Behoerde)
	}
	d.Behoerde, d.Regel = z.Behoerde, ruleOf(z)+", Entscheidung"
	for _, k := range z.Kanaele {
		if by.Kanal != "" && k.Art != by.Kanal || !d.Replaces.IsZero() && k.Art == amtshilfe.KanalXTA {
			continue // what became a letter stays one
		}
		k.Betriebsart = d.Betriebsart
		if d.Kanal = k; p.enqueue(d) {
			d.State = amtshilfe.Resolved
			return nil
		}
	}
	return fmt.Errorf("release %s: %s cannot be reached by %s", d.ID, by.Behoerde, by.Kanal)
}

// Reject ends a held delivery; one that may have been handed over cannot be rejected, only given up.
func (p *Pipeline) Reject(id amtshilfe.DeliveryID, by Decision) error {
	d, err := p.held(id)
	if err != nil {
		return err
	}
	giveUp(&d)
	return p.Ledger.Decide(&d, by.Wer, "reject", by.Grund)
}

// giveUp ends a held delivery for the reason it is held for.
func giveUp(d *ledger.Delivery) {
	from := d.Hold.From
	d.State = amtshilfe.Rejected
	d.Findings = append(d.Findings, amtshilfe.Finding{Code: d.Hold.Code, Severity: amtshilfe.SeverityFehler, Text: d.Hold.Text, Line: d.Position.Line, Column: d.Position.Column})
	if from != amtshilfe.Valid && from != amtshilfe.Resolved {
		d.State = amtshilfe.GivenUp
	}
	d.Hold = nil
	rest(d)
}

// Retry asks again: the directory, the report, whatever the question arose from. Unlike a release it confirms nothing: what still
// stands in the way holds the delivery again.
func (p *Pipeline) Retry(ctx context.Context, id amtshilfe.DeliveryID, by Decision) error {
	d, err := p.Ledger.Delivery(id)
	if err != nil {
		return err
	}
	if d.State.Waits() && d.Hold != nil {
		return p.goOn(ctx, d, "retry", by)
	}
	if d.Lane == "" || d.State.Ended() {
		return fmt.Errorf("retry %s: in state %s nothing waits to be tried", id, d.State)
	}
	if d.State == amtshilfe.Sending {
		return fmt.Errorf("retry %s: an attempt may still be under way, it is settled by itself at %s", id, d.DueAt.Format(time.RFC3339))
	}
	d.DueAt, d.Attempts = p.Now(), 0
	p.probeNow(d.Dest)
	if err := p.Ledger.Decide(&d, by.Wer, "retry", by.Grund); err != nil {
		return err
	}
	p.kick(laneResolve, laneSend, laneReport)
	return nil
}

func (p *Pipeline) held(id amtshilfe.DeliveryID) (ledger.Delivery, error) {
	d, err := p.Ledger.Delivery(id)
	if err == nil && (!d.State.Waits() || d.Hold == nil) {
		err = fmt.Errorf("%s: %w", id, ErrNotHeld)
	}
	return d, err
}

// ConfirmBundle books that the print centre has a bundle about which that was not sure. One that it does not acknowledge gets another term.
func (p *Pipeline) ConfirmBundle(id amtshilfe.BundleID, by Decision) error {
	if b, err := p.Ledger.Bundle(id); err == nil && b.State == amtshilfe.BundlePublished && b.Question != nil {
		return p.Ledger.Patience(id, p.deadline(p.cfg.Profiles[b.Profile]), ledger.Who{Wer: by.Wer, Grund: by.Grund})
	}
	b, err := p.heldBundle(id)
	if err != nil {
		return err
	}
	profile := p.cfg.Profiles[b.Profile]
	b.Final, b.Deadline = !profile.Acknowledgements, p.deadline(profile)
	return p.Ledger.Confirm(b, by.Wer, by.Grund)
}

// RepublishBundle lets a bundle go out that the print centre says it never saw.
func (p *Pipeline) RepublishBundle(id amtshilfe.BundleID, by Decision) error {
	b, err := p.heldBundle(id)
	if err != nil {
		return err
	}
	where, err := p.Spool.BundleWhere(b.Profile, id)
	if err != nil {
		return err
	}
	if where != spool.Staged {
		return fmt.Errorf("republish %s: it is not staged any more", id)
	}
	if b.Boot, b.Mount, err = p.Spool.StagingIdentity(); err != nil {
		return err
	}
	return p.Ledger.Republish(b, by.Wer, by.Grund)
}

func (p *Pipeline) heldBundle(id amtshilfe.BundleID) (ledger.Bundle, error) {
	b, err := p.Ledger.Bundle(id)
	if err == nil && b.State != amtshilfe.BundleHeld {
		err = fmt.Errorf("bundle %s is %s, nobody is asked about it", id, b.State)
	}
	return b, err
}

// RetryInbound lets an inbound message that waits for a person be judged again by the next fetch: the directory, a schema pack or the
// case may be another by now.
func (p *Pipeline) RetryInbound(id amtshilfe.InboxID, by Decision) error {
	return p.decideInbound(id, ledger.RetryInbound, by)
}

// RejectInbound ends an inbound message that waits for a person: it is never published, and nobody is told.
func (p *Pipeline) RejectInbound(id amtshilfe.InboxID, by Decision) error {
	return p.decideInbound(id, ledger.RejectInbound, by)
}

// ReleaseInbound publishes an inbound message that is held because of who sent it or of a claim that it names, whatever the case rules
// say: a person has looked. Nothing else follows from it. What is broken, marked as a test or waits for something cannot be published by
// anybody.
func (p *Pipeline) ReleaseInbound(id amtshilfe.InboxID, by Decision) error {
	in, err := p.Ledger.InboundByID(id)
	if err != nil {
		return err
	}
	if in.State == amtshilfe.InboxHeld && !releasable(in.Question) {
		return fmt.Errorf("inbound %s waits for %s, that cannot be released: retry or reject it", id, in.Question.Code)
	}
	if in.State == amtshilfe.InboxSealed {
		return fmt.Errorf("inbound %s cannot be read without its key: retry or reject it", id)
	}
	if in.State == amtshilfe.InboxWaiting {
		return fmt.Errorf("inbound %s waits for its request: retry or reject it", id)
	}
	return p.decideInbound(id, ledger.ReleaseInbound, by)
}

func (p *Pipeline) decideInbound(id amtshilfe.InboxID, v ledger.InboundVerdict, by Decision) error {
	err := p.Ledger.DecideInbound(id, v, ledger.Who{Wer: by.Wer, Grund: by.Grund})
	if errors.Is(err, ledger.ErrStale) {
		err = fmt.Errorf("inbound %s does not wait for anybody", id)
	}
	return err
}
