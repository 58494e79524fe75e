package amtshilfe

import "time"

// Betriebsart separates real from test work; it belongs to account, register entry, print profile, drop, delivery and bundle.
type Betriebsart string

// The three Betriebsarten (profile schema).
const (
	Produktion Betriebsart = "produktion"
	Test       Betriebsart = "test"
	Schulung   Betriebsart = "schulung"
)

// Valid says whether b is one of the three.
func (b Betriebsart) Valid() bool { return b == Produktion || b == Test || b == Schulung }

// Einnahmeart is the coded kind of revenue: the routing key beside the address (XFinanz Code.Einnahmeart).
type Einnahmeart struct {
	List    string // listURI
	Version string // listVersionID
	Code    string
	Name    string // optional
}

// Postanschrift is a postal address (XFinanz Postanschrift, AnschriftPostfach). A debtor's is personal data.
type Postanschrift struct {
	Typen            []string // Code.Anschriftstyp 001..006, may be empty
	Strasse          string
	Hausnummer       string // without Zusatz
	HausnummerZusatz string
	Postfach         string // PO box; then Strasse is empty
	Postleitzahl     string
	Ort              string
	Ortsteil         string
	Staat            string    // code as sent ("" or "000" = Germany)
	Zusatz           string    // adressierungszusatz
	Von, Bis         time.Time // validity, zero = open; both inclusive days
}

// Kanalart is the kind of a channel (profile schema).
type Kanalart string

// The kinds of channel: xta and post are used, egvp and keiner hold the delivery.
const (
	KanalXTA    Kanalart = "xta"
	KanalPost   Kanalart = "post"
	KanalEGVP   Kanalart = "egvp"
	KanalKeiner Kanalart = "keiner"
)

// Behoerde is an authority as the directory knows it.
type Behoerde struct {
	Kennung         string // opaque
	Name            string
	Anschrift       Postanschrift
	Anschriftzeilen []string // 1 to 5, as printed in the window, without the name twice
	Land            string   // BW, BY, ... TH as its register entry says, "" = not known; never guessed from kennung or postcode
}

// Rechenzentrum is the data centre that runs a reader's mailbox.
type Rechenzentrum struct {
	Kennung    string
	Management string   // URL of the XTA managementPort
	Send       string   // URL of the XTA sendPort
	TLS        []string // SHA-256 fingerprints (hex) of its server certificates; empty = the CA decides
}

// Kanal is a way to reach a Behoerde (message 002, kanal).
type Kanal struct {
	Art           Kanalart
	Adresse       string        // xta: reader identifier
	Rechenzentrum Rechenzentrum // xta only
	Dienst        string        // xta: Qualifier/Service
	Zertifikat    string        // xta: fingerprint of the reader's encryption certificate, may be ""
	Grund         string        // egvp, keiner: why, for the sender; may be ""
	Betriebsart   Betriebsart   // of the register entry that names it; set when a delivery is tied to it
}

// Zustaendigkeit is the authority server's answer (message 002): this Behoerde, by this Kanal.
type Zustaendigkeit struct {
	Behoerde   Behoerde
	Kanaele    []Kanal
	Kandidaten []Behoerde // not empty = mehrdeutig: a person decides
	Regel      string     // rule and version that gave the answer; stored with the delivery and named in the receipt
	Fehlt      Umstand    // what the question did not say and the answer depends on; "" = nothing: nobody and several are final
	Stand      time.Time  // state of the directory
	GueltigBis time.Time  // zero = open
	// Age says how old the answer was when it was used: zero = fresh from the server.
	Age time.Duration
}

// Umstand names something that a question to the directory can say beside place and street.
type Umstand string

// What an answer may depend on.
const (
	UmstandStrasse    Umstand = "strasse"
	UmstandHausnummer Umstand = "hausnummer"
	UmstandMassnahmen Umstand = "massnahmen" // the measures asked for
	UmstandGlaeubiger Umstand = "glaeubiger" // kind of creditor
	UmstandLand       Umstand = "land"       // of the requester
	UmstandBetrag     Umstand = "betrag"
)

// IsZero says that nobody is competent: a fact about the data, not an outage.
func (z Zustaendigkeit) IsZero() bool { return z.Behoerde.Kennung == "" && len(z.Kandidaten) == 0 }

// Kanal gives the channel to use: the first of art xta, else post, else the first named; ok is false if there is none.
func (z Zustaendigkeit) Kanal() (k Kanal, ok bool) {
	for _, art := range []Kanalart{KanalXTA, KanalPost} {
		for _, k := range z.Kanaele {
			if k.Art == art {
				return k, true
			}
		}
	}
	if len(z.Kanaele) > 0 {
		return z.Kanaele[0], true
	}
	return Kanal{}, false
}
