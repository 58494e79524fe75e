package pipeline_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/xta"
)

// rough is a partner whose ports at some URLs cannot be reached.
type rough struct {
	*partner
	mu    sync.Mutex
	down  string         // in the URL
	tried map[string]int // exchanges by URL
	err   error
}

func (r *rough) fails(url string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tried[url]++
	if r.down != "" && strings.Contains(url, r.down) {
		return r.err
	}
	return nil
}

func (r *rough) CreateMessageID(ctx context.Context, url string, author xta.Party) (string, error) {
	if err := r.fails(url); err != nil {
		return "", err
	}
	return r.partner.CreateMessageID(ctx, url, author)
}

func (r *rough) Send(ctx context.Context, q xta.Request) error {
	if err := r.fails(q.URL); err != nil {
		return err
	}
	return r.partner.Send(ctx, q)
}

func (r *rough) TransportReport(ctx context.Context, url string, author xta.Party, id string) (xta.Report, error) {
	if err := r.fails(url); err != nil {
		return xta.Report{}, err
	}
	return r.partner.TransportReport(ctx, url, author, id)
}

func roughWorld(t *testing.T) (*world, *rough) {
	w := newWorld(t)
	r := &rough{partner: w.xta, tried: map[string]int{}, err: errDial}
	w.close()
	w.post = r
	w.open()
	return w, r
}

func (w *world) outages() []ledger.Outage {
	w.t.Helper()
	list, err := w.ledger.Outages()
	must(w.t, err)
	return list
}

const dead = "https://rz00.example/send"

// A destination that fails five times in a row is left alone, but for one attempt after each pause; its deliveries wait without an
// attempt each and those to others are not delayed.
func TestBreaker(t *testing.T) {
	w, r := roughWorld(t)
	w.several(2)
	r.down = dead
	w.large(1, 60)
	w.work()
	w.work()
	if n := len(w.xta.taken); n != 30 {
		t.Fatalf("%d of 30 reached the other destination", n)
	}
	tried := r.tried[dead]
	if tried < 5 || tried > 8 { // four are under way when the fifth fails
		t.Errorf("%d attempts at a destination that is away", tried)
	}
	list := w.outages()
	if len(list) != 1 || list[0].Dest != "rz00.example" || list[0].Waiting != 30 || !list[0].Probe.Equal(w.now.Add(time.Minute)) || list[0].Trouble == "" {
		t.Fatalf("%+v", list)
	}
	// A run that works until nothing is due must not wait for it.
	if work, err := w.ledger.Work(); err != nil || work.Due != 0 || work.Out == 0 || work.InFlight != 60 {
		t.Errorf("%+v, %v", work, err)
	}
	w.later(59 * time.Second)
	w.work()
	if r.tried[dead] != tried {
		t.Error("tried before the pause was over")
	}
	for n, pause := range []time.Duration{2 * time.Second, 5 * time.Minute, 15 * time.Minute, time.Hour, time.Hour} {
		w.later(pause)
		w.work()
		if got := r.tried[dead]; got != tried+n+1 {
			t.Fatalf("%d attempts, want %d", got, tried+n+1)
		}
	}
	if work, err := w.ledger.Work(); err != nil || work.Out == 0 {
		t.Errorf("%+v, %v", work, err)
	}
	w.restart() // knows it
	w.work()
	if got := r.tried[dead]; got != tried+5 {
		t.Errorf("%d attempts after a restart", got-tried-5)
	}
	r.down = ""
	w.later(time.Hour)
	w.work()
	w.work()
	if n := len(w.xta.taken); n != 60 || len(w.outages()) != 0 {
		t.Errorf("%d taken, outages %+v", n, w.outages())
	}
}

// A working managementPort says nothing about the sendPort, and a refusal is no outage.
func TestBreakerCounts(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		out  bool
	}{
		{"what cannot be reached", errDial, true},
		{"a connection that breaks off", errReset, true},
		{"a server that has a problem", errBusy, true},
		{"a refusal", errNo, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, r := roughWorld(t)
			r.down, r.err = "/send", tt.err
			w.large(1, 30)
			w.work()
			if out := len(w.outages()) == 1; out != tt.out {
				t.Errorf("%+v after %d attempts", w.outages(), r.tried[electronic.Rechenzentrum.Send])
			}
		})
	}
}

// After an outage a destination gets one slot, then two, then four.
func TestAfterOutage(t *testing.T) {
	w, c := slotWorld(t)
	w.large(1, 30)
	must(t, w.OpenAll(t.Context()))
	for range 5 {
		w.next(c).end <- errBusy
	}
	for over := time.After(100 * time.Millisecond); over != nil; { // others were under way
		select {
		case a := <-c.begun:
			a.end <- errBusy
		case <-over:
			over = nil
		}
	}
	w.Wait()
	w.quiet(c, "out")
	w.later(73 * time.Second)
	probe := w.next(c)
	w.quiet(c, "one finds out")
	probe.end <- nil
	two := []attempt{w.next(c), w.next(c)}
	w.quiet(c, "two slots")
	two[0].end <- nil
	for range 3 {
		w.next(c)
	}
	w.quiet(c, "four slots")
}

// What waits for a destination without an attempt is a question when its time is over; a person can have it tried at once.
func TestWaitingEnds(t *testing.T) {
	w, r := roughWorld(t)
	r.down = "rz.example"
	w.large(1, 30)
	w.work()
	never := w.last()
	if d := w.get(never); d.Attempts != 0 || d.State != amtshilfe.Resolved {
		t.Fatalf("%s after %d attempts", d.State, d.Attempts)
	}
	w.later(10 * 24 * time.Hour)
	w.work()
	w.is(never, amtshilfe.Resolved)
	w.later(5 * 24 * time.Hour)
	w.work()
	w.is(never, amtshilfe.Held, "XTA-UNERREICHBAR")
	must(t, w.Release(t.Context(), never, pipeline.Decision{Wer: "meier", Grund: "läuft wieder"}))
	w.work()
	w.is(never, amtshilfe.Resolved) // not held again at once
	r.down = ""
	w.work()
	w.is(never, amtshilfe.Resolved)
	must(t, w.Retry(t.Context(), never, pipeline.Decision{Wer: "meier", Grund: "läuft wieder"}))
	w.work()
	w.is(never, amtshilfe.Sent)
}

// Reports wait as well; an attempt whose outcome is unknown ends with a person, although nobody can be asked about it.
func TestReportsWait(t *testing.T) {
	w, r := roughWorld(t)
	w.large(1, 30)
	w.work()
	w.work()
	r.down, r.err = "/management", errors.New("no route")
	w.later(time.Minute)
	w.work()
	management := electronic.Rechenzentrum.Management
	asked := r.tried[management]
	w.later(2 * time.Minute)
	w.work()
	if n := r.tried[management] - asked; n != 1 {
		t.Errorf("%d questions, want the one that finds out", n)
	}
	if list := w.outages(); len(list) != 1 || list[0].Waiting != 30 {
		t.Errorf("%+v", list)
	}
	w.later(337 * time.Hour)
	w.work()
	w.is(w.last(), amtshilfe.Held, "XTA-BERICHT")
}

// last is the last message of the newest drop.
func (w *world) last() amtshilfe.DeliveryID {
	w.t.Helper()
	list, err := w.ledger.Drops(1)
	must(w.t, err)
	return amtshilfe.DeliveryID{Drop: list[0].ID, Seq: list[0].Messages}
}
