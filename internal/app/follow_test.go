package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
	"damtshilfe/internal/register"
	"damtshilfe/internal/register/store"
)

// authorities is a primary and a secondary with real stores, and certificates of all roles as files.
type authorities struct {
	t            *testing.T
	dir          string
	ca           *certs.CA
	askers       []config.Asker
	addr         map[string]string // "primary", "secondary"
	wg           sync.WaitGroup
	log          logged
	secondPerson bool
}

// logged is a log that many write.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newAuthorities(t *testing.T) *authorities {
	t.Helper()
	ca, err := certs.NewCA("Test CA", nil)
	if err != nil {
		t.Fatal(err)
	}
	a := &authorities{t: t, dir: t.TempDir(), ca: ca, addr: map[string]string{}}
	a.write("ca.pem", ca.Pair.Cert)
	server, err := ca.Server("register")
	if err != nil {
		t.Fatal(err)
	}
	a.write("server.pem", server.Cert)
	a.write("server.key", server.Key)
	for name, role := range map[string]string{"asker": "asker", "m1": "maintainer", "m2": "maintainer", "secondary": "secondary"} {
		p, err := ca.Client(name)
		if err != nil {
			t.Fatal(err)
		}
		a.write(name+".pem", p.Cert)
		a.write(name+".key", p.Key)
		fp, err := p.Fingerprint()
		if err != nil {
			t.Fatal(err)
		}
		a.askers = append(a.askers, config.Asker{Name: name, Certificate: fp, Rolle: role})
	}
	a.newKey("sign")
	sample, err := register.Sample()
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(a.path("primary"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(t.Context(), sample.File(), store.By{Wer: "test", Grund: "Muster"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.wg.Wait)
	return a
}

func (a *authorities) path(name string) string { return filepath.Join(a.dir, name) }

func (a *authorities) write(name string, data []byte) {
	a.t.Helper()
	if err := os.WriteFile(a.path(name), data, 0o600); err != nil {
		a.t.Fatal(err)
	}
}

func (a *authorities) newKey(name string) {
	a.t.Helper()
	private, public, err := register.NewSigningKey()
	if err != nil {
		a.t.Fatal(err)
	}
	a.write(name+".key", private)
	a.write(name+".pub", public)
}

// config is that of the primary or the secondary.
func (a *authorities) config(name string) config.RegisterServer {
	c := config.RegisterServer{Store: a.path(name), Cert: a.path("server.pem"), Key: a.path("server.key"), ClientCA: a.path("ca.pem"), Askers: a.askers}
	if name == "primary" {
		c.SigningKey, c.SecondPerson = a.path("sign.key"), a.secondPerson
		return c
	}
	c.Follow = config.Follow{Primary: a.url("primary"), Cert: a.path("secondary.pem"), Key: a.path("secondary.key"), CA: a.path("ca.pem"),
		PublicKey: a.path("sign.pub"), Every: 50 * time.Millisecond}
	return c
}

func (a *authorities) url(name string) string {
	a.t.Helper()
	if a.addr[name] == "" {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			a.t.Fatal(err)
		}
		a.addr[name] = l.Addr().String()
		l.Close()
	}
	return "https://" + a.addr[name]
}

// start serves until the result is called, which waits for the end.
func (a *authorities) start(name string, change func(c *config.RegisterServer)) (server *app.Authority, stop func()) {
	a.t.Helper()
	a.url(name)
	c := a.config(name)
	if change != nil {
		change(&c)
	}
	s, err := app.NewAuthority(c, app.Options{Log: slog.New(slog.NewTextHandler(&a.log, nil))})
	if err != nil {
		a.t.Fatal(err)
	}
	l, err := net.Listen("tcp", a.addr[name])
	if err != nil {
		a.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	a.wg.Go(func() {
		defer close(done)
		if err := s.Run(ctx, l); err != nil {
			a.t.Errorf("%s: %v", name, err)
		}
		if err := s.Close(); err != nil {
			a.t.Errorf("%s: %v", name, err)
		}
	})
	stop = func() {
		cancel()
		<-done
	}
	a.t.Cleanup(stop)
	return s, stop
}

// client asks both servers as a gateway does.
func (a *authorities) client() *register.Client {
	a.t.Helper()
	c, err := app.RegisterClient(config.Register{Servers: []string{a.url("primary"), a.url("secondary")}, Cert: a.path("asker.pem"), Key: a.path("asker.key"),
		CA: a.path("ca.pem"), StaleIfError: time.Hour, Poll: 50 * time.Millisecond}, nil)
	if err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(func() { c.Close() })
	return c
}

// post sends a change or a decision with a person's certificate.
func (a *authorities) post(person, path, body string) (int, string) {
	a.t.Helper()
	pair, err := certs.LoadPair(a.path(person+".pem"), a.path(person+".key"))
	if err != nil {
		a.t.Fatal(err)
	}
	conf, err := certs.ClientTLS(pair, a.ca.Pair.Cert)
	if err != nil {
		a.t.Fatal(err)
	}
	tr := &http.Transport{TLSClientConfig: conf}
	defer tr.CloseIdleConnections()
	resp, err := (&http.Client{Transport: tr, Timeout: 10 * time.Second}).Post(a.url("primary")+path, "application/yaml", strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

func (a *authorities) until(what string, ok func() bool) {
	a.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			a.t.Fatalf("not in time: %s\n%s", what, a.log.String())
		}
	}
}

// rename is a change of one name, as a maintainer posts it.
func rename(name, grund string) string {
	d, err := register.Sample()
	if err != nil {
		panic(err)
	}
	for _, e := range d.All(amtshilfe.Test) {
		if e.Kennung == "kka:01001000" {
			return "grund: " + grund + "\nbehoerden: [{kennung: \"kka:01001000\", name: \"" + name + "\", land: SH, betriebsart: test, anschrift: {postleitzahl: \"24937\", ort: Flensburg}," +
				" anschriftzeilen: [\"24937 Flensburg\"], kanaele: [{art: post}]}]\n"
		}
	}
	panic("no Flensburg in the sample")
}

func name(t *testing.T, c *register.Client) string {
	t.Helper()
	z, err := c.ByKennung(t.Context(), "kka:01001000", amtshilfe.Test)
	if err != nil {
		t.Errorf("lookup: %v", err)
	}
	return z.Behoerde.Name
}

// TestASecondaryTakesOver: two persons change the directory at the primary, the secondary follows, answers on when the primary is away and
// says so, and catches up when it is back.
func TestASecondaryTakesOver(t *testing.T) {
	t.Parallel()
	a := newAuthorities(t)
	a.secondPerson = true
	_, stopPrimary := a.start("primary", nil)
	_, stopSecondary := a.start("secondary", nil)
	c := a.client()
	a.until("the secondary has the first version", func() bool { return c.State().Servers[1].Stand.Seq == 1 })
	before := name(t, c)

	code, body := a.post("m1", "/aenderung", rename("Stadt Flensburg, Amt Eins", "neuer Name"))
	var waits register.Beschluss
	if err := json.Unmarshal([]byte(body), &waits); err != nil || code != 200 || waits.Aenderung == 0 || waits.Seq != 0 {
		t.Fatalf("proposed: %d %s", code, body)
	}
	if code, body := a.post("m1", "/aenderung/1/annehmen", "grund: passt"); code != http.StatusForbidden {
		t.Errorf("m1 accepted m1's own change: %d %s", code, body)
	}
	if got := name(t, c); got != before {
		t.Errorf("in force before it was accepted: %q", got)
	}
	if code, body := a.post("m2", "/aenderung/1/annehmen", "grund: passt"); code != 200 {
		t.Fatalf("accepted: %d %s", code, body)
	}
	a.until("both servers have the second version", func() bool {
		s := c.State().Servers
		return s[0].Stand.Seq == 2 && s[1].Stand.Seq == 2 && s[1].Stand.Zweitserver
	})
	if s := c.State().Servers; s[0].Stand.ETag != s[1].Stand.ETag {
		t.Errorf("the same version has two ETags: %+v", s)
	}
	if got := name(t, c); got != "Stadt Flensburg, Amt Eins" {
		t.Errorf("after the change: %q", got)
	}

	stopPrimary()
	a.until("the client sees that the primary is away", func() bool { s := c.State(); return !s.Servers[0].Failed.IsZero() })
	z, err := c.ByKennung(t.Context(), "kka:14612000", amtshilfe.Test)
	if err != nil || z.IsZero() {
		t.Fatalf("without the primary: %v", err)
	}
	a.until("the secondary says that it has lost the primary", func() bool { return c.State().Servers[1].Stand.Meldung != "" })
	if s := c.State(); s.First || s.Server != a.url("secondary") {
		t.Errorf("state %+v", s)
	}

	// Restarted without its primary it answers on, and its state has not become younger.
	stopSecondary()
	a.start("secondary", nil)
	a.until("the secondary is back, without its primary", func() bool {
		s := c.State().Servers[1]
		return s.Failed.IsZero() && s.Stand.Seq == 2 && s.Stand.Meldung != ""
	})
	if stand := c.State().Servers[1].Stand; stand.Alter > 600 {
		t.Errorf("the secondary forgot when it last heard from the primary: %d s", stand.Alter)
	}

	_, _ = a.start("primary", nil)
	a.until("the primary is used again", func() bool { s := c.State(); return s.Servers[0].Failed.IsZero() })
	a.post("m2", "/aenderung", rename("Stadt Flensburg, Amt Zwei", "noch ein Name"))
	if code, body := a.post("m1", "/aenderung/2/annehmen", "grund: passt"); code != 200 {
		t.Fatalf("accepted: %d %s", code, body)
	}
	a.until("the secondary has caught up", func() bool { s := c.State().Servers[1].Stand; return s.Seq == 3 && s.Meldung == "" && s.Alter == 0 })
	if got := name(t, c); got != "Stadt Flensburg, Amt Zwei" || c.State().Server != a.url("primary") {
		t.Errorf("%q from %s", got, c.State().Server)
	}
	log := a.log.String()
	if strings.Contains(log, "Dresden") || !strings.Contains(log, "register changed") {
		t.Error("the log does not say who changed what, or says too much")
	}
}
