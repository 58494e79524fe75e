package amtshilfe

import (
	"fmt"
	"time"
)

// Kind is the number of a message in the profile: 3 for vollstreckungshilfe.Ersuchen.003.
type Kind int

// The messages of the profile (profil.md 3).
const (
	KindZustaendigkeitAnfrage Kind = 1
	KindZustaendigkeitAntwort Kind = 2
	KindErsuchen              Kind = 3
	KindEingangsbestaetigung  Kind = 4
	KindZurueckweisung        Kind = 5
	KindWeiterleitung         Kind = 6
	KindForderungsaenderung   Kind = 7
	KindEinstellung           Kind = 8
	KindSachstandAnfrage      Kind = 9
	KindSachstandAntwort      Kind = 10
	KindZahlungsmitteilung    Kind = 11
	KindAbschluss             Kind = 12
	KindUebermittlungsinfo    Kind = 13
	KindRueckweisung          Kind = 14
	KindErgaenzung            Kind = 15
)

// What a sender tells its own gateway about its own messages. These have no number in the profile and never leave the gateway; the
// numbers here are ours.
const (
	KindEntscheidung Kind = 101
	KindWiderruf     Kind = 102
)

// Known says whether there is a message of this kind.
func (k Kind) Known() bool {
	return k >= KindZustaendigkeitAnfrage && k <= KindErgaenzung || k.Decides()
}

// Decides says that the message is a decision of a sender about its own messages: it is carried out, never sent.
func (k Kind) Decides() bool { return k == KindEntscheidung || k == KindWiderruf }

// String is the number as the standard writes it: "003"; what has none there is called by its name.
func (k Kind) String() string {
	switch k {
	case KindEntscheidung:
		return "entscheidung"
	case KindWiderruf:
		return "widerruf"
	}
	return fmt.Sprintf("%03d", int(k))
}

// FollowsUp says that the message goes from the requester to the holder of the case: 007, 008, 009, 015.
func (k Kind) FollowsUp() bool {
	return k == KindForderungsaenderung || k == KindEinstellung || k == KindSachstandAnfrage || k == KindErgaenzung
}

// Answers says that the message goes back to the requester: 004-006, 010-012, 014.
func (k Kind) Answers() bool {
	switch k {
	case KindEingangsbestaetigung, KindZurueckweisung, KindWeiterleitung, KindSachstandAntwort, KindZahlungsmitteilung, KindAbschluss, KindRueckweisung:
		return true
	}
	return false
}

// Akteur is a party of a message (xAmtshilfe Akteur): who, with which program, under which reference.
type Akteur struct {
	Kennung      string
	Verfahren    string
	Person       Person // name and address of the authority, clerk and contact
	Aktenzeichen string // the party's own case reference; personal data
}

// Nachrichtenkopf is the header of every message but 001 and 002.
type Nachrichtenkopf struct {
	UUID       string // nachrichtenUUID, lower case
	Erstellt   time.Time
	Absender   Akteur
	Empfaenger *Akteur // nil = not named
	Test       bool    // @test
}

// Bezug names the message that this one answers or continues, and the 003 of the case.
type Bezug struct {
	UUID     string // nachrichtenUUID of the message referred to
	Ersuchen string // nachrichtenUUID of the case's 003; "" = the same
}

// Case gives the UUID of the 003 that the reference leads to.
func (b Bezug) Case() string {
	if b.Ersuchen != "" {
		return b.Ersuchen
	}
	return b.UUID
}

// Person is a natural or legal person (XFinanz PersonKomplett, the part we use). Personal data.
type Person struct {
	Anrede, Titel, Vorname, Familienname, Geburtsname string
	Geburtsdatum, Sterbedatum                         time.Time // zero = unknown
	Firma                                             string    // legal person: organisation name; then Familienname is ""
	Rechtsform                                        string
	Empfaenger                                        string // personJur/empfaenger: clerk or department
	Anschriften                                       []Postanschrift
	Kommunikation                                     []Kommunikation
}

// Name is the person's name on one line.
func (p Person) Name() string {
	if p.Firma != "" {
		return p.Firma
	}
	name := ""
	for _, s := range []string{p.Titel, p.Vorname, p.Familienname} {
		if s != "" {
			if name != "" {
				name += " "
			}
			name += s
		}
	}
	return name
}

// Kommunikation is one way to reach a person: number or address, and the code of XFinanz Code.Kommunikation.
type Kommunikation struct{ Kennung, Kanal string }

// Schuldner is a debtor or a person beside it. Personal data throughout.
type Schuldner struct {
	Rolle         string // profile Rolle; "" = vollstreckungsschuldner
	Person        Person
	Schutzvermerk []Schutzvermerk // printed and carried, never in receipts, index, logs, search
	Insolvenz     *Insolvenz
}

// Routes says whether the person is a debtor: only debtors decide who is competent, never representatives.
func (s Schuldner) Routes() bool {
	switch s.Rolle {
	case "", "vollstreckungsschuldner", "gesamtschuldner", "haftungsschuldner", "duldungspflichtiger", "erbe":
		return true
	}
	return false
}

// Schutzvermerk is a protection note (Auskunftssperre and the like).
type Schutzvermerk struct {
	Art, Text string
	Bis       time.Time
}

// Insolvenz is an insolvency proceeding.
type Insolvenz struct {
	Gericht, Aktenzeichen string
	EroeffnetAm           time.Time
	Anspruch              string // insolvenzforderung, masseverbindlichkeit, neuforderung or ""
}

// Titel is the act or other title that Forderungen rest on.
type Titel struct {
	ID                    string
	Art, ErlassendeStelle string
	Datum                 time.Time
	BekanntgabeAm         time.Time // zero = not named
	BekanntgabeArt        string
	Aktenzeichen          string
	Gegenstand            string
	Vollstreckbarkeit     Vollstreckbarkeit
	MahnungAm             time.Time // zero: see MahnungUnterblieben
	MahnungUnterblieben   string
	VerjaehrtAm           time.Time
}

// Vollstreckbarkeit is the ground of enforceability: exactly one of the four is set.
type Vollstreckbarkeit struct {
	UnanfechtbarSeit                 time.Time
	SofortigeVollziehungAngeordnetAm time.Time
	KeineAufschiebendeWirkung        string // the norm
	KraftGesetzes                    string // the norm
}

// Forderung is one claim of a title (XFinanz SollEinnahmeart and how surcharges run on).
type Forderung struct {
	Titel          string // id of its Titel
	Buchungsnummer string
	Haushaltsjahr  string
	Kassenzeichen  string
	Buchungstext   string
	Zahlungsgrund  string
	Forderungsart  string // code 400..435
	Forderungstyp  string // 001 public law, 002 private law
	Brutto         Cents
	Waehrung       string // "" = EUR
	Faelligkeit    time.Time
	Saeumnis       *Saeumnis
}

// Saeumnis says how surcharges or interest of a claim run on.
type Saeumnis struct {
	Art                         string // saeumniszuschlag, zins, festbetrag, keine
	Satz                        string // percent, decimal as sent
	Basis                       Cents
	BerechnetBis                time.Time
	LaeuftWeiter, MitBeitreiben bool
}

// Bankverbindung is where the money goes.
type Bankverbindung struct{ IBAN, Kontoinhaber, BIC, Verwendungszweck string }

// AngeordnetVon names the responsible person: the electronic counterpart of signature and seal.
type AngeordnetVon struct{ Beschreibung, Name, Funktion string }

// Anhang is an attached PDF. Inhalt holds the base64 text as sent and is a slice of the document it was read from.
type Anhang struct {
	Dateiname string
	SHA256    string // hex, "" = not sent
	Inhalt    []byte
}

// Ersuchen is the body of a 003.
type Ersuchen struct {
	Vom                     time.Time // ersuchenVom
	Einnahmeart             Einnahmeart
	Wunschempfaenger        string // kennung of the wanted authority, "" = by address
	WunschGrund             string
	Vorgaenger              string // UUID of an earlier request for the same claims
	Schuldner               []Schuldner
	WeitereErsuchen         []string // "Behoerde, Aktenzeichen" of parallel requests
	Glaeubiger              string
	GlaeubigerKassenzeichen string
	Titel                   []Titel
	Forderungen             []Forderung
	Bescheinigt             bool // vollstreckungsvoraussetzungenBescheinigt
	Massnahmen              []string
	Gefahr                  string // liegt-vor, liegt-nicht-vor, nicht-geprueft
	GefahrText              string
	Bankverbindung          Bankverbindung
	AngeordnetVon           AngeordnetVon
	Anhaenge                []Anhang
}

// Betrag is the sum of the claims.
func (e *Ersuchen) Betrag() Cents {
	var sum Cents
	for i := range e.Forderungen {
		sum += e.Forderungen[i].Brutto
	}
	return sum
}

// Message is what the field map of a pack reads out of one document. The zero value is an empty message of no kind.
type Message struct {
	Kind                   Kind
	Namespace              string // of the root
	Root                   string // local name of the root
	Pack                   string // name of the pack whose field map read it
	Kopf                   Nachrichtenkopf
	Bezug                  Bezug          // zero for 003
	Ersuchen               *Ersuchen      // 003 only; also 001, with Einnahmeart and one Schuldner address
	Aenderung              Aenderung      // 007 only
	Einstellung            Einstellung    // 008 only
	Ergaenzung             Ergaenzung     // 015 only, beside Text and Anhaenge
	Sachstand              Sachstand      // 010 only, beside Text and Anhaenge
	Zahlungen              []Buchung      // 011 only
	Abschluss              Abschluss      // 012 only, beside Gruende and Anhaenge
	AktenzeichenEmpfaenger string         // 004 only: the other side's reference
	Verbleib               string         // 006 only: weitergereicht or zurueckgegeben
	AnBehoerde             *Akteur        // 006 only: who has the case now, or should have it
	NeueAnschrift          *Postanschrift // 006 only: of the debtor, nil = not sent
	Entscheidung           Entscheidung   // entscheidung and widerruf only
	TransportID            string         // 014 only: XTA message id of what is sent back
	Gruende                []Grund        // 005, 012, 014
	Text                   string         // 010, 015: free text
	Anhaenge               []Anhang       // messages other than 003
	Named                  []Named        // 007, 008, 011, 012: the claims of the 003 that the message names, in the order sent
}

// OnlyAnswers says that the message can only go back to the requester, never on to the holder: 004-006, 011, 012.
func (k Kind) OnlyAnswers() bool {
	return k.Answers() && k != KindSachstandAntwort && k != KindRueckweisung
}
