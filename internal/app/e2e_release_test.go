package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/sample"
)

// nowhere is a real municipality that the sample directory leaves out.
var nowhere = sample.Place{PLZ: "25849", Ort: "Pellworm"}

// TestRelease: nobody is competent, and people decide: each decision as `gateway release`, `reject` and `retry` make it, from a process
// of its own.
func TestRelease(t *testing.T) {
	t.Parallel()
	w := start(t, nil)
	onlyXTA, onlyPost := w.authority(t, amtshilfe.KanalXTA), w.authority(t, amtshilfe.KanalPost)
	const cases = 7
	for i := range cases {
		w.put(t, w.Sender.In, fmt.Sprintf("fall-%d.xml", i), w.ersuchen(4000+int64(i), nowhere, nil))
	}
	w.settle(t, cases)
	for i := range cases {
		d := w.drop(t, w.Sender.Account, fmt.Sprintf("fall-%d.xml", i))
		m := messages(t, w.a.Ledger, d.ID)[0]
		if m.State != amtshilfe.Held || m.Hold.Code != "ZUST-NIEMAND" || m.Hold.Owner != amtshilfe.OwnerRegisterpflege {
			t.Fatalf("case %d is %s %+v", i, m.State, m.Hold)
		}
		r, _ := receipt(t, w.Sender.Out, d, 2)
		if len(r.Nachrichten) != 1 || r.Nachrichten[0].Status != "in-klaerung" || r.Nachrichten[0].Grund != "ZUST-NIEMAND" || r.Nachrichten[0].Zustaendig != "registerpflege" || r.Abgeschlossen {
			t.Errorf("receipt 2 of case %d: %+v", i, r)
		}
	}
	people, err := app.NewDecider(w.a.Config)
	if err != nil {
		t.Fatal(err)
	}
	defer people.Close()
	for i, tt := range []struct {
		name, action string
		decide       func(id string) error
		state        amtshilfe.State
		status, weg  string // in the last receipt
		kennung      string
		closed       bool
		bad          bool // the decision is refused
	}{
		{"released to an authority that is reached by XTA", "release", func(id string) error {
			return people.Release(t.Context(), id, pipeline.Decision{Wer: "Frau Muster", Grund: "Anruf", Behoerde: onlyXTA})
		}, amtshilfe.Delivered, "abgeholt", "elektronisch", onlyXTA, true, false},
		{"released to an authority that has post only", "release", func(id string) error {
			return people.Release(t.Context(), id, pipeline.Decision{Wer: "Frau Muster", Grund: "Anruf", Behoerde: onlyPost})
		}, amtshilfe.Spooled, "im-druck", "postalisch", onlyPost, true, false},
		{"released to an authority with XTA, on paper", "release", func(id string) error {
			return people.Release(t.Context(), id, pipeline.Decision{Wer: "Frau Muster", Grund: "Anruf", Behoerde: onlyXTA, Kanal: amtshilfe.KanalPost})
		}, amtshilfe.Spooled, "im-druck", "postalisch", onlyXTA, true, false},
		{"rejected", "reject", func(id string) error {
			return people.Reject(id, pipeline.Decision{Wer: "Herr Probe", Grund: "kein Fall für die Vollstreckung"})
		},
			amtshilfe.Rejected, "abgewiesen", "", "", true, false},
		{"asked again, and still nobody is competent", "retry", func(id string) error {
			return people.Retry(t.Context(), id, pipeline.Decision{Wer: "Herr Probe", Grund: "Register geändert"})
		}, amtshilfe.Held, "in-klaerung", "", "", false, false},
		{"released to an authority that nobody knows", "release", func(id string) error {
			return people.Release(t.Context(), id, pipeline.Decision{Wer: "Frau Muster", Grund: "Anruf", Behoerde: "kka:niemand"})
		}, amtshilfe.Held, "in-klaerung", "", "", false, true},
		{"released by XTA to an authority that has post only", "release", func(id string) error {
			return people.Release(t.Context(), id, pipeline.Decision{Wer: "Frau Muster", Grund: "Anruf", Behoerde: onlyPost, Kanal: amtshilfe.KanalXTA})
		}, amtshilfe.Held, "in-klaerung", "", "", false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			name := fmt.Sprintf("fall-%d.xml", i)
			id := messages(t, w.a.Ledger, w.drop(t, w.Sender.Account, name).ID)[0].ID.String()
			if err := tt.decide(id); (err != nil) != tt.bad {
				t.Fatalf("decision: %v", err)
			}
			w.settle(t, cases)
			d := w.drop(t, w.Sender.Account, name)
			m := messages(t, w.a.Ledger, d.ID)[0]
			if m.State != tt.state {
				t.Fatalf("it is %s (%+v), want %s", m.State, m.Hold, tt.state)
			}
			r, file := receipt(t, w.Sender.Out, d, d.Receipts)
			lint(t, file)
			if closed := r.Abgeschlossen; closed && len(r.Nachrichten) == 0 { // im-druck was told before the letter was published
				r, _ = receipt(t, w.Sender.Out, d, d.Receipts-1)
				r.Abgeschlossen = closed
			}
			if len(r.Nachrichten) != 1 || r.Nachrichten[0].Status != tt.status || r.Nachrichten[0].Weg != tt.weg || r.Nachrichten[0].Empfaenger != tt.kennung || r.Abgeschlossen != tt.closed {
				t.Errorf("receipt %d: %+v", d.Receipts, r)
			}
			w.auditNames(t, id, tt.action, tt.bad)
		})
	}
	t.Run("what is not held cannot be decided", func(t *testing.T) {
		m := messages(t, w.a.Ledger, w.drop(t, w.Sender.Account, "fall-0.xml").ID)[0]
		if err := people.Release(t.Context(), m.ID.String(), pipeline.Decision{Wer: "Frau Muster", Grund: "nochmal"}); err == nil {
			t.Error("released twice")
		}
		if err := people.Reject(m.ID.String(), pipeline.Decision{Wer: "Frau Muster", Grund: "doch nicht"}); err == nil {
			t.Error("rejected after it was delivered")
		}
	})
	t.Run("a retry confirms nothing, a release does", func(t *testing.T) { w.oldRequest(t, people, cases) })
	t.Run("the command line decides as well", func(t *testing.T) {
		id := messages(t, w.a.Ledger, w.drop(t, w.Sender.Account, "fall-5.xml").ID)[0].ID.String()
		if out, code := gateway(t, "-c", w.World.A.Config, "release", id, "--behoerde", onlyXTA, "--grund", "Anruf", "--wer", "Frau Muster"); code != 0 {
			t.Fatalf("release exits %d: %s", code, out)
		}
		w.settle(t, cases+1)
		if m := messages(t, w.a.Ledger, w.drop(t, w.Sender.Account, "fall-5.xml").ID)[0]; m.State != amtshilfe.Delivered {
			t.Errorf("it is %s", m.State)
		}
		if out, code := gateway(t, "-c", w.World.A.Config, "reject", id, "--grund", "zu spät"); code != 1 || !strings.Contains(out, "not held") {
			t.Errorf("reject of a delivered message exits %d: %s", code, out)
		}
		if out, code := gateway(t, "-c", w.World.A.Config, "release", messages(t, w.a.Ledger, w.drop(t, w.Sender.Account, "fall-6.xml").ID)[0].ID.String(), "--kanal", "post", "--grund", "Anruf"); code != 1 || !strings.Contains(out, "nobody is competent yet") {
			t.Errorf("release on paper to nobody exits %d: %s", code, out)
		}
		if out, code := gateway(t, "-c", w.World.A.Config, "release", id); code != 2 {
			t.Errorf("release without --grund exits %d: %s", code, out)
		}
	})
	w.verify(t)
}

// oldRequest is held because it is older than 21 days: asking again does not make it younger, a person may send it all the same.
func (w *world) oldRequest(t *testing.T, people *app.Decider, drops int) {
	w.put(t, w.Sender.In, "alt.xml", w.ersuchen(4100, w.place(amtshilfe.KanalXTA), func(s *sample.Spec) { s.Vom = s.Vom.AddDate(0, 0, -40); age(s) }))
	for _, step := range []struct {
		decide func(id string) error
		state  amtshilfe.State
	}{
		{nil, amtshilfe.Held},
		{func(id string) error {
			return people.Retry(t.Context(), id, pipeline.Decision{Wer: "Herr Probe", Grund: "nochmal"})
		}, amtshilfe.Held},
		{func(id string) error {
			return people.Release(t.Context(), id, pipeline.Decision{Wer: "Frau Muster", Grund: "trotzdem"})
		}, amtshilfe.Delivered},
	} {
		if step.decide != nil {
			if err := step.decide(messages(t, w.a.Ledger, w.drop(t, w.Sender.Account, "alt.xml").ID)[0].ID.String()); err != nil {
				t.Fatal(err)
			}
		}
		w.settle(t, drops+1)
		m := messages(t, w.a.Ledger, w.drop(t, w.Sender.Account, "alt.xml").ID)[0]
		if m.State != step.state || m.Hold != nil && m.Hold.Code != "HINDERNIS-ALTER" {
			t.Fatalf("it is %s %+v %v, want %s", m.State, m.Hold, m.Findings, step.state)
		}
	}
}

// age moves what must not be younger than the request.
func age(s *sample.Spec) {
	for i := range s.Titel {
		for _, day := range []*time.Time{&s.Titel[i].Datum, &s.Titel[i].BekanntgabeAm, &s.Titel[i].MahnungAm} {
			if !day.IsZero() {
				*day = day.AddDate(0, 0, -40)
			}
		}
	}
}

// authority is the kennung of another authority whose best way is kanal.
func (w *world) authority(t *testing.T, kanal amtshilfe.Kanalart) string {
	t.Helper()
	for _, e := range w.Dirs.All(amtshilfe.Test) {
		if e.Kennung != w.Sender.Kennung && len(e.Kanaele) > 0 && e.Kanaele[0].Art == kanal {
			return e.Kennung
		}
	}
	t.Fatalf("no authority by %s", kanal)
	return ""
}

// auditNames: the audit says who decided, what, about what and why; a decision that was refused is none.
func (w *world) auditNames(t *testing.T, id, action string, refused bool) {
	t.Helper()
	rows, err := w.a.Ledger.Audit(action, 100)
	if err != nil {
		t.Fatal(err)
	}
	var mine []ledger.AuditRow
	for _, r := range rows {
		if r.Subject == id {
			mine = append(mine, r)
		}
	}
	switch {
	case refused && len(mine) > 0:
		t.Errorf("the audit has a decision that was refused: %+v", mine)
	case !refused && (len(mine) != 1 || !strings.Contains(mine[0].Who, " ") || mine[0].Grund == ""):
		t.Errorf("the audit does not say who and why: %+v", mine)
	}
}
