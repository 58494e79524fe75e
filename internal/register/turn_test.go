package register_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"damtshilfe/internal/register"
)

// Each change builds the whole directory: of all of Germany several at once would be a second and some hundred megabytes each, in vain.
func TestChangesAreMadeOneAtATime(t *testing.T) {
	w := newWorld(t)
	var now, most atomic.Int32
	work := func() (register.Beschluss, error) {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		time.Sleep(20 * time.Millisecond) // long enough for the others to come in
		now.Add(-1)
		return register.Beschluss{Aenderung: 1}, nil
	}
	s := w.serve(register.ServerOptions{Askers: []register.Asker{{Name: "m", Fingerprint: fingerprint(t, w.client), Role: register.RoleMaintainer}},
		Store: storeOf{open: func() ([]register.OffeneAenderung, error) { return nil, nil },
			change: func(register.Aenderung, string) (register.Beschluss, error) { return work() },
			accept: func(int64, string, string) (register.Beschluss, error) { return work() }}})
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			path, body := "/aenderung", "grund: neu\nverbaende: [{schluessel: \"06633\", name: Kassel}]\n"
			if i%2 == 0 {
				path, body = "/aenderung/1/annehmen", "grund: passt\n"
			}
			if resp, text, err := w.do(w.client, "POST", s.url+path, "application/yaml", body); err != nil || resp.StatusCode != 200 {
				t.Errorf("%s: %v %s", path, err, text)
			}
		})
	}
	wg.Wait()
	if most.Load() != 1 {
		t.Errorf("%d changes were made at once", most.Load())
	}
}
