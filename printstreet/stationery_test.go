package printstreet_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/printstreet"
)

// drawn is a PNG of w by h pixels with a dark ring.
func drawn(w, h int, img interface {
	image.Image
	Set(x, y int, c color.Color)
}) []byte {
	for y := range h {
		for x := range w {
			c := color.NRGBA{0xFF, 0xFF, 0xFF, 0xFF}
			if r := math.Hypot(float64(x-w/2)/float64(w), float64(y-h/2)/float64(h)); r > 0.3 && r < 0.45 {
				c = color.NRGBA{0x20, 0x40, 0x80, 0xFF}
			}
			img.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	_ = png.Encode(&b, img) // a bytes.Buffer never fails
	return b.Bytes()
}

// stationery is all that a Mandant can want.
func stationery() *printstreet.Stationery {
	logo, err := printstreet.ReadPicture(drawn(300, 120, image.NewRGBA(image.Rect(0, 0, 300, 120))))
	if err != nil {
		panic(err)
	}
	name, err := printstreet.ReadPicture(drawn(200, 50, image.NewGray(image.Rect(0, 0, 200, 50))))
	if err != nil {
		panic(err)
	}
	return &printstreet.Stationery{Logo: logo, Signature: name, AnswerSheet: true, BankQR: true, Land: "SN", Art: "kommune",
		Ruecksende: "Stadtkasse Musterstadt · Rathausplatz 1 · 24937 Musterstadt"}
}

func TestReadPicture(t *testing.T) {
	alpha := image.NewNRGBA(image.Rect(0, 0, 8, 8)) // every pixel transparent
	var b bytes.Buffer
	if err := png.Encode(&b, alpha); err != nil {
		t.Fatal(err)
	}
	palette := image.NewPaletted(image.Rect(0, 0, 8, 8), color.Palette{color.NRGBA{0, 0, 0, 0}, color.Black})
	var p bytes.Buffer
	if err := png.Encode(&p, palette); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"a picture in colour is taken, in grey", drawn(40, 40, image.NewRGBA(image.Rect(0, 0, 40, 40))), ""},
		{"one with an alpha channel is refused", b.Bytes(), "alpha channel"},
		{"one with a transparent colour, too", p.Bytes(), "alpha channel"},
		{"what is no PNG is refused", []byte("GIF89a"), "no PNG"},
		{"half a PNG is refused", drawn(40, 40, image.NewGray(image.Rect(0, 0, 40, 40)))[:60], "no PNG"},
		{"a poster is refused", drawn(4001, 1, image.NewGray(image.Rect(0, 0, 4001, 1))), "4001 by 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := printstreet.ReadPicture(tt.data)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// The last page is a sheet of its own that goes back: the requester in the window, boxes to tick, the code of the case.
func TestAnswerSheet(t *testing.T) {
	l := letter(1, ersuchen())
	l.Stationery, l.Land = stationery(), "SN"
	b := render(t, production(job(l)))
	path := save(t, "a.pdf", b.Files[0].Data)
	pages := text(t, b.Files[0].Data)
	e := b.Entries[0]
	if e.Pages%2 != 1 || !strings.Contains(pages[e.Pages-1], "Antwort auf ein Vollstreckungshilfeersuchen") {
		t.Errorf("the answer sheet is not the front of the last sheet, page %d", e.Pages)
	}
	for _, want := range []string{"(004)", "(005)", "(006)", "(010)", "(012)", "20.3/VH-2026/000123", "Antwort von Stadt Beispielhausen", "Dienstsiegel"} {
		if !strings.Contains(pages[e.Pages-1], want) {
			t.Errorf("the answer sheet does not say %q", want)
		}
	}
	file, p := cut(t, path, e.Pages, caseArea)
	if got := readCodes(t, []string{file}, []picture{p}); !strings.HasSuffix(got[0], "|20.3/VH-2026/000123") {
		t.Errorf("the answer sheet's code says %q", got)
	}
	lines := layout(t, b.Files[0].Data)[e.Pages-1]
	var address []string
	for _, line := range lines {
		if line.XMin < 110*mm && line.YMin < 95*mm && line.YMax > 45*mm {
			if line.XMin < 23*mm || line.XMax > 97*mm || line.YMin < 53*mm || line.YMax > 87*mm {
				t.Errorf("%q does not lie in the window", line.text())
			}
			address = append(address, line.text())
		}
	}
	if want := "Stadt Musterstadt – Stadtkasse|Frau Łukasiewicz, Zimmer 2.14|Rathausplatz 1|24937 Musterstadt"; strings.Join(address, "|") != want {
		t.Errorf("window shows %q, want %q", address, want)
	}
	l.Message.Kopf.Absender.Person.Anschriften = nil
	if _, err := printstreet.Set(l); err == nil {
		t.Error("an answer sheet without an address to send it to")
	}
}

// A banking program gets payee, IBAN and purpose, and no amount.
func TestBankCode(t *testing.T) {
	l := letter(1, ersuchen())
	l.Stationery = &printstreet.Stationery{BankQR: true}
	pdf := renderLetter(t, l)
	path := save(t, "a.pdf", pdf)
	last := len(text(t, pdf))
	var where *bboxLine
	for _, line := range layout(t, pdf)[last-1] {
		if strings.HasPrefix(line.text(), "Kontodaten") {
			where = &line
		}
	}
	if where == nil {
		t.Fatal("no code")
	}
	_, p := cut(t, path, last, area{80, where.YMin/mm - 3, 38, 38})
	bmp, err := gozxing.NewBinaryBitmapFromImage(&image.Gray{Pix: p.pix, Stride: p.width, Rect: image.Rect(0, 0, p.width, p.height)})
	if err != nil {
		t.Fatal(err)
	}
	code, err := qrcode.NewQRCodeReader().Decode(bmp, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		t.Fatal(err)
	}
	if want := "BCD\n002\n1\nSCT\nBYLADEM1001\nStadt Musterstadt\nDE02120300000000202051\n\n\n\n5.0123.004711.8 VH-2026/000123"; code.GetText() != want {
		t.Errorf("read %q, want %q", code.GetText(), want)
	}
	if got := strings.Join(text(t, renderLetter(t, letter(1, ersuchen()))), " "); strings.Contains(got, "Kontodaten") {
		t.Error("a code that nobody asked for")
	}
}

// A statute is named only where both Laender and the kind of requester have a text.
func TestStatutes(t *testing.T) {
	for _, tt := range []struct {
		name          string
		from, to, art string
		want          bool
	}{
		{"Saxony to Saxony", "SN", "SN", "kommune", true},
		{"never another Land's", "SN", "BY", "kommune", false},
		{"in neither direction", "BY", "SN", "kommune", false},
		{"nor for another kind of requester", "SN", "SN", "bund", false},
		{"nor when the addressee's is not known", "SN", "", "kommune", false},
		{"nor when nothing is known", "", "", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := letter(1, ersuchen())
			l.Stationery, l.Land = &printstreet.Stationery{Land: tt.from, Art: tt.art}, tt.to
			pages, err := printstreet.Set(l)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(strings.Join(pages, " "), "§"); got != tt.want {
				t.Errorf("the letter names a statute: %v", got)
			}
		})
	}
	data, err := os.ReadFile("texts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := printstreet.ParseTexts(bytes.Replace(data, []byte("    stand:"), []byte("    #"), 1)); err == nil {
		t.Error("a text without its state was taken")
	}
	if err := printstreet.ParseTexts(bytes.ReplaceAll(data, []byte("    gesetz: SächsVwVG"), []byte("    gesetz: LVwVG"))); err == nil {
		t.Error("a text that names another statute was taken")
	}
	if err := printstreet.ParseTexts(bytes.Replace(data, []byte("ohne Unterschrift gültig"), []byte("gültig (§ 1)"), 1)); err == nil {
		t.Error("a neutral text that names a statute was taken")
	}
}

var laender = strings.Fields("BW BY BE BB HB HH HE MV NI NW RP SL SN ST SH TH")

// All pairs of Laender, known or not, and all kinds of requester: without a text for exactly these a letter has no paragraph sign and names
// nobody's statute; with one it names that one only.
func TestNoOtherLandsStatute(t *testing.T) {
	statutes := printstreet.Statutes()
	if len(statutes) == 0 {
		t.Fatal("no texts")
	}
	bare := ersuchen()
	onlyNeeded(bare, bare.Ersuchen)
	stop := einstellung()
	some := append([]string{""}, laender...)
	named := 0
	for _, from := range some {
		for _, to := range some {
			for _, art := range []string{"", "kommune", "land", "bund", "koerperschaft"} {
				own := statutes[from+" "+to+" "+art]
				if testing.Short() && own == "" && from != to && art != "kommune" {
					continue // TestStatutes and the rest of this one have the same choice
				}
				for i, m := range []*amtshilfe.Message{bare, stop} {
					if i > 0 && own == "" && from != to {
						continue // the same choice again
					}
					l := letter(1, m)
					l.Stationery, l.Land, l.Reference = &printstreet.Stationery{Land: from, Art: art}, to, reference()
					pages, err := printstreet.Set(l)
					if err != nil {
						t.Fatal(err)
					}
					got := strings.ReplaceAll(strings.Join(pages, "|"), "-|", "")
					if strings.Contains(got, "§") != (own != "") {
						t.Errorf("%s from %q to %q, %q: paragraph sign %v, template %q", m.Kind, from, to, art, own == "", own)
					}
					for _, g := range statutes {
						if strings.Contains(got, g) != (g == own) {
							t.Errorf("%s from %q to %q, %q: the letter names %s: %v", m.Kind, from, to, art, g, g != own)
						}
					}
				}
				if own != "" {
					named++
				}
			}
		}
	}
	if named != len(statutes) {
		t.Errorf("%d texts are used, there are %d", named, len(statutes))
	}
}

// An operator adds texts for other Laender; they come before ours, change the form of the letters, and are checked as ours are.
func TestOwnTexts(t *testing.T) {
	const file = `version: "amt-1"
vorlagen:
  - {von: HH, an: BY, art: [kommune], grundlage: "Nach § 7 MusterVG.", abschluss: "Schluss nach § 8 MusterVG.", gesetz: MusterVG, quelle: MusterVG, stand: "2026-11"}
  - {von: SN, an: SN, art: [land], abschluss: "Schluss nach § 9 MusterVG.", gesetz: MusterVG, quelle: MusterVG, stand: "2026-11"}
`
	own, err := printstreet.ReadTexts([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	p := printstreet.TestProfile()
	p.Betriebsart, p.Texts = amtshilfe.Produktion, own
	if got := p.Template(); got != printstreet.TemplateVersion+"+amt-1" {
		t.Errorf("the form is %q", got)
	}
	for _, tt := range []struct{ from, to, art, want, never string }{
		{"HH", "BY", "kommune", "§ 8 MusterVG", "ohne Unterschrift gültig"},
		{"BY", "HH", "kommune", "ohne Unterschrift gültig", "§"},
		{"SN", "SN", "land", "§ 9 MusterVG", "SächsVwVG"},
		{"SN", "SN", "kommune", "SächsVwVG", "MusterVG"},
	} {
		l := letter(1, ersuchen())
		l.Stationery, l.Land, l.Betriebsart = &printstreet.Stationery{Land: tt.from, Art: tt.art}, tt.to, amtshilfe.Produktion
		pages, err := printstreet.SetFor(l, p)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(pages, "|"); !strings.Contains(got, tt.want) || strings.Contains(got, tt.never) {
			t.Errorf("%s to %s, %s: want %q and no %q", tt.from, tt.to, tt.art, tt.want, tt.never)
		}
	}
	for _, tt := range []struct{ name, old, with string }{
		{"a Land that is none", "von: HH", "von: XX"},
		{"another statute than it says", "§ 8 MusterVG", "§ 8 AnderesG"},
		{"no source", "quelle: MusterVG, ", ""},
		{"no state", `, stand: "2026-11"`, ""},
		{"no version", `version: "amt-1"`, `version: ""`},
		{"two for the same letter", "von: SN, an: SN, art: [land]", "von: HH, an: BY, art: [kommune]"},
		{"a kind of requester that is none", "art: [land]", "art: [verein]"},
		{"a character that cannot be printed", "Schluss", "Schluss 😀"},
		{"a neutral text of its own", "vorlagen:", "neutral: {abschluss: x}\nvorlagen:"},
		{"nothing", file, ""},
	} {
		if _, err := printstreet.ReadTexts([]byte(strings.Replace(file, tt.old, tt.with, 1))); err == nil {
			t.Errorf("%s was taken", tt.name)
		}
	}
}

func TestHyphens(t *testing.T) {
	m := ersuchen()
	m.Ersuchen.Titel[0].Gegenstand = strings.Repeat("Grundstücksverkehrsgenehmigungszuständigkeitsübertragungsverordnung", 3)
	m.Ersuchen.Forderungen[1].Buchungsnummer = strings.Repeat("20260009", 5)
	m.Ersuchen.Forderungen[0].Brutto = amtshilfe.Cents(99_999_999_999)
	pages, err := printstreet.Set(letter(1, m))
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(pages, "|")
	if !strings.Contains(all, "-|") || strings.Contains(all, "20260009-|") || strings.Contains(all, "09202600-") {
		t.Errorf("words want hyphens, numbers none: %s", all)
	}
	if !strings.Contains(all, "|999.999.999,99|") {
		t.Error("a large amount was broken")
	}
}
