package ledger_test

import (
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sqlitedb"
)

func inbound(w *world, account, messageID string) ledger.Inbound {
	return ledger.Inbound{Reader: "kka:a", Inbound: amtshilfe.Inbound{ID: amtshilfe.NewInboxID(w.now), Account: account, MessageID: messageID, Author: "vb:1",
		UUID: uuid(1), Length: 3, SHA256: sha256.Sum256([]byte("abc")), ReceivedAt: w.now}}
}

var inboxChecks = []check{
	{"a message that is listed twice is taken once", func(w *world) {
		first, err := w.Fetched(inbound(w, "stadt-a", "urn:1"))
		must(w.T, err)
		again, err := w.Fetched(inbound(w, "stadt-a", "urn:1"))
		if err != nil || again.ID != first.ID {
			w.Errorf("%s, then %s, %v", first.ID, again.ID, err)
		}
		other, err := w.Fetched(inbound(w, "stadt-b", "urn:1"))
		if err != nil || other.ID == first.ID {
			w.Errorf("another account: %s, %v", other.ID, err)
		}
	}},
	{"one that no key opens is held, is no work, and goes on once it was opened", func(w *world) {
		in := inbound(w, "stadt-a", "urn:1")
		in.Question = &amtshilfe.Question{Code: "XTA-SCHLUESSEL"}
		must(w.T, w.KeepSealed(in))
		must(w.T, w.KeepSealed(in)) // again
		held := func(want int) {
			w.Helper()
			list, err := w.HeldInbox(10)
			open, openErr := w.OpenInbox("stadt-a")
			work, workErr := w.Work()
			if err = errors.Join(err, openErr, workErr); err != nil || len(list) != want || len(open) != 0 || work.Inbox != 0 {
				w.Errorf("%d held, %d open, %d to do, %v", len(list), len(open), work.Inbox, err)
			}
		}
		held(1)
		must(w.T, w.DecideInbound(in.ID, ledger.RetryInbound, ledger.Who{Wer: "meier", Grund: "x"}))
		held(0) // until the next fetch has tried
		must(w.T, w.KeepSealed(in))
		held(1)
		in.Length, in.SHA256 = 7, [32]byte{1}
		must(w.T, w.Unsealed(in))
		must(w.T, w.KeepSealed(in)) // too late
		got, err := w.InboundByMessage("stadt-a", "urn:1")
		if err != nil || got.State != amtshilfe.InboxFetched || got.Question != nil || got.Length != 7 || got.SHA256 != in.SHA256 || got.Closed {
			w.Errorf("%+v, %v", got, err)
		}
	}},
	{"it stays open until it is judged and closed", func(w *world) {
		in, err := w.Fetched(inbound(w, "stadt-a", "urn:1"))
		must(w.T, err)
		open := func(want int) {
			w.Helper()
			if list, err := w.OpenInbox("stadt-a"); err != nil || len(list) != want {
				w.Errorf("%d open, %v", len(list), err)
			}
		}
		open(1)
		in.State, in.Kind, in.Name = amtshilfe.InboxPublished, amtshilfe.KindErsuchen, "003_x.xml"
		must(w.T, w.Judged(in))
		open(1)
		must(w.T, w.Closed(in.ID))
		open(0)
		in.State = amtshilfe.InboxHeld
		in.Question = &amtshilfe.Question{Code: "X"}
		must(w.T, w.Judged(in))
		if got, err := w.InboundByMessage("stadt-a", "urn:1"); err != nil || got.State != amtshilfe.InboxPublished || got.Name != "003_x.xml" {
			w.Errorf("what was published is judged again: %+v, %v", got, err)
		}
	}},
	{"what is held waits for a person and is in the audit", func(w *world) {
		in, err := w.Fetched(inbound(w, "stadt-a", "urn:1"))
		must(w.T, err)
		in.State, in.Question = amtshilfe.InboxHeld, &amtshilfe.Question{Code: "BEZUG-FREMD", Until: w.now.Add(time.Hour)}
		must(w.T, w.Judged(in))
		if list, err := w.HeldInbox(10); err != nil || len(list) != 1 || list[0].Question.Code != "BEZUG-FREMD" {
			w.Errorf("%v, %v", list, err)
		}
		if rows, err := w.Audit("hold inbound", 10); err != nil || len(rows) != 1 {
			w.Errorf("%v, %v", rows, err)
		}
	}},
}

var auditChecks = []check{
	{"the chain counts its rows", func(w *world) {
		for range 3 {
			w.noted()
		}
		if n, err := w.CheckAudit(); err != nil || n != 3 {
			w.Errorf("%d, %v", n, err)
		}
	}},
	{"one run per job and slot", func(w *world) {
		id, ok, err := w.BookRun("print", "2026-11-21T17:00", "cron")
		must(w.T, err)
		if _, again, err := w.BookRun("print", "2026-11-21T17:00", "catch-up"); !ok || again || err != nil {
			w.Errorf("first %v, again %v, %v", ok, again, err)
		}
		must(w.T, w.FinishRun(id, 3, 1, "one failed"))
		list, err := w.Runs(10)
		if err != nil || len(list) != 1 || list[0].Done != 3 || list[0].Failed != 1 || list[0].Ended.IsZero() {
			w.Errorf("%+v, %v", list, err)
		}
	}},
	{"the last slot is the clock's, not a person's", func(w *world) {
		for slot, trigger := range map[string]string{"2026-11-20T17:00": "cron", "2026-11-21T17:00": "catch-up", "2026-11-22T09:13:07": "person"} {
			_, _, err := w.BookRun("print", slot, trigger)
			must(w.T, err)
		}
		if slot, err := w.LastSlot("print"); err != nil || slot != "2026-11-21T17:00" {
			w.Errorf("%s, %v", slot, err)
		}
		if slot, err := w.LastSlot("fetch"); err != nil || slot != "" {
			w.Errorf("%s, %v", slot, err)
		}
	}},
	{"a wish is granted once and its result read back", func(w *world) {
		id, err := w.Wish("run", "print")
		must(w.T, err)
		if list, err := w.Wishes(); err != nil || len(list) != 1 || list[0].Arg != "print" {
			w.Errorf("%v, %v", list, err)
		}
		must(w.T, w.Granted(id, "ok"))
		if got, err := w.Wished(id); err != nil || !got.Done || got.Result != "ok" {
			w.Errorf("%+v, %v", got, err)
		}
		if list, err := w.Wishes(); err != nil || len(list) != 0 {
			w.Errorf("%v, %v", list, err)
		}
	}},
}

var laneChecks = []check{
	{"a lane gives each destination's head, ahead-of-queue first, and nothing before its time", func(w *world) {
		id := w.opened(1, 2, 3, 4, 5)
		for seq, m := range []struct {
			dest string
			rank int
			in   time.Duration
		}{{"a", 1, 0}, {"a", 1, time.Second}, {"a", 0, 2 * time.Second}, {"b", 1, time.Second}, {"b", 1, time.Hour}} {
			d := w.get(id, seq+1)
			d.State, d.Lane, d.Dest, d.Rank, d.DueAt = amtshilfe.Resolved, ledger.LaneSend, m.dest, m.rank, w.now.Add(m.in)
			must(w.T, w.Save(sqlitedb.Outcome, &d))
		}
		w.later(time.Minute)
		list, err := w.Due(ledger.LaneSend, 2)
		must(w.T, err)
		var seqs []int
		for _, d := range list {
			seqs = append(seqs, d.ID.Seq)
		}
		if len(seqs) != 3 || seqs[0] != 3 || seqs[1] != 1 || seqs[2] != 4 {
			w.Error(seqs)
		}
		if dests, err := w.Destinations(ledger.LaneSend); err != nil || len(dests) != 2 || dests[0] != "a" || dests[1] != "b" {
			w.Errorf("%v, %v", dests, err)
		}
		if work, err := w.Work(); err != nil || work.Due != 4 || work.InFlight != 5 || work.Idle() {
			w.Errorf("%+v, %v", work, err)
		}
	}},
	{"accounts take turns at a destination, however much one of them has", func(w *world) {
		big, small, idle := w.opened(1, 2, 3, 4, 5), w.claim("stadt-b", "small"), w.claim("stadt-c", "idle")
		for i, id := range []amtshilfe.DropID{small, idle} {
			m := message(id, 1, amtshilfe.Valid, uuid(10+i))
			m.Account = []string{"stadt-b", "stadt-c"}[i]
			must(w.T, w.open(id, nil, m))
			w.tell(id)
		}
		wait := func(id amtshilfe.DropID, seq int, in time.Duration) {
			d := w.get(id, seq)
			d.State, d.Lane, d.Dest, d.Rank, d.DueAt = amtshilfe.Resolved, ledger.LaneSend, "b", 1, w.now.Add(in)
			must(w.T, w.Save(sqlitedb.Outcome, &d))
		}
		for seq := range 5 {
			wait(big, seq+1, time.Duration(seq)*time.Millisecond)
		}
		wait(small, 1, time.Second)
		wait(idle, 1, time.Hour)
		w.later(time.Minute)
		for _, tt := range []struct {
			after string
			limit int
			want  []string
		}{
			{"", 4, []string{amtshilfe.DeliveryID{Drop: big, Seq: 1}.String(), amtshilfe.DeliveryID{Drop: small, Seq: 1}.String(), amtshilfe.DeliveryID{Drop: big, Seq: 2}.String()}},
			{"stadt-a", 4, []string{amtshilfe.DeliveryID{Drop: small, Seq: 1}.String(), amtshilfe.DeliveryID{Drop: big, Seq: 1}.String(), amtshilfe.DeliveryID{Drop: big, Seq: 2}.String()}},
			{"stadt-b", 1, []string{amtshilfe.DeliveryID{Drop: big, Seq: 1}.String()}},
			{"zzz", 100, []string{amtshilfe.DeliveryID{Drop: big, Seq: 1}.String(), amtshilfe.DeliveryID{Drop: small, Seq: 1}.String(), amtshilfe.DeliveryID{Drop: big, Seq: 2}.String(), amtshilfe.DeliveryID{Drop: big, Seq: 3}.String(), amtshilfe.DeliveryID{Drop: big, Seq: 4}.String(), amtshilfe.DeliveryID{Drop: big, Seq: 5}.String()}},
		} {
			list, err := w.DueInTurn("b", 1, tt.after, tt.limit)
			must(w.T, err)
			var got []string
			for _, d := range list {
				got = append(got, d.ID.String())
			}
			if !slices.Equal(got, tt.want) {
				w.Errorf("after %q, %d: %v, want %v", tt.after, tt.limit, got, tt.want)
			}
		}
	}},
	{"letters that wait for the print run are nothing that is due by itself", func(w *world) {
		id := w.letters(1)
		must(w.T, w.AllResolved(id, 1))
		if work, err := w.Work(); err != nil || work.Due != 0 || work.Drops != 0 || work.InFlight != 1 {
			w.Errorf("%+v, %v", work, err)
		}
	}},
}
