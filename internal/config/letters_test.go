package config_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"damtshilfe/internal/config"
)

// TestLetters: logo and signature are read at start, and what cannot be printed is refused there.
func TestLetters(t *testing.T) {
	good, err := os.ReadFile(filepath.Join(badConfigs, "good.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name string, img image.Image) {
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("logo.png", image.NewGray(image.Rect(0, 0, 10, 10)))
	write("alpha.png", image.NewNRGBA(image.Rect(0, 0, 10, 10)))
	write("palette.png", image.NewPaletted(image.Rect(0, 0, 10, 10), color.Palette{color.White, color.Black}))
	if err := os.Symlink("/etc/hostname", filepath.Join(dir, "link.png")); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, letters, want string }{
		{"everything", "{logo: logo.png, signature: palette.png, answer_sheet: true, bank_qr: true, land: SN, art: kommune, cost_centre: \"4711\", return_line: Kasse}", ""},
		{"a logo with alpha", "{logo: alpha.png}", "letters: logo: alpha.png: picture: the PNG has an alpha channel"},
		{"a logo that is not there", "{logo: none.png}", "none.png"},
		{"a file above the folder", "{logo: ../logo.png}", "below the folder"},
		{"a link that leads out of it", "{signature: link.png}", "escapes"},
		{"a Land that is none", "{land: XX}", "land:"},
		{"a kind of requester that is none", "{art: verein}", "art:"},
		{"a cost centre that breaks the CSV", "{cost_centre: \"a;b\"}", "cost_centre:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.TrimRight(strings.TrimSpace(string(good)), "}") + ", letters: " + tt.letters + "}\n"
			c, err := config.Parse([]byte(text), dir)
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				st, err := c.Participants[0].Letters.Stationery()
				if err != nil || st.Logo == nil || st.Signature == nil || !st.AnswerSheet || !st.BankQR || st.Land != "SN" || st.Kostenstelle != "4711" {
					t.Errorf("%+v, %v", st, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
