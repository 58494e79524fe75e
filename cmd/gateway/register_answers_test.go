package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
	"damtshilfe/internal/register/store"
)

// TestImportTellsAnswersThatChange: before anything is in force the report says what the last questions would be answered, and were.
func TestImportTellsAnswersThatChange(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "register")
	sample, err := register.Sample()
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(t.Context(), sample.File(), store.By{Wer: "test"}); err != nil {
		t.Fatal(err)
	}
	for _, place := range [][2]string{{"24103", "Kiel"}, {"01067", "Dresden"}} {
		s.RememberQuestion(store.Question{Betriebsart: amtshilfe.Test, PLZ: place[0], Ort: place[1],
			Einnahmeart: amtshilfe.Einnahmeart{List: register.EinnahmeartList, Version: register.EinnahmeartVersion, Code: "100"}})
	}
	if err := s.Close(); err != nil { // writes them
		t.Fatal(err)
	}
	table := filepath.Join(t.TempDir(), "neu.csv")
	text := "kennung;name;plz;ort;zeile1;zeile2;kanal;grund\nkka:01002000;Stadt Kiel;24103;Kiel;Kasse;24103 Kiel;keiner;im Umbau\n"
	if err := os.WriteFile(table, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ flag, want string }{
		{"--dry-run", "dry run: the version before stays in force\n"},
		{"--all", "in force: version "},
	} {
		var out, errOut bytes.Buffer
		if code := run(t.Context(), []string{"register", "import", "--store", dir, "--from", "behoerden", table, tt.flag}, &out, &errOut); code != exitDone {
			t.Fatalf("exit %d: %s", code, errOut.String())
		}
		want := "answers to the last 2 questions: 1 change\n  test 100 in 24103 Kiel: kka:01002000 (xta kka:01002000 rz:demo-b, post) -> kka:01002000 (keiner)\n" + tt.want
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s: want %q in\n%s", tt.flag, want, out.String())
		}
	}
}
