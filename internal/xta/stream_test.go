package xta_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"mime"
	"mime/multipart"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"damtshilfe/internal/durable"
	"damtshilfe/internal/xta"

	"github.com/google/go-cmp/cmp"
)

// large is a content that does not stay in memory, and looks like parts of a multipart body now and then.
func large(seed uint64, n int) xta.Bytes {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, 0, n+64)
	for len(b) < n {
		b = append(b, fmt.Sprintf("%x\r\n--%s", r.Uint64(), strings.Repeat("-xta", r.IntN(9)))...)
	}
	return b[:n]
}

// scaled is a size for when there is little time, still over what stays in memory with the others together.
func scaled(n int) int {
	if testing.Short() {
		return n/4 + 100<<10
	}
	return n
}

// files are the names in a directory that end so.
func files(t testing.TB, dir, suffix string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"+suffix))
	check(t, err)
	return names
}

func TestLargeContentsStream(t *testing.T) {
	w := newWorld(t)
	w.records = nil
	w.listenOn(w.server.Handler())
	sender := w.client(w.authorCert)
	spool := t.TempDir()
	dir, err := durable.New(nil).OpenDir(spool)
	check(t, err)
	defer dir.Close()
	receiver := xta.NewClient(xta.ClientOptions{TLS: clientTLS(w.readerCert, w.ca.pool), Spool: dir})
	defer receiver.Close()

	c := xta.Content{ContentType: "application/xml", Data: large(1, scaled(3<<20+7)),
		Attachments: []xta.Content{{ContentType: "application/pdf", Data: large(2, scaled(1<<20))}, {ContentType: "text/plain"}}}
	id := w.issue()
	r, err := xta.Prepare(metaData(id), c, w.url+"/xta/send")
	check(t, err)
	check(t, sender.Send(t.Context(), r))
	if left := files(t, w.path, ".tray"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if segments := files(t, w.path, ".seg"); len(segments) != 1 {
		t.Errorf("%d segments, want one of its own", len(segments))
	}
	for range 2 {
		m, err := receiver.GetMessage(t.Context(), w.url+"/xta/msgbox", reader, id)
		check(t, err)
		if diff := cmp.Diff(c, m.Content, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Data" }, byOctets(t))); diff != "" {
			t.Errorf("content (-sent +fetched):\n%.2000s", diff)
		}
		if left := files(t, spool, ""); len(left) > 0 {
			t.Errorf("names in the client's directory: %v", left)
		}
		check(t, m.Release())
		if _, err := xta.ReadAll(m.Content.Data); err == nil {
			t.Error("a released content can still be read")
		}
	}
	plain := w.answerAs(w.readerCert, "/xta/msgbox", soap(getMessage, reader.Kennung, fetchOf(id)))
	if !strings.Contains(plain, ">"+base64.StdEncoding.EncodeToString(all(t, c.Data))+"</xta:Message>") {
		t.Error("the answer in plain form has another content")
	}
}

func fetchOf(id string) string {
	return `<osci:MsgBoxFetchRequest><osci:MsgSelector><wsa:MessageID>` + id + `</wsa:MessageID></osci:MsgSelector></osci:MsgBoxFetchRequest>`
}

// TestLargeInlineContent takes base64 as writers break it into lines.
func TestLargeInlineContent(t *testing.T) {
	w := newWorld(t)
	data := large(3, scaled(1<<20+1))
	text := base64.StdEncoding.EncodeToString(data)
	for _, tt := range []struct {
		name, line, end string
		code            string
	}{
		{"in one line", "", "", ""},
		{"in lines", "\r\n", "\n\t", ""},
		{"in lines that end with a reference", "&#13;\n", "&#xD;", ""},
		{"with a letter that is none of base64", "", "!", "9022"},
		{"with another reference", "&#65;", "", "9022"},
		{"with something behind the padding", "", "AAAA", "9022"},
		{"cut off", "", "A", "9022"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			for i := 0; i < len(text); i += 76 {
				b.WriteString(text[i:min(i+76, len(text))] + tt.line)
			}
			id := w.issue()
			answer := w.answerAs(w.authorCert, "/xta/send", order(id, "PGEvPg==", b.String()+tt.end))
			if tt.code != "" {
				if !strings.Contains(answer, "<code>"+tt.code+"</code>") {
					t.Errorf("%.1000s, want %s", answer, tt.code)
				}
				return
			}
			_, c, err := w.mailbox.Read(t.Context(), id)
			if err != nil || !bytes.Equal(all(t, c.Data), data) {
				t.Errorf("another content is stored, %v, %.1000s", err, answer)
			}
		})
	}
	if left := files(t, w.path, ".tray"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestPartsInAnyOrder: contents may come before the envelope, in another order, and with something between.
func TestPartsInAnyOrder(t *testing.T) {
	w := newWorld(t)
	first, second, other := large(4, scaled(700<<10)), large(5, scaled(400<<10)), large(6, scaled(100<<10))
	include := func(id string) string {
		return `<i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:` + id + `"/>`
	}
	for _, tt := range []struct {
		name  string
		parts []string
	}{
		{"the envelope first", []string{"root", "a", "b"}},
		{"the envelope last", []string{"a", "b", "root"}},
		{"the attachment first", []string{"root", "b", "a"}},
		{"something between", []string{"a", "x", "root", "b"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			id := w.issue()
			bodies := map[string]string{"a": string(first), "b": string(second), "x": string(other),
				"root": order(id, "PGEvPg==</xta:Message>", include("a")+`</xta:Message><xta:Attachment contentType="a/b">`+include("b")+`</xta:Attachment>`)}
			body := "preamble\r\n"
			for _, name := range tt.parts {
				body += partOf(name, bodies[name])
			}
			resp := w.post("/xta/send", mtom, []byte(body+"--b--\r\nepilogue"))
			b, err := io.ReadAll(resp.Body)
			check(t, err)
			_, c, err := w.mailbox.Read(t.Context(), id)
			if err != nil || len(c.Attachments) != 1 || !bytes.Equal(all(t, c.Data), first) || !bytes.Equal(all(t, c.Attachments[0].Data), second) {
				t.Errorf("%v, %s", err, b)
			}
		})
	}
	if left := files(t, w.path, ".tray"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestWhatBreaksOffLeavesNothing(t *testing.T) {
	w := newWorld(t)
	id := w.issue()
	root := order(id, "PGEvPg==", `<i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:a"/>`)
	w.post("/xta/send", mtom, []byte(partOf("root", root)+partOf("a", string(large(7, 1<<20)))))
	if left := append(files(t, w.path, ".tray"), files(t, w.path, ".seg")...); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	w.post("/xta/send", mtom, []byte(partOf("root", root)+partOf("a", string(large(8, 1<<20)))+"--b--"))
	if _, c, err := w.mailbox.Read(t.Context(), id); err != nil || c.Data.Size() != 1<<20 {
		t.Errorf("the id cannot be used any more: %v", err)
	}
	check(t, w.mailbox.Close())
	stray := filepath.Join(w.path, "x.tray")
	check(t, os.WriteFile(stray, []byte("x"), 0o600))
	w.open(nil)
	if _, err := os.Stat(stray); !os.IsNotExist(err) {
		t.Errorf("what a crash left is still there: %v", err)
	}
	if _, c, err := w.mailbox.Read(t.Context(), id); err != nil || !bytes.Equal(all(t, c.Data), large(8, 1<<20)) {
		t.Errorf("after a restart: %v", err)
	}
}

func TestDamagedLargeContentIsNotHandedOut(t *testing.T) {
	w := newWorld(t).listen()
	id := w.send(w.client(w.authorCert), string(large(9, 1<<20))).MessageID
	segment := files(t, w.path, ".seg")[0]
	data, err := os.ReadFile(segment)
	check(t, err)
	data[len(data)-1] ^= 1
	check(t, os.WriteFile(segment, data, 0o600))
	_, err = w.client(w.readerCert).GetMessage(t.Context(), w.url+"/xta/msgbox", reader, id)
	if f := fault(err); f == nil || f.Code != 9030 {
		t.Errorf("%v, want 9030", err)
	}
}

// TestSplittingAgreesWithTheStandardLibrary cuts bodies that are full of almost-delimiters, in pieces of every size.
func TestSplittingAgreesWithTheStandardLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"\r\n--b", "\n--b", "--b", "\r", "\n", "-", "--", "x", "\r\n--bx", "\r\n-", "\r\n--", strings.Repeat("y", 65500), strings.Repeat("\r\n", 50)}
	rounds := 300
	if testing.Short() {
		rounds = 40
	}
	for round := range rounds {
		var body bytes.Buffer
		for i := range 1 + r.IntN(4) {
			fmt.Fprintf(&body, "--b\r\nContent-ID: <%d>\r\n\r\n", i)
			for range r.IntN(12) {
				p := pieces[r.IntN(len(pieces))]
				if strings.HasSuffix(p, "--b") {
					p += "z" // no delimiter
				}
				body.WriteString(p)
			}
			body.WriteString("\r\n")
		}
		body.WriteString("--b--")
		const contentType = `multipart/related; type="application/xop+xml"; boundary="b"`
		var from io.Reader = bytes.NewReader(body.Bytes())
		if round%3 == 1 {
			from = iotest.HalfReader(from)
		}
		envelope, parts, err := xta.Unpack(contentType, from, int64(round%2)-1)
		check(t, err)
		parts["0"] = envelope
		if want := standard(t, contentType, body.Bytes()); !maps.EqualFunc(want, parts, bytes.Equal) {
			t.Fatalf("round %d: %d parts of the standard library, %d of ours differ in:\n%.3000q", round, len(want), len(parts), body.String())
		}
	}
}

func standard(t *testing.T, contentType string, body []byte) map[string][]byte {
	_, params, err := mime.ParseMediaType(contentType)
	check(t, err)
	parts := map[string][]byte{}
	for mr := multipart.NewReader(bytes.NewReader(body), params["boundary"]); ; {
		p, err := mr.NextRawPart()
		if err == io.EOF {
			return parts
		}
		check(t, err)
		data, err := io.ReadAll(p)
		check(t, err)
		parts[strings.Trim(p.Header.Get("Content-Id"), "<>")] = data
	}
}

func TestInlineContentIsFoundByTheElementAlone(t *testing.T) {
	const text = "QUJD"
	for _, tt := range []struct{ name, doc, want string }{
		{"a message", `<x:Message a="b">QUJD</x:Message>`, "ABC"},
		{"an attachment without prefix", "<Attachment\n>QUJD</Attachment>", "ABC"},
		{"a cipher value", `<CipherValue>QUJD</CipherValue>`, "ABC"},
		{"with '>' in an attribute", `<Message a="b>" c='">'>QUJD</Message>`, "ABC"},
		{"another element", `<Subject>QUJD</Subject>`, ""},
		{"behind an end tag", `<a><Message></Message>QUJD</a>`, ""},
		{"behind an empty element", `<a><Message/>QUJD</a>`, ""},
		{"in a comment", `<a><!-- <Message>QUJD</Message> --></a>`, ""},
		{"in CDATA", `<a><![CDATA[<Message>QUJD</Message>]]></a>`, ""},
		{"in an attribute", `<a b="<Message>QUJD</Message>"/>`, ""},
		{"of white space", "<Message>\n <i/></Message>", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			envelope, parts, err := xta.Unpack(soapType, strings.NewReader(tt.doc), -1)
			check(t, err)
			got := ""
			for _, data := range parts {
				got += string(data)
			}
			if got != tt.want || tt.want == "" && !strings.HasPrefix(tt.doc, string(envelope)[:8]) || tt.want != "" && strings.Contains(string(envelope), text) {
				t.Errorf("content %q in %s", got, envelope)
			}
		})
	}
}
