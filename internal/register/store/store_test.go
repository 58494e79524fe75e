package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
	"damtshilfe/internal/register/store"
)

var (
	grundsteuer = amtshilfe.Einnahmeart{List: register.EinnahmeartList, Version: register.EinnahmeartVersion, Code: "100"}
	meyer       = store.By{Wer: "meyer", Grund: "Ticket 1", Quelle: "test"}
	schulze     = store.By{Wer: "schulze", Grund: "geprüft"}
	ctx         = context.Background()
)

// file is a directory with one authority per place.
func file(version string, places ...string) register.File {
	f := register.File{Version: version, Stand: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
	for _, p := range places {
		f.Behoerden = append(f.Behoerden, entry(p))
	}
	return f
}

func entry(place string) register.Eintrag {
	return register.Eintrag{Kennung: "kka:" + place, Name: "Stadtkasse " + place, Betriebsart: amtshilfe.Test,
		Anschrift: register.Anschrift{Postleitzahl: "01067", Ort: place}, Anschriftzeilen: []string{"Stadtkasse", "01067 " + place},
		Kanaele: []register.Kanal{{Art: amtshilfe.KanalPost}},
		Gebiete: []register.Gebiet{{Orte: []register.Ort{{Ort: place, PLZ: []string{"01067"}}}}}}
}

func open(t testing.TB, dir string, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// who answers for a place in the version in force.
func who(t testing.TB, s *store.Store, place string) string {
	t.Helper()
	d, _, err := s.Current()
	if err != nil {
		t.Fatal(err)
	}
	return d.Lookup(grundsteuer, amtshilfe.Postanschrift{Postleitzahl: "01067", Ort: place}, amtshilfe.Test).Behoerde.Kennung
}

func TestVersions(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "register")
	s := open(t, dir, store.Options{})
	if _, _, err := s.Current(); !errors.Is(err, store.ErrEmpty) {
		t.Fatalf("an empty store: %v", err)
	}
	one := must[store.Fassung](t)(s.Put(ctx, file("2026-11", "Dresden"), meyer))
	if one.Seq != 1 || one.Version != "2026-11" || one.Wer != "meyer" || who(t, s, "Dresden") != "kka:Dresden" {
		t.Fatalf("%+v", one)
	}
	if again := must[store.Fassung](t)(s.Put(ctx, file("2026-11", "Dresden"), meyer)); again.Seq != 1 {
		t.Errorf("the same directory made version %d", again.Seq)
	}
	two := must[store.Fassung](t)(s.Put(ctx, file("2026-11", "Dresden", "Radebeul"), meyer))
	if two.Seq != 2 || two.Version != "2026-11-f2" {
		t.Errorf("another directory of the same name: %+v", two)
	}
	other := open(t, dir, store.Options{}) // as a command beside the server
	if who(t, other, "Radebeul") != "kka:Radebeul" {
		t.Error("another process does not see the version")
	}
	three := must[store.Fassung](t)(other.Rollback(ctx, 1, store.By{Wer: "schulze", Grund: "falsche Liste"}))
	if three.Seq != 3 || three.Version != "2026-11-f3" || three.Quelle != "Fassung 1" {
		t.Errorf("rollback: %+v", three)
	}
	if who(t, s, "Radebeul") != "" || who(t, s, "Dresden") != "kka:Dresden" {
		t.Error("the content of version 1 is not in force")
	}
	h := must[[]store.Fassung](t)(s.History(2))
	if len(h) != 2 || h[0].Seq != 3 || h[1].Seq != 2 || h[0].ETag == h[1].ETag {
		t.Errorf("history: %+v", h)
	}
	if n := must[int](t)(s.CheckAudit()); n != 3 {
		t.Errorf("%d audit rows", n)
	}
}

// TestBadVersionIsRefused: the old version stays in force.
func TestBadVersionIsRefused(t *testing.T) {
	s := open(t, t.TempDir(), store.Options{})
	must[store.Fassung](t)(s.Put(ctx, file("1", "Dresden"), meyer))
	broken := file("2", "Radebeul", "Radebeul")
	_, err := s.Put(ctx, broken, meyer)
	if e, ok := errors.AsType[*register.Error](err); !ok || e.Path != "$.behoerden[1].kennung" {
		t.Errorf("a doubled kennung: %v", err)
	}
	if _, err := s.Put(ctx, file("2", "Radebeul"), store.By{}); err == nil {
		t.Error("put by nobody")
	}
	stale := meyer
	stale.Basis = 7
	if _, err := s.Put(ctx, file("2", "Radebeul"), stale); !errors.Is(err, store.ErrChanged) {
		t.Errorf("made from another version: %v", err)
	}
	if who(t, s, "Dresden") != "kka:Dresden" || len(must[[]store.Fassung](t)(s.History(9))) != 1 {
		t.Error("the old version is not in force")
	}
}

// TestDamage: bytes that are not what was put are never answered from.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, store.Options{})
	must[store.Fassung](t)(s.Put(ctx, file("1", "Dresden"), meyer))
	tamper(t, dir, `UPDATE fassung SET inhalt=x'1f8b00'`)
	fresh := open(t, dir, store.Options{})
	if _, _, err := fresh.Current(); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("Current: %v", err)
	}
	if _, err := fresh.Put(ctx, file("1", "Radebeul"), meyer); err != nil || who(t, fresh, "Radebeul") == "" {
		t.Errorf("no way out: %v", err)
	}
	tamper(t, dir, `UPDATE protokoll SET grund='kein Grund' WHERE id=1`)
	if _, err := fresh.CheckAudit(); err == nil {
		t.Error("a changed audit row is not found")
	}
}

func tamper(t *testing.T, dir, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "directory.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(query); err != nil {
		t.Fatal(err)
	}
}

// TestWatch: a server sees what a command beside it has put.
func TestWatch(t *testing.T) {
	dir := t.TempDir()
	s, other := open(t, dir, store.Options{}), open(t, dir, store.Options{})
	must[store.Fassung](t)(s.Put(ctx, file("1", "Dresden"), meyer))
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	seen := make(chan store.Fassung, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Watch(ctx, 1, func(_ *register.Directory, v store.Fassung) { seen <- v })
	}()
	must[store.Fassung](t)(other.Put(ctx, file("2", "Radebeul"), meyer))
	select {
	case v := <-seen:
		if v.Seq != 2 {
			t.Errorf("told of version %d", v.Seq)
		}
	case <-ctx.Done():
		t.Error("not told of the new version")
	}
	cancel()
	<-done
}

func TestAdopt(t *testing.T) {
	primary, second := open(t, t.TempDir(), store.Options{}), open(t, t.TempDir(), store.Options{})
	for i := range 3 {
		must[store.Fassung](t)(primary.Put(ctx, file(fmt.Sprint(i), "Dresden"), meyer))
	}
	take := func(seq int64) error {
		v, raw, err := primary.Raw(seq)
		if err != nil {
			t.Fatal(err)
		}
		v.Signatur = []byte("signed")
		return second.Adopt(ctx, v, raw)
	}
	if err := take(2); err != nil {
		t.Fatal(err)
	}
	if err := take(1); !errors.Is(err, store.ErrChanged) {
		t.Errorf("an older version: %v", err)
	}
	if err := take(3); err != nil || who(t, second, "Dresden") == "" {
		t.Error(err)
	}
	if h := must[[]store.Fassung](t)(second.History(1)); h[0].Seq != 3 || string(h[0].Signatur) != "signed" {
		t.Errorf("%+v", h)
	}
	v, raw, err := primary.Raw(3)
	if err != nil {
		t.Fatal(err)
	}
	v.Seq = 4
	if err := second.Adopt(ctx, v, append(raw, 0)); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("other bytes: %v", err)
	}
}

func TestQuestions(t *testing.T) {
	clock := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	s := open(t, t.TempDir(), store.Options{Now: func() time.Time { clock = clock.Add(time.Millisecond); return clock }})
	for i := range 3 {
		s.RememberQuestion(store.Question{Betriebsart: amtshilfe.Test, Einnahmeart: grundsteuer, PLZ: fmt.Sprintf("0106%d", i), Ort: "Frankfurt (Oder)"})
	}
	for _, q := range []store.Question{
		{Betriebsart: amtshilfe.Test, Einnahmeart: grundsteuer, PLZ: "01067", Ort: "z. Hd. Meier, Weg 3"},
		{Betriebsart: amtshilfe.Test, Einnahmeart: grundsteuer, PLZ: "", Ort: "Dresden"},
		{Betriebsart: "", Einnahmeart: grundsteuer, PLZ: "01067", Ort: "Dresden"},
		{Betriebsart: amtshilfe.Test, PLZ: "01067", Ort: "Dresden"},
	} {
		s.RememberQuestion(q)
	}
	s.RememberQuestion(store.Question{Betriebsart: amtshilfe.Test, Einnahmeart: grundsteuer, PLZ: "01060", Ort: "Frankfurt (Oder)"})
	if err := s.Flush(); err != nil {
		t.Fatal(err)
	}
	got := must[[]store.Question](t)(s.LastQuestions(10))
	if len(got) != 3 || got[0].PLZ != "01062" || got[0].Einnahmeart != grundsteuer || got[0].Ort != "Frankfurt (Oder)" {
		t.Errorf("%+v", got)
	}
}

// TestQuestionsAreBounded: whatever is asked, the file keeps 10 000 and the memory no more.
func TestQuestionsAreBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("12 000 rows take seconds with the race detector")
	}
	clock := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	s := open(t, t.TempDir(), store.Options{Now: func() time.Time { clock = clock.Add(time.Millisecond); return clock }})
	for i := range 12_000 {
		s.RememberQuestion(store.Question{Betriebsart: amtshilfe.Test, Einnahmeart: grundsteuer, PLZ: fmt.Sprintf("%05d", i), Ort: "Dresden"})
		if i%100 == 99 {
			if err := s.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	got := must[[]store.Question](t)(s.LastQuestions(20_000))
	if len(got) != 10_000 || got[0].PLZ != "11999" || got[9999].PLZ != "02000" {
		t.Errorf("%d questions, from %s to %s", len(got), got[0].PLZ, got[len(got)-1].PLZ)
	}
}

func TestMain(m *testing.M) {
	if dir := os.Getenv("STORE_CHILD"); dir != "" {
		child(dir)
	}
	os.Exit(m.Run())
}
