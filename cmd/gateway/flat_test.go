package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files of testdata/flach/fehler anew")

// TestFaultyFlatFiles: every file of testdata/flach/fehler has one fault, its name says which; what is found stands in the golden file
// beside it. Its name begins with that of its mapping.
func TestFaultyFlatFiles(t *testing.T) {
	const dir = "../../testdata/flach"
	seen := 0
	for _, mapping := range []string{"stadt", "klein", "zentral", "avviso"} {
		files, err := filepath.Glob(filepath.Join(dir, "fehler", mapping+"-*"))
		if err != nil {
			t.Fatal(err)
		}
		args := []string{"validate", "--datum", "2026-11-21", "--mapping", filepath.Join(dir, mapping+".yaml")}
		for _, f := range files {
			if !strings.HasSuffix(f, ".befunde") {
				args = append(args, f)
				seen++
			}
		}
		var out, errOut bytes.Buffer
		if code := run(t.Context(), args, &out, &errOut); code != exitOpen {
			t.Fatalf("%s: exit %d: %s", mapping, code, errOut.String())
		}
		for _, f := range args[5:] {
			compareFindings(t, f, out.String())
		}
	}
	if seen < 50 {
		t.Errorf("%d files", seen)
	}
}

// compareFindings holds the lines of the output that name the file against its golden file.
func compareFindings(t *testing.T, file, output string) {
	t.Helper()
	var got strings.Builder
	for line := range strings.Lines(output) {
		if rest, ok := strings.CutPrefix(line, file); ok {
			got.WriteString(filepath.Base(file) + rest)
		}
	}
	golden := strings.TrimSuffix(file, filepath.Ext(file)) + ".befunde"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || got.String() != string(want) || got.Len() == 0 {
		t.Errorf("%s: %v\ngot:\n%swant:\n%s", filepath.Base(file), err, got.String(), want)
	}
}
