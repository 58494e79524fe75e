package xta_test

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"damtshilfe/internal/xta"
)

// answered proves that whatever came in, what goes out is one well-formed answer.
func answered(t *testing.T, resp *http.Response) {
	b, err := io.ReadAll(resp.Body)
	check(t, err)
	switch resp.StatusCode {
	case 200, 500:
	case 400, 415:
		return
	default:
		t.Fatalf("status %d", resp.StatusCode)
	}
	m := message{resp.Header.Get("Content-Type"), b}
	d := xml.NewDecoder(bytes.NewReader(inline(t, m)))
	for {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatalf("answer: %v\n%s", err, b)
		}
	}
}

// FuzzParts takes multipart bodies apart, without a server.
func FuzzParts(f *testing.F) {
	const contentType = `multipart/related; type="application/xop+xml"; start="<root>"; boundary="b"`
	root := partOf("root", order("urn:x", "PGEvPg==", `<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:x"/>`))
	for _, body := range []string{"--b--", root + "--b--", "x\n" + root + partOf("x", "\r\n--b\r\n--bx\n--") + "--b--\r\nx", partOf("x", "y") + root, "--b  \nContent-ID: <root>\n\n--b--"} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) { sameInPieces(t, contentType, body) })
}

// FuzzReader reads envelopes, without a server.
func FuzzReader(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "samples", "*.xml"))
	check(f, err)
	for _, name := range files {
		b, err := os.ReadFile(name)
		check(f, err)
		f.Add(b)
	}
	for _, doc := range []string{`<a><Message x=">">QU&#13;JD</Message><!-- <Message>QUJD</Message> --></a>`, "<CipherValue>QQ==</CipherValue>", "<Attachment>Q", order("urn:x")} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		sameContents(t, doc)
		sameInPieces(t, soapType, doc)
		xta.ReadEnvelope(doc)
	})
}

// sameInPieces proves that it does not matter in which pieces a body comes in.
func sameInPieces(t *testing.T, contentType string, body []byte) {
	envelope, parts, err := xta.Unpack(contentType, bytes.NewReader(body), int64(len(body)))
	again, pieces, otherErr := xta.Unpack(contentType, iotest.OneByteReader(bytes.NewReader(body)), -1)
	if (err == nil) != (otherErr == nil) {
		t.Fatalf("as a whole: %v, in pieces: %v", err, otherErr)
	}
	if err == nil && (!bytes.Equal(tokens.ReplaceAll(envelope, nil), tokens.ReplaceAll(again, nil)) || len(parts) != len(pieces)) {
		t.Fatalf("as a whole %q, in pieces %q", envelope, again)
	}
}

// tokens stand for contents; each reading draws others.
var tokens = regexp.MustCompile(`\([0-9a-f-]{36}\.\d+\)`)

// sameContents proves that what is taken out of an envelope while it passes is what encoding/xml finds in the whole.
func sameContents(t *testing.T, doc []byte) {
	_, parts, err := xta.Unpack(soapType, bytes.NewReader(doc), -1)
	want, ok := contentsOf(doc)
	if err != nil || !ok {
		return
	}
	var got []string
	for _, data := range parts {
		got = append(got, string(data))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("taken out: %q, there is: %q", got, want)
	}
}

// contentsOf is false where the document is none, or holds what needs no comparison: contents that are no base64, or mixed.
func contentsOf(doc []byte) (list []string, ok bool) {
	d := xml.NewDecoder(bytes.NewReader(doc))
	var inside, text string
	for {
		token, err := d.RawToken()
		if err == io.EOF {
			return list, true
		}
		switch token := token.(type) {
		case nil, xml.Directive:
			return nil, false
		case xml.StartElement:
			if inside, text = token.Name.Local, ""; !slices.Contains([]string{"Message", "Attachment", "CipherValue"}, inside) {
				inside = ""
			}
		case xml.CharData:
			text += string(token)
		case xml.Comment, xml.ProcInst:
			if inside != "" {
				return nil, false
			}
		case xml.EndElement:
			text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n", r) }), "")
			if inside != "" && text != "" {
				data, err := base64.StdEncoding.Strict().DecodeString(text)
				if err != nil {
					return nil, false
				}
				list = append(list, string(data))
			}
			inside, text = "", ""
		}
		if bytes.Contains(doc, []byte("<![CDATA[")) || bytes.Contains(doc, []byte("&#")) {
			return nil, false // other ways of writing base64 are taken for none
		}
	}
}

func FuzzEnvelope(f *testing.F) {
	w := newWorld(f)
	w.records = nil
	files, err := filepath.Glob(filepath.Join("testdata", "samples", "*.xml"))
	check(f, err)
	for _, name := range files {
		b, err := os.ReadFile(name)
		check(f, err)
		f.Add(b)
		f.Add(bytes.ReplaceAll(b, []byte("ags:01001000"), []byte(author.Kennung)))
	}
	f.Add([]byte(order(w.issue())))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, path := range []string{"/xta/management", "/xta/send", "/xta/msgbox"} {
			answered(t, w.post(path, soapType, body))
		}
	})
}

func FuzzMultipart(f *testing.F) {
	w := newWorld(f)
	w.records = nil
	root := partOf("root", soap(checkAccount, author.Kennung, ""))
	f.Add(mtom, []byte(root+"--b--"))
	f.Add(mtom, []byte(partOf("root", strings.Replace(order(w.issue()), "PGEvPg==", `<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:x"/>`, 1))+partOf("x", "y")+"--b--"))
	f.Add(mtom, []byte("--b--"))
	f.Add(soapType, []byte(soap(checkAccount, author.Kennung, "")))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		answered(t, w.post("/xta/send", contentType, body))
	})
}
