package sample

import "damtshilfe/internal/amtshilfe"

// numbers are the claims that a 007 or 011 is about.
func (s *FollowSpec) numbers() []string {
	if len(s.Buchungsnummern) == 0 {
		return []string{"2026000001"}
	}
	return s.Buchungsnummern
}

// bookings are those named, or one of art for each claim.
func (s *FollowSpec) bookings(art amtshilfe.Buchungsart, betrag amtshilfe.Cents) []amtshilfe.Buchung {
	if s.Buchungen != nil {
		return s.Buchungen
	}
	var list []amtshilfe.Buchung
	for _, nr := range s.numbers() {
		list = append(list, amtshilfe.Buchung{Art: art, Ursprung: nr, Buchungsnummer: nr + "-1", Betrag: betrag, Am: s.Kopf.Erstellt})
	}
	return list
}

// orders are the elements of the XFinanz bookings: each type has an order of its own.
var orders = map[amtshilfe.Buchungsart][]string{
	amtshilfe.BuchungSollAenderung:         {"ursprungsbuchungsnummer", "buchungsdatum", "sollaenderungBetrag", "buchungstext", "buchungsnummer"},
	amtshilfe.BuchungIst:                   {"ursprungsbuchungsnummer", "buchungsnummer", "buchungsdatum", "wertstellungsdatum", "gezahlterBetrag", "buchungstext", "einzahler"},
	amtshilfe.BuchungStundung:              {"ursprungsbuchungsnummer", "aufhebung", "buchungsdatum", "buchungstext", "stundungBetrag", "wirksamAm", "buchungsnummer"},
	amtshilfe.BuchungErlass:                {"ursprungsbuchungsnummer", "buchungsdatum", "buchungstext", "erlassBetrag", "buchungsnummer", "wirksamAm"},
	amtshilfe.BuchungNiederschlagung:       {"ursprungsbuchungsnummer", "niederschlagungBetrag", "endeDerNiederschlagung", "aufhebung", "buchungsdatum", "buchungstext", "buchungsnummer", "wirksamAm"},
	amtshilfe.BuchungAussetzungVollziehung: {"ursprungsbuchungsnummer", "endeDerAdV", "aufhebung", "buchungsdatum", "buchungstext", "aussetzungBetrag", "buchungsnummer", "wirksamAm"},
}

// buchung writes a booking.
func (d *doc) buchung(b amtshilfe.Buchung) {
	d.open("vh:" + string(b.Art))
	for _, name := range orders[b.Art] {
		element := "xfn:" + name
		switch name {
		case "ursprungsbuchungsnummer":
			d.leaf(element, b.Ursprung)
		case "buchungsnummer":
			d.leaf(element, b.Buchungsnummer)
		case "buchungsdatum":
			d.date(element, b.Am)
		case "wirksamAm", "wertstellungsdatum":
			d.date(element, b.WirksamAm)
		case "endeDerNiederschlagung", "endeDerAdV":
			d.date(element, b.Ende)
		case "aufhebung":
			d.boolean(element, b.Aufhebung)
		case "buchungstext":
			d.opt(element, b.Text)
		case "einzahler":
			d.code(element, "002", "")
		default:
			d.open(element)
			d.money("xfn:brutto", b.Betrag)
			d.close(element)
		}
	}
	d.close("vh:" + string(b.Art))
}
