package mapping_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xmlgate"
	"damtshilfe/mapping"
)

const lieferkopf = `<v:lieferkopf><v:absender>kka:1</v:absender><v:verfahren>T</v:verfahren><v:uebertragungsID>7</v:uebertragungsID>` +
	`<v:erstellungszeitpunkt>2026-11-20T08:30:00Z</v:erstellungszeitpunkt><v:anzahlNachrichten>2</v:anzahlNachrichten></v:lieferkopf>`

func lieferung(inner string) string {
	return `<v:lieferung xmlns:v="` + mapping.ProfilNS + `" xmlns:x="xFinanz310">` + inner + `</v:lieferung>`
}

// opened is what a drop turned out to be: one line per message, then how it ended.
type opened struct {
	format amtshilfe.Format
	docs   []string // "entry@line:column content" or "entry! code"
	end    string   // "EOF" or the code of the DropError
	head   *amtshilfe.Lieferkopf
}

func open(t *testing.T, drop []byte, l mapping.DropLimits) (o opened) {
	t.Helper()
	ended := func(err error) opened {
		o.end = "EOF"
		if err != io.EOF {
			e, ok := errors.AsType[*mapping.DropError](err)
			if !ok {
				t.Fatalf("error %v, want a DropError", err)
			}
			if o.end = e.Finding.Code; e.Finding.Text == "" || e.Finding.Severity != amtshilfe.SeverityFehler {
				t.Errorf("finding %+v", e.Finding)
			}
		}
		return o
	}
	d, err := mapping.OpenDrop(bytes.NewReader(drop), int64(len(drop)), "x", l)
	if err != nil {
		return ended(err)
	}
	o.format, o.head = d.Format(), d.Head()
	buf := []byte("before")
	for {
		doc, out, err := d.Next(buf)
		if err != nil {
			if _, _, again := d.Next(buf); again != err {
				t.Errorf("after %v comes %v, want the same", err, again)
			}
			return ended(err)
		}
		if !strings.HasPrefix(string(out), "before") {
			t.Fatal("the buffer lost what was in it")
		}
		if doc.Finding != nil {
			o.docs = append(o.docs, doc.Position.Entry+"! "+doc.Finding.Code)
			continue
		}
		o.docs = append(o.docs, fmt.Sprintf("%s@%d:%d %s", doc.Position.Entry, doc.Position.Line, doc.Position.Column, out[doc.Start:doc.End]))
	}
}

func TestOpenDropForms(t *testing.T) {
	big := `<a>` + strings.Repeat("x", 2000) + `</a>`
	for _, tt := range []struct {
		name   string
		drop   []byte
		format amtshilfe.Format
		docs   []string
		end    string
	}{
		{"a single message", []byte("\n <a/>"), amtshilfe.FormatXML, []string{"@2:2 \n <a/>"}, "EOF"},
		{"a single message behind declaration and comment", []byte("<?xml version='1.0'?><!-- <b> -->\n<a/>"), amtshilfe.FormatXML,
			[]string{"@2:1 <?xml version='1.0'?><!-- <b> -->\n<a/>"}, "EOF"},
		{"broken XML is a message for the gate", []byte("<a"), amtshilfe.FormatXML, []string{"@1:1 <a"}, "EOF"},
		{"UTF-16 is a message for the gate", []byte("\xff\xfe<\x00"), amtshilfe.FormatXML, []string{"@1:1 \xff\xfe<\x00"}, "EOF"},
		{"a message over the limit", []byte(big), "", nil, "LIEF-ZU-GROSS"},
		{"nothing", nil, "", nil, "LIEF-LEER"},
		{"only blanks", []byte("\xef\xbb\xbf \n"), "", nil, "LIEF-LEER"},
		{"only zero bytes, as a crashed copy leaves them", make([]byte, 100), "", nil, "LIEF-LEER"},
		{"a PDF", []byte("%PDF-1.4"), "", nil, "LIEF-FORMAT"},
		{"a container", []byte(lieferung(lieferkopf + "<a/>\n<b/>")), amtshilfe.FormatContainer, []string{
			`@1:322 <a xmlns:v="urn:damtshilfe:vollstreckungshilfe:1" xmlns:x="xFinanz310"/>`,
			`@2:1 <b xmlns:v="urn:damtshilfe:vollstreckungshilfe:1" xmlns:x="xFinanz310"/>`}, "EOF"},
		{"a container without messages", []byte(lieferung(lieferkopf)), amtshilfe.FormatContainer, nil, "LIEF-LEER"},
		{"a container without head", []byte(lieferung("<a/>")), "", nil, "LIEF-KOPF"},
		{"an empty container", []byte(lieferung("")), "", nil, "LIEF-KOPF"},
		{"a container whose head has no number", []byte(lieferung(strings.Replace(lieferkopf, ">7<", "><", 1) + "<a/>")), "", nil, "LIEF-KOPF"},
		{"a container whose head counts from zero", []byte(lieferung(strings.Replace(lieferkopf, ">7<", ">0<", 1) + "<a/>")), "", nil, "LIEF-KOPF"},
		{"a container that ends early", []byte(strings.TrimSuffix(lieferung(lieferkopf+"<a/>"), "</v:lieferung>")), amtshilfe.FormatContainer, []string{
			`@1:322 <a xmlns:v="urn:damtshilfe:vollstreckungshilfe:1" xmlns:x="xFinanz310"/>`}, xmlgate.CodeUnvollstaendig},
		{"a container that goes on after its end", []byte(lieferung(lieferkopf+"<a/>") + "<b/>"), amtshilfe.FormatContainer, []string{
			`@1:322 <a xmlns:v="urn:damtshilfe:vollstreckungshilfe:1" xmlns:x="xFinanz310"/>`}, xmlgate.CodeWurzel},
		{"a container behind a long comment", []byte("<!--" + strings.Repeat("x", 30000) + "-->" + lieferung(lieferkopf+"<a/>")), amtshilfe.FormatContainer, []string{
			`@1:30329 <a xmlns:v="urn:damtshilfe:vollstreckungshilfe:1" xmlns:x="xFinanz310"/>`}, "EOF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := open(t, tt.drop, mapping.DropLimits{Message: xmlgate.Limits{MaxBytes: 1500}})
			if got.format != tt.format || got.end != tt.end {
				t.Errorf("format %q end %q, want %q %q", got.format, got.end, tt.format, tt.end)
			}
			if d := cmp.Diff(tt.docs, got.docs); d != "" {
				t.Errorf("documents (-want +got):\n%s", d)
			}
		})
	}
}

func TestOpenDropTooLarge(t *testing.T) {
	if got := open(t, []byte("<abcdefgh/>"), mapping.DropLimits{MaxBytes: 10}); got.end != "LIEF-ZU-GROSS" {
		t.Errorf("end %q", got.end)
	}
}

func TestLieferkopf(t *testing.T) {
	want := &amtshilfe.Lieferkopf{Absender: "kka:1", Verfahren: "T", UebertragungsID: 7, Erstellt: time.Date(2026, 11, 20, 8, 30, 0, 0, time.UTC), Anzahl: 2}
	for _, tt := range []struct {
		name string
		drop []byte
		want *amtshilfe.Lieferkopf
		end  string
	}{
		{"of a container", []byte(lieferung(lieferkopf + "<a/>")), want, "EOF"},
		{"of a ZIP, anywhere in it", rawZip("", deflated("d/a.xml", []byte("<a/>")), deflated("d/Lieferung.xml", []byte(lieferung(lieferkopf)))), want, "EOF"},
		{"a ZIP needs none", rawZip("", deflated("a.xml", []byte("<a/>"))), nil, "EOF"},
		{"two in a ZIP", rawZip("", deflated("lieferung.xml", []byte(lieferung(lieferkopf))), deflated("d/lieferung.xml", []byte(lieferung(lieferkopf))), stored("a", []byte("<a/>"))), nil, "LIEF-KOPF"},
		{"with messages in a ZIP", rawZip("", deflated("lieferung.xml", []byte(lieferung(lieferkopf+"<a/>"))), stored("a", []byte("<a/>"))), nil, "LIEF-KOPF"},
		{"that is something else", rawZip("", deflated("lieferung.xml", []byte("<a/>")), stored("a", []byte("<a/>"))), nil, "LIEF-KOPF"},
		{"that is torn", rawZip("", deflated("lieferung.xml", []byte(lieferung(lieferkopf)[:300])), stored("a", []byte("<a/>"))), nil, "LIEF-KOPF"},
		{"that is damaged in the ZIP", rawZip("", deflated("lieferung.xml", []byte(lieferung(lieferkopf))).with(func(e *rawEntry) { e.crc++ }), stored("a", []byte("<a/>"))), nil, "ZIP-PRUEFSUMME"},
		{"and nothing else in the ZIP", rawZip("", deflated("lieferung.xml", []byte(lieferung(lieferkopf)))), nil, "LIEF-LEER"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := open(t, tt.drop, mapping.DropLimits{})
			if d := cmp.Diff(tt.want, got.head); d != "" || got.end != tt.end {
				t.Errorf("end %q, want %q; head (-want +got):\n%s", got.end, tt.end, d)
			}
		})
	}
}

// A disk that cannot be read is no fault of the sender: nobody may be told that the file is broken.
func TestDiskErrors(t *testing.T) {
	text := "<a>" + strings.Repeat("0123456789abcdef", 8192) + "</a>"
	for name, drop := range map[string][]byte{
		"single":    []byte(text),
		"zip":       rawZip("", stored("a.xml", []byte(text)), stored("b.xml", []byte(text))),
		"container": []byte(lieferung(lieferkopf + text + text + text)),
	} {
		t.Run(name, func(t *testing.T) {
			for good := range 8 {
				r := &failing{r: bytes.NewReader(drop), good: good}
				d, err := mapping.OpenDrop(r, int64(len(drop)), "", mapping.DropLimits{})
				for err == nil {
					_, _, err = d.Next(nil)
				}
				if _, ok := errors.AsType[*mapping.DropError](err); ok || err != io.EOF && !errors.Is(err, errDisk) {
					t.Errorf("after %d reads: %v, want the disk's error", good, err)
				}
			}
		})
	}
}

var errDisk = errors.New("input/output error")

// failing is a disk that breaks after some reads.
type failing struct {
	r    io.ReaderAt
	good int
}

func (f *failing) ReadAt(p []byte, off int64) (int, error) {
	if f.good--; f.good < 0 {
		return 0, errDisk
	}
	return f.r.ReadAt(p, off)
}

func TestPlace(t *testing.T) {
	drop := []byte("<?xml version='1.0'?>\n" + lieferung("\n"+lieferkopf+"\n  <a x='1'>\n<b/><b><c/></b></a>"))
	d, err := mapping.OpenDrop(bytes.NewReader(drop), int64(len(drop)), "", mapping.DropLimits{})
	if err != nil {
		t.Fatal(err)
	}
	doc, out, err := d.Next(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name         string
		finding      amtshilfe.Finding
		line, column int
	}{
		{"a path is looked up", amtshilfe.Finding{Path: "/a/b[2]/c"}, 5, 8},
		{"what is missing stands at its parent", amtshilfe.Finding{Path: "/a/b[2]/d/e"}, 5, 5},
		{"a position is moved", amtshilfe.Finding{Line: 2, Column: 5, Path: "/a"}, 5, 5},
		{"a finding without both stands at the root", amtshilfe.Finding{}, 4, 3},
		{"a path that leads nowhere too", amtshilfe.Finding{Path: "/x/y"}, 4, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := []amtshilfe.Finding{tt.finding}
			mapping.Place(out[doc.Start:doc.End], doc, f)
			if f[0].Line != tt.line || f[0].Column != tt.column {
				t.Errorf("at %d:%d, want %d:%d", f[0].Line, f[0].Column, tt.line, tt.column)
			}
		})
	}
}

func FuzzOpenDrop(f *testing.F) {
	a := deflated("a.xml", []byte("<a/>"))
	f.Add(rawZip("c", a, stored("d/b.xml", []byte("<b/>")), deflated("lieferung.xml", []byte(lieferung(lieferkopf)))))
	f.Add(rawZip("", a.with(func(e *rawEntry) { e.zip64 = true })))
	f.Add(overlapping())
	f.Add([]byte(lieferung(lieferkopf + "<a/><b/>")))
	f.Add([]byte("<a/>"))
	for _, kind := range []string{"zip/*.zip", "container/*.xml"} {
		files, err := filepath.Glob("../testdata/korpus/" + kind)
		if err != nil || len(files) == 0 {
			f.Fatalf("%s: no files, %v", kind, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, drop []byte) {
		d, err := mapping.OpenDrop(bytes.NewReader(drop), int64(len(drop)), "", mapping.DropLimits{Message: xmlgate.Limits{MaxBytes: 1 << 16}, MaxEntries: 50})
		total := 0
		for err == nil {
			var doc mapping.Document
			var out []byte
			if doc, out, err = d.Next([]byte("x")); err != nil {
				break
			}
			if doc.Start != 1 || doc.End != len(out) || doc.Position.Line < 1 || doc.Position.Column < 1 || doc.Finding != nil && doc.Start != doc.End {
				t.Fatalf("document %+v of %d bytes", doc, len(out))
			}
			total += doc.End - doc.Start
		}
		if _, ok := errors.AsType[*mapping.DropError](err); !ok && err != io.EOF {
			t.Fatalf("error %v", err)
		}
		if d != nil && d.Format() == amtshilfe.FormatZIP && total > 200*len(drop) {
			t.Fatalf("%d bytes out of %d", total, len(drop))
		}
	})
}
