package pipeline_test

import (
	"context"
	"maps"
	"os"
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/schema"
	"damtshilfe/mapping"
)

const foreignUUID = "3f2c1d0e-5b6a-4c7d-8e9f-0a1b2c3d4e5f"

// foreign is a message of a pack that the world does not have at first.
func foreign(t *testing.T) []byte {
	doc, err := os.ReadFile("../../testdata/packs/vollstreckungsauftrag-2.0/samples/auftrag.xml")
	must(t, err)
	return doc
}

// install starts the gateway again with the foreign pack.
func (w *world) install(fingerprint string) {
	w.t.Helper()
	w.restart()
	packs, err := mapping.Builtin()
	must(w.t, err)
	packs, err = packs.Overlay(os.DirFS("../../testdata/packs"))
	must(w.t, err)
	w.deps.Packs, w.cfg.InstalledPacks = packs, fingerprint
	w.Pipeline = pipeline.New(w.cfg, w.deps)
}

// balanced says that the counters of a drop are what its rows say, in messages and EUR.
func (w *world) balanced(id amtshilfe.DropID) {
	w.t.Helper()
	counted, err := w.ledger.CountsOf(id)
	must(w.t, err)
	rows, err := w.ledger.Recount(id)
	must(w.t, err)
	maps.DeleteFunc(counted, func(_ amtshilfe.State, c ledger.Count) bool { return c == ledger.Count{} })
	if !maps.Equal(counted, rows) {
		w.t.Errorf("counters %v, rows %v", counted, rows)
	}
	words, err := w.ledger.Words(id)
	must(w.t, err)
	var said, are amtshilfe.Cents
	for _, c := range words {
		said += c.Cents
	}
	for _, c := range rows {
		are += c.Cents
	}
	if said != are {
		w.t.Errorf("receipts speak of %d cents, the rows of %d", said, are)
	}
}

func TestMissingPack(t *testing.T) {
	w := newWorld(t)
	id := amtshilfe.DeliveryID{Drop: w.put(foreign(t)), Seq: 1}
	w.work()
	w.is(id, amtshilfe.Held, "PACK-FEHLT")

	// Nobody can release what nobody has read.
	by := pipeline.Decision{Wer: "ops", Grund: "probe"}
	must(t, w.Release(context.Background(), id, by))
	w.work()
	w.is(id, amtshilfe.Held, "PACK-FEHLT")
	must(t, w.Retry(context.Background(), id, by))
	w.work()
	w.is(id, amtshilfe.Held, "PACK-FEHLT")
	if len(w.xta.bodies) != 0 {
		t.Fatalf("%d sends", len(w.xta.bodies))
	}

	w.install("with the pack")
	w.work()
	w.is(id, amtshilfe.Sent)
	d := w.get(id)
	if d.Kind != amtshilfe.KindErsuchen || d.UUID != foreignUUID || d.Betrag != 148_20 || d.Absender != own || d.Hold != nil || len(d.Findings) > 0 {
		t.Errorf("%+v", d)
	}
	w.balanced(id.Drop)
	if _, err := w.ledger.ByUUID(own, foreignUUID); err != nil {
		t.Errorf("the UUID is not booked: %v", err)
	}
}

func TestMissingPackAskedOnce(t *testing.T) {
	w := newWorld(t, func(c *pipeline.Config) { c.InstalledPacks = "as before" })
	id := amtshilfe.DeliveryID{Drop: w.put(foreign(t)), Seq: 1}
	w.work()
	w.restart()
	before := w.get(id).UpdatedAt
	w.later(w.pause())
	w.work()
	if w.is(id, amtshilfe.Held, "PACK-FEHLT"); !w.get(id).UpdatedAt.Equal(before) {
		t.Error("read again although the packs are the same")
	}
	rows, err := w.ledger.Audit("packs", 10)
	must(t, err)
	if len(rows) != 1 || rows[0].Grund != "as before" {
		t.Errorf("audit %v", rows)
	}
}

func TestMissingPackThenTwice(t *testing.T) {
	w := newWorld(t)
	doc := foreign(t)
	first := amtshilfe.DeliveryID{Drop: w.put(doc), Seq: 1}
	w.work()
	second := amtshilfe.DeliveryID{Drop: w.put([]byte(string(doc) + "\n")), Seq: 1}
	third := amtshilfe.DeliveryID{Drop: w.put([]byte(strings.Replace(string(doc), "VA-4711", "VA-4712", 1))), Seq: 1}
	w.work()
	w.install("with the pack")
	w.work()
	w.is(first, amtshilfe.Sent) // who came first
	w.is(second, amtshilfe.Rejected, "DUP-UUID")
	w.is(third, amtshilfe.Rejected, "DUP-UUID")
	for _, id := range []amtshilfe.DeliveryID{first, second, third} {
		w.balanced(id.Drop)
	}
	if len(w.xta.bodies) != 1 {
		t.Errorf("%d sends", len(w.xta.bodies))
	}
}

func TestCrashedMessageAskedAgain(t *testing.T) {
	w := newWorld(t)
	w.schema.found = []schema.Violation{{Finding: amtshilfe.Finding{Code: "ABSTURZ", Severity: amtshilfe.SeverityFehler, Text: "Absturz.", Hold: true, Owner: amtshilfe.OwnerBetrieb}}}
	id := w.sent(1)
	w.is(id, amtshilfe.Held, "ABSTURZ")
	by := pipeline.Decision{Wer: "ops", Grund: "neuer Versuch"}
	must(t, w.Retry(context.Background(), id, by))
	w.work()
	w.is(id, amtshilfe.Held, "ABSTURZ")
	w.schema.found = nil
	must(t, w.Retry(context.Background(), id, by))
	w.work()
	w.is(id, amtshilfe.Sent)
	w.balanced(id.Drop)
}
