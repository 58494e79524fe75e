package printstreet_test

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/printstreet"
)

// run starts a tool of Debian; a missing one fails the test, because nothing else checks what it checks.
func run(t *testing.T, tool string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(tool); err != nil {
		t.Fatalf("%s is missing: apt-get install qpdf poppler-utils libxml2-utils coreutils", tool)
	}
	var out, errs bytes.Buffer
	cmd := exec.Command(tool, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s%s", tool, strings.Join(args, " "), err, out.String(), errs.String())
	}
	return out.String()
}

// save writes a file for the tools.
func save(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// saveBundle writes all files of a bundle into a directory.
func saveBundle(t *testing.T, b printstreet.Bundle) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range b.Files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func render(t *testing.T, j printstreet.Job) printstreet.Bundle {
	t.Helper()
	b, err := printstreet.Render(j)
	if err != nil {
		t.Fatalf("Render: %v", err)
	}
	return b
}

// renderLetter renders a letter without overprint, whose letters would stand between the lines that poppler reads.
func renderLetter(t *testing.T, l printstreet.Letter) []byte {
	t.Helper()
	p := printstreet.TestProfile()
	p.Betriebsart, l.Betriebsart = amtshilfe.Produktion, amtshilfe.Produktion
	pdf, err := printstreet.RenderLetter(l, p)
	if err != nil {
		t.Fatalf("RenderLetter: %v", err)
	}
	return pdf
}

func fileOf(t *testing.T, b printstreet.Bundle, suffix string) []byte {
	t.Helper()
	for _, f := range b.Files {
		if strings.HasSuffix(f.Name, suffix) {
			return f.Data
		}
	}
	t.Fatalf("no file %s", suffix)
	return nil
}

// text is what poppler reads, page by page, with runs of white space as one space.
func text(t *testing.T, pdf []byte) []string {
	t.Helper()
	out := run(t, "pdftotext", "-layout", save(t, "a.pdf", pdf), "-")
	pages := strings.Split(strings.TrimSuffix(out, "\f"), "\f")
	for i := range pages {
		pages[i] = strings.Join(strings.Fields(pages[i]), " ")
	}
	return pages
}

// bboxLine is a line as poppler places it, in points from the top left corner.
type bboxLine struct {
	XMin  float64 `xml:"xMin,attr"`
	YMin  float64 `xml:"yMin,attr"`
	XMax  float64 `xml:"xMax,attr"`
	YMax  float64 `xml:"yMax,attr"`
	Words []struct {
		XMin float64 `xml:"xMin,attr"`
		XMax float64 `xml:"xMax,attr"`
		YMin float64 `xml:"yMin,attr"`
		YMax float64 `xml:"yMax,attr"`
		Text string  `xml:",chardata"`
	} `xml:"word"`
}

func (l bboxLine) text() string {
	var words []string
	for _, w := range l.Words {
		words = append(words, w.Text)
	}
	return strings.Join(words, " ")
}

// layout gives the lines of each page.
func layout(t *testing.T, pdf []byte) [][]bboxLine {
	t.Helper()
	out := run(t, "pdftotext", "-bbox-layout", save(t, "a.pdf", pdf), "-")
	var doc struct {
		Pages []struct {
			Lines []bboxLine `xml:"flow>block>line"`
		} `xml:"body>doc>page"`
	}
	d := xml.NewDecoder(strings.NewReader(out))
	d.Strict = false
	if err := d.Decode(&doc); err != nil {
		t.Fatalf("read bbox: %v", err)
	}
	var pages [][]bboxLine
	for _, p := range doc.Pages {
		pages = append(pages, p.Lines)
	}
	return pages
}

func asLetterError(err error) (*printstreet.LetterError, bool) {
	return errors.AsType[*printstreet.LetterError](err)
}

// encode writes an attachment as a message has it.
func encode(pdf []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(pdf)) }
