package pipeline_test

import (
	"bytes"
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// padded makes a document larger by white space before its last end tag.
func padded(doc []byte, n int) []byte {
	i := bytes.LastIndex(doc, []byte("</"))
	return bytes.Join([][]byte{doc[:i], bytes.Repeat([]byte{'\n'}, n), doc[i:]}, nil)
}

// A document that does not stay in memory is sent byte for byte, and again so.
func TestLargeDocumentIsSentFromItsSegment(t *testing.T) {
	w := newWorld(t)
	w.xta.send, w.xta.report = answers(errReset, nil), open
	doc := padded(w.ersuchen(1), 600<<10)
	id := w.drop(doc)
	w.is(id, amtshilfe.Sending, "")
	w.later(301 * time.Second)
	w.work()
	w.is(id, amtshilfe.Sent, "")
	if len(w.xta.bodies) != 2 || w.xta.bodies[0] != w.xta.bodies[1] {
		t.Errorf("other bytes were repeated: %x", w.xta.bodies)
	}
	if sent := w.xta.taken[0]; !strings.Contains(sent.body, string(doc)) || sha256.Sum256([]byte(sent.body)) != w.xta.bodies[0] || sent.kind != amtshilfe.KindErsuchen {
		t.Errorf("%d bytes were sent, not the document of %d", len(sent.body), len(doc))
	}
}

// Where it is damaged nothing leaves.
func TestLargeDamagedDocumentIsNotSent(t *testing.T) {
	w := newWorld(t)
	away := true
	w.xta.create = func() error {
		if away {
			return errAway
		}
		return nil
	}
	id := w.drop(padded(w.ersuchen(1), 600<<10))
	w.is(id, amtshilfe.Resolved, "")
	segments, err := filepath.Glob(filepath.Join(w.dir, "store", "*", "*", "*", "*.seg"))
	if err != nil || len(segments) != 1 {
		t.Fatalf("segments %v, %v", segments, err)
	}
	data, err := os.ReadFile(segments[0])
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-1] ^= 1
	if err := os.WriteFile(segments[0], data, 0o600); err != nil {
		t.Fatal(err)
	}
	away = false
	w.later(time.Hour)
	w.work()
	w.is(id, amtshilfe.Held, "REGEL-DOKUMENT")
	if len(w.xta.bodies) > 0 {
		t.Errorf("%d messages left", len(w.xta.bodies))
	}
}
