package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/config"
	"damtshilfe/internal/demo"
	"damtshilfe/internal/ledger"
	"damtshilfe/mapping"
)

// strict is an office at site A whose account is all_or_nothing.
const strict = "kka:01003000"

// badDrop is one case: what lies in the in folder, and what must become of it.
type badDrop struct {
	badFile
	name    string                        // in the in folder; "" = Datei
	account string                        // kennung of the office; "" = the sender
	make    func(path string) error       // puts it there; nil = data
	data    []byte                        // its content
	states  []amtshilfe.State             // of its messages, when they differ; nil = all Zustand
	check   func(*testing.T, ledger.Drop) // more to look at
}

// lay puts a case into its in folder and a good drop beside it.
func (w *world) lay(t *testing.T, i int, d *badDrop) {
	t.Helper()
	office := w.Sender
	if d.account != "" {
		office = w.Offices[d.account]
	}
	d.account = office.Account
	if d.name = d.Datei; d.data == nil && d.make == nil {
		t.Fatalf("%s has no content", d.Datei)
	}
	kanal := amtshilfe.KanalXTA
	if i%4 == 0 {
		kanal = amtshilfe.KanalPost
	}
	neighbour := w.ersuchen(1000+int64(i), w.place(kanal), nil)
	if d.make == nil {
		w.put(t, office.In, d.name, d.data)
	} else if err := d.make(filepath.Join(office.In, d.name)); err != nil {
		t.Fatal(err)
	}
	w.put(t, w.Sender.In, neighbourOf(i), neighbour)
}

func neighbourOf(i int) string { return fmt.Sprintf("nachbar-%d.xml", i) }

func TestBadInput(t *testing.T) {
	t.Parallel()
	w := start(t, func(w *demo.World, site string, c *config.Config) {
		for i := range c.Participants {
			c.Participants[i].AllOrNothing = c.Participants[i].Account == w.Offices[strict].Account
		}
	})
	first, then := w.badDrops(t)
	for i := range first {
		w.lay(t, i, &first[i])
	}
	w.settle(t, 2*len(first))
	for i := range then {
		w.lay(t, len(first)+i, &then[i])
	}
	w.settle(t, 2*(len(first)+len(then)))
	var files []string
	for i, d := range slices.Concat(first, then) {
		t.Run(d.Satz, func(t *testing.T) { files = append(files, w.judge(t, i, d)) })
	}
	t.Run("every receipt is valid", func(t *testing.T) { lint(t, files...) })
	t.Run("nothing is left in the in folders", func(t *testing.T) {
		for _, o := range w.Offices {
			if left, err := os.ReadDir(o.In); err != nil || len(left) > 0 {
				t.Errorf("%s: %v %v", o.Account, left, err)
			}
		}
	})
	t.Run("a watched folder gives its files whatever else lies in it", func(t *testing.T) { w.watched(t) })
	t.Run("ledger and files agree", func(t *testing.T) { w.verify(t) })
}

// judge looks at one case at rest and gives the path of its receipt.
func (w *world) judge(t *testing.T, i int, want badDrop) string {
	d := w.drop(t, want.account, want.name)
	if d.State != want.Lieferung {
		t.Errorf("drop is %s, want %s (%v)", d.State, want.Lieferung, d.Findings)
	}
	list := messages(t, w.a.Ledger, d.ID)
	if want.Zustand == "" && want.states == nil && len(list) > 0 && d.State == amtshilfe.DropQuarantined {
		t.Errorf("quarantined, but has %d messages", len(list))
	}
	for k, m := range list {
		state := want.Zustand
		if want.states != nil {
			state = want.states[k]
		}
		if state != "" && m.State != state {
			t.Errorf("message %d is %s, want %s (%v)", m.ID.Seq, m.State, state, m.Findings)
		}
	}
	out := w.Sender.Out
	if want.account != w.Sender.Account {
		out = w.Offices[strict].Out
	}
	r, file := receipt(t, out, d, 1)
	if r.Ergebnis != want.Ergebnis {
		t.Errorf("ergebnis %q, want %q", r.Ergebnis, want.Ergebnis)
	}
	if want.Code != "" && !slices.Contains(r.codes(), want.Code) {
		t.Errorf("the receipt tells %v, want %s", r.codes(), want.Code)
	}
	n := 0
	for _, s := range r.Summen {
		n += s.Anzahl
	}
	if n != d.Messages || len(r.Nachrichten) != d.Messages {
		t.Errorf("sums tell of %d messages, lines of %d, the drop has %d", n, len(r.Nachrichten), d.Messages)
	}
	w.reason(t, d, want.Code)
	if want.check != nil {
		want.check(t, d)
	}
	w.neighbourWent(t, i)
	return file
}

// reason: a quarantined drop has its original and the reason beside it; no other has one.
func (w *world) reason(t *testing.T, d ledger.Drop, code string) {
	t.Helper()
	data, err := w.a.Spool.ReadReason(d.ID)
	if d.State != amtshilfe.DropQuarantined {
		if err == nil {
			t.Errorf("a reason lies beside a drop that is %s", d.State)
		}
		return
	}
	var reason mapping.ErrorReason
	if err == nil {
		err = json.Unmarshal(data, &reason)
	}
	if err != nil || reason.Drop != d.ID || reason.Code != code || reason.Text == "" {
		t.Errorf("reason.json: %+v, %v", reason, err)
	}
}

// neighbourWent: what lay beside the fault at the same moment went its way.
func (w *world) neighbourWent(t *testing.T, i int) {
	t.Helper()
	d := w.drop(t, w.Sender.Account, neighbourOf(i))
	for _, m := range messages(t, w.a.Ledger, d.ID) {
		if m.State != amtshilfe.Delivered && m.State != amtshilfe.Spooled {
			t.Errorf("the neighbour is %s: %v %v", m.State, m.Findings, m.Hold)
		}
	}
	if d.Messages != 1 {
		t.Errorf("the neighbour has %d messages", d.Messages)
	}
}

// watched: a folder elsewhere belongs to somebody else. What is no file is left alone there, and what is one is taken.
func (w *world) watched(t *testing.T) {
	in := func(name string) string { return filepath.Join(w.Watched(), name) }
	if err := errors.Join(os.MkdirAll(in("ordner.xml"), 0o700), syscall.Mkfifo(in("rohr.xml"), 0o600), os.Symlink(in("ziel.xml"), in("verweis.xml")),
		os.WriteFile(in("leer.xml"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	w.put(t, w.Watched(), "gut.xml", w.ersuchen(2900, w.place(amtshilfe.KanalXTA), nil))
	w.settle(t, len(w.drops(t))+2)
	if d := w.drop(t, w.Sender.Account, "leer.xml"); d.State != amtshilfe.DropQuarantined {
		t.Errorf("the empty file is %s", d.State)
	}
	d := w.drop(t, w.Sender.Account, "gut.xml")
	if m := messages(t, w.a.Ledger, d.ID); d.State != amtshilfe.DropEnded || len(m) != 1 || m[0].State != amtshilfe.Delivered {
		t.Errorf("the good file is %s: %+v", d.State, m)
	}
	left, err := os.ReadDir(w.Watched())
	if err != nil || len(left) != 3 {
		t.Errorf("left in the watched folder: %v %v", left, err)
	}
}

// verify proves that ledger, files, mailbox and print spool of both data centres agree.
func (w *world) verify(t *testing.T) {
	t.Helper()
	for _, g := range []*app.Gateway{w.a, w.b} {
		report, err := app.Verify(context.Background(), g.Config)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range report.Problems {
			t.Errorf("%s: %s", g.Config.Operator.Kuerzel, p)
		}
	}
}
