package sample

import (
	"time"

	"damtshilfe/internal/amtshilfe"
)

// FollowSpec describes a message about an earlier one: 004 to 010, 012, 015.
type FollowSpec struct {
	Kopf  amtshilfe.Nachrichtenkopf
	Bezug amtshilfe.Bezug

	Art             string                // 008; "" = ruecknahme
	Bis             time.Time             // 008
	Buchungsnummern []string              // 007 (empty = one made up), 008, 012
	Massnahmen      []string              // 008, 010
	Text            string                // reason of 005 and 008, text of 010 and 015; "" = a made-up one, for 010 and 015 none
	Aktenzeichen    string                // 004: aktenzeichenEmpfaenger; "" = a made-up one
	Code            string                // 005: code of the reason; "" = unzustaendig
	Verbleib        string                // 006; "" = weitergereicht
	AnBehoerde      *amtshilfe.Akteur     // 006; nil = a fictitious one
	Betrag          amtshilfe.Cents       // 007: restforderung, 012: beigetrieben, each per Buchungsnummer
	Stand           string                // 010: sachstand, "" = in-bearbeitung; 012: ergebnis, "" = fruchtlos
	Schuldner       []amtshilfe.Schuldner // 015
	Gefahr          string                // 015: stand of the danger notice, "" = none
	Anhaenge        []amtshilfe.Anhang    // 004, 005, 010, 012, 015
}

// Einstellung writes an 008.
func Einstellung(s FollowSpec) []byte { return Follow(amtshilfe.KindEinstellung, s) }

// Eingangsbestaetigung writes a 004.
func Eingangsbestaetigung(s FollowSpec) []byte {
	return Follow(amtshilfe.KindEingangsbestaetigung, s)
}

// Follow writes a message of the given kind: 004, 005, 006, 007, 008, 009, 010, 012 or 015. Another kind gives nil.
func Follow(kind amtshilfe.Kind, s FollowSpec) []byte {
	var d doc
	var root string
	body := func() {}
	switch kind {
	case amtshilfe.KindEingangsbestaetigung:
		root, body = "Eingangsbestaetigung.004", func() {
			d.leaf("vh:aktenzeichenEmpfaenger", or(s.Aktenzeichen, "VH-2026-000123"))
			d.anhaenge(s.Anhaenge)
		}
	case amtshilfe.KindZurueckweisung:
		root, body = "Zurueckweisung.005", func() { d.zurueckweisung(&s) }
	case amtshilfe.KindWeiterleitung:
		root, body = "Weiterleitung.006", func() { d.weiterleitung(&s) }
	case amtshilfe.KindForderungsaenderung:
		root, body = "Forderungsaenderung.007", func() { d.aenderung(&s) }
	case amtshilfe.KindEinstellung:
		root, body = "Einstellung.008", func() { d.einstellung(&s) }
	case amtshilfe.KindSachstandAnfrage:
		root = "SachstandAnfrage.009"
	case amtshilfe.KindSachstandAntwort:
		root, body = "SachstandAntwort.010", func() { d.sachstand(&s) }
	case amtshilfe.KindAbschluss:
		root, body = "Abschluss.012", func() { d.abschluss(&s) }
	case amtshilfe.KindErgaenzung:
		root, body = "Ergaenzung.015", func() { d.ergaenzung(&s) }
	default:
		return nil
	}
	return d.message(root, &s.Kopf, func() {
		d.open("vh:bezug")
		d.leaf("vh:nachrichtenUUID", s.Bezug.UUID)
		d.opt("vh:ersuchenUUID", s.Bezug.Ersuchen)
		d.close("vh:bezug")
		body()
	})
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (d *doc) zurueckweisung(s *FollowSpec) {
	d.open("vh:grund")
	d.leaf("vh:code", or(s.Code, "unzustaendig"))
	d.leaf("vh:text", or(s.Text, "Der Schuldner ist nach den Angaben der Meldebehörde verzogen."))
	d.close("vh:grund")
	d.anhaenge(s.Anhaenge)
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
	numbers := s.Buchungsnummern
	if len(numbers) == 0 {
		numbers = []string{"2026000001"}
	}
	for _, nr := range numbers {
		d.open("vh:sollAenderung")
		d.leaf("xfn:ursprungsbuchungsnummer", nr)
		d.date("xfn:buchungsdatum", s.Kopf.Erstellt)
		d.open("xfn:sollaenderungBetrag")
		d.money("xfn:brutto", 10_00)
		d.close("xfn:sollaenderungBetrag")
		d.leaf("xfn:buchungsnummer", nr+"-1")
		d.close("vh:sollAenderung")
	}
	d.date("vh:stichtag", s.Kopf.Erstellt)
	for _, nr := range numbers {
		d.perBuchung("vh:restforderung", nr, s.Betrag)
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

func (d *doc) ergaenzung(s *FollowSpec) {
	for i := range s.Schuldner {
		d.schuldner(&s.Schuldner[i])
	}
	if s.Gefahr != "" {
		d.gefahr(s.Gefahr, "")
	}
	d.opt("vh:text", s.Text)
	d.anhaenge(s.Anhaenge)
}
