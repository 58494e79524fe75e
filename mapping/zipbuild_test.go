package mapping_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"testing"
)

// rawEntry is one entry of a ZIP built by hand, so that every field can lie.
type rawEntry struct {
	name, localName string // localName "" = name
	flags, method   uint16
	data            []byte // as stored
	crc             uint32
	size, packed    uint32
	offset          int // of the local header; -1 = where it is
	noLocal         bool
	localExtra      int  // bytes of extra field in the local header
	zip64           bool // sizes in the ZIP64 extra field
}

// deflated is an honest entry.
func deflated(name string, content []byte) rawEntry {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestCompression)
	w.Write(content)
	w.Close()
	return rawEntry{
		name: name, method: 8, data: b.Bytes(), crc: crc32.ChecksumIEEE(content),
		size: uint32(len(content)), packed: uint32(b.Len()), offset: -1,
	}
}

// stored is an honest entry without compression.
func stored(name string, content []byte) rawEntry {
	return rawEntry{name: name, data: content, crc: crc32.ChecksumIEEE(content), size: uint32(len(content)), packed: uint32(len(content)), offset: -1}
}

// with changes an entry.
func (e rawEntry) with(edit func(*rawEntry)) rawEntry {
	edit(&e)
	return e
}

// rawZip writes the entries and an end record; tail is the comment.
func rawZip(tail string, entries ...rawEntry) []byte {
	var b, dir bytes.Buffer
	le := func(w *bytes.Buffer, values ...any) {
		for _, v := range values {
			binary.Write(w, binary.LittleEndian, v)
		}
	}
	for _, e := range entries {
		at := b.Len()
		if e.offset >= 0 {
			at = e.offset
		}
		local := e.localName
		if local == "" {
			local = e.name
		}
		if !e.noLocal {
			le(&b, uint32(0x04034b50), uint16(20), e.flags, e.method, uint32(0), e.crc, e.packed, e.size, uint16(len(local)), uint16(e.localExtra))
			b.WriteString(local)
			b.Write(make([]byte, e.localExtra))
			b.Write(e.data)
		}
		size, packed, extra := e.size, e.packed, []byte(nil)
		if e.zip64 {
			extra = binary.LittleEndian.AppendUint16(nil, 1)
			extra = binary.LittleEndian.AppendUint16(extra, 16)
			extra = binary.LittleEndian.AppendUint64(extra, uint64(size))
			extra = binary.LittleEndian.AppendUint64(extra, uint64(packed))
			size, packed = 0xffffffff, 0xffffffff
		}
		le(&dir, uint32(0x02014b50), uint16(20), uint16(20), e.flags, e.method, uint32(0), e.crc, packed, size,
			uint16(len(e.name)), uint16(len(extra)), uint16(0), uint16(0), uint16(0), uint32(0), uint32(at))
		dir.WriteString(e.name)
		dir.Write(extra)
	}
	start := b.Len()
	b.Write(dir.Bytes())
	le(&b, uint32(0x06054b50), uint16(0), uint16(0), uint16(len(entries)), uint16(len(entries)), uint32(dir.Len()), uint32(start), uint16(len(tail)))
	b.WriteString(tail)
	return b.Bytes()
}

// realZip is what archive/zip writes: streamed, with data descriptors.
func realZip(tb testing.TB, method uint16, n int, content func(i int) (name, text string)) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := range n {
		name, text := content(i)
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			tb.Fatal(err)
		}
		if _, err := f.Write([]byte(text)); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}
