package register

import (
	"time"

	"damtshilfe/internal/amtshilfe"
)

// maxQuestions is the most that one POST /fragen may ask.
const maxQuestions = 1000

// fragen is the body of POST /fragen; the answer's antworten stand in the same order.
type fragen struct {
	Fragen []frage `json:"fragen"`
}

type frage struct {
	List     string `json:"list"`
	Version  string `json:"version"`
	Code     string `json:"code"`
	PLZ      string `json:"plz"`
	Ort      string `json:"ort"`
	Ortsteil string `json:"ortsteil,omitempty"`
	Strasse  string `json:"strasse,omitempty"`
	Staat    string `json:"staat,omitempty"`

	Hausnummer string `json:"hausnummer,omitempty"`
	// What conditions look at (Umstaende). A fact that is left out is not said.
	Massnahmen *[]string `json:"massnahmen,omitempty"` // empty = none is asked for
	Glaeubiger string    `json:"glaeubiger,omitempty"`
	Land       string    `json:"land,omitempty"`
	Betrag     int64     `json:"betrag,omitempty"` // cents
}

type antworten struct {
	Version    string    `json:"version"`
	Stand      time.Time `json:"stand"`
	GueltigBis time.Time `json:"gueltigBis,omitzero"`
	Antworten  []antwort `json:"antworten"`
}

type antwort struct {
	Behoerde   *jsonBehoerde  `json:"behoerde,omitempty"`
	Kanaele    []jsonKanal    `json:"kanaele,omitempty"`
	Kandidaten []jsonBehoerde `json:"kandidaten,omitempty"`
	Regel      string         `json:"regel"`
	// Fehlt names what the answer depends on and the question did not say, by its key in frage.
	Fehlt amtshilfe.Umstand `json:"fehlt,omitempty"`
}

type jsonBehoerde struct {
	Kennung    string   `json:"kennung"`
	Name       string   `json:"name"`
	Strasse    string   `json:"strasse,omitempty"`
	Hausnummer string   `json:"hausnummer,omitempty"`
	PLZ        string   `json:"plz"`
	Ort        string   `json:"ort"`
	Zeilen     []string `json:"anschriftzeilen"`
	Land       string   `json:"land,omitempty"`
}

type jsonKanal struct {
	Art           amtshilfe.Kanalart `json:"art"`
	Adresse       string             `json:"adresse,omitempty"`
	Rechenzentrum *jsonRZ            `json:"rechenzentrum,omitempty"`
	Dienst        string             `json:"dienst,omitempty"`
	Zertifikat    string             `json:"zertifikat,omitempty"`
	Grund         string             `json:"grund,omitempty"` // egvp, keiner
}

type jsonRZ struct {
	Kennung    string   `json:"kennung"`
	Management string   `json:"management"`
	Send       string   `json:"send"`
	TLS        []string `json:"tls,omitempty"`
}

func (f frage) question() Question {
	q := Question{Einnahmeart: amtshilfe.Einnahmeart{List: f.List, Version: f.Version, Code: f.Code},
		Anschrift: amtshilfe.Postanschrift{Postleitzahl: f.PLZ, Ort: f.Ort, Ortsteil: f.Ortsteil, Strasse: f.Strasse, Hausnummer: f.Hausnummer, Staat: f.Staat},
		Umstaende: Umstaende{Glaeubiger: f.Glaeubiger, Land: f.Land, Betrag: f.Betrag}}
	if f.Massnahmen != nil {
		q.Umstaende.Massnahmen = append([]string{}, *f.Massnahmen...)
	}
	return q
}

func antwortOf(z amtshilfe.Zustaendigkeit) antwort {
	a := antwort{Regel: z.Regel, Fehlt: z.Fehlt}
	if z.Behoerde.Kennung != "" {
		b := jsonBehoerdeOf(z.Behoerde)
		a.Behoerde = &b
	}
	for _, k := range z.Kanaele {
		j := jsonKanal{Art: k.Art, Adresse: k.Adresse, Dienst: k.Dienst, Zertifikat: k.Zertifikat, Grund: k.Grund}
		if k.Rechenzentrum.Kennung != "" {
			rz := jsonRZ(k.Rechenzentrum)
			j.Rechenzentrum = &rz
		}
		a.Kanaele = append(a.Kanaele, j)
	}
	for _, b := range z.Kandidaten {
		a.Kandidaten = append(a.Kandidaten, jsonBehoerdeOf(b))
	}
	return a
}

func jsonBehoerdeOf(b amtshilfe.Behoerde) jsonBehoerde {
	return jsonBehoerde{b.Kennung, b.Name, b.Anschrift.Strasse, b.Anschrift.Hausnummer, b.Anschrift.Postleitzahl, b.Anschrift.Ort, b.Anschriftzeilen, b.Land}
}

func (b jsonBehoerde) behoerde() amtshilfe.Behoerde {
	return amtshilfe.Behoerde{Kennung: b.Kennung, Name: b.Name, Anschriftzeilen: b.Zeilen, Land: landOf(b.Land),
		Anschrift: amtshilfe.Postanschrift{Strasse: b.Strasse, Hausnummer: b.Hausnummer, Postleitzahl: b.PLZ, Ort: b.Ort}}
}

// landHeader names the Land of the authority in a 002: its schema has no place for it. A server that does not say it leaves it open.
const landHeader = "Behoerde-Land"

// reasonHeader says, in the escapes of a URL, why the Kanal of a 002 (egvp or keiner) is none to send by.
const reasonHeader = "Kanal-Grund"

// lackHeader names what a 002 depends on and its 001 did not say (antwort.Fehlt).
const lackHeader = "Verzeichnis-Fehlt"

// landOf takes a Land only as one of the sixteen: it chooses the statute that a letter names.
func landOf(said string) string {
	if laender[said] {
		return said
	}
	return ""
}

func (a antwort) zustaendigkeit(stand, bis time.Time) amtshilfe.Zustaendigkeit {
	z := amtshilfe.Zustaendigkeit{Regel: a.Regel, Fehlt: a.Fehlt, Stand: stand.UTC(), GueltigBis: bis}
	if a.Behoerde != nil {
		z.Behoerde = a.Behoerde.behoerde()
	}
	for _, k := range a.Kanaele {
		out := amtshilfe.Kanal{Art: k.Art, Adresse: k.Adresse, Dienst: k.Dienst, Zertifikat: k.Zertifikat, Grund: k.Grund}
		if k.Rechenzentrum != nil {
			out.Rechenzentrum = amtshilfe.Rechenzentrum(*k.Rechenzentrum)
		}
		z.Kanaele = append(z.Kanaele, out)
	}
	for _, b := range a.Kandidaten {
		z.Kandidaten = append(z.Kandidaten, b.behoerde())
	}
	return z
}
