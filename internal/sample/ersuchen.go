package sample

import (
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// Spec is the plain description that a 003 is built from: the domain's own words.
type Spec struct {
	Kopf amtshilfe.Nachrichtenkopf
	amtshilfe.Ersuchen
}

// XML is the message as a document.
func (s *Spec) XML() []byte { return s.Append(nil) }

// Append appends the document to b.
func (s *Spec) Append(b []byte) []byte {
	d := doc{b: b}
	return d.message("Ersuchen.003", &s.Kopf, func() { d.ersuchen(&s.Ersuchen, s.Kopf.Absender.Aktenzeichen) })
}

func (d *doc) ersuchen(e *amtshilfe.Ersuchen, aktenzeichen string) {
	d.date("vh:ersuchenVom", e.Vom)
	a := &e.Einnahmeart
	d.code("vh:einnahmeart", a.Code, a.Name, "listURI", a.List, "listVersionID", a.Version)
	if e.Wunschempfaenger != "" {
		d.open("vh:wunschempfaenger")
		d.leaf("vh:kennung", e.Wunschempfaenger)
		d.leaf("vh:grund", e.WunschGrund)
		d.close("vh:wunschempfaenger")
	}
	d.opt("vh:vorgaenger", e.Vorgaenger)
	for i := range e.Schuldner {
		d.schuldner(&e.Schuldner[i])
	}
	for _, w := range e.WeitereErsuchen {
		behoerde, reference, _ := strings.Cut(w, ", ")
		d.open("vh:weiteresErsuchen")
		d.leaf("vh:behoerde", behoerde)
		d.leaf("vh:aktenzeichen", reference)
		d.close("vh:weiteresErsuchen")
	}
	if e.Glaeubiger != "" {
		d.open("vh:glaeubiger")
		d.leaf("vh:name", e.Glaeubiger)
		d.opt("vh:kassenzeichen", e.GlaeubigerKassenzeichen)
		d.close("vh:glaeubiger")
	}
	for i := range e.Titel {
		d.titel(&e.Titel[i])
	}
	for i := range e.Forderungen {
		d.forderung(&e.Forderungen[i], e, aktenzeichen)
	}
	d.boolean("vh:vollstreckungsvoraussetzungenBescheinigt", e.Bescheinigt)
	for _, m := range e.Massnahmen {
		d.leaf("vh:massnahme", m)
	}
	d.gefahr(e.Gefahr, e.GefahrText)
	d.bankverbindung(&e.Bankverbindung)
	d.open("vh:angeordnetVon")
	d.leaf("vh:beschreibung", e.AngeordnetVon.Beschreibung)
	d.leaf("vh:name", e.AngeordnetVon.Name)
	d.leaf("vh:funktion", e.AngeordnetVon.Funktion)
	d.close("vh:angeordnetVon")
	d.anhaenge(e.Anhaenge)
}

func (d *doc) schuldner(s *amtshilfe.Schuldner) {
	d.open("vh:schuldner")
	d.opt("vh:rolle", s.Rolle)
	d.person("vh:person", &s.Person)
	for i := range s.Schutzvermerk {
		v := &s.Schutzvermerk[i]
		d.open("vh:schutzvermerk")
		d.leaf("vh:art", v.Art)
		d.opt("vh:text", v.Text)
		d.date("vh:bis", v.Bis)
		d.close("vh:schutzvermerk")
	}
	d.insolvenz(s.Insolvenz)
	d.close("vh:schuldner")
}

func (d *doc) insolvenz(v *amtshilfe.Insolvenz) {
	if v == nil {
		return
	}
	d.open("vh:insolvenz")
	d.leaf("vh:gericht", v.Gericht)
	d.leaf("vh:aktenzeichen", v.Aktenzeichen)
	d.date("vh:eroeffnetAm", v.EroeffnetAm)
	d.opt("vh:anspruch", v.Anspruch)
	d.close("vh:insolvenz")
}

func (d *doc) titel(t *amtshilfe.Titel) {
	d.open("vh:titel", "id", t.ID)
	d.leaf("vh:art", t.Art)
	d.leaf("vh:erlassendeStelle", t.ErlassendeStelle)
	d.date("vh:datum", t.Datum)
	if !t.BekanntgabeAm.IsZero() {
		d.open("vh:bekanntgabe")
		d.date("vh:am", t.BekanntgabeAm)
		d.leaf("vh:art", t.BekanntgabeArt)
		d.close("vh:bekanntgabe")
	}
	d.leaf("vh:aktenzeichen", t.Aktenzeichen)
	d.leaf("vh:gegenstand", t.Gegenstand)
	d.open("vh:vollstreckbarkeit")
	d.date("vh:unanfechtbarSeit", t.Vollstreckbarkeit.UnanfechtbarSeit)
	d.date("vh:sofortigeVollziehungAngeordnetAm", t.Vollstreckbarkeit.SofortigeVollziehungAngeordnetAm)
	d.opt("vh:keineAufschiebendeWirkung", t.Vollstreckbarkeit.KeineAufschiebendeWirkung)
	d.opt("vh:kraftGesetzes", t.Vollstreckbarkeit.KraftGesetzes)
	d.close("vh:vollstreckbarkeit")
	d.open("vh:mahnung")
	d.date("vh:datum", t.MahnungAm)
	d.opt("vh:unterbliebenWeil", t.MahnungUnterblieben)
	d.close("vh:mahnung")
	d.date("vh:verjaehrtAm", t.VerjaehrtAm)
	d.close("vh:titel")
}

// forderung writes the XFinanz claim; what it asks for and the domain does not keep is derived.
func (d *doc) forderung(f *amtshilfe.Forderung, e *amtshilfe.Ersuchen, aktenzeichen string) {
	d.open("vh:forderung", "titel", f.Titel)
	d.open("vh:soll")
	d.open("xfn:gemeinsameBuchungsdaten")
	d.opt("xfn:aktenzeichen", aktenzeichen)
	d.code("xfn:mandant", "1", "", "listURI", "urn:damtshilfe:codeliste:mandant", "listVersionID", "1")
	d.opt("xfn:kassenzeichen", f.Kassenzeichen)
	d.opt("xfn:buchungstext", f.Buchungstext)
	d.close("xfn:gemeinsameBuchungsdaten")
	d.open("xfn:betragFaellig")
	d.money("xfn:brutto", f.Brutto)
	if f.Waehrung != "" {
		d.code("xfn:waehrung", f.Waehrung, "", "listVersionID", "2023-01-01")
	}
	d.date("xfn:faelligkeit", f.Faelligkeit)
	d.close("xfn:betragFaellig")
	booked := f.Faelligkeit
	if booked.IsZero() {
		booked = e.Vom
	}
	d.date("xfn:buchungsdatum", booked)
	d.leaf("xfn:buchungsnummer", f.Buchungsnummer)
	d.date("xfn:ersuchenVom", e.Vom)
	d.code("xfn:forderungsart", f.Forderungsart, "")
	d.code("xfn:forderungstyp", f.Forderungstyp, "")
	d.leaf("xfn:haushaltsjahr", f.Haushaltsjahr)
	if f.Zahlungsgrund != "" {
		d.open("xfn:zahlungsgrund")
		d.leaf("xfn:zahlungsgrund", f.Zahlungsgrund)
		d.close("xfn:zahlungsgrund")
	}
	d.open("xfn:kontierungEinnahmeart")
	d.leaf("xfn:pKEANummer", e.Einnahmeart.Code)
	d.close("xfn:kontierungEinnahmeart")
	d.close("vh:soll")
	if f.Saeumnis != nil {
		d.saeumnis(f.Saeumnis)
	}
	d.close("vh:forderung")
}

func (d *doc) saeumnis(s *amtshilfe.Saeumnis) {
	d.open("vh:saeumnis")
	d.leaf("vh:art", s.Art)
	d.opt("vh:satz", s.Satz)
	if s.Basis != 0 {
		d.money("vh:basis", s.Basis)
	}
	d.date("vh:berechnetBis", s.BerechnetBis)
	d.boolean("vh:laeuftWeiter", s.LaeuftWeiter)
	d.boolean("vh:mitBeitreiben", s.MitBeitreiben)
	d.close("vh:saeumnis")
}

func (d *doc) gefahr(stand, text string) {
	d.open("vh:gefahrenhinweis")
	d.leaf("vh:stand", stand)
	d.opt("vh:text", text)
	d.close("vh:gefahrenhinweis")
}

func (d *doc) bankverbindung(b *amtshilfe.Bankverbindung) {
	d.open("vh:bankverbindung")
	d.leaf("vh:iban", b.IBAN)
	d.leaf("vh:kontoinhaber", b.Kontoinhaber)
	d.opt("vh:bic", b.BIC)
	d.leaf("vh:verwendungszweck", b.Verwendungszweck)
	d.close("vh:bankverbindung")
}

func (d *doc) anhaenge(list []amtshilfe.Anhang) {
	for i := range list {
		d.open("vh:anhang")
		d.leaf("vh:dateiname", list[i].Dateiname)
		d.opt("vh:sha256", list[i].SHA256)
		d.leaf("vh:inhalt", string(list[i].Inhalt))
		d.close("vh:anhang")
	}
}
