package app_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/config"
	"damtshilfe/internal/demo"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sample"
	"damtshilfe/mapping"
)

// strict is an office at site A whose account is all_or_nothing.
const strict = "kka:01003000"

// badDrop is one case: what lies in the in folder, and what must become of it.
type badDrop struct {
	badFile
	name    string                        // in the in folder; "" = Datei
	account string                        // kennung of the office; "" = the sender
	make    func(path string) error       // puts it there; nil = the file of badDir, or data
	data    []byte                        // content of what is made by the test
	states  []amtshilfe.State             // of its messages, when they differ; nil = all Zustand
	check   func(*testing.T, ledger.Drop) // more to look at
}

// receiptXML is what a sender reads of a receipt.
type receiptXML struct {
	Name          string    `xml:"lieferung>dateiname"`
	Drop          string    `xml:"lieferungID"`
	Nummer        int       `xml:"nummer"`
	Ergebnis      string    `xml:"ergebnis"`
	Abgeschlossen bool      `xml:"abgeschlossen"`
	Summen        []sumXML  `xml:"summe"`
	Erste         string    `xml:"ersteLieferung"`
	Befunde       []findXML `xml:"befund"`
	Nachrichten   []struct {
		UUID       string    `xml:"nachrichtenUUID"`
		Status     string    `xml:"status"`
		Befunde    []findXML `xml:"fehlertext"`
		Grund      string    `xml:"rueckfrage>grund"`
		Zustaendig string    `xml:"rueckfrage>zustaendig"`
		Duplikat   string    `xml:"duplikatVon"`
		Weg        string    `xml:"uebermittlung>weg"`
		Empfaenger string    `xml:"uebermittlung>empfaenger>kennung"`
	} `xml:"nachricht"`
}

// receiptName is what profil.md 5 lets a receipt be called: a plain, visible name, whatever was dropped.
var receiptName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,149}\.D[0-9]{6}-[0-9A-Z]+\.[0-9]+\.quittung\.xml$`)

type findXML struct {
	Code  string `xml:"code"`
	Text  string `xml:"text"`
	Zeile int    `xml:"zeile"`
}

type sumXML struct {
	Status string `xml:"status"`
	Anzahl int    `xml:"anzahl"`
}

// receipt reads receipt n of a drop from the out folder; it must lie there under the name that profil.md 5 promises.
func receipt(t *testing.T, out string, d ledger.Drop, n int) (r receiptXML, file string) {
	t.Helper()
	file = filepath.Join(out, mapping.ReceiptName(d.Name, d.ID, n, "xml"))
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	if !receiptName.MatchString(filepath.Base(file)) {
		t.Errorf("receipt is called %q", filepath.Base(file))
	}
	if !utf8.ValidString(r.Name) || strings.ContainsAny(r.Name, "\x00\x1b") {
		t.Errorf("receipt shows the name %q", r.Name)
	}
	if r.Drop != string(d.ID) || r.Nummer != n {
		t.Errorf("receipt says drop %s number %d, want %s number %d", r.Drop, r.Nummer, d.ID, n)
	}
	return r, file
}

// codes are all findings and questions of a receipt.
func (r *receiptXML) codes() []string {
	var list []string
	for _, f := range r.Befunde {
		list = append(list, f.Code)
	}
	for _, m := range r.Nachrichten {
		for _, f := range m.Befunde {
			list = append(list, f.Code)
		}
		if m.Grund != "" {
			list = append(list, m.Grund)
		}
	}
	return list
}

func (w *world) badDrops(t *testing.T) (first, then []badDrop) {
	xta := w.place(amtshilfe.KanalXTA)
	expect := func(satz, datei string, drop amtshilfe.DropState, state amtshilfe.State, ergebnis, code string) badFile {
		return badFile{satz, datei, drop, state, ergebnis, code}
	}
	for _, f := range badFiles(t) {
		then = append(then, badDrop{badFile: f})
	}
	options := sample.Options{N: 2, Seed: 300, Kennung: w.Sender.Kennung, Name: w.Sender.Name, Now: time.Now(), Places: []sample.Place{xta}, UebertragungsID: 1,
		Fix: func(_ int, s *sample.Spec) { moveTo(s, xta) }}
	other := options
	other.Seed = 301
	second := options
	second.Seed, second.UebertragungsID = 302, 2
	known, altered := w.ersuchen(310, xta, nil), w.ersuchen(310, xta, func(s *sample.Spec) { s.GefahrText, s.Gefahr = "Bissiger Hund.", "liegt-vor" })
	first = []badDrop{
		{badFile: expect("the container whose number is used up", "erste.xml", amtshilfe.DropEnded, amtshilfe.Delivered, "angenommen", ""), data: lieferung(options)},
		{badFile: expect("the message that is known afterwards", "bekannt.xml", amtshilfe.DropEnded, amtshilfe.Delivered, "angenommen", ""), data: known},
	}
	link := filepath.Join(w.Dir, "elsewhere.xml")
	if err := os.WriteFile(link, w.ersuchen(320, xta, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	notFile := func(satz, name string, make func(string) error) badDrop {
		return badDrop{badFile: expect(satz, name, amtshilfe.DropQuarantined, "", "abgewiesen", "LIEF-KEINE-DATEI"), make: make}
	}
	named := func(satz, name string, seed int64) badDrop {
		return badDrop{badFile: expect(satz, name, amtshilfe.DropEnded, amtshilfe.Delivered, "angenommen", ""), data: w.ersuchen(seed, xta, nil)}
	}
	then = append(then,
		badDrop{badFile: expect("a container with a wrong anzahl is taken with a warning", "anzahl.xml", amtshilfe.DropEnded, amtshilfe.Delivered, "angenommen", "LIEF-ANZAHL"),
			data: replaced(lieferung(second), "<vh:anzahlNachrichten>2<", "<vh:anzahlNachrichten>3<")},
		badDrop{badFile: expect("the same uebertragungsID with other bytes is held whole", "andere-bytes.xml", amtshilfe.DropConflict, "", "rueckfrage", "LIEF-UEBERTRAGUNGSID"), data: lieferung(other)},
		badDrop{badFile: expect("the same nachrichtenUUID with other bytes is refused", "uuid-nochmal.xml", amtshilfe.DropEnded, amtshilfe.Rejected, "abgewiesen", "DUP-UUID"), data: altered},
		badDrop{badFile: expect("a message sent again is a duplicate, and the rest goes on", "teils-bekannt.zip", amtshilfe.DropEnded, "", "angenommen", ""),
			data: zipped("a.xml", known, "b.xml", w.ersuchen(311, xta, nil)), states: []amtshilfe.State{amtshilfe.Duplicate, amtshilfe.Delivered}},
		badDrop{badFile: expect("a drop sent again is a duplicate that names the first", "nochmal.xml", amtshilfe.DropDuplicate, "", "duplikat", ""), data: known,
			check: func(t *testing.T, d ledger.Drop) {
				if r, _ := receipt(t, w.Sender.Out, d, 1); r.Erste != string(w.drop(t, w.Sender.Account, "bekannt.xml").ID) {
					t.Errorf("the duplicate names %q as its first", r.Erste)
				}
			}},
		badDrop{badFile: expect("one bad message refuses a drop of an all_or_nothing account", "ganz.zip", amtshilfe.DropEnded, amtshilfe.Rejected, "abgewiesen", "LIEF-GANZ"), account: strict,
			data: zipped("gut.xml", w.strictMessage(330, nil), "schlecht.xml", w.strictMessage(331, func(s *sample.Spec) { s.Bankverbindung.IBAN = "DE00" + s.Bankverbindung.IBAN[4:] }))},
		notFile("a directory is put away", "ordner.xml", func(path string) error {
			if err := os.Mkdir(path, 0o700); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(path, "a.xml"), []byte("<a/>"), 0o600)
		}),
		notFile("a FIFO is never opened", "rohr.xml", func(path string) error { return syscall.Mkfifo(path, 0o600) }),
		notFile("a symlink is never followed", "verweis.xml", func(path string) error { return os.Symlink(link, path) }),
		named("a name with control characters is shown without them", "zeile\n\x1b[31mrot\t.xml", 340),
		named("a name of 255 bytes is cut", strings.Repeat("n", 251)+".xml", 341),
		named("a name with broken UTF-8 is replaced", "M\xfcller\xff.xml", 342),
		badDrop{badFile: expect("an Aktenzeichen of 11 000 characters does not spoil the receipt", "aktenzeichen.xml", amtshilfe.DropEnded, amtshilfe.Delivered, "angenommen", ""),
			data: w.ersuchen(344, xta, func(s *sample.Spec) { s.Kopf.Absender.Aktenzeichen = strings.Repeat("1234567890\n", 1000) })},
		named("a name with a semicolon, quotes and markup stays one name", `a;b"c'<d>&e .xml`, 343),
	)
	return first, then
}

func (w *world) strictMessage(seed int64, fix func(*sample.Spec)) []byte {
	return w.ersuchen(seed, w.place(amtshilfe.KanalPost), func(s *sample.Spec) {
		s.Kopf.Absender.Kennung = strict
		if fix != nil {
			fix(s)
		}
	})
}

func moveTo(s *sample.Spec, p sample.Place) {
	for i := range s.Schuldner {
		for k := range s.Schuldner[i].Person.Anschriften {
			a := &s.Schuldner[i].Person.Anschriften[k]
			a.Postleitzahl, a.Ort, a.Ortsteil = p.PLZ, p.Ort, ""
		}
	}
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
		var err error
		if d.data, err = os.ReadFile(filepath.Join(badDir, d.Datei)); err != nil {
			t.Fatal(err)
		}
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
	t.Run("what claims to be another's is in the audit", func(t *testing.T) { w.audited(t) })
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

// audited: ABS-FREMD is a security entry of the audit (profil.md 2).
func (w *world) audited(t *testing.T) {
	want := 0
	for _, f := range badFiles(t) {
		if f.Code == "ABS-FREMD" {
			want++
		}
	}
	rows, err := w.a.Ledger.Audit("security", 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Who != w.Sender.Account || !strings.Contains(r.Grund, "ABS-FREMD") {
			t.Errorf("audit row %+v", r)
		}
	}
	if len(rows) != want {
		t.Errorf("%d security entries, want %d", len(rows), want)
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
