package rules_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"damtshilfe/internal/rules"
)

var update = flag.Bool("update", false, "write docs/findings.md anew")

// TestFindingsAreDocumented holds docs/findings.md against the table of codes.
func TestFindingsAreDocumented(t *testing.T) {
	const file = "../../docs/findings.md"
	var b strings.Builder
	b.WriteString("# Findings of the business rules\n\nWritten by `go test ./internal/rules -update`. A code is stable; its text is what the sender reads in the receipt. *held* names who decides.\n" +
		"Codes of the other areas (XML, XSD, LIEF, ZIP, PACK, DUP, BEZUG, ZUST, XTA, DRUCK, ABSTURZ) say in their own text what to do.\n\n| code | effect | reported when | what to do |\n|---|---|---|---|\n")
	for _, c := range rules.Codes {
		effect := map[bool]string{true: "refused", false: "warning"}[c.Severity == "fehler"]
		if c.Hold() {
			effect = "held, " + string(c.Owner)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", c.Code, effect, c.When, c.Do)
	}
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || string(got) != b.String() {
		t.Errorf("docs/findings.md is not made from this table (%v): go test ./internal/rules -update", err)
	}
}
