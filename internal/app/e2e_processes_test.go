package app_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"encoding/xml"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/demo"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sample"
	"damtshilfe/internal/xta"
)

// show is what the three processes go through.
type show struct {
	messages int
	kills    int           // of B, with SIGKILL
	away     time.Duration // how long B is not there in the middle of it
	patience time.Duration
}

// sizeOfShow is a sample, or all of it with DAMT_TORTURE=all.
func sizeOfShow() show {
	switch {
	case os.Getenv("DAMT_TORTURE") == "all":
		return show{1000, 10, 20 * time.Second, 20 * time.Minute}
	case testing.Short():
		return show{15, 1, time.Second, 3 * time.Minute}
	}
	return show{40, 2, 2 * time.Second, 3 * time.Minute}
}

// TestThreeProcesses: an authority server and two gateways as users have them, three processes of the real program. A's Ersuchen go to
// authorities at B, each is answered with a 004. Meanwhile B is killed and restarted, is not there for a while, and A's client
// certificate is replaced with an overlap, and B's authorities get another encryption key. In the end everything was delivered once, all reports are green, all answers are back.
func TestThreeProcesses(t *testing.T) {
	s := sizeOfShow()
	p := newProcesses(t, s)
	began := time.Now()
	p.put(p.Sender.In, "erste.zip", p.drop(1, s.messages/2))
	p.play(s)
	p.stopAll()
	p.judge(s.messages)
	t.Logf("%d Ersuchen and their answers in %s: B killed %d times, away once, A's certificate and B's encryption key renewed", s.messages, time.Since(began).Round(100*time.Millisecond), s.kills)
}

// processes is a world whose three parts run as processes.
type processes struct {
	*demo.World
	t       *testing.T
	running map[string]*exec.Cmd // by site, and "register"
	old     certs.Pair           // A's client certificate at the start
	new     certs.Pair
	keys    map[string][32]byte // fingerprints of the encryption certificates, by name
}

func newProcesses(t *testing.T, s show) *processes {
	t.Helper()
	w, err := demo.Build(t.TempDir(), quietPorts(t), demo.Timing{Settle: 100 * time.Millisecond, Scan: 200 * time.Millisecond, XTATimeout: 1500 * time.Millisecond,
		Reports: []time.Duration{200 * time.Millisecond, 500 * time.Millisecond, time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	p := &processes{World: w, t: t, running: map[string]*exec.Cmd{}, keys: map[string][32]byte{}}
	if p.old, err = certs.LoadPair(p.pki("rz-a-client.pem"), p.pki("rz-a-client.key")); err != nil {
		t.Fatal(err)
	}
	if p.new, err = w.NewClient("rz-a, renewed"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"rz-a", "rz-b", "rz-b-renewed"} {
		p.encryptionKey(name)
	}
	for _, site := range []demo.Site{w.A, w.B} {
		p.prepare(site)
	}
	if err := os.Mkdir(w.Watched(), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"register", w.A.Name, w.B.Name} {
		p.start(name)
	}
	for _, site := range []demo.Site{w.A, w.B} {
		p.until(site.Name+" serves", time.Minute, func() bool { return serves(site) })
	}
	ctx, cancel := context.WithCancel(context.Background())
	answering := make(chan error, 1)
	go func() { answering <- w.Authorities().Run(ctx) }() // the authorities' own program
	t.Cleanup(func() {
		cancel()
		if err := <-answering; err != nil {
			t.Errorf("authorities: %v", err)
		}
		p.stopAll()
		if t.Failed() {
			p.showLogs()
		}
	})
	return p
}

// quietPorts finds ports below the ephemeral ones, so that no outgoing connection takes one while a process is dead.
func quietPorts(t *testing.T) (a demo.Addresses) {
	t.Helper()
	port := 20000 + (os.Getpid()*37)%11000
	for _, to := range []*string{&a.Register, &a.SFTPA, &a.XTAA, &a.StatusA, &a.SFTPB, &a.XTAB, &a.StatusB} {
		for *to == "" {
			port++
			if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
				*to = l.Addr().String()
				l.Close()
			}
		}
	}
	return a
}

func (p *processes) pki(name string) string { return filepath.Join(p.Dir, "pki", name) }

// prepare changes a site's configuration: A's certificate lies in a folder, pauses are short, the test asks for runs.
func (p *processes) prepare(site demo.Site) {
	p.t.Helper()
	text, err := os.ReadFile(site.Config)
	if err != nil {
		p.t.Fatal(err)
	}
	fingerprint, err := p.old.Fingerprint()
	if err != nil {
		p.t.Fatal(err)
	}
	changed := strings.NewReplacer(`certificates: ["`+fingerprint+`"]`, "certificates_dir: partner-a", "timeout: 1.5s", "timeout: 1.5s, lookup_keep: 200ms, retry_schedule: [200ms, 500ms, 1s]",
		"    sftp_keys: ", "    encryption: {send: required, keys: ["+decryptionKey(site.Name)+"]}\n    sftp_keys: ",
		`runs: {fetch: "* * * * *", print: "0 17 * * 1-5", receipts: "* * * * *"}`, `runs: {fetch: "", print: "", receipts: ""}`).Replace(string(text))
	if strings.Count(changed, "certificates_dir") != 1 || !strings.Contains(changed, "retry_schedule") || strings.Contains(changed, "* * * * *") {
		p.t.Fatalf("the demo's configuration has another form:\n%s", changed)
	}
	p.write(site.Config, []byte(changed))
	p.write(p.partner(site, "old.pem"), p.old.Cert)
}

// decryptionKey is a key in config.yaml.
func decryptionKey(name string) string {
	return fmt.Sprintf("{key: ../pki/%s-encryption.key, cert: ../pki/%s-encryption.pem}", name, name)
}

// encryptionKey makes a key and its certificate for contents.
func (p *processes) encryptionKey(name string) {
	p.t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		p.t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, KeyUsage: x509.KeyUsageKeyEncipherment,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(365 * 24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		p.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		p.t.Fatal(err)
	}
	p.keys[name] = sha256.Sum256(der)
	p.write(p.pki(name+"-encryption.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	p.write(p.pki(name+"-encryption.key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
}

// renewKey gives B's authorities another key, the old one behind it.
func (p *processes) renewKey() {
	p.t.Helper()
	text, err := os.ReadFile(p.B.Config)
	if err != nil {
		p.t.Fatal(err)
	}
	p.write(p.B.Config, bytes.ReplaceAll(text, []byte("["+decryptionKey("rz-b")), []byte("["+decryptionKey("rz-b-renewed")+", "+decryptionKey("rz-b"))))
	p.reload()
}

func (p *processes) partner(site demo.Site, name string) string {
	return filepath.Join(filepath.Dir(site.Config), "partner-a", name)
}

// write replaces a file as a careful person does.
func (p *processes) write(path string, data []byte) {
	p.t.Helper()
	err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path+".tmp", data, 0o600), os.Rename(path+".tmp", path))
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *processes) put(folder, name string, data []byte) {
	p.t.Helper()
	p.until("the in folder is there", 20*time.Second, func() bool { _, err := os.Stat(folder); return err == nil })
	p.write(filepath.Join(folder, "."+name), data)
	if err := os.Rename(filepath.Join(folder, "."+name), filepath.Join(folder, name)); err != nil {
		p.t.Fatal(err)
	}
}

// drop is a ZIP of Ersuchen whose authorities are at B.
func (p *processes) drop(seed int64, n int) []byte {
	p.t.Helper()
	var places []sample.Place
	for _, e := range p.Dirs.All(amtshilfe.Test) {
		o, ok := p.Offices[e.Kennung]
		if ok && o.Site == p.B.Name && len(e.Gebiete) > 0 && len(e.Gebiete[0].Orte) > 0 && len(e.Gebiete[0].Einnahmearten) == 0 {
			places = append(places, sample.Place{PLZ: e.Gebiete[0].Orte[0].PLZ[0], Ort: e.Gebiete[0].Orte[0].Ort})
		}
	}
	var b bytes.Buffer
	_, err := sample.WriteZIP(&b, sample.Options{N: n, Seed: seed, Kennung: p.Sender.Kennung, Name: p.Sender.Name, Now: time.Now(), Places: places,
		Fix: func(i int, s *sample.Spec) {
			for k := range s.Schuldner {
				for j := range s.Schuldner[k].Person.Anschriften {
					a := &s.Schuldner[k].Person.Anschriften[j]
					a.Postleitzahl, a.Ort, a.Ortsteil = places[i%len(places)].PLZ, places[i%len(places)].Ort, ""
				}
			}
		}})
	if err != nil {
		p.t.Fatal(err)
	}
	return b.Bytes()
}

func (p *processes) log(name string) string { return filepath.Join(p.Dir, name, "process.log") }

// start starts a part; its log goes to the end of a file.
func (p *processes) start(name string) {
	p.t.Helper()
	program, err := binary()
	if err != nil {
		p.t.Fatal(err)
	}
	args := []string{"serve", "-c", filepath.Join(p.Dir, name, "config.yaml")}
	if name == "register" {
		args = append([]string{"register"}, args...)
	}
	log, err := os.OpenFile(p.log(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		p.t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(program, args...)
	cmd.Stderr = log
	// A group of its own, so that its schema child can be ended with it; it dies with the test.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.running[name] = cmd
}

// kill ends a part without warning, with everything that it started.
func (p *processes) kill(name string) {
	cmd := p.running[name]
	delete(p.running, name)
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	if err := cmd.Wait(); err == nil {
		p.t.Errorf("%s had ended before it was killed", name)
	}
}

// stop ends a part as an operator does.
func (p *processes) stop(name string) {
	cmd := p.running[name]
	if cmd == nil {
		return
	}
	delete(p.running, name)
	_ = cmd.Process.Signal(syscall.SIGTERM)
	stuck := time.AfterFunc(60*time.Second, func() {
		p.t.Errorf("%s does not end", name)
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	})
	err := cmd.Wait()
	if stuck.Stop() && err != nil {
		p.t.Errorf("%s ended with %v", name, err)
	}
}

func (p *processes) stopAll() {
	for _, name := range []string{p.A.Name, p.B.Name, "register"} {
		p.stop(name)
	}
}

func (p *processes) until(what string, patience time.Duration, ok func() bool) {
	p.t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("after %s still not: %s", patience, what)
		}
	}
}

// with opens a gateway's ledger for a moment, as every command does: a process that is killed must not find it open elsewhere.
func (p *processes) with(site demo.Site, f func(*ledger.Ledger) error) {
	p.t.Helper()
	path := filepath.Join(p.Dir, site.Name, "var", "ledger.db")
	if _, err := os.Stat(path); err != nil {
		return // not started yet
	}
	l, err := ledger.Open(path, nil, time.Now)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := errors.Join(f(l), l.Close()); err != nil {
		p.t.Fatal(err)
	}
}

// push asks a gateway to fetch, unless it was asked already; it says whether nothing is left to do.
func (p *processes) push(site demo.Site) (idle bool) {
	p.t.Helper()
	p.with(site, func(l *ledger.Ledger) error {
		work, err := l.Work()
		if err != nil {
			return err
		}
		idle = work.Idle()
		wishes, err := l.Wishes()
		if err != nil || len(wishes) > 0 {
			return err
		}
		_, err = l.Wish("run", "fetch")
		return err
	})
	return idle
}

// play pushes both gateways along, and disturbs them at parts of the way that depend on the work done, not on the time.
func (p *processes) play(s show) {
	p.t.Helper()
	killed, renewed, away, rekeyed := 0, false, false, false
	deadline := time.Now().Add(s.patience)
	for quiet := 0; quiet < 3; time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.stopAll()
			p.t.Fatalf("after %s only %d of %d Ersuchen and %d answers have arrived", s.patience, p.arrived(p.B, "003"), s.messages, p.arrived(p.A, "004"))
		}
		idle := p.push(p.A)
		idle = p.push(p.B) && idle
		there, back := p.arrived(p.B, "003"), p.arrived(p.A, "004")
		way := there + back // of 2 * messages
		switch {
		case killed < s.kills && way >= 2*s.messages*(killed+1)/(s.kills+2):
			killed++
			p.kill(p.B.Name)
			p.start(p.B.Name)
		case !rekeyed && there >= s.messages/4:
			rekeyed = true
			p.renewKey()
			p.put(p.Sender.In, "zweite.zip", p.drop(2, s.messages-s.messages/2)) // some at least must be encrypted for the new one
		case !away && way >= s.messages/2:
			away = true
			p.stop(p.B.Name)
			time.Sleep(s.away)
			p.start(p.B.Name)
		case !renewed && way >= 2*s.messages/3:
			renewed = true
			p.renew()
		}
		if quiet++; !idle || back < s.messages || killed < s.kills || !renewed || !away || !rekeyed {
			quiet = 0
		}
	}
}

// arrived counts messages of a kind in the out folders of a site.
func (p *processes) arrived(site demo.Site, kind string) (n int) {
	for _, o := range p.Offices {
		if o.Site == site.Name {
			files, _ := filepath.Glob(filepath.Join(o.Out, kind+"_*.xml"))
			n += len(files)
		}
	}
	return n
}

// renew replaces A's client certificate while everything runs: the new one is entered at both servers, A uses it, the old one is taken out.
func (p *processes) renew() {
	p.t.Helper()
	sites := []demo.Site{p.A, p.B}
	for _, s := range sites {
		p.write(p.partner(s, "new.pem"), p.new.Cert)
	}
	p.reload()
	for _, s := range sites {
		p.until("the new certificate counts at "+s.Name, 30*time.Second, func() bool { return p.active(s, p.new) == nil })
	}
	p.write(p.pki("rz-a-client.key"), p.new.Key)
	p.write(p.pki("rz-a-client.pem"), p.new.Cert)
	p.reload()
	p.until("A shows its new certificate", 30*time.Second, func() bool {
		text, err := os.ReadFile(p.log(p.A.Name))
		return err == nil && strings.Contains(string(text), `"files replaced, the new ones are in force" what=xta.client`) && strings.Contains(string(text), "msg=reloaded")
	})
	time.Sleep(1600 * time.Millisecond) // what was under way with the old one has ended: its time-out is shorter
	for _, s := range sites {
		if err := os.Remove(p.partner(s, "old.pem")); err != nil {
			p.t.Fatal(err)
		}
	}
	p.reload()
	p.until("B refuses the old certificate", 30*time.Second, func() bool { f, ok := faultOf(p.active(p.B, p.old)); return ok && f.Code == 9014 })
}

// reload is SIGHUP: both would look at their files by themselves, but not at once.
func (p *processes) reload() {
	p.t.Helper()
	for _, s := range []demo.Site{p.A, p.B} {
		p.until(s.Name+" serves", time.Minute, func() bool { return serves(s) })
		if err := p.running[s.Name].Process.Signal(syscall.SIGHUP); err != nil {
			p.t.Fatal(err)
		}
	}
}

func serves(site demo.Site) bool {
	conn, err := net.Dial("tcp", site.Status)
	return err == nil && conn.Close() == nil
}

// active asks a server about A's sender with a certificate.
func (p *processes) active(site demo.Site, pair certs.Pair) error {
	ca, err := os.ReadFile(p.pki("ca.pem"))
	if err != nil {
		return err
	}
	var conf *tls.Config
	if conf, err = certs.ClientTLS(pair, ca); err != nil {
		return err
	}
	c := xta.NewClient(xta.ClientOptions{TLS: conf, Timeout: 5 * time.Second})
	defer c.Close()
	return c.CheckAccountActive(p.t.Context(), "https://"+site.XTA+"/xta/management", xta.Party{Kennung: p.Sender.Kennung})
}

// judge counts, when everything has ended, what arrived and what the ledgers say.
func (p *processes) judge(n int) {
	p.t.Helper()
	sent := map[string]bool{}
	p.with(p.A, func(l *ledger.Ledger) error {
		return p.delivered(l, n, func(d *ledger.Delivery) { sent[d.UUID] = true })
	})
	for uuid, times := range p.uuids(p.B, "003") {
		if times != 1 || !sent[uuid] {
			p.t.Errorf("Ersuchen %s lies %d times at B; sent: %t", uuid, times, sent[uuid])
		}
		delete(sent, uuid)
	}
	if len(sent) > 0 {
		p.t.Errorf("%d Ersuchen never arrived", len(sent))
	}
	answers := map[string]bool{}
	p.with(p.B, func(l *ledger.Ledger) error {
		return p.delivered(l, n, func(d *ledger.Delivery) { answers[d.UUID] = true })
	})
	back := p.uuids(p.A, "004")
	for uuid, times := range back {
		if times != 1 || !answers[uuid] {
			p.t.Errorf("answer %s lies %d times at A; sent: %t", uuid, times, answers[uuid])
		}
	}
	if len(back) != n {
		p.t.Errorf("%d of %d answers are back", len(back), n)
	}
	p.sealed(p.A, n, "rz-a")
	p.sealed(p.B, n, "rz-b", "rz-b-renewed")
	for _, site := range []demo.Site{p.A, p.B} {
		if out, code := gateway(p.t, "verify", "-c", site.Config); code != 0 {
			p.t.Errorf("verify %s: %d\n%s", site.Name, code, out)
		} else {
			p.t.Logf("%s: %s", site.Name, strings.TrimSpace(out))
		}
	}
}

// delivered checks that all messages of a ledger were delivered with a green report.
func (p *processes) delivered(l *ledger.Ledger, n int, each func(*ledger.Delivery)) error {
	drops, err := l.Drops(1 << 20)
	if err != nil {
		return err
	}
	found := 0
	for _, drop := range drops {
		for d, err := range l.AllInDrop(drop.ID) {
			if err != nil {
				return err
			}
			if found++; d.State != amtshilfe.Delivered {
				p.t.Errorf("%s %s is %s, no green report (%+v)", d.ID, d.Kind, d.State, d.Hold)
			}
			each(&d)
		}
	}
	if found != n {
		p.t.Errorf("%d messages in the ledger, want %d", found, n)
	}
	return nil
}

// sealed checks that every message in a site's mailboxes was encrypted for one of these keys, and each key was used.
func (p *processes) sealed(site demo.Site, n int, names ...string) {
	p.t.Helper()
	dir, err := durable.New(nil).OpenDir(filepath.Join(p.Dir, site.Name, "var", "xta"))
	if err != nil {
		p.t.Fatal(err)
	}
	defer dir.Close()
	m, err := xta.OpenMailbox(dir, xta.MailboxOptions{})
	if err != nil {
		p.t.Fatal(err)
	}
	defer m.Close()
	used := map[[32]byte]int{}
	for e, err := range m.All(p.t.Context()) {
		if err != nil {
			p.t.Fatal(err)
		}
		if e.State == "issued" {
			continue // the id of an attempt that ended before anything was sent
		}
		_, content, err := m.Read(p.t.Context(), e.MessageID)
		if err != nil {
			p.t.Fatal(err)
		}
		data, err := content.Sealed()
		if readers := data.Readers(); err != nil || len(readers) != 1 {
			p.t.Errorf("%s is not encrypted for one reader: %d, %v", e.MessageID, len(readers), err)
		} else {
			used[readers[0]]++
		}
	}
	text, total := "", 0
	for _, name := range names {
		if used[p.keys[name]] == 0 {
			p.t.Errorf("%s: nothing was encrypted for %s", site.Name, name)
		}
		text, total = text+fmt.Sprintf(" %d for %s", used[p.keys[name]], name), total+used[p.keys[name]]
	}
	if total != n {
		p.t.Errorf("%s: %d messages were encrypted for its keys, want %d", site.Name, total, n)
	}
	p.t.Logf("%s: encrypted%s", site.Name, text)
}

// uuids counts the messages of a kind in a site's out folders by their nachrichtenUUID.
func (p *processes) uuids(site demo.Site, kind string) map[string]int {
	p.t.Helper()
	found := map[string]int{}
	for _, o := range p.Offices {
		if o.Site != site.Name {
			continue
		}
		files, _ := filepath.Glob(filepath.Join(o.Out, kind+"_*.xml"))
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				p.t.Fatal(err)
			}
			var m struct {
				UUID string `xml:"nachrichtenkopf>nachrichtenUUID"`
			}
			if err := xml.Unmarshal(data, &m); err != nil {
				p.t.Fatal(err)
			}
			found[m.UUID]++
		}
	}
	return found
}

// showLogs gives the last words of all three, and what is not done.
func (p *processes) showLogs() {
	for _, site := range []demo.Site{p.A, p.B} {
		for _, args := range [][]string{{"held", "list"}, {"status"}} {
			program, err := binary()
			if err != nil {
				p.t.Fatal(err)
			}
			out, err := exec.Command(program, append([]string{"-c", site.Config}, args...)...).CombinedOutput()
			p.t.Logf("%s %v: %v\n%s", site.Name, args, err, out)
		}
	}
	for _, name := range []string{"register", p.A.Name, p.B.Name} {
		text, _ := os.ReadFile(p.log(name))
		p.t.Logf("%s:\n%s", name, text[max(0, len(text)-4000):])
	}
}
