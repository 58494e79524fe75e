package pipeline_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/sample"
	"damtshilfe/internal/sqlitedb"
	"damtshilfe/mapping"
)

// container is a drop with the number n: requests from first on.
func (w *world) container(n int64, first, count int) []byte {
	var b bytes.Buffer
	_, err := sample.WriteLieferung(&b, sample.Options{N: count, Seed: int64(first), Now: w.now, UebertragungsID: n})
	must(w.t, err)
	return b.Bytes()
}

// TestWiderruf: what has not left is withdrawn, the rest is told that an 008 is needed, each in the receipt of its drop, and a kill at
// any point changes nothing of that.
func TestWiderruf(t *testing.T) {
	w := newWorld(t, func(c *pipeline.Config) {
		c.Accounts[0].Receipts = []mapping.ReceiptFormat{mapping.ReceiptXML, mapping.ReceiptJSON}
	})
	w.reg.kanal = postal // nothing leaves before the print run
	id := w.put(w.container(7, 1, 4))
	w.work()
	w.allAre(id, amtshilfe.Resolved)
	at := func(seq int) amtshilfe.DeliveryID { return amtshilfe.DeliveryID{Drop: id, Seq: seq} }
	left, asked := w.get(at(2)), w.get(at(3))
	for _, s := range []amtshilfe.State{amtshilfe.Reserved, amtshilfe.Sending, amtshilfe.Sent} {
		left.State, left.MessageID, left.Lane, left.DueAt = s, "urn:x", "", time.Time{}
		must(t, w.ledger.Save(sqlitedb.Outcome, &left))
	}
	asked.State, asked.Lane, asked.DueAt = amtshilfe.Held, "", time.Time{}
	asked.Hold = &amtshilfe.Question{Code: "X-Y", Text: "Warum?", Owner: amtshilfe.OwnerBetrieb, Until: w.now.Add(time.Hour), From: amtshilfe.Resolved}
	must(t, w.ledger.Save(sqlitedb.Outcome, &asked))
	_, _, err := w.Tell(t.Context())
	must(t, err)

	widerruf := amtshilfe.DeliveryID{Drop: w.put(sample.Widerruf(w.kopf(1), amtshilfe.Wahl{UebertragungsID: 7})), Seq: 1}
	w.restart()
	w.work()
	w.is(widerruf, amtshilfe.Applied, "LIEF-WIDERRUFEN")
	for seq, want := range map[int]amtshilfe.State{1: amtshilfe.Withdrawn, 2: amtshilfe.Sent, 3: amtshilfe.Withdrawn, 4: amtshilfe.Withdrawn} {
		w.is(at(seq), want)
	}
	_, _, err = w.Tell(t.Context())
	must(t, err)
	q := w.quittung(id, 3)
	var told []string
	for _, l := range q.Nachrichten {
		code := ""
		if len(l.Befunde) > 0 {
			code = l.Befunde[len(l.Befunde)-1].Code
		}
		told = append(told, fmt.Sprint(l.Position, " ", l.Status, " ", code))
	}
	if want := []string{"1 zurueckgezogen ", "2 uebergeben BEZUG-NUR-EINSTELLUNG", "3 zurueckgezogen ", "4 zurueckgezogen "}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
	// Once more, under a new UUID: nothing is left to do, and nothing is told twice.
	w.is(w.carried(sample.Widerruf(w.kopf(2), amtshilfe.Wahl{LieferungID: string(id)})), amtshilfe.Applied)
	if d, err := w.ledger.Drop(id); err != nil || d.Receipts != 3 {
		t.Errorf("%+v, %v", d, err)
	}
	if list, err := w.ledger.Untold(10); err != nil || slices.Contains(list, id) {
		t.Errorf("told again: %v, %v", list, err)
	}
	if got := w.audit("withdraw"); len(got) != 2 || got[0] != account+" "+string(id) {
		t.Errorf("audit: %v", got)
	}
}

func TestWiderrufFindsItsDrop(t *testing.T) {
	for _, tt := range []struct {
		name string
		wahl amtshilfe.Wahl
		want amtshilfe.State // of the request in drop 7
		code string
	}{
		{"by number", amtshilfe.Wahl{UebertragungsID: 7}, amtshilfe.Withdrawn, ""},
		{"by number and verfahren", amtshilfe.Wahl{UebertragungsID: 7, Verfahren: "avviso"}, amtshilfe.Withdrawn, ""},
		{"of another verfahren", amtshilfe.Wahl{UebertragungsID: 7, Verfahren: "other"}, amtshilfe.Resolved, "BEZUG-UNBEKANNT"},
		{"an unknown number", amtshilfe.Wahl{UebertragungsID: 8}, amtshilfe.Resolved, "BEZUG-UNBEKANNT"},
		{"a number of two verfahren", amtshilfe.Wahl{UebertragungsID: 9}, amtshilfe.Resolved, "BEZUG-MEHRDEUTIG"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.reg.kanal = postal
			id := amtshilfe.DeliveryID{Drop: w.put(w.container(7, 1, 1)), Seq: 1}
			w.put(w.container(9, 10, 1))
			var b bytes.Buffer
			_, err := sample.WriteLieferung(&b, sample.Options{N: 1, Seed: 20, Now: w.now, UebertragungsID: 9, Verfahren: "zweites"})
			must(t, err)
			w.put(b.Bytes())
			w.work()
			widerruf := w.carried(sample.Widerruf(w.kopf(1), tt.wahl))
			w.is(id, tt.want)
			if tt.code == "" {
				w.is(widerruf, amtshilfe.Applied)
			} else {
				w.is(widerruf, amtshilfe.Rejected, tt.code)
			}
		})
	}
}

// Nobody takes back what belongs to another account.
func TestWiderrufOfAnothersDrop(t *testing.T) {
	w := deciding(t)
	other := w.putOther(w.ersuchen(2, func(s *sample.Spec) { s.Kopf.Absender.Kennung = "kka:2" }))
	w.is(w.carried(sample.Widerruf(w.kopf(1), amtshilfe.Wahl{LieferungID: string(other.Drop)})), amtshilfe.Rejected, "ABS-FREMD")
	w.is(other, amtshilfe.Sent)
	if got := w.audit("security"); len(got) != 1 {
		t.Errorf("security: %v", got)
	}
}
