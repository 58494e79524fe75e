package app_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocsNameFilesThatAreThere keeps docs and README from drifting: a moved file is moved in them, too, and so is the function that is
// named behind it.
func TestDocsNameFilesThatAreThere(t *testing.T) {
	const root = "../.."
	docs, err := filepath.Glob(root + "/docs/*.md")
	if err != nil || len(docs) == 0 {
		t.Fatalf("no docs: %v", err)
	}
	named := regexp.MustCompile(`(?:^|[\s(` + "`" + `])((?:internal|spool|mapping|printstreet|cmd|docs|testdata)/[A-Za-z0-9_./-]*[A-Za-z0-9_-])|\]\(([^)]+)\)`)
	behind := regexp.MustCompile(`([a-z/]+/[a-z_0-9]+\.go) \(` + "`" + `(?:\w+\.)?(\w+)`)
	for _, doc := range append(docs, root+"/README.md") {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			path := filepath.Join(root, m[1])
			if m[2] != "" { // a link is relative to its document
				path = filepath.Join(filepath.Dir(doc), m[2])
			}
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s names %s: %v", filepath.Base(doc), m[0], err)
			}
		}
		for _, m := range behind.FindAllStringSubmatch(string(text), -1) {
			code, err := os.ReadFile(filepath.Join(root, m[1]))
			if err != nil || !strings.Contains(string(code), m[2]) {
				t.Errorf("%s says that %s is in %s (%v)", filepath.Base(doc), m[2], m[1], err)
			}
		}
	}
}
