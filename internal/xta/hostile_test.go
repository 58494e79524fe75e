package xta_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"damtshilfe/internal/xta"
)

const mtom = `multipart/related; type="application/xop+xml"; start="<root>"; start-info="application/soap+xml"; boundary="b"`

func partOf(id, body string) string {
	return "--b\r\nContent-ID: <" + id + ">\r\nContent-Type: application/octet-stream\r\n\r\n" + body + "\r\n"
}

func TestHostileMultipart(t *testing.T) {
	w := newWorld(t)
	request := soap(checkAccount, author.Kennung, "")
	include := func(href string) string {
		return order(w.issue(), "PGEvPg==", `<i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="`+href+`"/>`)
	}
	for _, tt := range []struct {
		name, path, body string
		status           int
		want             string // in the answer
	}{
		{"a good one", "/xta/management", partOf("root", request) + "--b--", 200, ""},
		{"with preamble and epilogue", "/xta/management", "hello\r\n" + partOf("root", request) + "--b--\r\nbye", 200, ""},
		{"with blanks behind the boundary and bare line feeds", "/xta/management", "--b \t\nContent-Id:\n <root>\n\n" + request + "\n--b--", 200, ""},
		{"the root in second place", "/xta/management", partOf("x", "x") + partOf("root", request) + "--b--", 200, ""},
		{"an included part", "/xta/send", partOf("root", include("cid:c%40d")) + partOf("c@d", "<a/>\r\n--bb") + "--b--", 200, ""},
		{"nothing", "/xta/management", "", 500, "no delimiter"},
		{"only the end", "/xta/management", "--b--", 500, "no part"},
		{"cut off in a part", "/xta/management", partOf("root", request), 500, "cut off"},
		{"cut off in a header", "/xta/management", "--b\r\nContent-ID: <ro", 500, "cut off"},
		{"cut off in the boundary", "/xta/management", partOf("root", request) + "--", 500, "cut off"},
		{"another start", "/xta/management", partOf("toor", request) + "--b--", 500, "root part is missing"},
		{"the root twice", "/xta/management", partOf("root", request) + partOf("root", request) + "--b--", 500, "occurs twice"},
		{"a part twice", "/xta/management", partOf("root", request) + partOf("x", "") + partOf("x", "") + "--b--", 500, "occurs twice"},
		{"a part without id", "/xta/management", partOf("root", request) + "--b\r\n\r\nx\r\n--b--", 500, "without Content-ID"},
		{"two ids in one part", "/xta/management", "--b\r\nContent-ID: <root>\r\nContent-ID: <x>\r\n\r\n\r\n--b--", 500, "bad part header"},
		{"10 000 parts", "/xta/management", manyParts(10_000) + "--b--", 500, "too many parts"},
		{"a huge part header", "/xta/management", "--b\r\nX: " + strings.Repeat("x", 1<<20) + "\r\n\r\n\r\n--b--", 500, "bad part header"},
		{"10 000 part headers", "/xta/management", "--b\r\n" + strings.Repeat("X: y\r\n", 10_000) + "\r\n\r\n--b--", 500, "bad part header"},
		{"base64 as transfer encoding", "/xta/management", "--b\r\nContent-ID: <root>\r\nContent-Transfer-Encoding: base64\r\n\r\neA==\r\n--b--", 500, "not binary"},
		{"a part that is not there", "/xta/send", partOf("root", include("cid:x")) + "--b--", 500, "missing"},
		{"an include of the web", "/xta/send", partOf("root", include("http://evil.example/")) + "--b--", 500, "without cid"},
		{"an include of the root", "/xta/send", partOf("root", include("cid:root")) + "--b--", 500, "missing"},
		{"another action in the root part", "/xta/management", "--b\r\nContent-ID: <root>\r\nContent-Type: application/xop+xml; type=\"application/soap+xml; action=\\\"urn:x\\\"\"\r\n\r\n" + request + "\r\n--b--", 500, "ActionMismatch"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp := w.post(tt.path, mtom, []byte(tt.body))
			b, err := io.ReadAll(resp.Body)
			check(t, err)
			if resp.StatusCode != tt.status || !strings.Contains(string(b), tt.want) || !strings.HasPrefix(resp.Header.Get("Content-Type"), "multipart/related") {
				t.Errorf("%d %s, want %d %q", resp.StatusCode, b, tt.status, tt.want)
			}
		})
	}
	validate(t, w.records.list)
}

func TestHostileEnvelopes(t *testing.T) {
	w := newWorld(t)
	good := soap(checkAccount, author.Kennung, "")
	for _, tt := range []struct {
		name, envelope string
		ok             bool
	}{
		{"with a declaration and a byte order mark", "\ufeff<?xml version='1.0' encoding='UTF-8'?>\n" + good, true},
		{"with comments and CDATA", strings.Replace(good, "<s:Body>", "<!-- x --><s:Body>", 1), true},
		{"with a DOCTYPE", "<!DOCTYPE x>" + good, false},
		{"with an entity of its own", `<!DOCTYPE x [<!ENTITY a "b">]>` + strings.Replace(good, author.Kennung, "&a;", 1), false},
		{"with an undeclared entity", strings.Replace(good, author.Kennung, "&a;", 1), false},
		{"with a processing instruction", strings.Replace(good, "<s:Body>", "<?x y?><s:Body>", 1), false},
		{"in another encoding", "<?xml version='1.0' encoding='ISO-8859-1'?>" + good, false},
		{"that is not UTF-8", strings.Replace(good, author.Kennung, "\xff", 1), false},
		{"twice", good + good, false},
		{"cut off", good[:len(good)-5], false},
		{"with text behind", good + "x", false},
		{"with crossed tags", strings.Replace(good, "</s:Body></s:Envelope>", "</s:Envelope></s:Body>", 1), false},
		{"with an undeclared prefix", strings.Replace(good, "<s:Body>", "<s:Body><x:y/>", 1), false},
		{"with an attribute twice", strings.Replace(good, `type="xoev"`, `type="xoev" type="xoev"`, 1), false},
		{"with an attribute twice under two prefixes", strings.Replace(good, `type="xoev"`, `xmlns:a="urn:a" xmlns:b="urn:a" a:x="1" b:x="2" type="xoev"`, 1), false},
		{"with a prefix twice", strings.Replace(good, `type="xoev"`, `xmlns:a="urn:a" xmlns:a="urn:b" type="xoev"`, 1), false},
		{"with a prefix taken back", strings.Replace(good, `type="xoev"`, `xmlns:a="" type="xoev"`, 1), false},
		{"too deep", strings.Replace(good, "<s:Body>", "<s:Body>"+strings.Repeat("<a>", 100)+strings.Repeat("</a>", 100), 1), false},
		{"with too many elements", strings.Replace(good, "<s:Body>", "<s:Body>"+strings.Repeat("<a/>", 200_000), 1), false},
		{"with too many attributes", strings.Replace(good, "<s:Body>", "<s:Body><a"+manyAttributes()+"/>", 1), false},
		{"with two bodies", strings.Replace(good, "</s:Envelope>", "<s:Body/></s:Envelope>", 1), false},
		{"without body", strings.Replace(strings.Replace(good, "<s:Body>", "", 1), "</s:Body>", "", 1), false},
		{"of something else", "<a/>", false},
		{"of nothing", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, b := w.answerOf("/xta/management", tt.envelope)
			if tt.ok != (status == 200) || !tt.ok && (status != 500 || !strings.Contains(b, "s:Sender")) {
				t.Errorf("%d %s", status, b)
			}
		})
	}
	validate(t, w.records.list)
}

func manyParts(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(partOf(fmt.Sprint(i), ""))
	}
	return b.String()
}

func manyAttributes() string {
	var b strings.Builder
	for i := range 100 {
		fmt.Fprintf(&b, ` a%d=""`, i)
	}
	return b.String()
}

func TestTooLargeIsSaidSo(t *testing.T) {
	if testing.Short() {
		t.Skip("three times 40 MB")
	}
	w := newWorld(t).listen()
	c := w.client(w.authorCert)
	id, err := c.CreateMessageID(t.Context(), w.url+"/xta/management", author)
	check(t, err)
	r, err := xta.Prepare(metaData(id), content(strings.Repeat("x", xta.MaxContent)), w.url+"/xta/send")
	check(t, err)
	if err := c.Send(t.Context(), r); err != nil { // exactly the limit
		t.Errorf("40 MB: %v", err)
	}
	if _, err := xta.Prepare(metaData(id), content(strings.Repeat("x", xta.MaxContent+1)), w.url+"/xta/send"); err == nil {
		t.Error("our client prepares more than 40 MB")
	}
	r.Body = xta.Bytes(bytes.Replace(all(t, r.Body), []byte("xxxx"), bytes.Repeat([]byte("y"), 2<<20), 1))
	if f := fault(c.Send(t.Context(), r)); f == nil || f.Code != 9023 {
		t.Errorf("42 MB: %v, want 9023", f)
	}
}
