package app_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

// levels is the table of design 1: arrows point down only, and one level never imports sideways.
var levels = map[string]int{
	"internal/xmlgate": 0, "internal/xsd": 0, "internal/durable": 0, "internal/sqlitedb": 0, "internal/latin": 0, "internal/certs": 0, "internal/xenc": 0, "internal/amtshilfe": 0,
	"spool": 1, "mapping": 1, "printstreet": 1, "internal/rules": 1, "internal/schema": 1, "internal/ledger": 1, "internal/register": 1, "internal/register/store": 1, "internal/register/source": 1, "internal/register/pages": 1, "internal/xta": 1, "internal/sftpd": 1,
	"internal/pipeline": 2, "internal/runs": 2, "internal/status": 2,
	"internal/config": 3, "internal/sample": 3,
	"internal/app":  4,
	"internal/demo": 5,
	"cmd/gateway":   6,

	"internal/attachment": 0, "internal/child": 0,
}

// within lists what packages of one level may import of each other: the words, the disk under the database, and what lies below the
// directory of authorities; never the other way.
var within = map[string]string{
	"internal/sqlitedb internal/durable":   "the hook of commits",
	"internal/xsd internal/xmlgate":        "the scan that it judges in",
	"internal/attachment internal/child":   "the process that it reads in",
	"internal/latin internal/amtshilfe":    "the words",
	"internal/xmlgate internal/amtshilfe":  "the words",
	"internal/durable internal/amtshilfe":  "the words",
	"internal/sqlitedb internal/amtshilfe": "the words",

	"internal/register/store internal/register":  "the directory that it keeps",
	"internal/register/source internal/register": "the directory that it makes",
	"internal/register/pages internal/register":  "the directory that they show",
}

// TestImportsPointDown holds the table against the code.
func TestImportsPointDown(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "damtshilfe/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	seen := 0
	for dec.More() {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(p.ImportPath, "damtshilfe/")
		level, known := levels[name]
		if !known {
			t.Errorf("package %s is not in the table of design 1", name)
			continue
		}
		seen++
		for _, i := range p.Imports {
			other, ours := strings.CutPrefix(i, "damtshilfe/")
			if !ours {
				continue
			}
			if _, ok := within[name+" "+other]; ok {
				continue
			}
			if levels[other] >= level {
				t.Errorf("%s (L%d) imports %s (L%d): arrows point down only", name, level, other, levels[other])
			}
		}
	}
	if seen != len(levels) {
		t.Errorf("%d of %d packages of the table were found", seen, len(levels))
	}
}
