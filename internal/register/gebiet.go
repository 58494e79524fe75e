package register

import "strings"

// Gebiet says for which places, and which kinds of revenue there, an authority is competent: schluessel or orte, or both.
type Gebiet struct {
	Einnahmearten []Codeliste `yaml:"einnahmearten,omitempty"` // none = every code of EinnahmeartList, EinnahmeartVersion
	// Schluessel names municipalities by the beginning of their AGS or ARS: "DE" all of Germany, 2 digits a Land, 3 a Regierungsbezirk,
	// 5 a Kreis, 8 (AGS) or 12 (ARS) one municipality, 9 (ARS) a Verband.
	Schluessel []string  `yaml:"schluessel,omitempty,flow"`
	Ausser     []string  `yaml:"ausser,omitempty,flow"`    // the same, taken out of Schluessel
	Orte       []Ort     `yaml:"orte,omitempty"`           // places by postcode and name
	Bedingung  Bedingung `yaml:"bedingung,omitempty,flow"` // zero = without condition
	GueltigAb  Datum     `yaml:"gueltig_ab,omitempty"`     // "" = as the entry
	GueltigBis Datum     `yaml:"gueltig_bis,omitempty"`    // the last day; "" = as the entry
}

// Codeliste names codes of one version of a code list.
type Codeliste struct {
	List    string   `yaml:"list"`
	Version string   `yaml:"version"`
	Codes   []string `yaml:"codes,omitempty,flow"` // none = every code of the list
}

// Bedingung limits a Gebiet to some requests. Only a JSON question says what it depends on (Umstaende); an answer that depends on
// what the question does not say is ambiguous. All that is given must hold.
type Bedingung struct {
	Massnahmen []string `yaml:"massnahmen,omitempty,flow"` // every measure asked for is one of these
	Glaeubiger []string `yaml:"glaeubiger,omitempty,flow"` // kind of creditor
	Land       []string `yaml:"land,omitempty,flow"`       // of the requester: BW, BY, ... TH
	BetragVon  int64    `yaml:"betrag_von,omitempty"`      // cents, the first that belongs to it; 0 = open
	BetragBis  int64    `yaml:"betrag_bis,omitempty"`      // cents, the last that belongs to it; 0 = open
}

// IsZero says that there is no condition.
func (b Bedingung) IsZero() bool {
	return len(b.Massnahmen)+len(b.Glaeubiger)+len(b.Land) == 0 && b.BetragVon == 0 && b.BetragBis == 0
}

// Ort is a place with its postcodes. A postcode that several places share stands with each of them.
type Ort struct {
	Ort      string    `yaml:"ort"`
	PLZ      []string  `yaml:"plz,flow"`
	Auch     []string  `yaml:"auch,omitempty,flow"` // further names that mean this place: districts, former municipalities
	Strassen []Strasse `yaml:"strassen,omitempty"`  // only these streets of it; none = all
}

// Strasse is a street, or a part of it by house numbers.
type Strasse struct {
	Name  string `yaml:"name"`
	Von   string `yaml:"von,omitempty"`   // first house number, "12" or "12a"; "" = from the beginning
	Bis   string `yaml:"bis,omitempty"`   // last one, "12" with all its letters; "" = to the end
	Seite string `yaml:"seite,omitempty"` // gerade, ungerade, "" = both sides
}

// Gemeinde is a municipality: a fact that all Betriebsarten share. It is what Schluessel names and what an address is led to first.
type Gemeinde struct {
	AGS        string   `yaml:"ags"`                       // 8 digits
	ARS        string   `yaml:"ars,omitempty"`             // 12 digits; "" = no Schluessel of 9 digits covers it
	Name       string   `yaml:"name"`                      // official, "Flensburg, Stadt"
	Orte       []Ort    `yaml:"orte,omitempty"`            // its postcodes and the names of places in it; none = no address leads there
	Bis        Datum    `yaml:"bis,omitempty"`             // its last day; "" = in force
	Nachfolger []string `yaml:"nachfolger,omitempty,flow"` // AGS of those it became part of, after Bis; none = not known
}

// Verband names what a Schluessel of 2, 3, 5 or 9 digits stands for.
type Verband struct {
	Schluessel string `yaml:"schluessel"`
	Name       string `yaml:"name"`
}

// agsOf gives the AGS in an AGS or an ARS of a municipality; "" for anything else.
func agsOf(s string) string {
	switch {
	case !digits(s):
		return ""
	case len(s) == 8:
		return s
	case len(s) == 12:
		return s[:5] + s[9:]
	}
	return ""
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
