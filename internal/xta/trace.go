package xta

import (
	"bytes"
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// tracer writes every exchange for people who look for a fault: headers and envelopes as they are on the wire, payloads as length
// and SHA-256, and of the envelope's words only those of the protocol. What may hold personal data (Subject, ProcessRef, names,
// properties, anything unknown) becomes its length, so that a trace can be given to the other side.
type tracer struct {
	trip http.RoundTripper
	to   io.Writer
}

// maxTrace bounds what is kept of one body to be written.
const maxTrace = 64 << 20

// RoundTrip makes the exchange and writes it when the answer's body is closed.
func (t *tracer) RoundTrip(req *http.Request) (*http.Response, error) {
	sent, began := &copied{}, time.Now()
	req.Body = &copying{req.Body, sent}
	if again := req.GetBody; again != nil {
		req.GetBody = func() (io.ReadCloser, error) {
			body, err := again()
			sent.forget()
			return &copying{body, sent}, err
		}
	}
	resp, err := t.trip.RoundTrip(req)
	if err != nil {
		t.write(began, req, sent, nil, nil, err)
		return nil, err
	}
	got := &copied{}
	resp.Body = &traced{copying{resp.Body, got}, func() { t.write(began, req, sent, resp, got, nil) }}
	return resp, nil
}

// copied is the beginning of a body. A server may answer while the request is still being read.
type copied struct {
	mu   sync.Mutex
	data []byte
	more int // bytes not kept
}

func (c *copied) keep(p []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := min(len(p), maxTrace-len(c.data))
	c.data = append(c.data, p[:n]...)
	c.more += len(p) - n
}

func (c *copied) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.data, c.more = nil, 0
}

func (c *copied) bytes() ([]byte, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.data, c.more
}

// copying keeps what is read.
type copying struct {
	io.ReadCloser
	to *copied
}

// Read reads and keeps.
func (c *copying) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.to.keep(p[:n])
	return n, err
}

// traced tells of its end, once.
type traced struct {
	copying
	ended func()
}

// Close ends the exchange.
func (t *traced) Close() error {
	if t.ended != nil {
		t.ended()
		t.ended = nil
	}
	return t.copying.Close()
}

func (t *tracer) write(began time.Time, req *http.Request, sent *copied, resp *http.Response, got *copied, failed error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "=== request %s\nPOST %s\n", began.UTC().Format("2006-01-02T15:04:05.000Z"), req.URL)
	traceBody(&b, req.Header, sent)
	took := time.Since(began).Round(time.Millisecond)
	if resp == nil {
		fmt.Fprintf(&b, "=== no answer after %s: %v\n\n", took, discreet(failed))
	} else {
		fmt.Fprintf(&b, "=== answer after %s: HTTP %d\n", took, resp.StatusCode)
		if s := resp.TLS; s != nil && len(s.PeerCertificates) > 0 {
			fmt.Fprintf(&b, "TLS version %x, cipher suite %x\n", s.Version, s.CipherSuite)
		}
		traceBody(&b, resp.Header, got)
	}
	_, _ = t.to.Write(b.Bytes()) // a trace that cannot be written must not change the exchange
}

// traceBody writes headers and body. A cookie or authorisation of a proxy in between is nobody's business.
func traceBody(b *bytes.Buffer, h http.Header, body *copied) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		value := fmt.Sprintf("%q", strings.Join(h[name], ", "))
		if strings.Contains(name, "Cookie") || strings.Contains(name, "Auth") {
			value = "[left out]"
		}
		fmt.Fprintf(b, "%s: %s\n", name, value)
	}
	data, more := body.bytes()
	if more > 0 {
		fmt.Fprintf(b, "[body larger than %d bytes]\n\n", maxTrace)
		return
	}
	m, err := parseMedia(h.Get("Content-Type"))
	switch {
	case err != nil:
		fmt.Fprintf(b, "[no SOAP: %s]\n\n", sized(data))
	case !m.multipart:
		b.Write(redact(data))
		b.WriteString("\n\n")
	default:
		traceParts(b, data, m.boundary)
	}
}

// traceParts writes a multipart body: the first part is the envelope, of the others the size. It looks for boundaries only, so that
// a message that cannot be read is shown, too.
func traceParts(b *bytes.Buffer, data []byte, boundary string) {
	for i, part := range bytes.Split(data, []byte("--"+boundary)) {
		if i == 0 || bytes.HasPrefix(part, []byte("--")) {
			continue
		}
		head, content, ok := bytes.Cut(part, []byte("\r\n\r\n"))
		if !ok {
			fmt.Fprintf(b, "--- part %d: [no headers: %s]\n", i, sized(part))
			continue
		}
		fmt.Fprintf(b, "--- part %d\n", i)
		for line := range strings.Lines(strings.TrimSpace(string(head))) {
			fmt.Fprintf(b, "%s\n", printable(strings.TrimSpace(line)))
		}
		content = bytes.TrimSuffix(content, []byte("\r\n"))
		if i == 1 || bytes.Contains(head, []byte("application/xop+xml")) {
			b.Write(redact(content))
			b.WriteByte('\n')
		} else {
			fmt.Fprintf(b, "[%s]\n", sized(content))
		}
	}
	b.WriteByte('\n')
}

func printable(s string) string { q := fmt.Sprintf("%q", s); return q[1 : len(q)-1] }

func sized(data []byte) string {
	return fmt.Sprintf("%d bytes, sha256 %x", len(data), sha256.Sum256(data))
}

// shownText are the elements whose text is the protocol's own: identifiers, times, codes, and what a fault says.
var shownText = words(`Action To MessageID RelatesTo Address Identifier Service ServiceType Undefined code Origin InitialSend NotBefore
	ObsoleteAfter Delivery InitialFetch Reception ServiceQuality In-Reply-To MsgSize ReportTime XTAServerIdentity Status Timestamp
	ItemsPending LastMsgReceived ServiceIsAvailable ServiceIsAvailableUnknown MsgBoxRequestID Text Value ProblemHeaderQName`)

// shownAttrs are the attributes of which the same is true.
var shownAttrs = words(`type category listURI listVersionID payloadSchema contentType encoding size href TestMsg maxListItems ListForm MsgPart
	MsgBoxRequestID lang qname mustUnderstand role newEntry Algorithm`)

func words(s string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(s) {
		set[w] = true
	}
	return set
}

// redact keeps the tags of an envelope and the words of the protocol in it. Of what is not well-formed the rest becomes its size.
func redact(envelope []byte) []byte {
	var b bytes.Buffer
	d := xml.NewDecoder(bytes.NewReader(envelope))
	var open []xml.Name
	for {
		from := d.InputOffset()
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return b.Bytes()
		}
		if err != nil {
			fmt.Fprintf(&b, "\n[not well-formed from here: %s]", sized(envelope[from:]))
			return b.Bytes()
		}
		switch token := token.(type) {
		case xml.StartElement:
			open = append(open, token.Name)
			startTag(&b, token)
		case xml.EndElement:
			if raw := envelope[from:d.InputOffset()]; len(raw) > 0 { // <a/> has an end of no bytes
				b.Write(raw)
			} else {
				fmt.Fprintf(&b, "</%s>", qualified(token.Name))
			}
			open = open[:max(0, len(open)-1)]
		case xml.CharData:
			text := envelope[from:d.InputOffset()]
			if len(bytes.TrimSpace(token)) == 0 || shown(open) {
				b.Write(text)
			} else {
				fmt.Fprintf(&b, "[%d characters]", utf8.RuneCount(token))
			}
		case xml.ProcInst:
			b.Write(envelope[from:d.InputOffset()])
		default:
			fmt.Fprintf(&b, "[%d bytes left out]", d.InputOffset()-from)
		}
	}
}

// shown says whether the text of the innermost open element is written. Value is SOAP's only inside Code and Subcode; a property has one, too.
func shown(open []xml.Name) bool {
	if len(open) == 0 {
		return false
	}
	name := open[len(open)-1].Local
	if name == "Value" {
		return len(open) > 1 && (open[len(open)-2].Local == "Code" || open[len(open)-2].Local == "Subcode")
	}
	if name == "name" { // of a code; its only place that matters is a fault
		return slices.ContainsFunc(open, func(n xml.Name) bool { return n.Local == "errorCode" })
	}
	return shownText[name]
}

func startTag(b *bytes.Buffer, t xml.StartElement) {
	b.WriteString("<" + qualified(t.Name))
	for _, a := range t.Attr {
		value := fmt.Sprintf("[%d characters]", utf8.RuneCountInString(a.Value))
		if shownAttrs[a.Name.Local] || a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" {
			var v bytes.Buffer
			xml.EscapeText(&v, []byte(a.Value))
			value = v.String()
		}
		fmt.Fprintf(b, ` %s="%s"`, qualified(a.Name), value)
	}
	b.WriteByte('>')
}

func qualified(n xml.Name) string {
	if n.Space != "" {
		return n.Space + ":" + n.Local
	}
	return n.Local
}
