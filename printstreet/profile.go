package printstreet

import (
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"damtshilfe/internal/amtshilfe"
)

// Profile is what a print centre wants to have: everything that differs between centres is here, as data.
type Profile struct {
	Name             string                `yaml:"name"`               // also its directory below print/: lower case letters, digits, dash
	Version          string                `yaml:"version"`            // named in the job ticket
	Betriebsart      amtshilfe.Betriebsart `yaml:"betriebsart"`        // the only one it takes
	Duplex           bool                  `yaml:"duplex"`             // both sides: every letter starts on an odd page
	LettersPerBundle int                   `yaml:"letters_per_bundle"` // 1 to 2000 (one transaction ties and publishes them, design 4), default 500
	MaxPages         int                   `yaml:"max_pages"`          // pages of one letter, 1 to 500, default 100; a longer one is held
	Container        Container             `yaml:"container"`          // stapel (default) or einzeln, a PDF for each letter
	SplitEnvelopes   bool                  `yaml:"split_envelopes"`    // stapel: a PDF for DL and one for C4
	SheetsPerFile    int                   `yaml:"sheets_per_file"`    // stapel: a new PDF before more sheets than these, 0 = any
	Envelope         Envelope              `yaml:"envelope"`
	Zones            Zones                 `yaml:"zones"`
	Marks            bool                  `yaml:"marks"`            // fold and hole marks at the left edge
	CaseCode         bool                  `yaml:"case_code"`        // DataMatrix of the case on page 1
	AnswerSheet      bool                  `yaml:"answer_sheet"`     // a sheet for the answer as last page of a 003 and a 009, for every Mandant
	SheetControl     SheetControl          `yaml:"sheet_control"`    // what the inserting machine reads on every sheet
	Paper            Paper                 `yaml:"paper"`            // trays of the printer
	Land             string                `yaml:"land"`             // bundles go on working days without the holidays of BW to TH, or of DE (those that all share); "" = on any day
	CutOff           string                `yaml:"cut_off"`          // HH:MM, letters that become due later go with the next day's bundles; "" = none. Also in the ticket
	CapacityPerDay   int                   `yaml:"capacity_per_day"` // sheets that the centre takes in a day, 0 = any; what is more waits. Also in the ticket
	Templates        []string              `yaml:"templates"`        // versions of the letters' form that the centre has released; none = any
	Acknowledgements bool                  `yaml:"acknowledgements"` // the centre reports back; without, a delivery ends as spooled
	// AcknowledgeWithin is how long after its publishing every letter of a bundle must be acknowledged as posted, 1h to 2160h; default 120h.
	AcknowledgeWithin time.Duration `yaml:"acknowledge_within"`
	// Attachments are printed on sheets of their own (print), or a letter with one is held (hold, the default).
	Attachments string `yaml:"attachments"`
	// AcknowledgementFormat is how the centre writes them: xml, csv, liste; "" = XML or CSV, as each file is.
	AcknowledgementFormat Format  `yaml:"acknowledgement_format"`
	Contact               Contact `yaml:"contact"`
	// Texts are the operator's own; nil = the built-in ones alone. Not of the profile's file: who reads that sets them.
	Texts *Texts `yaml:"-"`
}

// Envelope says how many sheets an envelope takes.
type Envelope struct {
	DLMaxSheets int `yaml:"dl_max_sheets"` // more sheets need C4; 0 = always C4; default 5
	MaxSheets   int `yaml:"max_sheets"`    // more than these go into no envelope, 1 to 999; default 150. A letter with more is held
	Per         Per `yaml:"per"`           // letter (default), or authority: all letters of a bundle to one address, behind a list of them
	DLGrams     int `yaml:"dl_grams"`      // weight of an empty one; default 5
	C4Grams     int `yaml:"c4_grams"`      // default 20
}

// Zones are the areas of page 1 that the centre's machines look at, in mm from the top left corner.
type Zones struct {
	LeftFree float64 `yaml:"left_free"` // no print left of this but the marks; default 12, at most 24
	Franking Rect    `yaml:"franking"`  // strip in the window where the centre prints its franking; nothing of ours; default none
	Free     []Rect  `yaml:"free"`      // further areas of every page that stay free
	Window   Rect    `yaml:"window"`    // always visible part of the window less 3 mm: return line and address must lie in it
}

// Rect is an area in mm.
type Rect struct {
	X float64 `yaml:"x"` // left edge
	Y float64 `yaml:"y"` // upper edge
	W float64 `yaml:"w"` // width
	H float64 `yaml:"h"` // height
}

// Paper names the trays of a letter.
type Paper struct {
	First string `yaml:"first"` // tray of the first sheet, "" = the centre's usual one
	Next  string `yaml:"next"`  // tray of the others
	Grams int    `yaml:"grams"` // weight of a square metre, 60 to 160; default 80
}

// Contact is whom the centre calls about a bundle.
type Contact struct {
	Name    string `yaml:"name"`
	Telefon string `yaml:"telefon"`
	Email   string `yaml:"email"`
}

//go:embed profile.yaml
var testProfile []byte

var profileName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// ParseProfile reads a profile from YAML; unknown keys are refused. Numbers left out have the defaults of their fields.
func ParseProfile(b []byte) (Profile, error) {
	p := Profile{
		Container:         ContainerStapel,
		LettersPerBundle:  500,
		MaxPages:          100,
		Envelope:          Envelope{DLMaxSheets: 5, MaxSheets: 150, Per: PerLetter, DLGrams: 5, C4Grams: 20},
		Attachments:       AttachmentsHold,
		Zones:             Zones{LeftFree: 12, Window: Rect{X: 23, Y: 53, W: 74, H: 34}},
		Paper:             Paper{Grams: 80},
		SheetControl:      SheetControl{X: 12, Y: 235, Module: 0.5, Quiet: 1, Length: 10, Pitch: 4.2, Thickness: 0.5},
		AcknowledgeWithin: 120 * time.Hour,
	}
	if err := yaml.UnmarshalWithOptions(b, &p, yaml.Strict()); err != nil {
		return Profile{}, fmt.Errorf("parse print profile: %w", err)
	}
	if err := p.Validate(); err != nil {
		return Profile{}, fmt.Errorf("parse print profile %q: %w", p.Name, err)
	}
	return p, nil
}

// TestProfile is the built-in profile "standard" of Betriebsart test: DIN 5008 form B, duplex, no acknowledgements.
func TestProfile() Profile {
	p, err := ParseProfile(testProfile)
	if err != nil {
		panic(err) // the file is embedded; a test parses it
	}
	return p
}

// Validate says everything that is wrong with the profile, in one error.
func (p Profile) Validate() error {
	var errs []error
	want := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	want(profileName.MatchString(p.Name), "name: want lower case letters, digits and dashes, got %q", p.Name)
	want(p.Version != "", "version: missing")
	want(p.Betriebsart.Valid(), "betriebsart: want produktion, test or schulung, got %q", p.Betriebsart)
	want(p.LettersPerBundle >= 1 && p.LettersPerBundle <= 2000, "letters_per_bundle: want 1 to 2000, got %d", p.LettersPerBundle)
	want(p.MaxPages >= 1 && p.MaxPages <= 500, "max_pages: want 1 to 500, got %d", p.MaxPages)
	want(p.Envelope.DLMaxSheets >= 0 && p.Envelope.DLMaxSheets <= 20, "envelope.dl_max_sheets: want 0 to 20, got %d", p.Envelope.DLMaxSheets)
	want(p.Envelope.MaxSheets >= 1 && p.Envelope.MaxSheets <= 999, "envelope.max_sheets: want 1 to 999, got %d", p.Envelope.MaxSheets)
	want(p.Envelope.Per == PerLetter || p.Envelope.Per == PerAuthority, "envelope.per: want letter or authority, got %q", p.Envelope.Per)
	want(p.Attachments == AttachmentsHold || p.Attachments == AttachmentsPrint, "attachments: want print or hold, got %q", p.Attachments)
	want(p.Zones.LeftFree >= 0 && p.Zones.LeftFree <= marginLeft-1, "zones.left_free: want 0 to %g, got %g", marginLeft-1, p.Zones.LeftFree)
	w := p.Zones.Window
	want(w.X >= 15 && w.X <= marginLeft && w.X+w.W <= infoLeft-10, "zones.window: x wants 15 to %g, x+w at most %g", marginLeft, infoLeft-10)
	want(w.Y >= 45 && w.Y+w.H <= 95, "zones.window: wants to lie in y 45 to 95")
	want(w.X+w.W-marginLeft >= 60, "zones.window: wants 60 mm right of x %g", marginLeft)
	p.SheetControl.validate(want)
	p.validateZones(want)
	p.validateCentre(want)
	want(p.AcknowledgeWithin >= time.Hour && p.AcknowledgeWithin <= 2160*time.Hour, "acknowledge_within: want 1h to 2160h, got %s", p.AcknowledgeWithin)
	want(p.Contact.Name != "", "contact.name: missing")
	return errors.Join(errs...)
}

// umschlag chooses the envelope.
func (p Profile) umschlag(sheets int) Umschlag {
	if sheets > p.Envelope.DLMaxSheets {
		return UmschlagC4
	}
	return UmschlagDL
}

// laender are the words of Profile.Land.
var laender = strings.Fields("DE BW BY BE BB HB HH HE MV NI NW RP SL SN ST SH TH")

// CutOffOn is when the centre's day ends for letters: what becomes due later goes with the next one. Without a cut-off it is midnight.
func (p Profile) CutOffOn(day time.Time) time.Time {
	end := time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, day.Location())
	if p.CutOff == "" {
		return end
	}
	t, err := time.Parse("15:04", p.CutOff)
	if err != nil {
		return end // Validate refuses it
	}
	return time.Date(day.Year(), day.Month(), day.Day(), t.Hour(), t.Minute(), 0, 0, day.Location())
}

// maxEnvelopeGrams is more than any envelope weighs.
const maxEnvelopeGrams = 1000

var clock = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

// validateCentre says what is wrong with trays, times and versions.
func (p *Profile) validateCentre(want func(ok bool, format string, args ...any)) {
	want(p.Container == ContainerStapel || p.Container == ContainerEinzeln, "container: want stapel or einzeln, got %q", p.Container)
	want(p.SheetsPerFile >= 0, "sheets_per_file: want 0 or more, got %d", p.SheetsPerFile)
	want(p.Envelope.DLGrams >= 0 && p.Envelope.DLGrams <= maxEnvelopeGrams && p.Envelope.C4Grams >= 0 && p.Envelope.C4Grams <= maxEnvelopeGrams,
		"envelope: weights want 0 to %d", maxEnvelopeGrams)
	want(slices.Contains(formats, p.AcknowledgementFormat), "acknowledgement_format: want xml, csv or liste, got %q", p.AcknowledgementFormat)
	want(p.CutOff == "" || clock.MatchString(p.CutOff), "cut_off: want HH:MM, got %q", p.CutOff)
	want(p.Land == "" || slices.Contains(laender, p.Land), "land: want BW to TH, or DE, got %q", p.Land)
	want(p.CapacityPerDay >= 0, "capacity_per_day: want 0 or more, got %d", p.CapacityPerDay)
	want(p.Paper.Grams >= 60 && p.Paper.Grams <= 160, "paper.grams: want 60 to 160, got %d", p.Paper.Grams)
	want(len(p.Templates) == 0 || slices.Contains(p.Templates, TemplateVersion), "templates: this program prints version %s, which is not released", TemplateVersion)
}
