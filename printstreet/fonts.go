package printstreet

import (
	"bytes"
	"embed"
	"fmt"
	"math"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	ot "github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/text/unicode/norm"
)

//go:embed fonts/*.ttf
var fontFiles embed.FS

// mmPerPt is the length of a typographic point.
const mmPerPt = 25.4 / 72

// missing marks a rune without a glyph in a table of widths.
const missing = -1

// style is how a text looks: one of the two faces, and a size in points.
type style struct {
	bold bool
	size float64
}

// leading is the distance of two lines in mm.
func (st style) leading() float64 { return st.size * 1.27 * mmPerPt }

// face is one embedded font. It is read-only after loading; every setter makes its own shaper.
type face struct {
	ttf    []byte
	font   *font.Font
	widths []int16           // advance of each rune in 1/1000 em, rounded as gofpdf writes it; missing = no glyph
	runes  map[font.GID]rune // the rune that draws a glyph, for glyphs put in by shaping
}

// fontSet is the regular and the bold face.
type fontSet struct{ regular, bold *face }

// loadFonts parses the embedded fonts once per process.
var loadFonts = sync.OnceValues(func() (*fontSet, error) {
	regular, err := loadFace("fonts/NotoSans-Regular-din91379.ttf")
	if err != nil {
		return nil, err
	}
	bold, err := loadFace("fonts/NotoSans-Bold-din91379.ttf")
	if err != nil {
		return nil, err
	}
	return &fontSet{regular, bold}, nil
})

func loadFace(name string) (*face, error) {
	ttf, err := fontFiles.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("load font: %w", err)
	}
	f, err := font.ParseTTF(bytes.NewReader(ttf))
	if err != nil {
		return nil, fmt.Errorf("load font %s: %w", name, err)
	}
	fc := &face{ttf: ttf, font: f.Font, runes: map[font.GID]rune{}}
	for it := f.Font.Cmap.Iter(); it.Next(); {
		r, gid := it.Char()
		if r < ' ' || r > 0xFFFF {
			continue // gofpdf cannot write a rune beyond the first plane, control characters draw nothing
		}
		for int(r) >= len(fc.widths) {
			fc.widths = append(fc.widths, missing)
		}
		fc.widths[r] = int16(math.Round(float64(f.HorizontalAdvance(gid)) * 1000 / float64(f.Upem())))
		if old, ok := fc.runes[gid]; !ok || r < old {
			fc.runes[gid] = r
		}
	}
	return fc, nil
}

// draws says whether the face has a glyph for the rune.
func (f *face) draws(r rune) bool { return int(r) < len(f.widths) && f.widths[r] != missing }

func (fs *fontSet) face(st style) *face {
	if st.bold {
		return fs.bold
	}
	return fs.regular
}

// width is the length of s in mm. What check accepted has a width for every rune.
func (fs *fontSet) width(s string, st style) float64 {
	widths, sum := fs.face(st).widths, 0
	for _, r := range s {
		if int(r) < len(widths) && widths[r] > 0 {
			sum += int(widths[r])
		}
	}
	return float64(sum) * st.size * mmPerPt / 1000
}

// check is the text gate: only what both faces can draw passes. It says why a text does not, "" if it does. gofpdf would
// panic on broken UTF-8 and on runes beyond U+FFFF, and print nothing at all for a rune without a glyph.
func (fs *fontSet) check(s string) string {
	ascii := true
	for i, r := range s {
		if r < utf8.RuneSelf && r >= ' ' && r < 0x7F {
			continue
		}
		ascii = false
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			return "Der Text ist kein gültiges UTF-8"
		case int(r) >= len(fs.regular.widths) || fs.regular.widths[r] == missing,
			int(r) >= len(fs.bold.widths) || fs.bold.widths[r] == missing:
			return fmt.Sprintf("Das Zeichen U+%04X ist in der Druckschrift nicht vorhanden", r)
		}
	}
	if !ascii && !norm.NFC.IsNormalString(s) {
		return "Der Text ist nicht in der Normalform NFC"
	}
	return ""
}

// hasMarks says whether s has combining marks that the font must place: gofpdf would set them beside their letter.
func hasMarks(s string) bool {
	for _, r := range s {
		if r >= 0x0300 && unicode.Is(unicode.Mn, r) {
			return true
		}
	}
	return false
}

// glyphRun is a piece of a shaped text: its runes are drawn at x and y (mm from the start of the text, y downwards).
type glyphRun struct {
	text string
	x, y float64
}

// shaper places combining marks. Not for concurrent use.
type shaper struct {
	hb    shaping.HarfbuzzShaper
	faces map[*face]*font.Face
}

// shape gives the pieces of s; ok is false if the font draws a part of it with a glyph that no rune stands for, so that gofpdf
// could not draw it.
func (sh *shaper) shape(fc *face, s string, st style) (runs []glyphRun, ok bool) {
	if sh.faces[fc] == nil {
		if sh.faces == nil {
			sh.faces = map[*face]*font.Face{}
		}
		sh.faces[fc] = font.NewFace(fc.font)
	}
	text := []rune(s)
	const em = 1000 // font units per em of the result, in 1/64
	out := sh.hb.Shape(shaping.Input{Text: text, RunEnd: len(text), Direction: di.DirectionLTR, Face: sh.faces[fc], Size: em * 64,
		Script: language.Latin, Language: "de", FontFeatures: []shaping.FontFeature{{Tag: ot.MustNewTag("kern"), Value: 0}}})
	mm := st.size * mmPerPt / (em * 64)
	x := 0.0
	plain := false // the last run goes on where the next plain glyph starts
	for _, g := range out.Glyphs {
		r, known := fc.runes[g.GlyphID]
		if !known && g.TextIndex() < len(text) && text[g.TextIndex()] == 'j' {
			r, known = 'j', true // a j without its dot has no rune in the font: j with acute keeps the dot
		}
		if !known || g.GlyphID == 0 {
			return nil, false
		}
		if g.XOffset == 0 && g.YOffset == 0 && g.Advance > 0 && plain {
			runs[len(runs)-1].text += string(r)
		} else {
			runs = append(runs, glyphRun{string(r), x + float64(g.XOffset)*mm, -float64(g.YOffset) * mm})
		}
		plain = g.XOffset == 0 && g.YOffset == 0 && g.Advance > 0
		x += float64(g.Advance) * mm
	}
	return runs, true
}
