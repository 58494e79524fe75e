package printstreet_test

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"damtshilfe/printstreet"
)

// TestPDFA looks for what PDF/A-1b demands and forbids, as far as it can be seen in the structure; preflight_test.go asks a validator.
func TestPDFA(t *testing.T) {
	bundle := render(t, mixedJob()).Files[0].Data
	for name, pdf := range map[string][]byte{"letter": renderLetter(t, letter(1, ersuchen())), "bundle": bundle} {
		t.Run(name, func(t *testing.T) {
			path := save(t, "a.pdf", pdf)
			run(t, "qpdf", "--check", path)
			embedded(t, path)
			if !bytes.HasPrefix(pdf, []byte("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")) {
				t.Error("no binary comment after the header")
			}
			run(t, "qpdf", "--qdf", "--object-streams=disable", path, path+".qdf")
			plain := run(t, "cat", path+".qdf")
			for _, want := range []string{"/Type /Metadata", "/S /GTS_PDFA1", "/DestOutputProfile", "/Lang (de-DE)", "/ID [", "<pdfaid:part>1</pdfaid:part>", "<pdfaid:conformance>B</pdfaid:conformance>",
				"/CreationDate (D:", "00Z)", "/DisplayDocTitle true"} {
				if !strings.Contains(plain, want) {
					t.Errorf("missing %s", want)
				}
			}
			for _, bad := range []string{"/EmbeddedFiles", "/Encrypt", "/JavaScript", "/Transparency", "/SMask", "/LZWDecode", "/ObjStm", "/AA ", "<0000> <FFFF> <0000>", " rg\n", " RG\n", "DeviceRGB"} {
				if strings.Contains(plain, bad) {
					t.Errorf("contains %s", bad)
				}
			}
		})
	}
}

func TestXMPSaysWhatInfoSays(t *testing.T) {
	out := run(t, "pdfinfo", save(t, "a.pdf", renderLetter(t, letter(1, ersuchen()))))
	for _, want := range []string{"Title:           Vollstreckungshilfe, Schreiben", "Creator:         dAmtshilfe gateway", "Producer:        dAmtshilfe printstreet, gofpdf 1.16.2", "Page size:       595.28 x 841.89 pts (A4)", "PDF version:     1.4"} {
		if !strings.Contains(out, want) {
			t.Errorf("pdfinfo does not say %q:\n%s", want, out)
		}
	}
	pdf := renderLetter(t, letter(1, ersuchen()))
	for _, want := range []string{">Vollstreckungshilfe, Schreiben<", ">dAmtshilfe gateway<", "<xmp:CreateDate>2026-11-21T00:00:00Z<"} {
		if !bytes.Contains(pdf, []byte(want)) {
			t.Errorf("XMP does not say %q", want)
		}
	}
}

// TestCrossReferences reads the table by hand: every object stands where it says.
func TestCrossReferences(t *testing.T) {
	pdf := renderLetter(t, letter(1, ersuchen()))
	i := bytes.LastIndex(pdf, []byte("startxref\n"))
	start, err := strconv.Atoi(strings.Fields(string(pdf[i:]))[1])
	if err != nil || !bytes.HasPrefix(pdf[start:], []byte("xref\n0 ")) {
		t.Fatalf("startxref %d does not lead to a table", start)
	}
	for n, m := range regexp.MustCompile(`(\d{10}) 00000 n \n`).FindAllSubmatch(pdf[start:], -1) {
		off, _ := strconv.Atoi(string(m[1]))
		if want := strconv.Itoa(n+1) + " 0 obj\n"; !bytes.HasPrefix(pdf[off:], []byte(want)) {
			t.Errorf("object %d is not at %d", n+1, off)
		}
	}
}

func TestFinishRefusesBrokenFiles(t *testing.T) {
	for _, in := range []string{"", "startxref\n", "startxref\n0\n", "startxref\n-1\n%%EOF", "startxref\n", string(bytes.Replace(unfinished(), []byte("/Fb2 9.00"), []byte("/Fc3 9.00"), 1)), "xref\n0 9\n0000000000 65535 f \nstartxref\n0\n", "%PDF-1.3\nxref\n0 2\n0000000000 65535 f \n0000000000 00000 n \nstartxref\n9\n%%EOF\n"} {
		if _, err := printstreet.Finish([]byte(in), 1); err == nil {
			t.Errorf("Finish took %q", in)
		}
	}
}

func FuzzFinish(f *testing.F) {
	f.Add([]byte("%PDF-1.3\n1 0 obj\n<<>>\nendobj\nxref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer\n<<>>\nstartxref\n33\n%%EOF\n"), 1)
	f.Add(unfinished(), 1)
	f.Fuzz(func(t *testing.T, in []byte, pages int) {
		_, _ = printstreet.Finish(in, pages) // must not panic
	})
}

// unfinished is a file of the form that finish expects: page tree, resources, one page with content, info, catalog.
func unfinished() []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.3\n")
	var offsets []int
	for i, body := range []string{"<</Type /Pages>>", "<<\n/Font <<\n/Fa1 9 0 R\n/Fb2 9 0 R\n>>\n>>", "<</Type /Page\n/Contents 4 0 R>>", "<</Length 37>>\nstream\nBT /Fa1 9.00 Tf ET\nBT /Fb2 9.00 Tf ET\nendstream",
		"<<\n/CreationDate (D:20261121170000)\n/ModDate (D:20261121170000)\n>>", "<<\n/Type /Catalog\n/Names <<\n/EmbeddedFiles <<>>\n>>\n>>"} {
		offsets = append(offsets, b.Len())
		b.WriteString(strconv.Itoa(i+1) + " 0 obj\n" + body + "\nendobj\n")
	}
	start := b.Len()
	b.WriteString("xref\n0 7\n0000000000 65535 f \n")
	for _, o := range offsets {
		s := "0000000000" + strconv.Itoa(o)
		b.WriteString(s[len(s)-10:] + " 00000 n \n")
	}
	b.WriteString("trailer\n<<>>\nstartxref\n" + strconv.Itoa(start) + "\n%%EOF\n")
	return b.Bytes()
}

func TestFinishTakesItsOwnForm(t *testing.T) {
	if _, err := printstreet.Finish(unfinished(), 1); err != nil {
		t.Error(err)
	}
}

// FuzzLetter puts any text everywhere: the letter is rendered or held, never a panic and never an unreadable file.
func FuzzLetter(f *testing.F) {
	for _, s := range []string{"Müller", "\xff", "😀", "a\u0308", "\u202E", "ǆ\n\n\t", "(\\)", "j́ ", strings.Repeat("W", 600), "\u0301", " \u00AD\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m := ersuchen()
		e := m.Ersuchen
		m.Kopf.Absender.Aktenzeichen, e.Schuldner[0].Person.Familienname, e.Titel[0].Gegenstand, e.Forderungen[0].Buchungstext = s, s, s, s
		e.Gefahr, e.GefahrText, e.Forderungen[0].Buchungsnummer = "liegt-vor", s, s
		l := letter(1, m)
		l.Behoerde.Name, l.Ruecksende = s, s
		pdf, err := printstreet.RenderLetter(l, printstreet.TestProfile())
		if err == nil && !bytes.HasSuffix(pdf, []byte("%%EOF\n")) {
			t.Error("no PDF and no error")
		}
	})
}

// Lengths are written with two decimals, as PDF wants them: no exponent, a sign only where there is something below zero.
func TestHundredths(t *testing.T) {
	for v, want := range map[float64]string{0: "0.00", 1: "1.00", 70.866: "70.87", 841.89: "841.89", -0.5: "-0.50", -12.345: "-12.35", 0.004: "0.00", -0.004: "0.00", 0.05: "0.05", 9.5: "9.50"} {
		if got := printstreet.Hundredths(v); got != want {
			t.Errorf("%v is written %q, want %q", v, got, want)
		}
	}
}
