package app

import (
	"context"
	"errors"
	"sort"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/status"
)

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
	bundles, bundleErr := l.AskedBundles()
	whole, wholeErr := l.HeldDrops(limit)
	if err := errors.Join(err, inboxErr, bundleErr, wholeErr); err != nil {
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
		one := status.Bundle{ID: b.ID, Profile: b.Profile, State: b.State, Letters: b.Letters, Pages: b.Pages, Posted: b.Posted, Created: b.CreatedAt}
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
	outages, err := s.g.Ledger.Outages()
	if err != nil {
		return detail, false, err
	}
	desk := s.g.printDesk()
	list, err := s.g.Ledger.InDrop(id, 0, limit)
	for i := range list {
		waits, err := s.waits(&list[i], outages, desk)
		if err != nil {
			return detail, false, err
		}
		line := ledger.LineOf(&list[i], list[i].UpdatedAt)
		detail.List = append(detail.List, status.Message{ID: list[i].ID, Kind: list[i].Kind, State: list[i].State, Status: line.Status, Behoerde: list[i].Behoerde.Name,
			Kanal: list[i].Kanal.Art, Position: list[i].Position, Findings: list[i].Findings, Question: list[i].Hold, Waits: waits, UpdatedAt: list[i].UpdatedAt})
	}
	return detail, true, err
}
