package printstreet

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// MaxQuittung is how many bytes an acknowledgement may have: 2 000 letters need a fifth of it.
const MaxQuittung = 1 << 20

// maxRueckmeldungen is how many letters one acknowledgement speaks of: as many as a bundle can hold.
const maxRueckmeldungen = 2000

// Art is the kind of an acknowledgement.
type Art string

// The kinds of acknowledgements (print.md A5).
const (
	ArtEingang     Art = "EINGANG"     // the bundle is accepted or rejected
	ArtProduktion  Art = "PRODUKTION"  // letters are printed or enclosed
	ArtPostaufgabe Art = "POSTAUFGABE" // letters are posted
	ArtRuecklauf   Art = "RUECKLAUF"   // letters came back
	ArtAbbruch     Art = "ABBRUCH"     // letters were deleted: not printed, or destroyed
	ArtListe       Art = "LISTE"       // letters are anything of these; only FormatListe makes it
)

// Stand is what the centre says of one letter.
type Stand string

// The words of a centre about a letter.
const (
	StandGedruckt     Stand = "gedruckt"
	StandKuvertiert   Stand = "kuvertiert"
	StandEingeliefert Stand = "eingeliefert"
	StandRuecklaeufer Stand = "ruecklaeufer"
	StandGeloescht    Stand = "geloescht"
)

// Quittung is an acknowledgement of a print centre (xsd/quittung.xsd, or its CSV twin).
type Quittung struct {
	ID         string // the centre's, used once
	Bundle     amtshilfe.BundleID
	Art        Art
	Erstellt   time.Time // by the centre's clock; nothing depends on it
	Anzahl     int       // EINGANG: letters that the centre counts in the bundle; otherwise as many as Sendungen
	Angenommen bool      // EINGANG only
	Code       string    // EINGANG, rejected: the centre's code, upper case letters, digits and dashes
	Sendungen  []Rueckmeldung
}

// Rueckmeldung is what an acknowledgement says of one letter.
type Rueckmeldung struct {
	N     int // number of the Sendung in the bundle
	Stand Stand
	Datum time.Time // POSTAUFGABE: the day it was posted; RUECKLAUF: the day it came back, may be zero
	Grund string    // RUECKLAUF, ABBRUCH: a word of the schema's list, see GrundText
}

// Sum is the same for the same content, whether it came as XML or as CSV.
func (q *Quittung) Sum() [32]byte {
	var b strings.Builder
	fmt.Fprintf(&b, "%s|%s|%s|%s|%d|%v|%s", q.ID, q.Bundle, q.Art, q.Erstellt.UTC().Format(time.RFC3339Nano), q.Anzahl, q.Angenommen, q.Code)
	for _, s := range q.Sendungen {
		fmt.Fprintf(&b, "\n%d|%s|%s|%s", s.N, s.Stand, s.Datum.Format(time.DateOnly), s.Grund)
	}
	return sha256.Sum256([]byte(b.String()))
}

// gruende are the reasons of the schema, as people read them behind "Grund: ".
var gruende = map[string]string{
	"unbekannt": "Empfänger unter der Anschrift nicht zu ermitteln", "verzogen": "Empfänger verzogen", "verweigert": "Annahme verweigert",
	"nicht-abgeholt": "nicht abgeholt", "anschrift": "Anschrift unvollständig", "fehldruck": "Fehldruck", "auftrag": "auf Anweisung",
	"technik": "technische Störung", "sonstiges": "nicht näher bezeichnet",
}

// GrundText is a reason of the schema in words.
func GrundText(grund string) string { return gruende[grund] }

// The kinds of letters' words that each kind of acknowledgement may use.
var artStand = map[Art][]Stand{
	ArtListe:   {StandGedruckt, StandKuvertiert, StandEingeliefert, StandRuecklaeufer, StandGeloescht},
	ArtEingang: nil, ArtProduktion: {StandGedruckt, StandKuvertiert}, ArtPostaufgabe: {StandEingeliefert}, ArtRuecklauf: {StandRuecklaeufer}, ArtAbbruch: {StandGeloescht},
}

// errQuittung says that an acknowledgement is not as the schema wants it; what is wrong stands behind it, in German, without quoting
// more than the names of elements, attributes and columns.
var errQuittung = errors.New("acknowledgement")

func quittungFault(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{errQuittung}, args...)...)
}

// QuittungFault is the German phrase in an error of ParseQuittung, "" for other errors.
func QuittungFault(err error) string {
	if !errors.Is(err, errQuittung) {
		return ""
	}
	return strings.TrimPrefix(err.Error(), errQuittung.Error()+": ")
}

// Format is how a print centre writes its acknowledgements.
type Format string

// The formats. A file in another one than agreed cannot be read.
const (
	FormatAny   Format = ""      // XML or CSV
	FormatXML   Format = "xml"   // xsd/quittung.xsd
	FormatCSV   Format = "csv"   // its twin
	FormatListe Format = "liste" // sendung;status;zeit;grund: letters of any bundles, each with what became of it
)

var formats = []Format{FormatAny, FormatXML, FormatCSV, FormatListe}

// ParseQuittungen reads a file of a print centre in the format of its profile: one acknowledgement, or one for each bundle of a list.
func ParseQuittungen(f Format, data []byte) ([]Quittung, error) {
	switch {
	case f == FormatListe:
		return parseListe(data)
	case f == FormatXML && !isXML(data), f == FormatCSV && isXML(data):
		return nil, quittungFault("sie hat nicht die vereinbarte Form %s", f)
	}
	q, err := ParseQuittung(data)
	if err != nil {
		return nil, err
	}
	return []Quittung{q}, nil
}

// isXML says that the first byte which is no white space opens a tag.
func isXML(data []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\ufeff")), " \t\r\n"), []byte("<"))
}

// ParseQuittung reads an acknowledgement, XML (xsd/quittung.xsd) or CSV: the first byte that is no white space says which.
func ParseQuittung(data []byte) (Quittung, error) {
	if len(data) > MaxQuittung {
		return Quittung{}, quittungFault("sie ist größer als %d Byte", MaxQuittung)
	}
	var raw rawQuittung
	var err error
	if isXML(data) {
		raw, err = readQuittungXML(data)
	} else {
		raw, err = readQuittungCSV(data)
	}
	if err != nil {
		return Quittung{}, err
	}
	if Art(raw.head["art"]) == ArtListe {
		return Quittung{}, quittungFault("art fehlt oder ist unbekannt")
	}
	return raw.quittung()
}

// rawQuittung is an acknowledgement in the words of its file.
type rawQuittung struct {
	head    map[string]string // by name of attribute
	letters []map[string]string
}

var (
	quittungID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	codeOf     = regexp.MustCompile(`^[A-Z0-9][A-Z0-9-]{0,31}$`)
)

// quittung checks everything that the schema says and what it cannot say.
func (r *rawQuittung) quittung() (Quittung, error) {
	q := Quittung{ID: r.head["id"], Bundle: amtshilfe.BundleID(r.head["stapel"]), Art: Art(r.head["art"]), Code: r.head["code"]}
	stands, known := artStand[q.Art]
	var err error
	switch {
	case !quittungID.MatchString(q.ID):
		return q, quittungFault("id fehlt oder hat eine falsche Form")
	case !q.Bundle.Valid():
		return q, quittungFault("stapel fehlt oder hat eine falsche Form")
	case !known:
		return q, quittungFault("art fehlt oder ist unbekannt")
	}
	if q.Erstellt, err = dateTime(r.head["erstellt"]); err != nil {
		return q, quittungFault("erstellt ist kein Zeitpunkt")
	}
	if q.Anzahl, err = count(r.head["anzahl"]); err != nil {
		return q, quittungFault("anzahl ist keine Zahl von 1 bis %d", maxRueckmeldungen)
	}
	if err := r.eingang(&q); err != nil {
		return q, err
	}
	if q.Art != ArtEingang && q.Anzahl != len(r.letters) {
		return q, quittungFault("anzahl sagt %d, enthalten sind %d Sendungen", q.Anzahl, len(r.letters))
	}
	seen := map[int]bool{}
	for i, l := range r.letters {
		s, err := q.letter(l, stands)
		if err == nil && seen[s.N] {
			err = errors.New("sie kommt zweimal vor")
		}
		if err != nil {
			return q, quittungFault("Sendung %d: %v", i+1, err)
		}
		seen[s.N] = true
		q.Sendungen = append(q.Sendungen, s)
	}
	slices.SortFunc(q.Sendungen, func(a, b Rueckmeldung) int { return a.N - b.N })
	return q, nil
}

// eingang reads what only an EINGANG has, and refuses it elsewhere.
func (r *rawQuittung) eingang(q *Quittung) error {
	ergebnis := r.head["ergebnis"]
	switch {
	case q.Art != ArtEingang && (ergebnis != "" || q.Code != ""):
		return quittungFault("ergebnis und code gehören nur in einen EINGANG")
	case q.Art != ArtEingang:
		return nil
	case ergebnis != "angenommen" && ergebnis != "abgelehnt":
		return quittungFault("ergebnis fehlt oder ist unbekannt")
	case len(r.letters) > 0:
		return quittungFault("ein EINGANG nennt keine Sendungen")
	case ergebnis == "angenommen" && q.Code != "", ergebnis == "abgelehnt" && !codeOf.MatchString(q.Code):
		return quittungFault("code fehlt, ist überzählig oder hat eine falsche Form")
	}
	q.Angenommen = ergebnis == "angenommen"
	return nil
}

// letter reads what is said of one letter; its error is a German phrase.
func (q *Quittung) letter(l map[string]string, stands []Stand) (s Rueckmeldung, err error) {
	id, err := amtshilfe.ParseSendungID(l["id"])
	s = Rueckmeldung{N: id.N, Stand: Stand(l["stand"]), Grund: l["grund"]}
	needsGrund := s.Stand == StandRuecklaeufer || s.Stand == StandGeloescht
	switch {
	case err != nil || id.N > maxRueckmeldungen:
		return s, errors.New("ihre id fehlt oder hat eine falsche Form")
	case id.Bundle != q.Bundle:
		return s, errors.New("sie gehört zu einem anderen Stapel")
	case !slices.Contains(stands, s.Stand):
		return s, errors.New("ihr stand fehlt oder passt nicht zur art")
	case needsGrund && gruende[s.Grund] == "", !needsGrund && s.Grund != "":
		return s, errors.New("ihr grund fehlt, ist unbekannt oder überzählig")
	}
	text := l["datum"]
	if text == "" && s.Stand != StandEingeliefert {
		return s, nil
	}
	if s.Datum, err = time.Parse(time.DateOnly, text); err != nil || s.Datum.IsZero() { // zero means none
		return s, errors.New("ihr datum fehlt oder ist keines")
	}
	return s, nil
}

// dateTime reads xs:dateTime; without a zone it is taken as UTC.
func dateTime(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04:05", text)
	}
	return t.UTC(), err
}

func count(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err == nil && (n < 1 || n > maxRueckmeldungen) {
		err = errors.New("out of range")
	}
	return n, err
}
