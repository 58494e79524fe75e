package sample

import (
	"time"

	"damtshilfe/internal/amtshilfe"
)

// FollowSpec describes a message about an earlier one: 004 to 015.
type FollowSpec struct {
	Kopf  amtshilfe.Nachrichtenkopf
	Bezug amtshilfe.Bezug

	Art             string                // 008; "" = ruecknahme
	Bis             time.Time             // 008
	Buchungsnummern []string              // 007, 011 (empty = a made-up one, which no 003 has), 008, 012; About takes those of the 003
	Buchungen       []amtshilfe.Buchung   // 007, 011; nil = one per Buchungsnummer
	Massnahmen      []string              // 008, 010
	Text            string                // reason of 005 and 008, text of 010 and 015, finding of 014; "" = a made-up one, for 010 and 015 none
	Aktenzeichen    string                // 004: aktenzeichenEmpfaenger; "" = a made-up one
	Code            string                // code of the reason: 005, "" = unzustaendig; 014, "" = schema
	Gruende         []amtshilfe.Grund     // 005, 012; nil = one of Code and Text, for 012 none
	TransportID     string                // 014
	Verbleib        string                // 006; "" = weitergereicht
	AnBehoerde      *amtshilfe.Akteur     // 006; nil = a fictitious one
	Betrag          amtshilfe.Cents       // 007: restforderung, 011: payment, 012: beigetrieben, each per Buchungsnummer
	Stand           string                // 010: sachstand, "" = in-bearbeitung; 012: ergebnis, "" = fruchtlos
	Schuldner       []amtshilfe.Schuldner // 015
	Gefahr          string                // 015: stand of the danger notice, "" = none
	GefahrText      string                // 015
	Anhaenge        []amtshilfe.Anhang    // 004, 005, 010, 012, 015
}

// About describes a message about a 003, and about all of its claims.
func About(s *Spec, kopf amtshilfe.Nachrichtenkopf) FollowSpec {
	f := FollowSpec{Kopf: kopf, Bezug: amtshilfe.Bezug{UUID: s.Kopf.UUID}}
	for i := range s.Forderungen {
		f.Buchungsnummern = append(f.Buchungsnummern, s.Forderungen[i].Buchungsnummer)
	}
	return f
}

// Einstellung writes an 008.
func Einstellung(s FollowSpec) []byte { return Follow(amtshilfe.KindEinstellung, s) }

// Eingangsbestaetigung writes a 004.
func Eingangsbestaetigung(s FollowSpec) []byte {
	return Follow(amtshilfe.KindEingangsbestaetigung, s)
}

// Follow writes a message of the given kind: 004 to 015. Another kind gives nil.
func Follow(kind amtshilfe.Kind, s FollowSpec) []byte {
	f, ok := follows[kind]
	if !ok {
		return nil
	}
	var d doc
	return d.message(f.root, &s.Kopf, func() {
		if kind != amtshilfe.KindRueckweisung || s.Bezug.UUID != "" {
			d.open("vh:bezug")
			d.leaf("vh:nachrichtenUUID", s.Bezug.UUID)
			d.opt("vh:ersuchenUUID", s.Bezug.Ersuchen)
			d.close("vh:bezug")
		}
		f.body(&d, &s)
	})
}

// follows are the messages about an earlier one, each with what comes behind its bezug.
var follows = map[amtshilfe.Kind]struct {
	root string
	body func(*doc, *FollowSpec)
}{
	amtshilfe.KindEingangsbestaetigung: {"Eingangsbestaetigung.004", (*doc).eingang},
	amtshilfe.KindZurueckweisung:       {"Zurueckweisung.005", (*doc).zurueckweisung},
	amtshilfe.KindWeiterleitung:        {"Weiterleitung.006", (*doc).weiterleitung},
	amtshilfe.KindForderungsaenderung:  {"Forderungsaenderung.007", (*doc).aenderung},
	amtshilfe.KindEinstellung:          {"Einstellung.008", (*doc).einstellung},
	amtshilfe.KindSachstandAnfrage:     {"SachstandAnfrage.009", func(*doc, *FollowSpec) {}},
	amtshilfe.KindSachstandAntwort:     {"SachstandAntwort.010", (*doc).sachstand},
	amtshilfe.KindZahlungsmitteilung:   {"Zahlungsmitteilung.011", (*doc).zahlung},
	amtshilfe.KindAbschluss:            {"Abschluss.012", (*doc).abschluss},
	amtshilfe.KindUebermittlungsinfo:   {"Uebermittlungsinformation.013", (*doc).information},
	amtshilfe.KindRueckweisung:         {"Rueckweisung.014", (*doc).rueckweisung},
	amtshilfe.KindErgaenzung:           {"Ergaenzung.015", (*doc).ergaenzung},
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

func (d *doc) eingang(s *FollowSpec) {
	d.leaf("vh:aktenzeichenEmpfaenger", or(s.Aktenzeichen, "VH-2026-000123"))
	d.anhaenge(s.Anhaenge)
}

func (d *doc) zurueckweisung(s *FollowSpec) {
	gruende := s.Gruende
	if gruende == nil {
		gruende = []amtshilfe.Grund{{Code: or(s.Code, "unzustaendig"), Text: or(s.Text, "Der Schuldner ist nach den Angaben der Meldebehörde verzogen.")}}
	}
	d.gruende(gruende)
	d.anhaenge(s.Anhaenge)
}

func (d *doc) gruende(list []amtshilfe.Grund) {
	for i := range list {
		g := &list[i]
		d.open("vh:grund")
		d.leaf("vh:code", g.Code)
		d.leaf("vh:text", g.Text)
		if g.NeueAnschrift != nil {
			d.postanschrift("vh:neueAnschrift", g.NeueAnschrift)
		}
		d.date("vh:sterbedatum", g.Sterbedatum)
		d.insolvenz(g.Insolvenz)
		d.date("vh:vermoegensauskunftVom", g.VermoegensauskunftVom)
		d.close("vh:grund")
	}
}

func (d *doc) weiterleitung(s *FollowSpec) {
	an := s.AnBehoerde
	if an == nil {
		a := Akteur("kka:09162000", "Stadtkasse Musterstadt", "VH-2026-7")
		an = &a
	}
	d.leaf("vh:verbleib", or(s.Verbleib, "weitergereicht"))
	d.akteur("vh:anBehoerde", an)
}

func (d *doc) aenderung(s *FollowSpec) {
	numbers := s.numbers()
	for _, b := range s.bookings(amtshilfe.BuchungSollAenderung, 10_00) {
		d.buchung(b)
	}
	d.date("vh:stichtag", s.Kopf.Erstellt)
	for _, nr := range numbers {
		d.perBuchung("vh:restforderung", nr, s.Betrag)
	}
}

func (d *doc) zahlung(s *FollowSpec) {
	for _, b := range s.bookings(amtshilfe.BuchungIst, or(s.Betrag, 50_00)) {
		d.buchung(b)
	}
}

func (d *doc) perBuchung(element, buchungsnummer string, betrag amtshilfe.Cents) {
	d.open(element)
	d.leaf("vh:buchungsnummer", buchungsnummer)
	d.money("vh:betrag", betrag)
	d.close(element)
}

func (d *doc) einstellung(s *FollowSpec) {
	d.leaf("vh:art", or(s.Art, "ruecknahme"))
	d.date("vh:bis", s.Bis)
	for _, nr := range s.Buchungsnummern {
		d.leaf("vh:buchungsnummer", nr)
	}
	for _, m := range s.Massnahmen {
		d.leaf("vh:massnahme", m)
	}
	d.leaf("vh:grund", or(s.Text, "Die Forderung wurde bezahlt."))
}

func (d *doc) sachstand(s *FollowSpec) {
	d.leaf("vh:sachstand", or(s.Stand, "in-bearbeitung"))
	for _, m := range s.Massnahmen {
		d.leaf("vh:massnahme", m)
	}
	d.opt("vh:text", s.Text)
	d.anhaenge(s.Anhaenge)
}

func (d *doc) abschluss(s *FollowSpec) {
	d.leaf("vh:ergebnis", or(s.Stand, "fruchtlos"))
	d.gruende(s.Gruende)
	for _, nr := range s.Buchungsnummern {
		d.perBuchung("vh:beigetrieben", nr, s.Betrag)
	}
	d.open("vh:vollstreckungskosten")
	d.money("vh:gedeckt", 0)
	d.money("vh:uneinbringlich", 26_00)
	d.money("vh:zuErstatten", 0)
	d.close("vh:vollstreckungskosten")
	d.anhaenge(s.Anhaenge)
}

func (d *doc) information(s *FollowSpec) {
	d.leaf("vh:weg", "elektronisch")
	d.leaf("vh:status", or(s.Stand, "uebergeben"))
	d.leaf("vh:zeitpunkt", s.Kopf.Erstellt.Format(time.RFC3339))
}

func (d *doc) rueckweisung(s *FollowSpec) {
	d.opt("vh:transportID", s.TransportID)
	d.open("vh:grund")
	d.leaf("vh:code", or(s.Code, "schema"))
	d.open("vh:befund")
	d.leaf("vh:code", "XSD-ELEMENT")
	d.leaf("vh:text", or(s.Text, "Ein Element steht an der falschen Stelle."))
	d.close("vh:befund")
	d.close("vh:grund")
}

func (d *doc) ergaenzung(s *FollowSpec) {
	for i := range s.Schuldner {
		d.schuldner(&s.Schuldner[i])
	}
	if s.Gefahr != "" {
		d.gefahr(s.Gefahr, s.GefahrText)
	}
	d.opt("vh:text", s.Text)
	d.anhaenge(s.Anhaenge)
}
