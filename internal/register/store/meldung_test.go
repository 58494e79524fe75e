package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
	"damtshilfe/internal/register/store"
)

// hand hands in a report.
func hand(t *testing.T, s *store.Store, text, wer string) (int64, error) {
	t.Helper()
	m, err := register.ReadMeldung([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s.Report(ctx, []byte(text), m, wer)
}

// knows says whether the version in force has an authority.
func knows(t *testing.T, s *store.Store, kennung string) bool {
	t.Helper()
	d, _, err := s.Current()
	if err != nil {
		t.Fatal(err)
	}
	return !d.ByKennung(kennung, amtshilfe.Test).IsZero()
}

const newcomer = `
grund: Wir möchten teilnehmen
behoerden:
  - kennung: kka:Radebeul
    name: Stadtkasse Radebeul
    betriebsart: test
    anschrift: {postleitzahl: "01445", ort: Radebeul}
    anschriftzeilen: [Stadtkasse, 01445 Radebeul]
    kanaele: [{art: post}]
    gebiete: [{orte: [{ort: Radebeul, plz: ["01445"]}]}]
`

// TestReport: handed in, it changes nothing; accepted, it is a version, confirmed, and a test participant has 30 days.
func TestReport(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	s := open(t, t.TempDir(), store.Options{Now: func() time.Time { return now }})
	must[store.Fassung](t)(s.Put(ctx, file("1", "Dresden"), meyer))
	id := must[int64](t)(hand(t, s, newcomer, "Radebeul (ab12)"))
	if knows(t, s, "kka:Radebeul") {
		t.Error("it answers before anybody accepted it")
	}
	list := must[[]store.Meldung](t)(s.Reports(false, 10))
	if len(list) != 1 || list[0].ID != id || list[0].Zustand != store.Offen || list[0].Wer != "Radebeul (ab12)" {
		t.Errorf("%+v", list)
	}
	r := must[store.Result](t)(s.AcceptReport(ctx, id, schulze))
	d, v, err := s.Current()
	if err != nil || v.Seq != r.Fassung.Seq || v.Quelle != "Meldung 1" || v.Wer != "schulze" {
		t.Fatalf("%+v %v", v, err)
	}
	ask := func(b amtshilfe.Betriebsart, days int) amtshilfe.Zustaendigkeit {
		return d.Answer(register.Question{Einnahmeart: grundsteuer, Anschrift: amtshilfe.Postanschrift{Postleitzahl: "01445", Ort: "Radebeul"}, Betriebsart: b, Am: now.AddDate(0, 0, days)})
	}
	for _, tt := range []struct {
		b    amtshilfe.Betriebsart
		days int
		want string
	}{{amtshilfe.Test, 0, "kka:Radebeul"}, {amtshilfe.Test, 30, "kka:Radebeul"}, {amtshilfe.Test, 31, ""}, {amtshilfe.Produktion, 0, ""}, {amtshilfe.Schulung, 0, ""}} {
		if got := ask(tt.b, tt.days).Behoerde.Kennung; got != tt.want {
			t.Errorf("%s after %d days: %q, want %q", tt.b, tt.days, got, tt.want)
		}
	}
	e := d.All(amtshilfe.Test)[1]
	if e.Bestaetigt.Von != "Radebeul (ab12)" || e.Bestaetigt.Am != "2026-11-20" || e.GueltigBis != "2026-12-20" {
		t.Errorf("%+v", e)
	}
	if _, err := s.AcceptReport(ctx, id, meyer); !errors.Is(err, store.ErrDecided) {
		t.Error(err)
	}

	now = now.AddDate(0, 0, 10)
	confirm := "grund: stimmt noch\nbestaetigen: [{kennung: \"kka:Radebeul\", betriebsart: test}]"
	id = must[int64](t)(hand(t, s, confirm, "Radebeul (ab12)"))
	must[store.Result](t)(s.AcceptReport(ctx, id, schulze))
	if d, _, _ = s.Current(); d.All(amtshilfe.Test)[1].GueltigBis != "2026-12-30" {
		t.Errorf("%+v", d.All(amtshilfe.Test)[1])
	}
	id = must[int64](t)(hand(t, s, confirm, "Radebeul (ab12)"))
	if err := s.RejectReport(ctx, id, schulze); err != nil {
		t.Error(err)
	}
	m := must[store.Meldung](t)(s.Reported(id))
	if m.Zustand != store.Abgelehnt || m.EntschiedenVon != "schulze" || string(m.Inhalt) != confirm {
		t.Errorf("%+v", m)
	}
	must[int](t)(s.CheckAudit())
}

// TestReportsThatMakeNoSense are told so when they are handed in, and nobody fills the list.
func TestReportsThatMakeNoSense(t *testing.T) {
	s := open(t, t.TempDir(), store.Options{})
	must[store.Fassung](t)(s.Put(ctx, file("1", "Dresden"), meyer))
	if _, err := hand(t, s, "grund: x\nbestaetigen: [{kennung: nobody, betriebsart: test}]", "a"); !errors.Is(err, register.ErrNotFound) {
		t.Error(err)
	}
	var faulty *register.Error
	if _, err := hand(t, s, strings.Replace(newcomer, `"01445", ort`, `"1445", ort`, 1), "a"); !errors.As(err, &faulty) || !strings.Contains(faulty.Path, "behoerden[1]") {
		t.Error(err)
	}
	for range 20 {
		must[int64](t)(hand(t, s, newcomer, "a"))
	}
	if _, err := hand(t, s, newcomer, "a"); !errors.Is(err, store.ErrTooMany) {
		t.Error(err)
	}
	must[int64](t)(hand(t, s, newcomer, "b"))
}

// TestReportWithASecondPerson: what one maintainer accepts is a change that another one accepts.
func TestReportWithASecondPerson(t *testing.T) {
	dir := t.TempDir()
	must[store.Fassung](t)(open(t, dir, store.Options{}).Put(ctx, file("1", "Dresden"), meyer))
	s := open(t, dir, store.Options{SecondPerson: true})
	id := must[int64](t)(hand(t, s, newcomer, "Radebeul"))
	r := must[store.Result](t)(s.AcceptReport(ctx, id, schulze))
	if r.Proposed.ID == 0 || r.Fassung.Seq != 0 || knows(t, s, "kka:Radebeul") {
		t.Errorf("%+v", r)
	}
	if m := must[store.Meldung](t)(s.Reported(id)); m.Zustand != store.Angenommen || m.Aenderung != r.Proposed.ID {
		t.Errorf("%+v", m)
	}
	if _, err := s.Accept(ctx, r.Proposed.ID, schulze); !errors.Is(err, store.ErrSamePerson) {
		t.Error(err)
	}
	must[store.Fassung](t)(s.Accept(ctx, r.Proposed.ID, meyer))
	if _, v, _ := s.Current(); v.Seq != 2 {
		t.Errorf("%+v", v)
	}
}
