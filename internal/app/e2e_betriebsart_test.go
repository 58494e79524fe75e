package app_test

import (
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/pipeline"
	"damtshilfe/printstreet"
)

var betriebsarten = []amtshilfe.Betriebsart{amtshilfe.Produktion, amtshilfe.Test, amtshilfe.Schulung}

// TestBetriebsart: 10 000 random combinations of Betriebsart over account, message, register entry, print profile and XTA reader; what
// reaches any sink has the same one in all of them.
func TestBetriebsart(t *testing.T) {
	t.Parallel()
	requests, perDrop, follow := 10_000, 100, 30
	if testing.Short() {
		requests, perDrop, follow = 1_000, 20, 5
	}
	m := newMixture(t)
	for range requests / perDrop {
		m.drop(t, perDrop)
	}
	m.rest(t)
	m.follow(t, m.all(t), follow)
	m.rest(t)
	t.Run("a profile that changed its Betriebsart gets nothing", func(t *testing.T) { m.crossedProfiles(t) })
	if _, failed, err := m.Print(t.Context()); err != nil || failed > 0 {
		t.Errorf("print: %d failed, %v", failed, err)
	}
	byUUID, bundles := map[string]ledger.Delivery{}, map[amtshilfe.BundleID]ledger.Bundle{}
	list := m.all(t)
	for _, d := range list {
		byUUID[d.UUID] = d
	}
	known, err := m.ledger.Bundles(100_000)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range known {
		bundles[b.ID] = b
	}
	reached := map[string]int{}
	for _, d := range list {
		reached[m.judge(t, d, byUUID, bundles)]++
	}
	t.Log(reached)
	for _, b := range betriebsarten {
		for _, sink := range []string{"xta", "post"} {
			if reached[sink+" "+string(b)] == 0 {
				t.Errorf("nothing reached %s of %s: the test shows nothing", sink, b)
			}
		}
	}
	if len(list) != requests+2*len(m.accounts)*follow || len(m.out.sent) != reached["xta produktion"]+reached["xta test"]+reached["xta schulung"] {
		t.Errorf("%d messages, %d sent: %v", len(list), len(m.out.sent), reached)
	}
}

// crossedProfiles: the print run asks the ledger again in the transaction that ties letters to a bundle.
func (m *mixture) crossedProfiles(t *testing.T) {
	crossed := m.cfg
	crossed.Profiles = map[string]printstreet.Profile{}
	for i, b := range betriebsarten {
		p := m.cfg.Profiles[string(b)]
		p.Betriebsart = betriebsarten[(i+1)%len(betriebsarten)]
		crossed.Profiles[p.Name] = p
	}
	done, failed, err := pipeline.New(crossed, m.deps).Print(t.Context())
	if bundles, listErr := m.ledger.Bundles(10); done > 0 || failed == 0 || err == nil || listErr != nil || len(bundles) > 0 {
		t.Errorf("%d bundles done, %d refused, %v; %v", done, failed, err, bundles)
	}
}

// judge looks at one message at rest, and says where it ended up.
func (m *mixture) judge(t *testing.T, d ledger.Delivery, byUUID map[string]ledger.Delivery, bundles map[amtshilfe.BundleID]ledger.Bundle) string {
	t.Helper()
	a := m.asked[d.UUID]
	want := a.account
	if want == amtshilfe.Produktion && a.flag {
		want = amtshilfe.Test // a message can only lower it
	}
	mayGo := a.account == amtshilfe.Produktion || a.flag
	wrong := func(format string, args ...any) {
		t.Errorf("%s %s of a %s account (flag %v): "+format, append([]any{d.ID, d.Kind, a.account, a.flag}, args...)...)
	}
	if d.Betriebsart != want && mayGo {
		wrong("has Betriebsart %s", d.Betriebsart)
	}
	if (a.mixed || !mayGo) && d.State != amtshilfe.Rejected {
		wrong("is %s", d.State)
	}
	if a.about != "" {
		request := byUUID[a.about]
		if d.State != amtshilfe.Rejected && request.Betriebsart != d.Betriebsart {
			wrong("follows a request of %s and is %s", request.Betriebsart, d.State)
		}
	} else if d.State == amtshilfe.Withdrawn && !m.withdrawnByItsOwn(d) {
		wrong("was withdrawn by a message of another Betriebsart")
	}
	switch d.State {
	case amtshilfe.Resolved, amtshilfe.Reserved, amtshilfe.Sending, amtshilfe.Sent, amtshilfe.Delivered:
		p, sent := m.out.sent[d.MessageID]
		if !sent || !strings.HasSuffix(d.Behoerde.Name, "("+string(want)+")") || p.host != "rz-"+string(want)+".example" || !strings.HasSuffix(p.reader, ":"+string(want)) || p.test != (want != amtshilfe.Produktion) {
			wrong("is %s and went to %q as %+v", d.State, d.Behoerde.Name, p)
		}
		return "xta " + string(want)
	case amtshilfe.Bundled, amtshilfe.Spooled:
		b := bundles[d.Sendung.Bundle]
		if b.Betriebsart != want || b.Profile != string(want) || !strings.HasSuffix(d.Behoerde.Name, "("+string(want)+")") {
			wrong("is %s for %q in a bundle of %s for profile %s", d.State, d.Behoerde.Name, b.Betriebsart, b.Profile)
		}
		return "post " + string(want)
	}
	return string(d.State)
}

// withdrawnByItsOwn says that one of the withdrawals of a request had its Betriebsart.
func (m *mixture) withdrawnByItsOwn(d ledger.Delivery) bool {
	for _, a := range m.asked {
		lowered := a.account
		if lowered == amtshilfe.Produktion && a.flag {
			lowered = amtshilfe.Test
		}
		if a.about == d.UUID && lowered == d.Betriebsart {
			return true
		}
	}
	return false
}
