package app

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/status"
	"damtshilfe/spool"
)

// statusSource lets the status page read the gateway.
type statusSource struct{ g *Gateway }

// Overview is the gateway at a glance, from counters.
func (s statusSource) Overview(ctx context.Context) (status.Overview, error) {
	g := s.g
	o := status.Overview{At: g.opts.Now(), Name: g.Config.Operator.Name, Kennung: g.Config.Operator.Kennung, Version: Version, Betriebsart: g.Config.Betriebsart,
		States: map[amtshilfe.State]int{}}
	totals, err := g.Ledger.Totals()
	if err != nil {
		return o, err
	}
	accounts := map[string]*status.Account{}
	for _, p := range g.Config.Participants {
		accounts[p.Account] = &status.Account{Account: p.Account, Name: p.Name, Betriebsart: p.Betriebsart}
	}
	for _, t := range totals {
		a := accounts[t.Account]
		if a == nil {
			a = &status.Account{Account: t.Account, Name: t.Account}
			accounts[t.Account] = a
		}
		o.States[t.State] += t.N
		a.Messages += t.N
		a.Betrag += t.Cents
		switch kindOf(t.State, g.finalSpooled()) {
		case ended:
			a.Ended += t.N
		case held:
			a.Held += t.N
		default:
			a.InFlight += t.N
		}
	}
	drops, err := g.Ledger.DropCounts()
	if err != nil {
		return o, err
	}
	o.DropState = map[amtshilfe.DropState]int{}
	for _, d := range drops {
		o.DropState[d.State] += d.N
		if a := accounts[d.Account]; a != nil {
			a.Drops += d.N
		}
	}
	for _, a := range accounts {
		o.Messages, o.InFlight, o.Held, o.Ended = o.Messages+a.Messages, o.InFlight+a.InFlight, o.Held+a.Held, o.Ended+a.Ended
		o.Accounts = append(o.Accounts, *a)
	}
	sort.Slice(o.Accounts, func(i, k int) bool { return o.Accounts[i].Account < o.Accounts[k].Account })
	return o, s.surroundings(ctx, &o)
}

// surroundings fills what lies around the messages: inbox, bundles, mailboxes, register, disk.
func (s statusSource) surroundings(ctx context.Context, o *status.Overview) (err error) {
	g := s.g
	if o.Inbox, err = g.Ledger.InboxCounts(); err != nil {
		return err
	}
	if o.Bundles, err = g.Ledger.BundleCounts(); err != nil {
		return err
	}
	if o.HeldDrops, err = g.Ledger.CountHeldDrops(); err != nil {
		return err
	}
	w, err := g.Ledger.Work()
	if err != nil {
		return err
	}
	o.OldestWaiting = w.Oldest
	if g.Mailbox != nil {
		c, err := g.Mailbox.Counts(ctx)
		if err != nil {
			return err
		}
		for _, p := range g.Config.Participants {
			m := status.Mailbox{Account: p.Account}
			for _, k := range p.Kennungen {
				m.Waiting += c.Waiting[k]
			}
			if m.LastPoll, err = g.Pipeline.Polled(p.Account); err != nil {
				m.Trouble = "Der letzte Abruf ist nicht bis zum Ende gekommen; er wird wiederholt. Die Ursache steht im Protokoll."
			}
			o.Mailboxes = append(o.Mailboxes, m)
		}
	}
	if g.register != nil {
		o.RegisterAnswer = g.register.LastAnswer()
	}
	for _, p := range g.Config.Participants {
		waiting, err := g.Spool.Waiting(p.Account)
		if err != nil {
			return err
		}
		if notice := waitingNotice(p.Account, waiting, o.At); notice != "" {
			o.Notices = append(o.Notices, notice)
		}
	}
	own := g.validator.Stats()
	o.Schema = status.Schema{Own: int(own.Accepted), Checked: int(own.Checked), Disagreed: int(own.Disagreed), Off: own.Off}
	if own.Off {
		o.Notices = append(o.Notices, "Die eigene Schemaprüfung hat eine Nachricht angenommen, die libxml2 ablehnt; bis zum nächsten Start prüft libxml2 allein. Die Nachricht nennt das Protokoll.")
	}
	o.DiskFree, err = g.Spool.Free()
	if o.DiskFree < int64(g.Config.Intake.MinFree) {
		o.Notices = append(o.Notices, "Auf dem Datenträger ist zu wenig Platz: Es wird nichts mehr angenommen, bis wieder Platz ist.")
	}
	return err
}

// waitsLong is how long a file may wait for its rename or marker before somebody should ask its sender.
const waitsLong = 15 * time.Minute

// waitingNotice tells of files in an in folder that will never be taken by themselves; names stay with the sender.
func waitingNotice(account string, waiting []spool.Waiting, now time.Time) string {
	n, oldest := 0, now
	for _, w := range waiting {
		if w.Reason == spool.WaitSettle || now.Sub(w.Since) < waitsLong {
			continue
		}
		if n++; w.Since.Before(oldest) {
			oldest = w.Since
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("Im Eingang von %s liegen %d Dateien, die nicht übernommen werden, die älteste seit %s: Ihnen fehlt die Umbenennung auf den endgültigen Namen oder die Fertig-Marke.",
		account, n, oldest.Format("02.01.2006 15:04"))
}

const (
	inFlight = iota
	held
	ended
)

func kindOf(s amtshilfe.State, spooledEnds bool) int {
	switch {
	case s.Waits():
		return held
	case s.Ended() || s == amtshilfe.Spooled && spooledEnds:
		return ended
	}
	return inFlight
}

// finalSpooled says that no print profile sends acknowledgements, so that a spooled letter is at its end.
func (g *Gateway) finalSpooled() bool {
	for _, p := range g.profiles {
		if p.Acknowledgements {
			return false
		}
	}
	return true
}

// Drops lists the newest drops.
func (s statusSource) Drops(_ context.Context, limit int) ([]status.Drop, error) {
	list, err := s.g.Ledger.Drops(limit)
	if err != nil {
		return nil, err
	}
	drops := make([]status.Drop, 0, len(list))
	for _, d := range list {
		one, err := s.drop(d)
		if err != nil {
			return nil, err
		}
		drops = append(drops, one)
	}
	return drops, nil
}

func (s statusSource) drop(d ledger.Drop) (status.Drop, error) {
	one := status.Drop{ID: d.ID, Account: d.Account, State: d.State, Betriebsart: d.Betriebsart, ReceivedAt: d.ReceivedAt, Messages: d.Messages}
	counts, err := s.g.Ledger.CountsOf(d.ID)
	for state, c := range counts {
		one.Betrag += c.Cents
		switch kindOf(state, s.g.finalSpooled()) {
		case held:
			one.Held += c.N
		case ended:
			one.Ended += c.N
			if state == amtshilfe.Rejected {
				one.Rejected += c.N
			}
		default:
			one.InFlight += c.N
		}
	}
	return one, err
}

// Held lists what waits for a person: deliveries, drops, bundles and inbound messages, the nearest term first.
func (s statusSource) Held(_ context.Context, limit int) ([]status.Held, error) {
	l := s.g.Ledger
	deliveries, err := l.HeldList(limit)
	inbox, inboxErr := l.HeldInbox(limit)
	bundles, bundleErr := l.OpenBundles()
	conflicts, dropErr := l.Quarantined(limit)
	whole, wholeErr := l.HeldDrops(limit)
	if err := errors.Join(err, inboxErr, bundleErr, dropErr, wholeErr); err != nil {
		return nil, err
	}
	var list []status.Held
	add := func(id string, drop amtshilfe.DropID, account string, q *amtshilfe.Question, since time.Time) {
		if q != nil {
			list = append(list, status.Held{ID: id, Drop: drop, Account: account, Code: q.Code, Text: q.Text, Owner: q.Owner, Since: since, Until: q.Until})
		}
	}
	for _, d := range deliveries {
		add(d.ID.String(), d.ID.Drop, d.Account, d.Hold, d.UpdatedAt)
	}
	for _, i := range inbox {
		add(string(i.ID), "", i.Account, i.Question, i.ReceivedAt)
	}
	for _, b := range bundles {
		add(string(b.ID), "", b.Account, b.Question, b.CreatedAt)
	}
	for _, d := range whole {
		add(string(d.ID), d.ID, d.Account, d.Question, d.ReceivedAt)
	}
	for _, d := range conflicts {
		if d.State == amtshilfe.DropConflict && len(d.Findings) > 0 {
			add(string(d.ID), d.ID, d.Account, &amtshilfe.Question{Code: d.Findings[0].Code, Text: d.Findings[0].Text, Owner: amtshilfe.OwnerMandant,
				Until: d.ReceivedAt.Add(s.g.Config.XTA.Client.ReportDeadline)}, d.ReceivedAt)
		}
	}
	sort.SliceStable(list, func(i, k int) bool { return list[i].Until.Before(list[k].Until) })
	return list[:min(len(list), limit)], nil
}

// Bundles lists the newest print bundles.
func (s statusSource) Bundles(_ context.Context, limit int) ([]status.Bundle, error) {
	list, err := s.g.Ledger.Bundles(limit)
	if err != nil {
		return nil, err
	}
	bundles := make([]status.Bundle, 0, len(list))
	for _, b := range list {
		one := status.Bundle{ID: b.ID, Profile: b.Profile, State: b.State, Letters: b.Letters, Pages: b.Pages, Created: b.CreatedAt}
		if b.State == amtshilfe.BundlePublished {
			one.Published = b.UpdatedAt
		}
		bundles = append(bundles, one)
	}
	return bundles, nil
}

// Runs lists the newest runs, with the next slot in the newest run of each job.
func (s statusSource) Runs(_ context.Context, limit int) ([]status.Run, error) {
	list, err := s.g.Ledger.Runs(limit)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	out := make([]status.Run, 0, len(list))
	for _, r := range list {
		one := status.Run{Run: r}
		if !seen[r.Job] {
			seen[r.Job] = true
			_, one.Next = s.g.Runs.Next(r.Job)
		}
		out = append(out, one)
	}
	return out, nil
}

// Drop gives one drop with its first messages.
func (s statusSource) Drop(_ context.Context, id amtshilfe.DropID, limit int) (status.DropDetail, bool, error) {
	d, err := s.g.Ledger.Drop(id)
	if errors.Is(err, ledger.ErrNotFound) {
		return status.DropDetail{}, false, nil
	}
	if err != nil {
		return status.DropDetail{}, false, err
	}
	one, err := s.drop(d)
	if err != nil {
		return status.DropDetail{}, false, err
	}
	detail := status.DropDetail{Drop: one, Format: d.Format, Size: d.Size, DuplicateOf: d.DuplicateOf, Findings: d.Findings, Question: d.Question, Receipts: d.Receipts, States: map[amtshilfe.State]int{}}
	counts, err := s.g.Ledger.CountsOf(id)
	if err != nil {
		return detail, false, err
	}
	for state, c := range counts {
		detail.States[state] += c.N
	}
	list, err := s.g.Ledger.InDrop(id, 0, limit)
	for i := range list {
		line := ledger.LineOf(&list[i], list[i].UpdatedAt)
		detail.List = append(detail.List, status.Message{ID: list[i].ID, Kind: list[i].Kind, State: list[i].State, Status: line.Status, Behoerde: list[i].Behoerde.Name,
			Kanal: list[i].Kanal.Art, Position: list[i].Position, Findings: list[i].Findings, Question: list[i].Hold, UpdatedAt: list[i].UpdatedAt})
	}
	return detail, true, err
}
