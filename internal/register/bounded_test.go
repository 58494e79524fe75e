package register_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/register"
)

// bombs are texts that a few kilobytes of took the library gigabytes or minutes; each with a part of the answer.
func bombs() map[string][2]string {
	aliases := "grund: x\nbehoerden:\n- gebiete:\n  - &g\n    orte:\n    - &o {ort: A, plz: [" + strings.Repeat("'1',", 300) + "]}\n" +
		strings.Repeat("    - *o\n", 300) + strings.Repeat("  - *g\n", 300)
	var keys strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&keys, "  schluessel%d: x\n", i)
	}
	deep := func(n int, open, end string) string {
		return "grund: text\na: " + strings.Repeat(open, n) + strings.Repeat(end, n)
	}
	return map[string][2]string{
		"aliases of aliases":             {aliases, "anchors and aliases"},
		"brackets in brackets":           {deep(400_000, "[", "]"), "more signs than text"},
		"brackets in brackets with text": {deep(1000, "[", "]") + "\n# " + strings.Repeat("text ", 20_000), "nested too deeply"},
		"mappings in mappings":           {deep(1000, "{k: ", "}") + "\n# " + strings.Repeat("text ", 20_000), "nested too deeply"},
		"dashes on one line":             {"a: x\nb:\n" + strings.Repeat("- ", 1000) + "\n# " + strings.Repeat("text ", 20_000), "nested too deeply"},
		"indentation in indentation":     {indented(200) + "\n# " + strings.Repeat("text ", 20_000), "nested too deeply"},
		"many keys":                      {"behoerden:\n- kennung: x\n" + keys.String(), "too many keys"},
		"many keys in braces":            {"behoerden: [{" + strings.ReplaceAll(strings.TrimSpace(keys.String()), "\n", ",") + "}]", "too many keys"},
		"explicit keys":                  {"? a\n: b\n" + strings.Repeat("#", 5000), "explicit keys"},
		"a tag":                          {"grund: !!binary aGFsbG8=\n", "tags"},
	}
}

func indented(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i) + "schluessel:\n")
	}
	return b.String()
}

func TestBombsAreRefusedAtOnce(t *testing.T) {
	for name, b := range bombs() {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			if _, err := register.ReadMeldung([]byte(b[0])); err == nil || !strings.Contains(err.Error(), b[1]) {
				t.Errorf("a report: %.200v", err)
			}
			if _, err := register.ReadAenderung([]byte(b[0])); err == nil || !strings.Contains(err.Error(), b[1]) {
				t.Errorf("a change: %.200v", err)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			if b[1] == "more signs than text" {
				return // of a directory of one's own the shape alone is looked at
			}
			if _, err := register.Parse([]byte(b[0])); err == nil || !strings.Contains(err.Error(), b[1]) {
				t.Errorf("a directory: %.200v", err)
			}
		})
	}
}
