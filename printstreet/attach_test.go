package printstreet_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/attachment"
	"damtshilfe/printstreet"
)

// foreignPage is a page of an attachment: entries of its dictionary and its operators.
type foreignPage struct{ dict, ops string }

// foreignPDF writes a PDF as others do. more are objects from number 4+2n on.
func foreignPDF(pages []foreignPage, more ...string) []byte {
	objects := []string{"<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"}
	var kids strings.Builder
	for i, p := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", 4+2*i)
		objects = append(objects, fmt.Sprintf("<< /Type /Page /Parent 2 0 R /Resources << /Font << /F 3 0 R >> >> /Contents %d 0 R %s >>", 5+2*i, p.dict),
			fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(p.ops), p.ops))
	}
	objects[1] = fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d /MediaBox [0 0 595 842] >>", kids.String(), len(pages))
	var b bytes.Buffer
	b.WriteString("%PDF-1.5\n")
	var table strings.Builder
	for i, o := range append(objects, more...) {
		fmt.Fprintf(&table, "%010d 00000 n \n", b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	n := len(objects) + len(more) + 1
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", n, table.String(), n, b.Len())
	return b.Bytes()
}

func onePage(name string) []byte {
	return foreignPDF([]foreignPage{{"", "BT /F 12 Tf 60 780 Td (Text of " + name + ") Tj ET"}})
}

// frame draws a line along the edge of a page, its diagonal, and what it is.
func frame(x, y, w, h int, what string) string {
	return fmt.Sprintf("2 w %d %d %d %d re S %d %d m %d %d l S BT /F 24 Tf %d %d Td (%s) Tj ET", x+1, y+1, w-2, h-2, x, y, x+w, y+h, x+40, y+h-60, what)
}

// nastyPages are pages as they come: each shows its edge, so that nothing may be cut off.
var nastyPages = []foreignPage{
	{"", frame(0, 0, 595, 842, "A4, upright")},
	{"/MediaBox [0 0 842 595]", frame(0, 0, 842, 595, "A4, landscape")},
	{"/Rotate 90", frame(0, 0, 595, 842, "turned by 90")},
	{"/Rotate -180", frame(0, 0, 595, 842, "turned by 180")},
	{"/Rotate 270 /MediaBox [100 50 695 892]", frame(100, 50, 595, 842, "turned by 270, elsewhere")},
	{"/MediaBox [0 0 298 420]", frame(0, 0, 298, 420, "A6 stays small")},
	{"/MediaBox [0 0 842 1191]", frame(0, 0, 842, 1191, "A3")},
	{"/CropBox [100 100 495 742]", frame(100, 100, 395, 642, "cropped") + " 0 0 90 842 re f"},
	{"/UserUnit 2 /MediaBox [0 0 298 420]", frame(0, 0, 298, 420, "A4 of large units")},
	{"/MediaBox [0 0 20 2000]", frame(0, 0, 20, 2000, "")},
	{"/Annots [26 0 R 27 0 R 28 0 R 29 0 R]", frame(0, 0, 595, 842, "filled in:")},
}

// nastyMore are objects 26 to 31, the annotations of the last page: a field that is filled in, a box that is ticked, a link, and a note that is not printed.
var nastyMore = func() []string {
	picture := func(ops string) string {
		return fmt.Sprintf("<< /Type /XObject /Subtype /Form /BBox [0 0 100 20] /Resources << /Font << /F 3 0 R >> >> /Length %d >>\nstream\n%s\nendstream", len(ops), ops)
	}
	return []string{
		"<< /Type /Annot /Subtype /Widget /FT /Tx /F 4 /V (Meier) /Rect [60 600 360 660] /AP << /N 30 0 R >> >>",
		"<< /Type /Annot /Subtype /Widget /FT /Btn /F 4 /AS /Yes /Rect [60 500 80 520] /AP << /N << /Yes 31 0 R >> >> >>",
		"<< /Type /Annot /Subtype /Link /F 4 /Rect [60 400 80 420] >>",
		"<< /Type /Annot /Subtype /Text /Rect [60 300 80 320] /Contents (nicht gedruckt) >>",
		picture("BT /F 14 Tf 2 5 Td (Meier) Tj ET 0 0 100 20 re S"),
		picture("0 0 100 20 re f"),
	}
}()

func nastyPDF() []byte { return foreignPDF(nastyPages, nastyMore...) }

// attached is a production letter with these PDFs.
func attached(n int, pdfs ...[]byte) printstreet.Letter {
	l := letter(n, ersuchen())
	for i, pdf := range pdfs {
		l.Message.Ersuchen.Anhaenge = append(l.Message.Ersuchen.Anhaenge, amtshilfe.Anhang{Dateiname: fmt.Sprintf("Anlage %d.pdf", i+1), Inhalt: encode(pdf)})
	}
	l.Betriebsart = amtshilfe.Produktion
	return l
}

// TestAttachmentSheets prints pages of every kind and looks at the sheets: nothing in the zones that stay free, the edge of each page
// whole, never larger than it was, codes running through letter and attachments, and both readers agree.
func TestAttachmentSheets(t *testing.T) {
	p := example(t, "dz-datamatrix.yaml")
	p.Envelope.DLMaxSheets = 6
	j := production(job(letter(1, ersuchen()), attached(2, nastyPDF(), onePage("b.pdf"))))
	j.Profile = p
	j.Profile.Betriebsart = amtshilfe.Produktion
	b := render(t, j)
	if again := render(t, j); !bytes.Equal(fileOf(t, b, ".2_A01.pdf"), fileOf(t, again, ".2_A01.pdf")) {
		t.Error("rendered twice, two files")
	}
	e := b.Entries[1]
	l := e.Letters[0]
	if e.Sendung.N != 2 || len(l.Anlagen) != 2 || l.Anlagen[0].Pages != len(nastyPages) || l.Anlagen[0].FirstSheet != l.Sheets+1 || l.Anlagen[1].FirstSheet != l.Sheets+1+len(nastyPages) ||
		e.Sheets != l.Sheets+len(nastyPages)+1 || e.Umschlag != printstreet.UmschlagC4 || e.Grams == 0 {
		t.Errorf("%+v", e)
	}
	dir := saveBundle(t, b)
	path := filepath.Join(dir, l.Anlagen[0].File)
	run(t, "qpdf", "--check", path)
	shots := pictures(t, fileOf(t, b, ".2_A01.pdf"))
	if len(shots) != 2*len(nastyPages) {
		t.Fatalf("%d pages, want a blank back behind each of %d", len(shots), len(nastyPages))
	}
	f := p.Zones.Franking
	for i := range nastyPages {
		front, back := shots[2*i], shots[2*i+1]
		if back.dark(0, 0, 210, 297) {
			t.Errorf("page %d: the back is not blank", i+1)
		}
		for name, z := range map[string]area{"franking": {f.X, f.Y, f.W, f.H}, "top": {0, 0, 210, 12}, "left": {0, 0, 11, 104}, "right": {201, 0, 9, 297}, "bottom": {0, 290, 210, 7}} {
			if front.dark(z.x, z.y, z.x+z.w, z.y+z.h) {
				t.Errorf("page %d: something is printed in zone %q", i+1, name)
			}
		}
	}
	for i, want := range map[int]area{0: {38, 66.1, 149, 212}, 1: {25, 110, 175, 124}, 2: {25, 110, 175, 124}, 5: {60, 98.5, 105.1, 148.2}, 6: {38, 66.1, 149, 212}, 8: {38, 66.1, 149, 212}} {
		whole(t, i, shots[2*i], want)
	}
	checkCodes(t, path, p, "B261121-0042AB/0002", l.Sheets, e.Sheets, len(nastyPages))
	texts := text(t, fileOf(t, b, ".2_A01.pdf"))
	if last := texts[2*len(nastyPages)-2]; !strings.Contains(last, "Meier") || strings.Contains(last, "nicht gedruckt") || !strings.Contains(last, "Anlage 1, Seite 11 von 11") {
		t.Errorf("the last sheet says %q", last)
	}
	if !strings.Contains(strings.Join(text(t, b.Files[0].Data), " "), "1. Anlage 1.pdf (11 Seiten) 2. Anlage 2.pdf (1 Seite)") {
		t.Error("the letter does not list its attachments with their pages")
	}
	run(t, "xmllint", "--noout", "--schema", "xsd/index.xsd", dir+"/B261121-0042AB_index.xml")
	run(t, "xmllint", "--noout", "--schema", "xsd/auftrag.xsd", dir+"/B261121-0042AB_auftrag.xml")
}

// whole looks for all four edges of a page's frame where it has to be.
func whole(t *testing.T, i int, s picture, a area) {
	t.Helper()
	const d = 1.2
	mx, my := a.x+a.w*0.55, a.y+a.h*0.7
	for name, z := range map[string]area{"left": {a.x - d, my, 2 * d, 3}, "right": {a.x + a.w - d, my, 2 * d, 3}, "top": {mx, a.y - d, 3, 2 * d}, "bottom": {mx, a.y + a.h - d, 3, 2 * d}} {
		if !s.dark(z.x, z.y, z.x+z.w, z.y+z.h) {
			t.Errorf("page %d: its %s edge is not where it belongs", i+1, name)
		}
	}
}

// checkCodes reads the codes of an attachment's sheets: those of an envelope from sheet before+1 on.
func checkCodes(t *testing.T, path string, p printstreet.Profile, id string, before, all, n int) {
	t.Helper()
	var files []string
	var shots []picture
	c := p.SheetControl
	edge := 20*c.Module + 2*c.Quiet
	step := 1
	if p.Duplex {
		step = 2
	}
	for i := range n {
		file, shot := cut(t, path, i*step+1, area{c.X - c.Quiet, c.Y - c.Quiet, edge, edge})
		files, shots = append(files, file), append(shots, shot)
	}
	for i, code := range readCodes(t, files, shots) {
		if want := fmt.Sprintf("%s%03d%03d", id, before+i+1, all); !strings.HasPrefix(code, want) || !printstreet.Checked(code) {
			t.Errorf("sheet %d: %s, want %s", i+1, code, want)
		}
	}
}

// Attachments that cannot be printed hold their letter, with the reason; its neighbours do not care.
func TestAttachmentsThatAreHeld(t *testing.T) {
	found := func(p attachment.Problem) func(*printstreet.Job) {
		return func(j *printstreet.Job) {
			j.Letters[1] = attached(2, foreignPDF([]foreignPage{{dict: map[attachment.Problem]string{
				attachment.Active: "/AA << /O << /S /JavaScript /JS (x) >> >>", attachment.Broken: "/MediaBox [0 0 0 0]", attachment.NoForm: "/Annots [<< /Subtype /Widget /F 4 /V (x) >>]"}[p]}}))
		}
	}
	for _, tt := range []struct {
		name   string
		change func(*printstreet.Job)
		code   string
		says   string
	}{
		{"a profile that prints none", func(j *printstreet.Job) { j.Profile.Attachments = printstreet.AttachmentsHold }, "DRUCK-ANLAGEN", "keine Anlagen"},
		{"an active one", found(attachment.Active), "DRUCK-ANHANG", "aktive Inhalte"},
		{"a broken one", found(attachment.Broken), "DRUCK-ANHANG", "beschädigt"},
		{"one whose content would be missing", found(attachment.NoForm), "DRUCK-ANHANG", "Felder"},
		{"more sheets than go into an envelope", func(j *printstreet.Job) {
			j.Letters[1] = attached(2, foreignPDF(make([]foreignPage, 150)))
		}, "DRUCK-UMFANG", "150"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			j := production(job(letter(1, ersuchen()), attached(2, onePage("a.pdf")), letter(3, ersuchen())))
			tt.change(&j)
			_, err := printstreet.Render(j)
			bad, ok := asLetterError(err)
			if !ok || bad.Index != 1 || bad.Fault.Code != tt.code || !strings.Contains(bad.Fault.Text, tt.says) || bad.Fault.Verdict != amtshilfe.Hold {
				t.Fatalf("got %v", err)
			}
			j.Letters = append(j.Letters[:1], j.Letters[2:]...)
			render(t, j)
		})
	}
	j := production(job(attached(1, onePage("a.pdf"))))
	j.Cut = nil
	if _, err := printstreet.Render(j); err == nil {
		t.Error("rendered without a reader")
	} else if _, ok := asLetterError(err); ok {
		t.Error("a reader that is not there is the job's fault, not the letter's")
	}
}

// The letters, and lists of them, stay PDF/A-1b, whatever is attached; and an attachment's own file does not claim to be.
func TestAttachmentsAndPreflight(t *testing.T) {
	b := render(t, production(job(attached(1, nastyPDF()))))
	dir := t.TempDir()
	keep(t, dir, "letters.pdf", b.Files[0].Data)
	keep(t, dir, "covers.pdf", render(t, manyTo()).Files[0].Data)
	preflight(t, dir)
	if sheets := fileOf(t, b, ".1_A01.pdf"); bytes.Contains(sheets, []byte("pdfaid")) || !bytes.HasPrefix(sheets, []byte("%PDF-1.7")) {
		t.Error("the sheets of an attachment claim to be PDF/A")
	}
}

// In a test profile every sheet says so, over the page as well: a scan has no transparent paper.
func TestAttachmentsAreOverprinted(t *testing.T) {
	l := attached(1, onePage("a.pdf"))
	l.Betriebsart = amtshilfe.Test
	path := save(t, "a.pdf", fileOf(t, render(t, job(l)), ".1_A01.pdf"))
	run(t, "qpdf", "--stream-data=uncompress", path, path+".qdf")
	plain := run(t, "cat", path+".qdf")
	if form, over := strings.Index(plain, "/A1 Do"), strings.Index(plain, "1 Tr"); form < 0 || over < form {
		t.Error("the page is not overprinted")
	}
}

// Whatever a letter's length, its last page lists the attachments with their pages, and never nothing else.
func TestAttachmentsAreListedLast(t *testing.T) {
	for _, claims := range []int{0, 6, 12} {
		l := letter(1, withClaims(withAttachments(ersuchen(), "a.pdf", "long.pdf"), claims))
		l.Betriebsart = amtshilfe.Produktion
		pages := text(t, render(t, production(job(l))).Files[0].Data)
		for len(pages) > 0 && pages[len(pages)-1] == "" { // the blank back
			pages = pages[:len(pages)-1]
		}
		last := pages[len(pages)-1]
		if !strings.Contains(last, "1. a.pdf (1 Seite) 2. long.pdf (6 Seiten)") || !strings.Contains(last, "Mit freundlichen Grüßen") {
			t.Errorf("%d claims: the last page says %q", claims, last)
		}
	}
}
