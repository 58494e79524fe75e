package mapping_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"damtshilfe/internal/xmlgate"
	"damtshilfe/mapping"
)

func TestHostileZIP(t *testing.T) {
	a, b := deflated("a.xml", []byte("<a/>")), deflated("d/b.xml", []byte("\n<b/>"))
	zeros := deflated("z.xml", make([]byte, 1<<20))
	both := []string{"a.xml@1:1 <a/>", "d/b.xml@2:1 \n<b/>"}
	for _, tt := range []struct {
		name string
		drop []byte
		docs []string
		end  string
	}{
		{"an honest one", rawZip("", a, b), both, "EOF"},
		{"with a comment", rawZip("Grüße, PK\x05\x06 und so", a, b), both, "EOF"},
		{"with an entry that is not compressed", rawZip("", stored("s", []byte("<s/>"))), []string{"s@1:1 <s/>"}, "EOF"},
		{"with folders and system files", rawZip("", stored("d/", nil), a, stored("__MACOSX/._a.xml", []byte("x")), stored("d/.DS_Store", []byte("x")), stored("THUMBS.DB", []byte("x")), b), both, "EOF"},
		{"with a foreign file", rawZip("", a, stored("LIESMICH.txt", []byte("Hallo"))), []string{"a.xml@1:1 <a/>", "LIESMICH.txt@1:1 Hallo"}, "EOF"},
		{"with sizes in ZIP64 form", rawZip("", a.with(func(e *rawEntry) { e.zip64 = true }), b), both, "EOF"},
		{"with a Latin-1 name", rawZip("", stored("gr\xfc\xdfe.xml", []byte("<a/>"))), []string{`gr\xfc\xdfe.xml@1:1 <a/>`}, "EOF"},
		{"with a control character in a name", rawZip("", stored("a\x1b[2J.xml", []byte("<a/>"))), []string{`a\x1b[2J.xml@1:1 <a/>`}, "EOF"},
		{"with backslashes as old Windows tools write them", rawZip("", stored(`d\a.xml`, []byte("<a/>"))), []string{`d\a.xml@1:1 <a/>`}, "EOF"},
		{"with an extra field only in the local header", rawZip("", a.with(func(e *rawEntry) { e.localExtra = 9 }), b), both, "EOF"},

		{"an entry with a wrong checksum", rawZip("", a.with(func(e *rawEntry) { e.crc++ }), b), []string{"a.xml! ZIP-PRUEFSUMME", both[1]}, "EOF"},
		{"an encrypted entry", rawZip("", a.with(func(e *rawEntry) { e.flags = 1 }), b), []string{"a.xml! ZIP-VERSCHLUESSELT", both[1]}, "EOF"},
		{"an entry of another method", rawZip("", a.with(func(e *rawEntry) { e.method = 14 }), b), []string{"a.xml! ZIP-VERFAHREN", both[1]}, "EOF"},
		{"an archive in the archive, by its name", rawZip("", stored("n.ZIP", []byte("x")), b), []string{"n.ZIP! ZIP-VERSCHACHTELT", both[1]}, "EOF"},
		{"an archive in the archive, by its content", rawZip("", stored("n.xml", rawZip("", a)), b), []string{"n.xml! ZIP-VERSCHACHTELT", both[1]}, "EOF"},
		{"an empty entry", rawZip("", stored("e.xml", nil), b), []string{"e.xml! LIEF-LEER", both[1]}, "EOF"},
		{"an entry over the limit of a message", rawZip("", stored("g.xml", make([]byte, 70000)), b), []string{"g.xml! LIEF-ZU-GROSS", both[1]}, "EOF"},
		{"a local header with another name", rawZip("", a.with(func(e *rawEntry) { e.localName = "b.xml" }), b), []string{"a.xml! ZIP-KAPUTT", both[1]}, "EOF"},
		{"an entry shorter than it says", rawZip("", a.with(func(e *rawEntry) { e.size += 5 }), b), []string{"a.xml! ZIP-KAPUTT", both[1]}, "EOF"},
		{"an entry with bytes behind its end", rawZip("", a.with(func(e *rawEntry) { e.data = append(e.data, 1, 2, 3); e.packed += 3 }), b), []string{"a.xml! ZIP-KAPUTT", both[1]}, "EOF"},
		{"an entry that is no deflate stream", rawZip("", a.with(func(e *rawEntry) { e.data = bytes.Repeat([]byte{0xff}, len(e.data)) }), b), []string{"a.xml! ZIP-KAPUTT", both[1]}, "EOF"},

		{"a bomb that says so", rawZip("", a, zeros), nil, "ZIP-BOMBE"},
		{"a bomb that lies about its size", rawZip("", a, zeros.with(func(e *rawEntry) { e.size = 1000 })), both[:1], "ZIP-BOMBE"},
		{"a stored entry longer than it says", rawZip("", stored("a", []byte("<a/>")).with(func(e *rawEntry) { e.size = 2 })), nil, "ZIP-BOMBE"},
		{"two records for the same bytes", rawZip("", a, a.with(func(e *rawEntry) { e.noLocal, e.offset = true, 0 })), nil, "ZIP-KAPUTT"},
		{"an overlap bomb: each entry holds the next", overlapping(), nil, "ZIP-KAPUTT"},
		{"records that go backwards", rawZip("", a.with(func(e *rawEntry) { e.offset = 60 }), b.with(func(e *rawEntry) { e.offset = 0 })), nil, "ZIP-KAPUTT"},
		{"an entry in the directory", rawZip("", a.with(func(e *rawEntry) { e.packed = 5000 })), nil, "ZIP-KAPUTT"},
		{"a local extra field that reaches into the next entry", reachingExtra(a, b), nil, "ZIP-KAPUTT"},
		{"a name that leads upwards", rawZip("", a, stored("../x.xml", []byte("<a/>"))), nil, "ZIP-PFAD"},
		{"a name that leads upwards with backslashes", rawZip("", a, stored(`d\..\..\x.xml`, []byte("<a/>"))), nil, "ZIP-PFAD"},
		{"an absolute name", rawZip("", stored("/etc/passwd", []byte("<a/>"))), nil, "ZIP-PFAD"},
		{"a drive letter", rawZip("", stored(`C:\x.xml`, []byte("<a/>"))), nil, "ZIP-PFAD"},
		{"a share", rawZip("", stored(`\\server\x.xml`, []byte("<a/>"))), nil, "ZIP-PFAD"},
		{"a zero byte in a name", rawZip("", stored("a.xml\x00.exe", []byte("<a/>"))), nil, "ZIP-PFAD"},
		{"no name", rawZip("", stored("", []byte("<a/>"))), nil, "ZIP-PFAD"},
		{"an endless name", rawZip("", stored(strings.Repeat("n", 1025), []byte("<a/>"))), nil, "ZIP-PFAD"},
		{"too many entries", rawZip("", a, b, stored("c", []byte("<a/>")), stored("d", []byte("<a/>")), stored("e", []byte("<a/>")), stored("f", []byte("<a/>")), stored("g", []byte("<a/>"))), nil, "ZIP-ZU-VIELE"},
		{"nothing in it", rawZip(""), nil, "LIEF-LEER"},
		{"only folders", rawZip("", stored("d/", nil)), nil, "LIEF-LEER"},
		{"an upload that broke off", rawZip("", a, b)[:100], nil, "ZIP-KAPUTT"},
		{"bytes behind the end", append(rawZip("", a, b), "xx"...), nil, "ZIP-KAPUTT"},
		{"bytes before the beginning", append([]byte("PK\x03\x04"), rawZip("", a, b)...), nil, "ZIP-KAPUTT"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := open(t, tt.drop, mapping.DropLimits{Message: xmlgate.Limits{MaxBytes: 65536}, MaxEntries: 6})
			if got.end != tt.end {
				t.Errorf("end %q, want %q", got.end, tt.end)
			}
			if d := cmp.Diff(tt.docs, got.docs); d != "" {
				t.Errorf("documents (-want +got):\n%s", d)
			}
		})
	}
}

// overlapping is the shape of a quoted-overlap bomb: the data of each entry contains the local headers after it.
func overlapping() []byte {
	inner := stored("b", []byte("<b/>"))
	outer := stored("a", append(rawZip("", inner)[:31], "<b/>"...))
	return rawZip("", outer, inner.with(func(e *rawEntry) { e.noLocal, e.offset = true, 31 }))
}

// reachingExtra makes the first local header claim an extra field that the directory does not know of.
func reachingExtra(a, b rawEntry) []byte {
	drop := rawZip("", a, b)
	drop[28] = 20 // low byte of the extra length
	return drop
}

// More than 65 535 entries need the ZIP64 end record, and the reader's memory may not grow with them.
func TestManyEntries(t *testing.T) {
	const n = 70_000
	drop := realZip(t, zip.Store, n, func(i int) (string, string) { return "m" + strconv.Itoa(i) + ".xml", "<a/>" })
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	d, err := mapping.OpenDrop(bytes.NewReader(drop), int64(len(drop)), "", mapping.DropLimits{})
	if err != nil {
		t.Fatal(err)
	}
	var buf []byte
	count := 0
	for {
		_, out, err := d.Next(buf[:0])
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if count == n/2 {
			runtime.GC()
			runtime.ReadMemStats(&after)
		}
		buf = out
		count++
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); count != n || grown > 1<<20 {
		t.Errorf("%d entries with %d bytes of heap, want %d with less than 1 MiB", count, grown, n)
	}
}

func BenchmarkZIP(b *testing.B) {
	doc := string(mustFile(b, "ersuchen-voll.xml"))
	drop := realZip(b, zip.Deflate, 10_000, func(i int) (string, string) {
		return "m" + strconv.Itoa(i) + ".xml", strings.Replace(doc, "000000000001", fmt.Sprintf("%012d", i), 1)
	})
	b.SetBytes(int64(len(doc)) * 10_000)
	b.ReportAllocs()
	var buf []byte
	for b.Loop() {
		d, err := mapping.OpenDrop(bytes.NewReader(drop), int64(len(drop)), "", mapping.DropLimits{})
		for err == nil {
			_, buf, err = d.Next(buf[:0])
		}
		if err != io.EOF {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/10_000, "µs/message")
}
