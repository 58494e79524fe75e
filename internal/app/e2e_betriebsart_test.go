package app_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/register"
	"damtshilfe/internal/sample"
	"damtshilfe/internal/schema"
	"damtshilfe/internal/xta"
	"damtshilfe/mapping"
	"damtshilfe/printstreet"
	"damtshilfe/spool"
)

var betriebsarten = []amtshilfe.Betriebsart{amtshilfe.Produktion, amtshilfe.Test, amtshilfe.Schulung}

// mixture is a gateway in which everything has a random Betriebsart: real ledger, spool, packs, rules, directory and letters; the
// sender keeps what it is given, and schemas are somebody else's test. What a name belongs to is part of the name, so that every sink
// shows where it got its messages from: hosts rz-<b>, readers <place>:<b>, print profiles <b>.
type mixture struct {
	*pipeline.Pipeline
	ledger   *ledger.Ledger
	spool    *spool.Spool
	cfg      pipeline.Config
	deps     pipeline.Deps
	accounts []pipeline.Account
	register *register.Directory
	places   []sample.Place
	rng      *rand.Rand
	out      *outbox
	asked    map[string]asked // by UUID
	drops    int
}

// asked is what was dropped.
type asked struct {
	account amtshilfe.Betriebsart
	flag    bool
	mixed   bool   // its drop holds messages with and without the flag
	about   string // UUID of its 003, "" = it is one
}

// outbox is the Sender: it takes everything, and remembers what the envelope said.
type outbox struct {
	mu   sync.Mutex
	next int
	sent map[string]posted // by MessageID
}

type posted struct {
	host, reader string
	test         bool
}

func (*outbox) Pin(string, []string) error { return nil }

func (*outbox) LookupService(context.Context, string, xta.Party, xta.Party, string) (xta.Availability, error) {
	return xta.ServiceAvailable, nil
}

func (o *outbox) CreateMessageID(context.Context, string, xta.Party) (string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.next++
	return fmt.Sprintf("urn:de:xta:messageid:probe:%d", o.next), nil
}

var (
	testMsg  = regexp.MustCompile(`TestMsg="(\w+)"`)
	inReader = regexp.MustCompile(`(?s)<oscimeta:Reader>.*?<oscimeta:Identifier[^>]*>([^<]*)<`)
	inID     = regexp.MustCompile(`urn:de:xta:messageid:probe:\d+`)
)

func (o *outbox) Send(_ context.Context, r xta.Request) error {
	u, err := url.Parse(r.URL)
	if err != nil {
		return err
	}
	test, reader := testMsg.FindSubmatch(r.Body), inReader.FindSubmatch(r.Body)
	if test == nil || reader == nil {
		return fmt.Errorf("no flag or reader in %s", r.Body)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sent[string(inID.Find(r.Body))] = posted{host: u.Host, reader: string(reader[1]), test: string(test[1]) == "true"}
	return nil
}

func (*outbox) TransportReport(context.Context, string, xta.Party, string) (xta.Report, error) {
	return xta.Report{Status: xta.StatusGreen}, nil
}

// ask is the Register: the real directory without the network.
type ask struct{ d *register.Directory }

func (a ask) LookupAll(_ context.Context, questions []register.Question) ([]amtshilfe.Zustaendigkeit, error) {
	list := make([]amtshilfe.Zustaendigkeit, len(questions))
	for i, q := range questions {
		list[i] = a.d.Lookup(q.Einnahmeart, q.Anschrift, q.Betriebsart)
	}
	return list, nil
}

func (a ask) ByKennung(_ context.Context, kennung string, b amtshilfe.Betriebsart) (amtshilfe.Zustaendigkeit, error) {
	return a.d.ByKennung(kennung, b), nil
}

// anything is the Schema.
type anything struct{}

func (anything) Validate(_ context.Context, _ string, docs [][]byte) ([][]schema.Violation, error) {
	return make([][]schema.Violation, len(docs)), nil
}

func newMixture(t *testing.T) *mixture {
	t.Helper()
	m := &mixture{rng: rand.New(rand.NewPCG(7, 7)), out: &outbox{sent: map[string]posted{}}, asked: map[string]asked{}, places: sample.DefaultPlaces()[:40]}
	m.register = m.directory(t)
	packs, err := mapping.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	dir := memory(t)
	if m.spool, err = spool.Open(spool.Options{DataDir: dir, Settle: time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.spool.Close() })
	if m.ledger, err = ledger.Open(filepath.Join(dir, "ledger.db"), nil, time.Now); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.ledger.Close() })
	m.cfg = pipeline.Config{Profiles: map[string]printstreet.Profile{}, DurableInbox: map[string]bool{}, ReportSchedule: []time.Duration{time.Millisecond},
		ScanEvery: 20 * time.Millisecond, Poll: 20 * time.Millisecond, SlotsPerDest: 16}
	for _, b := range betriebsarten {
		p := printstreet.TestProfile()
		p.Name, p.Betriebsart = string(b), b
		m.cfg.Profiles[p.Name] = p
		if m.cfg.DurableInbox[p.Name], err = m.spool.AddProfile(p.Name); err != nil {
			t.Fatal(err)
		}
		for _, prints := range betriebsarten {
			a := pipeline.Account{Name: string(b) + "-druckt-" + string(prints), Title: "Kasse", Betriebsart: b, PrintProfile: string(prints)}
			a.Kennungen = []string{"kasse:" + a.Name}
			m.accounts = append(m.accounts, a)
			if err := m.spool.AddAccount(a.Name, spool.Settle); err != nil {
				t.Fatal(err)
			}
		}
	}
	m.cfg.Accounts = m.accounts
	m.deps = pipeline.Deps{Ledger: m.ledger, Spool: m.spool, Packs: packs, Schema: anything{}, Register: ask{m.register}, Sender: m.out, Log: slog.New(slog.DiscardHandler), Now: time.Now}
	m.Pipeline = pipeline.New(m.cfg, m.deps)
	return m
}

// memory is a directory that no fsync slows down, where there is one with room: nothing here is about durability.
func memory(t *testing.T) string {
	t.Helper()
	const shm, room = "/dev/shm", 1 << 30
	var fs syscall.Statfs_t
	if err := syscall.Statfs(shm, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < room {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp(shm, "betriebsart-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// directory has, for every place, authorities in some of the Betriebsarten, each with its own way; half of them share their kennung
// with the other Betriebsarten of the place.
func (m *mixture) directory(t *testing.T) *register.Directory {
	t.Helper()
	f := register.File{Version: "probe", Stand: time.Now()}
	for _, b := range betriebsarten {
		f.Rechenzentren = append(f.Rechenzentren, register.Rechenzentrum{Kennung: "rz:" + string(b), Management: "https://rz-" + string(b) + ".example/m", Send: "https://rz-" + string(b) + ".example/s"})
	}
	for i, p := range m.places {
		for _, b := range betriebsarten {
			if m.rng.IntN(10) < 3 {
				continue
			}
			kennung := fmt.Sprintf("amt:%d", i)
			if m.rng.IntN(2) == 0 {
				kennung += "-" + string(b)
			}
			e := register.Eintrag{Kennung: kennung, Name: "Amt (" + string(b) + ")", Betriebsart: b, Anschrift: register.Anschrift{Postleitzahl: p.PLZ, Ort: p.Ort},
				Anschriftzeilen: []string{p.PLZ + " " + p.Ort}, Gebiete: []register.Gebiet{{Orte: []register.Ort{{Ort: p.Ort, PLZ: []string{p.PLZ}}}}}}
			switch m.rng.IntN(8) {
			case 0, 1, 2:
				e.Kanaele = []register.Kanal{{Art: amtshilfe.KanalXTA, Adresse: kennung + ":" + string(b), Rechenzentrum: "rz:" + string(b), Dienst: xta.ServiceURI}}
			case 3, 4, 5:
				e.Kanaele = []register.Kanal{{Art: amtshilfe.KanalPost}}
			case 6:
				e.Kanaele = []register.Kanal{{Art: amtshilfe.KanalEGVP}}
			default:
				e.Kanaele = []register.Kanal{{Art: amtshilfe.KanalKeiner}}
			}
			f.Behoerden = append(f.Behoerden, e)
		}
	}
	d, err := register.New(f)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// drop puts n random requests of one account into its in folder, as one ZIP.
func (m *mixture) drop(t *testing.T, n int) {
	t.Helper()
	a := m.accounts[m.rng.IntN(len(m.accounts))]
	flag, mixed := m.rng.IntN(2) == 0, m.rng.IntN(20) == 0
	m.drops++
	seed := int64(10_000 + m.drops)
	var entries []any
	for i := range n {
		p := m.places[m.rng.IntN(len(m.places))]
		s := sample.New(sample.Options{N: n, Seed: seed, Kennung: a.Kennungen[0], Now: time.Now()}, i)
		moveTo(s, p)
		s.Kopf.Test = flag != (mixed && i == 0)
		if m.rng.IntN(10) == 0 {
			all := m.register.All("")
			s.Wunschempfaenger, s.WunschGrund = all[m.rng.IntN(len(all))].Kennung, "Bitte an diese Stelle."
		}
		m.asked[s.Kopf.UUID] = asked{account: a.Betriebsart, flag: s.Kopf.Test, mixed: mixed}
		entries = append(entries, fmt.Sprintf("%d.xml", i), s.XML())
	}
	m.take(t, a, fmt.Sprintf("%d.zip", m.drops), zipped(entries...))
}

// follow drops withdrawals of n random requests of each account, once with and once without the flag.
func (m *mixture) follow(t *testing.T, list []ledger.Delivery, n int) {
	t.Helper()
	byAccount := map[string][]ledger.Delivery{}
	for _, d := range list {
		byAccount[d.Account] = append(byAccount[d.Account], d)
	}
	for _, a := range m.accounts {
		for _, flag := range []bool{false, true} {
			m.drops++
			var entries []any
			for i := range n {
				d := byAccount[a.Name][m.rng.IntN(len(byAccount[a.Name]))]
				kopf := sample.Kopf(int64(10_000+m.drops), i, time.Now(), sample.Akteur(d.Absender, "Kasse", "Z"))
				kopf.Test = flag
				m.asked[kopf.UUID] = asked{account: a.Betriebsart, flag: flag, about: d.UUID}
				entries = append(entries, fmt.Sprintf("%d.xml", i), sample.Einstellung(sample.FollowSpec{Kopf: kopf, Bezug: amtshilfe.Bezug{UUID: d.UUID, Ersuchen: d.UUID}, Text: "Bezahlt."}))
			}
			m.take(t, a, fmt.Sprintf("%d.zip", m.drops), zipped(entries...))
		}
	}
}

// take claims a file as an SFTP upload is claimed.
func (m *mixture) take(t *testing.T, a pipeline.Account, name string, data []byte) {
	t.Helper()
	u, err := m.spool.NewUpload(a.Name, name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.WriteAt(data, 0); err != nil {
		t.Fatal(err)
	}
	c, err := u.Candidate()
	if err == nil {
		_, err = m.Claim([]spool.Candidate{c})
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := u.Discard(); err != nil {
		t.Fatal(err)
	}
}

// rest lets the lanes work until only letters wait to be printed.
func (m *mixture) rest(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	for deadline := time.Now().Add(2 * time.Minute); ; {
		w, err := m.ledger.Work()
		if err != nil {
			t.Fatal(err)
		}
		waiting := m.moving(t)
		if w.Drops == 0 && w.Receipts == 0 && waiting == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still at work: %+v, %d deliveries", w, waiting)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// moving counts what goes on without a print run.
func (m *mixture) moving(t *testing.T) int {
	t.Helper()
	totals, err := m.ledger.Totals()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, c := range totals {
		switch c.State {
		case amtshilfe.Valid, amtshilfe.Reserved, amtshilfe.Sending, amtshilfe.Sent:
			n += c.N
		}
	}
	for _, lane := range []ledger.Lane{ledger.LaneResolve, ledger.LaneSend} {
		due, err := m.ledger.Due(lane, 1)
		if err != nil {
			t.Fatal(err)
		}
		n += len(due)
	}
	return n
}

func (m *mixture) all(t *testing.T) []ledger.Delivery {
	t.Helper()
	drops, err := m.ledger.Drops(100_000)
	if err != nil {
		t.Fatal(err)
	}
	var list []ledger.Delivery
	for _, d := range drops {
		for one, err := range m.ledger.AllInDrop(d.ID) {
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, one)
		}
	}
	return list
}

// TestBetriebsart: 10 000 random combinations of Betriebsart over account, message, register entry, print profile and XTA reader; what
// reaches any sink has the same one in all of them.
func TestBetriebsart(t *testing.T) {
	requests, follow := 10_000, 30
	if testing.Short() {
		requests = 2_000
	}
	m := newMixture(t)
	for range requests / 100 {
		m.drop(t, 100)
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
