package mapping

import (
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xmlgate"

	"github.com/klauspost/compress/flate"
)

// headerName is the entry of a ZIP that holds nothing but the Lieferkopf.
const headerName = "lieferung.xml"

// zipSource yields the entries of a ZIP. What is wrong with one entry is a finding of that entry; what is wrong with the file as a
// whole, or smells of an attack, ends it.
type zipSource struct {
	dir     *zipDir
	data    *window
	limits  DropLimits
	inflate io.ReadCloser
	packed  bytes.Reader // of an entry that lies in the window as a whole
}

// openZip checks the structure of the whole ZIP before anything is read out of it, and reads its header.
func openZip(r io.ReaderAt, size int64, l DropLimits) (*zipSource, *amtshilfe.Lieferkopf, error) {
	dir, err := openDir(r, size)
	if err != nil {
		return nil, nil, err
	}
	if dir.count > l.MaxEntries {
		return nil, nil, &DropError{Finding: fehler("ZIP-ZU-VIELE", "Die ZIP-Datei hat "+strconv.Itoa(dir.count)+
			" Einträge, erlaubt sind "+strconv.Itoa(l.MaxEntries)+"; bitte auf mehrere Lieferungen verteilen.")}
	}
	z := &zipSource{dir: dir, data: newWindow(r), limits: l, inflate: flate.NewReader(strings.NewReader(""))}
	header, err := z.survey()
	if err != nil {
		return nil, nil, err
	}
	dir.rewind()
	if header == nil {
		return z, nil, nil
	}
	kopf, err := z.kopf(*header)
	return z, kopf, err
}

// survey walks the directory once: structure, declared ratios, the header.
func (z *zipSource) survey() (header *entry, err error) {
	messages := 0
	for {
		e, err := z.dir.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		switch {
		case e.skipped:
		case e.size > int64(z.limits.MaxRatio)*max(e.packed, 1):
			return nil, bomb(e)
		case !isHeader(e):
			messages++
		case header != nil:
			return nil, &DropError{Finding: fehler("LIEF-KOPF", "Die ZIP-Datei hat mehr als eine lieferung.xml; bitte nur eine packen.")}
		default:
			found := e // only the header's record may outlive the loop
			header = &found
		}
	}
	if messages == 0 {
		return nil, &DropError{Finding: fehler("LIEF-LEER", "Die ZIP-Datei enthält keine Nachricht; bitte mit Inhalt neu einliefern.")}
	}
	return header, nil
}

func isHeader(e entry) bool {
	return strings.EqualFold(path.Base(strings.ReplaceAll(e.name, `\`, "/")), headerName)
}

// kopf reads the header entry.
func (z *zipSource) kopf(e entry) (*amtshilfe.Lieferkopf, error) {
	doc, f, err := z.read(e, nil)
	if err != nil {
		return nil, err
	}
	if f != nil {
		return nil, &DropError{Finding: *f}
	}
	return readHeader(doc, z.limits.Message)
}

// next yields the next entry that may hold a message.
func (z *zipSource) next(buf []byte) (Document, []byte, error) {
	for {
		e, err := z.dir.next()
		if err != nil {
			return Document{}, buf, err
		}
		if e.skipped || isHeader(e) {
			continue
		}
		start := len(buf)
		out, f, err := z.read(e, buf)
		if err != nil {
			return Document{}, buf, err
		}
		d := Document{Start: start, End: len(out), Finding: f, Position: amtshilfe.Position{Entry: printable(e.name), Line: 1, Column: 1}}
		if off, ok := rootOffset(out[start:]); ok {
			d.Position.Line, d.Position.Column = xmlgate.Position(out[start:], off)
		}
		return d, out, nil
	}
}

// read appends the entry's content to buf, or says in a finding why it cannot be used. Declared sizes are never trusted.
func (z *zipSource) read(e entry, buf []byte) (out []byte, f *amtshilfe.Finding, err error) {
	if f := z.refuse(e); f != nil {
		return buf, f, nil
	}
	if f, err := z.seek(e); f != nil || err != nil {
		return buf, f, err
	}
	out, err = z.content(e, buf)
	got := out[len(buf):]
	switch {
	case errors.Is(err, errLongerThanSaid):
		return buf, nil, bomb(e)
	case err != nil:
		if _, ok := errors.AsType[diskError](err); ok {
			return buf, nil, err
		}
		return buf, entryFinding("ZIP-KAPUTT", "ist beschädigt und lässt sich nicht entpacken; bitte neu packen."), nil
	case int64(len(got)) != e.size || z.data.left() != 0:
		return buf, entryFinding("ZIP-KAPUTT", "ist beschädigt: Die angegebene Größe stimmt nicht; bitte neu packen."), nil
	case crc32.ChecksumIEEE(got) != e.crc:
		return buf, entryFinding("ZIP-PRUEFSUMME", "ist beschädigt: Die Prüfsumme stimmt nicht; bitte neu packen."), nil
	case strings.HasPrefix(string(got[:min(len(got), 4)]), "PK"):
		return buf, entryFinding("ZIP-VERSCHACHTELT", "ist selbst ein Archiv; bitte die Nachrichten ohne inneres Archiv liefern."), nil
	case len(got) == 0:
		return buf, entryFinding("LIEF-LEER", "ist leer; bitte mit Inhalt neu einliefern."), nil
	}
	return out, nil, nil
}

// refuse looks at what the directory says about the entry.
func (z *zipSource) refuse(e entry) *amtshilfe.Finding {
	switch {
	case e.flags&(flagEncrypted|flagStrongEncrypted|flagMaskedHeader) != 0:
		return entryFinding("ZIP-VERSCHLUESSELT", "ist verschlüsselt; bitte unverschlüsselt liefern, der Transport ist geschützt.")
	case e.method != methodStore && e.method != methodDeflate:
		return entryFinding("ZIP-VERFAHREN", "ist mit einem Verfahren gepackt, das nicht erlaubt ist (nur „Deflate“ und ungepackt); bitte neu packen.")
	case hasSuffixFold(e.name, ".zip"):
		return entryFinding("ZIP-VERSCHACHTELT", "ist selbst ein Archiv; bitte die Nachrichten ohne inneres Archiv liefern.")
	case e.size > z.limits.Message.MaxBytes:
		return entryFinding("LIEF-ZU-GROSS", "ist größer als "+mib(z.limits.Message.MaxBytes)+"; bitte die Anhänge verkleinern.")
	}
	return nil
}

// seek checks the local header against the directory and puts the window on the entry's data.
func (z *zipSource) seek(e entry) (*amtshilfe.Finding, error) {
	z.data.seek(e.offset, e.bound)
	h, err := z.data.take(lenLocal)
	if err != nil {
		return differs(err)
	}
	if le32(h) != sigLocal || le16(h[8:]) != e.method || (le16(h[6:])^e.flags)&flagEncrypted != 0 || int(le16(h[26:])) != len(e.name) {
		return differs(nil)
	}
	extra := int64(le16(h[28:]))
	name, err := z.data.take(len(e.name))
	if err != nil {
		return differs(err)
	}
	if string(name) != e.name {
		return differs(nil)
	}
	from := z.data.pos + extra
	if from+e.packed > e.bound {
		return nil, brokenZip("Die Einträge der ZIP-Datei überlappen sich; bitte neu packen.", "overlap in local header")
	}
	z.data.seek(from, from+e.packed)
	return nil, nil
}

// differs is the finding for a local header that is not what the directory says, unless the disk is to blame.
func differs(err error) (*amtshilfe.Finding, error) {
	if _, ok := errors.AsType[diskError](err); ok {
		return nil, err
	}
	return entryFinding("ZIP-KAPUTT", "ist beschädigt: Sein Kopf passt nicht zum Verzeichnis der ZIP-Datei; bitte neu packen."), nil
}

// errLongerThanSaid says that an entry inflates to more than its directory record admits: the mark of a bomb.
var errLongerThanSaid = errors.New("entry is longer than the directory says")

// content appends what the window yields, at most one byte more than declared.
func (z *zipSource) content(e entry, buf []byte) ([]byte, error) {
	if out, ok := z.unpackSmall(e, buf); ok {
		return out, nil
	}
	var r io.Reader = z.data
	if e.method == methodDeflate {
		if err := z.inflate.(flate.Resetter).Reset(z.data, nil); err != nil {
			return buf, err
		}
		r = z.inflate
	}
	out := slices.Grow(buf, int(e.size)+1)
	want := len(buf) + int(e.size) + 1
	for len(out) < want {
		n, err := r.Read(out[len(out):want])
		out = out[:len(out)+n]
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return out, err
		}
	}
	return out, errLongerThanSaid
}

// unpackSmall is content for an entry that lies in the window as a whole and is in order: the inflater is twice as fast on a
// bytes.Reader. Anything else is left to content, which says what is wrong.
func (z *zipSource) unpackSmall(e entry, buf []byte) ([]byte, bool) {
	if e.method != methodDeflate || e.packed > windowSize {
		return buf, false
	}
	packed, err := z.data.peek(int(e.packed))
	if err != nil {
		return buf, false
	}
	z.packed.Reset(packed)
	if err := z.inflate.(flate.Resetter).Reset(&z.packed, nil); err != nil {
		return buf, false
	}
	end := len(buf) + int(e.size)
	out := slices.Grow(buf, int(e.size)+1)[:end+1]
	if n, err := io.ReadFull(z.inflate, out[len(buf):]); err != io.ErrUnexpectedEOF || n != int(e.size) || z.packed.Len() > 0 {
		return buf, false
	}
	z.data.pos += e.packed
	return out[:end], true
}

func bomb(e entry) error {
	return &DropError{Finding: fehler("ZIP-BOMBE", "Der Eintrag "+quoted(printable(e.name))+
		" der ZIP-Datei wird beim Entpacken unverhältnismäßig groß und darum nicht entpackt; bitte prüfen und neu packen.")}
}

// entryFinding is a finding about one entry; the receipt names the entry beside it.
func entryFinding(code, what string) *amtshilfe.Finding {
	f := fehler(code, "Der Eintrag der ZIP-Datei "+what)
	return &f
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}

func mib(n int64) string { return strconv.FormatInt(n>>20, 10) + " MiB" }
