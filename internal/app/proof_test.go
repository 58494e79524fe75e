package app_test

import (
	"os"
	"path/filepath"
	"testing"

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
