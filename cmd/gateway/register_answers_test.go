package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
	"damtshilfe/internal/register/store"
)

// TestImportTellsAnswersThatChange: before anything is in force the report says what the last questions would be answered, and were.
func TestImportTellsAnswersThatChange(t *testing.T) {
	dir := askedStore(t)
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

// askedStore is a store with the sample directory, that was asked about two places.
func askedStore(t *testing.T) string {
	t.Helper()
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
	return dir
}

// TestRetireTellsWhoAsked: the preview names the questions that lead to the authority and who asked at all, and says where it ends.
func TestRetireTellsWhoAsked(t *testing.T) {
	dir := askedStore(t)
	s, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	day := time.Now().UTC().Format(time.DateOnly)
	if err := errors.Join(s.AddCounts(t.Context(), map[store.CountKey]store.Count{{Tag: day, Asker: "rz-a", Kind: "001", Betriebsart: amtshilfe.Test, Status: 200}: {Requests: 3, Found: 2},
		{Tag: day, Asker: "rz-b", Kind: "001", Betriebsart: amtshilfe.Test, Status: 200}: {Requests: 1, Nobody: 1}}), s.Close()); err != nil {
		t.Fatal(err)
	}
	var out, errOut bytes.Buffer
	if code := run(t.Context(), []string{"register", "retire", "kka:01002000", "--store", dir, "--dry-run"}, &out, &errOut); code != exitDone {
		t.Fatalf("exit %d: %s", code, errOut.String())
	}
	for _, want := range []string{"of the last 2 distinct questions of all gateways 1 lead to it\n  test 100 in 24103 Kiel\n",
		"in the last 90 days: 1\n  rz-a: 2\n", "only their own operators can say"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("want %q in\n%s", want, out.String())
		}
	}
}
