package mapping

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The ZIP directory in constant memory (APPNOTE 6.3.10, 4.3 and 4.4). archive/zip keeps every entry; a directory of a million
// entries in a file of 159 MB costs it 267 MB. We walk the directory twice: once to check its structure, once to read.

const (
	sigLocal   = 0x04034b50
	sigCentral = 0x02014b50
	sigEnd     = 0x06054b50
	sigEnd64   = 0x06064b50
	sigLoc64   = 0x07064b50

	lenLocal   = 30
	lenCentral = 46
	lenEnd     = 22
	lenEnd64   = 56
	lenLoc64   = 20

	methodStore   = 0
	methodDeflate = 8

	flagEncrypted       = 1 << 0
	flagStrongEncrypted = 1 << 6
	flagMaskedHeader    = 1 << 13

	maxEntryName = 1024
)

// entry is one record of the central directory.
type entry struct {
	name           string // raw bytes
	flags, method  uint16
	crc            uint32
	packed, size   int64 // as the directory says
	offset, bound  int64 // of the local header; where the next one starts
	isDir, skipped bool
}

// zipDir walks the central directory.
type zipDir struct {
	win        *window
	start, end int64 // of the directory in the file
	count      int   // entries as the end record says
	seen       int
	ahead      entry // record number seen, read ahead for its offset
}

// openDir finds the directory: the end record must close the file, and the directory must end where the end record starts.
func openDir(r io.ReaderAt, size int64) (*zipDir, error) {
	tail := make([]byte, min(size, lenLoc64+lenEnd+math.MaxUint16))
	if n, err := r.ReadAt(tail, size-int64(len(tail))); n < len(tail) {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, diskError{err}
	}
	at := findEnd(tail)
	if at < 0 {
		return nil, brokenZip("Das Ende der ZIP-Datei fehlt; bitte vollständig noch einmal einliefern.", "no end of central directory")
	}
	e, endAt := tail[at:], size-int64(len(tail)-at)
	d := &zipDir{
		win: newWindow(r), count: int(le16(e[10:])),
		start: int64(le32(e[16:])), end: endAt,
	}
	length, disks := int64(le32(e[12:])), le16(e[4:]) != 0 || le16(e[6:]) != 0 || le16(e[8:]) != le16(e[10:])
	if le16(e[10:]) == math.MaxUint16 || le32(e[12:]) == math.MaxUint32 || le32(e[16:]) == math.MaxUint32 {
		if rec, recAt, ok, err := end64(r, tail[:at], endAt); err != nil {
			return nil, err
		} else if ok {
			count, l, s := le64(rec[32:]), le64(rec[40:]), le64(rec[48:])
			if count > math.MaxInt32 || l > uint64(size) || s > uint64(size) {
				return nil, brokenZip("Das Verzeichnis der ZIP-Datei ist beschädigt; bitte neu packen.", "zip64 record out of range")
			}
			d.count, length, d.start, d.end = int(count), int64(l), int64(s), recAt
			disks = le32(rec[16:]) != 0 || le32(rec[20:]) != 0 || le64(rec[24:]) != le64(rec[32:])
		}
	}
	if disks {
		return nil, brokenZip("Die ZIP-Datei ist auf mehrere Teile verteilt; bitte als eine Datei liefern.", "multi-disk")
	}
	if d.start+length != d.end || length < int64(d.count)*lenCentral {
		return nil, brokenZip("Das Verzeichnis der ZIP-Datei ist beschädigt; bitte neu packen.", "directory does not fit")
	}
	d.rewind()
	return d, nil
}

// findEnd finds the end record whose comment closes the file, or -1.
func findEnd(tail []byte) int {
	sig := []byte("PK\x05\x06")
	for end := len(tail); ; {
		at := bytes.LastIndex(tail[:end], sig)
		if at < 0 {
			return -1
		}
		if at+lenEnd <= len(tail) && at+lenEnd+int(le16(tail[at+20:])) == len(tail) {
			return at
		}
		end = at + len(sig) - 1
	}
}

// end64 reads the ZIP64 end record if its locator stands before the end record.
func end64(r io.ReaderAt, before []byte, endAt int64) (rec []byte, at int64, ok bool, err error) {
	if len(before) < lenLoc64 || le32(before[len(before)-lenLoc64:]) != sigLoc64 {
		return nil, 0, false, nil
	}
	at64 := le64(before[len(before)-lenLoc64+8:])
	if at64 > uint64(endAt) || int64(at64)+lenEnd64+lenLoc64 > endAt {
		return nil, 0, false, brokenZip("Das Verzeichnis der ZIP-Datei ist beschädigt; bitte neu packen.", "zip64 locator out of range")
	}
	rec = make([]byte, lenEnd64)
	if n, err := r.ReadAt(rec, int64(at64)); n < len(rec) {
		return nil, 0, false, diskError{err}
	}
	if le32(rec) != sigEnd64 || le64(rec[4:]) != uint64(endAt)-lenLoc64-at64-12 {
		return nil, 0, false, brokenZip("Das Verzeichnis der ZIP-Datei ist beschädigt; bitte neu packen.", "zip64 record broken")
	}
	return rec, int64(at64), true, nil
}

func (d *zipDir) rewind() {
	d.win.seek(d.start, d.end)
	d.seen = 0
}

// next reads one record and sets bound to where the entry after it starts. io.EOF after the last one.
func (d *zipDir) next() (e entry, err error) {
	if d.seen == d.count {
		if d.win.left() != 0 {
			return e, brokenZip("Das Verzeichnis der ZIP-Datei ist beschädigt; bitte neu packen.", "bytes after the last record")
		}
		return e, io.EOF
	}
	if d.seen == 0 {
		if d.ahead, err = d.record(); err != nil {
			return e, d.torn(err)
		}
	}
	e, e.bound = d.ahead, d.start
	if d.seen++; d.seen < d.count {
		if d.ahead, err = d.record(); err != nil {
			return e, d.torn(err)
		}
		e.bound = d.ahead.offset
	}
	// Strictly ascending and not overlapping: bombs that let many records share the same bytes end here.
	if e.packed > d.start || e.offset+lenLocal+int64(len(e.name))+e.packed > e.bound {
		return e, brokenZip("Die Einträge der ZIP-Datei überlappen sich; bitte neu packen.", "overlap")
	}
	return e, checkName(e.name)
}

// record reads the record at the window's position.
func (d *zipDir) record() (e entry, err error) {
	h, err := d.win.take(lenCentral)
	if err != nil {
		return e, err
	}
	if le32(h) != sigCentral || le16(h[34:]) != 0 && le16(h[34:]) != math.MaxUint16 {
		return e, errTorn
	}
	e.flags, e.method, e.crc = le16(h[8:]), le16(h[10:]), le32(h[16:])
	e.packed, e.size, e.offset = int64(le32(h[20:])), int64(le32(h[24:])), int64(le32(h[42:]))
	nameLen, extraLen, commentLen := int(le16(h[28:])), int(le16(h[30:])), int(le16(h[32:]))
	name, err := d.win.take(nameLen)
	if err != nil {
		return e, err
	}
	e.name = string(name)
	extra, err := d.win.take(extraLen)
	if err != nil {
		return e, err
	}
	if !e.zip64(extra) {
		return e, errTorn
	}
	if _, err := d.win.take(commentLen); err != nil {
		return e, err
	}
	e.isDir = strings.HasSuffix(e.name, "/") || strings.HasSuffix(e.name, `\`)
	e.skipped = e.isDir || systemFile(e.name)
	return e, nil
}

// zip64 takes sizes and offset from the ZIP64 extra field where the record says that they stand there (APPNOTE 4.5.3).
func (e *entry) zip64(extra []byte) bool {
	want := []*int64{&e.size, &e.packed, &e.offset}
	need := false
	for _, v := range want {
		need = need || *v == math.MaxUint32
	}
	for need && len(extra) >= 4 {
		id, n := le16(extra), int(le16(extra[2:]))
		if extra = extra[4:]; n > len(extra) {
			return false
		}
		if field := extra[:n]; id == 1 {
			for _, v := range want {
				if *v != math.MaxUint32 {
					continue
				}
				if len(field) < 8 || le64(field) > math.MaxInt64 {
					return false
				}
				*v, field = int64(le64(field)), field[8:]
			}
			return true
		}
		extra = extra[n:]
	}
	return !need
}

// errTorn says that a record of the directory is broken.
var errTorn = errors.New("broken directory record")

// torn gives the sender's error for a broken record; a failed read of the disk stays what it is.
func (d *zipDir) torn(err error) error {
	if _, ok := errors.AsType[diskError](err); ok {
		return err
	}
	return &DropError{Finding: fehler("ZIP-KAPUTT", "Das Verzeichnis der ZIP-Datei ist beschädigt; bitte neu packen."), Err: err}
}

func brokenZip(text, cause string) error {
	return &DropError{Finding: fehler("ZIP-KAPUTT", text), Err: errors.New(cause)}
}

// checkName refuses names that would lead out of a folder if anybody unpacked them. We never do: a sender who writes such names
// has been tampered with, or tries.
func checkName(name string) error {
	refuse := func(text string) error {
		return &DropError{Finding: fehler("ZIP-PFAD", "Der Eintrag "+quoted(printable(name))+" der ZIP-Datei "+text)}
	}
	unified := strings.ReplaceAll(name, `\`, "/")
	switch {
	case name == "":
		return refuse("hat keinen Namen; bitte neu packen.")
	case len(name) > maxEntryName:
		return refuse("hat einen Namen von mehr als " + strconv.Itoa(maxEntryName) + " Bytes; bitte kürzen.")
	case strings.IndexByte(name, 0) >= 0:
		return refuse("hat ein Nullbyte im Namen; bitte neu packen.")
	case unified[0] == '/', len(unified) > 1 && unified[1] == ':':
		return refuse("hat einen absoluten Pfad; erlaubt sind nur Pfade innerhalb der Datei.")
	}
	for part := range strings.SplitSeq(unified, "/") {
		if part == ".." {
			return refuse("führt mit „..“ aus der Datei hinaus; bitte ohne solche Pfade packen.")
		}
	}
	return nil
}

// systemFile knows what operating systems put into archives on their own.
func systemFile(name string) bool {
	unified := strings.ReplaceAll(name, `\`, "/")
	base := unified[strings.LastIndexByte(unified, '/')+1:]
	return strings.HasPrefix(unified, "__MACOSX/") || strings.Contains(unified, "/__MACOSX/") || base == ".DS_Store" ||
		strings.EqualFold(base, "thumbs.db") || strings.EqualFold(base, "desktop.ini")
}

// printable shows any bytes as text: broken UTF-8 and control characters become \x.. so that two names stay two.
func printable(name string) string {
	ok := utf8.ValidString(name)
	for _, r := range name {
		ok = ok && unicode.IsPrint(r)
	}
	if ok {
		return name
	}
	q := strconv.Quote(name)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}

func le16(b []byte) uint16 { return binary.LittleEndian.Uint16(b) }
func le32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
func le64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }
