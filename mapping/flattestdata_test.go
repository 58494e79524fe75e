package mapping_test

import (
	"archive/zip"
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
)

var updateFlat = flag.Bool("update-flat", false, "write the sample files of testdata/flach anew")

const flatDir = "../testdata/flach"

// zentralRecords is the nightly file of the central creditor, one record per line: record type and the columns at their places.
func zentralRecords() []string {
	at := func(fields ...any) string {
		line := []rune(strings.Repeat(" ", 240))
		for i := 0; i < len(fields); i += 2 {
			copy(line[fields[i].(int)-1:], []rune(fields[i+1].(string)))
		}
		return string(line)
	}
	claim := func(art, buchung, jahr string, cents int, due, text string) string {
		return at(1, "30", 3, art, 5, buchung, 21, jahr, 25, fmt.Sprintf("%011d+", cents), 37, due, 45, text)
	}
	lines := []string{
		at(1, "00", 3, "BEITRAG", 15, "zb:musterland", 39, "000001", 45, "20261120"),
		at(1, "10", 3, "000004711815", 15, "2", 16, "Müller-Muster", 56, "Änne", 86, "19790412", 94, "Straße des Beispiels 17", 134, "50667", 139, "Köln", 179, "D  "),
		at(1, "11", 3, "Probeallee 2", 43, "52062", 48, "Aachen"),
		at(1, "20", 3, "FB-2026-000815", 19, "02032026", 27, "05032026", 35, "U", 36, "070426", 42, "15052026", 50, "Festsetzungsbescheid über Rundfunkbeiträge für eine Wohnung, 10.2025 bis 12.2025"),
		claim("HF", "B0000000815-01", "2026", 5508, "20260315", "Beitrag 10.2025 bis 12.2025"),
		claim("SZ", "B0000000815-02", "2026", 800, "20260415", "Säumniszuschlag"),
		at(1, "20", 3, "FB-2026-001377", 19, "01062026", 27, "04062026", 35, "S", 36, "040626", 42, "20072026", 50, "Festsetzungsbescheid über Rundfunkbeiträge für eine Wohnung, 01.2026 bis 03.2026"),
		claim("HF", "B0000001377-01", "2026", 5508, "20260615", "Beitrag 01.2026 bis 03.2026"),
		at(1, "10", 3, "000004711816", 15, "3", 16, "Gaststätte Zum Beispiel", 56, "GmbH", 86, "00000000", 94, "Am Musterteich 5", 134, "60311", 139, "Frankfurt am Main", 179, "D  "),
		at(1, "20", 3, "FB-2026-000900", 19, "10032026", 35, "U", 36, "150426", 50, "Festsetzungsbescheid über Rundfunkbeiträge für eine Betriebsstätte {Filiale 2} [Saal]"),
		claim("HF", "B0000000900-01", "2026", 18360, "20260325", "Beitrag 01.2026 bis 03.2026"),
		claim("MG", "B0000000900-02", "2026", 750, "20260515", "Mahngebühr"),
		at(1, "10", 3, "000004711817", 15, "1", 16, "von der Musterheide", 56, "Jürgen", 86, "19550101", 94, "Unter den Mustern 99", 134, "38100", 139, "Braunschweig", 179, "D  ", 190, "A"),
		at(1, "20", 3, "FB-2026-002001", 19, "15072026", 27, "18072026", 35, "U", 36, "200826", 42, "01092026", 50, "Festsetzungsbescheid über Rundfunkbeiträge für eine Wohnung, 04.2026 bis 06.2026"),
		claim("HF", "B0000002001-01", "2026", 5508, "20260731", "Beitrag 04.2026 bis 06.2026"),
	}
	lines = append(lines, at(1, "99", 3, fmt.Sprintf("%08d", len(lines)+1), 11, "00000003", 19, fmt.Sprintf("%015d", 5508*3+800+18360+750)))
	return lines
}

// ebcdic encodes text in IBM-1141 as an implementation that knows nothing of ours: code page 037 and the places where 1141 differs.
func ebcdic(t testing.TB, s string) []byte {
	t.Helper()
	differs := map[rune]byte{'{': 0x43, 'Ä': 0x4a, '!': 0x4f, '~': 0x59, 'Ü': 0x5a, '^': 0x5f, '[': 0x63, 'ö': 0x6a, '§': 0x7c, 'ß': 0xa1, '¢': 0xb0,
		'@': 0xb5, '¬': 0xba, '|': 0xbb, 'ä': 0xc0, '¦': 0xcc, 'ü': 0xd0, '}': 0xdc, 'Ö': 0xe0, '\\': 0xec, ']': 0xfc, '€': 0x9f}
	var out []byte
	for _, r := range s {
		b, ok := differs[r]
		if !ok {
			b, ok = charmap.CodePage037.EncodeRune(r)
		}
		if !ok {
			t.Fatalf("%q is not in IBM-1141", r)
		}
		out = append(out, b)
	}
	return out
}

// pair packs the two CSV files of the avviso example.
func pair(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range []string{"export_kopf_20261120.csv", "export_forderungen_20261120.csv"} {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(2026, 11, 20, 6, 0, 0, 0, time.UTC)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(flatSample(t, filepath.Join(flatDir, "avviso", name))); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func flatSample(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestFlatSamples: the sample files that cannot be read as text are what the text here says.
func TestFlatSamples(t *testing.T) {
	text := strings.Join(zentralRecords(), "")
	for name, want := range map[string][]byte{"zentral.ebc": ebcdic(t, text), "avviso.zip": pair(t)} {
		name = filepath.Join(flatDir, name)
		if *updateFlat {
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(flatSample(t, name), want) {
			t.Errorf("%s is not what it says here: go test ./mapping -run TestFlatSamples -update-flat", name)
		}
	}
}
