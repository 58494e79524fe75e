package rules

import (
	"slices"

	"damtshilfe/internal/amtshilfe"
)

const kennungPath = "/nachrichtenkopf/absender/identifikator/kennung"

func absender(k *check) {
	kennung, path := k.m.Kopf.Absender.Kennung, kennungPath
	if kennung == "" {
		path = "/nachrichtenkopf" // the schema says what is missing; without one this does
	}
	if !slices.Contains(k.Kennungen, kennung) && !slices.Contains(k.Kennungen, "*") {
		k.report(codeAbsender, path, "")
	}
}

func testKennzeichen(k *check) {
	named := k.m.Kopf.Absender.Kennung != "" || slices.Contains(k.Kennungen, "*") // else absender has refused the whole head
	if !k.m.Kopf.Test && named && (k.Betriebsart == amtshilfe.Test || k.Betriebsart == amtshilfe.Schulung) {
		k.report(codeTest, "/nachrichtenkopf", "")
	}
}

// schuldner judges what stops enforcement against a debtor, whoever is competent.
func schuldner(k *check) {
	for i := range k.e.Schuldner {
		s := &k.e.Schuldner[i]
		if !s.Routes() {
			continue
		}
		if !s.Person.Sterbedatum.IsZero() && !succeeded(k.e.Schuldner) {
			k.report(codeVerstorben, step("/schuldner", i)+"/person"+personNat+"/sterbedatum", "")
		}
		if v := s.Insolvenz; v != nil && v.Anspruch != "masseverbindlichkeit" && v.Anspruch != "neuforderung" {
			k.report(codeInsolvenz, step("/schuldner", i)+"/insolvenz", "")
		}
	}
}

// succeeded says that somebody is listed against whom enforcement into an estate can go.
func succeeded(list []amtshilfe.Schuldner) bool {
	return slices.ContainsFunc(list, func(s amtshilfe.Schuldner) bool {
		return s.Rolle == "erbe" || s.Rolle == "nachlasspfleger" || s.Rolle == "testamentsvollstrecker"
	})
}

func titel(k *check) {
	for i := range k.e.Titel {
		t := &k.e.Titel[i]
		at := step("/titel", i)
		k.titelDatum(t, at)
		if !slices.ContainsFunc(k.e.Forderungen, func(f amtshilfe.Forderung) bool { return f.Titel == t.ID }) {
			k.report(codeTitelLeer, at, "")
		}
		if !t.VerjaehrtAm.IsZero() && day(t.VerjaehrtAm) < day(k.Now.AddDate(0, 6, 0)) {
			detail := "verjähren in weniger als sechs Monaten"
			if day(t.VerjaehrtAm) < k.today {
				detail = "sind nach dem genannten Datum verjährt"
			}
			k.report(codeVerjaehrung, at+"/verjaehrtAm", detail)
		}
	}
}

func forderungen(k *check) {
	for i := range k.e.Forderungen {
		f := &k.e.Forderungen[i]
		at := step("/forderung", i)
		if !slices.ContainsFunc(k.e.Titel, func(t amtshilfe.Titel) bool { return t.ID == f.Titel }) {
			k.report(codeTitelUnbekannt, at+"/@titel", "")
		}
		if f.Waehrung != "" && f.Waehrung != "EUR" {
			k.report(codeWaehrung, at+"/soll/betragFaellig/waehrung/code", "")
		}
		if f.Brutto < 0 {
			k.report(codeBetrag, at+"/soll/betragFaellig/brutto", "")
		}
	}
}

// kleinbetrag is the sum below which some Laender refuse a request.
const kleinbetrag amtshilfe.Cents = 36_00

func summe(k *check) {
	if k.request() && k.e.Betrag() < kleinbetrag {
		k.report(codeKleinbetrag, "/forderung/soll/betragFaellig/brutto", "")
	}
}

func massnahmen(k *check) {
	if k.Massnahmen == nil {
		return
	}
	for _, list := range [...][]string{k.e.Massnahmen, k.m.Einstellung.Massnahmen, k.m.Sachstand.Massnahmen} {
		for i, massnahme := range list {
			if !slices.Contains(k.Massnahmen, massnahme) {
				k.report(codeMassnahme, step("/massnahme", i), "")
			}
		}
	}
}

func bankverbindung(k *check) {
	if !k.request() {
		return
	}
	const path = "/bankverbindung/iban"
	iban := k.e.Bankverbindung.IBAN
	if !validIBAN(iban) {
		k.report(codeIBAN, path, "")
		return
	}
	if len(k.IBANs) > 0 && !slices.ContainsFunc(k.IBANs, func(own string) bool { return sameIBAN(own, iban) }) {
		k.report(codeIBANUnbekannt, path, "")
	}
}

// ibanLength is the length of an IBAN by country (SWIFT IBAN Registry), as far as SEPA reaches. Of other countries only the check
// digits are judged.
var ibanLength = map[string]int{"AD": 24, "AL": 28, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24,
	"FI": 18, "FR": 27, "GB": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27,
	"MD": 24, "ME": 22, "MK": 19, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "RS": 22, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "VA": 22}

// validIBAN computes ISO 7064 mod 97-10 over the IBAN with its first four places moved to the end.
func validIBAN(iban string) bool {
	if len(iban) < 15 || len(iban) > 34 {
		return false
	}
	if want, known := ibanLength[iban[:2]]; known && len(iban) != want {
		return false
	}
	rest := 0
	for i := range len(iban) {
		switch c := iban[(i+4)%len(iban)]; {
		case c >= '0' && c <= '9':
			rest = (rest*10 + int(c-'0')) % 97
		case c >= 'A' && c <= 'Z':
			rest = (rest*100 + int(c-'A') + 10) % 97
		default:
			return false
		}
	}
	return rest == 1
}

// sameIBAN compares an IBAN as people write it into a configuration, with blanks, with one as the schema has it.
func sameIBAN(written, iban string) bool {
	n := 0
	for i := range len(written) {
		if written[i] == ' ' {
			continue
		}
		if n == len(iban) || written[i] != iban[n] {
			return false
		}
		n++
	}
	return n == len(iban)
}
