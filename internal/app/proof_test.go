package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/config"
)

// The proof has every kind of letter and both envelopes, never lies where a print centre looks, and is the same every time.
func TestPrintProof(t *testing.T) {
	dir := t.TempDir()
	cfg := config.Config{DataDir: filepath.Join(dir, "var")}
	b, err := app.PrintProof(cfg, "standard", filepath.Join(dir, "proof"))
	if err != nil {
		t.Fatal(err)
	}
	envelopes, most := map[string]int{}, 0
	for _, e := range b.Entries {
		envelopes[string(e.Umschlag)]++
		most = max(most, e.Sheets)
	}
	if len(b.Entries) != 12 || envelopes["DL"] == 0 || envelopes["C4"] == 0 || most < 6 {
		t.Errorf("%d letters, %v, at most %d sheets", len(b.Entries), envelopes, most)
	}
	again, err := app.PrintProof(cfg, "standard", filepath.Join(dir, "again"))
	if err != nil || len(again.Files) != len(b.Files) || string(again.Files[0].Data) != string(b.Files[0].Data) {
		t.Errorf("another proof, %v", err)
	}
	profiles := filepath.Join(dir, "profiles")
	if err := os.Mkdir(profiles, 0o700); err != nil {
		t.Fatal(err)
	}
	shared := `{name: dz, version: "1", betriebsart: produktion, envelope: {per: authority}, attachments: print, contact: {name: Leitstand}}`
	if err := os.WriteFile(filepath.Join(profiles, "dz.yaml"), []byte(shared), 0o600); err != nil {
		t.Fatal(err)
	}
	one := cfg
	one.Print.ProfilesDir = profiles
	together, err := app.PrintProof(one, "dz", filepath.Join(dir, "together"))
	covers, attachments := 0, 0
	for _, e := range together.Entries {
		covers, attachments = covers+e.CoverPages, attachments+len(e.Letters[0].Anlagen)
	}
	if err != nil || together.Letters() != 12 || covers != 1 || attachments != 1 {
		t.Errorf("%d letters, %d lists, %d attachments, %v", together.Letters(), covers, attachments, err)
	}
	texts := filepath.Join(dir, "texte.yaml")
	own := `{version: "1", vorlagen: [{von: HH, an: BY, art: [kommune], abschluss: "Nach § 8 MusterVG.", gesetz: MusterVG, quelle: -, stand: "2026-11"}]}`
	if err := os.WriteFile(texts, []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	with := cfg
	with.Print.Texts = texts
	if more, err := app.PrintProof(with, "standard", filepath.Join(dir, "texts")); err != nil || len(more.Entries) != 13 {
		t.Errorf("a proof with a text has %d letters, %v", len(more.Entries), err)
	}
	if err := os.MkdirAll(filepath.Join(cfg.DataDir, "print", "standard", "inbox"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{filepath.Join(dir, "proof"), filepath.Join(cfg.DataDir, "print", "standard", "inbox", "B1"), cfg.DataDir} {
		if _, err := app.PrintProof(cfg, "standard", bad); err == nil {
			t.Errorf("a proof in %s", bad)
		}
	}
}

// Every example profile makes a proof: its long address and its many sheets are as long and as many as the profile takes. One that
// cannot print a usual letter says so, with the sentence of the letter.
func TestPrintProofFitsTheProfile(t *testing.T) {
	dir := t.TempDir()
	cfg := config.Config{DataDir: filepath.Join(dir, "var")}
	cfg.Print.ProfilesDir = "../../docs/profile"
	for _, name := range []string{"dz-datamatrix", "dz-omr"} {
		if b, err := app.PrintProof(cfg, name, filepath.Join(dir, name)); err != nil || b.Letters() != 12 {
			t.Errorf("%s: %d letters, %v", name, b.Letters(), err)
		}
	}
	cfg.Print.ProfilesDir = filepath.Join(dir, "profiles")
	for _, tt := range []struct {
		sheets string
		fault  string
	}{
		{"{max_sheets: 7, dl_max_sheets: 3}", ""},
		{"{max_sheets: 1, dl_max_sheets: 1}", "Das Schreiben hätte mit seinen Anlagen 2 Blätter; ein Umschlag fasst höchstens 1."},
	} {
		if err := os.MkdirAll(cfg.Print.ProfilesDir, 0o700); err != nil {
			t.Fatal(err)
		}
		profile := `{name: small, version: "1", betriebsart: test, envelope: ` + tt.sheets + `, contact: {name: Leitstand}}`
		if err := os.WriteFile(filepath.Join(cfg.Print.ProfilesDir, "small.yaml"), []byte(profile), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := app.PrintProof(cfg, "small", filepath.Join(dir, "small"))
		got := ""
		if f, ok := errors.AsType[*amtshilfe.Fault](err); ok {
			got = f.Text
		}
		if got != tt.fault || (err == nil) != (tt.fault == "") {
			t.Errorf("%s: %q, %v, want %q", tt.sheets, got, err, tt.fault)
		}
		if err := os.RemoveAll(filepath.Join(dir, "small")); err != nil {
			t.Error(err)
		}
	}
}
