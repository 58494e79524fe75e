package printstreet_test

import (
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/printstreet"
)

func TestTestProfile(t *testing.T) {
	p := printstreet.TestProfile()
	if p.Name != "standard" || p.Betriebsart != amtshilfe.Test || p.Acknowledgements || !p.Duplex || p.LettersPerBundle != 500 {
		t.Errorf("built-in profile %+v", p)
	}
}

func TestParseProfile(t *testing.T) {
	const good = "name: dz-nord\nversion: \"2\"\nbetriebsart: produktion\ncontact: {name: Leitstand}\n"
	for _, tt := range []struct {
		name, yaml, want string
	}{
		{"what is left out has defaults", good, ""},
		{"an unknown key is refused", good + "tray: 1\n", "tray"},
		{"a name that is no directory name", strings.Replace(good, "dz-nord", "../x", 1), "name:"},
		{"no version", strings.Replace(good, `"2"`, `""`, 1), "version:"},
		{"an unknown Betriebsart", strings.Replace(good, "produktion", "echt", 1), "betriebsart:"},
		{"no contact", strings.Replace(good, "Leitstand", `""`, 1), "contact.name:"},
		{"too many letters", good + "letters_per_bundle: 6000\n", "letters_per_bundle:"},
		{"no pages", good + "max_pages: 0\n", "max_pages:"},
		{"a margin wider than the text allows", good + "zones: {left_free: 30}\n", "zones.left_free:"},
		{"a window too low for six lines", good + "zones: {window: {x: 23, y: 60, w: 74, h: 20}}\n", "zones.window:"},
		{"a window that reaches the info block", good + "zones: {window: {x: 23, y: 53, w: 120, h: 34}}\n", "zones.window:"},
		{"a sheet code on the text", good + "sheet_control: {art: datamatrix, x: 20}\n", "sheet_control: overlaps the text"},
		{"a sheet code in the window", good + "sheet_control: {art: datamatrix, x: 12, y: 60}\n", "sheet_control: overlaps the window"},
		{"a sheet code on the franking strip", good + "zones: {franking: {x: 5, y: 95.5, w: 80, h: 9}}\nsheet_control: {art: datamatrix, x: 10, y: 96}\n", "sheet_control: overlaps zones.franking"},
		{"OMR marks on a fold mark", good + "marks: true\nsheet_control: {art: omr, x: 5, y: 100, marks: [start, last, safety]}\n", "sheet_control: overlaps a fold mark"},
		{"a sheet code beyond the page", good + "sheet_control: {art: datamatrix, x: 12, y: 290}\n", "outside of the page"},
		{"a sheet code on an area that stays free", good + "zones: {free: [{x: 0, y: 230, w: 20, h: 20}]}\nsheet_control: {art: datamatrix}\n", "sheet_control: overlaps zones.free"},
		{"a free area where the text stands", good + "zones: {free: [{x: 100, y: 200, w: 20, h: 20}]}\n", "zones.free: overlaps the text"},
		{"a franking strip that leaves three lines", good + "zones: {franking: {x: 20, y: 60, w: 85, h: 13}}\n", "room for 3 lines"},
		{"a franking strip over the information block", good + "zones: {franking: {x: 20, y: 46, w: 120, h: 5}}\n", "overlaps the information block"},
		{"a franking strip that is nowhere", good + "zones: {franking: {x: .nan, y: 53, w: 85, h: 13}}\n", "zones.franking:"},
		{"a franking strip without a number as height", good + "zones: {franking: {x: 20, y: 53, w: 85, h: .nan}}\n", "zones.franking:"},
		{"a franking strip upside down", good + "zones: {franking: {x: 20, y: 66, w: 85, h: -13}}\n", "zones.franking:"},
		{"a free area that is nowhere", good + "zones: {free: [{x: .nan, y: 100, w: 80, h: 40}]}\n", "zones.free:"},
		{"a free area without an end", good + "zones: {free: [{x: -.inf, y: 100, w: .inf, h: 40}]}\n", "zones.free:"},
		{"a free area beside the page", good + "zones: {free: [{x: -20, y: 100, w: 10, h: 40}]}\n", "zones.free:"},
		{"an envelope that outweighs every number", good + "envelope: {c4_grams: 9223372036854775807}\n", "envelope:"},
		{"an unknown OMR mark", good + "sheet_control: {art: omr, x: 8, marks: [start, ende]}\n", "unknown mark"},
		{"an unknown sheet control", good + "sheet_control: {art: barcode}\n", "sheet_control.art"},
		{"a quiet zone that is none", good + "sheet_control: {art: datamatrix, quiet: 0.5}\n", "sheet_control.quiet"},
		{"an unknown format of acknowledgements", good + "acknowledgement_format: edifact\n", "acknowledgement_format:"},
		{"a Land that is none", good + "land: XX\n", "land:"},
		{"a time that is none", good + "cut_off: \"25:00\"\n", "cut_off:"},
		{"a form that the centre has not released", good + "templates: [\"1\"]\n", "templates:"},
		{"no number for a number", good + "max_pages: viele\n", "max_pages"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := printstreet.ParseProfile([]byte(tt.yaml))
			if tt.want == "" {
				if err != nil || p.LettersPerBundle != 500 || p.Zones.LeftFree != 12 || p.Envelope.DLMaxSheets != 5 {
					t.Errorf("got %+v, %v", p, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error about %s", err, tt.want)
			}
		})
	}
}

func TestEnvelope(t *testing.T) {
	long := letter(1, withClaims(ersuchen(), 500))
	files := letter(2, withAttachments(ersuchen(), "a.pdf"))
	b := render(t, job(long, files, letter(3, ersuchen())))
	want := map[int]printstreet.Umschlag{1: printstreet.UmschlagC4, 2: printstreet.UmschlagDL, 3: printstreet.UmschlagDL}
	for _, e := range b.Entries {
		if e.Umschlag != want[e.Sendung.N] {
			t.Errorf("Sendung %d with %d sheets goes into %s", e.Sendung.N, e.Sheets, e.Umschlag)
		}
	}
}

func FuzzParseProfile(f *testing.F) {
	f.Add([]byte("name: a\nzones: {window: {x: 1}}\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		if p, err := printstreet.ParseProfile(in); err == nil && p.Validate() != nil {
			t.Error("parsed but not valid")
		}
	})
}
