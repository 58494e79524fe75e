package app_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/attachment"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/register"
	"damtshilfe/internal/sample"
	"damtshilfe/internal/xta"
	"damtshilfe/mapping"
	"damtshilfe/printstreet"
	"damtshilfe/spool"
)

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
	reader := attachment.NewReader()
	t.Cleanup(func() { reader.Close() })
	m.deps.Attachments = reader
	m.Pipeline = pipeline.New(m.cfg, m.deps)
	if err := m.ReleasePrint(string(amtshilfe.Produktion), pipeline.Decision{Wer: "meier", Grund: "-"}); err != nil {
		t.Fatal(err)
	}
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
	for deadline := time.Now().Add(5 * time.Minute); ; {
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
