package app_test

import (
	"context"
	"crypto/tls"
	"errors"
	"os"
	"path/filepath"
	"slices"
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
	"damtshilfe/internal/xta"
)

// maintained is a world whose directory is a store, with a maintainer at hand.
type maintained struct {
	*world
	t     *testing.T
	store *store.Store
	by    store.By
}

// poll is how often gateways look at the authority server in these tests.
const poll = 200 * time.Millisecond

func newMaintained(t *testing.T, change func(f *register.File, w *demo.World)) *maintained {
	t.Helper()
	m := &maintained{t: t, by: store.By{Wer: "meyer", Grund: "Probe"}}
	m.world = startWith(t, app.Options{Keep: 50 * time.Millisecond}, func(w *demo.World, c *config.RegisterServer) {
		c.Directory, c.Store = "", filepath.Join(w.Dir, "register", "store")
		var err error
		if m.store, err = app.OpenStore(*c, app.Options{}); err != nil {
			t.Fatal(err)
		}
		f := w.Dirs.File()
		if change != nil {
			change(&f, w)
		}
		if _, err := m.store.Put(context.Background(), f, m.by); err != nil {
			t.Fatal(err)
		}
	}, func(w *demo.World, site string, c *config.Config) {
		c.Runs.Fetch, c.Register.Poll = "", poll
	})
	t.Cleanup(func() { m.store.Close() })
	return m
}

// until waits for something that happens by itself, and says how long it took.
func (m *maintained) until(what string, ok func() bool) time.Duration {
	m.t.Helper()
	began := time.Now()
	for !ok() {
		if time.Since(began) > 20*time.Second {
			m.t.Fatalf("never: %s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return time.Since(began)
}

// client calls with a certificate of the world, on one connection as long as it is let.
func (m *maintained) client(pair certs.Pair) *xta.Client {
	m.t.Helper()
	ca, err := os.ReadFile(filepath.Join(m.Dir, "pki", "ca.pem"))
	if err != nil {
		m.t.Fatal(err)
	}
	var conf *tls.Config
	if conf, err = certs.ClientTLS(pair, ca); err != nil {
		m.t.Fatal(err)
	}
	c := xta.NewClient(xta.ClientOptions{TLS: conf, Timeout: 5 * time.Second})
	m.t.Cleanup(c.Close)
	return c
}

func (m *maintained) pair(name string) certs.Pair {
	m.t.Helper()
	p, err := certs.LoadPair(filepath.Join(m.Dir, "pki", name+".pem"), filepath.Join(m.Dir, "pki", name+".key"))
	if err != nil {
		m.t.Fatal(err)
	}
	return p
}

func fingerprintOf(t *testing.T, p certs.Pair) string {
	t.Helper()
	fp, err := p.Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	return fp
}

// TestRevocationsCountWithinAMinute, with real servers, while they are connected: B's server certificate at A, A's client certificate at B
// and at the authority server. The time is measured with a shorter pause between two looks; with the default it is that much longer.
func TestRevocationsCountWithinAMinute(t *testing.T) {
	t.Parallel()
	cfg, err := config.Parse([]byte("{data_dir: var, betriebsart: test, operator: {kennung: x, name: y, kuerzel: Z}}"), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if most := app.RevokedWithin(cfg.Register); cfg.Register.Poll != 20*time.Second || most > 50*time.Second {
		t.Errorf("looks every %s: a revocation may take %s", cfg.Register.Poll, most)
	}

	m := newMaintained(t, nil)
	send := func(seed int64, state amtshilfe.State) {
		t.Helper()
		name := "e" + string(rune('0'+seed)) + ".xml"
		m.put(t, m.Sender.In, name, m.ersuchen(seed, m.place(amtshilfe.KanalXTA), nil))
		m.until(name+" is "+string(state), func() bool {
			m.push(t, m.a)
			m.push(t, m.b)
			drops := m.drops(t)
			i := slices.IndexFunc(drops, func(d ledger.Drop) bool { return d.Name == name })
			if i < 0 {
				return false
			}
			list := messages(t, m.a.Ledger, drops[i].ID)
			return len(list) == 1 && list[0].State == state && (state != amtshilfe.Resolved || strings.Contains(list[0].Trouble, "revoked"))
		})
	}
	send(1, amtshilfe.Delivered) // connections are open now

	if text := app.LookAtDirectory(t.Context(), m.a.Config.Register); !strings.Contains(text, "answers now (version ") {
		t.Errorf("gateway show says of the authority server: %s", text)
	}
	away := m.a.Config.Register
	away.Servers = []string{"https://127.0.0.1:1"}
	if text := app.LookAtDirectory(t.Context(), away); !strings.Contains(text, "https://127.0.0.1:1 does not answer now: ") {
		t.Errorf("and of one that is not there: %s", text)
	}
	server := fingerprintOf(t, m.pair("rz-b-server"))
	if _, err := m.store.Revoke(t.Context(), server, m.by); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	m.until("A knows it", func() bool { return app.IsRevoked(m.a, server) })
	t.Logf("B's server certificate counts at A no longer after %s", time.Since(began).Round(time.Millisecond))
	send(2, amtshilfe.Resolved) // nothing left
	desk, err := app.NewXTADesk(m.a.Config, m.Sender.Kennung, nil)
	if err != nil {
		t.Fatal(err)
	}
	steps := desk.Client.Probe(t.Context(), "https://"+m.B.XTA+"/xta/management").Steps
	if last := steps[len(steps)-1]; !errors.Is(last.Err, xta.ErrRevoked) || !strings.Contains(desk.Source, "says now") {
		t.Errorf("xta ping reaches a server whose certificate is revoked: %+v, list %s", steps, desk.Source)
	}
	desk.Close()

	next, err := m.NewServer("rz-b, renewed")
	if err != nil {
		t.Fatal(err)
	}
	for file, data := range map[string][]byte{"rz-b-server.pem": next.Cert, "rz-b-server.key": next.Key} {
		if err := os.WriteFile(filepath.Join(m.Dir, "pki", file), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m.until("all is delivered after the renewal", func() bool {
		m.push(t, m.a)
		m.push(t, m.b)
		d := m.drops(t)[0]
		list := messages(t, m.a.Ledger, d.ID)
		return len(list) == 1 && list[0].State == amtshilfe.Delivered
	})

	own := m.pair("rz-a-client")
	open := m.client(own)
	active := func() error {
		return open.CheckAccountActive(t.Context(), "https://"+m.B.XTA+"/xta/management", xta.Party{Kennung: m.Sender.Kennung})
	}
	if err := active(); err != nil {
		t.Fatal(err)
	}
	if _, err := m.store.Revoke(t.Context(), fingerprintOf(t, own), m.by); err != nil {
		t.Fatal(err)
	}
	took := m.until("B refuses A's certificate on the connection that is open", func() bool { f, ok := errors.AsType[*xta.Fault](active()); return ok && f.Code == 9014 })
	t.Logf("A's client certificate counts at B no longer after %s", took.Round(time.Millisecond))
	m.until("the authority server refuses A", func() bool {
		c, err := app.RegisterClient(m.a.Config.Register, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, err = c.ByKennung(t.Context(), m.Sender.Kennung, amtshilfe.Test)
		return err != nil
	})
	m.until("A's page says that its own certificate is revoked", func() bool {
		return strings.Contains(get(t, "http://"+m.A.Status+"/"), "ist gesperrt und gilt nicht mehr")
	})
	data, err := os.ReadFile(filepath.Join(m.a.Config.DataDir, "register", "sperrliste.json"))
	if err != nil || !strings.Contains(string(data), server) {
		t.Errorf("what A knows would be forgotten at a restart: %v", err)
	}
}
