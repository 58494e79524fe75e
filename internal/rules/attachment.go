package rules

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"slices"
	"strings"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/attachment"
)

func anhaenge(k *check) { k.each(k.anhang) }

// each calls do for every attachment, with the path of its element.
func (k *check) each(do func(a *amtshilfe.Anhang, at string)) {
	for _, list := range [...][]amtshilfe.Anhang{k.e.Anhaenge, k.m.Anhaenge} {
		for i := range list {
			do(&list[i], step("/anhang", i))
		}
	}
}

// anhang judges one attachment. What is no PDF, or not the one that was sent, refuses the message; what a person can still mean waits.
func (k *check) anhang(a *amtshilfe.Anhang, at string) {
	pdf, err := decode(a.Inhalt)
	if err != nil {
		k.report(codeBase64, at+"/inhalt", "")
		return
	}
	if a.SHA256 != "" {
		if sum := sha256.Sum256(pdf); !strings.EqualFold(hex.EncodeToString(sum[:]), a.SHA256) {
			k.report(codeHash, at+"/sha256", "")
		}
	}
	if !isPDF(pdf) {
		k.report(codePDF, at+"/inhalt", "")
		return
	}
	if code, what := k.read(pdf); code != "" {
		k.report(code, at+"/inhalt", what)
	}
	k.scanned(pdf, at)
}

// read says what is wrong inside of a PDF: first what its bytes say by themselves, also in objects that no table names, then what a reader
// finds.
func (k *check) read(pdf []byte) (code, what string) {
	if hasName(pdf, "Encrypt") {
		return codeVerschluesselt, ""
	}
	structure(pdf, func(part []byte) {
		if what == "" {
			what = activeName(part)
		}
	})
	if what != "" {
		return codeAktiv, what
	}
	if k.Inspect == nil {
		return "", ""
	}
	r, err := k.Inspect(pdf)
	switch {
	case err != nil:
		return codeUngeprueft, ""
	case r.Problem == attachment.Encrypted:
		return codeVerschluesselt, ""
	case r.Problem == attachment.Active:
		return codeAktiv, r.Detail
	case r.Problem != "":
		return codeDefekt, ""
	case r.Pages > maxPages:
		return codeSeiten, ""
	}
	return "", ""
}

// maxPages is how many pages an attachment may have before somebody is asked.
const maxPages = 200

// unsafe are codes that nobody can release: what goes on would be dangerous, or not what anybody has seen.
var unsafe = []string{codeAktiv, codeVerschluesselt, codeDefekt, codeVirus, codeUngeprueft}

// Releasable says whether a message that waits with these findings may go on by a person's word alone.
func Releasable(findings []amtshilfe.Finding) bool {
	return !slices.ContainsFunc(findings, func(f amtshilfe.Finding) bool { return slices.Contains(unsafe, f.Code) })
}

// Scanned has the scanner look at the attachments of a message that came by XTA: nil = it may be published. What else is wrong with them
// was its sender's business; a virus is everybody's.
func Scanned(m *amtshilfe.Message, scan func(pdf []byte) (clean bool, err error)) []amtshilfe.Finding {
	if scan == nil {
		return nil
	}
	k := check{m: m, e: m.Ersuchen, Context: Context{Scan: scan}}
	if k.e == nil {
		k.e = &empty
	}
	k.each(func(a *amtshilfe.Anhang, at string) {
		if pdf, err := decode(a.Inhalt); err != nil {
			k.report(codeUngeprueft, at+"/inhalt", "") // the schema lets no such thing pass
		} else {
			k.scanned(pdf, at)
		}
	})
	return k.findings
}

// scanned has the scanner look at an attachment, if there is one: without its word nothing goes on.
func (k *check) scanned(pdf []byte, at string) {
	if k.Scan == nil {
		return
	}
	switch clean, err := k.Scan(pdf); {
	case err != nil:
		k.report(codeUngeprueft, at+"/inhalt", "")
	case !clean:
		k.report(codeVirus, at+"/inhalt", "")
	}
}

// hasName says whether a PDF writes the name in the open: a trailer is never compressed away with what it names.
func hasName(pdf []byte, name string) bool {
	var buf [16]byte
	for rest := pdf; ; {
		i := bytes.IndexByte(rest, '/')
		if i < 0 {
			return false
		}
		rest = rest[i+1:]
		if n := pdfName(rest, &buf); string(buf[:n]) == name {
			return true
		}
	}
}

// decode reads base64 as XML Schema has it: white space anywhere.
func decode(text []byte) ([]byte, error) {
	if bytes.ContainsAny(text, " \t") {
		text = bytes.Join(bytes.Fields(text), nil)
	}
	pdf := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(pdf, text)
	return pdf[:n], err
}

// isPDF looks for header and end mark where readers look for them: in the first and last 1024 bytes.
func isPDF(pdf []byte) bool {
	return bytes.Contains(pdf[:min(1024, len(pdf))], []byte("%PDF-")) && bytes.Contains(pdf[max(0, len(pdf)-1024):], []byte("%%EOF"))
}

// active are the names of what a PDF may do beside being read. All are long enough not to occur by chance in compressed data.
var active = map[string]bool{"JavaScript": true, "Launch": true, "EmbeddedFile": true, "EmbeddedFiles": true, "RichMedia": true,
	"SubmitForm": true, "ImportData": true, "Rendition": true}

// structure gives the parts of a PDF that hold its objects: the bytes, and what is in compressed object streams, where modern programs
// put catalogue, actions and pages.
func structure(pdf []byte, look func(part []byte)) {
	look(pdf)
	budget := int64(maxInflated)
	for rest := pdf; ; {
		i := bytes.Index(rest, []byte("/ObjStm"))
		if i < 0 {
			return
		}
		rest = rest[i+len("/ObjStm"):]
		look(inflate(rest, &budget))
	}
}

// maxInflated bounds what is inflated of one attachment: object streams hold structure, a bomb is none.
const maxInflated = 32 << 20

// inflate unpacks the stream whose dictionary rest continues. What is broken or no zlib gives what could be read.
func inflate(rest []byte, budget *int64) []byte {
	i := bytes.Index(rest, []byte("stream"))
	if i < 0 || i > 4096 || *budget <= 0 {
		return nil
	}
	rest = bytes.TrimLeft(rest[i+len("stream"):], "\r\n")
	z, err := zlib.NewReader(bytes.NewReader(rest))
	if err != nil {
		return nil
	}
	out, _ := io.ReadAll(io.LimitReader(z, *budget)) // a broken end leaves what came before it
	*budget -= int64(len(out))
	return out
}

// activeName gives the first active name, or ""; names may be written with #-escapes.
func activeName(data []byte) string {
	var buf [16]byte
	for {
		i := bytes.IndexByte(data, '/')
		if i < 0 {
			return ""
		}
		data = data[i+1:]
		if n := pdfName(data, &buf); active[string(buf[:n])] {
			return string(buf[:n])
		}
	}
}

// pdfName reads a name into buf with its #-escapes undone; one that does not fit is cut, and then is none of ours.
func pdfName(data []byte, buf *[16]byte) (n int) {
	for i := 0; i < len(data) && n < len(buf); i++ {
		c := data[i]
		switch {
		case c <= ' ' || strings.IndexByte("()<>[]{}/%", c) >= 0:
			return n
		case c == '#' && i+2 < len(data):
			if _, err := hex.Decode(buf[n:n+1], data[i+1:i+3]); err != nil {
				return n
			}
			i += 2
		default:
			buf[n] = c
		}
		n++
	}
	return n
}
