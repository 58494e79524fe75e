package rules_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"damtshilfe/internal/rules"
)

var update = flag.Bool("update", false, "write docs/findings.md anew")

// areas are the areas in the order of profil.md 3.
var areas = [][2]string{{"XML", "the gate"}, {"XSD", "the schema"}, {"LIEF", "the drop"}, {"ZIP", "archives"}, {"ABS", "who sends"}, {"TEST", "Betriebsart"},
	{"PACK", "schema packs"}, {"REGEL", "business rules"}, {"ZEICHEN", "characters"}, {"ANHANG", "attachments"}, {"HINDERNIS", "obstacles to enforcement"},
	{"DUP", "sent again"}, {"BEZUG", "the case"}, {"ZUST", "who is competent"}, {"XTA", "electronic transport"}, {"DRUCK", "letters"}, {"ABSTURZ", "our own failures"}}

func areaOf(code string) int {
	area, _, _ := strings.Cut(code, "-")
	return slices.IndexFunc(areas, func(a [2]string) bool { return a[0] == area })
}

// TestFindingsAreDocumented holds docs/findings.md against the table of codes.
func TestFindingsAreDocumented(t *testing.T) {
	const file = "../../docs/findings.md"
	var b strings.Builder
	b.WriteString("# Findings\n\nWritten by `go test ./internal/rules -update` from the one table of codes (internal/rules/codes.go, codes_others.go); a test holds the table\n" +
		"against every code in the program. A code is stable: senders' programs match it. What the sender reads beside it in receipt, `gateway validate` and\n" +
		"`reason.json` is one German sentence, with line, column and path in the dropped file. *held* names who decides; all other errors refuse the message,\n" +
		"or the whole drop where nothing of it can be read. A message gets at most 20 findings of its schema and 50 others; how many more there are is said.\n")
	codes := slices.Clone(rules.Codes)
	slices.SortStableFunc(codes, func(a, b rules.Code) int { return areaOf(a.Code) - areaOf(b.Code) })
	area := -1
	for _, c := range codes {
		if n := areaOf(c.Code); n < 0 {
			t.Fatalf("%s is of no area", c.Code)
		} else if n != area {
			area = n
			fmt.Fprintf(&b, "\n## %s: %s\n\n| code | effect | reported when | what to do |\n|---|---|---|---|\n", areas[n][0], areas[n][1])
		}
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
