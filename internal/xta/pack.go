package xta

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
)

// bundle is a message to be sent.
type bundle struct {
	contentType string
	body        joined
}

// hexSeed makes the names of a bundle out of seed: the same seed gives the same bytes.
func hexSeed(seed string) string {
	sum := sha256.Sum256([]byte(seed))
	return hex.EncodeToString(sum[:16])
}

// contentID names the n-th content of a message, n from 1; 0 is the envelope.
func contentID(seed string, n int) string {
	return "p" + string(rune('0'+n)) + "-" + hexSeed(seed) + "@xta.damtshilfe"
}

// boundary is the first choice for a seed, another its next ones.
func boundary(seed string) string { return "xta-" + hexSeed("boundary "+seed) }

func another(boundary string) string { return "xta-" + hexSeed(boundary) }

// pack writes envelope and contents as multipart/related. Envelope and contents are every second piece of the body.
func pack(seed, action, boundary string, envelope []byte, contents []Octets) bundle {
	root := contentID(seed, 0)
	head := "--" + boundary + "\r\nContent-ID: <" + root + ">\r\n" +
		"Content-Type: application/xop+xml; charset=UTF-8; type=\"application/soap+xml; action=\\\"" + action + "\\\"\"\r\n" +
		"Content-Transfer-Encoding: binary\r\n\r\n"
	b := bundle{contentType: "multipart/related; type=\"application/xop+xml\"; start=\"<" + root + ">\"; " +
		"start-info=\"application/soap+xml\"; boundary=\"" + boundary + "\"; action=\"" + action + "\""}
	b.body = joined{Bytes(head), Bytes(envelope)}
	for i, data := range contents {
		b.body = append(b.body, Bytes("\r\n--"+boundary+"\r\nContent-ID: <"+contentID(seed, i+1)+">\r\n"+
			"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n"), data)
	}
	b.body = append(b.body, Bytes("\r\n--"+boundary+"--\r\n"))
	return b
}

// seal hashes the bundle and says whether its boundary occurs in envelope or contents.
func (b bundle) seal(boundary string) (sum [32]byte, clash bool, err error) {
	h := sha256.New()
	for i, o := range b.body {
		f := &finder{next: h, word: []byte("--" + boundary)}
		if i%2 == 0 {
			f.word = nil
		}
		if err := Copy(f, o); err != nil {
			return sum, false, err
		}
		clash = clash || f.found
	}
	h.Sum(sum[:0])
	return sum, clash, nil
}

// finder looks for a word in what passes.
type finder struct {
	next  io.Writer
	word  []byte
	tail  []byte // the last bytes, in which the word may begin
	found bool
}

// Write looks and passes on.
func (f *finder) Write(p []byte) (int, error) {
	if n := len(f.word) - 1; n > 0 && !f.found {
		edge := slices.Concat(f.tail, p[:min(n, len(p))])
		f.found = bytes.Contains(edge, f.word) || bytes.Contains(p, f.word)
		f.tail = edge[max(0, len(edge)-n):]
		if len(p) >= n {
			f.tail = slices.Clone(p[len(p)-n:])
		}
	}
	return f.next.Write(p)
}
