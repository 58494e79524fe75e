package mapping_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xmlgate"
	"damtshilfe/mapping"
)

// flatExamples are the three mappings with their sample files.
var flatExamples = []struct {
	mapping, file string
	messages      int
	betrag        amtshilfe.Cents
}{
	{"stadt.yaml", "stadt.csv", 5, 1248_60 + 12_50 + 104_00 + 127_50 + 18400_00 + 98_00 + 1656_00 + 440_00 + 50_90},
	{"zentral.yaml", "zentral.ebc", 3, 3*55_08 + 8_00 + 183_60 + 7_50},
	{"avviso.yaml", "avviso.zip", 3, 1228_50 + 28_50 + 58_50 + 2310_00 + 61_40 + 43_50},
}

func flatMapping(t testing.TB, name string) *mapping.FlatMapping {
	t.Helper()
	m, err := mapping.ParseFlat(name, flatSample(t, filepath.Join(flatDir, name)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// flatMessage is one message that came out of a flat file.
type flatMessage struct {
	doc mapping.Document
	xml string
	m   amtshilfe.Message
}

// mapped reads all messages of a flat file.
func mapped(t testing.TB, m *mapping.FlatMapping, data []byte) (list []flatMessage, head *amtshilfe.Lieferkopf, err error) {
	t.Helper()
	d, err := mapping.OpenDropWith(bytes.NewReader(data), int64(len(data)), mapping.Flat{Mappings: []*mapping.FlatMapping{m}, Test: true}, mapping.DropLimits{})
	if err != nil {
		return nil, nil, err
	}
	packs, err := mapping.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	reader := packs.NewReader(xmlgate.DefaultLimits())
	for {
		doc, out, err := d.Next(nil)
		if err == io.EOF {
			return list, d.Head(), nil
		}
		if err != nil {
			return list, nil, err
		}
		one := flatMessage{doc: doc, xml: string(out[doc.Start:doc.End])}
		if doc.Finding == nil {
			if f := reader.Read(out[doc.Start:doc.End], &one.m); f != nil {
				t.Errorf("message at line %d: %+v", doc.Position.Line, f)
			}
		}
		list = append(list, one)
	}
}

// TestFlatExamples: every message of the examples is complete, and the first of each is as it was: the UUIDs and bytes of messages must
// not change with the program, or a repetition would be taken for a new request.
func TestFlatExamples(t *testing.T) {
	for _, tt := range flatExamples {
		t.Run(tt.mapping, func(t *testing.T) {
			list, head, err := mapped(t, flatMapping(t, tt.mapping), flatSample(t, filepath.Join(flatDir, tt.file)))
			if err != nil || len(list) != tt.messages {
				t.Fatalf("%d messages, want %d: %v", len(list), tt.messages, err)
			}
			var sum amtshilfe.Cents
			for _, one := range list {
				if len(one.doc.Findings) > 0 || one.doc.Finding != nil {
					t.Errorf("line %d: %+v", one.doc.Position.Line, one.doc.Findings)
				}
				if !one.m.Kopf.Test {
					t.Error("the message is not marked as test")
				}
				sum += one.m.Ersuchen.Betrag()
			}
			if sum != tt.betrag {
				t.Errorf("%s EUR, want %s", sum, tt.betrag)
			}
			if (head != nil) != (tt.mapping == "zentral.yaml") || head != nil && (head.Anzahl != 3 || head.UebertragungsID != 1 || head.Absender != "zb:musterland") {
				t.Errorf("Lieferkopf %+v", head)
			}
			golden := filepath.Join(flatDir, strings.TrimSuffix(tt.mapping, ".yaml")+".golden.xml")
			if *updateFlat {
				if err := os.WriteFile(golden, []byte(list[0].xml), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(flatSample(t, golden)), list[0].xml); diff != "" {
				t.Errorf("the first message changed (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFlatRepetition: the same record in another file, at another place, is the same message with the same bytes; a changed amount
// makes another one.
func TestFlatRepetition(t *testing.T) {
	m := flatMapping(t, "stadt.yaml")
	data := flatSample(t, filepath.Join(flatDir, "stadt.csv"))
	lines := bytes.SplitAfter(data, []byte("\n"))
	first, _, err := mapped(t, m, data)
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := mapped(t, m, slices.Concat(lines[0], lines[2], lines[1]))
	if err != nil || len(again) != 2 || again[0].xml != first[1].xml || again[1].xml != first[0].xml {
		t.Errorf("the same records became other messages: %v", err)
	}
	changed, _, err := mapped(t, m, slices.Concat(lines[0], bytes.Replace(lines[1], []byte("1.248,60"), []byte("1.248,61"), 1)))
	if err != nil || changed[0].m.Kopf.UUID == first[0].m.Kopf.UUID {
		t.Errorf("another amount, the same UUID: %v", err)
	}
}

// TestFlatPieces: however the bytes arrive, the messages are the same.
func TestFlatPieces(t *testing.T) {
	text := "a;b;c\r\n\"x;\"\"y\"\"\";\"over\r\ntwo lines\";z\r\n\r\n1;2;3"
	for name, r := range map[string]io.Reader{"at once": strings.NewReader(text), "byte by byte": iotest.OneByteReader(strings.NewReader(text)),
		"with its end": iotest.DataErrReader(strings.NewReader(text))} {
		records, lines, err := mapping.FlatRecords(r, ';', '"')
		want := [][]string{{"a", "b", "c"}, {`x;"y"`, "over\r\ntwo lines", "z"}, {"1", "2", "3"}}
		if err != io.EOF || cmp.Diff(want, records) != "" || cmp.Diff([]int{1, 2, 5}, lines) != "" {
			t.Errorf("%s: %q in lines %v: %v", name, records, lines, err)
		}
	}
}

// TestIBM1141 holds every byte of the derived code page against the table that glibc has.
func TestIBM1141(t *testing.T) {
	lines := bufio.NewScanner(bytes.NewReader(flatSample(t, filepath.Join(flatDir, "ibm1141.txt"))))
	n := 0
	for lines.Scan() {
		var b byte
		var want rune
		if _, err := fmt.Sscanf(lines.Text(), "%X %X", &b, &want); err != nil {
			continue
		}
		n++
		got, ok := mapping.DecodeFlat("ibm-1141", b)
		control := want < ' ' && want != '\t' && want != '\n' && want != '\r' || want >= 0x7f && want < 0xa0
		if ok == control || ok && got != string(want) {
			t.Errorf("byte %02X is %q (%v), want %q", b, got, ok, want)
		}
	}
	if n != 256 {
		t.Errorf("%d bytes of 256", n)
	}
}

func TestFlatCharsets(t *testing.T) {
	for _, tt := range []struct {
		charset string
		b       byte
		want    string
	}{
		{"windows-1252", 0x80, "€"}, {"windows-1252", 0x96, "–"}, {"windows-1252", 0x81, ""}, {"iso-8859-1", 0x80, ""}, {"iso-8859-1", 0xa4, "¤"},
		{"iso-8859-15", 0xa4, "€"}, {"iso-8859-15", 0xbe, "Ÿ"}, {"utf-8", 0xe4, ""}, {"iso-8859-1", 0x00, ""}, {"utf-8", 0x07, ""}, {"iso-8859-1", '\t', "\t"},
	} {
		if got, ok := mapping.DecodeFlat(tt.charset, tt.b); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s byte %02X is %q (%v), want %q", tt.charset, tt.b, got, ok, tt.want)
		}
	}
}

func TestFlatDate(t *testing.T) {
	for _, tt := range []struct{ pattern, text, want string }{
		{"TT.MM.JJJJ", "21.11.2026", "2026-11-21"}, {"TT.MM.JJJJ", "1.9.1974", "1974-09-01"}, {"TT.MM.JJJJ", "30.02.2026", ""}, {"TT.MM.JJJJ", "29.02.2024", "2024-02-29"},
		{"TT.MM.JJJJ", "21.11.26", ""}, {"TT.MM.JJJJ", "21.11.2026 ", ""}, {"TT.MM.JJJJ", "21-11-2026", ""}, {"TT.MM.JJJJ", "", ""},
		{"TTMMJJJJ", "21112026", "2026-11-21"}, {"TTMMJJJJ", "2112026", ""}, {"JJJJMMTT", "20261121", "2026-11-21"}, {"JJJJMMTT", "20261321", ""}, {"JJJJMMTT", "2026112", ""},
		{"JJJJ-MM-TT", "2026-11-21", "2026-11-21"}, {"JJJJ-M-TT", "2026-11-21", "bad pattern"}, {"TT.MM.JJ", "03.05.68", "1968-05-03"}, {"TT.MM.JJ", "03.05.29", "2029-05-03"},
		{"TT.MM.JJ", "03.05.30", "1930-05-03"}, {"TTMMJJ", "200826", "2026-08-20"}, {"TT.MM.TT", "01.01.01", "bad pattern"}, {"TT.MM.JJJJ", "00.01.2026", ""},
		{"TT.MM.JJJJ", "²1.11.2026", ""},
	} {
		if got, ok := mapping.FlatDate(tt.pattern, tt.text, 30); got != tt.want && (ok || tt.want != "") || ok != (tt.want != "" && tt.want != "bad pattern") {
			t.Errorf("%s %q: %q %v, want %q", tt.pattern, tt.text, got, ok, tt.want)
		}
	}
}

func TestFlatAmount(t *testing.T) {
	const no = -1 << 60
	for _, tt := range []struct {
		style, text string
		decimals    int
		want        int64
	}{
		{"comma", "1.234,56", 2, 123456}, {"comma", "1234,56", 2, 123456}, {"comma", "1234", 2, 123400}, {"comma", "1234,5", 2, 123450}, {"comma", "12.34,56", 2, no},
		{"comma", "1.234.567,00", 2, 123456700}, {"comma", "1.23", 2, no}, {"comma", "1,234", 2, no}, {"comma", "1234,56-", 2, -123456}, {"comma", "-0,50", 2, -50},
		{"comma", "+5,00", 2, 500}, {"comma", "-5,00-", 2, no}, {"comma", "5,00 €", 2, no}, {"comma", ",50", 2, no}, {"comma", "5,", 2, no}, {"comma", "", 2, no}, {"comma", "-", 2, no},
		{"comma", "1234.567,00", 2, no}, {"comma", ".123,00", 2, no}, {"comma", "1.234,56,78", 2, no}, {"comma", "9999999999999,99", 2, 999999999999999}, {"comma", "99999999999999,99", 2, no},
		{"point", "1,234.56", 2, 123456}, {"point", "1234.56", 2, 123456}, {"point", "1.234,56", 2, no},
		{"implied", "00000005508+", 2, 5508}, {"implied", "00000005508-", 2, -5508}, {"implied", "000123", 0, 12300}, {"implied", "5", 1, 50}, {"implied", "12,50", 2, no}, {"implied", "1e3", 2, no},
	} {
		got, ok := mapping.FlatAmount(tt.style, tt.text, tt.decimals)
		if ok != (tt.want != no) || ok && got != tt.want {
			t.Errorf("%s %q: %d %v, want %d", tt.style, tt.text, got, ok, tt.want)
		}
	}
}

// TestBadMappings: every file has one fault; its first line says what the error names.
func TestBadMappings(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(flatDir, "mappings-bad", "*.yaml"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			data := flatSample(t, file)
			first, _, _ := strings.Cut(string(data), "\n")
			want, ok := strings.CutPrefix(first, "# ")
			if !ok {
				t.Fatal("the first line does not say what is expected")
			}
			_, err := mapping.ParseFlat(filepath.Base(file), data)
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("want one error with %q, got: %v", want, err)
			}
		})
	}
}

// TestFlatTargetsAreWordsOfTheDomain: what a mapping fills has the names that field maps of packs use.
func TestFlatTargetsAreWordsOfTheDomain(t *testing.T) {
	targets := mapping.FlatTargets()
	if len(targets) < 80 {
		t.Errorf("%d targets", len(targets))
	}
	page := string(flatSample(t, "../docs/flachdateien.md"))
	for name, known := range targets {
		if !known {
			t.Errorf("%s is no word of the vocabulary", name)
		}
		last := name[strings.LastIndexByte(name, '.')+1:]
		if !strings.Contains(page, last) {
			t.Errorf("docs/flachdateien.md does not name %s", name)
		}
	}
}

// TestFlatDocs holds docs/flachdateien.md against the keys of a mapping.
func TestFlatDocs(t *testing.T) {
	page := string(flatSample(t, "../docs/flachdateien.md"))
	for _, key := range mapping.FlatKeys() {
		if !strings.Contains(page, "| `"+key+"` |") {
			t.Errorf("docs/flachdateien.md does not explain the key %s", key)
		}
	}
}

// TestFlatChoice: of several mappings the one whose header and records are those of the file reads it.
func TestFlatChoice(t *testing.T) {
	all := []*mapping.FlatMapping{flatMapping(t, "zentral.yaml"), flatMapping(t, "avviso.yaml"), flatMapping(t, "stadt.yaml")}
	all = append(all, flatMapping(t, "klein.yaml"))
	for _, tt := range flatExamples {
		data := flatSample(t, filepath.Join(flatDir, tt.file))
		d, err := mapping.OpenDropWith(bytes.NewReader(data), int64(len(data)), mapping.Flat{Mappings: all}, mapping.DropLimits{})
		if err != nil || d.Format() != amtshilfe.FormatFlach {
			t.Errorf("%s: %v", tt.file, err)
			continue
		}
		n := 0
		for ; err == nil; n++ {
			_, _, err = d.Next(nil)
		}
		if err != io.EOF || n-1 != tt.messages {
			t.Errorf("%s: %d messages, %v", tt.file, n-1, err)
		}
	}
	text := "Guten Tag,\nanbei die Liste.\n"
	_, err := mapping.OpenDropWith(strings.NewReader(text), int64(len(text)), mapping.Flat{Mappings: all}, mapping.DropLimits{})
	if e, ok := errors.AsType[*mapping.DropError](err); !ok || e.Finding.Code != "LIEF-FORMAT" {
		t.Errorf("a letter was taken for a flat file: %v", err)
	}
}
