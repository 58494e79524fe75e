package pipeline_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/sqlitedb"
)

// While messages move on, a run of receipts must not chase them.
func TestARunTellsOfEachDropOnce(t *testing.T) {
	w := newWorld(t)
	const n = 5
	var drop bytes.Buffer
	z := zip.NewWriter(&drop)
	for i := range n {
		f, err := z.Create(fmt.Sprint(i, ".xml"))
		must(t, err)
		_, err = f.Write(w.ersuchen(100 + i))
		must(t, err)
	}
	must(t, z.Close())
	id := w.put(drop.Bytes())
	w.work()
	moved, busy := 0, false
	deps := w.deps
	deps.Now = func() time.Time {
		if !busy && moved < n {
			busy, moved = true, moved+1
			d := w.get(amtshilfe.DeliveryID{Drop: id, Seq: moved})
			d.State, d.Lane, d.DueAt = amtshilfe.Delivered, "", time.Time{}
			must(t, w.ledger.Save(sqlitedb.Outcome, &d))
			busy = false
		}
		return w.now
	}
	p := pipeline.New(w.cfg, deps)
	if done, failed, err := p.Tell(t.Context()); done != 1 || failed > 0 || err != nil {
		t.Errorf("%d told, %d failed, %v; want one", done, failed, err)
	}
	if list := receipts(w.out(), id); len(list) != 2 || moved != n {
		t.Errorf("receipts %v while %d messages moved on; want two", list, moved)
	}
	for range 3 {
		_, _, err := w.Tell(t.Context())
		must(t, err)
	}
	if d, err := w.ledger.Drop(id); err != nil || !d.Closed {
		t.Errorf("%+v, %v; want all told in the end", d, err)
	}
}
