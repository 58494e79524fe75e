package register

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// GapKind is a kind of Gap; the words are those of the command line.
type GapKind string

// The kinds of Gap.
const (
	GapNoAuthority GapKind = "no-authority" // a municipality where a question may find nobody
	GapNoPlace     GapKind = "no-place"     // a municipality that no address leads to: without postcode and place
	GapSharedPlace GapKind = "shared-place" // a postcode and place of several municipalities, other authorities, and no rule of streets
	GapEndedAGS    GapKind = "ended-ags"    // a municipality that has ended without a successor
	GapNoChannel   GapKind = "no-channel"   // an authority that neither an electronic message nor a letter reaches
	GapAddress     GapKind = "address"      // an authority whose lines do not fit into the window of a letter
	GapUnconfirmed GapKind = "unconfirmed"  // an authority that nobody has confirmed for a year
	GapCertificate GapKind = "certificate"  // a certificate that ends within 90 days, or has ended, and nothing takes its place
)

// GapTenant is a tenant (Mandant) about which the directory says two things: two claim the same client certificate, or its mailbox is in
// another data centre than the authority's channel says.
const GapTenant GapKind = "tenant"

// GapKinds are all kinds, in the order in which Gaps lists them: what misleads a message first.
var GapKinds = []GapKind{GapNoAuthority, GapSharedPlace, GapNoPlace, GapEndedAGS, GapNoChannel, GapTenant, GapAddress, GapCertificate, GapUnconfirmed}

// How long before its end a certificate is a gap, and how long a confirmation counts.
const (
	certificateWarning = 90 * 24 * time.Hour
	confirmedFor       = 365 * 24 * time.Hour
)

// Gap is something in a directory that a maintainer should settle. Municipality or authority: one of AGS and Kennung is given.
type Gap struct {
	Kind        GapKind               `json:"kind"`
	Land        string                `json:"land,omitempty"`        // "" = not known
	Betriebsart amtshilfe.Betriebsart `json:"betriebsart,omitempty"` // "" = a fact of all
	AGS         string                `json:"ags,omitempty"`
	Kennung     string                `json:"kennung,omitempty"`
	Name        string                `json:"name"`
	Codes       []string              `json:"codes,omitempty"` // no-authority: the Einnahmearten
	Until       time.Time             `json:"until,omitzero"`  // certificate, ended-ags: the end
	Detail      string                `json:"detail"`          // German
}

// GapOptions says what Gaps looks at beside the directory.
type GapOptions struct {
	Now time.Time
	// Fits says in German why the lines of an entry do not fit into the window of a letter; "" = they do. nil = not looked at.
	Fits func(Eintrag) string
	// Survey gives the Survey of a Betriebsart that is at hand already; nil = made here.
	Survey func(amtshilfe.Betriebsart) *Survey
}

// Gaps lists what is missing: of municipalities for every Betriebsart that has entries, of authorities, of certificates.
func (d *Directory) Gaps(o GapOptions) []Gap {
	if o.Survey == nil {
		o.Survey = func(b amtshilfe.Betriebsart) *Survey { return d.Survey(b, o.Now) }
	}
	var gaps []Gap
	for _, b := range []amtshilfe.Betriebsart{amtshilfe.Produktion, amtshilfe.Test, amtshilfe.Schulung} {
		if slices.ContainsFunc(d.file.Behoerden, func(e Eintrag) bool { return e.Betriebsart == b }) {
			s := o.Survey(b)
			gaps = append(gaps, s.unanswered()...)
			gaps = append(gaps, s.shared()...)
		}
	}
	gaps = append(gaps, d.endedPlaces(o.Now)...)
	for i := range d.file.Behoerden {
		gaps = append(gaps, authorityGaps(&d.file.Behoerden[i], o)...)
	}
	gaps = append(gaps, d.endingCertificates(o.Now)...)
	gaps = append(gaps, d.tenantConflicts()...)
	slices.SortStableFunc(gaps, func(a, b Gap) int {
		return cmp.Or(cmp.Compare(slices.Index(GapKinds, a.Kind), slices.Index(GapKinds, b.Kind)),
			cmp.Compare(slices.Index(landNumbers, a.Land), slices.Index(landNumbers, b.Land)), cmp.Compare(a.AGS+a.Kennung, b.AGS+b.Kennung),
			cmp.Compare(a.Betriebsart, b.Betriebsart), cmp.Compare(a.Detail, b.Detail))
	})
	return gaps
}

func (s *Survey) unanswered() []Gap {
	var gaps []Gap
	for i := range s.d.file.Gemeinden {
		g := &s.d.file.Gemeinden[i]
		if s.ended(g) {
			continue
		}
		if f := s.finding(g); len(f.open) > 0 {
			detail := "Einnahmearten " + strings.Join(f.open, ", ")
			if len(f.open) == len(einnahmearten) {
				detail = "alle Einnahmearten"
			}
			gaps = append(gaps, Gap{Kind: GapNoAuthority, Land: landOfAGS(g.AGS), Betriebsart: s.b, AGS: g.AGS, Name: g.Name, Codes: f.open, Detail: detail})
		}
	}
	return gaps
}

// shared finds the places that the postcode and the name do not tell apart.
func (s *Survey) shared() []Gap {
	type at struct{ plz, name string }
	all := map[at][]*Gemeinde{}
	streets := map[at]bool{}
	for i := range s.d.file.Gemeinden {
		g := &s.d.file.Gemeinden[i]
		if s.ended(g) {
			continue
		}
		for _, o := range g.Orte {
			name := spell(o.Ort).all
			for _, plz := range o.PLZ {
				k := at{plz, name}
				if !slices.Contains(all[k], g) {
					all[k] = append(all[k], g)
				}
				streets[k] = streets[k] || len(o.Strassen) > 0
			}
		}
	}
	var gaps []Gap
	for k, list := range all {
		if len(list) < 2 || streets[k] || s.sameAnswer(list) {
			continue
		}
		for _, g := range list {
			var others []string
			for _, o := range list {
				if o != g {
					others = append(others, o.AGS+" "+o.Name)
				}
			}
			gaps = append(gaps, Gap{Kind: GapSharedPlace, Land: landOfAGS(g.AGS), Betriebsart: s.b, AGS: g.AGS, Name: g.Name,
				Detail: k.plz + " auch in " + strings.Join(others, ", ")})
		}
	}
	return gaps
}

// sameAnswer says whether the same authorities answer in all of the municipalities, so that nobody needs to tell them apart.
func (s *Survey) sameAnswer(list []*Gemeinde) bool {
	first := s.finding(list[0]).who
	return !slices.ContainsFunc(list[1:], func(g *Gemeinde) bool { return !slices.Equal(s.finding(g).who, first) })
}

// endedPlaces finds municipalities that lead nowhere, whatever the Betriebsart.
func (d *Directory) endedPlaces(now time.Time) []Gap {
	var gaps []Gap
	day := Day(now)
	for _, g := range d.file.Gemeinden {
		gap := Gap{Land: landOfAGS(g.AGS), AGS: g.AGS, Name: g.Name}
		switch ended := g.Bis != "" && g.Bis < day; {
		case ended && len(g.Nachfolger) == 0:
			gap.Kind, gap.Until, gap.Detail = GapEndedAGS, g.Bis.End(), "bestand bis "+g.Bis.German()
		case !ended && len(g.Orte) == 0:
			gap.Kind, gap.Detail = GapNoPlace, "keine Postleitzahl und kein Ort eingetragen"
		default:
			continue
		}
		gaps = append(gaps, gap)
	}
	return gaps
}

func authorityGaps(e *Eintrag, o GapOptions) []Gap {
	day := Day(o.Now)
	if e.GueltigBis != "" && e.GueltigBis < day {
		return nil
	}
	var gaps []Gap
	add := func(k GapKind, detail string) {
		gaps = append(gaps, Gap{Kind: k, Land: e.Land, Betriebsart: e.Betriebsart, Kennung: e.Kennung, Name: e.Name, Detail: detail})
	}
	if k := Reached(e, o.Now); k != amtshilfe.KanalXTA && k != amtshilfe.KanalPost {
		add(GapNoChannel, channelDetail(e, k))
	}
	if Unconfirmed(e, o.Now) {
		detail := "noch nie bestätigt"
		if e.Bestaetigt.Am != "" {
			detail = "zuletzt am " + e.Bestaetigt.Am.German()
		}
		add(GapUnconfirmed, detail)
	}
	if o.Fits != nil {
		if why := o.Fits(*e); why != "" {
			add(GapAddress, why)
		}
	}
	return gaps
}

var kanalWords = map[amtshilfe.Kanalart]string{amtshilfe.KanalEGVP: "EGVP", amtshilfe.KanalKeiner: "keiner"}

func channelDetail(e *Eintrag, k amtshilfe.Kanalart) string {
	if e.Gesperrt != "" {
		return "gesperrt: " + e.Gesperrt
	}
	for _, c := range e.Kanaele {
		if c.Art == k && c.Grund != "" {
			return kanalWords[k] + ": " + c.Grund
		}
	}
	return "Kanal " + kanalWords[k]
}

// Unconfirmed says that nobody has confirmed the entry within the last year.
func Unconfirmed(e *Eintrag, now time.Time) bool {
	return e.Bestaetigt.Am == "" || e.Bestaetigt.Am < Day(now.Add(-confirmedFor))
}

var zweckWords = map[string]string{ZweckTLS: "TLS", ZweckVerschluesselung: "Verschlüsselung"}

// endingCertificates finds those that end soon while no other of the same owner and purpose lasts longer.
func (d *Directory) endingCertificates(now time.Time) []Gap {
	soon := now.Add(certificateWarning)
	type owner struct {
		kennung, zweck string
		betriebsart    amtshilfe.Betriebsart
	}
	last := map[owner]Zertifikat{}
	for _, z := range d.file.Zertifikate {
		if k := (owner{z.Kennung, z.Zweck, z.Betriebsart}); z.Gesperrt.IsZero() && z.GueltigBis.After(last[k].GueltigBis) {
			last[k] = z
		}
	}
	names := map[entryKey]*Eintrag{}
	for i := range d.file.Behoerden {
		e := &d.file.Behoerden[i]
		names[entryKey{e.Kennung, e.Betriebsart}] = e
	}
	var gaps []Gap
	for k, z := range last {
		if z.GueltigBis.After(soon) {
			continue
		}
		gap := Gap{Kind: GapCertificate, Betriebsart: k.betriebsart, Kennung: k.kennung, Name: k.kennung, Until: z.GueltigBis,
			Detail: zweckWords[k.zweck] + " bis " + Day(z.GueltigBis).German() + ", SHA-256 " + z.Fingerabdruck[:16] + "…"}
		if e := names[entryKey{k.kennung, k.betriebsart}]; e != nil {
			gap.Name, gap.Land = e.Name, e.Land
		}
		gaps = append(gaps, gap)
	}
	return gaps
}

// German writes the day as people do, "30.11.2026"; "" stays open.
func (d Datum) German() string {
	if t, err := time.Parse(time.DateOnly, string(d)); err == nil {
		return t.Format("02.01.2006")
	}
	return string(d)
}
