package mapping

import (
	"cmp"

	"damtshilfe/internal/amtshilfe"
)

// nachrichtenkopf writes the header of a message of ours.
func (x *xmlWriter) nachrichtenkopf(k amtshilfe.Nachrichtenkopf, p Produkt) {
	attrs := []string{
		"produkt", zeile(cmp.Or(p.Name, "dAmtshilfe-Gateway")),
		"produkthersteller", zeile(cmp.Or(p.Hersteller, "dAmtshilfe")),
		"produktversion", zeile(cmp.Or(p.Version, "1.0")),
		"standard", "dAmtshilfe-Profil", "version", "1.0",
	}
	if k.Test {
		attrs = append(attrs, "test", "true")
	}
	x.open("v:nachrichtenkopf", attrs...)
	x.leaf("v:nachrichtenUUID", k.UUID)
	x.time("v:erstellungszeitpunkt", k.Erstellt)
	x.akteur("v:absender", k.Absender)
	if k.Empfaenger != nil {
		x.akteur("v:empfaenger", *k.Empfaenger)
	}
	x.close("v:nachrichtenkopf")
}

func (x *xmlWriter) bezug(b amtshilfe.Bezug) {
	x.open("v:bezug")
	x.leaf("v:nachrichtenUUID", b.UUID)
	x.opt("v:ersuchenUUID", b.Ersuchen)
	x.close("v:bezug")
}

// akteur writes a party: an authority, so a legal person with addresses.
func (x *xmlWriter) akteur(name string, a amtshilfe.Akteur) {
	x.open(name)
	x.open("v:identifikator")
	x.leaf("v:kennung", kennung(a.Kennung))
	x.leaf("v:verfahren", zeile(a.Verfahren))
	x.close("v:identifikator")
	x.open("v:behoerdeAdresse")
	if a.Person.Name() != "" {
		x.open("x:personJur")
		x.opt("x:empfaenger", a.Person.Empfaenger)
		x.open("x:organisation")
		x.open("x:name")
		x.leaf("x:name", a.Person.Name())
		x.close("x:name")
		x.close("x:organisation")
		x.leaf("x:personenNummern", "")
		x.close("x:personJur")
	}
	for _, p := range a.Person.Anschriften {
		x.adresse(p)
	}
	x.close("v:behoerdeAdresse")
	x.leaf("v:aktenzeichen", a.Aktenzeichen)
	x.close(name)
}

// adresse writes an XFinanz Adressstamm.
func (x *xmlWriter) adresse(a amtshilfe.Postanschrift) {
	x.open("x:adressStamm")
	x.open("x:anschrift")
	if a.Postfach != "" {
		x.open("x:anschriftPostfach")
		x.opt("x:postleitzahl", a.Postleitzahl)
		x.opt("x:ort", a.Ort)
		x.leaf("x:postfach", a.Postfach)
		x.close("x:anschriftPostfach")
	} else {
		x.postanschrift("x:postanschrift", a)
	}
	x.leaf("x:anschriftNummern", "")
	x.close("x:anschrift")
	x.leaf("x:personenNummern", "")
	x.close("x:adressStamm")
}
