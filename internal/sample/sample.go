// Package sample makes fictitious, schema-valid messages: the same seed always gives the same bytes.
//
// The people do not exist (their names and streets say so); postcodes and municipalities do, so that the authority server has
// something to answer. Every message carries test="true". A share of them can be made faulty, each with the finding it must
// get. Documents are written as bytes, without a DOM: 100 000 take seconds.
package sample

import (
	"io"
	"iter"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// Options says what to generate.
type Options struct {
	N       int       // number of messages
	Seed    int64     // same seed, same bytes
	Bad     int       // how many of the N are faulty, spread evenly
	Kennung string    // absender of all messages; "" = DefaultKennung
	Name    string    // name of the absender; "" = "Stadtkasse Beispielstadt"
	Now     time.Time // day the messages are written; zero = 2026-11-20 10:00 UTC
	Places  []Place   // where the debtors live; nil = DefaultPlaces
	// Fix alters message i (from 0) before it is written: another debtor address, Einnahmeart, whatever a demo needs. It is not
	// called for faulty messages. The Spec is only valid during the call.
	Fix func(i int, s *Spec)

	Verfahren       string // of the absender; "" = "avviso"
	UebertragungsID int64  // of the lieferkopf; 0 = 1
}

// DefaultKennung is the absender where Options names none.
const DefaultKennung = "kka:01001000"

// Place is a municipality with one of its postcodes; Strassen may be empty (then a fictitious street is made up).
type Place struct {
	PLZ, Ort string
	Strassen []string
}

// Spec is the plain description that a 003 is built from: the domain's own words and what they leave out.
type Spec struct {
	Kopf amtshilfe.Nachrichtenkopf
	amtshilfe.Ersuchen
}

// XML is the message as a document.
func (s *Spec) XML() []byte { return s.Append(nil) }

// Append appends the document to b.
func (s *Spec) Append(b []byte) []byte { return b }

// Message is one generated document.
type Message struct {
	UUID string
	XML  []byte // valid until the next message is generated
	Bad  string // finding code it must get, "" = fine
}

// Expected is one line of FILE.erwartet.json.
type Expected struct {
	Position int    `json:"position"` // from 1
	Datei    string `json:"datei,omitempty"`
	UUID     string `json:"uuid"`
	Code     string `json:"code"`
}

// Generate yields the messages one by one.
func Generate(o Options) iter.Seq[Message] { return func(func(Message) bool) {} }

// WriteZIP writes a ZIP of messages named after their UUID and says which must be found faulty.
func WriteZIP(w io.Writer, o Options) ([]Expected, error) { return nil, nil }

// WriteLieferung writes a container with lieferkopf.
func WriteLieferung(w io.Writer, o Options) ([]Expected, error) { return nil, nil }

// WriteFolder writes one file per message into dir, which must exist.
func WriteFolder(dir string, o Options) ([]Expected, error) { return nil, nil }

// WriteExpected writes the list as JSON (FILE.erwartet.json).
func WriteExpected(w io.Writer, list []Expected) error { return nil }

// FollowSpec describes a message about an earlier one: 004 to 010, 012, 015.
type FollowSpec struct {
	Kopf  amtshilfe.Nachrichtenkopf
	Bezug amtshilfe.Bezug

	Art             string                // 008; "" = ruecknahme
	Bis             time.Time             // 008
	Buchungsnummern []string              // 007, 008, 012
	Massnahmen      []string              // 008, 010
	Text            string                // reason of 008, text of 005, 010, 015
	Aktenzeichen    string                // 004: aktenzeichenEmpfaenger
	Code            string                // 005: code of the reason
	Verbleib        string                // 006; "" = weitergereicht
	AnBehoerde      *amtshilfe.Akteur     // 006; nil = a fictitious one
	Betrag          amtshilfe.Cents       // 007: restforderung, 012: beigetrieben, each per Buchungsnummer
	Stand           string                // 010 sachstand, 012 ergebnis; "" = in-bearbeitung, fruchtlos
	Schuldner       []amtshilfe.Schuldner // 015
}

// Follow writes a message of the given kind: 004, 005, 006, 007, 008, 009, 010, 012 or 015. Another kind gives nil.
func Follow(kind amtshilfe.Kind, s FollowSpec) []byte { return nil }

// Einstellung writes an 008.
func Einstellung(s FollowSpec) []byte { return Follow(amtshilfe.KindEinstellung, s) }

// Eingangsbestaetigung writes a 004.
func Eingangsbestaetigung(s FollowSpec) []byte { return Follow(amtshilfe.KindEingangsbestaetigung, s) }

// UUID makes the n-th UUID of a seed.
func UUID(seed int64, n int) string { return "" }
