package mapping

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xmlgate"
)

var (
	containerRoot = xmlgate.Name{Space: ProfilNS, Local: "lieferung"}
	containerHead = xmlgate.Name{Space: ProfilNS, Local: "lieferkopf"}
)

// containerSource yields the messages of a container v:lieferung.
type containerSource struct {
	split *xmlgate.Splitter
	disk  *watchedReader
	count int
	names map[string]int // how often each root came; see step
}

// openContainer reads the head of a container.
func openContainer(r io.Reader, l xmlgate.Limits) (*containerSource, *amtshilfe.Lieferkopf, error) {
	disk := &watchedReader{r: r}
	c := &containerSource{split: xmlgate.NewSplitter(disk, l, containerRoot, containerHead), disk: disk}
	head, line, column, err := c.split.Head()
	if e, ok := errors.AsType[*xmlgate.Error](err); ok && e.Code == xmlgate.CodeWurzel {
		f := fehler("LIEF-KOPF", "Der Lieferkopf fehlt; bitte als erstes Element der Lieferung einfügen.")
		f.Line, f.Column = e.Line, e.Column
		return nil, nil, &DropError{Finding: f, Err: err}
	}
	if err != nil {
		return nil, nil, c.broken(err)
	}
	kopf, err := parseKopf(head, l)
	if err != nil {
		f := fehler("LIEF-KOPF", "Der Lieferkopf ist unvollständig oder hat ungültige Angaben: "+err.Error()+"; bitte berichtigen.")
		f.Line, f.Column = line, column
		return nil, nil, &DropError{Finding: f}
	}
	return c, kopf, nil
}

// next yields the next message.
func (c *containerSource) next(buf []byte) (Document, []byte, error) {
	start := len(buf)
	part, out, err := c.split.Next(buf)
	if err == io.EOF && c.count == 0 {
		return Document{}, buf, &DropError{Finding: fehler("LIEF-LEER", "Die Lieferung enthält keine Nachricht; bitte mit Inhalt neu einliefern.")}
	}
	if err == io.EOF {
		return Document{}, buf, io.EOF
	}
	if err != nil {
		return Document{}, buf, c.broken(err)
	}
	c.count++
	return Document{
		Start: start, End: len(out), part: part,
		step:     c.step(out[start:]),
		Position: amtshilfe.Position{Line: part.Line, Column: part.Column},
	}, out, nil
}

// maxRoots bounds the names that step counts: a container has messages of fifteen kinds, and perhaps some of other packs.
const maxRoots = 64

// step gives the message's step in the paths of the container: its root's local name, from the second of a name on with its number.
// Where there are too many names to count, its place among all messages says which it is.
func (c *containerSource) step(doc []byte) string {
	name := string(localName(doc))
	if _, known := c.names[name]; !known && len(c.names) >= maxRoots {
		return "/*[" + strconv.Itoa(c.count) + "]"
	}
	if c.names == nil {
		c.names = map[string]int{}
	}
	c.names[name]++
	if n := c.names[name]; n > 1 {
		return "/" + name + "[" + strconv.Itoa(n) + "]"
	}
	return "/" + name
}

// localName is that of the element which doc begins with.
func localName(doc []byte) []byte {
	name := doc[1:]
	if end := bytes.IndexAny(name, " \t\r\n/>"); end >= 0 {
		name = name[:end]
	}
	return name[bytes.IndexByte(name, ':')+1:]
}

// broken turns an error of the splitter into that of the drop; a failed read of the disk is ours.
func (c *containerSource) broken(err error) error {
	if c.disk.err != nil {
		return diskError{c.disk.err}
	}
	if _, ok := errors.AsType[*xmlgate.Error](err); !ok {
		return err
	}
	return &DropError{Finding: gateFinding(err), Err: err}
}

// watchedReader remembers the error that reading ended with.
type watchedReader struct {
	r   io.Reader
	err error
}

func (w *watchedReader) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}

// readHeader reads the lieferung.xml of a ZIP: a container with a head and no message.
func readHeader(doc []byte, l xmlgate.Limits) (*amtshilfe.Lieferkopf, error) {
	c, kopf, err := openContainer(bytes.NewReader(doc), l)
	if err != nil {
		if e, ok := errors.AsType[*DropError](err); ok {
			e.Finding.Code = "LIEF-KOPF"
			e.Finding.Text = "Die lieferung.xml ist nicht lesbar: " + e.Finding.Text
		}
		return nil, err
	}
	switch _, _, err := c.split.Next(nil); {
	case err == io.EOF:
		return kopf, nil
	case err != nil:
		return nil, c.broken(err)
	}
	return nil, &DropError{Finding: fehler("LIEF-KOPF", "Die lieferung.xml einer ZIP-Datei darf nur den Lieferkopf enthalten; bitte die Nachrichten als eigene Einträge packen.")}
}

// The fields of a Lieferkopf.
const (
	kopfAbsender = iota
	kopfVerfahren
	kopfID
	kopfErstellt
	kopfAnzahl
	kopfFields
)

// kopfSink collects the five values of a Lieferkopf.
type kopfSink [kopfFields]string

func (*kopfSink) Enter(int, int) {}
func (*kopfSink) Leave(int)      {}
func (k *kopfSink) Value(field int, text []byte, _ int) {
	k[field] = string(collapse(text))
}

// parseKopf reads a lieferkopf. Its error is a German phrase that names what is missing.
func parseKopf(doc []byte, l xmlgate.Limits) (*amtshilfe.Lieferkopf, error) {
	var fields []xmlgate.Field
	for id, name := range []string{"absender", "verfahren", "uebertragungsID", "erstellungszeitpunkt", "anzahlNachrichten"} {
		fields = append(fields, xmlgate.Field{ID: id, Path: []xmlgate.Step{{Name: xmlgate.Name{Space: ProfilNS, Local: name}}}})
	}
	m, err := xmlgate.CompileMap(containerHead, fields)
	if err != nil {
		return nil, err
	}
	var v kopfSink
	choose := func(xmlgate.Name) *xmlgate.Map { return m }
	if _, err := xmlgate.NewScanner(l).Scan(doc, choose, &v); err != nil {
		return nil, errors.New("er ist kein lesbares XML")
	}
	k := &amtshilfe.Lieferkopf{Absender: v[kopfAbsender], Verfahren: v[kopfVerfahren], Erstellt: parseDateTime([]byte(v[kopfErstellt]))}
	id, idErr := strconv.ParseInt(v[kopfID], 10, 64)
	n, nErr := strconv.ParseInt(v[kopfAnzahl], 10, 32)
	switch {
	case k.Absender == "" || len(k.Absender) > 400:
		return nil, errors.New("absender fehlt oder ist zu lang")
	case k.Verfahren == "" || len(k.Verfahren) > 1000:
		return nil, errors.New("verfahren fehlt oder ist zu lang")
	case idErr != nil || id < 1:
		return nil, errors.New("uebertragungsID ist keine Zahl ab 1")
	case k.Erstellt == (time.Time{}):
		return nil, errors.New("erstellungszeitpunkt ist kein Zeitpunkt")
	case nErr != nil || n < 0:
		return nil, errors.New("anzahlNachrichten ist keine Zahl")
	}
	k.UebertragungsID, k.Anzahl = id, int(n)
	return k, nil
}
