package pipeline_test

import (
	"os"
	"path/filepath"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/pipeline"
)

// letter drops a request that goes by post.
func (w *world) letter(n int) amtshilfe.DeliveryID {
	w.t.Helper()
	w.reg.kanal = postal
	id := w.sent(n)
	w.is(id, amtshilfe.Resolved)
	return id
}

func (w *world) print() {
	w.t.Helper()
	_, failed, err := w.Print(w.t.Context())
	if err != nil || failed > 0 {
		w.t.Fatalf("print: %d failed, %v", failed, err)
	}
}

// bundle is the only bundle.
func (w *world) bundle() ledger.Bundle {
	w.t.Helper()
	list, err := w.ledger.Bundles(10)
	must(w.t, err)
	if len(list) != 1 {
		w.t.Fatalf("%d bundles", len(list))
	}
	return list[0]
}

func (w *world) inbox(id amtshilfe.BundleID) string {
	return filepath.Join(w.dir, "print", "std", "inbox", string(id))
}

func (w *world) staged(id amtshilfe.BundleID) string {
	return filepath.Join(w.dir, "spool-staging", string(id))
}

func exists(t *testing.T, path string) bool {
	t.Helper()
	_, err := os.Lstat(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return err == nil
}

// Letters of one run share a bundle, and end where the centre reports nothing back.
func TestPrint(t *testing.T) {
	w := newWorld(t)
	a, b := w.letter(1), w.letter(2)
	w.print()
	bundle := w.bundle()
	if bundle.State != amtshilfe.BundlePublished || bundle.Letters != 2 || !exists(t, w.inbox(bundle.ID)) || exists(t, w.staged(bundle.ID)) {
		t.Errorf("%+v", bundle)
	}
	w.is(a, amtshilfe.Spooled)
	w.is(b, amtshilfe.Spooled)
	if d := w.get(b); !d.Final || d.Sendung.N != 2 {
		t.Errorf("%+v", d.Sendung)
	}
	w.print()
	w.bundle() // nothing was collected again
}

// What recovery concludes from where the bundle is (design 4, Print bundle).
func TestPublishingRecovery(t *testing.T) {
	for _, tt := range []struct {
		name    string
		durable bool
		boot    string // of the door, "" = this one
		move    func(t *testing.T, w *world, id amtshilfe.BundleID)
		state   amtshilfe.BundleState
		seen    bool // it lies in the inbox afterwards
	}{
		{"staged, and renames into the inbox are durable: never seen, it goes on", true, "another", nil, amtshilfe.BundlePublished, true},
		{"staged, same boot and mount: never seen, it goes on", false, "", nil, amtshilfe.BundlePublished, true},
		{"staged, another boot: nobody knows, a person asks", false, "another", nil, amtshilfe.BundleHeld, false},
		{"in the inbox: it is out", false, "another", func(t *testing.T, w *world, id amtshilfe.BundleID) { must(t, os.Rename(w.staged(id), w.inbox(id))) }, amtshilfe.BundlePublished, true},
		{"in neither place: the centre took it", false, "another", func(t *testing.T, w *world, id amtshilfe.BundleID) { must(t, os.RemoveAll(w.staged(id))) }, amtshilfe.BundlePublished, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, func(c *pipeline.Config) { c.DurableInbox = map[string]bool{"std": tt.durable} })
			id := w.letter(1)
			b := w.publishing(tt.boot)
			if tt.move != nil {
				tt.move(t, w, b.ID)
			}
			w.restart()
			w.work()
			b = w.bundle()
			if b.State != tt.state || exists(t, w.inbox(b.ID)) != tt.seen {
				t.Errorf("%s, in the inbox %v", b.State, exists(t, w.inbox(b.ID)))
			}
			if tt.state == amtshilfe.BundlePublished {
				w.is(id, amtshilfe.Spooled)
				return
			}
			w.is(id, amtshilfe.Bundled)
			if b.Question == nil || b.Question.Code != "DRUCK-UNKLAR" {
				t.Errorf("%+v", b.Question)
			}
		})
	}
}

// publishing brings what waits into a staged bundle with an open door, and stops there as a crash does.
func (w *world) publishing(boot string) ledger.Bundle {
	w.t.Helper()
	b, err := w.ledger.Collect(ledger.PrintQueue{Profile: "std", Account: account, Betriebsart: amtshilfe.Test}, amtshilfe.Test, 10)
	must(w.t, err)
	files, err := w.spool.StageBundle(b.ID, func(write func(string, []byte) error) error { return write("letter.pdf", []byte("%PDF-")) })
	must(w.t, err)
	b.State, b.Hashes = amtshilfe.BundleStaged, map[string]string{files[0].Name: "00"}
	must(w.t, w.ledger.SetBundle(b, amtshilfe.BundleCollected))
	b.State = amtshilfe.BundlePublishing
	b.Boot, b.Mount, err = w.spool.StagingIdentity()
	must(w.t, err)
	if boot != "" {
		b.Boot = boot
	}
	must(w.t, w.ledger.SetBundle(b, amtshilfe.BundleStaged))
	return b
}

// What a person says about a bundle of which nobody knows is done at once, and only once.
func TestUnclearBundle(t *testing.T) {
	for _, tt := range []struct {
		name  string
		says  func(w *world, id amtshilfe.BundleID) error
		seen  bool
		after amtshilfe.State
	}{
		{"the centre has it: the letters are out, the staged ones go", func(w *world, id amtshilfe.BundleID) error {
			return w.ConfirmBundle(id, pipeline.Decision{Wer: "meier"})
		}, false, amtshilfe.Spooled},
		{"the centre never saw it: it is published", func(w *world, id amtshilfe.BundleID) error {
			return w.RepublishBundle(id, pipeline.Decision{Wer: "meier"})
		}, true, amtshilfe.Spooled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, func(c *pipeline.Config) { c.DurableInbox = nil })
			id := w.letter(1)
			b := w.publishing("another")
			w.work()
			w.is(id, amtshilfe.Bundled)
			must(t, tt.says(w, b.ID))
			w.work()
			w.is(id, tt.after)
			if exists(t, w.inbox(b.ID)) != tt.seen || exists(t, w.staged(b.ID)) {
				t.Errorf("in the inbox %v, staged %v", exists(t, w.inbox(b.ID)), exists(t, w.staged(b.ID)))
			}
			if err := tt.says(w, b.ID); err == nil {
				t.Error("said twice")
			}
		})
	}
}

// One letter whose document is damaged is taken out; its neighbours are printed.
func TestDamagedLetter(t *testing.T) {
	w := newWorld(t)
	bad, good := w.letter(1), w.letter(2)
	must(t, os.Truncate(filepath.Join(w.dir, "store", bad.Drop.Dir(), string(bad.Drop)+".seg"), 100))
	w.print()
	w.is(good, amtshilfe.Spooled)
	w.is(bad, amtshilfe.Held, "REGEL-DOKUMENT")
	if b := w.bundle(); b.Letters != 1 || b.State != amtshilfe.BundlePublished {
		t.Errorf("%+v", b)
	}
}

// A bundle that could not be published goes on by itself.
func TestBundleLane(t *testing.T) {
	w := newWorld(t)
	id := w.letter(1)
	b := w.publishing("")
	must(t, os.Mkdir(w.inbox(b.ID), 0o700)) // a stranger's directory has its name
	w.work()
	w.is(id, amtshilfe.Bundled)
	must(t, os.Remove(w.inbox(b.ID)))
	w.work()
	w.is(id, amtshilfe.Bundled) // not in a tight loop
	w.later(w.pause())
	w.work()
	w.is(id, amtshilfe.Spooled)
}

// A request and its 008 that are due at the same cut-off: neither goes into the bundle, in whatever order they get their turn.
func TestWithdrawnAtTheCutOff(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before func(w *world)
	}{
		{"the 008 was looked at before", func(w *world) { w.work() }},
		{"the print run is quicker", func(w *world) {}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			id, other := w.letter(1), w.letter(2)
			stop := amtshilfe.DeliveryID{Drop: w.put(w.follow(amtshilfe.KindEinstellung, 1)), Seq: 1}
			must(t, w.OpenOnly(t.Context()))
			tt.before(w)
			w.print()
			w.work()
			w.print()
			w.is(id, amtshilfe.Withdrawn)
			w.is(other, amtshilfe.Spooled)
			if b := w.bundle(); b.Letters != 1 {
				t.Errorf("%d letters", b.Letters)
			}
			if d := w.get(stop); !d.State.Ended() || d.Sendung.Bundle != "" {
				t.Errorf("the 008 is %s in %s", d.State, d.Sendung)
			}
		})
	}
}
