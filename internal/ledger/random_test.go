package ledger_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sqlitedb"

	"pgregory.net/rapid"
)

// Whatever legal steps messages take, in whatever order and with whatever receipts between: counters, totals and rows agree, the
// events of a message are a path of the table, and what receipts told last is what is.
func TestConservation(t *testing.T) {
	// A third of rapid's default is enough for every run; -rapid.checks asks for more.
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		must(t, checks.Value.Set("30"))
		defer checks.Value.Set(checks.DefValue) //nolint:errcheck // it was its value before
	}
	w := &world{T: t, now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
	l, err := ledger.Open(filepath.Join(fast(t), "ledger.db"), nil, func() time.Time { return w.now })
	must(t, err)
	defer l.Close()
	w.Ledger = l
	n := 0
	// One ledger for all of it: opening is what takes time, and what one check left must not disturb the next.
	rapid.Check(t, func(r *rapid.T) {
		m := &machine{world: w, n: n, told: map[amtshilfe.DeliveryID]amtshilfe.Status{}}
		defer func() { n = m.n }()
		m.drop(r)
		step := m.step
		r.Repeat(map[string]func(*rapid.T){"drop": m.drop, "step": step, "another step": step, "stale": m.stale, "tell": m.tellOne})
		m.tellOne(r)
		m.conserved(m.drops...)
	})
	w.conserved()
}

// fast is a directory in memory if there is one: thousands of commits are made here and none has to last.
func fast(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "ledger-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

type machine struct {
	*world
	n     int
	ids   []amtshilfe.DeliveryID
	drops []amtshilfe.DropID
	told  map[amtshilfe.DeliveryID]amtshilfe.Status
}

// drop takes a drop in whose messages have any state that the intake can give, and tells receipt 1.
func (m *machine) drop(r *rapid.T) {
	id := m.claim(rapid.SampledFrom([]string{"stadt-a", "stadt-b"}).Draw(r, "account"), fmt.Sprint("drop ", m.n))
	states := rapid.SliceOfN(rapid.SampledFrom([]amtshilfe.State{amtshilfe.Valid, amtshilfe.Valid, amtshilfe.Held, amtshilfe.Rejected, amtshilfe.Duplicate}), 1, 4).Draw(r, "states")
	var list []ledger.Delivery
	for i, s := range states {
		m.n++
		d := message(id, i+1, s, uuid(m.n))
		d.Account, d.Betrag = m.world.drop(id).Account, amtshilfe.Cents(rapid.IntRange(0, 100000).Draw(r, "betrag"))
		list = append(list, d)
		m.ids = append(m.ids, d.ID)
		m.told[d.ID] = s.Status(false, amtshilfe.OwnerMandant)
	}
	must(m.T, m.open(id, nil, list...))
	m.tell(id)
	m.drops = append(m.drops, id)
}

// step takes any message one legal step further.
func (m *machine) step(r *rapid.T) {
	id := rapid.SampledFrom(m.ids).Draw(r, "id")
	d := m.get(id.Drop, id.Seq)
	var next []amtshilfe.State
	for _, s := range amtshilfe.States {
		if d.State.Step(s) == nil && (s != amtshilfe.Bundled || d.State == amtshilfe.Resolved) { // else only a reprint ties it
			next = append(next, s)
		}
	}
	if len(next) == 0 {
		r.Skip("at its end")
	}
	was := d.State
	d.State = rapid.SampledFrom(next).Draw(r, "next")
	if was == amtshilfe.Sent && d.State == amtshilfe.Resolved { // a letter instead
		d.Replaces, d.MessageID, d.Kanal.Art = ledger.Replaced{At: m.now}, "", amtshilfe.KanalPost
	}
	d.Provided = d.State == amtshilfe.Sent && rapid.Bool().Draw(r, "provided")
	d.Final = d.State == amtshilfe.Spooled && rapid.Bool().Draw(r, "final")
	if d.State == amtshilfe.Held {
		owner := rapid.SampledFrom([]amtshilfe.Owner{amtshilfe.OwnerMandant, amtshilfe.OwnerBetrieb}).Draw(r, "owner")
		d.Hold = &amtshilfe.Question{Code: "X", Owner: owner, Until: m.now, From: amtshilfe.Valid}
	}
	must(m.T, m.Save(sqlitedb.Outcome, &d))
	m.later(time.Millisecond)
}

// stale saves what was read before somebody else was quicker.
func (m *machine) stale(r *rapid.T) {
	id := rapid.SampledFrom(m.ids).Draw(r, "id")
	a := m.get(id.Drop, id.Seq)
	b := a
	if a.State.Step(amtshilfe.GivenUp) != nil {
		r.Skip("cannot be given up")
	}
	a.State, b.State = amtshilfe.GivenUp, amtshilfe.GivenUp
	must(m.T, m.Save(sqlitedb.Outcome, &a))
	if err := m.Save(sqlitedb.Outcome, &b); !errors.Is(err, ledger.ErrStale) {
		r.Errorf("the second: %v", err)
	}
}

// tellOne writes a receipt if one is due, and notes the words it told.
func (m *machine) tellOne(r *rapid.T) {
	list, err := m.Untold(100)
	must(m.T, err)
	for _, id := range list {
		booked, err := m.BookReceipt(id)
		must(m.T, err)
		lines, err := m.Changes(id, booked.From, booked.To)
		must(m.T, err)
		for _, l := range lines {
			m.told[amtshilfe.DeliveryID{Drop: id, Seq: l.Seq}] = l.Status
		}
		sum := 0
		for _, s := range booked.Sums {
			sum += s.N
		}
		if want := m.world.drop(id).Messages; sum != want {
			r.Errorf("receipt %d of %s sums up to %d of %d", booked.N, id, sum, want)
		}
		m.tell(id)
	}
	for _, id := range m.ids {
		d := m.get(id.Drop, id.Seq)
		var owner amtshilfe.Owner
		if d.Hold != nil {
			owner = d.Hold.Owner
		}
		if is := d.State.Status(d.Provided, owner); is != m.told[id] {
			r.Errorf("%s: receipts say %s, it is %s", id, m.told[id], is)
		}
	}
	for _, id := range m.drops {
		if d := m.world.drop(id); d.Closed != (d.Live == 0) {
			r.Errorf("drop %s: %d live, told as closed: %v", id, d.Live, d.Closed)
		}
	}
}
