package source

import (
	"strings"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// laender are the Laender by the first two digits of an AGS, from 01.
var laender = []string{"SH", "HH", "NI", "HB", "NW", "HE", "RP", "BW", "BY", "SL", "BE", "BB", "MV", "SN", "ST", "TH"}

// Offices invents a cash office for every municipality in force that has a postcode: Betriebsart test, reached by post, competent for all
// that EinnahmeartList has. Municipalities without a postcode (most are areas where nobody lives) get none: no address leads there.
func Offices(all []register.Gemeinde) []register.Eintrag {
	var out []register.Eintrag
	for _, g := range all {
		if g.Bis != "" || len(g.Orte) == 0 {
			continue
		}
		o := g.Orte[0]
		name, _, _ := strings.Cut(g.Name, ",")
		town, _, _ := strings.Cut(o.Ort, " - ") // the Sorbian name behind it is too long for a window
		town, _, _ = strings.Cut(town, "/")
		e := register.Eintrag{Kennung: "kka:" + g.AGS, Name: "Gemeindekasse " + name, Betriebsart: amtshilfe.Test,
			Anschrift:       register.Anschrift{Strasse: "Erfundener Weg", Hausnummer: "1", Postleitzahl: o.PLZ[0], Ort: o.Ort},
			Anschriftzeilen: []string{"Vollstreckung (erfunden)", "Erfundener Weg 1", o.PLZ[0] + " " + town},
			Kanaele:         []register.Kanal{{Art: amtshilfe.KanalPost}},
			Gebiete:         []register.Gebiet{{Schluessel: []string{g.AGS}}}}
		if n := int(g.AGS[0]-'0')*10 + int(g.AGS[1]-'0'); n >= 1 && n <= len(laender) {
			e.Land = laender[n-1]
		}
		out = append(out, e)
	}
	return out
}
