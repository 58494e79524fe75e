package pipeline_test

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/sqlitedb"
	"damtshilfe/internal/xta"
)

func onPaper(after time.Duration) func(*pipeline.Config) {
	return func(c *pipeline.Config) { c.Accounts[0].PaperAfter = after }
}

// Where the Mandant wants it, what does not get through electronically goes as a letter: only if nothing was ever handed over, or the
// report is red (design 4, paper fallback).
func TestPaper(t *testing.T) {
	for _, tt := range []struct {
		name    string
		after   time.Duration
		prepare func(w *world)
		wait    time.Duration
		letters int
		state   amtshilfe.State
	}{
		{"a data centre that is away for too long", 24 * time.Hour, func(w *world) { w.xta.create = func() error { return errAway } }, 25 * time.Hour, 1, amtshilfe.Spooled},
		{"one that is away, but not for so long", 24 * time.Hour, func(w *world) { w.xta.create = func() error { return errAway } }, 23 * time.Hour, 0, amtshilfe.Resolved},
		{"one that refuses every connection, an id is reserved", 24 * time.Hour, func(w *world) { w.xta.send = func(int) error { return errDial } }, 25 * time.Hour, 1, amtshilfe.Spooled},
		{"a Mandant who does not want letters", 0, func(w *world) { w.xta.create = func() error { return errAway } }, 25 * time.Hour, 0, amtshilfe.Resolved},
		{"a reader who takes no such messages", 24 * time.Hour, func(w *world) {
			w.xta.lookup = func() (xta.Availability, error) { return xta.ServiceUnavailable, nil }
		}, 0, 1, amtshilfe.Spooled},
		{"a red report", 24 * time.Hour, func(w *world) { w.xta.report = red }, time.Minute, 1, amtshilfe.Spooled},
		{"a red report, without letters", 0, func(w *world) { w.xta.report = red }, time.Minute, 0, amtshilfe.Refused},
		{"an attempt with unknown outcome never", 24 * time.Hour, func(w *world) {
			w.xta.send, w.xta.report = func(int) error { return errReset }, away
		}, 100 * time.Hour, 0, amtshilfe.Sending},
		{"an open report never", 24 * time.Hour, func(w *world) { w.xta.report = taken }, 100 * time.Hour, 0, amtshilfe.Sent},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, onPaper(tt.after))
			tt.prepare(w)
			id := w.sent(1)
			for range 4 {
				w.later(tt.wait / 4)
				w.work()
			}
			w.print()
			w.is(id, tt.state)
			d := w.get(id)
			if d.Sendung.Bundle != "" != (tt.letters == 1) || d.Replaces.IsZero() == (tt.letters == 1) {
				t.Errorf("letter %v, replaces %+v", d.Sendung, d.Replaces)
			}
			if tt.letters == 1 && (d.MessageID != "" || d.Kanal.Art != amtshilfe.KanalPost) {
				t.Errorf("still %s by %s", d.MessageID, d.Kanal.Art)
			}
		})
	}
}

func red(id string) (xta.Report, error) { return proof(id, xta.StatusRed), nil }

// The letter names the message that it replaces, the receipts say so, and the electronic way is closed for good.
func TestPaperIsOneWay(t *testing.T) {
	w := newWorld(t, onPaper(24*time.Hour))
	w.xta.report = red
	id := w.sent(1)
	before := w.get(id)
	w.later(time.Minute)
	w.work()
	w.is(id, amtshilfe.Resolved, "XTA-PAPIER")
	d := w.get(id)
	if d.Replaces.MessageID != before.MessageID || !d.Replaces.At.Equal(before.Origin) {
		t.Errorf("replaces %+v, was %s", d.Replaces, before.MessageID)
	}
	stale := before // somebody who read the row before the way was changed
	stale.State, stale.Lane, stale.DueAt = amtshilfe.Delivered, "", time.Time{}
	if err := w.ledger.Save(sqlitedb.Outcome, &stale); !errors.Is(err, ledger.ErrStale) {
		t.Errorf("a report of the void message was booked: %v", err)
	}
	back := d
	back.Kanal, back.Lane, back.Dest = electronic, ledger.LaneSend, "rz.example"
	if err := w.ledger.Save(sqlitedb.Outcome, &back); !errors.Is(err, ledger.ErrOneWay) {
		t.Errorf("back on the electronic way: %v", err)
	}
	back.Replaces = ledger.Replaced{}
	if err := w.ledger.Save(sqlitedb.Outcome, &back); !errors.Is(err, ledger.ErrStale) {
		t.Errorf("back on the electronic way, forgetting the letter: %v", err)
	}
	if _, err := exec.LookPath("pdftotext"); err == nil {
		if text := w.printed(); !strings.Contains(text, before.MessageID+" vom 20.11.2026") {
			t.Errorf("the letter does not name what it replaces: %s", text)
		}
	} else {
		w.print()
	}
	w.is(id, amtshilfe.Spooled)
	if len(w.xta.taken) != 1 {
		t.Errorf("sent %d times", len(w.xta.taken))
	}
	w.tell()
	var told string
	for _, name := range w.out() {
		told += w.read(name)
	}
	if !strings.Contains(told, "geht deshalb als Brief") {
		t.Error("no receipt says so")
	}
}

// Nothing follows by letter when the request was withdrawn, or goes to somebody without an address.
func TestNoPaper(t *testing.T) {
	t.Run("an 008 came after the message was handed over", func(t *testing.T) {
		w := newWorld(t, onPaper(time.Hour))
		id := w.sent(1)
		w.put(w.follow(amtshilfe.KindEinstellung, 1))
		w.work()
		w.xta.report = red
		w.later(time.Minute)
		w.work()
		w.is(id, amtshilfe.Refused, "XTA-FEHLSCHLAG")
	})
	t.Run("an 008 that waits for the request to leave withdraws it before the letter", func(t *testing.T) {
		w := newWorld(t, onPaper(time.Hour))
		w.xta.send = func(int) error { return errDial }
		id := w.sent(1)
		w.is(id, amtshilfe.Reserved)
		stop := amtshilfe.DeliveryID{Drop: w.put(w.follow(amtshilfe.KindEinstellung, 1)), Seq: 1}
		w.work()
		w.is(stop, amtshilfe.Waiting)
		w.later(2 * time.Hour)
		w.work()
		w.print()
		w.is(id, amtshilfe.Withdrawn)
		w.is(stop, amtshilfe.Withdrawn)
	})
	t.Run("released to the electronic way by a person", func(t *testing.T) {
		w := newWorld(t, onPaper(time.Hour), func(c *pipeline.Config) { c.Profiles = nil })
		w.xta.create = func() error { return errAway }
		id := w.sent(1)
		w.later(2 * time.Hour)
		w.work()
		w.is(id, amtshilfe.Resolved)
		if d := w.get(id); d.Kanal.Art != amtshilfe.KanalXTA || !d.Replaces.IsZero() {
			t.Errorf("%s although no profile prints for it", d.Kanal.Art)
		}
	})
}
