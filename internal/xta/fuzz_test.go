package xta_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
