package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// finding is a line of a .befunde: position, severity, code, path.
var finding = regexp.MustCompile(`(?m)^  (\d+):(\d+) (fehler|warnung) ([A-Z-]+) (\S+)$`)

// TestValidateKorpus: validate says of every file of the corpus what the gateway says, but for what only the gateway can know: the
// account, the ledger, the directory, the table of postcodes.
func TestValidateKorpus(t *testing.T) {
	only := regexp.MustCompile(`^(ABS-|TEST-|BEZUG-|DUP-FACHLICH|ZUST-|HINDERNIS-EIGENE|REGEL-PLZ-ORT|REGEL-IBAN-UNBEKANNT|LIEF-LUECKE|LIEF-UEBERTRAGUNGSID|LIEF-NACHRICHTENART)`)
	files, err := filepath.Glob("../../testdata/korpus/*/*.befunde")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	args := []string{"validate", "--json", "--datum", "2026-11-20"}
	want := map[string][]string{}
	for _, golden := range files {
		file := strings.TrimSuffix(golden, ".befunde")
		if strings.Contains(file, "/faelle/") {
			continue // what is wrong with them is in the ledger
		}
		args, want[file] = append(args, file), []string{}
		text, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range finding.FindAllStringSubmatch(string(text), -1) {
			if !only.MatchString(m[4]) {
				want[file] = append(want[file], strings.Join(m[3:], " "))
			}
		}
	}
	var out, errOut bytes.Buffer
	if code := run(t.Context(), args, &out, &errOut); code != exitOpen {
		t.Fatalf("exit %d: %s", code, errOut.String())
	}
	got := map[string][]string{}
	for lines := json.NewDecoder(&out); lines.More(); {
		var j judgement
		if err := lines.Decode(&j); err != nil {
			t.Fatal(err)
		}
		file, _, _ := strings.Cut(j.Datei, "!")
		for _, b := range j.Befunde {
			if path := b.Pfad; !only.MatchString(b.Code) {
				if path == "" {
					path = "-"
				}
				got[file] = append(got[file], fmt.Sprintf("%s %s %s", b.Schwere, b.Code, path))
			}
		}
	}
	for file, codes := range want {
		slices.Sort(codes)
		slices.Sort(got[file])
		if !slices.Equal(codes, got[file]) {
			t.Errorf("%s: validate says\n  %s\nthe gateway\n  %s", file, strings.Join(got[file], "\n  "), strings.Join(codes, "\n  "))
		}
	}
}
