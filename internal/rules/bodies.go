package rules

import (
	"slices"
	"strings"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/latin"
)

// The rules of the messages that go on with a case: 005 to 012.

// buchungen judges the bookings of a 007 and the payments of a 011.
func buchungen(k *check) {
	for _, list := range [...][]amtshilfe.Buchung{k.m.Aenderung.Buchungen, k.m.Zahlungen} {
		seen := map[amtshilfe.Buchungsart]int{}
		for i := range list {
			b := &list[i]
			at := step("/"+string(b.Art), seen[b.Art])
			seen[b.Art]++
			if b.Waehrung != "" && b.Waehrung != "EUR" {
				k.report(codeWaehrung, at+"/"+betragOf[b.Art]+"/waehrung/code", "")
			}
			k.possible(b.Am, at, "/buchungsdatum", "das Buchungsdatum")
			k.all(at, latin.C, codeText, field{b.Ursprung, "/ursprungsbuchungsnummer"}, field{b.Buchungsnummer, "/buchungsnummer"}, field{b.Text, "/buchungstext"})
		}
	}
}

// betragOf names the element of a booking that holds its amount.
var betragOf = map[amtshilfe.Buchungsart]string{amtshilfe.BuchungSollAenderung: "sollaenderungBetrag", amtshilfe.BuchungIst: "gezahlterBetrag",
	amtshilfe.BuchungStundung: "stundungBetrag", amtshilfe.BuchungErlass: "erlassBetrag", amtshilfe.BuchungNiederschlagung: "niederschlagungBetrag",
	amtshilfe.BuchungAussetzungVollziehung: "aussetzungBetrag"}

// restforderungen holds what is left against what is changed: every changed claim says once what is left of it.
func restforderungen(k *check) {
	a := &k.m.Aenderung
	k.possible(a.Stichtag, "", "/stichtag", "der Stichtag")
	for i, r := range a.Rest {
		at := step("/restforderung", i)
		if r.Betrag < 0 {
			k.report(codeBetrag, at+"/betrag", "")
		}
		if slices.ContainsFunc(a.Rest[:i], func(o amtshilfe.Restforderung) bool { return o.Buchungsnummer == r.Buchungsnummer }) {
			k.report(codeRest, at+"/buchungsnummer", "steht mehrfach da")
		}
	}
	seen := map[amtshilfe.Buchungsart]int{}
	for i := range a.Buchungen {
		b := &a.Buchungen[i]
		at := step("/"+string(b.Art), seen[b.Art])
		seen[b.Art]++
		if !slices.ContainsFunc(a.Rest, func(r amtshilfe.Restforderung) bool { return r.Buchungsnummer == b.Ursprung }) {
			k.report(codeRest, at+"/ursprungsbuchungsnummer", "fehlt")
		}
	}
}

// abschluss judges the sums of a 012 and the account for what is to be repaid.
func abschluss(k *check) {
	a := &k.m.Abschluss
	negative := func(c amtshilfe.Cents, path string) {
		if c < 0 {
			k.report(codeBetrag, path, "")
		}
	}
	for i, b := range a.Beigetrieben {
		negative(b.Betrag, step("/beigetrieben", i)+"/betrag")
	}
	negative(a.Abgefuehrt, "/abgefuehrt/betrag")
	negative(a.Gedeckt, "/vollstreckungskosten/gedeckt")
	negative(a.Uneinbringlich, "/vollstreckungskosten/uneinbringlich")
	negative(a.ZuErstatten, "/vollstreckungskosten/zuErstatten")
	k.possible(a.AbgefuehrtAm, "", "/abgefuehrt/am", "die Abführung")
	if b := &a.Bankverbindung; b.IBAN != "" {
		if !validIBAN(b.IBAN) {
			k.report(codeIBAN, "/bankverbindung/iban", "")
		}
		k.all("/bankverbindung", latin.C, codeText, field{b.Kontoinhaber, "/kontoinhaber"}, field{b.Verwendungszweck, "/verwendungszweck"})
	}
}

// gruende judges the facts that go with a reason of a 005 or 012, and the new address of a 006.
func gruende(k *check) {
	if k.m.Kind == amtshilfe.KindRueckweisung {
		return
	}
	for i := range k.m.Gruende {
		g := &k.m.Gruende[i]
		at := step("/grund", i)
		k.possible(g.Sterbedatum, at, "/sterbedatum", "das Sterbedatum")
		k.possible(g.VermoegensauskunftVom, at, "/vermoegensauskunftVom", "die Vermögensauskunft")
		if v := g.Insolvenz; v != nil {
			k.possible(v.EroeffnetAm, at, "/insolvenz/eroeffnetAm", "die Eröffnung des Insolvenzverfahrens")
			k.all(at, latin.C, codeText, field{v.Gericht, "/insolvenz/gericht"}, field{v.Aktenzeichen, "/insolvenz/aktenzeichen"})
		}
		k.neueAnschrift(g.NeueAnschrift, at+"/neueAnschrift")
	}
	k.neueAnschrift(k.m.NeueAnschrift, "/neueAnschrift")
}

func (k *check) neueAnschrift(a *amtshilfe.Postanschrift, at string) {
	if a == nil || !german(a.Staat) {
		return
	}
	if !validPLZ(a.Postleitzahl) {
		k.report(codePLZ, at+leaf("postleitzahl", a.Postleitzahl), "")
	}
	if strings.TrimSpace(a.Ort) == "" {
		k.report(codeOrt, at+leaf("ort", a.Ort), "")
	}
	k.all(at, latin.B, codeAnschrift, field{a.Strasse, "/strasse"}, field{a.Hausnummer, "/hausnummer"}, field{a.HausnummerZusatz, "/hausnummernzusatz"},
		field{a.Ort, "/ort"}, field{a.Ortsteil, "/ortsteil"}, field{a.Zusatz, "/adressierungszusatz"})
}
