package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/printstreet"
)

// questionUnclear is asked when nobody can tell whether a bundle was seen by the print centre: it is never printed again by
// itself (design 4).
const questionUnclear = "Es ist nicht sicher, ob das Druckzentrum den Stapel gesehen hat; bitte dort nachfragen und dann bestätigen oder neu bereitstellen."

// Print is the run `print`: it finishes bundles that are on their way and collects what waits. One run at a time.
func (p *Pipeline) Print(ctx context.Context) (done, failed int, err error) {
	p.printing <- struct{}{}
	defer func() { <-p.printing }()
	done, failed, err = p.finishBundles(ctx)
	queues, queueErr := p.Ledger.PrintQueues()
	if queueErr != nil {
		return done, failed, errors.Join(err, queueErr)
	}
	for _, q := range queues {
		err = errors.Join(err, p.holdShut(ctx, q))
	}
	full := map[string]bool{}
	for len(queues) > 0 && ctx.Err() == nil {
		var more []ledger.PrintQueue // a bundle of each in turn: no Mandant takes the whole of a day
		for _, q := range queues {
			left, oneErr := p.printOne(q)
			full[q.Profile] = full[q.Profile] || left
			switch {
			case oneErr == nil:
				done, more = done+1, append(more, q)
			case !errors.Is(oneErr, ledger.ErrNotFound):
				failed, err = failed+1, errors.Join(err, oneErr)
			}
		}
		queues = more
	}
	p.kick(laneResolve)
	return done, failed, errors.Join(err, p.bookFull(full))
}

// printOne makes one bundle of a queue and publishes it; ErrNotFound if nothing of it goes, full says that this is for want of room.
func (p *Pipeline) printOne(q ledger.PrintQueue) (full bool, err error) {
	released, err := p.Released(q.Profile)
	if err != nil {
		return false, err
	}
	if !released {
		return false, ledger.ErrNotFound
	}
	bundle, full, err := p.collect(q)
	if err != nil {
		return full, err
	}
	return full, p.advance(bundle)
}

// bookFull keeps for pages and the command line in which profiles letters were left over today.
func (p *Pipeline) bookFull(full map[string]bool) (err error) {
	for name, is := range full {
		day := ""
		if is {
			day = p.today()
		}
		if p.cfg.Profiles[name].CapacityPerDay > 0 {
			err = errors.Join(err, p.Ledger.SetPrintFull(name, day))
		}
	}
	return err
}

// finishBundles takes every bundle that is on its way to its end; recovery begins with it.
func (p *Pipeline) finishBundles(ctx context.Context) (done, failed int, err error) {
	bundles, err := p.Ledger.OpenBundles()
	if err != nil {
		return 0, 0, err
	}
	if err := p.cleanStaging(); err != nil {
		return 0, 0, err
	}
	for _, b := range bundles {
		if b.State == amtshilfe.BundleHeld || ctx.Err() != nil {
			continue
		}
		bundleErr := p.advance(b)
		if errors.Is(bundleErr, errLater) {
			continue
		}
		if bundleErr != nil {
			failed, err = failed+1, errors.Join(err, bundleErr)
			continue
		}
		done++
	}
	return done, failed, err
}

// cleanStaging removes staged bundles that a person confirmed as printed, or had taken back: only the lock holder touches files.
func (p *Pipeline) cleanStaging() error {
	staged, err := p.Spool.StagedBundles()
	if err != nil {
		return err
	}
	for _, id := range staged {
		b, err := p.Ledger.Bundle(id)
		if errors.Is(err, ledger.ErrNotFound) || err == nil && b.State != amtshilfe.BundlePublished && b.State != amtshilfe.BundleRecalled {
			continue
		}
		if err == nil {
			err = p.Spool.DropStaged(id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// advance walks a bundle through the protocol of design 4 from whatever state it is in.
func (p *Pipeline) advance(b ledger.Bundle) error {
	profile, ok := p.cfg.Profiles[b.Profile]
	if !ok || profile.Betriebsart != b.Betriebsart {
		return fmt.Errorf("bundle %s: profile %s is not configured for %s", b.ID, b.Profile, b.Betriebsart)
	}
	for {
		var err error
		switch b.State {
		case amtshilfe.BundleCollected:
			if released, relErr := p.Released(b.Profile); relErr != nil || !released {
				return errors.Join(relErr, fmt.Errorf("bundle %s: %w", b.ID, errNotReleased))
			}
			err = p.stage(&b, profile)
		case amtshilfe.BundleStaged:
			err = p.door(&b)
		case amtshilfe.BundlePublishing:
			err = p.publish(&b, profile)
		case amtshilfe.BundleRecalling:
			err = p.recall(&b)
		default:
			return nil
		}
		if err != nil {
			return fmt.Errorf("bundle %s: %w", b.ID, err)
		}
	}
}

// stage renders the letters and makes them durable outside of everybody's sight. A letter that cannot be set is taken out and
// held; its neighbours go on.
func (p *Pipeline) stage(b *ledger.Bundle, profile printstreet.Profile) error {
	if err := p.goesToday(b, profile, b.Sheets); err != nil {
		return err
	}
	if b.Tied == nil {
		var err error
		if b.Tied, err = p.Ledger.BundleDeliveries(b.ID); err != nil {
			return err
		}
	}
	for {
		deliveries := b.Tied
		if len(deliveries) == 0 {
			b.State = amtshilfe.BundleRecalled
			return p.Ledger.SetBundle(*b, amtshilfe.BundleCollected)
		}
		var rendered printstreet.Bundle
		job, err := p.job(*b, profile, deliveries)
		if err == nil {
			rendered, err = printstreet.Render(job)
		}
		if bad, ok := errors.AsType[*printstreet.LetterError](err); ok {
			q := p.question(bad.Fault.Code, bad.Fault.Text, amtshilfe.OwnerBetrieb, amtshilfe.Resolved)
			if err := p.Ledger.TakeOut(*b, &deliveries[bad.Index], *q); err != nil {
				return err
			}
			b.Letters, b.Tied = b.Letters-1, slices.Delete(deliveries, bad.Index, bad.Index+1)
			continue
		}
		if err != nil {
			return err
		}
		if err := p.goesToday(b, profile, rendered.Sheets); err != nil {
			return err
		}
		files, err := p.Spool.StageBundle(b.ID, func(write func(name string, data []byte) error) error {
			for _, f := range rendered.Files {
				if err := write(f.Name, f.Data); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		b.Hashes = map[string]string{}
		for _, f := range files {
			b.Hashes[f.Name] = fmt.Sprintf("%x", f.SHA256)
		}
		b.State, b.Pages, b.Sheets, b.Day = amtshilfe.BundleStaged, rendered.Pages, rendered.Sheets, p.today()
		b.Shared = shared(rendered)
		return p.Ledger.SetBundle(*b, amtshilfe.BundleCollected)
	}
}

// shared says which letters share an envelope, as the index does.
func shared(b printstreet.Bundle) map[int]int {
	m := map[int]int{}
	for _, e := range b.Entries {
		for _, l := range e.Letters {
			if len(e.Letters) > 1 {
				m[l.Letter.N] = e.Sendung.N
			}
		}
	}
	return m
}

// job is what the bundle is rendered from: only what the ledger and the segments hold, so that rendering again gives the same bytes.
func (p *Pipeline) job(b ledger.Bundle, profile printstreet.Profile, deliveries []ledger.Delivery) (printstreet.Job, error) {
	job := printstreet.Job{Bundle: b.ID, Profile: profile, Betriebsart: b.Betriebsart, Mandant: b.Account, Created: p.local(b.CreatedAt), Nachdruck: b.Replaces}
	if p.Attachments != nil {
		job.Cut = p.Attachments.Cut
	}
	earlier, err := p.Ledger.Earlier(b.ID)
	if err != nil {
		return job, err
	}
	for i := range deliveries {
		d := &deliveries[i]
		letter := printstreet.Letter{Sendung: d.Sendung, Behoerde: d.Behoerde, Land: d.Behoerde.Land, Datum: p.local(b.CreatedAt), Betriebsart: d.Betriebsart, Delivery: d.ID,
			Stationery: p.accounts[b.Account].Letters, Ersetzt: d.Replaces.MessageID, ErsetztVom: p.local(d.Replaces.At), Nachdruck: earlier[d.Sendung.N]}
		var err error
		if letter.Message, err = p.document(d); err == nil && d.Kind != amtshilfe.KindErsuchen {
			letter.Reference, err = p.reference(d, letter.Message.Bezug)
		}
		if lost(err) {
			return job, &printstreet.LetterError{Index: i, Sendung: d.Sendung, Fault: *faultDocument}
		}
		if err != nil {
			return job, err
		}
		job.Letters = append(job.Letters, letter)
	}
	return job, nil
}
