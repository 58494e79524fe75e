package printstreet

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
)

// drawSingles makes a PDF for each envelope. gofpdf needs several milliseconds to embed two fonts, so it writes all letters once, and
// every file takes its pages and the fonts from there. The fonts have the characters of the whole bundle.
func (p *printing) drawSingles() error {
	c := newCanvas(p.fonts, p.title(), p.Created)
	for i := range p.envelopes {
		c.note(p.documents(&p.envelopes[i])...)
	}
	c.use()
	for i := range p.envelopes {
		if err := p.envelope(c, &p.envelopes[i]); err != nil {
			return err
		}
	}
	cuts, err := p.cutter(c)
	if err != nil {
		return err
	}
	at := 0
	for i := range p.envelopes {
		e := &p.envelopes[i]
		name := e.id.String() + ".pdf"
		first := len(p.out.Entries)
		n := p.add(e, name, 0)
		pdf, err := finishObjects(cuts.cut(at, n), c.pages[at:at+n], p.title(), p.Created)
		if err != nil {
			return fmt.Errorf("render bundle %s: %w", p.Bundle, err)
		}
		p.out.hash(first, pdf.pages)
		p.out.Files = append(p.out.Files, File{name, pdf.data})
		at += n
	}
	return nil
}

// cutter takes pages out of a file of many: objects 1 and 2 are page tree and resources, 2p+1 and 2p+2 page p and its content, then
// come fonts, images, info and catalog.
type cutter struct {
	src   [][]byte
	pages int              // of src
	tails map[int][][]byte // by number of pages: what stands behind them, numbered anew; and the resources in front
}

var (
	kids      = regexp.MustCompile(`/Kids \[[^\]]*\]`)
	treeCount = regexp.MustCompile(`/Count [0-9]+`)
	contents  = regexp.MustCompile(`/Contents [0-9]+ 0 R`)
	objectRef = regexp.MustCompile(`[0-9]+ 0 R`)
)

// cut gives the objects of a file with n pages from page at, counted from 0.
func (c *cutter) cut(at, n int) [][]byte {
	tail := c.tails[n]
	if tail == nil {
		for _, body := range append([][]byte{c.src[1]}, c.src[2+2*c.pages:]...) {
			tail = append(tail, renumber(body, 2+2*c.pages, 2*(c.pages-n)))
		}
		c.tails[n] = tail
	}
	var list bytes.Buffer
	for p := range n {
		fmt.Fprintf(&list, "%d 0 R ", 2*p+3)
	}
	tree := kids.ReplaceAll(c.src[0], fmt.Appendf(nil, "/Kids [%s]", list.Bytes()))
	out := [][]byte{treeCount.ReplaceAll(tree, fmt.Appendf(nil, "/Count %d", n)), tail[0]}
	for p := range n {
		page := contents.ReplaceAll(c.src[2+2*(at+p)], fmt.Appendf(nil, "/Contents %d 0 R", 2*p+4))
		out = append(out, page, c.src[3+2*(at+p)])
	}
	return append(out, tail[1:]...)
}

// renumber takes less from every reference beyond last. The bytes of a stream are none.
func renumber(body []byte, last, less int) []byte {
	dict, stream, found := bytes.Cut(body, []byte("stream\n"))
	dict = objectRef.ReplaceAllFunc(dict, func(ref []byte) []byte {
		n, err := strconv.Atoi(string(ref[:len(ref)-len(" 0 R")]))
		if err != nil || n <= last {
			return ref
		}
		return fmt.Appendf(nil, "%d 0 R", n-less)
	})
	if !found {
		return dict
	}
	return append(append(dict, "stream\n"...), stream...)
}
