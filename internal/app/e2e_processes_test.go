package app_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/demo"
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
	if os.Getenv("DAMT_TORTURE") == "all" {
		return show{1000, 10, 20 * time.Second, 40 * time.Minute}
	}
	return show{40, 2, 2 * time.Second, 3 * time.Minute}
}

// TestThreeProcesses: an authority server and two gateways as users have them, three processes of the real program. A's Ersuchen go to
// authorities at B, each is answered with a 004. Meanwhile B is killed and restarted, is not there for a while, and A's client
// certificate is replaced with an overlap, and B's authorities get another encryption key. In the end everything was delivered once, all reports are green, all answers are back.
func TestThreeProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("not in short tests: the processes are the program as it is, without the race detector")
	}
	s := sizeOfShow()
	p := newProcesses(t)
	began := time.Now()
	p.put(p.Sender.In, "erste.zip", p.drop(1, s.messages/2))
	p.play(s)
	p.stopAll()
	p.judge(s.messages)
	t.Logf("%d Ersuchen and their answers in %s: B killed %d times, away once, A's certificate and B's encryption key renewed", s.messages, time.Since(began).Round(100*time.Millisecond), s.kills)
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
