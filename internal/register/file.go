package register

import (
	"time"

	"damtshilfe/internal/amtshilfe"
)

// The code list that an entry without einnahmearten stands for: all codes of it.
const (
	EinnahmeartList    = "urn:damtshilfe:codeliste:einnahmeart"
	EinnahmeartVersion = "1"
)

// einnahmearten are the codes of the list. For a code that it does not have nobody is competent (profil.md 3).
var einnahmearten = []string{"100", "110", "120", "200", "210", "220", "300", "310", "320", "400", "500", "510", "600", "900"}

// File is a directory as its YAML file says it. Unknown keys are refused.
//
//	version: "2026-11"                 # named in every answer, receipt and letter; changes with every change
//	stand: 2026-11-01T00:00:00+01:00   # state of the data
//	gueltig_bis: 2027-02-01T00:00:00Z  # optional: answers must not be used after it
//	rechenzentren:
//	  - kennung: rz:demo-a
//	    management: https://xta.rz-a.example/management   # XTA managementPort
//	    send: https://xta.rz-a.example/send               # XTA sendPort
//	    tls: [3b…]                                        # SHA-256 of its server certificates; none = the CA decides
//	behoerden:
//	  - kennung: kka:14612000
//	    name: Stadt Dresden, Vollstreckungsstelle
//	    land: SN
//	    betriebsart: test              # produktion, test, schulung
//	    anschrift: {strasse: Rathausplatz, hausnummer: "1", postleitzahl: "01067", ort: Dresden}
//	    anschriftzeilen: [Vollstreckungsstelle, Rathausplatz 1, 01067 Dresden]   # 1 to 5, as printed in the window
//	    kanaele:
//	      - {art: xta, adresse: "kka:14612000", rechenzentrum: rz:demo-a, dienst: "urn:damtshilfe:vollstreckungshilfe:1"}
//	      - {art: post}                # further ways, the best first
//	    gebiete:                       # what it is competent for; none = reached by kennung only
//	      - orte: [{ort: Dresden, plz: ["01067", "01069"], auch: [Dresden-Neustadt]}]
//	      - einnahmearten: [{list: "urn:…", version: "1", codes: ["100", "110"]}]   # none = all of EinnahmeartList
//	        orte: [{ort: Radebeul, plz: ["01445"]}]
type File struct {
	Version       string          `yaml:"version"`
	Stand         time.Time       `yaml:"stand"`
	GueltigBis    time.Time       `yaml:"gueltig_bis,omitempty"`
	Rechenzentren []Rechenzentrum `yaml:"rechenzentren,omitempty"`
	Behoerden     []Eintrag       `yaml:"behoerden,omitempty"`
}

// Rechenzentrum is a data centre that runs readers' mailboxes.
type Rechenzentrum struct {
	Kennung    string   `yaml:"kennung"`
	Management string   `yaml:"management"`
	Send       string   `yaml:"send"`
	TLS        []string `yaml:"tls,omitempty,flow"` // SHA-256 of its server certificates, hex
}

// Eintrag is one authority in one Betriebsart. The same kennung may stand once in each Betriebsart.
type Eintrag struct {
	Kennung         string                `yaml:"kennung"`
	Name            string                `yaml:"name"`
	Land            string                `yaml:"land,omitempty"` // BW, BY, ... TH; for pages and holidays
	Betriebsart     amtshilfe.Betriebsart `yaml:"betriebsart"`
	Anschrift       Anschrift             `yaml:"anschrift,flow"`
	Anschriftzeilen []string              `yaml:"anschriftzeilen,flow"`
	Kanaele         []Kanal               `yaml:"kanaele"`
	Gebiete         []Gebiet              `yaml:"gebiete,omitempty"`
}

// Anschrift is the postal address of an authority.
type Anschrift struct {
	Strasse      string `yaml:"strasse,omitempty"`
	Hausnummer   string `yaml:"hausnummer,omitempty"`
	Postleitzahl string `yaml:"postleitzahl"`
	Ort          string `yaml:"ort"`
}

// Kanal is a way to reach an authority. All but art is for xta only.
type Kanal struct {
	Art           amtshilfe.Kanalart `yaml:"art"`
	Adresse       string             `yaml:"adresse,omitempty"`       // reader identifier
	Rechenzentrum string             `yaml:"rechenzentrum,omitempty"` // kennung of one in rechenzentren
	Dienst        string             `yaml:"dienst,omitempty"`        // Qualifier/Service
	Zertifikat    string             `yaml:"zertifikat,omitempty"`    // SHA-256 of the reader's encryption certificate, hex
}

// Gebiet says for which places, and which kinds of revenue there, an authority is competent.
type Gebiet struct {
	Einnahmearten []Codeliste `yaml:"einnahmearten,omitempty"` // none = every code of EinnahmeartList, EinnahmeartVersion
	Orte          []Ort       `yaml:"orte"`
}

// Codeliste names codes of one version of a code list.
type Codeliste struct {
	List    string   `yaml:"list"`
	Version string   `yaml:"version"`
	Codes   []string `yaml:"codes,omitempty,flow"` // none = every code of the list
}

// Ort is a place with its postcodes. A postcode that several places share stands with each of them.
type Ort struct {
	Ort  string   `yaml:"ort"`
	PLZ  []string `yaml:"plz,flow"`
	Auch []string `yaml:"auch,omitempty,flow"` // further names that mean this place: districts, former municipalities
}
