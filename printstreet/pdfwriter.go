package printstreet

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/klauspost/compress/zlib"
)

// pdfWriter writes objects and remembers where they are.
type pdfWriter struct {
	buf     bytes.Buffer
	offsets []int
	press   press
}

func (w *pdfWriter) object(n int, parts ...[]byte) {
	for len(w.offsets) < n {
		w.offsets = append(w.offsets, 0)
	}
	w.offsets[n-1] = w.buf.Len()
	fmt.Fprintf(&w.buf, "%d 0 obj\n", n)
	for _, p := range parts {
		w.buf.Write(p)
	}
	w.buf.WriteString("\nendobj\n")
}

// content writes a page: our operators, or those and behind them the pictures as gofpdf placed them; compressed, and its hash noted.
func (w *pdfWriter) content(n int, body []byte, c content, out *finished) error {
	_, theirs, ok := bytes.Cut(body, []byte("stream\n"))
	theirs, ok2 := bytes.CutSuffix(theirs, []byte("\nendstream"))
	if !ok || !ok2 {
		return fmt.Errorf("%w: no stream", errPDF)
	}
	if c.packed == nil {
		data := append(bytes.Clone(c.ops), theirs...)
		var err error
		if c.packed, err = w.press.pack(data); err != nil {
			return err
		}
		c.sum = sha256.Sum256(data)
	}
	out.pages = append(out.pages, c.sum)
	w.object(n, fmt.Appendf(nil, "<</Filter /FlateDecode /Length %d>>\nstream\n", len(c.packed)), c.packed, []byte("\nendstream"))
	return nil
}

// press compresses pages, one after the other, into pieces of memory that hold many of them. The zero value is ready.
type press struct {
	out bytes.Buffer
	zw  *zlib.Writer
	mem []byte
}

// pack gives the page compressed; nothing changes it afterwards.
func (p *press) pack(page []byte) (_ []byte, err error) {
	p.out.Reset()
	if p.zw == nil {
		p.zw, err = zlib.NewWriterLevel(&p.out, zlib.BestSpeed)
	} else {
		p.zw.Reset(&p.out)
	}
	if err == nil {
		_, err = p.zw.Write(page)
	}
	if err == nil {
		err = p.zw.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("compress page: %w", err)
	}
	if cap(p.mem)-len(p.mem) < p.out.Len() {
		p.mem = make([]byte, 0, max(256<<10, p.out.Len()))
	}
	from := len(p.mem)
	p.mem = append(p.mem, p.out.Bytes()...)
	return p.mem[from:len(p.mem):len(p.mem)], nil
}

// trailer ends the file. The ID is a hash of all before it.
func (w *pdfWriter) trailer(root, info int) []byte {
	sum := sha256.Sum256(w.buf.Bytes())
	id := hex.EncodeToString(sum[:16])
	start, size := w.buf.Len(), len(w.offsets)+1
	fmt.Fprintf(&w.buf, "xref\n0 %d\n0000000000 65535 f \n", size)
	for _, off := range w.offsets {
		fmt.Fprintf(&w.buf, "%010d 00000 n \n", off)
	}
	fmt.Fprintf(&w.buf, "trailer\n<</Size %d /Root %d 0 R /Info %d 0 R /ID [<%s><%s>]>>\nstartxref\n%d\n%%%%EOF\n", size, root, info, id, id, start)
	return w.buf.Bytes()
}

func stream(dict, data string) string {
	return fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", dict, len(data), data)
}
