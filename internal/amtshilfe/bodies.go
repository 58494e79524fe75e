package amtshilfe

import "time"

// The bodies of the messages about a request: 007 to 015. What no field stands for is carried in the document, not looked at.

// Aenderung is the body of a 007: the bookings that changed the claims, and what is still owed of each of them.
type Aenderung struct {
	Buchungen []Buchung // in the order sent
	Stichtag  time.Time
	Rest      []Restforderung
}

// Buchungsart names the element of a 007 that a booking stands in.
type Buchungsart string

// The bookings of a 007; a 011 has payments only.
const (
	BuchungSollAenderung         Buchungsart = "sollAenderung"
	BuchungIst                   Buchungsart = "ist" // a payment
	BuchungStundung              Buchungsart = "stundung"
	BuchungErlass                Buchungsart = "erlass"
	BuchungNiederschlagung       Buchungsart = "niederschlagung"
	BuchungAussetzungVollziehung Buchungsart = "aussetzungVollziehung"
)

// Buchung is one change of a claim, or one payment on it (XFinanz SollAenderung, Ist, SollStundung and the like).
type Buchung struct {
	Art            Buchungsart
	Ursprung       string // ursprungsbuchungsnummer: the claim it changes
	Buchungsnummer string // its own
	Betrag         Cents
	Waehrung       string    // "" = EUR
	Am             time.Time // buchungsdatum
	WirksamAm      time.Time // zero = not sent
	Ende           time.Time // of a niederschlagung or aussetzungVollziehung; zero = not sent
	Aufhebung      bool      // it takes an earlier one back
	Text           string
}

// Named is a claim of the 003 that a message about it names.
type Named struct {
	Buchungsnummer string
	Offset         int // of the number in the document
}

// Sachstand is the body of a 010.
type Sachstand struct {
	Stand         string // offen, in-bearbeitung, teilweise-beigetrieben, beigetrieben, fruchtlos, ruhend
	Massnahmen    []string
	Wiedervorlage time.Time // zero = not sent
}

// Abschluss is the body of a 012.
type Abschluss struct {
	Ergebnis                             string         // beigetrieben, teilweise-beigetrieben, fruchtlos, unzustaendig, zurueckgenommen
	Beigetrieben                         []Beigetrieben // per claim
	AbgefuehrtAm                         time.Time      // zero = nothing was paid over
	Abgefuehrt                           Cents
	Gedeckt, Uneinbringlich, ZuErstatten Cents          // vollstreckungskosten
	Bankverbindung                       Bankverbindung // for what is to be repaid; zero = not sent
}

// Beigetrieben is what was collected of one claim.
type Beigetrieben struct {
	Buchungsnummer string
	Betrag         Cents
}

// Restforderung is what is left of one claim at the Stichtag.
type Restforderung struct {
	Buchungsnummer string
	Betrag         Cents
}

// Ergaenzung is the body of a 015: changed data of debtors and a danger notice, each may be missing.
type Ergaenzung struct {
	Schuldner          []Schuldner
	Gefahr, GefahrText string // as in Ersuchen; "" = not sent
}

// Einstellung is the body of an 008.
type Einstellung struct {
	Art             string // einstellung-vorlaeufig, einstellung-endgueltig, beschraenkung, aufhebung-massnahme, ruecknahme
	Bis             time.Time
	Buchungsnummern []string
	Massnahmen      []string
	Grund           string
}

// Grund is a reason of a 005, 012 or 014, with the facts that go with it. Personal data.
type Grund struct {
	Code, Text            string
	NeueAnschrift         *Postanschrift // nil = not sent
	Sterbedatum           time.Time      // zero = not sent
	Insolvenz             *Insolvenz     // nil = not sent
	VermoegensauskunftVom time.Time      // zero = not sent
}
