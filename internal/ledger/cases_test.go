package ledger_test

import (
	"errors"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sqlitedb"
)

// toSend is a request that waits to be reserved, or for the print run.
func (w *world) toSend(lane ledger.Lane) ledger.Delivery {
	w.Helper()
	d := w.get(w.opened(1), 1)
	d.State, d.Lane, d.Dest, d.DueAt = amtshilfe.Resolved, lane, "host", w.now
	d.Behoerde, d.Kanal = amtshilfe.Behoerde{Kennung: "vb:1"}, amtshilfe.Kanal{Art: amtshilfe.KanalXTA, Betriebsart: amtshilfe.Test}
	must(w.T, w.Save(sqlitedb.Outcome, &d))
	return d
}

func (w *world) reserve(d ledger.Delivery) error {
	d.State, d.MessageID = amtshilfe.Reserved, "urn:1"
	return w.Attempt(&d, nil)
}

// moveChecks are about who holds a case, and about an 008 that comes while its request is about to leave.
var moveChecks = []check{
	{"a 006 takes the case, and what is about to go to the former holder is resolved again", func(w *world) {
		request := w.toSend(ledger.LaneSend)
		w.move(request.ID.Drop, 1, amtshilfe.Reserved, amtshilfe.Sending, amtshilfe.Sent)
		first := w.resolved(w.follower(2, amtshilfe.KindForderungsaenderung, request))
		must(w.T, w.Follow(first, request))
		gone := w.resolved(w.follower(3, amtshilfe.KindSachstandAnfrage, request))
		must(w.T, w.Follow(gone, request))
		in, err := w.Fetched(inbound(w, "stadt-a", "urn:6"))
		must(w.T, err)
		in.State, in.Case = amtshilfe.InboxPublished, request.Case
		must(w.T, w.Judged(in, ledger.Moved{Request: request, Holder: "vb:2"}))
		if holder, err := w.Holder(request.Case); err != nil || holder != "vb:2" {
			w.Errorf("%q, %v", holder, err)
		}
		if d := w.get(first.ID.Drop, 1); d.State != amtshilfe.Valid || d.Lane != ledger.LaneResolve {
			w.Errorf("%s in %q", d.State, d.Lane)
		}
		if d := w.get(gone.ID.Drop, 1); d.State != amtshilfe.Waiting || d.After != first.ID {
			w.Errorf("%s after %s", d.State, d.After)
		}
		must(w.T, w.Judged(in, ledger.Moved{Request: request, Holder: "vb:3"}))
		if holder, err := w.Holder(request.Case); err != nil || holder != "vb:2" {
			w.Errorf("judged twice: %q, %v", holder, err)
		}
	}},
	{"a request that is given back has no holder", func(w *world) {
		request := w.toSend(ledger.LaneSend)
		w.move(request.ID.Drop, 1, amtshilfe.Reserved, amtshilfe.Sending, amtshilfe.Sent)
		in, err := w.Fetched(inbound(w, "stadt-a", "urn:6"))
		must(w.T, err)
		in.State = amtshilfe.InboxPublished
		must(w.T, w.Judged(in, ledger.Moved{Request: request, Holder: "vb:2", Returned: true}))
		if holder, err := w.Holder(request.Case); err != nil || holder != "" {
			w.Errorf("%q, %v", holder, err)
		}
	}},
	{"nothing is reserved or collected while an 008 about it is not decided", func(w *world) {
		request, letter := w.toSend(ledger.LaneSend), w.get(w.opened(4), 1)
		letter.State, letter.Lane, letter.Dest, letter.DueAt = amtshilfe.Resolved, ledger.LanePrint, "std", w.now
		must(w.T, w.Save(sqlitedb.Outcome, &letter))
		for n, r := range map[int]ledger.Delivery{2: request, 3: letter} {
			w.follower(n, amtshilfe.KindEinstellung, r)
		}
		if err := w.reserve(request); !errors.Is(err, ledger.ErrEinstellung) {
			w.Errorf("reserved: %v", err)
		}
		q := ledger.PrintQueue{Profile: "std", Account: "stadt-a", Betriebsart: amtshilfe.Test}
		if _, err := w.Collect(q, amtshilfe.Test, 10); !errors.Is(err, ledger.ErrNotFound) {
			w.Errorf("collected: %v", err)
		}
		for _, r := range []ledger.Delivery{request, letter} {
			list, err := w.Einstellungen(r)
			if err != nil || len(list) != 1 {
				w.Fatalf("%v, %v", list, err)
			}
			w.move(list[0].ID.Drop, 1, amtshilfe.Held)
		}
		if err := w.reserve(request); !errors.Is(err, ledger.ErrEinstellung) {
			w.Errorf("reserved while a person is asked: %v", err)
		}
		for _, r := range []ledger.Delivery{request, letter} {
			list, err := w.Einstellungen(r)
			must(w.T, err)
			w.move(list[0].ID.Drop, 1, amtshilfe.Rejected)
		}
		must(w.T, w.reserve(request))
		if b, err := w.Collect(q, amtshilfe.Test, 10); err != nil || b.Letters != 1 {
			w.Errorf("%+v, %v", b, err)
		}
	}},
	{"another account's 008 stops nothing", func(w *world) {
		request := w.toSend(ledger.LaneSend)
		id := w.claim("stadt-b", uuid(2))
		m := message(id, 1, amtshilfe.Valid, uuid(2))
		m.Kind, m.Case, m.Account = amtshilfe.KindEinstellung, request.Case, "stadt-b"
		must(w.T, w.open(id, nil, m))
		must(w.T, w.reserve(request))
	}},
	{"a message waits for a request only while that is not there", func(w *world) {
		request := w.get(w.opened(1), 1)
		early := w.follower(2, amtshilfe.KindEinstellung, ledger.Delivery{Delivery: amtshilfe.Delivery{Case: amtshilfe.CaseKey{Absender: request.Absender, UUID: uuid(9)}}})
		early.State = amtshilfe.Waiting
		must(w.T, w.Forerun(&early))
		if list, err := w.Forerunners([]string{uuid(9)}); err != nil || len(list) != 1 {
			w.Errorf("%v, %v", list, err)
		}
		late := w.follower(3, amtshilfe.KindEinstellung, request)
		late.State = amtshilfe.Waiting
		if err := w.Forerun(&late); !errors.Is(err, ledger.ErrCame) {
			w.Errorf("it waits for what is there: %v", err)
		}
	}},
	{"what a person is asked about keeps its place, and holds back what comes after it", func(w *world) {
		request := w.toSend(ledger.LaneSend)
		w.move(request.ID.Drop, 1, amtshilfe.Reserved, amtshilfe.Sending, amtshilfe.Sent)
		held := w.follower(2, amtshilfe.KindForderungsaenderung, request)
		w.move(held.ID.Drop, 1, amtshilfe.Held)
		held = w.get(held.ID.Drop, 1)
		must(w.T, w.Follow(&held, request))
		next := w.resolved(w.follower(3, amtshilfe.KindForderungsaenderung, request))
		must(w.T, w.Follow(next, request))
		if d := w.get(next.ID.Drop, 1); d.State != amtshilfe.Waiting || d.After != held.ID || w.get(held.ID.Drop, 1).State != amtshilfe.Held {
			w.Errorf("%s after %s", d.State, d.After)
		}
		w.move(held.ID.Drop, 1, amtshilfe.Rejected)
		if list, err := w.Due(ledger.LaneResolve, 10); err != nil || len(list) != 1 || list[0].ID != next.ID {
			w.Errorf("%v, %v", list, err)
		}
	}},
	{"an 008 takes what has to leave before it ahead of the queue", func(w *world) {
		request := w.toSend(ledger.LaneSend)
		w.move(request.ID.Drop, 1, amtshilfe.Reserved, amtshilfe.Sending, amtshilfe.Sent)
		change := w.resolved(w.follower(2, amtshilfe.KindForderungsaenderung, request))
		change.Rank = 1
		must(w.T, w.Follow(change, request))
		stop := w.resolved(w.follower(3, amtshilfe.KindEinstellung, request))
		stop.Rank = 0
		must(w.T, w.Follow(stop, request))
		if d := w.get(change.ID.Drop, 1); d.Rank != 0 || w.get(stop.ID.Drop, 1).State != amtshilfe.Waiting {
			w.Errorf("rank %d", d.Rank)
		}
	}},
	{"a 014 and the message it sends back are booked at once, and its drop once", func(w *world) {
		in, err := w.Fetched(inbound(w, "stadt-a", "urn:1"))
		must(w.T, err)
		in.State, in.Question = amtshilfe.InboxRefused, &amtshilfe.Question{Code: "XSD-WERT", Until: w.now}
		reply := ledger.Reply{Drop: amtshilfe.Drop{ID: amtshilfe.NewDropID(w.now), Account: "stadt-a", Name: "014.xml", Betriebsart: amtshilfe.Test, ReceivedAt: w.now}}
		for range 2 {
			must(w.T, w.Judged(in, reply))
		}
		drops, err := w.DueDrops(amtshilfe.DropAccepted, 10)
		if err != nil || len(drops) != 1 || drops[0].ID != reply.ID || drops[0].Source != ledger.FromGateway {
			w.Errorf("%+v, %v", drops, err)
		}
		if got, err := w.InboundByID(in.ID); err != nil || got.State != amtshilfe.InboxRefused {
			w.Errorf("%s, %v", got.State, err)
		}
	}},
	{"a 014 refuses the deliveries it names in the transaction that judges it", func(w *world) {
		request := w.toSend(ledger.LaneSend)
		w.move(request.ID.Drop, 1, amtshilfe.Reserved, amtshilfe.Sending, amtshilfe.Sent)
		d := w.get(request.ID.Drop, 1)
		in, err := w.Fetched(inbound(w, "stadt-a", "urn:14"))
		must(w.T, err)
		in.State = amtshilfe.InboxPublished
		d.State = amtshilfe.Refused
		stale := d
		must(w.T, w.Judged(in, ledger.SentBack{&d}))
		if got := w.get(request.ID.Drop, 1); got.State != amtshilfe.Refused {
			w.Error(got.State)
		}
		other, err := w.Fetched(inbound(w, "stadt-a", "urn:15"))
		must(w.T, err)
		other.State = amtshilfe.InboxPublished
		if err := w.Judged(other, ledger.SentBack{&stale}); !errors.Is(err, ledger.ErrStale) {
			w.Errorf("a stale delivery: %v", err)
		}
		if got, err := w.InboundByID(other.ID); err != nil || got.State != amtshilfe.InboxFetched {
			w.Errorf("judged without its consequence: %s, %v", got.State, err)
		}
	}},
}
