// Package sample makes fictitious, schema-valid messages: the same seed always gives the same bytes.
//
// The people do not exist (their names and streets say so); postcodes and municipalities do, so that the authority server has
// something to answer. Every message carries test="true". A share of them can be made faulty, each with the finding it must
// get. Documents are written as bytes, without a DOM: 100 000 take seconds.
package sample

import (
	"encoding/hex"
	"iter"
	"math/rand/v2"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// DefaultKennung is the absender where Options names none.
const DefaultKennung = "kka:01001000"

// Options says what to generate.
type Options struct {
	N       int       // number of messages
	Seed    int64     // same seed, same bytes (with the same Now)
	Bad     int       // how many of the N are faulty, spread evenly
	Kennung string    // absender of all messages; "" = DefaultKennung
	Name    string    // name of the absender; "" = "Stadtkasse Beispielstadt"
	Now     time.Time // when the messages are written; zero = 2026-11-20 10:00 UTC
	Places  []Place   // where the debtors live; nil = DefaultPlaces
	// Fix alters message i (from 0) before it is written: another debtor address, Einnahmeart, whatever a demo needs. It is not
	// called for faulty messages. The Spec is only valid during the call.
	Fix func(i int, s *Spec)

	Verfahren       string // of absender and lieferkopf; "" = "avviso"
	UebertragungsID int64  // of the lieferkopf; 0 = 1
}

func (o Options) withDefaults() Options {
	o.Kennung = or(o.Kennung, DefaultKennung)
	o.Name = or(o.Name, "Stadtkasse Beispielstadt")
	o.Verfahren = or(o.Verfahren, "avviso")
	if o.Now.IsZero() {
		o.Now = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	}
	if len(o.Places) == 0 {
		o.Places = DefaultPlaces()
	}
	o.UebertragungsID = max(o.UebertragungsID, 1)
	return o
}

// Message is one generated document.
type Message struct {
	UUID string
	XML  []byte // valid until the next message is generated
	Bad  string // finding code it must get, "" = fine
}

// Generate yields the messages one by one.
func Generate(o Options) iter.Seq[Message] {
	o = o.withDefaults()
	return func(yield func(Message) bool) {
		var buf []byte
		bad := 0
		for i := range o.N {
			m := maker{Options: o, i: i, rng: rand.New(rand.NewPCG(uint64(o.Seed), uint64(i)))}
			spec := m.spec()
			var code string
			if (i+1)*o.Bad/o.N > i*o.Bad/o.N {
				f := faults[bad%len(faults)]
				code, bad = f.code, bad+1
				f.spoil(spec)
			} else if o.Fix != nil {
				o.Fix(i, spec)
			}
			buf = spec.Append(buf[:0])
			if !yield(Message{UUID: spec.Kopf.UUID, XML: buf, Bad: code}) {
				return
			}
		}
	}
}

// New gives the description of message i (from 0) that Generate would write, to be altered and written with XML.
func New(o Options, i int) *Spec {
	o = o.withDefaults()
	m := maker{Options: o, i: i, rng: rand.New(rand.NewPCG(uint64(o.Seed), uint64(i)))}
	return m.spec()
}

// UUID makes the n-th UUID (version 4 in form) of a seed.
func UUID(seed int64, n int) string {
	rng := rand.NewPCG(uint64(seed)^0x9e3779b97f4a7c15, uint64(n))
	var raw [16]byte
	for i := range 2 {
		v := rng.Uint64()
		for j := range 8 {
			raw[8*i+j] = byte(v >> (8 * j))
		}
	}
	raw[6] = raw[6]&0x0f | 0x40
	raw[8] = raw[8]&0x3f | 0x80
	var s [36]byte
	hex.Encode(s[:8], raw[:4])
	s[8] = '-'
	hex.Encode(s[9:13], raw[4:6])
	s[13] = '-'
	hex.Encode(s[14:18], raw[6:8])
	s[18] = '-'
	hex.Encode(s[19:23], raw[8:10])
	s[23] = '-'
	hex.Encode(s[24:], raw[10:])
	return string(s[:])
}

// IBAN makes a German IBAN of bank code and account number with the right check digits.
func IBAN(blz, konto string) string {
	for len(konto) < 10 {
		konto = "0" + konto
	}
	rest := 0
	for _, c := range blz + konto + "131400" { // DE00 moved to the end
		rest = (rest*10 + int(c-'0')) % 97
	}
	check := 98 - rest
	return "DE" + string([]byte{byte('0' + check/10), byte('0' + check%10)}) + blz + konto
}

// Akteur is a fictitious party with an address of its own.
func Akteur(kennung, name, aktenzeichen string) amtshilfe.Akteur {
	return amtshilfe.Akteur{Kennung: kennung, Verfahren: "avviso", Aktenzeichen: aktenzeichen, Person: amtshilfe.Person{
		Firma: name, Empfaenger: "Sachgebiet Vollstreckung",
		Kommunikation: []amtshilfe.Kommunikation{{Kennung: "+49 30 23125-100", Kanal: "001"}, {Kennung: "vollstreckung@stadtkasse.example", Kanal: "004"}},
		Anschriften:   []amtshilfe.Postanschrift{{Typen: []string{"001"}, Strasse: "Beispielplatz", Hausnummer: "1", Postleitzahl: "24937", Ort: "Flensburg"}},
	}}
}

// Kopf is the header of the n-th message of a seed, marked as test.
func Kopf(seed int64, n int, now time.Time, absender amtshilfe.Akteur) amtshilfe.Nachrichtenkopf {
	return amtshilfe.Nachrichtenkopf{UUID: UUID(seed, n), Erstellt: now, Absender: absender, Test: true}
}
