package ledger_test

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"path/filepath"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sqlitedb"
)

// The embedded engine keeps the contract.
func TestSQLite(t *testing.T) {
	RunSuite(t, func(t *testing.T, now func() time.Time) *ledger.Ledger {
		l, err := ledger.Open(filepath.Join(fast(t), "ledger.db"), nil, now)
		must(t, err)
		return l
	})
}

// RunSuite is the contract of a ledger, whatever engine keeps it: each check gets an empty ledger and a clock that only moves when
// the check says so.
func RunSuite(t *testing.T, open func(t *testing.T, now func() time.Time) *ledger.Ledger) {
	for _, part := range [][]check{claimChecks, openingChecks, saveChecks, caseChecks, moveChecks, receiptChecks, bundleChecks, dayChecks, quittungChecks, inboxChecks, auditChecks, laneChecks} {
		for _, c := range part {
			t.Run(c.says, func(t *testing.T) {
				w := &world{T: t, now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
				w.Ledger = open(t, func() time.Time { return w.now })
				t.Cleanup(func() { must(t, w.Close()) })
				c.run(w)
				w.conserved()
			})
		}
	}
}

// check is one sentence of the contract.
type check struct {
	says string
	run  func(w *world)
}

// world is a ledger under a test's clock, with the short words that checks are written in.
type world struct {
	*testing.T
	*ledger.Ledger
	now   time.Time
	uuids int // of published, so far
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) later(d time.Duration) { w.now = w.now.Add(d) }

// claim books a file as claimed and accepted; content makes its hash.
func (w *world) claim(account, content string) amtshilfe.DropID {
	w.Helper()
	d := w.claiming(account, content)
	must(w.T, w.Accepted([]ledger.Drop{d}))
	return d.ID
}

func (w *world) claiming(account, content string) ledger.Drop {
	w.Helper()
	d := ledger.Drop{Source: "in", Drop: amtshilfe.Drop{ID: amtshilfe.NewDropID(w.now), Account: account, Name: content + ".zip", Device: 1, Inode: 2,
		Size: int64(len(content)), ModTime: w.now, Betriebsart: amtshilfe.Test, ReceivedAt: w.now, SHA256: sha256.Sum256([]byte(content))}}
	must(w.T, w.Claiming([]ledger.Drop{d}))
	w.later(time.Second)
	return d
}

// message is the seq-th message of a drop as the intake inserts it; its UUID follows from who and n.
func message(drop amtshilfe.DropID, seq int, state amtshilfe.State, uuid string) ledger.Delivery {
	d := ledger.Delivery{Rank: 1, Delivery: amtshilfe.Delivery{ID: amtshilfe.DeliveryID{Drop: drop, Seq: seq}, Account: "stadt-a", Kind: amtshilfe.KindErsuchen,
		State: state, Betriebsart: amtshilfe.Test, Length: 10, SHA256: sha256.Sum256([]byte(uuid)), UUID: uuid, Absender: "kka:a", Betrag: 100,
		Case: amtshilfe.CaseKey{Absender: "kka:a", UUID: uuid}}}
	if state == amtshilfe.Held {
		d.Hold = &amtshilfe.Question{Code: "HINDERNIS-ALTER", Text: "Zu alt.", Owner: amtshilfe.OwnerMandant, Until: time.Unix(9e9, 0), From: amtshilfe.Valid}
	}
	return d
}

// uuid is the n-th UUID.
func uuid(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// open opens an accepted drop with the messages.
func (w *world) open(id amtshilfe.DropID, kopf *amtshilfe.Lieferkopf, messages ...ledger.Delivery) error {
	w.Helper()
	o, err := w.Begin(id)
	must(w.T, err)
	must(w.T, o.Insert(messages))
	d := w.drop(id)
	d.Format, d.Kopf = amtshilfe.FormatZIP, kopf
	return o.Finish(d)
}

// opened is a drop of valid messages with the UUIDs, and receipt 1 told.
func (w *world) opened(uuids ...int) amtshilfe.DropID {
	w.Helper()
	id := w.claim("stadt-a", fmt.Sprint("drop with ", uuids))
	var list []ledger.Delivery
	for i, n := range uuids {
		list = append(list, message(id, i+1, amtshilfe.Valid, uuid(n)))
	}
	must(w.T, w.open(id, nil, list...))
	w.tell(id)
	return id
}

func (w *world) drop(id amtshilfe.DropID) ledger.Drop {
	w.Helper()
	d, err := w.Ledger.Drop(id)
	must(w.T, err)
	return d
}

func (w *world) get(id amtshilfe.DropID, seq int) ledger.Delivery {
	w.Helper()
	d, err := w.Delivery(amtshilfe.DeliveryID{Drop: id, Seq: seq})
	must(w.T, err)
	return d
}

// move saves the delivery in another state.
func (w *world) move(id amtshilfe.DropID, seq int, states ...amtshilfe.State) {
	w.Helper()
	for _, s := range states {
		d := w.get(id, seq)
		d.State = s
		if s == amtshilfe.Held {
			d.Hold = message(id, seq, s, "").Hold
		}
		must(w.T, w.Save(sqlitedb.Outcome, &d))
	}
}

// tell books, renders and publishes the next receipt.
func (w *world) tell(id amtshilfe.DropID) ledger.Receipt {
	w.Helper()
	r, err := w.BookReceipt(id, "xml", "csv")
	must(w.T, err)
	for i := range r.Files {
		r.Files[i].Name, r.Files[i].SHA256 = "receipt."+r.Files[i].Format, fmt.Sprintf("%x", sha256.Sum256([]byte(r.At.String())))
	}
	must(w.T, w.Rendered(r))
	must(w.T, w.Told(r))
	return r
}

// conserved proves Conservation (design 4): rows and counters agree, and live is what has not ended; without names for all drops,
// and then totals agree as well.
func (w *world) conserved(ids ...amtshilfe.DropID) {
	w.Helper()
	sum := map[string]ledger.Count{}
	var drops []ledger.Drop
	for _, id := range ids {
		drops = append(drops, w.drop(id))
	}
	if len(ids) == 0 {
		var err error
		drops, err = w.Drops(1 << 20)
		must(w.T, err)
	}
	for _, d := range drops {
		rows, err := w.Recount(d.ID)
		must(w.T, err)
		counts, err := w.CountsOf(d.ID)
		must(w.T, err)
		n, live := 0, 0
		words := map[amtshilfe.Status]ledger.Count{}
		for m, err := range w.AllInDrop(d.ID) {
			must(w.T, err)
			word := ledger.LineOf(&m, w.now).Status
			words[word] = ledger.Count{N: words[word].N + 1, Cents: words[word].Cents + m.Betrag}
			if n++; !m.State.Ended() && !m.Final {
				live++
			}
		}
		if d.State != amtshilfe.DropOpen && d.State != amtshilfe.DropEnded {
			continue // nothing of it is counted before it is open
		}
		if counted, err := w.Words(d.ID); err != nil || !maps.Equal(words, counted) {
			w.Errorf("drop %s: words %v, counters %v, %v", d.ID, words, counted, err)
		}
		for _, s := range amtshilfe.States {
			if rows[s] != counts[s] {
				w.Errorf("drop %s, %s: rows %v, counters %v", d.ID, s, rows[s], counts[s])
			}
			t := sum[d.Account+" "+string(s)]
			sum[d.Account+" "+string(s)] = ledger.Count{N: t.N + rows[s].N, Cents: t.Cents + rows[s].Cents}
		}
		if n != d.Messages || live != d.Live {
			w.Errorf("drop %s: %d messages, %d live; the row says %d, %d", d.ID, n, live, d.Messages, d.Live)
		}
	}
	if len(ids) > 0 {
		return
	}
	totals, err := w.Totals()
	must(w.T, err)
	for _, t := range totals {
		if sum[t.Account+" "+string(t.State)] != t.Count {
			w.Errorf("%s %s: total %v, rows %v", t.Account, t.State, t.Count, sum[t.Account+" "+string(t.State)])
		}
	}
	if _, err := w.CheckAudit(); err != nil {
		w.Error(err)
	}
}

// noted makes a row of the audit.
func (w *world) noted() {
	w.Helper()
	must(w.T, w.Quarantine(w.claim("stadt-b", w.now.String()), amtshilfe.Finding{Code: "XML-X"}))
}
