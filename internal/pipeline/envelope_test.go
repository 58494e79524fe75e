package pipeline_test

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/pipeline"
	"damtshilfe/printstreet"
)

// sharing makes the print centre one that puts all letters to an authority into one envelope, of at most so many sheets.
func sharing(sheets int) func(*pipeline.Config) {
	return func(c *pipeline.Config) {
		acknowledging(c)
		p := c.Profiles["std"]
		p.Envelope.Per, p.Envelope.MaxSheets = printstreet.PerAuthority, sheets
		c.Profiles["std"] = p
	}
}

// index reads the index of a bundle in the inbox.
func (w *world) index(id amtshilfe.BundleID) string {
	w.t.Helper()
	text, err := fs.ReadFile(os.DirFS(w.inbox(id)), string(id)+"_index.xml")
	must(w.t, err)
	return string(text)
}

// What the centre says of an envelope it says of every letter in it; the ids of the other letters mean nothing to it.
func TestSharedEnvelope(t *testing.T) {
	w := newWorld(t, sharing(150))
	ids := []amtshilfe.DeliveryID{w.letter(1), w.letter(2), w.letter(3)}
	all := func(s amtshilfe.State, code ...string) {
		t.Helper()
		for _, id := range ids {
			w.is(id, s, code...)
		}
	}
	w.print()
	b := w.bundle().ID
	if text := w.index(b); strings.Count(text, "<sendung ") != 1 || strings.Count(text, "<schreiben ") != 3 || !strings.Contains(text, `sendungen="1" schreiben="3"`) {
		t.Fatalf("the index says %s", text)
	}
	if shared, err := w.ledger.SharedIn(b); err != nil || fmt.Sprint(shared) != "map[1:1 2:1 3:1]" {
		t.Errorf("the ledger says %v, %v", shared, err)
	}
	must(t, os.RemoveAll(w.inbox(b))) // the centre takes it
	w.says("0.xml", entrance("q0", b, 3, `ergebnis="angenommen"`))
	_, _, _, err := w.Quittungen(t.Context())
	must(t, err)
	if said := w.aside(); len(said) != 1 || said[0] != "DRUCK-QUITTUNG-SUMME" {
		t.Errorf("an envelope counted as three: %v", said)
	}
	w.says("1.xml", entrance("q1", b, 1, `ergebnis="angenommen"`))
	w.says("2.xml", ack("q2", b, "PRODUKTION", "kuvertiert"))
	w.acknowledge()
	all(amtshilfe.Enclosed)
	w.says("3.xml", ack("q3", b, "POSTAUFGABE", "", "eingeliefert"))
	_, _, _, err = w.Quittungen(t.Context())
	must(t, err)
	if said := w.aside(); len(said) != 2 || said[1] != "DRUCK-QUITTUNG-UNBEKANNT" && said[0] != "DRUCK-QUITTUNG-UNBEKANNT" {
		t.Errorf("a letter inside is no Sendung: %v", said)
	}
	all(amtshilfe.Enclosed)
	w.says("4.xml", ack("q4", b, "POSTAUFGABE", "eingeliefert"))
	w.acknowledge()
	all(amtshilfe.Posted)
	if got, err := w.ledger.Bundle(b); err != nil || got.Posted != 3 || !got.Deadline.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
	w.says("5.xml", ack("q5", b, "RUECKLAUF", "ruecklaeufer"))
	w.acknowledge()
	all(amtshilfe.Returned, "DRUCK-RUECKLAUF")
	for _, id := range ids {
		must(t, w.Release(t.Context(), id, pipeline.Decision{Wer: "meier", Grund: "-"}))
	}
	w.work()
	w.print()
	all(amtshilfe.Spooled)
	next := w.get(ids[0]).Sendung.Bundle
	if text := w.index(next); strings.Count(text, fmt.Sprintf(`nachdruckVon="%s.1"`, b)) != 3 {
		t.Errorf("the new letters do not name the envelope that came back: %s", text)
	}
}

// An envelope that is full begins another one; each is acknowledged, printed again and taken back by itself.
func TestSharedEnvelopesAgain(t *testing.T) {
	one := sheetsOf(t, 1)[0]
	w := newWorld(t, sharing(2*one+1)) // a list of one sheet and two letters
	ids := []amtshilfe.DeliveryID{w.letter(1), w.letter(1001), w.letter(2001)}
	w.print()
	b := w.bundle().ID
	shared, err := w.ledger.SharedIn(b)
	must(t, err)
	var in, alone amtshilfe.DeliveryID
	for _, id := range ids {
		if n, ok := shared[w.get(id).Sendung.N]; !ok {
			alone = id
		} else if n != w.get(id).Sendung.N {
			in = id
		}
	}
	if len(shared) != 2 || in.IsZero() || alone.IsZero() {
		t.Fatalf("%v, sheets %v", shared, sheetsOf(t, 1, 1001, 2001))
	}
	whole := amtshilfe.SendungID{Bundle: b, N: shared[w.get(in).Sendung.N]}
	must(t, os.RemoveAll(w.inbox(b)))
	if _, err := w.Reprint(w.get(in).Sendung.String(), pipeline.Decision{Wer: "meier", Grund: "-"}); err == nil {
		t.Error("a letter inside of an envelope is no Sendung to print again")
	}
	again, err := w.Reprint(whole.String(), pipeline.Decision{Wer: "meier", Grund: "verloren"})
	must(t, err)
	w.work()
	if again.Letters != 2 || w.get(in).Sendung.Bundle != again.ID || w.get(alone).Sendung.Bundle != b {
		t.Errorf("%d letters were printed again", again.Letters)
	}
	if text := w.index(again.ID); strings.Count(text, fmt.Sprintf(`nachdruckVon="%s"`, whole)) != 2 {
		t.Errorf("the new index does not name the envelope: %s", text)
	}
	must(t, w.RecallBundle(again.ID, pipeline.Decision{Wer: "meier", Grund: "falsch"}))
	w.restart()
	w.work()
	w.is(in, amtshilfe.Held, "DRUCK-ZURUECKGEHOLT")
	w.is(alone, amtshilfe.Spooled)
}
