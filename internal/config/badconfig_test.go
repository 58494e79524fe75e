package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"damtshilfe/internal/config"
)

const badConfigs = "../../testdata/badconfig"

// TestBadConfig: every file has one fault, and the one error names it; its first line says how.
func TestBadConfig(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(badConfigs, "*.yaml"))
	if err != nil || len(files) < 30 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		if name == "good" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(string(data), "\n")
			want, ok := strings.CutPrefix(first, "# ")
			if !ok || want == "" {
				t.Fatal("the first line does not say what is expected")
			}
			_, err = config.Load(file)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Fatalf("want %q, got: %v", want, err)
			}
			if !strings.HasPrefix(err.Error(), name+".yaml: ") {
				t.Errorf("the error does not name the file: %v", err)
			}
			// A fault of the YAML shows the lines around it; of the others each has one line.
			if text := err.Error(); !strings.Contains(text, "[") || strings.Contains(text, "participants[") || strings.Contains(text, "accounts[") {
				if n := strings.Count(text, "\n"); n > 0 {
					t.Errorf("one fault, %d errors: %v", n+1, err)
				}
			}
		})
	}
}

// TestGoodConfig: what the bad ones are made of has no fault of its own.
func TestGoodConfig(t *testing.T) {
	c, err := config.Load(filepath.Join(badConfigs, "good.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	p := c.Participants[0]
	if p.Betriebsart != "test" || p.Completeness != "settle" || p.PrintProfile != "standard" || p.Infos != "container" || c.XTA.Server.Name != "A" {
		t.Errorf("defaults: %+v", p)
	}
	if *p.ConfirmFirst || *p.ConfirmUnusual || p.Limits != (config.Limits{}) || len(p.Receipts) != 1 {
		t.Errorf("a test account is asked about its drops: %+v", p)
	}
	if !filepath.IsAbs(c.DataDir) || !filepath.IsAbs(c.Register.Cert) {
		t.Errorf("paths are not anchored: %s %s", c.DataDir, c.Register.Cert)
	}
}

// TestProductionAsks: where it is meant, the first drop and an unusual one wait, unless the account says otherwise.
func TestProductionAsks(t *testing.T) {
	good, err := os.ReadFile(filepath.Join(badConfigs, "good.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, more     string
		first, unusual bool
	}{
		{"by default", "", true, true},
		{"not the first", ", confirm_first: false", false, true},
		{"neither", ", confirm_first: false, confirm_unusual: false", false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(string(good), `kennungen: ["kka:1"]`, `kennungen: ["kka:1"], betriebsart: produktion`+tt.more, 1)
			c, err := config.Parse([]byte(text), t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			if p := c.Participants[0]; *p.ConfirmFirst != tt.first || *p.ConfirmUnusual != tt.unusual {
				t.Errorf("first %v, unusual %v", *p.ConfirmFirst, *p.ConfirmUnusual)
			}
		})
	}
}
