package sample

import (
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// fault makes a good message bad, in one way only. It stays valid for the schema, unless its code is XSD-...
type fault struct {
	code  string // finding it must get
	spoil func(*Spec)
}

// faults are taken in turn. Each refuses its message; what merely holds one (an address abroad, say) is a matter of Options.Fix.
var faults = []fault{
	{"REGEL-IBAN", func(s *Spec) { s.Bankverbindung.IBAN = swap(s.Bankverbindung.IBAN) }},
	{"REGEL-PLZ", func(s *Spec) { current(s).Postleitzahl = "1234" }},
	{"REGEL-DATUM", func(s *Spec) { s.Titel[0].MahnungAm = s.Titel[0].BekanntgabeAm.AddDate(0, 0, -10) }},
	{"XSD-WERT", func(s *Spec) { s.Titel[0].Art = "bescheid" }},
	{"ZEICHEN-NAME", func(s *Spec) { human(s).Vorname = "Erika 2" }},
	{"HINDERNIS-INSOLVENZ", func(s *Spec) {
		s.Schuldner[0].Insolvenz = &amtshilfe.Insolvenz{Gericht: "Amtsgericht Musterstadt", Aktenzeichen: "71 IN 5/26",
			EroeffnetAm: s.Vom.AddDate(0, -2, 0), Anspruch: "insolvenzforderung"}
	}},
	{"XSD-SCHLUESSEL", func(s *Spec) { s.Forderungen[len(s.Forderungen)-1].Titel = "t7" }},
	{"REGEL-WAEHRUNG", func(s *Spec) { s.Forderungen[0].Waehrung = "CHF" }},
	{"ZEICHEN-NFC", func(s *Spec) { human(s).Familienname = "Mu\u0308ller-Muster" }},
	{"ANHANG-PDF", func(s *Spec) {
		a := PDF("scan.pdf", "x")
		a.Inhalt, a.SHA256 = []byte("S2VpbiBQREY="), ""
		s.Anhaenge = []amtshilfe.Anhang{a}
	}},
	{"REGEL-TITEL-OHNE-FORDERUNG", func(s *Spec) {
		t := s.Titel[0]
		t.ID = "t9"
		s.Titel = append(s.Titel, t)
	}},
	{"XSD-FEHLT", func(s *Spec) { s.Titel[0].Vollstreckbarkeit = amtshilfe.Vollstreckbarkeit{} }},
	{"HINDERNIS-VERSTORBEN", func(s *Spec) { human(s).Sterbedatum = s.Vom.AddDate(0, -1, 0) }},
	{"REGEL-BETRAG", func(s *Spec) {
		f := s.Forderungen[0]
		f.Forderungsart, f.Buchungstext, f.Brutto, f.Buchungsnummer, f.Saeumnis = "410", "Gutschrift", -5_00, f.Buchungsnummer+"9", nil
		s.Forderungen = append(s.Forderungen, f)
	}},
	{"ZEICHEN-ANSCHRIFT", func(s *Spec) { current(s).Strasse = "Testgasse \u2013 Hinterhaus" }},
	{"ANHANG-HASH", func(s *Spec) {
		a := PDF("bescheid.pdf", "Bescheid (Muster)")
		a.SHA256 = strings.Repeat("0", 64)
		s.Anhaenge = []amtshilfe.Anhang{a}
	}},
	{"REGEL-ORT", func(s *Spec) { current(s).Ort = "" }},
	{"ZEICHEN-FIRMA", func(s *Spec) {
		s.Schuldner[0].Person = amtshilfe.Person{Firma: "Gaststätte \u201eZum Muster\u201c GmbH", Rechtsform: "008", Anschriften: s.Schuldner[0].Person.Anschriften}
	}},
	{"ZEICHEN-STEUERZEICHEN", func(s *Spec) { s.Titel[0].Gegenstand += "\u0085" }},
	{"ANHANG-PDF", func(s *Spec) {
		s.Anhaenge = []amtshilfe.Anhang{attach("halb.pdf", pdfText("x")[:300])}
	}},
	{"REGEL-DATUM", func(s *Spec) { s.Schuldner[0].Person = born(s.Schuldner[0].Person, s.Vom.AddDate(3, 0, 0)) }},
}

// swap exchanges two different digits at the end, the slip that check digits are made for.
func swap(iban string) string {
	b := []byte(iban)
	for i := len(b) - 1; i > 4; i-- {
		if b[i] != b[i-1] {
			b[i], b[i-1] = b[i-1], b[i]
			return string(b)
		}
	}
	return "DE00" + iban[4:]
}

// current is the first debtor's address of today: it stands last.
func current(s *Spec) *amtshilfe.Postanschrift {
	list := s.Schuldner[0].Person.Anschriften
	return &list[len(list)-1]
}

// human makes the first debtor a natural person if it is none.
func human(s *Spec) *amtshilfe.Person {
	p := &s.Schuldner[0].Person
	if p.Firma != "" {
		*p = amtshilfe.Person{Vorname: "Erika", Familienname: "Mustermann-Beispiel", Anschriften: p.Anschriften}
	}
	return p
}

func born(p amtshilfe.Person, on time.Time) amtshilfe.Person {
	return amtshilfe.Person{Vorname: "Erika", Familienname: "Mustermann-Beispiel", Anschriften: p.Anschriften, Geburtsdatum: on}
}
