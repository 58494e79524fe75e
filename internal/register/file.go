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
//	    gebiete:                       # what it is competent for (Gebiet); none = reached by kennung only
//	      - orte: [{ort: Dresden, plz: ["01067", "01069"], auch: [Dresden-Neustadt]}]
//	      - einnahmearten: [{list: "urn:…", version: "1", codes: ["100", "110"]}]   # none = all of EinnahmeartList
//	        schluessel: ["14627"]      # the district around, by its AGS
//	        ausser: ["14627010"]       # but for Coswig
//	gemeinden:                         # facts, for every Betriebsart: which municipality an address lies in
//	  - ags: "14612000"
//	    ars: "146120000000"
//	    name: Dresden, Stadt
//	    orte: [{ort: Dresden, plz: ["01067", "01069"], auch: [Cossebaude]}]
//	verbaende: [{schluessel: "14627", name: Meißen}]
//
// Zertifikat and Mandant say the rest.
type File struct {
	Version       string          `yaml:"version"`
	Stand         time.Time       `yaml:"stand"`
	GueltigBis    time.Time       `yaml:"gueltig_bis,omitempty"`
	Rechenzentren []Rechenzentrum `yaml:"rechenzentren,omitempty"`
	Behoerden     []Eintrag       `yaml:"behoerden,omitempty"`
	Gemeinden     []Gemeinde      `yaml:"gemeinden,omitempty"`
	Verbaende     []Verband       `yaml:"verbaende,omitempty"`
	Zertifikate   []Zertifikat    `yaml:"zertifikate,omitempty"`
	Mandanten     []Mandant       `yaml:"mandanten,omitempty"`
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
	Land            string                `yaml:"land,omitempty"` // BW, BY, ... TH; for pages, holidays and letters
	Betriebsart     amtshilfe.Betriebsart `yaml:"betriebsart"`
	Anschrift       Anschrift             `yaml:"anschrift,flow"`
	Anschriftzeilen []string              `yaml:"anschriftzeilen,flow"`
	Kontakt         Kontakt               `yaml:"kontakt,omitempty,flow"`
	Bestaetigt      Bestaetigung          `yaml:"bestaetigt,omitempty,flow"`
	GueltigAb       Datum                 `yaml:"gueltig_ab,omitempty"`  // its Gebiete answer from this day on; "" = always
	GueltigBis      Datum                 `yaml:"gueltig_bis,omitempty"` // and on this day for the last time; "" = open
	Ende            Ende                  `yaml:"ende,omitempty,flow"`
	Gesperrt        string                `yaml:"gesperrt,omitempty"` // why nothing is sent to it from now on; "" = not blocked
	Kanaele         []Kanal               `yaml:"kanaele"`
	Gebiete         []Gebiet              `yaml:"gebiete,omitempty"`
}

// Kontakt is whom a maintainer calls. It is no part of an answer.
type Kontakt struct {
	Name    string `yaml:"name,omitempty"`
	Telefon string `yaml:"telefon,omitempty"`
	EMail   string `yaml:"email,omitempty"`
}

// Bestaetigung says who confirmed an entry, and when.
type Bestaetigung struct {
	Von string `yaml:"von,omitempty"`
	Am  Datum  `yaml:"am,omitempty"`
}

// Ende is the end of an authority's participation. After Versand a question is no longer answered with its mailbox (xta), after Annahme
// neither is a kennung: until then the answers to what it sent still reach it. The other channels stay.
type Ende struct {
	Versand Datum `yaml:"versand,omitempty"` // last day for new messages; "" = no end
	Annahme Datum `yaml:"annahme,omitempty"` // last day for answers; "" = as Versand
}

// Anschrift is the postal address of an authority.
type Anschrift struct {
	Strasse      string `yaml:"strasse,omitempty"`
	Hausnummer   string `yaml:"hausnummer,omitempty"`
	Postleitzahl string `yaml:"postleitzahl"`
	Ort          string `yaml:"ort"`
}

// Kanal is a way to reach an authority. All but art and grund is for xta only (adresse for egvp, too).
type Kanal struct {
	Art           amtshilfe.Kanalart `yaml:"art"`
	Adresse       string             `yaml:"adresse,omitempty"`       // reader identifier
	Rechenzentrum string             `yaml:"rechenzentrum,omitempty"` // kennung of one in rechenzentren
	Dienst        string             `yaml:"dienst,omitempty"`        // Qualifier/Service
	Zertifikat    string             `yaml:"zertifikat,omitempty"`    // SHA-256 of the reader's encryption certificate, hex
	Grund         string             `yaml:"grund,omitempty"`         // egvp and keiner: why, for the sender
}
