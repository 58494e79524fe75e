package ledger_test

import (
	"path/filepath"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"

	"github.com/google/go-cmp/cmp"
)

// TestTake: a UUID is taken once per drop and sender; the first message of the drop that has it is the answer from then on.
func TestTake(t *testing.T) {
	l := openLedger(t)
	drop := accepted(t, l)
	o, err := l.Begin(drop)
	if err != nil {
		t.Fatal(err)
	}
	const uuid = "00000000-0000-4000-8000-0000000000"
	for _, tt := range []struct {
		name   string
		seq    int
		sender string
		uuid   string
		first  int // 0 = nobody had it
	}{
		{"a new UUID is free", 1, "kka:1", uuid + "01", 0},
		{"another one too", 2, "kka:1", uuid + "02", 0},
		{"the same again is not", 3, "kka:1", uuid + "01", 1},
		{"another sender may use it", 4, "kka:2", uuid + "01", 0},
		{"what is no UUID is not booked", 5, "kka:1", "-", 0},
		{"nor found again", 6, "kka:1", "-", 0},
	} {
		d := ledger.Delivery{Delivery: amtshilfe.Delivery{ID: amtshilfe.DeliveryID{Drop: drop, Seq: tt.seq}, UUID: tt.uuid, Absender: tt.sender,
			SHA256: [32]byte{byte(tt.seq)}}}
		first, taken := o.Take(&d)
		if taken != (tt.first > 0) || taken && (first.ID.Seq != tt.first || first.ID.Drop != drop || first.SHA256 != [32]byte{byte(tt.first)}) {
			t.Errorf("%s: taken %v by %v", tt.name, taken, first.ID)
		}
	}
}

// TestLines: the lines of receipt 1 say the same as the rows read in full, over several pages.
func TestLines(t *testing.T) {
	l := openLedger(t)
	drop := accepted(t, l)
	o, err := l.Begin(drop)
	if err != nil {
		t.Fatal(err)
	}
	const n = 2*ledger.Chunk + 1
	list := make([]ledger.Delivery, n)
	for i := range list {
		list[i].Delivery = amtshilfe.Delivery{ID: amtshilfe.DeliveryID{Drop: drop, Seq: i + 1}, Kind: amtshilfe.KindErsuchen, State: amtshilfe.Valid,
			Aktenzeichen: "az", Kassenzeichen: "kz", Betrag: amtshilfe.Cents(i)}
	}
	list[0].State, list[0].Findings = amtshilfe.Rejected, []amtshilfe.Finding{{Code: "XSD-FEHLER", Line: 7}}
	list[1].State, list[1].Hold = amtshilfe.Held, &amtshilfe.Question{Code: "FRAGE", Owner: amtshilfe.OwnerBetrieb}
	list[2].State, list[2].DuplicateOf = amtshilfe.Duplicate, amtshilfe.DeliveryID{Drop: drop, Seq: 1}
	for i := 0; i < n; i += ledger.Chunk {
		if err := o.Insert(list[i:min(n, i+ledger.Chunk)]); err != nil {
			t.Fatal(err)
		}
	}
	at := time.Date(2026, 11, 21, 17, 0, 0, 0, time.UTC)
	seq := 0
	for line, err := range l.Lines(drop, at) {
		if err != nil {
			t.Fatal(err)
		}
		seq++
		if line.Seq != seq {
			t.Fatalf("line %d has seq %d", seq, line.Seq)
		}
		if seq > 3 && seq < n {
			continue
		}
		d, err := l.Delivery(amtshilfe.DeliveryID{Drop: drop, Seq: seq})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(ledger.LineOf(&d, at), line); diff != "" {
			t.Errorf("line %d (-full +short):\n%s", seq, diff)
		}
	}
	if seq != n {
		t.Errorf("%d lines of %d", seq, n)
	}
}

func openLedger(t *testing.T) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(filepath.Join(t.TempDir(), "ledger.db"), nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// accepted books a drop as far as an opening needs it.
func accepted(t *testing.T, l *ledger.Ledger) amtshilfe.DropID {
	t.Helper()
	d := ledger.Drop{Drop: amtshilfe.Drop{ID: amtshilfe.NewDropID(time.Now()), Account: "a", Name: "x", Betriebsart: amtshilfe.Test, ReceivedAt: time.Now(), ModTime: time.Now()}}
	if err := l.Claiming([]ledger.Drop{d}); err != nil {
		t.Fatal(err)
	}
	if err := l.Accepted([]ledger.Drop{d}); err != nil {
		t.Fatal(err)
	}
	return d.ID
}
