package mapping

import (
	"bytes"
	"compress/flate"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"strconv"

	"damtshilfe/internal/amtshilfe"
)

// rawDrop is a dropped file before its form is known.
type rawDrop struct {
	r      io.ReaderAt
	size   int64
	head   []byte
	flat   Flat
	limits DropLimits
}

// openFlat reads a file that is neither XML nor ZIP with the mapping that recognises it.
func (d *DropReader) openFlat(in rawDrop) error {
	if in.size == int64(len(in.head)) && len(bytes.Trim(in.head, "\xef\xbb\xbf \t\r\n\x00")) == 0 {
		return unknownFormat(in.head, in.size)
	}
	var plain []*FlatMapping
	for _, m := range in.flat.Mappings {
		if m.streams[0].pattern == "" {
			plain = append(plain, m)
		}
	}
	m := in.choose(plain)
	switch {
	case len(plain) == 0:
		return unknownFormat(in.head, in.size)
	case m == nil:
		return &DropError{Finding: fehler("LIEF-FORMAT", "Die Datei ist weder XML noch ZIP und passt zu keiner Zuordnung dieses Kontos; bitte prüfen.")}
	}
	input := &flatInput{reader: newRecordReader(io.NewSectionReader(in.r, 0, in.size), m)}
	return d.start(newFlatSource(m, in.flat.Test, in.limits.Message, []*flatInput{input}))
}

// choose finds the mapping for a plain file: the only one, or the first whose header and first record are those of the file.
func (in rawDrop) choose(plain []*FlatMapping) *FlatMapping {
	if len(plain) == 1 {
		return plain[0]
	}
	for _, m := range plain {
		try := newFlatSource(m, false, in.limits.Message, []*flatInput{{reader: newRecordReader(bytes.NewReader(in.head), m)}})
		if try.begin() == nil && try.pending != nil && try.pending.fault == nil {
			return m
		}
	}
	return nil
}

func (d *DropReader) start(s *flatSource) error {
	d.format, d.source = amtshilfe.FormatFlach, s
	err := s.begin()
	d.kopf = s.kopf
	return err
}

// openArchive reads a ZIP: the files of a mapping, or else messages.
func (d *DropReader) openArchive(in rawDrop) (err error) {
	for _, m := range in.flat.Mappings {
		if m.streams[0].pattern == "" {
			continue
		}
		entries, err := in.entries(maxPairEntries)
		if err != nil {
			return err
		}
		sorted, some := m.reads(entries)
		if sorted != nil {
			return d.openEntries(in, m, sorted)
		}
		if some {
			return &DropError{Finding: fehler("LIEF-FORMAT", "Die ZIP-Datei enthält nicht genau die "+strconv.Itoa(len(m.streams))+
				" Dateien, die die Zuordnung erwartet; bitte genau diese zusammen einliefern.")}
		}
	}
	d.source, d.kopf, err = openZip(in.r, in.size, in.limits)
	return err
}

// maxPairEntries is how many entries of a ZIP are looked at to tell files of a mapping from messages.
const maxPairEntries = 20

// entries lists the first n entries of the ZIP.
func (in rawDrop) entries(n int) (list []entry, err error) {
	dir, err := openDir(in.r, in.size)
	if err != nil || dir.count > in.limits.MaxEntries {
		return nil, err
	}
	for {
		e, err := dir.next()
		switch {
		case err == io.EOF:
			return list, nil
		case err != nil:
			return nil, err
		case e.skipped:
		case len(list) == n:
			return list, nil
		case e.size > int64(in.limits.MaxRatio)*max(e.packed, 1):
			return nil, bomb(e)
		default:
			list = append(list, e)
		}
	}
}

// openEntries opens the files of a mapping, all at once: they are read side by side.
func (d *DropReader) openEntries(in rawDrop, m *FlatMapping, entries []entry) error {
	l := in.limits
	l.Message.MaxBytes = l.MaxBytes // an entry is a whole file here
	var inputs []*flatInput
	for _, e := range entries {
		z := &zipSource{data: newWindow(in.r), limits: l}
		f := z.refuse(e)
		if f == nil {
			var err error
			if f, err = z.seek(e); err != nil {
				return err
			}
		}
		if f != nil {
			f.Path = printable(e.name)
			return &DropError{Finding: *f}
		}
		r := &entryReader{entry: e, win: z.data, r: z.data, crc: crc32.NewIEEE()}
		if e.method == methodDeflate {
			r.r = flate.NewReader(z.data)
		}
		inputs = append(inputs, &flatInput{reader: newRecordReader(r, m), entry: printable(e.name), check: r.check})
	}
	return d.start(newFlatSource(m, in.flat.Test, in.limits.Message, inputs))
}

// entryReader streams one entry of a ZIP. Declared sizes are never trusted.
type entryReader struct {
	entry entry
	win   *window
	r     io.Reader
	crc   hash.Hash32
	n     int64
}

// Read reads on; what is wrong with the entry is a *DropError.
func (e *entryReader) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	e.n += int64(n)
	e.crc.Write(p[:n])
	if e.n > e.entry.size {
		return 0, bomb(e.entry)
	}
	if err == nil || err == io.EOF {
		return n, err
	}
	if _, ok := errors.AsType[diskError](err); ok {
		return n, err
	}
	return n, e.broken("ZIP-KAPUTT", "ist beschädigt und lässt sich nicht entpacken.")
}

// check compares size and checksum at the end of the entry.
func (e *entryReader) check() error {
	switch {
	case e.n != e.entry.size || e.win.left() != 0:
		return e.broken("ZIP-KAPUTT", "ist beschädigt: Die angegebene Größe stimmt nicht.")
	case e.crc.Sum32() != e.entry.crc:
		return e.broken("ZIP-PRUEFSUMME", "ist beschädigt: Die Prüfsumme stimmt nicht.")
	}
	return nil
}

func (e *entryReader) broken(code, what string) error {
	f := entryFinding(code, what)
	f.Path = printable(e.entry.name)
	return &DropError{Finding: *f}
}
