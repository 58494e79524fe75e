package printstreet_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/printstreet"
)

// TestBenchFOP compares with Apache FOP in CPU seconds: 2 000 letters of two pages each as PDF/A-1b with the same fonts, in one process,
// with the same lines of text and as many tables. Ours have the codes of case and sheet in addition, FOP's have none.
func TestBenchFOP(t *testing.T) {
	if os.Getenv("DAMT_BENCH") == "" {
		t.Skip("measures only: DAMT_BENCH=1, make bench")
	}
	const n = 2000
	m := ersuchen()
	e := m.Ersuchen
	e.Schuldner, e.Titel, e.Forderungen = e.Schuldner[:1], e.Titel[:1], e.Forderungen[:3]
	letters := make([]printstreet.Letter, 500)
	for i := range letters {
		letters[i] = letter(i+1, m)
	}
	j := production(job(letters...))
	j.Profile.SheetControl = printstreet.SheetControl{Art: "datamatrix", X: 12, Y: 235, Module: 0.5, Quiet: 1}
	before := cpu(t)
	for range n / len(letters) {
		render(t, j)
	}
	ours := n / (cpu(t) - before).Seconds()
	theirs := n / fop(t, letters[0], n)
	t.Logf("letters per CPU second: ours %.0f (aim 2000), Apache FOP %.0f, ratio %.1f (aim 20)", ours, theirs, ours/theirs)
	if ours < 5*theirs {
		t.Error("not even five times as fast as FOP")
	}
}

// fop makes n copies of a letter and gives the CPU seconds.
func fop(t *testing.T, l printstreet.Letter, n int) float64 {
	t.Helper()
	l.Betriebsart = amtshilfe.Produktion
	pages, err := printstreet.Set(l)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	keep(t, dir, "fop.xml", []byte(fopConfig(t)))
	var b strings.Builder
	b.WriteString(`<fo:root xmlns:fo="http://www.w3.org/1999/XSL/Format" font-family="N" font-size="9.5pt"><fo:layout-master-set><fo:simple-page-master master-name="a" ` +
		`page-width="210mm" page-height="297mm" margin="20mm 20mm 20mm 25mm"><fo:region-body/></fo:simple-page-master></fo:layout-master-set>`)
	for range n {
		b.WriteString(`<fo:page-sequence master-reference="a"><fo:flow flow-name="xsl-region-body">`)
		for k, p := range pages {
			b.WriteString(page(p, k > 0))
		}
		b.WriteString("</fo:flow></fo:page-sequence>")
	}
	b.WriteString("</fo:root>")
	keep(t, dir, "in.fo", []byte(b.String()))
	cmd := exec.Command("fop", "-q", "-c", filepath.Join(dir, "fop.xml"), "-fo", filepath.Join(dir, "in.fo"), "-pdfprofile", "PDF/A-1b", "-pdf", filepath.Join(dir, "out.pdf"))
	cmd.Env = append(os.Environ(), "JAVA_ARGS=-Xmx1g -XX:+UseSerialGC")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("fop: %v\n%.2000s", err, out)
	}
	return (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
}

// page is the texts of a page in rows of two, as a letter's labels and values stand.
func page(texts string, breakBefore bool) string {
	var b strings.Builder
	attr := ""
	if breakBefore {
		attr = ` break-before="page"`
	}
	fmt.Fprintf(&b, `<fo:table table-layout="fixed" width="165mm"%s><fo:table-column column-width="58mm"/><fo:table-column column-width="107mm"/><fo:table-body>`, attr)
	list := strings.Split(strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(texts), "|")
	for i := 0; i < len(list); i += 2 {
		value := ""
		if i+1 < len(list) {
			value = list[i+1]
		}
		fmt.Fprintf(&b, "<fo:table-row><fo:table-cell><fo:block>%s</fo:block></fo:table-cell><fo:table-cell><fo:block>%s</fo:block></fo:table-cell></fo:table-row>", list[i], value)
	}
	b.WriteString("</fo:table-body></fo:table>")
	return b.String()
}

// fopConfig embeds our fonts.
func fopConfig(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("fonts")
	if err != nil {
		t.Fatal(err)
	}
	font := func(file, weight string) string {
		return fmt.Sprintf(`<font embed-url="file://%s/%s" kerning="no"><font-triplet name="N" style="normal" weight="%s"/></font>`, dir, file, weight)
	}
	return `<fop version="1.0"><renderers><renderer mime="application/pdf"><fonts>` + font("NotoSans-Regular-din91379.ttf", "normal") + font("NotoSans-Bold-din91379.ttf", "bold") +
		`</fonts></renderer></renderers></fop>`
}
