package pipeline_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/sample"
	"damtshilfe/printstreet"
)

// acknowledging makes the print centre one that acknowledges.
func acknowledging(c *pipeline.Config) {
	p := printstreet.TestProfile()
	p.Acknowledgements = true
	c.Profiles = map[string]printstreet.Profile{"std": p}
}

// quittung lays an acknowledgement, ready with its marker, into quittung/.
func (w *world) says(name, text string) {
	w.t.Helper()
	dir := filepath.Join(w.dir, "print", "std", "quittung")
	must(w.t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	must(w.t, os.WriteFile(filepath.Join(dir, name+".fertig"), nil, 0o600))
}

// ack is an acknowledgement in XML: words of letters 1, 2 ..., "" = nothing about this one.
func ack(id string, b amtshilfe.BundleID, art string, words ...string) string {
	letters, n := "", 0
	for i, word := range words {
		if word == "" {
			continue
		}
		n++
		letters += fmt.Sprintf(`<sendung id="%s.%d" stand="%s"`, b, i+1, word)
		switch word {
		case "eingeliefert":
			letters += ` datum="2026-11-21"`
		case "ruecklaeufer", "geloescht":
			letters += ` grund="sonstiges"`
		}
		letters += "/>"
	}
	return fmt.Sprintf(`<quittung xmlns="urn:damtshilfe:druck:1" id="%s" stapel="%s" art="%s" erstellt="2026-11-21T10:00:00Z" anzahl="%d">%s</quittung>`, id, b, art, n, letters)
}

func entrance(id string, b amtshilfe.BundleID, letters int, said string) string {
	return fmt.Sprintf(`<quittung xmlns="urn:damtshilfe:druck:1" id="%s" stapel="%s" art="EINGANG" erstellt="2026-11-21T09:00:00Z" anzahl="%d" %s/>`, id, b, letters, said)
}

func (w *world) acknowledge() {
	w.t.Helper()
	_, failed, _, err := w.Quittungen(w.t.Context())
	if err != nil || failed > 0 {
		w.t.Fatalf("quittung: %d failed, %v", failed, err)
	}
}

// aside are the reasons in fehler/.
func (w *world) aside() (reasons []string) {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.dir, "print", "std", "fehler", "*.grund.txt"))
	must(w.t, err)
	for _, f := range files {
		text, err := os.ReadFile(f)
		must(w.t, err)
		code, _, _ := strings.Cut(string(text), ":")
		reasons = append(reasons, code)
		if _, err := os.Lstat(strings.TrimSuffix(f, ".grund.txt")); err != nil {
			w.t.Error(err)
		}
	}
	return reasons
}

func (w *world) quittungen() int {
	w.t.Helper()
	entries, err := os.ReadDir(filepath.Join(w.dir, "print", "std", "quittung"))
	must(w.t, err)
	return len(entries)
}

// The life of letters as their centre tells it, and as their sender reads it.
func TestQuittungen(t *testing.T) {
	w := newWorld(t, acknowledging)
	a, b, c := w.letter(1), w.letter(2), w.letter(3)
	w.print()
	id := w.bundle().ID
	must(t, os.RemoveAll(w.inbox(id))) // the centre takes it
	w.says("1.xml", entrance("q1", id, 3, `ergebnis="angenommen"`))
	w.says("2.xml", ack("q2", id, "PRODUKTION", "gedruckt", "kuvertiert", "gedruckt"))
	w.acknowledge()
	w.is(a, amtshilfe.Printed)
	w.is(b, amtshilfe.Enclosed)
	w.says("3.xml", ack("q3", id, "POSTAUFGABE", "eingeliefert", "eingeliefert"))
	w.says("4.xml", ack("q4", id, "ABBRUCH", "", "", "geloescht"))
	w.acknowledge()
	w.is(a, amtshilfe.Posted)
	w.is(c, amtshilfe.Held, "DRUCK-GELOESCHT")
	w.says("5.xml", ack("q5", id, "RUECKLAUF", "", "ruecklaeufer"))
	w.acknowledge()
	w.is(b, amtshilfe.Returned, "DRUCK-RUECKLAUF")
	if d := w.get(b); d.Hold.Owner != amtshilfe.OwnerMandant {
		t.Errorf("%+v", d.Hold)
	}
	if n, said := w.quittungen(), w.aside(); n != 0 || len(said) != 0 {
		t.Errorf("%d left, aside %v", n, said)
	}
	for range 3 {
		w.work()
		_, _, err := w.Tell(t.Context())
		must(t, err)
		w.later(time.Minute)
	}
	all := ""
	for _, name := range w.out() {
		all += w.read(name)
	}
	for _, word := range []string{"eingeliefert", "ruecklaeufer", "in-klaerung"} {
		if !strings.Contains(all, word) {
			t.Errorf("no receipt says %s", word)
		}
	}
	// The sender clears up the address and lets it go on: a new bundle, which names the letter that came back.
	must(t, w.Release(t.Context(), b, pipeline.Decision{Wer: "meier", Grund: "-"}))
	w.work()
	w.print()
	d := w.get(b)
	if d.State != amtshilfe.Spooled || d.Sendung.Bundle == id {
		t.Errorf("%s in %s", d.State, d.Sendung)
	}
	index, err := os.ReadFile(filepath.Join(w.inbox(d.Sendung.Bundle), string(d.Sendung.Bundle)+"_index.xml"))
	if err != nil || !strings.Contains(string(index), fmt.Sprintf(`nachdruckVon="%s.2"`, id)) {
		t.Errorf("%v %s", err, index)
	}
}

// What cannot be booked is set aside with its reason and changes nothing; what comes again is removed.
func TestQuittungenSetAside(t *testing.T) {
	w := newWorld(t, acknowledging)
	a, b := w.letter(1), w.letter(2)
	w.print()
	id := w.bundle().ID
	w.says("1.xml", ack("q1", id, "POSTAUFGABE", "eingeliefert"))
	w.acknowledge()
	for name, text := range map[string]string{
		"a-same.xml":        ack("q1", id, "POSTAUFGABE", "eingeliefert"),
		"b-other.xml":       ack("q1", id, "POSTAUFGABE", "eingeliefert", "eingeliefert"),
		"c-half.xml":        ack("q2", id, "POSTAUFGABE", "eingeliefert")[:60],
		"d-nobody.xml":      ack("q3", "B261121-ZZZZ", "POSTAUFGABE", "eingeliefert"),
		"e-third.xml":       ack("q4", id, "PRODUKTION", "", "kuvertiert", "kuvertiert"),
		"f-contradicts.xml": ack("q5", id, "ABBRUCH", "geloescht"),
		"g-sums.xml":        entrance("q6", id, 3, `ergebnis="angenommen"`),
	} {
		w.says(name, text)
	}
	w.acknowledge()
	w.is(a, amtshilfe.Posted)
	w.is(b, amtshilfe.Spooled)
	want := "[DRUCK-QUITTUNG-WIDERSPRUCH DRUCK-QUITTUNG DRUCK-QUITTUNG-UNBEKANNT DRUCK-QUITTUNG-UNBEKANNT DRUCK-QUITTUNG-WIDERSPRUCH DRUCK-QUITTUNG-SUMME]"
	if said, n := fmt.Sprint(w.aside()), w.quittungen(); said != want || n != 0 {
		t.Errorf("%s, %d left", said, n)
	}
}

// A bundle that is not acknowledged in time is a question; whoever has asked the centre may wait another term.
func TestQuittungMissing(t *testing.T) {
	w := newWorld(t, acknowledging)
	w.letter(1)
	w.print()
	id := w.bundle().ID
	w.later(119 * time.Hour)
	w.acknowledge()
	if b := w.bundle(); b.Question != nil {
		t.Errorf("too early: %+v", b.Question)
	}
	w.later(2 * time.Hour)
	w.acknowledge()
	if b := w.bundle(); b.Question == nil || b.Question.Code != "DRUCK-RUECKMELDUNG" || b.Question.Owner != amtshilfe.OwnerDruckzentrum {
		t.Errorf("%+v", b.Question)
	}
	must(t, w.ConfirmBundle(id, pipeline.Decision{Wer: "meier", Grund: "angerufen"}))
	w.acknowledge()
	if b := w.bundle(); b.Question != nil || b.Deadline.Before(w.now.Add(100*time.Hour)) {
		t.Errorf("%+v", b)
	}
}

// An acknowledgement proves that the centre has a bundle of which nobody knew: nothing of it is published again.
func TestQuittungOfUnclearBundle(t *testing.T) {
	w := newWorld(t, acknowledging, func(c *pipeline.Config) { c.DurableInbox = nil })
	id := w.letter(1)
	b := w.publishing("another")
	w.work()
	w.is(id, amtshilfe.Bundled)
	w.says("1.xml", ack("q1", b.ID, "PRODUKTION", "gedruckt"))
	w.acknowledge()
	w.is(id, amtshilfe.Printed)
	w.work()
	if exists(t, w.staged(b.ID)) || exists(t, w.inbox(b.ID)) {
		t.Error("it is still there to be published")
	}
}

// A bundle comes back by one rename, or not at all.
func TestRecall(t *testing.T) {
	for _, tt := range []struct {
		name   string
		centre func(w *world, id amtshilfe.BundleID) error
		back   bool
	}{
		{"nobody took it: its letters wait for a person", func(*world, amtshilfe.BundleID) error { return nil }, true},
		{"a crash after the rename: it is back", func(w *world, id amtshilfe.BundleID) error { return os.Rename(w.inbox(id), w.staged(id)) }, true},
		{"the centre was quicker", func(w *world, id amtshilfe.BundleID) error { return os.RemoveAll(w.inbox(id)) }, false},
		{"the centre copies, and what it said waits to be booked", func(w *world, id amtshilfe.BundleID) error {
			w.says("a.xml", ack("Q-1", id, "POSTAUFGABE", "eingeliefert"))
			return nil
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, acknowledging)
			id := w.letter(1)
			w.print()
			b := w.bundle()
			must(t, w.RecallBundle(b.ID, pipeline.Decision{Wer: "meier", Grund: "falsch"}))
			must(t, tt.centre(w, b.ID))
			w.restart()
			w.work()
			if !tt.back {
				w.is(id, amtshilfe.Spooled)
				return
			}
			if exists(t, w.inbox(b.ID)) || exists(t, w.staged(b.ID)) {
				t.Errorf("inbox %v, staged %v", exists(t, w.inbox(b.ID)), exists(t, w.staged(b.ID)))
			}
			w.is(id, amtshilfe.Held, "DRUCK-ZURUECKGEHOLT")
			w.print()
			w.bundle() // nothing goes out by itself
			must(t, w.Release(t.Context(), id, pipeline.Decision{Wer: "meier", Grund: "-"}))
			w.work()
			w.print()
			w.is(id, amtshilfe.Spooled)
			if d := w.get(id); d.Sendung.Bundle == b.ID {
				t.Error("in the bundle that was taken back")
			}
		})
	}
}

// A reprint is a new bundle that names the old one, in index and ticket.
func TestReprint(t *testing.T) {
	w := newWorld(t)
	a, b := w.letter(1), w.letter(2)
	if _, err := w.Reprint("B261120-ZZ", pipeline.Decision{}); err == nil {
		t.Error("nothing is printed again")
	}
	w.print()
	old := w.bundle().ID
	for id, why := range map[string]string{string(old): "has not taken", "B261120-0000AA": "no such bundle"} {
		if _, err := w.Reprint(id, pipeline.Decision{Wer: "meier", Grund: "verloren"}); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", id, err)
		}
	}
	must(t, os.RemoveAll(w.inbox(old)))
	again, err := w.Reprint(string(old)+".2", pipeline.Decision{Wer: "meier", Grund: "verloren"})
	must(t, err)
	w.work()
	w.is(a, amtshilfe.Spooled)
	w.is(b, amtshilfe.Spooled, "DRUCK-NACHDRUCK")
	if d := w.get(b); d.Sendung.Bundle != again.ID || !d.Final {
		t.Errorf("%+v", d.Sendung)
	}
	must(t, w.RecallBundle(again.ID, pipeline.Decision{Wer: "meier", Grund: "falsch"}))
	if err := w.RecallBundle(again.ID, pipeline.Decision{Wer: "meier", Grund: "falsch"}); err == nil || !strings.Contains(err.Error(), "recalling") {
		t.Errorf("taken back twice: %v", err)
	}
	for suffix, want := range map[string]string{"_index.xml": fmt.Sprintf(`nachdruckVon="%s.2"`, old), "_auftrag.xml": fmt.Sprintf(`nachdruckVon="%s"`, old)} {
		text, err := fs.ReadFile(os.DirFS(w.inbox(again.ID)), string(again.ID)+suffix)
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %v %s", suffix, err, text)
		}
	}
	if got, err := w.ledger.Bundle(old); err != nil || got.Letters != 2 || got.Again != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

// Letters of a profile of production wait until a person has released this version of it; nothing else of them changes.
func TestPrintRelease(t *testing.T) {
	w := newWorld(t, func(c *pipeline.Config) {
		p := printstreet.TestProfile()
		p.Name, p.Betriebsart = "std", amtshilfe.Produktion
		c.Profiles = map[string]printstreet.Profile{"std": p}
		c.Accounts[0].Betriebsart = amtshilfe.Produktion
	})
	w.reg.kanal = postal
	w.reg.kanal.Betriebsart = amtshilfe.Produktion
	id := amtshilfe.DeliveryID{Drop: w.put(w.ersuchen(1, func(s *sample.Spec) { s.Kopf.Test = false })), Seq: 1}
	w.work()
	w.is(id, amtshilfe.Resolved)
	w.print()
	w.is(id, amtshilfe.Resolved)
	must(t, w.ReleasePrint("std", pipeline.Decision{Wer: "meier", Grund: "Probestapel gesehen"}))
	w.print()
	w.is(id, amtshilfe.Spooled)
	if said, err := w.ledger.Audit("print release", 1); err != nil || len(said) != 1 || said[0].Who != "meier" {
		t.Errorf("%+v, %v", said, err)
	}
	if err := w.ReleasePrint("none", pipeline.Decision{}); err == nil {
		t.Error("released what is not there")
	}
}

// A centre that writes lists: one file moves letters of several bundles, all of it or nothing; what is no list goes to fehler/.
func TestListOfLetters(t *testing.T) {
	w := newWorld(t, acknowledging, func(c *pipeline.Config) {
		p := c.Profiles["std"]
		p.AcknowledgementFormat = printstreet.FormatListe
		c.Profiles["std"] = p
	})
	a := w.letter(1)
	w.print()
	b := w.letter(2)
	w.print()
	one, two := w.get(a).Sendung, w.get(b).Sendung
	w.says("unknown.csv", fmt.Sprintf("sendung;status;zeit;grund\n%s;gedruckt;;\nB261120-AAAAAA.1;gedruckt;;\n", one))
	w.says("other.xml", ack("Q-1", one.Bundle, "PRODUKTION", "gedruckt"))
	w.acknowledge()
	w.is(a, amtshilfe.Spooled)
	if got := w.aside(); fmt.Sprint(got) != "[DRUCK-QUITTUNG DRUCK-QUITTUNG-UNBEKANNT]" {
		t.Error(got)
	}
	for range 2 { // the second time it is known
		w.says("list.csv", fmt.Sprintf("sendung;status;zeit;grund\n%s;eingeliefert;2026-11-21T15:00:00;\n%s;kuvertiert;2026-11-21T14:00:00Z;\n", one, two))
		w.acknowledge()
		w.is(a, amtshilfe.Posted)
		w.is(b, amtshilfe.Enclosed)
	}
	w.says("more.csv", fmt.Sprintf("sendung;status;zeit;grund\n%s;eingeliefert;2026-11-21T15:00:00;\n%s;eingeliefert;2026-11-21;\n", one, two))
	w.acknowledge()
	w.is(b, amtshilfe.Posted)
	if got := w.aside(); len(got) != 2 {
		t.Error(got)
	}
}

// What was said before its bundle was made, or is still to come, was not said of it: such an acknowledgement goes to fehler/ with its reason.
func TestUntimelyQuittungen(t *testing.T) {
	w := newWorld(t, acknowledging)
	id := w.letter(1)
	w.print()
	b := w.bundle().ID
	usual := ack("q1", b, "POSTAUFGABE", "eingeliefert")
	for i, tt := range []struct{ old, new, want string }{
		{`erstellt="2026-11-21T10:00:00Z"`, `erstellt="0001-01-01T00:00:00Z"`, "DRUCK-QUITTUNG-WIDERSPRUCH: Die Quittung nennt einen Zeitpunkt, der nicht stimmen kann: erstellt liegt vor der Erstellung des Stapels."},
		{`erstellt="2026-11-21T10:00:00Z"`, `erstellt="2026-12-24T10:00:00Z"`, "DRUCK-QUITTUNG-WIDERSPRUCH: Die Quittung nennt einen Zeitpunkt, der nicht stimmen kann: erstellt liegt in der Zukunft."},
		{`datum="2026-11-21"`, `datum="0001-01-01"`, "DRUCK-QUITTUNG: Die Quittung ist nicht lesbar: Sendung 1: ihr datum fehlt oder ist keines."},
		{`datum="2026-11-21"`, `datum="2025-11-21"`, "DRUCK-QUITTUNG-WIDERSPRUCH: Die Quittung nennt einen Zeitpunkt, der nicht stimmen kann: das Datum der Sendung 1 liegt vor der Erstellung des Stapels."},
		{`datum="2026-11-21"`, `datum="2062-11-21"`, "DRUCK-QUITTUNG-WIDERSPRUCH: Die Quittung nennt einen Zeitpunkt, der nicht stimmen kann: das Datum der Sendung 1 liegt in der Zukunft."},
	} {
		name := fmt.Sprintf("%d.xml", i)
		w.says(name, strings.Replace(usual, tt.old, tt.new, 1))
		w.acknowledge()
		w.is(id, amtshilfe.Spooled)
		reason, err := os.ReadFile(filepath.Join(w.dir, "print", "std", "fehler", name+".grund.txt"))
		if err != nil || strings.TrimSpace(string(reason)) != tt.want {
			t.Errorf("%s: %s, %v", tt.new, reason, err)
		}
	}
	w.says("right.xml", usual)
	w.acknowledge()
	w.is(id, amtshilfe.Posted)
}

// A centre that writes slowly into the file itself: nothing of it is booked, and nothing is removed, before it is done.
func TestQuittungThatIsStillWritten(t *testing.T) {
	w := newWorld(t, acknowledging, func(c *pipeline.Config) {
		p := c.Profiles["std"]
		p.AcknowledgementFormat = printstreet.FormatListe
		c.Profiles["std"] = p
	})
	a, b := w.letter(1), w.letter(2)
	w.print()
	id := w.bundle().ID
	f, err := os.Create(filepath.Join(w.dir, "print", "std", "quittung", "slow.csv"))
	must(t, err)
	write := func(text string) {
		_, err := f.WriteString(text)
		must(t, err)
	}
	write(fmt.Sprintf("sendung;status;zeit;grund\n%s.1;gedruckt;;\n", id))
	for range 3 {
		w.acknowledge()
		w.later(time.Minute)
	}
	w.is(a, amtshilfe.Spooled)
	write(fmt.Sprintf("%s.2;gedruckt;;\n", id))
	must(t, f.Close())
	for range 3 {
		w.acknowledge()
		w.later(time.Minute)
	}
	w.is(a, amtshilfe.Printed)
	w.is(b, amtshilfe.Printed)
	if n, said := w.quittungen(), w.aside(); n != 0 || len(said) != 0 {
		t.Errorf("%d left, aside %v", n, said)
	}
}

// While an acknowledgement of a bundle waits, taking it back and printing it again say the same, and what they ask for helps.
func TestSpokenBundle(t *testing.T) {
	w := newWorld(t, acknowledging)
	w.letter(1)
	w.print()
	b := w.bundle().ID
	meier := pipeline.Decision{Wer: "meier", Grund: "verloren"}
	w.says("1.xml", ack("q1", b, "PRODUKTION", "gedruckt"))
	const want = "an acknowledgement of the bundle waits in quittung/; have it booked first (gateway run quittung)"
	if _, err := w.Reprint(string(b), meier); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("reprint: %v", err)
	}
	if err := w.RecallBundle(b, meier); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("recall: %v", err)
	}
	inbox := w.inbox(b)
	must(t, os.Rename(inbox, inbox+".away")) // the centre took it, and the two still do not differ
	if _, err := w.Reprint(string(b), meier); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("reprint: %v", err)
	}
	w.acknowledge()
	if _, err := w.Reprint(string(b), meier); err != nil {
		t.Errorf("reprint: %v", err)
	}
}
