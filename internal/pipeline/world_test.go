package pipeline_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/attachment"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/sample"
	"damtshilfe/internal/xenc"
	"damtshilfe/mapping"
	"damtshilfe/printstreet"
	"damtshilfe/spool"
)

// world is a pipeline with a real ledger, spool, packs, rules and letters; the parties around it are fakes, and the clock only moves
// when the test says so.
type world struct {
	*pipeline.Pipeline
	t      *testing.T
	dir    string
	now    time.Time
	cfg    pipeline.Config
	deps   pipeline.Deps
	ledger *ledger.Ledger
	spool  *spool.Spool
	xta    *partner
	reg    *directory
	box    *mailbox
	keys   xenc.Keyring // of the account
	schema anything
	// scanner looks at attachments, nil = nobody does.
	scanner func([]byte) (bool, error)
	// reader reads attachments, nil = nobody does.
	reader  pipeline.Attachments
	log     strings.Builder
	drops   int
	hook    durable.Hook    // told of every durable step, nil = nobody
	post    pipeline.Sender // nil = xta
	revoked *certs.Revoked  // nil = none
	// shuffle gives the order in which the lanes get their turns, nil = as a message goes through them.
	shuffle func() []int
}

const (
	account = "stadt-a"
	own     = sample.DefaultKennung
	theirs  = "vb:1"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newWorld makes a world; change may alter its configuration.
func newWorld(t *testing.T, change ...func(*pipeline.Config)) *world {
	t.Helper()
	w := &world{t: t, dir: fast(t), now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC), xta: &partner{}, reg: &directory{kanal: electronic}, box: &mailbox{}}
	w.cfg = worldConfig()
	for _, f := range change {
		f(&w.cfg)
	}
	w.open()
	t.Cleanup(w.close)
	return w
}

func worldConfig() pipeline.Config {
	return pipeline.Config{Limits: mapping.DropLimits{}, Profiles: map[string]printstreet.Profile{"std": printstreet.TestProfile()}, DurableInbox: map[string]bool{"std": true},
		MailboxURL: "https://own.example/box",
		Operator:   sample.Akteur("rz:a", "Rechenzentrum A", "-"), Produkt: mapping.Produkt{Name: "Gateway", Hersteller: "RZ A", Version: "0"},
		Accounts: []pipeline.Account{{Name: account, Title: "Stadtkasse", Betriebsart: amtshilfe.Test, Kennungen: []string{own}, PrintProfile: "std"}}}
}

// fast is a directory in memory if there is one: none of this has to outlive the test.
func fast(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "pipeline-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// open opens everything, as a process does when it starts.
func (w *world) open() {
	w.t.Helper()
	clock := func() time.Time { return w.now }
	var err error
	w.spool, err = spool.Open(spool.Options{DataDir: w.dir, Disk: durable.New(w.hook), Now: clock, Settle: time.Second})
	must(w.t, err)
	for _, a := range w.cfg.Accounts {
		must(w.t, w.spool.AddAccount(a.Name, spool.Settle))
	}
	for name := range w.cfg.Profiles {
		_, err := w.spool.AddProfile(name)
		must(w.t, err)
	}
	w.ledger, err = ledger.Open(filepath.Join(w.dir, "ledger.db"), w.hook, clock)
	must(w.t, err)
	packs, err := mapping.Builtin()
	must(w.t, err)
	w.deps = pipeline.Deps{Keys: func(string) xenc.Keyring { return w.keys }, Ledger: w.ledger, Spool: w.spool, Packs: packs, Schema: &w.schema, Register: w.reg, Sender: w.xta, Fetcher: w.box,
		Log: slog.New(slog.NewTextHandler(&w.log, nil)), Now: clock}
	if w.post != nil {
		w.deps.Sender = w.post
	}
	if w.reader == nil {
		w.reader = &reads{report: attachment.Report{Pages: 1}}
	}
	w.deps.ScanPDF, w.deps.Attachments, w.deps.Revoked = w.scanner, w.reader, w.revoked
	w.Pipeline = pipeline.New(w.cfg, w.deps)
}

func (w *world) close() {
	must(w.t, w.ledger.Close())
	must(w.t, w.spool.Close())
}

// restart ends the process and starts it again.
func (w *world) restart() {
	w.t.Helper()
	w.close()
	w.open()
	must(w.t, w.Recover())
}

func (w *world) later(d time.Duration) { w.now = w.now.Add(d) }

// work lets the lanes do what is due.
func (w *world) work() {
	w.t.Helper()
	var order []int
	if w.shuffle != nil {
		order = w.shuffle()
	}
	if err := w.Work(context.Background(), order); err != nil {
		w.t.Log(err)
	}
}

// put lays a file into the account's in folder, waits until it counts as complete, and claims it.
func (w *world) put(data []byte) amtshilfe.DropID {
	w.t.Helper()
	w.drops++
	must(w.t, os.WriteFile(filepath.Join(w.dir, "accounts", account, "in", fmt.Sprintf("drop-%d.xml", w.drops)), data, 0o600))
	for range 2 {
		_, err := w.Scan(context.Background(), account)
		must(w.t, err)
		w.later(2 * time.Second)
	}
	list, err := w.ledger.Drops(1)
	must(w.t, err)
	return list[0].ID
}

// ersuchen is the n-th request; its debtor lives where the directory knows somebody.
func (w *world) ersuchen(n int, change ...func(*sample.Spec)) []byte {
	o := sample.Options{N: 1, Seed: int64(n), Now: w.now, Fix: func(_ int, s *sample.Spec) {
		for _, f := range change {
			f(s)
		}
	}}
	for m := range sample.Generate(o) {
		return slices.Clone(m.XML)
	}
	panic("no message")
}

// follow is a message of kind about the n-th request.
func (w *world) follow(kind amtshilfe.Kind, n int) []byte {
	return sample.Follow(kind, w.about(n, sample.Kopf(int64(1000*n+int(kind)), 1, w.now, sample.Akteur(own, "Stadtkasse", "AZ-1"))))
}

// about describes a message about the n-th request and its claims.
func (w *world) about(n int, kopf amtshilfe.Nachrichtenkopf) sample.FollowSpec {
	return sample.About(sample.New(sample.Options{Seed: int64(n), Now: w.now}, 0), kopf)
}

// sent drops a request and lets it go as far as it goes now.
func (w *world) sent(n int) amtshilfe.DeliveryID {
	w.t.Helper()
	id := amtshilfe.DeliveryID{Drop: w.put(w.ersuchen(n)), Seq: 1}
	w.work()
	return id
}

func (w *world) get(id amtshilfe.DeliveryID) ledger.Delivery {
	w.t.Helper()
	d, err := w.ledger.Delivery(id)
	must(w.t, err)
	return d
}

// is says that the delivery is in the state, and held for this reason.
func (w *world) is(id amtshilfe.DeliveryID, state amtshilfe.State, code ...string) {
	w.t.Helper()
	d := w.get(id)
	var codes []string
	if d.Hold != nil {
		codes = append(codes, d.Hold.Code)
	}
	for _, f := range d.Findings {
		codes = append(codes, f.Code)
	}
	if d.State != state || len(code) > 0 && code[0] != "" && !slices.Contains(codes, code[0]) {
		w.t.Errorf("%s is %s %v, want %s %v\n%s", id, d.State, codes, state, code, w.log.String())
	}
}

// out lists what lies in the account's out folder.
func (w *world) out() []string {
	w.t.Helper()
	entries, err := os.ReadDir(filepath.Join(w.dir, "accounts", account, "out"))
	must(w.t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func (w *world) read(name string) string {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.dir, "accounts", account, "out", name))
	must(w.t, err)
	return string(data)
}

// pause is longer than the first pause after a failure, and all that is added to it.
func (w *world) pause() time.Duration { return 73 * time.Second }
