package xta_test

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"damtshilfe/internal/durable"
	"damtshilfe/internal/xta"
)

// TestHostileAnswers: whatever a server answers to getMessage, the client says that it does not understand it, keeps no file and
// needs no memory for it.
func TestHostileAnswers(t *testing.T) {
	text := regexp.MustCompile(`(<xta:(?:Message|Attachment) [^>]*>)[^<]*<`)
	plain := sample(t, "08-getMessage-response.xml")
	packed := text.ReplaceAllString(plain, `${1}<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:a"/><`)
	const id = "urn:de:xta:messageid:ClearingstelleXY_Xta_01:000ca2fe-f4e1-45c2-8233-3a0eb760bd16"
	const endless = 200 << 20
	for _, tt := range []struct {
		name, contentType string
		write             func(w io.Writer)
	}{
		{"a part without end", mtom, func(w io.Writer) {
			fmt.Fprint(w, partOf("root", packed)+"--b\r\nContent-ID: <a>\r\n\r\n")
			_, _ = io.CopyN(w, zeros{}, endless)
		}},
		{"base64 without end", soapType, func(w io.Writer) {
			before, _, _ := strings.Cut(packed, "<x:Include")
			fmt.Fprint(w, before)
			_, _ = io.CopyN(w, zeros{}, endless)
		}},
		{"an envelope without end", soapType, func(w io.Writer) { _, _ = io.CopyN(w, zeros{}, endless) }},
		{"a part cut off", mtom, func(w io.Writer) {
			fmt.Fprint(w, partOf("root", packed), "--b\r\nContent-ID: <a>\r\n\r\n", strings.Repeat("x", 1<<20))
		}},
		{"a part that is missing", mtom, func(w io.Writer) {
			fmt.Fprint(w, partOf("root", packed), partOf("other", strings.Repeat("x", 1<<20)), "--b--")
		}},
		{"10 000 parts", mtom, func(w io.Writer) { fmt.Fprint(w, partOf("root", packed), manyParts(10_000), "--b--") }},
		{"a DOCTYPE", soapType, func(w io.Writer) { fmt.Fprint(w, strings.Replace(plain, "?>", "?><!DOCTYPE a>", 1)) }},
		{"an empty answer", soapType, func(w io.Writer) { fmt.Fprint(w, envelope("", "")) }},
		{"no SOAP", "application/gzip", func(w io.Writer) { _, _ = io.CopyN(w, zeros{}, 1<<20) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if testing.Short() && strings.Contains(tt.name, "without end") {
				t.Skip("many bytes")
			}
			_, s, ca := stub(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.Header().Set("Content-Type", tt.contentType)
				tt.write(w)
			})
			path := t.TempDir()
			dir, err := durable.New(nil).OpenDir(path)
			check(t, err)
			defer dir.Close()
			c := xta.NewClient(xta.ClientOptions{TLS: clientTLS(ca.issue("client"), ca.pool), Spool: dir})
			defer c.Close()
			most := peakHeap(func() { _, err = c.GetMessage(t.Context(), s.URL, reader, id) })
			if err == nil || fault(err) != nil || len(err.Error()) > 200 {
				t.Errorf("error %v", err)
			}
			if left := files(t, path, ""); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			if most > 32<<20 {
				t.Errorf("%d MB more memory", most>>20)
			}
		})
	}
}
