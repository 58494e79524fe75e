package printstreet

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// errPDF is what every malformed input of Finish wraps.
var errPDF = errors.New("not a PDF as gofpdf writes it")

// parseObjects gives the bodies of the objects 1..n, between "obj" and "endobj".
func parseObjects(in []byte) ([][]byte, error) {
	i := bytes.LastIndex(in, []byte("startxref\n"))
	if i < 0 {
		return nil, fmt.Errorf("%w: no startxref", errPDF)
	}
	num, _, _ := bytes.Cut(in[i+len("startxref\n"):], []byte("\n"))
	xref, err := strconv.Atoi(string(num))
	if err != nil || xref < 0 || xref >= i {
		return nil, fmt.Errorf("%w: bad startxref", errPDF)
	}
	head, rest, ok := bytes.Cut(in[xref:i], []byte("0000000000 65535 f \n"))
	count, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(string(head), "xref\n0 ")))
	if !ok || err != nil || count < 4 || len(rest) < (count-1)*20 {
		return nil, fmt.Errorf("%w: bad cross-reference table", errPDF)
	}
	offsets := make([]int, count-1)
	for n := range offsets {
		off, err := strconv.Atoi(string(rest[n*20 : n*20+10]))
		if err != nil || off < 0 || off >= xref {
			return nil, fmt.Errorf("%w: bad offset of object %d", errPDF, n+1)
		}
		offsets[n] = off
	}
	return cutObjects(in[:xref], offsets)
}

// cutObjects gives the bodies. Numbers do not follow the order in the file (gofpdf writes the page tree late), so an object ends
// where the next one in the file starts.
func cutObjects(in []byte, offsets []int) ([][]byte, error) {
	sorted := append(slices.Sorted(slices.Values(offsets)), len(in))
	objects := make([][]byte, len(offsets))
	for n, off := range offsets {
		next, _ := slices.BinarySearch(sorted, off+1)
		body, starts := bytes.CutPrefix(in[off:sorted[next]], fmt.Appendf(nil, "%d 0 obj\n", n+1))
		body, ends := bytes.CutSuffix(body, []byte("endobj\n"))
		if !starts || !ends {
			return nil, fmt.Errorf("%w: object %d has no start or no end", errPDF, n+1)
		}
		objects[n] = bytes.TrimSuffix(body, []byte("\n"))
	}
	return objects, nil
}
