package xta_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/xta"
)

var (
	author  = xta.Party{Kennung: "kka:01001000", Category: "Ersuchenersteller", Name: "Stadtkasse Müsterstadt & Söhne \"A\""}
	reader  = xta.Party{Kennung: "vob:01002000", Category: "Vollstreckungsbehörde", Name: "Kreis B"}
	another = xta.Party{Kennung: "vob:99999999"}
	origin  = time.Date(2026, 11, 21, 9, 15, 0, 123_000_000, time.UTC)
)

// authority is a CA of the test.
type authority struct {
	t    testing.TB
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test CA"}, IsCA: true,
		BasicConstraintsValid: true, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	check(t, err)
	cert, err := x509.ParseCertificate(der)
	check(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &authority{t, cert, key, pool}
}

// serverTLS requires a client certificate of the pool.
func serverTLS(certificate tls.Certificate, clientCAs *x509.CertPool) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clientCAs}
}

// clientTLS shows certificate and trusts servers of the pool.
func clientTLS(certificate tls.Certificate, serverCAs *x509.CertPool) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{certificate}, RootCAs: serverCAs}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	return key
}

func (a *authority) issue(name string) tls.Certificate {
	a.t.Helper()
	key := newKey(a.t)
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<60))
	check(a.t, err)
	template := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: name}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(300 * 24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	check(a.t, err)
	leaf, err := x509.ParseCertificate(der)
	check(a.t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// world is one server with two accounts, author and reader.
type world struct {
	t                        testing.TB
	ca                       *authority
	authorCert, readerCert   tls.Certificate
	lockedCert, strangerCert tls.Certificate
	serverCert               tls.Certificate
	path                     string
	dir                      *durable.Dir
	mailbox                  *xta.Mailbox
	server                   *xta.Server
	options                  xta.ServerOptions
	url                      string
	records                  *records
}

func newWorld(t testing.TB, change ...func(*xta.ServerOptions)) *world {
	t.Helper()
	ca := newAuthority(t)
	w := &world{t: t, ca: ca, path: t.TempDir(), authorCert: ca.issue("author"), readerCert: ca.issue("reader"),
		lockedCert: ca.issue("locked"), strangerCert: ca.issue("stranger"), serverCert: ca.issue("localhost"), records: &records{}}
	w.open(nil)
	w.options = xta.ServerOptions{
		Name: "demo-a",
		Accounts: []xta.Account{
			{Kennungen: []string{author.Kennung}, Fingerprints: []string{strings.ToUpper(certs.Fingerprint(w.authorCert.Leaf))}, Services: []string{xta.ServiceURI}},
			{Kennungen: []string{reader.Kennung, another.Kennung}, Fingerprints: []string{certs.Fingerprint(w.readerCert.Leaf)}},
			{Kennungen: []string{"kka:gesperrt"}, Fingerprints: []string{certs.Fingerprint(w.lockedCert.Leaf)}, Locked: true},
		},
		Mailbox: w.mailbox,
		Readers: func(kennung string) (xta.Reader, bool) {
			switch kennung {
			case reader.Kennung, another.Kennung:
				return xta.Reader{Kennung: kennung, Betriebsart: amtshilfe.Test, Services: []string{xta.ServiceURI}}, true
			case "vob:produktion":
				return xta.Reader{Kennung: kennung, Betriebsart: amtshilfe.Produktion}, true
			}
			return xta.Reader{}, false
		},
	}
	for _, f := range change {
		f(&w.options)
	}
	w.build()
	return w
}

func (w *world) open(hook durable.Hook) {
	w.t.Helper()
	dir, err := durable.New(hook).OpenDir(w.path)
	check(w.t, err)
	mailbox, err := xta.OpenMailbox(dir, xta.MailboxOptions{Hook: hook, SegmentSize: 64 << 10})
	check(w.t, err)
	w.dir, w.mailbox = dir, mailbox
	w.t.Cleanup(func() { mailbox.Close(); dir.Close() })
}

// openAt opens the mailbox with a clock and a hook.
func (w *world) openAt(now func() time.Time, hook durable.Hook) {
	w.t.Helper()
	dir, err := durable.New(hook).OpenDir(w.path)
	check(w.t, err)
	mailbox, err := xta.OpenMailbox(dir, xta.MailboxOptions{Now: now, Hook: hook, SegmentSize: 64 << 10})
	check(w.t, err)
	w.dir, w.mailbox, w.options.Now = dir, mailbox, now
	w.t.Cleanup(func() { mailbox.Close(); dir.Close() })
}

func (w *world) build() {
	w.t.Helper()
	w.options.Mailbox = w.mailbox
	server, err := xta.NewServer(w.options)
	check(w.t, err)
	w.server = server
}

// listen serves the handler over mutual TLS and records its answers.
func (w *world) listen() *world {
	w.t.Helper()
	return w.listenOn(w.records.record(w.server.Handler()))
}

func (w *world) listenOn(h http.Handler) *world {
	s := httptest.NewUnstartedServer(h)
	s.TLS = serverTLS(w.serverCert, w.ca.pool)
	s.StartTLS()
	w.t.Cleanup(s.Close)
	w.url = s.URL
	return w
}

func (w *world) client(cert tls.Certificate) *xta.Client {
	c := xta.NewClient(xta.ClientOptions{TLS: clientTLS(cert, w.ca.pool), Timeout: 20 * time.Second})
	w.t.Cleanup(c.Close)
	return c
}

// post hands a request to the handler as if it came over TLS with the author's certificate.
func (w *world) post(path, contentType string, body []byte) *http.Response {
	return w.postAs(w.authorCert, path, contentType, bytes.NewReader(body))
}

// request is one as if it came over TLS with the certificate.
func (w *world) request(cert tls.Certificate, path, contentType string, body io.Reader) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, body)
	r.Header.Set("Content-Type", contentType)
	r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{cert.Leaf}}
	return r
}

func (w *world) postAs(cert tls.Certificate, path, contentType string, body io.Reader) *http.Response {
	r := w.request(cert, path, contentType, body)
	rec := httptest.NewRecorder()
	h := w.server.Handler()
	if w.records != nil {
		h = w.records.record(h)
	}
	h.ServeHTTP(rec, r)
	return rec.Result()
}

// answerAs gives the answer to a plain request that came with the certificate.
func (w *world) answerAs(cert tls.Certificate, path, body string) string {
	w.t.Helper()
	b, err := io.ReadAll(w.postAs(cert, path, soapType, strings.NewReader(body)).Body)
	check(w.t, err)
	return string(b)
}

func metaData(id string) xta.MetaData {
	return xta.MetaData{MessageID: id, Test: true, Origin: origin, Author: author, Reader: reader, Service: xta.ServiceURI,
		Type: xta.MessageType{Code: "vollstreckungshilfe.Ersuchen.003", PayloadSchema: "urn:damtshilfe:vollstreckungshilfe:1"}}
}

func content(text string) xta.Content {
	return xta.Content{ContentType: "application/xml", Encoding: "UTF-8", Filename: "7b1d2f3e.xml", Data: xta.Bytes(text)}
}

// all takes octets into memory.
func all(t testing.TB, o xta.Octets) []byte {
	t.Helper()
	data, err := xta.ReadAll(o)
	check(t, err)
	return data
}

// send reserves an id and sends text to the reader.
func (w *world) send(c *xta.Client, text string) xta.MetaData {
	w.t.Helper()
	id, err := c.CreateMessageID(context.Background(), w.url+"/xta/management", author)
	check(w.t, err)
	md := metaData(id)
	r, err := xta.Prepare(md, content(text), w.url+"/xta/send")
	check(w.t, err)
	check(w.t, c.Send(context.Background(), r))
	return md
}

// message is one recorded HTTP message.
type message struct {
	contentType string
	body        []byte
}

type records struct {
	mu   sync.Mutex
	list []message
}

func (r *records) add(m message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, m)
}

func (r *records) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, req)
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(rec.Code)
		w.Write(rec.Body.Bytes())
		if rec.Header().Get("Content-Length") != "" {
			r.add(message{rec.Header().Get("Content-Type"), rec.Body.Bytes()})
		}
	})
}

var xopInclude = regexp.MustCompile(`<xop:Include xmlns:xop="[^"]*" href="cid:([^"]*)"/>`)

// inline makes one document of a message, with nothing of the package under test.
func inline(t testing.TB, m message) []byte {
	t.Helper()
	typ, params, err := mime.ParseMediaType(m.contentType)
	check(t, err)
	if typ != "multipart/related" {
		return m.body
	}
	parts := map[string][]byte{}
	for mr := multipart.NewReader(bytes.NewReader(m.body), params["boundary"]); ; {
		p, err := mr.NextRawPart()
		if err == io.EOF {
			break
		}
		check(t, err)
		b, err := io.ReadAll(p)
		check(t, err)
		parts[p.Header.Get("Content-Id")] = b
	}
	root, ok := parts[params["start"]]
	if !ok {
		t.Fatalf("no root part %q", params["start"])
	}
	return xopInclude.ReplaceAllFunc(root, func(include []byte) []byte {
		id, err := url.PathUnescape(string(xopInclude.FindSubmatch(include)[1]))
		check(t, err)
		data, ok := parts["<"+id+">"]
		if !ok {
			t.Fatalf("no part %q", id)
		}
		return []byte(base64.StdEncoding.EncodeToString(data))
	})
}

// originals is the folder of the original schemas, or a skip that says which variable names it.
func originals(t testing.TB) string {
	t.Helper()
	root := os.Getenv("DAMT_ORIGINALS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	schema := filepath.Join(root, "schemas", "xta-2.1.1", "validate", "envelope-211.xsd")
	if _, err := os.Stat(schema); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("original schemas are missing: set DAMT_ORIGINALS")
		}
		t.Skip("original schemas are missing: set DAMT_ORIGINALS")
	}
	return schema
}

// validate holds every message against the original schemas.
func validate(t testing.TB, list []message) {
	t.Helper()
	schema := originals(t)
	if _, err := exec.LookPath("xmllint"); err != nil {
		t.Fatal("xmllint is missing: apt-get install libxml2-utils")
	}
	dir := t.TempDir()
	args := []string{"--nonet", "--noout", "--schema", schema}
	for i, m := range list {
		name := filepath.Join(dir, fmt.Sprintf("%03d.xml", i))
		check(t, os.WriteFile(name, inline(t, m), 0o600))
		args = append(args, name)
	}
	if len(list) == 0 {
		t.Fatal("nothing to validate")
	}
	if out, err := exec.Command("xmllint", args...).CombinedOutput(); err != nil {
		t.Errorf("xmllint: %v\n%s", err, out)
		for i := range list {
			if bytes.Contains(out, fmt.Appendf(nil, "%03d.xml fails", i)) {
				t.Logf("%03d: %s", i, inline(t, list[i]))
			}
		}
	}
}
