package store_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
	"damtshilfe/internal/register/store"
)

func TestSecondPerson(t *testing.T) {
	s := open(t, t.TempDir(), store.Options{SecondPerson: true})
	if _, err := s.Put(ctx, file("1", "Dresden"), meyer); !errors.Is(err, store.ErrSecondPerson) {
		t.Fatalf("put alone: %v", err)
	}
	r := must[store.Result](t)(s.Change(ctx, meyer, func(f *register.File) error { *f = file("1", "Dresden"); return nil }))
	if r.Proposed.ID != 1 || r.Fassung.Seq != 0 {
		t.Fatalf("%+v", r)
	}
	if _, _, err := s.Current(); !errors.Is(err, store.ErrEmpty) {
		t.Errorf("in force without a second person: %v", err)
	}
	for _, wer := range []string{"meyer", " Meyer "} {
		if _, err := s.Accept(ctx, 1, store.By{Wer: wer}); !errors.Is(err, store.ErrSamePerson) {
			t.Errorf("%q accepts the own change: %v", wer, err)
		}
	}
	v := must[store.Fassung](t)(s.Accept(ctx, 1, schulze))
	if v.Seq != 1 || v.Wer != "meyer" || v.Zweite != "schulze" || v.Grund != "Ticket 1" {
		t.Errorf("%+v", v)
	}
	if _, err := s.Accept(ctx, 1, schulze); !errors.Is(err, store.ErrDecided) {
		t.Errorf("accepted twice: %v", err)
	}
	if r := must[store.Result](t)(s.Change(ctx, meyer, func(*register.File) error { return nil })); !r.Unchanged {
		t.Errorf("nothing changed, and %+v", r)
	}
	r = must[store.Result](t)(s.Return(ctx, 1, meyer))
	if !r.Unchanged {
		t.Errorf("back to what is in force: %+v", r)
	}
}

func TestReject(t *testing.T) {
	s := open(t, t.TempDir(), store.Options{})
	a := must[store.Aenderung](t)(s.Propose(ctx, file("1", "Dresden"), meyer))
	if err := s.Reject(ctx, a.ID, schulze); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Accept(ctx, a.ID, schulze); !errors.Is(err, store.ErrDecided) {
		t.Errorf("accepted after it was rejected: %v", err)
	}
	if err := s.Reject(ctx, 99, schulze); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an unknown change: %v", err)
	}
	a, _, err := s.Proposed(a.ID)
	if err != nil || a.Zustand != store.Abgelehnt || a.EntschiedenVon != "schulze" || len(must[[]store.Aenderung](t)(s.Pending(9))) != 0 {
		t.Errorf("%+v, %v", a, err)
	}
}

// TestChangesOnTop: what waits goes on top of what was changed meanwhile, unless the same entry was.
func TestChangesOnTop(t *testing.T) {
	s := open(t, t.TempDir(), store.Options{})
	must[store.Fassung](t)(s.Put(ctx, file("1", "Dresden", "Radebeul", "Pirna"), meyer))
	renamed := file("1", "Dresden", "Radebeul", "Pirna")
	renamed.Behoerden[0].Name = "Kasse"
	rename := must[store.Aenderung](t)(s.Propose(ctx, renamed, meyer))
	without := must[store.Aenderung](t)(s.Propose(ctx, file("1", "Dresden", "Radebeul"), meyer))
	clash := file("1", "Dresden", "Radebeul", "Pirna")
	clash.Behoerden[0].Name = "Stadtkasse"
	clashing := must[store.Aenderung](t)(s.Propose(ctx, clash, meyer))
	must[store.Fassung](t)(s.Put(ctx, file("2", "Dresden", "Meißen", "Radebeul", "Pirna"), meyer))
	must[store.Fassung](t)(s.Accept(ctx, without.ID, schulze))
	v := must[store.Fassung](t)(s.Accept(ctx, rename.ID, schulze))
	f, _, err := s.Get(v.Seq)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range f.Behoerden {
		names = append(names, e.Name)
	}
	if !slices.Equal(names, []string{"Kasse", "Stadtkasse Meißen", "Stadtkasse Radebeul"}) {
		t.Errorf("%q", names)
	}
	if _, err := s.Accept(ctx, clashing.ID, schulze); !errors.Is(err, store.ErrChanged) {
		t.Errorf("a change of an entry that was changed meanwhile: %v", err)
	}
}

func TestCompare(t *testing.T) {
	from, to := file("1", "Dresden", "Radebeul"), file("2", "Radebeul", "Pirna")
	to.Behoerden[0].Name = "Kasse"
	want := []store.Difference{{"changed", "behoerde kka:Radebeul test"}, {"added", "behoerde kka:Pirna test"}, {"removed", "behoerde kka:Dresden test"}}
	if got := store.Compare(from, to); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestLifted: whoever puts an earlier directory back is told what it undoes, and a revocation it does not undo.
func TestLifted(t *testing.T) {
	free, blocked := file("1", "Dresden"), file("1", "Dresden")
	blocked.Behoerden[0].Gesperrt, blocked.Behoerden[0].Ende.Versand = "Missbrauch", "2026-11-30"
	want := []string{"block of kka:Dresden test (Missbrauch)", "end of kka:Dresden test (2026-11-30)"}
	if got := store.Lifted(blocked, free); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if got := store.Lifted(free, blocked); got != nil {
		t.Errorf("the other way round: %q", got)
	}

	s := open(t, t.TempDir(), store.Options{})
	free.Zertifikate = []register.Zertifikat{{Fingerabdruck: strings.Repeat("ab", 32), Zweck: register.ZweckTLS, Kennung: "kka:Dresden", Betriebsart: amtshilfe.Test,
		GueltigAb: free.Stand, GueltigBis: free.Stand.AddDate(1, 0, 0)}}
	must[store.Fassung](t)(s.Put(ctx, free, meyer))
	must[bool](t)(s.Revoke(ctx, strings.Repeat("ab", 32), meyer))
	must[store.Fassung](t)(s.Rollback(ctx, 1, schulze))
	_, f, err := s.InForce()
	if err != nil || f.Zertifikate[0].Gesperrt.IsZero() {
		t.Errorf("a rollback made a revoked certificate good again: %+v, %v", f.Zertifikate, err)
	}
}

// TestEveryListIsMerged: a list that File gets later must not be lost when changes are put on top of each other.
func TestEveryListIsMerged(t *testing.T) {
	lists := 0
	for f := range reflect.TypeFor[register.File]().Fields() {
		if f.Type.Kind() == reflect.Slice {
			lists++
		}
	}
	if lists != store.Lists() {
		t.Errorf("File has %d lists, Merge and Compare know %d", lists, store.Lists())
	}
}
