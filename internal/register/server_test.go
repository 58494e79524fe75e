package register_test

import (
	"context"
	"crypto/tls"
	"net/http"
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/register"
)

func TestTheServerAnswersAndRefuses(t *testing.T) {
	w := newWorld(t)
	s := w.serve(register.ServerOptions{})
	const xml, json = "application/xml", "application/json"
	question := `{"list":"` + register.EinnahmeartList + `","version":"1","code":"100","plz":"01067","ort":"Dresden"}`
	for _, tt := range []struct {
		name, method, path, contentType, body string
		code                                  int
		want                                  string
	}{
		{"a 001 is answered with a 002", "POST", "/001?betriebsart=test", xml, strings.Replace(profil001, " &amp; Umland", "", 1), 200, "<v:kennung>kka:14612000</v:kennung>"},
		{"a 001 of xAmtshilfe 1.1.0 as well", "POST", "/001?betriebsart=test", xml, xamt001, 200, "Anschrift im Ausland"},
		{"a kennung is answered with a 002", "GET", "/behoerde/kka:01001000?betriebsart=test", "", "", 200, "Flensburg"},
		{"an unknown kennung is an empty 002", "GET", "/behoerde/a%2Fb?betriebsart=test", "", "", 200, "Kennung unbekannt"},
		{"many questions are answered in order", "POST", "/fragen?betriebsart=test", json, `{"fragen":[` + question + `,` + strings.Replace(question, "01067", "1", 1) + `]}`, 200, `"kennung":"kka:14612000"`},
		{"without betriebsart nothing is answered", "POST", "/001", xml, profil001, 400, "ZUST-BETRIEBSART"},
		{"an unknown betriebsart is no test", "POST", "/001?betriebsart=Test", xml, profil001, 400, "ZUST-BETRIEBSART"},
		{"a listed-nowhere certificate may not ask for production", "POST", "/001?betriebsart=produktion", xml, profil001, 403, "ZUST-BETRIEBSART"},
		{"broken XML is said to be broken", "POST", "/001?betriebsart=test", xml, profil001[:100], 400, "XML-"},
		{"a wrong content type is refused", "POST", "/001?betriebsart=test", "text/plain", profil001, 415, "ZUST-ANFRAGE"},
		{"too much is refused", "POST", "/001?betriebsart=test", xml, profil001 + strings.Repeat(" ", 300<<10), 413, "ZUST-ANFRAGE"},
		{"no questions are refused", "POST", "/fragen?betriebsart=test", json, `{"fragen":[]}`, 400, "ZUST-ANFRAGE"},
		{"too many questions are refused", "POST", "/fragen?betriebsart=test", json, `{"fragen":[` + strings.Repeat(question+",", 1000) + question + `]}`, 400, "ZUST-ANFRAGE"},
		{"an unknown field in a question is refused", "POST", "/fragen?betriebsart=test", json, `{"fragen":[{"name":"x"}]}`, 400, "ZUST-ANFRAGE"},
		{"what follows the questions is refused", "POST", "/fragen?betriebsart=test", json, `{"fragen":[` + question + `]}}"x`, 400, "ZUST-ANFRAGE"},
		{"a key that stands twice in a question is refused", "POST", "/fragen?betriebsart=test", json, `{"fragen":[` + strings.Replace(question, `"ort"`, `"PLZ":"24103","ort"`, 1) + `]}`, 400, "ZUST-DOPPELT"},
		{"another path is not there", "GET", "/", "", "", 404, ""},
		{"a 001 cannot be fetched", "GET", "/001?betriebsart=test", "", "", 405, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp, body, err := w.do(w.client, tt.method, s.url+tt.path, tt.contentType, tt.body)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tt.code || !strings.Contains(body, tt.want) {
				t.Errorf("%d %s, want %d %q", resp.StatusCode, body, tt.code, tt.want)
			}
			if tt.code == 200 && (resp.Header.Get("ETag") == "" || !strings.Contains(resp.Header.Get("Cache-Control"), "max-age=300")) {
				t.Errorf("headers %v", resp.Header)
			}
		})
	}
	if log := w.log.String(); strings.Contains(log, "Dresden") || strings.Contains(log, "01067") || !strings.Contains(log, "kind=fragen") || !strings.Contains(log, "found=1") {
		t.Errorf("audit log: %s", log)
	}
}

func TestAnUnchangedAnswerIsNotSentAgain(t *testing.T) {
	w := newWorld(t)
	s := w.serve(register.ServerOptions{})
	conf := w.tls(w.client)
	get := func(etag string) *http.Response {
		tr := &http.Transport{TLSClientConfig: conf}
		defer tr.CloseIdleConnections()
		req, _ := http.NewRequest(http.MethodGet, s.url+"/behoerde/kka:01001000?betriebsart=test", nil)
		req.Header.Set("If-None-Match", etag)
		resp, err := (&http.Client{Transport: tr}).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	etag := get("").Header.Get("ETag")
	if got := get(etag).StatusCode; got != http.StatusNotModified {
		t.Errorf("status %d with the current ETag", got)
	}
	other, err := s.Directory().With(entry("k:neu", amtshilfe.Test))
	if err != nil {
		t.Fatal(err)
	}
	s.Replace(other)
	if got := get(etag).StatusCode; got != http.StatusOK {
		t.Errorf("status %d with the ETag of the old directory", got)
	}
}

func TestWhoMayAsk(t *testing.T) {
	w := newWorld(t)
	production, err := sample(t).With(entry("k:echt", amtshilfe.Produktion))
	if err != nil {
		t.Fatal(err)
	}
	big, unlisted := w.issue("big"), w.issue("unlisted")
	fp := func(p certs.Pair) string {
		s, err := p.Fingerprint()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := w.serve(register.ServerOptions{Directory: production, Askers: []register.Asker{
		{Name: "a", Fingerprint: strings.ToUpper(fp(w.client))},
		{Name: "big", Fingerprint: fp(big), Betriebsarten: []amtshilfe.Betriebsart{amtshilfe.Produktion}},
	}})
	for _, tt := range []struct {
		name string
		pair certs.Pair
		b    string
		code int
	}{
		{"a listed asker without Betriebsarten asks for test", w.client, "test", 200},
		{"and for nothing else", w.client, "produktion", 403},
		{"an asker for production asks for production", big, "produktion", 200},
		{"but not for test", big, "test", 403},
		{"a certificate of our CA that is not listed is refused", unlisted, "test", 403},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp, body, err := w.do(tt.pair, "GET", s.url+"/behoerde/k:echt?betriebsart="+tt.b, "", "")
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tt.code || (tt.b == "test" && strings.Contains(body, "Stadt X")) {
				t.Errorf("%d %s, want %d", resp.StatusCode, body, tt.code)
			}
		})
	}
}

func TestOtherCertificatesDoNotConnect(t *testing.T) {
	w := newWorld(t)
	s := w.serve(register.ServerOptions{})
	foreignCA, err := certs.NewCA("Foreign", nil)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := foreignCA.Client("stranger")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.do(foreign, "GET", s.url+"/behoerde/k:1?betriebsart=test", "", ""); err == nil {
		t.Error("a certificate of a foreign CA was served")
	}
	bare := w.tls(w.client)
	bare.Certificates = nil
	tr := &http.Transport{TLSClientConfig: bare}
	defer tr.CloseIdleConnections()
	if resp, err := (&http.Client{Transport: tr}).Get(s.url + "/behoerde/k:1?betriebsart=test"); err == nil {
		resp.Body.Close()
		t.Errorf("a client without certificate got %s", resp.Status)
	}
	if s.asked.Load() != 0 {
		t.Error("a request got through to the handler")
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	w := newWorld(t)
	s, err := register.NewServer(register.ServerOptions{Directory: sample(t)})
	if err != nil {
		t.Fatal(err)
	}
	ln, conf := w.open()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.Serve(ctx, ln, conf) }()
	c := w.ask(register.Options{Servers: []string{"https://" + ln.Addr().String()}})
	if z, err := c.ByKennung(ctx, "kka:01001000", amtshilfe.Test); err != nil || z.Behoerde.Name == "" {
		t.Errorf("%v, %v", z, err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if _, err := tls.Dial("tcp", ln.Addr().String(), w.tls(w.client)); err == nil {
		t.Error("still listening")
	}
}

func TestOptionsThatMakeNoSense(t *testing.T) {
	d := sample(t)
	for name, o := range map[string]register.ServerOptions{
		"no directory":            {},
		"a fingerprint too short": {Directory: d, Askers: []register.Asker{{Fingerprint: "abc"}}},
		"an unknown betriebsart":  {Directory: d, Askers: []register.Asker{{Fingerprint: strings.Repeat("a", 64), Betriebsarten: []amtshilfe.Betriebsart{"x"}}}},
	} {
		if _, err := register.NewServer(o); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	for name, o := range map[string]register.Options{
		"no servers":     {TLS: &tls.Config{}},
		"no TLS":         {Servers: []string{"https://x.invalid"}},
		"a plain server": {Servers: []string{"http://x.invalid"}, TLS: &tls.Config{}},
	} {
		if _, err := register.NewClient(o); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
