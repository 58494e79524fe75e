package register_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// desk is a Meldestelle of a function.
type desk func(m register.Meldung, wer string) (int64, error)

func (d desk) Report(_ context.Context, _ []byte, m register.Meldung, wer string) (int64, error) {
	return d(m, wer)
}

// TestReportsAreTaken over HTTPS: from whom, for which Betriebsart, and what is said about what is wrong.
func TestReportsAreTaken(t *testing.T) {
	w := newWorld(t)
	var got register.Meldung
	var from string
	answer := error(nil)
	askers := []register.Asker{{Name: "Stadt A", Fingerprint: fingerprint(t, w.client)}}
	s := w.serve(register.ServerOptions{Askers: askers, Meldestelle: desk(func(m register.Meldung, wer string) (int64, error) {
		got, from = m, wer
		return 7, answer
	})})
	for _, tt := range []struct {
		name, body string
		answer     error
		status     int
		says       string
	}{
		{"a confirmation", `{"grund": "stimmt", "bestaetigen": [{"kennung": "kka:14612000", "betriebsart": "test"}]}`, nil, 200, `"meldung":7`},
		{"no reason", `bestaetigen: [{kennung: "kka:14612000", betriebsart: test}]`, nil, 400, "grund"},
		{"nothing", `grund: x`, nil, 400, "reports nothing"},
		{"unknown key", "grund: x\nbehoerde: []", nil, 400, "behoerde"},
		{"another Betriebsart", `{grund: x, bestaetigen: [{kennung: "kka:14612000", betriebsart: produktion}]}`, nil, 403, "Betriebsart"},
		{"what maintainers say", `{grund: x, behoerden: [{kennung: "a", gesperrt: "x", betriebsart: test}]}`, nil, 400, "not for a participant"},
		{"a revocation", `{grund: x, zertifikate: [{fingerabdruck: "a", gesperrt: 2026-11-01T00:00:00Z}]}`, nil, 400, "revoked by a maintainer"},
		{"broken bytes", "grund: \"\xff", nil, 400, "nicht lesbar"},
		{"hostile YAML", "grund: &a [*a]", nil, 400, "nicht lesbar"},
		{"too many", `{grund: x, bestaetigen: [{kennung: k, betriebsart: test}]}`, register.ErrTooMany, 429, "zu viele"},
		{"a faulty one", `{grund: x, bestaetigen: [{kennung: k, betriebsart: test}]}`, &register.Error{Path: "$.behoerden[1].land", Text: "wrong"}, 422, "$.behoerden[1].land"},
		{"the disk is full", `{grund: x, bestaetigen: [{kennung: k, betriebsart: test}]}`, errors.New("secret"), 500, "konnte nicht"},
	} {
		answer = tt.answer
		resp, body, err := w.do(w.client, http.MethodPost, s.url+"/meldung", "application/yaml", tt.body)
		if err != nil || resp.StatusCode != tt.status || !strings.Contains(body, tt.says) || strings.Contains(body, "secret") {
			t.Errorf("%s: %v %d %s", tt.name, err, resp.StatusCode, body)
		}
	}
	if got.Bestaetigen[0].Betriebsart != amtshilfe.Test || !strings.HasPrefix(from, "Stadt A (") {
		t.Errorf("%+v from %q", got, from)
	}
	answer = nil
	closed := w.serve(register.ServerOptions{Askers: askers})
	c := w.ask(register.Options{Servers: []string{closed.url, s.url}})
	if id, err := c.Report(t.Context(), []byte(`{grund: x, bestaetigen: [{kennung: k, betriebsart: test}]}`)); err != nil || id != 7 {
		t.Errorf("by way of a server that takes none: %d %v", id, err)
	}
	if _, err := c.Report(t.Context(), []byte("grund: x")); err == nil || !strings.Contains(err.Error(), "reports nothing") {
		t.Errorf("%v does not say what is wrong", err)
	}
	if resp, _, err := w.do(w.issue("stranger"), http.MethodPost, s.url+"/meldung", "application/yaml", "grund: x"); err != nil || resp.StatusCode != 403 {
		t.Errorf("a stranger: %v %v", err, resp)
	}
}

// TestWhyNobodyIsReached: the reason comes with every form of the answer.
func TestWhyNobodyIsReached(t *testing.T) {
	w := newWorld(t)
	f := sample(t).File()
	for i := range f.Behoerden {
		f.Behoerden[i].Gesperrt = "Umzug; bis Montag"
	}
	d, err := register.New(f)
	if err != nil {
		t.Fatal(err)
	}
	c := w.ask(register.Options{Servers: []string{w.serve(register.ServerOptions{Directory: d}).url}})
	z, err := c.ByKennung(t.Context(), "kka:14612000", amtshilfe.Test)
	if k, _ := z.Kanal(); err != nil || k.Art != amtshilfe.KanalKeiner || k.Grund != "Umzug; bis Montag" {
		t.Errorf("%+v %v", z, err)
	}
	art := amtshilfe.Einnahmeart{List: register.EinnahmeartList, Version: register.EinnahmeartVersion, Code: "100"}
	many, err := c.LookupAll(t.Context(), []register.Question{{Einnahmeart: art, Betriebsart: amtshilfe.Test, Anschrift: amtshilfe.Postanschrift{Postleitzahl: "24937", Ort: "Flensburg"}},
		{Einnahmeart: art, Betriebsart: amtshilfe.Test, Anschrift: amtshilfe.Postanschrift{Postleitzahl: "24103", Ort: "Kiel"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, z := range many {
		if k, _ := z.Kanal(); k.Art != amtshilfe.KanalKeiner || k.Grund != "Umzug; bis Montag" {
			t.Errorf("%+v", z)
		}
	}
}

// TestAnswersOutliveRequests: during the run-off an authority's mailbox takes answers, and no new request, however it is found.
func TestAnswersOutliveRequests(t *testing.T) {
	w := newWorld(t)
	f := sample(t).File()
	for i := range f.Behoerden {
		f.Behoerden[i].Ende = register.Ende{Versand: register.Day(w.clock.Now().AddDate(0, 0, -1)), Annahme: register.Day(w.clock.Now().AddDate(0, 0, 1))}
	}
	d, err := register.New(f)
	if err != nil {
		t.Fatal(err)
	}
	c := w.ask(register.Options{Servers: []string{w.serve(register.ServerOptions{Directory: d, Now: w.clock.Now}).url}})
	way := func(z amtshilfe.Zustaendigkeit, err error) amtshilfe.Kanalart {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		k, _ := z.Kanal()
		return k.Art
	}
	const kiel = "kka:01002000"
	if got := way(c.ByKennung(t.Context(), kiel, amtshilfe.Test)); got != amtshilfe.KanalXTA {
		t.Errorf("an answer goes by %s", got)
	}
	if got := way(c.Wanted(t.Context(), kiel, amtshilfe.Test)); got != amtshilfe.KanalPost {
		t.Errorf("a new request goes by %s", got)
	}
	w.clock.add(48 * time.Hour)
	if got := way(c.ByKennung(t.Context(), kiel, amtshilfe.Test)); got != amtshilfe.KanalPost {
		t.Errorf("after the run-off an answer goes by %s", got)
	}
}
