package printstreet

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"damtshilfe/internal/attachment"
)

// finished is a PDF/A-1b file and the hashes of its pages' content streams.
type finished struct {
	data  []byte
	pages [][sha256.Size]byte // of the content stream of each page, uncompressed
}

// finish rewrites what gofpdf wrote (one body, one cross-reference table, uncompressed pages, dates in UTC) as PDF/A-1b:
// binary comment, XMP, output intent, document ID, language; zones on the dates, a legal ToUnicode, no EmbeddedFiles tree;
// page contents compressed. The same input gives the same bytes.
func finish(in []byte, pages []content, title string, created time.Time) (finished, error) {
	src, err := source(in, len(pages))
	if err != nil {
		return finished{}, err
	}
	return finishObjects(src, pages, title, created)
}

// source is the objects of what gofpdf wrote, its fonts with names of ours.
func source(in []byte, pages int) (src [][]byte, err error) {
	if src, err = parseObjects(in); err == nil && pages > 0 {
		src[1], err = resources(src[1], src)
	}
	return src, err
}

// finishObjects is finish for a list of objects.
func finishObjects(src [][]byte, pages []content, title string, created time.Time) (out finished, err error) {
	w := &pdfWriter{}
	w.buf.Grow(len(pages)*3<<10 + 128<<10)
	w.buf.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	root, info, extra := len(src), len(src)-1, len(src)+1
	for i, body := range src {
		n := i + 1
		switch {
		case n == root:
			body, err = catalog(body, extra)
		case n == info:
			body, err = withZones(body)
		case n >= 4 && n%2 == 0 && n <= 2+2*len(pages): // gofpdf writes page p as object 2p+1, its content as 2p+2
			if err := w.content(n, body, pages[n/2-2], &out); err != nil {
				return finished{}, fmt.Errorf("finish object %d: %w", n, err)
			}
			continue
		case toUnicodeStream(body):
			var cmap string
			cmap, err = toUnicode()
			body = []byte(stream("", cmap))
		}
		if err != nil {
			return finished{}, fmt.Errorf("finish object %d: %w", n, err)
		}
		w.object(n, body)
	}
	w.object(extra, []byte(stream("/Type /Metadata /Subtype /XML ", xmp(title, created))))
	w.object(extra+1, fmt.Appendf(nil, "<</Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB IEC61966-2.1) /Info (sRGB IEC61966-2.1)"+
		" /RegistryName (http://www.color.org) /DestOutputProfile %d 0 R>>", extra+2))
	w.object(extra+2, []byte(stream("/N 3 ", string(iccProfile()))))
	out.data = w.trailer(root, info)
	return out, nil
}

// finishGuest rewrites pages as a PDF with the pages of others in them: no PDF/A, and it does not say so. Form k of the document is drawn as
// /Ak.
func finishGuest(src [][]byte, pages []content, doc *attachment.Document) ([]byte, error) {
	w := &pdfWriter{}
	w.buf.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	root, info, base := len(src), len(src)-1, len(src)
	for i, body := range src {
		n := i + 1
		var err error
		switch {
		case n == 2:
			body, err = guestResources(body, base, doc)
		case n == root:
			body, err = guestCatalog(body, base, doc)
		case n == info:
			body, err = withZones(body)
		case n >= 4 && n%2 == 0 && n <= 2+2*len(pages):
			if err := w.content(n, body, pages[n/2-2], &finished{}); err != nil {
				return nil, fmt.Errorf("finish object %d: %w", n, err)
			}
			continue
		case toUnicodeStream(body):
			var cmap string
			cmap, err = toUnicode()
			body = []byte(stream("", cmap))
		}
		if err != nil {
			return nil, fmt.Errorf("finish object %d: %w", n, err)
		}
		w.object(n, body)
	}
	for i := range doc.Objects {
		w.object(base+i+1, doc.Objects[i].Body(base))
	}
	return w.trailer(root, info), nil
}

// guestResources adds the forms to the resources of all pages.
func guestResources(body []byte, base int, doc *attachment.Document) ([]byte, error) {
	before, after, ok := bytes.Cut(body, []byte("/XObject <<\n"))
	if !ok {
		return nil, fmt.Errorf("%w: no XObject", errPDF)
	}
	out := append(bytes.Clone(before), "/XObject <<\n"...)
	for i, p := range doc.Pages {
		out = fmt.Appendf(out, "/A%d %d 0 R\n", i+1, base+p.Form)
	}
	return append(out, after...), nil
}

// guestCatalog says which layers of the document are shown.
func guestCatalog(body []byte, base int, doc *attachment.Document) ([]byte, error) {
	names := bytes.Index(body, []byte("/Names <<"))
	if names < 0 {
		return nil, fmt.Errorf("%w: unexpected catalog", errPDF)
	}
	out := bytes.Clone(body[:names])
	if doc.Layers > 0 {
		out = fmt.Appendf(out, "/OCProperties %d 0 R\n", base+doc.Layers)
	}
	return append(out, "/Lang (de-DE)\n>>"...), nil
}

// toUnicodeStream knows gofpdf's table of characters.
func toUnicodeStream(body []byte) bool {
	return bytes.Contains(body[:min(len(body), 100)], []byte("stream\n/CIDInit /ProcSet findresource begin"))
}

var fontUse = regexp.MustCompile(`BT (/F[0-9a-f]+) 9\.00 Tf ET`)

// resources gives the two fonts the names that our operators use. Page 1 says which is which: the last two fonts set there by gofpdf
// are regular and bold.
func resources(body []byte, src [][]byte) ([]byte, error) {
	if len(src) < 6 {
		return nil, fmt.Errorf("%w: no first page", errPDF)
	}
	set := fontUse.FindAllSubmatch(src[3], -1)
	start := bytes.Index(body, []byte("/Font <<\n"))
	if len(set) < 2 || start < 0 {
		return nil, fmt.Errorf("%w: no fonts", errPDF)
	}
	out := bytes.Clone(body[:start+len("/Font <<\n")])
	for i, name := range []string{"/R", "/B"} {
		_, ref, ok := bytes.Cut(body[start:], append(bytes.Clone(set[len(set)-2+i][1]), ' '))
		line, _, ok2 := bytes.Cut(ref, []byte("\n"))
		if !ok || !ok2 {
			return nil, fmt.Errorf("%w: a font is missing", errPDF)
		}
		out = fmt.Appendf(out, "%s %s\n", name, line)
	}
	return append(out, body[start+len("/Font <<\n"):]...), nil
}

// catalog drops the empty EmbeddedFiles tree, which PDF/A-1 forbids, and adds what PDF/A-1 demands.
func catalog(body []byte, metadata int) ([]byte, error) {
	if !bytes.Contains(body, []byte("/Type /Catalog")) {
		return nil, fmt.Errorf("%w: the last object is no catalog", errPDF)
	}
	names := bytes.Index(body, []byte("/Names <<"))
	end := bytes.LastIndex(body, []byte(">>"))
	if names < 0 || end < names {
		return nil, fmt.Errorf("%w: unexpected catalog", errPDF)
	}
	return fmt.Appendf(nil, "%s/Metadata %d 0 R\n/OutputIntents [%d 0 R]\n/Lang (de-DE)\n/ViewerPreferences <</DisplayDocTitle true>>\n>>",
		body[:names], metadata, metadata+1), nil
}

// withZones adds the zone to the dates of the Info dictionary: they are UTC, as in the XMP.
func withZones(body []byte) ([]byte, error) {
	for _, key := range []string{"/CreationDate (D:", "/ModDate (D:"} {
		i := bytes.Index(body, []byte(key))
		if i < 0 || len(body) < i+len(key)+15 || body[i+len(key)+14] != ')' {
			return nil, fmt.Errorf("%w: no %s", errPDF, key)
		}
		at := i + len(key) + 14
		body = append(append(bytes.Clone(body[:at]), 'Z'), body[at:]...)
	}
	return body, nil
}

// toUnicode says which character each code of the fonts is: itself, for all that the fonts can draw. gofpdf writes one range over
// everything, which is not legal, and readers that make a font anew for each page spend most of their time on codes that nobody uses.
var toUnicode = sync.OnceValues(func() (string, error) {
	fonts, err := loadFonts()
	if err != nil {
		return "", err
	}
	var ranges [][2]int // a range never goes beyond 256 codes with the same first byte
	for r := ' '; int(r) < max(len(fonts.regular.widths), len(fonts.bold.widths)); r++ {
		last := len(ranges) - 1
		switch {
		case !fonts.regular.draws(r) && !fonts.bold.draws(r):
		case last >= 0 && ranges[last][1] == int(r)-1 && r%256 != 0:
			ranges[last][1] = int(r)
		default:
			ranges = append(ranges, [2]int{int(r), int(r)})
		}
	}
	var b strings.Builder
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	for some := range slices.Chunk(ranges, 100) { // as many as a block may have
		fmt.Fprintf(&b, "%d beginbfrange\n", len(some))
		for _, r := range some {
			fmt.Fprintf(&b, "<%04X> <%04X> <%04X>\n", r[0], r[1], r[0])
		}
		b.WriteString("endbfrange\n")
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend")
	return b.String(), nil
})
