package app_test

import (
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
)

// output runs a tool of Debian in dir.
func output(t *testing.T, dir, apt, tool string, args ...string) string {
	t.Helper()
	need(t, tool, apt)
	cmd := exec.CommandContext(t.Context(), tool, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", tool, err, out)
	}
	return string(out)
}

// TestEveryBundle: what the print centre finds is whole, checks out with its own tools, and shows addresses in the window.
func TestEveryBundle(t *testing.T) {
	p := playDemo(t)
	letters := 0
	for _, dir := range p.files(t, "rz-a/var/print/standard/inbox/*") {
		id := filepath.Base(dir)
		b, err := p.ledger.Bundle(amtshilfe.BundleID(id))
		if err != nil || b.State != amtshilfe.BundlePublished {
			t.Fatalf("bundle %s is %s: %v", id, b.State, err)
		}
		sums := output(t, dir, "coreutils", "sha256sum", "-c", "--strict", id+"_sha256sum")
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		// All but the list itself and the empty marker.
		if n := strings.Count(sums, ": OK\n"); n != len(entries)-2 {
			t.Errorf("%d files have a checksum, %d lie there:\n%s", n, len(entries), sums)
		}
		index := readIndex(t, dir, id)
		if out := output(t, dir, "qpdf", "qpdf", "--check", index.Datei); strings.Contains(out, "WARNING") {
			t.Errorf("qpdf: %s", out)
		}
		fonts := output(t, dir, "poppler-utils", "pdffonts", index.Datei)
		for i, line := range strings.Split(strings.TrimSpace(fonts), "\n") {
			if f := strings.Fields(line); i > 1 && (len(f) < 7 || f[len(f)-5] != "yes") {
				t.Errorf("font not embedded: %s", line)
			}
		}
		deliveries, err := p.ledger.BundleDeliveries(b.ID)
		if err != nil {
			t.Fatal(err)
		}
		if len(deliveries) != len(index.Sendungen) || b.Letters != len(deliveries) {
			t.Errorf("%d letters in the index, %d in the ledger", len(index.Sendungen), len(deliveries))
		}
		pages := readPages(t, dir, index.Datei)
		if len(pages) != b.Pages || index.Seiten != b.Pages {
			t.Errorf("%d pages, the index says %d, the ledger %d", len(pages), index.Seiten, b.Pages)
		}
		for _, d := range deliveries {
			letters++
			index.addressed(t, d, pages)
		}
	}
	if letters == 0 {
		t.Error("no letters: the test shows nothing")
	}
}

// indexXML is the list of letters in a bundle.
type indexXML struct {
	Datei     string `xml:"datei,attr"`
	Seiten    int    `xml:"seiten,attr"`
	Sendungen []struct {
		ID          string `xml:"id,attr"`
		Erste       int    `xml:"ersteSeite,attr"`
		Delivery    string `xml:"uebermittlung,attr"`
		Empfaenger  string `xml:"empfaenger,attr"`
		LetzteSeite int    `xml:"letzteSeite,attr"`
	} `xml:"sendung"`
}

func readIndex(t *testing.T, dir, id string) (index indexXML) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, id+"_index.xml"))
	if err == nil {
		err = xml.Unmarshal(data, &index)
	}
	if err != nil {
		t.Fatal(err)
	}
	return index
}

// word is a word on a page, in points from the top left corner.
type word struct {
	XMin float64 `xml:"xMin,attr"`
	YMin float64 `xml:"yMin,attr"`
	XMax float64 `xml:"xMax,attr"`
	YMax float64 `xml:"yMax,attr"`
	Text string  `xml:",chardata"`
}

func readPages(t *testing.T, dir, file string) [][]word {
	t.Helper()
	var doc struct {
		Pages []struct {
			Words []word `xml:"flow>block>line>word"`
		} `xml:"body>doc>page"`
	}
	d := xml.NewDecoder(strings.NewReader(output(t, dir, "poppler-utils", "pdftotext", "-bbox-layout", file, "-")))
	d.Strict = false
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	var pages [][]word
	for _, p := range doc.Pages {
		pages = append(pages, p.Words)
	}
	return pages
}

// addressed: name and address lines of the authority stand complete on the letter's first page within the part of a DIN 680 window
// that is always visible (x 20 to 100 mm, y 50 to 90 mm, less 3 mm on each side), each on one line.
func (x *indexXML) addressed(t *testing.T, d ledger.Delivery, pages [][]word) {
	t.Helper()
	const mm = 72 / 25.4
	for _, s := range x.Sendungen {
		if s.ID != d.Sendung.String() {
			continue
		}
		if s.Delivery != d.ID.String() || s.Empfaenger != d.Behoerde.Kennung || s.Erste < 1 || s.LetzteSeite > len(pages) {
			t.Errorf("index says %+v of %s to %s", s, d.ID, d.Behoerde.Kennung)
			return
		}
		var in []string
		for _, w := range pages[s.Erste-1] {
			if w.XMin >= 23*mm && w.XMax <= 97*mm && w.YMin >= 53*mm && w.YMax <= 87*mm {
				in = append(in, strings.TrimSpace(w.Text))
			}
		}
		text := strings.Join(in, " ")
		for _, line := range append([]string{d.Behoerde.Name}, d.Behoerde.Anschriftzeilen...) {
			if !strings.Contains(text, line) {
				t.Errorf("letter %s: %q is not in the window: %s", s.ID, line, text)
			}
		}
		return
	}
	t.Errorf("letter %s is not in the index", d.Sendung)
}
