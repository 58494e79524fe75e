package spool_test

import (
	"os"
	"path/filepath"
	"testing"

	"damtshilfe/spool"
)

func TestBallastIsHeldOnlyWhileThereIsRoom(t *testing.T) {
	dir := t.TempDir()
	s, err := spool.Open(spool.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if held, err := s.Ballast(1 << 62); err != nil || held {
		t.Errorf("with too little room: held %v, %v", held, err)
	}
	for range 2 { // the second call finds it there; a stunted one of a crash is made anew
		if held, err := s.Ballast(0); err != nil || !held {
			t.Errorf("with room: held %v, %v", held, err)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "ballast")); err != nil || info.Size() != 64<<20 {
		t.Errorf("ballast = %v, %v, want 64 MB", info, err)
	}
}
