package pipeline

import (
	"context"
	"crypto/x509"
	"errors"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/xta"
	"damtshilfe/printstreet"
)

// Work lets every lane do what is due now, until nothing more is: tests drive the lanes by hand, under their own clock. order is the one
// in which the lanes get their turns, by their numbers; nil = as a message goes through them.
func (p *Pipeline) Work(ctx context.Context, order []int) error {
	var errs error
	lanes := []func(context.Context) (bool, error){p.scanAll, p.openDue, p.dropDue, p.resolveDue, p.sendDue, p.reportDue, p.bundlesDue}
	if order == nil {
		order = []int{0, 1, 2, 3, 4, 5, 6}
	}
	for range 6 { // as many as a message has stages that follow each other at once
		for _, n := range order {
			for more := true; more; {
				var err error
				if more, err = lanes[n](ctx); err != nil {
					errs = errors.Join(errs, err)
					break
				}
			}
			p.sends.Wait()
		}
	}
	return errs
}

// SendDue hands out slots once and does not wait for the deliveries that got them; Wait does.
func (p *Pipeline) SendDue(ctx context.Context) error {
	_, err := p.sendDue(ctx)
	return err
}

// ReportDue is SendDue for the questions for reports.
func (p *Pipeline) ReportDue(ctx context.Context) error {
	_, err := p.reportDue(ctx)
	return err
}

// Wait waits until nothing is under way.
func (p *Pipeline) Wait() { p.sends.Wait() }

// OpenAll takes drops in and resolves them, and sends nothing.
func (p *Pipeline) OpenAll(ctx context.Context) error {
	var errs error
	for _, lane := range []func(context.Context) (bool, error){p.scanAll, p.openDue, p.dropDue, p.resolveDue} {
		for more := true; more; {
			var err error
			if more, err = lane(ctx); err != nil {
				errs = errors.Join(errs, err)
				break
			}
		}
	}
	return errs
}

// Recipient finds the certificate that a message of the account is encrypted for.
func (p *Pipeline) Recipient(account, reader, pin string, certificates [][]byte) (*x509.Certificate, error) {
	d := &ledger.Delivery{}
	d.Account, d.Kanal.Zertifikat = account, pin
	return p.recipient(d, reader, offer{Lookup: xta.Lookup{Certificates: certificates}})
}

// LargeFrom sets from which size on messages count as large.
func (p *Pipeline) LargeFrom(n int64) { p.large.from = n }

// OpenOnly takes drops in and does nothing more.
func (p *Pipeline) OpenOnly(ctx context.Context) error {
	_, err := p.openDue(ctx)
	return err
}

// Reference is what a letter says about its request.
func (p *Pipeline) Reference(d *ledger.Delivery) (*printstreet.Reference, error) {
	m, err := p.document(d)
	if err != nil {
		return nil, err
	}
	return p.reference(d, m.Bezug)
}

// MayPrint says whether a letter may go in place of an electronic message.
func (p *Pipeline) MayPrint(d *ledger.Delivery) bool { return p.printable(d) }

// LettersOf are the letters of a bundle as they are set.
func (p *Pipeline) LettersOf(id amtshilfe.BundleID) ([]printstreet.Letter, error) {
	b, err := p.Ledger.Bundle(id)
	if err != nil {
		return nil, err
	}
	deliveries, err := p.Ledger.BundleDeliveries(id)
	if err != nil {
		return nil, err
	}
	job, err := p.job(b, p.cfg.Profiles[b.Profile], deliveries)
	return job.Letters, err
}
