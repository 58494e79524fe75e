package register_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/register"
)

// storeOf is a store of functions.
type storeOf struct {
	fassung func(seq int64) (register.Fassung, error)
	change  func(a register.Aenderung, wer string) (register.Beschluss, error)
	open    func() ([]register.OffeneAenderung, error)
	accept  func(id int64, wer, grund string) (register.Beschluss, error)
	reject  func(id int64, wer, grund string) error
}

func (s storeOf) Fassung(_ context.Context, seq int64) (register.Fassung, error) {
	return s.fassung(seq)
}

func (s storeOf) Change(_ context.Context, a register.Aenderung, wer string) (register.Beschluss, error) {
	return s.change(a, wer)
}

func (s storeOf) Open(context.Context) ([]register.OffeneAenderung, error) { return s.open() }

func (s storeOf) Accept(_ context.Context, id int64, wer, grund string) (register.Beschluss, error) {
	return s.accept(id, wer, grund)
}

func (s storeOf) Reject(_ context.Context, id int64, wer, grund string) error {
	return s.reject(id, wer, grund)
}

func fingerprint(t *testing.T, p certs.Pair) string {
	t.Helper()
	fp, err := p.Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	return fp
}

// twoPersons is a store that keeps each change for a second person.
func twoPersons() storeOf {
	var open []register.OffeneAenderung
	return storeOf{
		fassung: func(int64) (register.Fassung, error) { return register.Fassung{}, register.ErrNotFound },
		change: func(a register.Aenderung, wer string) (register.Beschluss, error) {
			if a.Grund == "kaputt" {
				return register.Beschluss{}, &register.Error{Path: "$.behoerden[0].name", Text: "missing"}
			}
			open = append(open, register.OffeneAenderung{ID: int64(len(open) + 1), Wer: wer, Grund: a.Grund})
			return register.Beschluss{Aenderung: int64(len(open))}, nil
		},
		open: func() ([]register.OffeneAenderung, error) { return open, nil },
		accept: func(id int64, wer, grund string) (register.Beschluss, error) {
			if id > int64(len(open)) {
				return register.Beschluss{}, register.ErrNotFound
			}
			return register.Beschluss{Seq: 7, Version: "neu " + wer + " " + grund}, nil
		},
		reject: func(int64, string, string) error { return nil },
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	w := newWorld(t)
	m1, m2, secondary, unlisted := w.issue("m1"), w.issue("m2"), w.issue("secondary"), w.issue("unlisted")
	askers := []register.Asker{{Name: "a", Fingerprint: fingerprint(t, w.client)},
		{Name: "Frau Eins", Fingerprint: fingerprint(t, m1), Role: register.RoleMaintainer}, {Name: "Frau Zwei", Fingerprint: fingerprint(t, m2), Role: register.RoleMaintainer},
		{Name: "zweit", Fingerprint: fingerprint(t, secondary), Role: register.RoleSecondary}}
	s := w.serve(register.ServerOptions{Askers: askers, Store: twoPersons()})
	const yaml, xml = "application/yaml", "application/xml"
	change := "grund: Umzug\nentfernen: {rechenzentren: [\"rz:alt\"]}\n"
	for _, tt := range []struct {
		name, method, path, contentType, body string
		pair                                  certs.Pair
		code                                  int
		want                                  string
	}{
		{"an asker may ask", "POST", "/001?betriebsart=test", xml, profil001, w.client, 200, "002"},
		{"a maintainer may ask", "POST", "/001?betriebsart=test", xml, profil001, m1, 200, "002"},
		{"a secondary asks nothing", "POST", "/001?betriebsart=test", xml, profil001, secondary, 403, "ZUST-ROLLE"},
		{"everybody listed may see the stand", "GET", "/stand", "", "", secondary, 200, `"etag"`},
		{"an unlisted certificate may not", "GET", "/stand", "", "", unlisted, 403, "ZUST-ZERTIFIKAT"},
		{"an asker fetches no versions", "GET", "/fassung/1", "", "", w.client, 403, "ZUST-ROLLE"},
		{"a maintainer fetches no versions", "GET", "/fassung/1", "", "", m1, 403, "ZUST-ROLLE"},
		{"an asker changes nothing", "POST", "/aenderung", yaml, change, w.client, 403, "ZUST-ROLLE"},
		{"a secondary changes nothing", "POST", "/aenderung", yaml, change, secondary, 403, "ZUST-ROLLE"},
		{"an asker sees no changes", "GET", "/aenderungen", "", "", w.client, 403, "ZUST-ROLLE"},
		{"a change without a reason is refused", "POST", "/aenderung", yaml, "entfernen: {rechenzentren: [\"rz:alt\"]}", m1, 400, "grund"},
		{"a change of nothing is refused", "POST", "/aenderung", yaml, "grund: x", m1, 400, "changes nothing"},
		{"a change with an unknown key is refused", "POST", "/aenderung", yaml, change + "loeschen: alles\n", m1, 400, "ZUST-AENDERUNG"},
		{"a change with a key that stands twice is refused", "POST", "/aenderung", "application/json", `{"grund": "x", "grund": "y", "entfernen": {"rechenzentren": ["rz:alt"]}}`, m1, 400, "ZUST-DOPPELT"},
		{"a change that breaks the directory is refused", "POST", "/aenderung", "application/json", `{"grund": "kaputt", "entfernen": {"rechenzentren": ["rz:alt"]}}`, m1, 422, "missing"},
		{"a maintainer proposes a change", "POST", "/aenderung", yaml, change, m1, 200, `{"aenderung":1}`},
		{"and sees that it waits, with who proposed it", "GET", "/aenderungen", "", "", m1, 200, "Frau Eins (" + fingerprint(t, m1)[:16] + ")"},
		{"but does not accept it herself", "POST", "/aenderung/1/annehmen", yaml, "grund: passt", m1, 403, "ZUST-ZWEITE-PERSON"},
		{"an asker does not accept it", "POST", "/aenderung/1/annehmen", yaml, "grund: passt", w.client, 403, "ZUST-ROLLE"},
		{"a decision needs a reason", "POST", "/aenderung/1/annehmen", yaml, "{}", m2, 400, "grund"},
		{"the second person accepts", "POST", "/aenderung/1/annehmen", yaml, "grund: passt", m2, 200, "neu Frau Zwei"},
		{"what was never proposed is not there", "POST", "/aenderung/9/annehmen", yaml, "grund: passt", m2, 404, "ZUST-UNBEKANNT"},
		{"a number that is none is not there", "POST", "/aenderung/-1/ablehnen", yaml, "grund: passt", m2, 404, "ZUST-UNBEKANNT"},
		{"who proposed it may take it back", "POST", "/aenderung/1/ablehnen", "application/json", `{"grund": "Irrtum"}`, m1, 200, `"aenderung":1`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp, body, err := w.do(tt.pair, tt.method, s.url+tt.path, tt.contentType, tt.body)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tt.code || !strings.Contains(body, tt.want) {
				t.Errorf("%d %s, want %d %q", resp.StatusCode, body, tt.code, tt.want)
			}
		})
	}
	// A certificate whose name was changed meanwhile is still the same.
	askers[1].Name = "Frau Anders"
	if err := s.SetAskers(askers); err != nil {
		t.Fatal(err)
	}
	if resp, body, err := w.do(m1, "POST", s.url+"/aenderung/1/annehmen", yaml, "grund: passt"); err != nil || resp.StatusCode != 403 {
		t.Errorf("renamed and accepted: %s %v", body, err)
	}
}

func TestAskersAreReplacedWhileItServes(t *testing.T) {
	w := newWorld(t)
	s := w.serve(register.ServerOptions{Askers: []register.Asker{{Name: "a", Fingerprint: fingerprint(t, w.client)}}})
	c := w.ask(register.Options{Servers: []string{s.url}})
	if _, err := lookup(t, c, "01067", "Dresden"); err != nil {
		t.Fatal(err)
	}
	if err := s.SetAskers([]register.Asker{{Fingerprint: "abc"}}); err == nil {
		t.Error("a fingerprint that is none was accepted")
	}
	if _, err := lookup(t, c, "04103", "Leipzig"); err != nil {
		t.Errorf("a broken list changed something: %v", err)
	}
	if err := s.SetAskers([]register.Asker{{Name: "b", Fingerprint: fingerprint(t, w.issue("b"))}}); err != nil {
		t.Fatal(err)
	}
	_, err := lookup(t, c, "60311", "Frankfurt am Main")
	wantRetry(t, err)
}

// A revoked certificate is refused on the connection that it has.
func TestARevokedCertificateAsksNoMore(t *testing.T) {
	w := newWorld(t)
	s := w.serve(register.ServerOptions{})
	c := w.ask(register.Options{Servers: []string{s.url}})
	if _, err := lookup(t, c, "01067", "Dresden"); err != nil {
		t.Fatal(err)
	}
	fp := fingerprint(t, w.client)
	s.SetSperren([]register.Sperre{{Fingerabdruck: strings.ToUpper(fp), Grund: "Schlüssel verloren"}})
	_, err := lookup(t, c, "04103", "Leipzig")
	wantRetry(t, err)
	_, body, err := w.do(w.issue("other"), "GET", s.url+"/stand", "", "")
	var stand register.Stand
	if err != nil || json.Unmarshal([]byte(body), &stand) != nil || len(stand.Sperrliste) != 1 || stand.Sperrliste[0].Fingerabdruck != fp {
		t.Errorf("stand %s, %v", body, err)
	}
	s.SetSperren(nil)
	if _, err := lookup(t, c, "04103", "Leipzig"); err != nil {
		t.Error(err)
	}
}

func TestTooManyQuestions(t *testing.T) {
	w := newWorld(t)
	s := w.serve(register.ServerOptions{Limit: register.Limit{Rate: 2000, Burst: 1000}, Now: w.clock.Now})
	get := func(p certs.Pair) (int, string, string) {
		resp, body, err := w.do(p, "GET", s.url+"/behoerde/kka:01001000?betriebsart=test", "", "")
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, resp.Header.Get("Retry-After"), body
	}
	question := `{"list":"` + register.EinnahmeartList + `","version":"1","code":"100","plz":"01067","ort":"Dresden"}`
	thousand := `{"fragen":[` + strings.Repeat(question+",", 999) + question + `]}`
	if resp, body, err := w.do(w.client, "POST", s.url+"/fragen?betriebsart=test", "application/json", thousand); err != nil || resp.StatusCode != 200 {
		t.Fatalf("a full batch is not answered: %s %v", body, err)
	}
	if code, after, body := get(w.client); code != 429 || after != "1" || !strings.Contains(body, "wiederholen") {
		t.Errorf("%d, Retry-After %q, %s", code, after, body)
	}
	if code, _, _ := get(w.issue("other")); code != 200 {
		t.Errorf("another certificate got %d", code)
	}
	if resp, _, err := w.do(w.client, "GET", s.url+"/stand", "", ""); err != nil || resp.StatusCode != 200 {
		t.Errorf("stand: %v", err)
	}
}

// The client waits as long as it is told to and rejects nothing.
func TestTheClientWaitsWhenItAsksTooMuch(t *testing.T) {
	w := newWorld(t)
	s := w.serve(register.ServerOptions{Limit: register.Limit{Rate: 1000, Burst: 1500}, Now: time.Now}) // a busy machine must not be slower than the limit
	c := w.ask(register.Options{Servers: []string{s.url}, Now: time.Now})
	var questions []register.Question
	for i := range 2500 {
		questions = append(questions, register.Question{Einnahmeart: grundsteuer, Anschrift: at("01067", "Dresden "+strings.Repeat("x", i%50)+time.Duration(i).String()), Betriebsart: amtshilfe.Test})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	z, err := c.LookupAll(ctx, questions)
	if err != nil || len(z) != 2500 {
		t.Errorf("%d answers, %v", len(z), err)
	}
	if s.asked.Load() < 4 {
		t.Errorf("asked %d times: the limit was not met", s.asked.Load())
	}
	if st := c.State(); !st.Servers[0].Failed.IsZero() {
		t.Errorf("a busy server counts as failed: %+v", st)
	}
}

func TestAChangedDirectoryIsAskedAnew(t *testing.T) {
	w := newWorld(t)
	s := w.serve(register.ServerOptions{MaxAge: time.Hour})
	c := w.ask(register.Options{Servers: []string{s.url}, StaleIfError: 24 * time.Hour, Poll: 20 * time.Millisecond})
	if _, err := lookup(t, c, "01067", "Dresden"); err != nil {
		t.Fatal(err)
	}
	other, err := s.Directory().With(entry("k:neu", amtshilfe.Test))
	if err != nil {
		t.Fatal(err)
	}
	e := s.Directory().ByKennung("kka:14612000", amtshilfe.Test)
	f := other.File()
	for i := range f.Behoerden {
		if f.Behoerden[i].Kennung == e.Behoerde.Kennung {
			f.Behoerden[i].Name = "Stadt Dresden, neues Amt"
		}
	}
	if other, err = register.New(f); err != nil {
		t.Fatal(err)
	}
	s.Replace(other)
	until(t, "the new directory is seen", func() bool { return strings.HasPrefix(c.State().Servers[0].Stand.ETag, other.ETag()) })
	s.away.Store(true)
	if z, err := lookup(t, c, "01067", "Dresden"); err != nil || z.Behoerde.Name != e.Behoerde.Name {
		t.Errorf("with the server away the old answer serves: %q, %v", z.Behoerde.Name, err)
	}
	s.away.Store(false)
	if z, err := lookup(t, c, "01067", "Dresden"); err != nil || z.Behoerde.Name != "Stadt Dresden, neues Amt" {
		t.Errorf("%q, %v", z.Behoerde.Name, err)
	}
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

// A 304 says that the answer is as it was: not after a revocation, and not on another day.
func TestWhatAnETagStandsFor(t *testing.T) {
	w := newWorld(t)
	s := w.serve(register.ServerOptions{Now: w.clock.Now})
	conf := w.tls(w.client)
	tr := &http.Transport{TLSClientConfig: conf}
	defer tr.CloseIdleConnections()
	get := func(etag string) (int, string) {
		req, err := http.NewRequest(http.MethodGet, s.url+"/behoerde/kka:01001000?betriebsart=test", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("If-None-Match", etag)
		resp, err := (&http.Client{Transport: tr}).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode, resp.Header.Get("ETag")
	}
	_, etag := get("")
	for _, form := range []string{etag, "W/" + etag, `"x", ` + etag} {
		if code, _ := get(form); code != http.StatusNotModified {
			t.Errorf("%s: %d", form, code)
		}
	}
	s.SetSperren([]register.Sperre{{Fingerabdruck: strings.Repeat("ab", 32)}})
	code, revoked := get(etag)
	if code != http.StatusOK || revoked == etag {
		t.Errorf("after a revocation: %d %s", code, revoked)
	}
	w.clock.add(24 * time.Hour)
	if code, _ := get(revoked); code != http.StatusOK {
		t.Errorf("on the next day: %d", code)
	}
}

// What a secondary says of an older version takes nothing back, and makes nothing asked anew for ever.
func TestOlderVersionsChangeNothing(t *testing.T) {
	w := newWorld(t)
	old := sample(t)
	newer, err := old.With(entry("k:neu", amtshilfe.Test))
	if err != nil {
		t.Fatal(err)
	}
	first := w.serve(register.ServerOptions{Directory: newer, Version: register.Version{Seq: 5}, MaxAge: time.Hour})
	second := w.serve(register.ServerOptions{Directory: old, Version: register.Version{Seq: 4}, MaxAge: time.Hour, Following: func() (time.Duration, string) { return 90 * time.Second, "" }})
	c := w.ask(register.Options{Servers: []string{first.url, second.url}, StaleIfError: 24 * time.Hour, Poll: 20 * time.Millisecond})
	if _, err := lookup(t, c, "01067", "Dresden"); err != nil {
		t.Fatal(err)
	}
	until(t, "both were polled", func() bool {
		st := c.State()
		return st.Servers[0].Stand.Seq == 5 && st.Servers[1].Stand.Seq == 4 && st.Servers[1].Stand.Zweitserver
	})
	before := first.asked.Load()
	if z, err := lookup(t, c, "01067", "Dresden"); err != nil || z.Age != 0 {
		t.Errorf("age %v, %v", z.Age, err)
	}
	_ = before
	first.away.Store(true)
	z, err := lookup(t, c, "04103", "Leipzig")
	if err != nil || z.Age != 90*time.Second {
		t.Errorf("an answer of the secondary says %v, %v", z.Age, err)
	}
	if st := c.State(); st.First || st.Server != second.url || st.Alter != 90*time.Second {
		t.Errorf("state %+v", st)
	}
}

func TestFassungenAreSigned(t *testing.T) {
	private, public, err := register.NewSigningKey()
	if err != nil {
		t.Fatal(err)
	}
	key, err := register.ParseSigningKey(private)
	if err != nil {
		t.Fatal(err)
	}
	pub, err := register.ParsePublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	good := register.Fassung{Seq: 3, Version: "2026-11", Angelegt: time.Unix(1_900_000_000, 123456000).UTC(), Wer: "Frau Eins", Grund: "Umzug",
		SHA256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", Inhalt: []byte("hello")}
	good.Sign(key)
	data, err := json.Marshal(good)
	if err != nil {
		t.Fatal(err)
	}
	var again register.Fassung
	if err := json.Unmarshal(data, &again); err != nil || again.Verify(pub) != nil {
		t.Fatalf("%v, %v", err, again.Verify(pub))
	}
	for name, spoil := range map[string]func(f *register.Fassung){
		"another number":  func(f *register.Fassung) { f.Seq = 4 },
		"another content": func(f *register.Fassung) { f.Inhalt = []byte("hallo") },
		"another reason":  func(f *register.Fassung) { f.Grund = "" },
		"shifted fields":  func(f *register.Fassung) { f.Wer, f.Zweite = "", "Frau Eins" },
		"no signature":    func(f *register.Fassung) { f.Signatur = nil },
	} {
		f := good
		spoil(&f)
		if err := f.Verify(pub); !errors.Is(err, register.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{"nothing": "", "the public key": string(public), "two keys": string(private) + string(private)} {
		if _, err := register.ParseSigningKey([]byte(text)); err == nil {
			t.Errorf("%s is taken for a signing key", name)
		}
	}
}
