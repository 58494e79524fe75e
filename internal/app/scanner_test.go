package app

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"path/filepath"
	"testing"
	"time"

	"damtshilfe/internal/config"
)

// A program says by its exit code; one that is away, fails or takes too long says nothing, and is not asked again at once.
func TestScannerProgram(t *testing.T) {
	for _, tt := range []struct {
		says    string
		command []string
		clean   bool
		fails   bool
	}{
		{"0 is clean", []string{"/bin/sh", "-c", "grep -q harmless"}, true, false},
		{"1 is infected", []string{"/bin/sh", "-c", "exit 1"}, false, false},
		{"anything else says nothing", []string{"/bin/sh", "-c", "exit 2"}, false, true},
		{"one that reads nothing is heard all the same", []string{"/bin/true"}, true, false},
		{"it is not there", []string{"/nonexistent/scanner"}, false, true},
		{"its arguments go through no shell", []string{"/bin/false", "; exit 0"}, false, false},
		{"it takes too long, its children too", []string{"/bin/sh", "-c", "sleep 60 & sleep 60"}, false, true},
	} {
		t.Run(tt.says, func(t *testing.T) {
			now := time.Now()
			scan := newScanner(config.Scanner{Command: tt.command, Timeout: 300 * time.Millisecond}, func() time.Time { return now })
			clean, err := scan(append(bytes.Repeat([]byte("%"), 1<<20), "harmless"...))
			if clean != tt.clean || (err != nil) != tt.fails {
				t.Errorf("%v, %v", clean, err)
			}
			if _, err := scan([]byte("harmless")); errors.Is(err, errAway) != tt.fails {
				t.Errorf("asked at once again: %v", err)
			}
			now = now.Add(scanPause)
			if _, err := scan([]byte("harmless")); errors.Is(err, errAway) {
				t.Error("never asked again")
			}
		})
	}
	if newScanner(config.Scanner{}, time.Now) != nil {
		t.Error("nobody wanted a scanner")
	}
}

// clamd is asked by INSTREAM.
func TestScannerClamd(t *testing.T) {
	for _, tt := range []struct {
		answer string
		clean  bool
		fails  bool
	}{
		{"stream: OK\x00", true, false}, {"stream: Eicar-Test-Signature FOUND\x00", false, false},
		{"INSTREAM size limit exceeded. ERROR\x00", false, true}, {"", false, true},
	} {
		socket := filepath.Join(t.TempDir(), "clamd.sock")
		l, err := net.Listen("unix", socket)
		if err != nil {
			t.Fatal(err)
		}
		got := make(chan []byte, 1)
		go func() {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			got <- instream(conn)
			io.WriteString(conn, tt.answer)
		}()
		sent := bytes.Repeat([]byte("x"), 100_000)
		scan := newScanner(config.Scanner{Clamd: socket, Timeout: 5 * time.Second}, time.Now)
		if clean, err := scan(sent); clean != tt.clean || (err != nil) != tt.fails {
			t.Errorf("%q: %v, %v", tt.answer, clean, err)
		}
		if !bytes.Equal(<-got, sent) {
			t.Error("clamd got other bytes")
		}
		l.Close()
	}
}

// instream reads what a client of clamd hands over.
func instream(r io.Reader) (all []byte) {
	io.ReadFull(r, make([]byte, len("zINSTREAM\x00")))
	for {
		var n uint32
		if err := binary.Read(r, binary.BigEndian, &n); err != nil || n == 0 {
			return all
		}
		piece := make([]byte, n)
		io.ReadFull(r, piece)
		all = append(all, piece...)
	}
}
