package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sample"
)

// badDrops are the cases of TestBadInput: those that must be known before, and then all the others at once.
func (w *world) badDrops(t *testing.T) (first, then []badDrop) {
	xta := w.place(amtshilfe.KanalXTA)
	expect := func(satz, datei string, drop amtshilfe.DropState, state amtshilfe.State, ergebnis, code string) badFile {
		return badFile{satz, datei, drop, state, ergebnis, code}
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

// strictMessage is a request of the all_or_nothing account.
func (w *world) strictMessage(seed int64, fix func(*sample.Spec)) []byte {
	return w.ersuchen(seed, w.place(amtshilfe.KanalPost), func(s *sample.Spec) {
		s.Kopf.Absender.Kennung = strict
		if fix != nil {
			fix(s)
		}
	})
}

// moveTo lets every debtor of a request live at one place, so that one authority is competent.
func moveTo(s *sample.Spec, p sample.Place) {
	for i := range s.Schuldner {
		for k := range s.Schuldner[i].Person.Anschriften {
			a := &s.Schuldner[i].Person.Anschriften[k]
			a.Postleitzahl, a.Ort, a.Ortsteil = p.PLZ, p.Ort, ""
		}
	}
}
