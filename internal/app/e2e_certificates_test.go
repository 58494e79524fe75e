package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
	"damtshilfe/internal/demo"
	"damtshilfe/internal/xta"
)

// renewal is a world in which A's client certificate lies in folders at both servers.
type renewal struct {
	*world
	t        *testing.T
	configB  config.Config
	folders  []string // at A's and B's server
	own      certs.Files
	old, new certs.Pair
}

func newRenewal(t *testing.T) *renewal {
	r := &renewal{t: t}
	r.world = startAt(t, app.Options{Keep: 100 * time.Millisecond}, func(w *demo.World, site string, c *config.Config) {
		c.Runs.Fetch = ""
		for i := range c.XTA.Server.Accounts {
			a := &c.XTA.Server.Accounts[i]
			if i == 0 { // that of rz-a
				a.CertificatesDir, a.Certificates = filepath.Join(w.Dir, site, "partner-a"), nil
				r.folders = append(r.folders, a.CertificatesDir)
				r.own = certs.Files{Cert: filepath.Join(w.Dir, "pki", "rz-a-client.pem"), Key: filepath.Join(w.Dir, "pki", "rz-a-client.key")}
				r.old, _ = certs.LoadPair(r.own.Cert, r.own.Key)
				r.write(filepath.Join(a.CertificatesDir, "old.pem"), r.old.Cert)
			}
		}
		if site == w.B.Name {
			r.configB = *c
		}
	})
	var err error
	if r.new, err = r.NewClient("rz-a, renewed"); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *renewal) write(path string, data []byte) {
	r.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// overview reads B's status page as JSON would show it.
func (r *renewal) overview(site demo.Site) string {
	return strings.ReplaceAll(get(r.t, "http://"+site.Status+"/status.json"), `": `, `":`)
}

// until waits for something that happens by itself.
func (r *renewal) until(what string, ok func() bool) {
	r.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatalf("never: %s\n%s", what, r.overview(r.B))
		}
	}
}

// as calls B with a certificate and says with which code it is refused, 0 = not.
func (r *renewal) as(p certs.Pair) int {
	r.t.Helper()
	ca, err := os.ReadFile(filepath.Join(r.Dir, "pki", "ca.pem"))
	if err != nil {
		r.t.Fatal(err)
	}
	conf, err := certs.ClientTLS(p, ca)
	if err != nil {
		r.t.Fatal(err)
	}
	c := xta.NewClient(xta.ClientOptions{TLS: conf, Timeout: 10 * time.Second})
	defer c.Close()
	err = c.CheckAccountActive(r.t.Context(), "https://"+r.B.XTA+"/xta/management", xta.Party{Kennung: r.Sender.Kennung})
	if f, ok := faultOf(err); ok {
		return f.Code
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return 0
}

// TestACertificateIsRenewed: A's client certificate is replaced while both serve, with an overlap; then the old one is taken out.
func TestACertificateIsRenewed(t *testing.T) {
	t.Parallel()
	r := newRenewal(t)
	r.brokenFilesKeepTheOldOnes()
	send := func(seed int64) {
		t.Helper()
		n := len(r.drops(t))
		r.put(t, r.Sender.In, "one.xml", r.ersuchen(seed, r.place(amtshilfe.KanalXTA), nil))
		r.settle(t, n+1)
		if m := messages(t, r.a.Ledger, r.drops(t)[0].ID); len(m) != 1 || m[0].State != amtshilfe.Delivered {
			t.Errorf("not delivered: %+v", m)
		}
	}
	send(1)
	if code := r.as(r.new); code != 9014 {
		t.Fatalf("the new certificate before it was entered: %d", code)
	}
	for _, folder := range r.folders { // a folder, so nobody need be asked
		r.write(filepath.Join(folder, "new.crt"), r.new.Cert)
	}
	r.until("the new certificate counts", func() bool { return r.as(r.new) == 0 })
	if r.as(r.old) != 0 {
		t.Error("the old one does not count any more: no overlap")
	}
	r.write(r.own.Cert, r.new.Cert) // half a pair for a moment
	r.write(r.own.Key, r.new.Key)
	r.a.Reload(r.a.Config)
	for _, folder := range r.folders {
		if err := os.Remove(filepath.Join(folder, "old.pem")); err != nil {
			t.Fatal(err)
		}
	}
	r.until("the old certificate does not count", func() bool { return r.as(r.old) == 9014 })
	send(2)
	if strings.Contains(r.overview(r.A)+r.overview(r.B), "fehlerhaft") {
		t.Error("something is broken")
	}
}

// brokenFilesKeepTheOldOnes: what is broken is on the page, and nobody is refused for it.
func (r *renewal) brokenFilesKeepTheOldOnes() {
	r.t.Helper()
	r.write(filepath.Join(r.folders[1], "old.pem"), []byte("-----BEGIN NONSENSE"))
	r.until("the page says so", func() bool { return strings.Contains(r.overview(r.B), "old.pem") })
	if code := r.as(r.old); code != 0 {
		r.t.Errorf("a broken file locks its owner out: %d", code)
	}
	r.write(filepath.Join(r.folders[1], "old.pem"), r.old.Cert)
	r.until("the page is at rest", func() bool { return !strings.Contains(r.overview(r.B), "old.pem") })
}

// TestAccountsAreReloaded: SIGHUP puts config.yaml's accounts into force, and the page says whose own account cannot be used.
func TestAccountsAreReloaded(t *testing.T) {
	t.Parallel()
	r := newRenewal(t)
	r.until("B's own accounts are active", func() bool { return strings.Contains(r.overview(r.B), `"active":`) })
	if text := r.overview(r.B); !strings.Contains(text, `"name":"xta.server"`) || !strings.Contains(text, `"urgency":"fine"`) || strings.Contains(text, "nicht nutzbar") {
		t.Errorf("%s", text)
	}
	if text := get(t, "http://"+r.B.Status+"/metrics"); !strings.Contains(text, `damtshilfe_certificate_not_after_timestamp_seconds{name="xta.client"`) {
		t.Errorf("%s", text)
	}
	locked := r.configB
	locked.XTA.Server.Accounts = append([]config.XTAAccount(nil), r.configB.XTA.Server.Accounts...)
	for i := range locked.XTA.Server.Accounts {
		locked.XTA.Server.Accounts[i].Locked = true
	}
	r.b.Reload(locked)
	if code := r.as(r.old); code != 9011 {
		t.Errorf("a locked account: %d", code)
	}
	r.until("the page says that B's own accounts are locked", func() bool { return strings.Contains(r.overview(r.B), "nicht nutzbar (9011)") })
	bad := locked
	bad.XTA.Server.Accounts = []config.XTAAccount{{Kennungen: []string{"x"}, CertificatesDir: filepath.Join(r.Dir, "none")}}
	r.b.Reload(bad)
	r.b.Reload(r.configB)
	if code := r.as(r.old); code != 0 {
		t.Errorf("unlocked: %d", code)
	}
	r.until("they are active again", func() bool { return !strings.Contains(r.overview(r.B), "nicht nutzbar") })
	out, code := gateway(t, "check", "-c", r.B.Config)
	if code != 0 || !strings.Contains(out, "xta.client: valid until ") || !strings.Contains(out, "xta accounts: ") || strings.Contains(out, "warning: xta") {
		t.Errorf("check: %d %s", code, out)
	}
	out, code = gateway(t, "xta", "accounts", "-c", r.B.Config)
	if code != 0 || !strings.Contains(out, "last used "+time.Now().Format("2006-01-02")) {
		t.Errorf("accounts: %d %s", code, out)
	}
}

func faultOf(err error) (*xta.Fault, bool) { return errors.AsType[*xta.Fault](err) }
