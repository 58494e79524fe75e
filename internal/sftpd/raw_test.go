package sftpd_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"damtshilfe/spool"
)

// packet frames one SFTP packet: length, type, body.
func packet(kind byte, body ...any) []byte {
	p := []byte{kind}
	for _, v := range body {
		switch v := v.(type) {
		case uint32:
			p = binary.BigEndian.AppendUint32(p, v)
		case string:
			p = binary.BigEndian.AppendUint32(p, uint32(len(v)))
			p = append(p, v...)
		}
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(p))), p...)
}

func answer(r io.Reader) ([]byte, error) {
	var n [4]byte
	if _, err := io.ReadFull(r, n[:]); err != nil {
		return nil, err
	}
	p := make([]byte, binary.BigEndian.Uint32(n[:]))
	_, err := io.ReadFull(r, p)
	return p, err
}

// What no client sends must not bring the process down: one session may end, the server goes on.
func TestMalformedPackets(t *testing.T) {
	w := newWorld(t, spool.Settle)
	for _, tt := range []struct {
		name string
		raw  []byte
	}{
		{"attributes shorter than their flags say", packet(9, uint32(1), "/in/a.xml", uint32(0xf))},
		{"extended attributes that are not there", packet(9, uint32(1), "/in/a.xml", uint32(0x80000000), uint32(0xffffffff))},
		{"an open without flags", packet(3, uint32(1), "/in/a.xml", uint32(0), uint32(0))},
		{"an open cut off", packet(3, uint32(1))},
		{"a handle that was never given", packet(4, uint32(1), "77")},
		{"a write to it", packet(6, uint32(1), "77", uint32(0), uint32(0), "data")},
		{"an unknown extension", packet(200, uint32(1), "x@y")},
		{"an unknown type", packet(99, uint32(1))},
		{"a length beyond every limit", []byte{0xff, 0xff, 0xff, 0xff, 1}},
		{"a length of nothing", []byte{0, 0, 0, 0}},
		{"a path of nothing but dots and slashes", packet(17, uint32(1), strings.Repeat("../", 300))},
		{"a path with a NUL", packet(17, uint32(1), "/out/a\x00b")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			session, in, out := rawSession(t, w.dial(t))
			defer session.Close()
			in.Write(packet(1, uint32(3)))
			if p, err := answer(out); err != nil || p[0] != 2 {
				t.Fatalf("version: %v, %v", p, err)
			}
			in.Write(tt.raw)
			in.Close()
			for { // statuses or the end, never a hang
				if _, err := answer(out); err != nil {
					break
				}
			}
		})
	}
	if err := put(w.client(t), "in/after.xml", "x"); err != nil {
		t.Errorf("the server did not survive: %v", err)
	}
}

// BenchmarkUploads is the design's case: 8 KB files in four sessions, each durable in the store before its CLOSE is answered.
func BenchmarkUploads(b *testing.B) {
	w := newWorld(b, spool.Settle)
	text := strings.Repeat("x", 8192)
	b.SetBytes(int64(len(text)))
	var wg sync.WaitGroup
	next := make(chan int)
	for range 4 {
		c := w.client(b)
		wg.Go(func() {
			for i := range next {
				if err := put(c, fmt.Sprintf("in/%d.xml", i), text); err != nil {
					b.Error(err)
				}
			}
		})
	}
	b.ResetTimer()
	for i := range b.N {
		next <- i
	}
	close(next)
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "files/s")
}
