package printstreet_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/printstreet"
)

// jars are Apache PDFBox Preflight and what it needs, from Debian's libpdfbox2-java and its dependencies.
var jars = []string{"preflight", "pdfbox2", "xmpbox", "fontbox2", "commons-logging", "javax.activation", "jaxb-api"}

// preflight asks Apache PDFBox about all files of a directory, in one start of Java: the judge of PDF/A-1b.
func preflight(t *testing.T, dir string) {
	t.Helper()
	var path []string
	for _, j := range jars {
		path = append(path, "/usr/share/java/"+j+".jar")
	}
	out := run(t, "java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx1g", "-cp", strings.Join(path, ":"), "org.apache.pdfbox.preflight.Validator_A1b", "batch", dir)
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.Contains(out, f.Name()+" is a valid PDF/A-1b file") {
			t.Errorf("Preflight does not call %s valid", f.Name())
		}
	}
	if t.Failed() {
		t.Log(out)
	}
}

// goldenBundle is the set as one real bundle.
func goldenBundle(t *testing.T) printstreet.Job {
	t.Helper()
	var letters []printstreet.Letter
	for i, g := range golden {
		l := g.make()
		if _, err := printstreet.Set(l); err != nil {
			t.Errorf("%s: %v", g.name, err)
			continue
		}
		l.Sendung.N = i + 1
		letters = append(letters, l)
	}
	return production(job(letters...))
}

// TestGoldenSet renders the nasty letters in one bundle: valid for qpdf, fonts embedded, the same bytes twice. Preflight reads
// every tenth second of CPU a page, so that it looks at the short letters only, unless DAMT_TORTURE=all.
func TestGoldenSet(t *testing.T) {
	j := goldenBundle(t)
	first, again := render(t, j), render(t, j)
	for i, f := range first.Files {
		if !bytes.Equal(f.Data, again.Files[i].Data) {
			t.Errorf("%s: rendered twice, two files", f.Name)
		}
	}
	dir := t.TempDir()
	keep(t, dir, "golden.pdf", first.Files[0].Data)
	run(t, "qpdf", "--check", filepath.Join(dir, "golden.pdf"))
	embedded(t, filepath.Join(dir, "golden.pdf"))
	if os.Getenv("DAMT_TORTURE") != "all" {
		few := production(job())
		for _, n := range []int{1, 8, 14, 26} { // usual, combining sequences, danger, withdrawn: everything that is ever drawn
			few.Letters = append(few.Letters, j.Letters[n])
		}
		keep(t, dir, "golden.pdf", render(t, few).Files[0].Data)
	}
	test := letter(1, ersuchen()) // with overprint
	pdf, err := printstreet.RenderLetter(test, printstreet.TestProfile())
	if err != nil {
		t.Fatal(err)
	}
	keep(t, dir, "letter.pdf", pdf)
	preflight(t, dir)
}

// TestPictures writes every letter of the set as a file of its own into the directory DAMT_PICTURES, to be looked at.
func TestPictures(t *testing.T) {
	dir := os.Getenv("DAMT_PICTURES")
	if dir == "" {
		t.Skip("DAMT_PICTURES names the directory for the golden set")
	}
	p := printstreet.TestProfile()
	p.Betriebsart = amtshilfe.Produktion
	for i, g := range golden {
		l := g.make()
		l.Betriebsart = amtshilfe.Produktion
		pdf, err := printstreet.RenderLetter(l, p)
		if err != nil {
			t.Errorf("%s: %v", g.name, err)
		}
		keep(t, dir, fmt.Sprintf("%02d-%s.pdf", i+1, strings.ReplaceAll(g.name, " ", "-")), pdf)
	}
}

func keep(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// embedded fails for every font that is not in the file, or whose text cannot be read out.
func embedded(t *testing.T, path string) {
	t.Helper()
	for _, line := range strings.Split(strings.TrimSpace(run(t, "pdffonts", path)), "\n")[2:] {
		if f := strings.Fields(line); len(f) < 7 || f[len(f)-5] != "yes" || f[len(f)-3] != "yes" {
			t.Errorf("font not embedded or without ToUnicode: %s", line)
		}
	}
}
