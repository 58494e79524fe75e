package pipeline_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/sample"
	"damtshilfe/internal/sqlitedb"
	"damtshilfe/mapping"
)

// quittung is what the property test reads of a receipt.
type quittung struct {
	Nummer     int
	Schluss    bool `json:"abgeschlossen"`
	Ergebnis   string
	Befunde    []struct{ Code, Text string }
	Rueckfrage *struct{ Grund, Text, Zustaendig, Bis string }
	Summen     []struct {
		Status string
		Anzahl int
		Betrag string
	}
	Nachrichten []struct {
		Position       int
		Status, Betrag string
		Befunde        []struct{ Code, Text string }
		Rueckfrage     *struct{ Grund, Text, Zustaendig, Bis string }
	}
}

// quittung reads receipt n of the i-th file that was dropped.
func (w *world) quittung(id amtshilfe.DropID, n int) (q quittung) {
	w.t.Helper()
	d, err := w.ledger.Drop(id)
	must(w.t, err)
	must(w.t, json.Unmarshal([]byte(w.read(mapping.ReceiptName(d.Name, id, n, mapping.ReceiptJSON))), &q))
	return q
}

// zipped is a ZIP of documents.
func zipped(t testing.TB, docs ...[]byte) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i, doc := range docs {
		f, err := z.Create(fmt.Sprint(i, ".xml"))
		if err == nil {
			_, err = f.Write(doc)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// word is a status with how many messages have it, and their sum.
type word struct {
	n     int
	cents amtshilfe.Cents
}

// TestSums: however the messages of a drop move, the sums of every receipt add up to what was dropped, in number and EUR, and receipt 1
// with all deltas after it gives the sums of the last one.
func TestSums(t *testing.T) {
	// A third of rapid's default is enough for every run; -rapid.checks asks for more.
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		must(t, checks.Value.Set("30"))
		defer checks.Value.Set(checks.DefValue) //nolint:errcheck // it was its value before
	}
	w, seed := newWorld(t, func(c *pipeline.Config) { c.Accounts[0].Receipts = mapping.ReceiptFormats }), 0
	rapid.Check(t, func(r *rapid.T) {
		seed += 100
		n := rapid.IntRange(1, 6).Draw(r, "messages")
		var docs [][]byte
		for i := range n {
			doc := w.ersuchen(seed + i)
			switch rapid.IntRange(0, 5).Draw(r, "kind") {
			case 0:
				doc = w.ersuchen(seed+i, func(s *sample.Spec) { s.Bankverbindung.IBAN = "DE00000000000000000000" })
			case 1:
				doc = w.ersuchen(seed + rapid.IntRange(0, i).Draw(r, "again"))
			}
			docs = append(docs, doc)
		}
		id := w.put(zipped(t, docs...))
		w.work()
		status, betrag := map[int]string{}, map[int]amtshilfe.Cents{}
		receipt := 0
		check := func() {
			d, err := w.ledger.Drop(id)
			must(t, err)
			for receipt < d.Receipts {
				receipt++
				w.checkReceipt(r, id, receipt, status, betrag)
			}
		}
		check()
		for range rapid.IntRange(1, 8).Draw(r, "steps") {
			w.step(r, id, rapid.IntRange(1, n).Draw(r, "message"))
			if rapid.Bool().Draw(r, "tell") {
				w.later(time.Minute)
				_, _, err := w.Tell(t.Context())
				must(t, err)
				check()
			}
		}
		_, _, err := w.Tell(t.Context())
		must(t, err)
		check()
	})
}

// step moves one message on, to a state that is allowed.
func (w *world) step(r *rapid.T, id amtshilfe.DropID, seq int) {
	d := w.get(amtshilfe.DeliveryID{Drop: id, Seq: seq})
	var next []amtshilfe.State
	for _, s := range amtshilfe.States {
		if d.State.Step(s) == nil && s != amtshilfe.Returned && s != amtshilfe.Bundled {
			next = append(next, s)
		}
	}
	if len(next) == 0 {
		return
	}
	was := d.State
	d.State, d.Lane, d.DueAt = rapid.SampledFrom(next).Draw(r, "state"), "", time.Time{}
	if d.State == amtshilfe.Held {
		owner := rapid.SampledFrom([]amtshilfe.Owner{amtshilfe.OwnerMandant, amtshilfe.OwnerBetrieb}).Draw(r, "owner")
		d.Hold = &amtshilfe.Question{Code: "X-Y", Text: "Warum?", Owner: owner, Until: w.now, From: amtshilfe.Valid}
	}
	if was == amtshilfe.Sent && d.State == amtshilfe.Resolved { // a letter instead
		d.Replaces, d.Kanal, d.MessageID = ledger.Replaced{At: w.now}, postal, ""
	}
	must(w.t, w.ledger.Save(sqlitedb.Outcome, &d))
}

// checkReceipt reads receipt n in all forms; status and betrag are what the receipts before it said of each message.
func (w *world) checkReceipt(r *rapid.T, id amtshilfe.DropID, n int, status map[int]string, betrag map[int]amtshilfe.Cents) {
	q := w.quittung(id, n)
	for _, l := range q.Nachrichten {
		status[l.Position] = l.Status
		if n == 1 && l.Betrag != "" {
			c, err := amtshilfe.ParseCents(l.Betrag)
			must(w.t, err)
			betrag[l.Position] = c
		}
		if (l.Status == "rueckfrage" || l.Status == "in-klaerung") && (l.Rueckfrage == nil || l.Rueckfrage.Text == "" || l.Rueckfrage.Zustaendig == "" || l.Rueckfrage.Bis == "") {
			r.Errorf("receipt %d: message %d waits, and nobody is asked: %+v", n, l.Position, l)
		}
	}
	said, follows := map[string]word{}, map[string]word{}
	for _, s := range q.Summen {
		c, err := amtshilfe.ParseCents(s.Betrag)
		must(w.t, err)
		said[s.Status] = word{s.Anzahl, c}
	}
	for seq, s := range status {
		follows[s] = word{follows[s].n + 1, follows[s].cents + betrag[seq]}
	}
	if !maps.Equal(said, follows) {
		r.Errorf("receipt %d sums up to %v, receipts 1 to %d tell of %v", n, said, n, follows)
	}
	d, err := w.ledger.Drop(id)
	must(w.t, err)
	for _, f := range []mapping.ReceiptFormat{mapping.ReceiptXML, mapping.ReceiptCSV} {
		text := w.read(mapping.ReceiptName(d.Name, id, n, f))
		for _, s := range q.Summen {
			in := "<v:betrag>" + s.Betrag + "</v:betrag>"
			if f == mapping.ReceiptCSV {
				in = fmt.Sprintf(";%d;%s;%s;", s.Anzahl, strings.Replace(s.Betrag, ".", ",", 1), s.Status)
			}
			if !strings.Contains(text, in) {
				r.Errorf("receipt %d as %s does not say %s", n, f, in)
			}
		}
	}
	if seqs := slices.Sorted(maps.Keys(status)); len(seqs) != d.Messages {
		r.Errorf("receipts tell of %v, %d messages were dropped", seqs, d.Messages)
	}
}
