package xta

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
)

// bundle is a message to be sent, in pieces, so that a large content is not copied for an answer.
type bundle struct {
	contentType string
	chunks      [][]byte
}

func (b bundle) size() (n int) {
	for _, c := range b.chunks {
		n += len(c)
	}
	return n
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

// pack writes envelope and contents as multipart/related, with a boundary that occurs in none of them.
func pack(seed, action string, envelope []byte, contents [][]byte) bundle {
	boundary := "xta-" + hexSeed("boundary "+seed)
	for occurs(boundary, envelope, contents) {
		boundary = "xta-" + hexSeed(boundary)
	}
	root := contentID(seed, 0)
	head := "--" + boundary + "\r\nContent-ID: <" + root + ">\r\n" +
		"Content-Type: application/xop+xml; charset=UTF-8; type=\"application/soap+xml; action=\\\"" + action + "\\\"\"\r\n" +
		"Content-Transfer-Encoding: binary\r\n\r\n"
	b := bundle{contentType: "multipart/related; type=\"application/xop+xml\"; start=\"<" + root + ">\"; " +
		"start-info=\"application/soap+xml\"; boundary=\"" + boundary + "\"; action=\"" + action + "\""}
	b.chunks = append(b.chunks, []byte(head), envelope)
	for i, data := range contents {
		b.chunks = append(b.chunks, []byte("\r\n--"+boundary+"\r\nContent-ID: <"+contentID(seed, i+1)+">\r\n"+
			"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n"), data)
	}
	b.chunks = append(b.chunks, []byte("\r\n--"+boundary+"--\r\n"))
	return b
}

func occurs(boundary string, envelope []byte, contents [][]byte) bool {
	for _, data := range append([][]byte{envelope}, contents...) {
		if bytes.Contains(data, []byte("--"+boundary)) {
			return true
		}
	}
	return false
}
