package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"damtshilfe/internal/register"
)

func TestRegisterGapsAndCoverage(t *testing.T) {
	small := filepath.Join(t.TempDir(), "klein.yaml")
	if err := os.WriteFile(small, []byte(`version: "1"
stand: 2026-11-01T00:00:00Z
behoerden:
  - {kennung: "k:1", name: Stadt Kiel, land: SH, betriebsart: test, anschrift: {postleitzahl: "24103", ort: Kiel}, anschriftzeilen: [24103 Kiel],
     kanaele: [{art: post}], gebiete: [{schluessel: ["01002000"]}]}
gemeinden:
  - {ags: "01002000", name: Kiel, orte: [{ort: Kiel, plz: ["24103"]}]}
  - {ags: "06611000", name: Kassel, orte: [{ort: Kassel, plz: ["34117"]}]}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(filepath.Dir(small), "config.yaml")
	if err := os.WriteFile(conf, []byte("betriebsart: test\noperator: {kennung: \"rz:a\", name: Rechenzentrum A, kuerzel: A}\nregister: {serve: {directory: klein.yaml}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(filepath.Dir(small), "leer.yaml")
	if err := os.WriteFile(empty, []byte("betriebsart: test\noperator: {kennung: \"rz:a\", name: Rechenzentrum A, kuerzel: A}\nregister: {serve: {store: leer, follow: {primary: \"https://p.example\", cert: a, key: a, ca: a, public_key: a}}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"gaps of a Land", []string{"register", "gaps", "-c", conf, "--land", "HE"}, exitOpen, "no-authority: 1\n  HE  test        06611000  Kassel: alle Einnahmearten"},
		{"gaps of a kind", []string{"register", "gaps", "-c", conf, "--kind", "unconfirmed"}, exitOpen, "k:1  Stadt Kiel: noch nie bestätigt"},
		{"none", []string{"register", "gaps", "-c", conf, "--kind", "certificate"}, exitDone, "no gaps"},
		{"a kind that is none", []string{"register", "gaps", "--kind", "x"}, exitUsage, "is none of"},
		{"coverage", []string{"register", "coverage", "-c", conf, "--betriebsart", "test"}, exitDone, "DE            2       1       0       1"},
		{"coverage of the sample, which names no municipalities", []string{"register", "coverage"}, exitDone, "names no municipalities"},
		{"a secondary that has nothing yet", []string{"register", "gaps", "-c", empty}, exitFailed, "no version of the directory yet"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			if code := run(t.Context(), tt.args, &out, &out); code != tt.code || !strings.Contains(out.String(), tt.want) {
				t.Errorf("exit %d, want %d with %q:\n%s", code, tt.code, tt.want, out.String())
			}
		})
	}
	var out, errOut bytes.Buffer
	run(t.Context(), []string{"register", "gaps", "-c", conf, "--json"}, &out, &errOut)
	var gaps []register.Gap
	if err := json.Unmarshal(out.Bytes(), &gaps); err != nil || len(gaps) < 2 {
		t.Errorf("%d gaps as JSON, %v", len(gaps), err)
	}
}
