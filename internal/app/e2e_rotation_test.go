package app_test

import (
	"context"
	"crypto/tls"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
	"damtshilfe/internal/demo"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/register"
	"damtshilfe/internal/register/store"
	"damtshilfe/internal/xta"
)

// rotation is a world of processes whose certificates a directory governs: B's server, A's client, and what is encrypted for one of B's
// authorities.
type rotation struct {
	*processes
	reader    string     // that authority
	server    certs.Pair // B's next one
	sealedOld int        // messages encrypted for the old key when nobody does so any more
}

// TestRotationThroughTheRegister: while Ersuchen and their answers run, three certificates are replaced by way of the directory: the
// successor is entered, both count, the owner switches, the old one is revoked. None fails, and nothing is encrypted for the old one after.
func TestRotationThroughTheRegister(t *testing.T) {
	if testing.Short() {
		t.Skip("not in short tests: the processes are the program as it is, without the race detector")
	}
	n, patience := 20, 2*time.Minute
	if os.Getenv("DAMT_TORTURE") == "all" {
		n, patience = 1000, 40*time.Minute
	}
	r := &rotation{}
	r.processes = newProcesses(t, r.prepare)
	began := time.Now()
	r.put(r.Sender.In, "erste.zip", r.drop(1, n/5))
	stages := []struct {
		name string
		f    func()
	}{{"another encryption key", r.renewKeyAt}, {"another server certificate", r.renewServer}, {"another client certificate", r.renewClient}, {"revocation of all three", r.revoke}}
	for i, stage := range stages {
		r.work("the drop before is under way", patience, func() bool { return r.arrived(r.B, "003") >= i*(n/5)+n/10 })
		at := time.Now()
		stage.f()
		t.Logf("%s at %d of %d, took %s", stage.name, r.arrived(r.B, "003"), n, time.Since(at).Round(time.Millisecond))
		left := n / 5
		if i == len(stages)-1 {
			left = n - 4*(n/5)
		}
		r.put(r.Sender.In, stage.name[:9]+string(rune('0'+i))+".zip", r.drop(int64(i+2), left))
	}
	quiet := 0
	r.work("all is delivered and answered", patience, func() bool {
		if quiet++; r.arrived(r.B, "003") < n || r.arrived(r.A, "004") < n || !r.push(r.A) || !r.push(r.B) {
			quiet = 0
		}
		return quiet == 3
	})
	if now := r.countSealed("rz-b"); now != r.sealedOld {
		t.Errorf("%d messages were encrypted for the revoked certificate after its revocation", now-r.sealedOld)
	}
	r.stopAll()
	r.judge(n)
	t.Logf("%d Ersuchen and their answers in %s", n, time.Since(began).Round(100*time.Millisecond))
}

// work pushes both gateways along until something is so.
func (r *rotation) work(what string, patience time.Duration, ok func() bool) {
	r.t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatalf("after %s still not: %s (%d at B, %d answers)", patience, what, r.arrived(r.B, "003"), r.arrived(r.A, "004"))
		}
		r.push(r.A)
		r.push(r.B)
	}
}

// account is an account of an XTA server in config.yaml.
var account = regexp.MustCompile(`(?m)^      - \{kennungen: .*\}\n`)

// prepare puts the directory into a store, takes the accounts out of the configurations, and enters the certificates of the start.
func (r *rotation) prepare(p *processes) {
	r.processes = p
	for _, site := range []demo.Site{p.A, p.B} {
		text, err := os.ReadFile(site.Config)
		if err != nil {
			p.t.Fatal(err)
		}
		changed := account.ReplaceAllString(string(text), "")
		changed = strings.Replace(changed, "ca: ../pki/ca.pem}\nxta:", "ca: ../pki/ca.pem, poll: 300ms}\nxta:", 1)
		if strings.Contains(changed, "partner-a") || !strings.Contains(changed, "poll: 300ms") {
			p.t.Fatalf("the demo's configuration has another form:\n%s", changed)
		}
		p.write(site.Config, []byte(changed))
	}
	conf := filepath.Join(p.Dir, "register", "config.yaml")
	text, err := os.ReadFile(conf)
	if err != nil {
		p.t.Fatal(err)
	}
	p.write(conf, []byte(strings.Replace(string(text), "directory: directory.yaml", "store: store", 1)))
	s, err := app.OpenStore(config.RegisterServer{Store: filepath.Join(p.Dir, "register", "store")}, app.Options{})
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := s.Put(context.Background(), r.file(), store.By{Wer: "test", Grund: "Anfang"}); err != nil {
		p.t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		p.t.Fatal(err)
	}
	r.enter("rz-b-server.pem", "rz:demo-b", "tls", "")
	r.enter("rz-a-client.pem", r.Sender.Kennung, "tls", "")
	r.enter("rz-b-encryption.pem", r.reader, "verschluesselung", "")
	if r.server, err = p.NewServer("rz-b, renewed"); err != nil {
		p.t.Fatal(err)
	}
}

// file is the demo's directory with the tenants of both data centres.
func (r *rotation) file() register.File {
	f := r.Dirs.File()
	for _, site := range []demo.Site{r.A, r.B} {
		m := register.Mandant{Name: site.Name, Betriebsart: amtshilfe.Test, Rechenzentrum: "rz:demo-" + site.Name[3:], Zertifikate: []string{r.fingerprint(site.Name + "-client.pem")}}
		for _, e := range f.Behoerden {
			if o, ok := r.Offices[e.Kennung]; ok && o.Site == site.Name {
				m.Kennungen = append(m.Kennungen, e.Kennung)
				if site.Name == r.B.Name && r.reader == "" && len(e.Gebiete) > 0 && len(e.Gebiete[0].Einnahmearten) == 0 {
					r.reader = e.Kennung
				}
			}
		}
		f.Mandanten = append(f.Mandanten, m)
	}
	return f
}

func (r *rotation) fingerprint(file string) string {
	r.t.Helper()
	cert, err := certs.ReadCert(r.pki(file))
	if err != nil {
		r.t.Fatal(err)
	}
	return certs.Fingerprint(cert)
}

// cli is a command of a maintainer.
func (r *rotation) cli(args ...string) {
	r.t.Helper()
	args = append(args, "-c", filepath.Join(r.Dir, "register", "config.yaml"), "--wer", "meyer", "--grund", "Erneuerung")
	if out, code := gateway(r.t, args...); code != 0 {
		r.t.Fatalf("%v: %d %s", args, code, out)
	}
}

func (r *rotation) enter(file, kennung, zweck, old string) {
	args := []string{"register", "certs", "import", r.pki(file), "--kennung", kennung, "--zweck", zweck}
	if old != "" {
		args = append(args, "--nachfolger-von", old)
	}
	r.cli(args...)
}

// renewKeyAt gives B's authorities another key beside the old one, then tells the directory.
func (r *rotation) renewKeyAt() {
	r.renewKey()
	r.enter("rz-b-renewed-encryption.pem", r.reader, "verschluesselung", r.fingerprint("rz-b-encryption.pem"))
}

// renewServer tells the directory, then lets B show its next certificate.
func (r *rotation) renewServer() {
	old := r.fingerprint("rz-b-server.pem")
	r.write(r.pki("rz-b-next.pem"), r.server.Cert)
	r.write(r.pki("rz-b-old-server.pem"), r.read("rz-b-server.pem"))
	r.enter("rz-b-next.pem", "rz:demo-b", "tls", old)
	r.write(r.pki("rz-b-server.key"), r.server.Key)
	r.write(r.pki("rz-b-server.pem"), r.server.Cert)
	r.reload()
	want := r.fingerprint("rz-b-server.pem")
	r.until("B shows its next certificate", 30*time.Second, func() bool { return r.shows() == want })
}

func (r *rotation) read(file string) []byte {
	data, err := os.ReadFile(r.pki(file))
	if err != nil {
		r.t.Fatal(err)
	}
	return data
}

// shows is the certificate of B's XTA server.
func (r *rotation) shows() string {
	conn, err := tls.Dial("tcp", r.B.XTA, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		return ""
	}
	defer conn.Close()
	return certs.Fingerprint(conn.ConnectionState().PeerCertificates[0])
}

// renewClient tells the directory, waits until both servers let A's next certificate in, then lets A use it.
func (r *rotation) renewClient() {
	r.write(r.pki("rz-a-old-client.pem"), r.processes.old.Cert)
	r.write(r.pki("rz-a-next.pem"), r.processes.new.Cert)
	r.enter("rz-a-next.pem", r.Sender.Kennung, "tls", r.fingerprint("rz-a-client.pem"))
	for _, s := range []demo.Site{r.A, r.B} {
		r.until("the next certificate counts at "+s.Name, 30*time.Second, func() bool { return r.active(s, r.processes.new) == nil })
	}
	r.write(r.pki("rz-a-client.key"), r.processes.new.Key)
	r.write(r.pki("rz-a-client.pem"), r.processes.new.Cert)
	r.reload()
	time.Sleep(1600 * time.Millisecond) // what was under way with the old one has ended: its time-out is shorter
}

// revoke takes all three old ones out of use, and waits until that counts.
func (r *rotation) revoke() {
	at := time.Now()
	for _, file := range []string{"rz-b-old-server.pem", "rz-a-old-client.pem", "rz-b-encryption.pem"} {
		r.cli("register", "certs", "revoke", r.fingerprint(file))
	}
	for _, s := range []demo.Site{r.A, r.B} {
		r.until(s.Name+" refuses A's old certificate", time.Minute, func() bool { f, ok := faultOf(r.active(s, r.processes.old)); return ok && f.Code == 9014 })
	}
	r.t.Logf("refused everywhere %s after the first command", time.Since(at).Round(time.Millisecond))
	r.until("A knows all of it", time.Minute, func() bool {
		data, err := os.ReadFile(filepath.Join(r.Dir, r.A.Name, "var", "register", "sperrliste.json"))
		return err == nil && strings.Count(string(data), "Fingerabdruck")+strings.Count(string(data), "fingerabdruck") == 3
	})
	r.sealedOld = r.countSealed("rz-b")
}

// countSealed counts the messages for B's authority that are encrypted for a key.
func (r *rotation) countSealed(key string) (n int) {
	r.t.Helper()
	dir, err := durable.New(nil).OpenDir(filepath.Join(r.Dir, r.B.Name, "var", "xta"))
	if err != nil {
		r.t.Fatal(err)
	}
	defer dir.Close()
	m, err := xta.OpenMailbox(dir, xta.MailboxOptions{Beside: true})
	if err != nil {
		r.t.Fatal(err)
	}
	defer m.Close()
	for e, err := range m.All(r.t.Context()) {
		if err != nil {
			r.t.Fatal(err)
		}
		if e.State == "issued" || e.State == "receiving" {
			continue
		}
		_, content, err := m.Read(r.t.Context(), e.MessageID)
		if err != nil {
			r.t.Fatal(err)
		}
		if data, err := content.Sealed(); err == nil && len(data.Readers()) == 1 && data.Readers()[0] == r.keys[key] {
			n++
		}
	}
	return n
}
