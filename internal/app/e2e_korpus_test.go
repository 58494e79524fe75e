package app_test

import (
	"cmp"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/config"
	"damtshilfe/internal/demo"
	"damtshilfe/internal/ledger"
)

// TestKorpus drops every file of the corpus into a running gateway: each gets the receipts that its .befunde says, nothing is stuck,
// and ledger and files agree in the end. With -update the .befunde are written; they are to be read before they are believed.
func TestKorpus(t *testing.T) {
	t.Parallel()
	began := time.Now()
	clock := func() time.Time { return korpusTag.Add(time.Since(began)) }
	orte, err := filepath.Abs(filepath.Join(korpusDir, "grundlagen", "orte.csv"))
	if err != nil {
		t.Fatal(err)
	}
	log := &logBuffer{}
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w := startAt(t, app.Options{Now: clock, Log: logger}, func(w *demo.World, site string, c *config.Config) {
		c.Intake.Orte = orte
		for i := range c.Participants {
			if c.Participants[i].Account == w.Sender.Account {
				c.Participants[i].IBANs = korpusIBANs
			}
		}
	})
	k := &korpusRun{world: w, drops: map[string]ledger.Drop{}}
	files := korpus()
	if testing.Short() {
		sampled(files)
	}
	for p := range 3 {
		k.play(t, p, files)
	}
	var receipts []string
	for _, path := range sortedKeys(k.drops) {
		t.Run(path, func(t *testing.T) { receipts = append(receipts, k.judge(t, path)...) })
	}
	t.Run("every receipt is valid", func(t *testing.T) { lint(t, receipts...) })
	t.Run("what claims to be another's is in the audit", func(t *testing.T) { k.audited(t) })
	t.Run("nobody's data is shown", func(t *testing.T) { k.geheim(t, log) })
	t.Run("nothing is stuck", func(t *testing.T) { k.stuck(t) })
	t.Run("ledger and files agree", func(t *testing.T) { w.verify(t) })
}

// sampled leaves every twelfth file of a folder, and all that others refer to.
func sampled(files map[string][]byte) {
	for i, path := range sortedKeys(files) {
		if i%12 > 0 && !strings.HasPrefix(path, "grundlagen/") && !strings.HasPrefix(path, "faelle/") {
			delete(files, path)
		}
	}
}

// korpusRun is the corpus in a world.
type korpusRun struct {
	*world
	drops map[string]ledger.Drop // by path, as they are at rest
}

// office drops the file: the ersuchte Behoerde where it says so, else the sender.
func (k *korpusRun) office(path string) demo.Office {
	if strings.Contains(path, "-von-der-ersuchten-behoerde") {
		return k.Offices[kiel]
	}
	return k.Sender
}

// gatewayOf is the one that has the office's account.
func (k *korpusRun) gatewayOf(o demo.Office) *app.Gateway {
	if o.Site == k.A.Name {
		return k.a
	}
	return k.b
}

// dropName is the corpus path as a name in an in folder.
func dropName(path string) string { return strings.ReplaceAll(path, "/", "-") }

// play drops the files of one phase and waits until all is at rest.
func (k *korpusRun) play(t *testing.T, p int, files map[string][]byte) {
	t.Helper()
	var paths []string
	for _, path := range sortedKeys(files) {
		if phase(path) == p && filepath.Ext(path) != ".csv" {
			paths = append(paths, path)
			k.put(t, k.office(path).In, dropName(path), files[path])
		}
	}
	deadline := time.Now().Add(time.Minute)
	for _, path := range paths {
		o := k.office(path)
		for k.find(t, o, path).ID == "" {
			if time.Now().After(deadline) {
				t.Fatalf("%s was not taken in", path)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	k.settle(t, 0)
	for _, path := range paths {
		k.drops[path] = k.find(t, k.office(path), path)
	}
}

// find gives the drop of a path; zero if it is not there yet.
func (k *korpusRun) find(t *testing.T, o demo.Office, path string) ledger.Drop {
	t.Helper()
	list, err := k.gatewayOf(o).Ledger.Drops(10_000)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(d ledger.Drop) bool { return d.Name == dropName(path) && d.Account == o.Account })
	if i < 0 {
		return ledger.Drop{}
	}
	return list[i]
}

// judge compares what became of a file with its .befunde, and what its receipts say with the ledger; it gives the receipts.
func (k *korpusRun) judge(t *testing.T, path string) (receipts []string) {
	o := k.office(path)
	d := k.find(t, o, path)
	list := messages(t, k.gatewayOf(o).Ledger, d.ID)
	first, file := receipt(t, o.Out, d, 1)
	told := first.codes()
	for n := 1; ; n++ {
		if receipts = append(receipts, file); n == d.Receipts {
			break
		}
		var next receiptXML
		next, file = receipt(t, o.Out, d, n+1)
		told = append(told, next.codes()...)
	}
	golden := filepath.Join(korpusDir, path+".befunde")
	got := befunde(d, first.Ergebnis, list)
	if *update {
		if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || string(want) != got {
		t.Errorf("%v; got\n%swant\n%s", err, got, want)
	}
	k.compare(t, d, list, told)
	return receipts
}

// compare holds the codes that the receipts told against those of the ledger: none is missing, none made up.
func (k *korpusRun) compare(t *testing.T, d ledger.Drop, list []ledger.Delivery, told []string) {
	t.Helper()
	known := map[string]bool{}
	for _, f := range d.Findings {
		known[f.Code] = true
	}
	if d.Question != nil {
		known[d.Question.Code] = true
	}
	for _, m := range list {
		for _, f := range m.Findings {
			known[f.Code] = true
		}
		if m.Hold != nil {
			known[m.Hold.Code] = true
		}
	}
	if len(d.Findings)+len(list) == 0 && len(told) == 0 { // a duplicate drop names the first and nothing else
		return
	}
	said := map[string]bool{}
	for _, code := range told {
		said[code] = true
	}
	for code := range known {
		if !said[code] {
			t.Errorf("no receipt tells %s", code)
		}
	}
	for code := range maps.Keys(said) {
		if !known[code] && !strings.Contains(d.Name, "wartet") { // its question is answered by the 008
			t.Errorf("a receipt tells %s, the ledger does not", code)
		}
	}
}

// befunde is what a .befunde shows.
func befunde(d ledger.Drop, ergebnis string, list []ledger.Delivery) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Lieferung %s, Quittung %s\n", d.State, ergebnis)
	show := func(findings []amtshilfe.Finding) {
		for _, f := range findings {
			fmt.Fprintf(&b, "  %d:%d %s %s %s\n      %s\n", f.Line, f.Column, f.Severity, f.Code, cmp.Or(f.Path, "-"), f.Text)
		}
	}
	ask := func(q *amtshilfe.Question) {
		if q != nil {
			fmt.Fprintf(&b, "  Frage %s an %s\n      %s\n", q.Code, q.Owner, q.Text)
		}
	}
	show(d.Findings)
	ask(d.Question)
	for _, m := range list {
		fmt.Fprintf(&b, "%d %s %s\n", m.ID.Seq, m.State, cmp.Or(m.Position.Entry, "-"))
		show(m.Findings)
		ask(m.Hold)
	}
	return b.String()
}

// stuck: nothing is in flight, and what is held has an owner, a term and a sentence.
func (k *korpusRun) stuck(t *testing.T) {
	for _, g := range []*app.Gateway{k.a, k.b} {
		if work, err := g.Ledger.Work(); err != nil || !work.Idle() {
			t.Errorf("%+v %v", work, err)
		}
	}
	answerable := func(path string, q *amtshilfe.Question) {
		if q == nil || q.Owner == "" || q.Text == "" || !q.Until.After(korpusTag) {
			t.Errorf("%s is held by %+v", path, q)
		}
	}
	for path, d := range k.drops {
		if d.State == amtshilfe.DropConflict {
			answerable(path, d.Question)
		}
		for _, m := range messages(t, k.gatewayOf(k.office(path)).Ledger, d.ID) {
			if m.State == amtshilfe.Held {
				answerable(path, m.Hold)
			}
		}
	}
	for _, o := range k.Offices {
		if left, err := os.ReadDir(o.In); err != nil || len(left) > 0 {
			t.Errorf("left in the in folder of %s: %v %v", o.Account, left, err)
		}
	}
}

// audited: ABS-FREMD is a security entry of the audit (profil.md 2).
func (k *korpusRun) audited(t *testing.T) {
	want := 0
	for path := range k.drops {
		golden, err := os.ReadFile(filepath.Join(korpusDir, path+".befunde"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(golden), " ABS-FREMD ") {
			want++
		}
	}
	rows, err := k.a.Ledger.Audit("security", 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Who != k.Sender.Account || !strings.Contains(r.Grund, "ABS-FREMD") {
			t.Errorf("audit row %+v", r)
		}
	}
	if len(rows) != want || want == 0 && !testing.Short() {
		t.Errorf("%d security entries, want %d", len(rows), want)
	}
}
