package app_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
	"damtshilfe/internal/demo"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/register"
	"damtshilfe/internal/register/store"
	"damtshilfe/internal/sample"
)

// twoRegisters is a primary, its secondary and a gateway that asks both, three processes of the real program.
type twoRegisters struct {
	*processes
	second string // address
	drops  int
}

func newTwoRegisters(t *testing.T) *twoRegisters {
	t.Helper()
	at := quietPorts(t)
	w, err := demo.Build(t.TempDir(), at, demo.Timing{Settle: 100 * time.Millisecond, Scan: 200 * time.Millisecond, XTATimeout: 1500 * time.Millisecond,
		Reports: []time.Duration{time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	p := &twoRegisters{processes: &processes{World: w, t: t, running: map[string]*exec.Cmd{}}}
	t.Cleanup(func() {
		for _, name := range []string{w.A.Name, "second", "register"} {
			p.stop(name)
			if text, err := os.ReadFile(p.log(name)); err == nil && t.Failed() {
				t.Logf("%s:\n%s", name, text[max(0, len(text)-3000):])
			}
		}
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.second = l.Addr().String()
	l.Close()
	if err := os.Mkdir(w.Watched(), 0o700); err != nil {
		t.Fatal(err)
	}
	p.configure()
	return p
}

// configure writes the configurations: the demo's directory becomes the first version of the primary's store.
func (p *twoRegisters) configure() {
	p.t.Helper()
	private, public, err := register.NewSigningKey()
	if err != nil {
		p.t.Fatal(err)
	}
	p.write(p.pki("sign.key"), private)
	p.write(p.pki("sign.key.pub"), public)
	client, err := p.NewClient("secondary")
	if err != nil {
		p.t.Fatal(err)
	}
	p.write(p.pki("secondary.pem"), client.Cert)
	p.write(p.pki("secondary.key"), client.Key)
	gateway, err := certs.LoadPair(p.pki("rz-a-client.pem"), p.pki("rz-a-client.key"))
	if err != nil {
		p.t.Fatal(err)
	}
	asks := func(name, role string, pair certs.Pair) string {
		fp, err := pair.Fingerprint()
		if err != nil {
			p.t.Fatal(err)
		}
		return fmt.Sprintf("{name: %s, certificate: %q, rolle: %s}", name, fp, role)
	}
	const head = "betriebsart: test\noperator: {kennung: \"rz:register\", name: Register}\n"
	const tls = "cert: ../pki/register-server.pem, key: ../pki/register-server.key, client_ca: ../pki/ca.pem"
	askers := "askers: [" + asks("rz-a", "asker", gateway) + ", " + asks("second", "secondary", client) + "]"
	p.write(filepath.Join(p.Dir, "register", "config.yaml"), fmt.Appendf(nil, "%sregister:\n  serve: {listen: %q, store: store, signing_key: ../pki/sign.key, %s, %s}\n", head, p.Register, tls, askers))
	p.write(filepath.Join(p.Dir, "second", "config.yaml"), fmt.Appendf(nil, "%sregister:\n  serve:\n    {listen: %q, store: store, %s, %s,\n      follow: {primary: \"https://%s\", cert: ../pki/secondary.pem, key: ../pki/secondary.key, ca: ../pki/ca.pem, public_key: ../pki/sign.key.pub, every: 200ms}}\n",
		head, p.second, tls, askers, p.Register))
	text, err := os.ReadFile(p.A.Config)
	if err != nil {
		p.t.Fatal(err)
	}
	one := `["https://` + p.Register + `"]`
	if bytes.Count(text, []byte(one)) != 1 {
		p.t.Fatalf("the demo's configuration has another form:\n%s", text)
	}
	p.write(p.A.Config, bytes.ReplaceAll(text, []byte(one), fmt.Appendf(nil, `["https://%s", "https://%s"], poll: 200ms`, p.Register, p.second)))
	p.change("Muster", func(f *register.File) error { *f = p.Dirs.File(); return nil })
}

// change changes the primary's store as a command beside it does.
func (p *twoRegisters) change(grund string, change func(*register.File) error) {
	p.t.Helper()
	s, err := store.Open(filepath.Join(p.Dir, "register", "store"), store.Options{})
	if err != nil {
		p.t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Change(p.t.Context(), store.By{Wer: "test", Grund: grund}, change); err != nil {
		p.t.Fatal(err)
	}
}

// start starts a part; the secondary is an authority server, too.
func (p *twoRegisters) start(name string) {
	p.t.Helper()
	if name != "second" {
		p.processes.start(name)
		return
	}
	dir := filepath.Join(p.Dir, "second")
	program, err := binary()
	if err != nil {
		p.t.Fatal(err)
	}
	p.running[name] = p.run(p.log(name), program, "register", "serve", "-c", filepath.Join(dir, "config.yaml"))
}

// dropTo puts a drop of letters whose debtors live in the given street.
func (p *twoRegisters) dropTo(street string, n int) {
	p.t.Helper()
	places := p.Places(amtshilfe.KanalPost)[:3]
	var b bytes.Buffer
	_, err := sample.WriteZIP(&b, sample.Options{N: n, Seed: int64(100 + p.drops), Kennung: p.Sender.Kennung, Name: p.Sender.Name, Now: time.Now(), Places: places,
		Fix: func(i int, s *sample.Spec) {
			s.Einnahmeart.Code = "100"
			for k := range s.Schuldner {
				for j := range s.Schuldner[k].Person.Anschriften {
					a := &s.Schuldner[k].Person.Anschriften[j]
					a.Postleitzahl, a.Ort, a.Ortsteil, a.Strasse = places[i%3].PLZ, places[i%3].Ort, "", street
				}
			}
		}})
	if err != nil {
		p.t.Fatal(err)
	}
	p.drops++
	p.put(p.Sender.In, fmt.Sprintf("drop-%d.zip", p.drops), b.Bytes())
}

// states counts the messages by state, and their rules that say how old an answer was.
func (p *twoRegisters) states() (valid, resolved, old int) {
	p.with(p.A, func(l *ledger.Ledger) error {
		drops, err := l.Drops(100)
		if err != nil {
			return err
		}
		for _, d := range drops {
			list, err := l.InDrop(d.ID, 0, 1000)
			if err != nil {
				return err
			}
			for _, m := range list {
				switch {
				case m.State == amtshilfe.Valid:
					valid++
				case m.Regel != "" && m.Behoerde.Kennung != "":
					resolved++
				}
				if strings.Contains(m.Regel, "alt") {
					old++
				}
			}
		}
		return nil
	})
	return valid, resolved, old
}

func (p *twoRegisters) resolvedAre(n int, what string) {
	p.t.Helper()
	p.until(what, 40*time.Second, func() bool { _, resolved, _ := p.states(); return resolved == n })
}

func (p *twoRegisters) page() string { return get(p.t, "http://"+p.A.Status+"/") }

// TestLookupsGoOnWithoutThePrimary: the primary is killed, the secondary answers and the page says so; it is back, and a change made
// meanwhile arrives everywhere. With DAMT_TORTURE=all the others are killed as well.
func TestLookupsGoOnWithoutThePrimary(t *testing.T) {
	if testing.Short() {
		t.Skip("not in short tests: the processes are the program as it is, without the race detector")
	}
	p := newTwoRegisters(t)
	for _, name := range []string{"register", "second", p.A.Name} {
		p.start(name)
	}
	p.until("the gateway serves", time.Minute, func() bool { return serves(p.A) })
	p.until("the page knows both servers", 20*time.Second, func() bool { return strings.Contains(p.page(), "Nummer 1, abgeglichen") })
	p.dropTo("Hauptweg", 6)
	p.resolvedAre(6, "the first drop is resolved")

	p.kill("register")
	p.dropTo("Nebenweg", 6)
	p.resolvedAre(12, "the second drop is resolved by the secondary")
	p.until("the page says so", 10*time.Second, func() bool {
		text := p.page()
		return strings.Contains(text, "Zweitserver antwortet seit") && strings.Contains(text, "Der Hauptserver "+p.Register)
	})

	expected := p.withoutBoth(os.Getenv("DAMT_TORTURE") == "all")

	p.change("Umzug", func(f *register.File) error { f.Version = "nach-dem-ausfall"; return nil })
	p.start("register")
	c, err := app.RegisterClient(config.Register{Servers: []string{"https://" + p.second}, Cert: p.pki("rz-a-client.pem"), Key: p.pki("rz-a-client.key"), CA: p.pki("ca.pem"), Poll: 100 * time.Millisecond}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p.until("the secondary has caught up", 20*time.Second, func() bool { s := c.State().Servers[0].Stand; return s.Version == "nach-dem-ausfall" && s.Alter <= 1 })
	p.until("the page knows it, and complains no more", 20*time.Second, func() bool {
		text := p.page()
		return strings.Contains(text, "nach-dem-ausfall") && !strings.Contains(text, "Kein Server") && !strings.Contains(text, "Der Hauptserver")
	})
	p.dropTo("Vierter Weg", 3)
	p.resolvedAre(expected+3, "all is as before")
}

// withoutBoth kills the secondary and the gateway, too: what was asked before is answered from the disk, the rest waits until somebody is back.
// It gives how many messages are resolved by then.
func (p *twoRegisters) withoutBoth(all bool) int {
	p.t.Helper()
	if !all {
		return 12 // half a minute passes before a drop is asked about again
	}
	p.kill("second")
	p.kill(p.A.Name)
	p.start(p.A.Name)
	p.until("the gateway serves", time.Minute, func() bool { return serves(p.A) })
	p.dropTo("Hauptweg", 6)
	p.resolvedAre(18, "what was asked before is answered from the disk")
	p.dropTo("Dritter Weg", 3)
	p.until("what was never asked waits", 20*time.Second, func() bool { valid, _, _ := p.states(); return valid == 3 })
	p.until("the page says that nobody answers", 10*time.Second, func() bool { return strings.Contains(p.page(), "Kein Server des Behördenverzeichnisses antwortet") })
	p.start("second")
	p.resolvedAre(21, "the secondary alone answers, without its primary")
	return 21
}
