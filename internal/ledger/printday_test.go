package ledger_test

import (
	"errors"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
)

var dayChecks = []check{
	{"a letter that became due after the cut-off stays behind", func(w *world) {
		early := w.letters(1)
		cut := w.now
		w.now = w.now.Add(time.Minute)
		late := w.letters(2)
		q := queue
		q.UpTo = cut
		if list, err := w.Candidates(q, 10); err != nil || len(list) != 1 || list[0].ID.Drop != early {
			w.Errorf("%v, %v", list, err)
		}
		b, err := w.Collect(q, amtshilfe.Test, 10)
		if err != nil || b.Letters != 1 {
			w.Errorf("%+v, %v", b, err)
		}
		if _, err := w.Collect(q, amtshilfe.Test, 10); !errors.Is(err, ledger.ErrNotFound) {
			w.Error(err)
		}
		if d := w.get(late, 1); d.State != amtshilfe.Resolved || d.DueAt.IsZero() {
			w.Errorf("%s, due %v", d.State, d.DueAt)
		}
		if n, err := w.PrintBacklog("std", cut); err != nil || n.Today != 0 || n.Later != 1 || n.Oldest.IsZero() {
			w.Errorf("%+v, %v", n, err)
		}
	}},
	{"only what was asked for is collected", func(w *world) {
		id := w.letters(1, 2, 3)
		list, err := w.Candidates(queue, 2)
		must(w.T, err)
		w.move(id, 1, amtshilfe.Withdrawn) // since: the third letter moves up, and stays behind all the same
		b, err := w.CollectOnly(queue, amtshilfe.Test, []amtshilfe.DeliveryID{list[0].ID, list[1].ID})
		if err != nil || b.Letters != 1 || w.get(id, 2).Sendung.Bundle != b.ID || w.get(id, 3).State != amtshilfe.Resolved {
			w.Errorf("%+v, %v", b, err)
		}
	}},
	{"a day's sheets are those that the centre was given then, or will be", func(w *world) {
		w.letters(1, 2, 3)
		var ids []ledger.Bundle
		for i, day := range []string{"2026-11-23", "2026-11-24", "2026-11-24"} {
			b, err := w.Collect(queue, amtshilfe.Test, 1)
			must(w.T, err)
			b.State, b.Sheets, b.Day = amtshilfe.BundleStaged, 10+i, day
			must(w.T, w.SetBundle(b, amtshilfe.BundleCollected))
			b.State = amtshilfe.BundlePublishing
			must(w.T, w.SetBundle(b, amtshilfe.BundleStaged))
			ids = append(ids, b)
		}
		sheets := func(day string, want int) {
			w.Helper()
			if n, err := w.SheetsOn("std", day); err != nil || n != want {
				w.Errorf("%s: %d sheets, want %d, %v", day, n, want, err)
			}
		}
		sheets("2026-11-23", 33) // none of them is out: all may be that day
		for i := range ids {
			must(w.T, w.Published(ids[i], amtshilfe.BundlePublishing))
		}
		sheets("2026-11-23", 10)
		sheets("2026-11-24", 23)
		must(w.T, w.Recall(ids[2].ID, ledger.Who{Wer: "meier", Grund: "-"}))
		must(w.T, w.Recalled(ids[2].ID, amtshilfe.Question{Code: "DRUCK-ZURUECKGEHOLT", Until: w.now}))
		sheets("2026-11-24", 11)
		if n, err := w.SheetsOn("other", "2026-11-24"); err != nil || n != 0 {
			w.Errorf("%d, %v", n, err)
		}
	}},
	{"that a day was full is remembered until it is not", func(w *world) {
		for _, day := range []string{"", "2026-11-23", "2026-11-24", "2026-11-24", ""} {
			must(w.T, w.SetPrintFull("std", day))
			if got, err := w.PrintFull("std"); err != nil || got != day {
				w.Errorf("%q, want %q, %v", got, day, err)
			}
		}
	}},
}
