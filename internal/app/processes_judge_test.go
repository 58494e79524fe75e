package app_test

import (
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/demo"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/xta"
)

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
