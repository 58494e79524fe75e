package xta_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"damtshilfe/internal/certs"
	"damtshilfe/internal/xenc"
	"damtshilfe/internal/xta"
)

// readerKey is made once: RSA keys take their time.
var readerKey = sync.OnceValue(func() xenc.Key {
	private, err := rsa.GenerateKey(rand.Reader, xenc.MinBits)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "Leser"}, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		panic(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return xenc.Key{Private: private, Certificate: c}
})

func sealed(t testing.TB, c xta.Content) xta.Content {
	t.Helper()
	e, err := xenc.NewEnvelope(readerKey().Certificate)
	check(t, err)
	element, err := c.Container(xenc.Overhead)
	check(t, err)
	d, err := e.Seal(element)
	check(t, err)
	return xta.Encrypted(d)
}

func opened(t testing.TB, c xta.Content) xta.Content {
	t.Helper()
	if !c.Encrypted() {
		t.Fatal("the content is not encrypted")
	}
	d, err := c.Sealed()
	check(t, err)
	plain, err := xenc.Keyring{readerKey()}.Open(d)
	check(t, err)
	got, err := xta.ReadContainer(plain, d.Head)
	check(t, err)
	return got
}

// TestEncryptedContent goes through client and server: everything on the wire is valid, nothing on disk can be read, and the reader opens
// what the author sealed.
func TestEncryptedContent(t *testing.T) {
	w := newWorld(t).listen()
	author, reading := w.client(w.authorCert), w.client(w.readerCert)
	id := w.issue()
	text := "<nachricht>Schuldner Grün &amp; Söhne</nachricht>"
	plain := content(text)
	plain.Attachments = []xta.Content{{ContentType: "application/pdf", Filename: "plan.pdf", Data: xta.Bytes("%PDF-1.4")}}
	r, err := xta.Prepare(metaData(id), sealed(t, plain), w.url+"/xta/send")
	check(t, err)
	body, err := xta.ReadAll(r.Body)
	check(t, err)
	if bytes.Contains(body, []byte("Schuldner")) {
		t.Error("the request can be read")
	}
	check(t, author.Send(t.Context(), r))
	w.send(author, "<offen/>") // waits as well, and is not encrypted
	counts, err := w.mailbox.SealedFor(t.Context())
	if check(t, err); len(counts) != 1 || counts[certs.Fingerprint(readerKey().Certificate)] != 1 {
		t.Errorf("waiting: %v", counts)
	}
	for range 2 { // the mailbox is opened again in between
		m, err := reading.GetMessage(t.Context(), w.url+"/xta/msgbox", reader, id)
		check(t, err)
		got := opened(t, m.Content)
		if data, err := xta.ReadAll(got.Data); err != nil || string(data) != text || got.Filename != plain.Filename || got.Encoding != "UTF-8" || len(got.Attachments) != 1 {
			t.Errorf("opened %q, %v: %+v", data, err, got)
		}
		check(t, m.Release())
		check(t, w.mailbox.Close())
		w.open(nil)
		w.build()
		w.listen()
	}
	validate(t, withoutMGF(append(w.records.list, message{r.ContentType, body})))
	files, err := filepath.Glob(filepath.Join(w.path, "*"))
	check(t, err)
	for _, name := range files {
		if b, err := os.ReadFile(name); err != nil || bytes.Contains(b, []byte("Schuldner")) || bytes.Contains(b, []byte(base64.StdEncoding.EncodeToString([]byte(text))[:40])) {
			t.Errorf("%s holds plain text (%v)", filepath.Base(name), err)
		}
	}
}

// TestForeignEncryptedContent takes what other writers send: octets as text or as a part, the same for key and certificate, prefixes
// declared anywhere. It comes back so that the reader opens it, in both forms of an answer.
func TestForeignEncryptedContent(t *testing.T) {
	c := sealed(t, content("<a>ä</a>"))
	d, err := c.Sealed()
	check(t, err)
	octets := base64.StdEncoding.EncodeToString(d.Cipher)
	inline := string(d.Head) + octets + string(d.Tail)
	const outside, own = `<xta:GenericContentContainer>`, ` xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"`
	include := func(id string) string {
		return `<i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:` + id + `"/>`
	}
	between := func(s, from, to string) string {
		_, s, _ = strings.Cut(s, from)
		s, _, _ = strings.Cut(s, to)
		return s
	}
	cert := between(inline, "<ds:X509Certificate>", "<")
	key := between(inline, "</ds:X509Data></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>", "<")
	raw := func(s string) string {
		b, err := base64.StdEncoding.DecodeString(s)
		check(t, err)
		return string(b)
	}
	apart := strings.NewReplacer(octets, include("o"), cert, include("c"), key, "\n "+include("k")+"\n").Replace(inline)
	for _, tt := range []struct {
		name, outside, data, parts string
	}{
		{"octets as text", outside, inline, ""},
		{"lines broken by references", outside, strings.Replace(inline, octets[:20], octets[:20]+"&#13;\n", 1), ""},
		{"prefix declared outside", strings.Replace(outside, ">", own+">", 1), strings.Replace(inline, own, "", 1), ""},
		{"default namespace outside", strings.Replace(outside, ">", ` xmlns="http://www.w3.org/2001/04/xmlenc#">`, 1), strings.ReplaceAll(strings.Replace(inline, own, "", 1), "xenc:", ""), ""},
		{"octets as a part", outside, strings.Replace(inline, octets, include("o"), 1), partOf("o", string(d.Cipher))},
		{"everything as a part", outside, apart, partOf("o", string(d.Cipher)) + partOf("c", raw(cert)) + partOf("k", raw(key))},
	} {
		w := newWorld(t).listen()
		id := w.issue()
		doc := order(id, outside, tt.outside, `<xta:ContentContainer><xta:Message contentType="application/xml">PGEvPg==</xta:Message></xta:ContentContainer>`, tt.data)
		form, body := soapType, doc
		if tt.parts != "" {
			form, body = mtom, partOf("root", doc)+tt.parts+"--b--"
		}
		resp := w.post("/xta/send", form, []byte(body))
		if resp.StatusCode != 200 {
			b, _ := io.ReadAll(resp.Body)
			t.Errorf("%s: %d %s", tt.name, resp.StatusCode, b)
			continue
		}
		m, err := w.client(w.readerCert).GetMessage(context.Background(), w.url+"/xta/msgbox", reader, id)
		check(t, err)
		got := opened(t, m.Content)
		if data, err := xta.ReadAll(got.Data); err != nil || string(data) != "<a>ä</a>" {
			t.Errorf("%s: opened %q, %v", tt.name, data, err)
		}
		check(t, m.Release())
		plain := w.answerAs(w.readerCert, "/xta/msgbox", fetchRequest(id))
		if !strings.Contains(plain, octets) || !strings.Contains(plain, key) {
			t.Errorf("%s: the plain answer is another: %s", tt.name, plain)
		}
		validate(t, withoutMGF(w.records.list))
	}
}

// withoutMGF takes xenc11:MGF out: XML Encryption 1.1 asks for it wherever the mask is not made with SHA-1, and the schemas that belong
// to XTA 2.1.1 know version 1.0 only, with a wildcard that wants a declaration for it.
func withoutMGF(list []message) (valid []message) {
	for _, m := range list {
		valid = append(valid, message{m.contentType, mgf.ReplaceAll(m.body, nil)})
	}
	return valid
}

var mgf = regexp.MustCompile(`<xenc11:MGF [^>]*/>`)

func fetchRequest(id string) string {
	return soap(getMessage, reader.Kennung, `<osci:MsgBoxFetchRequest><osci:MsgSelector><wsa:MessageID>`+id+`</wsa:MessageID></osci:MsgSelector></osci:MsgBoxFetchRequest>`)
}

func TestEncryptedOrdersThatAreRefused(t *testing.T) {
	w := newWorld(t)
	c := sealed(t, content("<a/>"))
	d, err := c.Sealed()
	check(t, err)
	octets := base64.StdEncoding.EncodeToString(d.Cipher)
	inline := string(d.Head) + octets + string(d.Tail)
	const container = `<xta:ContentContainer><xta:Message contentType="application/xml">PGEvPg==</xta:Message></xta:ContentContainer>`
	for name, data := range map[string]string{
		"no octets":                  strings.Replace(inline, octets, "", 1),
		"octets that are no base64":  strings.Replace(inline, octets, "?"+octets, 1),
		"octets somewhere else":      strings.Replace(inline, "<xenc:CipherValue>"+octets+"</xenc:CipherValue>", `<xenc:CipherReference URI="http://example.org/"/>`, 1),
		"two of them":                inline + inline,
		"a container beside it":      inline + container,
		"no cipher data":             `<e:EncryptedData xmlns:e="http://www.w3.org/2001/04/xmlenc#"/>`,
		"too much around the octets": strings.Replace(inline, "<ds:X509Data>", "<ds:KeyName>"+strings.Repeat("x", xenc.MaxHead)+"</ds:KeyName><ds:X509Data>", 1),
		"a missing part":             strings.Replace(inline, octets, `<i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:x"/>`, 1),
	} {
		status, b := w.answerOf("/xta/send", order(w.issue(), container, data))
		if status != 500 || !strings.Contains(b, "<code>9022</code>") {
			t.Errorf("%s: %d %s", name, status, b)
		}
	}
}

// TestEncryptedOrderGoesOn: a relay hands it over as it came.
func TestEncryptedOrderGoesOn(t *testing.T) {
	p := newPair(t)
	d, err := sealed(t, content("<a>ä</a>")).Sealed()
	check(t, err)
	const container = `<xta:ContentContainer><xta:Message contentType="application/xml">PGEvPg==</xta:Message></xta:ContentContainer>`
	p.put(container, string(d.Head)+base64.StdEncoding.EncodeToString(d.Cipher)+string(d.Tail))
	p.work(3)
	there := p.arrived()
	if len(there) != 1 {
		t.Fatalf("%d arrived", len(there))
	}
	_, c, err := p.b.mailbox.Read(t.Context(), there[0].MessageID)
	check(t, err)
	if data, err := xta.ReadAll(opened(t, c).Data); err != nil || string(data) != "<a>ä</a>" {
		t.Errorf("arrived: %q, %v", data, err)
	}
}

// huge are octets that nobody would read.
type huge struct{ xta.Bytes }

func (huge) Size() int64 { return xta.MaxContent - 100 }

// TestEncryptedAndTooLarge: the keys around the octets count as well.
func TestEncryptedAndTooLarge(t *testing.T) {
	c := sealed(t, content("<a/>"))
	c.Data = huge{}
	if _, err := xta.Prepare(metaData("urn:x"), c, "https://example.org/"); !errors.Is(err, xta.ErrTooLarge) {
		t.Errorf("prepared: %v", err)
	}
}

func TestReadContainer(t *testing.T) {
	const head = `<xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" xmlns:xta="http://xoev.de/transport/xta/211" xmlns="urn:x"><a>`
	for _, tt := range []struct {
		name, element, want string
	}{
		{"a container", `<xta:ContentContainer xmlns:xta="http://xoev.de/transport/xta/211"><xta:Message contentType="a/b">YQ==</xta:Message></xta:ContentContainer>`, "a"},
		{"its prefix is declared outside", `<xta:ContentContainer><xta:Message contentType="a/b">YQ==</xta:Message></xta:ContentContainer>`, "a"},
		{"with a declaration before it", `<?xml version="1.0"?><xta:ContentContainer><xta:Message contentType="a/b">YQ==</xta:Message></xta:ContentContainer>`, "a"},
		{"another element", `<xta:Message contentType="a/b">YQ==</xta:Message>`, ""},
		{"in another namespace", `<ContentContainer><Message contentType="a/b">YQ==</Message></ContentContainer>`, ""},
		{"two of them", `<xta:ContentContainer/><xta:ContentContainer/>`, ""},
		{"no base64", `<xta:ContentContainer><xta:Message contentType="a/b">?</xta:Message></xta:ContentContainer>`, ""},
		{"an include", `<xta:ContentContainer><xta:Message contentType="a/b"><i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:x"/></xta:Message></xta:ContentContainer>`, ""},
		{"a DOCTYPE", `<!DOCTYPE x [<!ENTITY e "e">]><xta:ContentContainer><xta:Message contentType="a/b">YQ==</xta:Message></xta:ContentContainer>`, ""},
		{"no XML", "\x00\x01", ""},
		{"nothing", "", ""},
	} {
		c, err := xta.ReadContainer([]byte(tt.element), []byte(head))
		if tt.want == "" {
			if err == nil {
				t.Errorf("%s: was read", tt.name)
			}
			continue
		}
		if data, readErr := xta.ReadAll(c.Data); err != nil || readErr != nil || string(data) != tt.want {
			t.Errorf("%s: %q, %v", tt.name, data, errors.Join(err, readErr))
		}
	}
}

func FuzzReadContainer(f *testing.F) {
	f.Add([]byte(`<xta:ContentContainer><xta:Message contentType="a/b">YQ==</xta:Message></xta:ContentContainer>`), []byte(`<a xmlns:xta="http://xoev.de/transport/xta/211">`))
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, element, head []byte) {
		c, err := xta.ReadContainer(element, head)
		if err != nil {
			return
		}
		if data, err := xta.ReadAll(c.Data); err != nil || len(data) > len(element) {
			t.Errorf("%d octets out of %d, %v", len(data), len(element), err)
		}
	})
}
