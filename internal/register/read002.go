package register

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xmlgate"
)

// The fields of a 002 that are read, behind those of an address.
const (
	fieldKennung = anschriftCount + iota
	fieldName
	fieldZeile // many
	behoerdeCount
)

const (
	fieldArt = behoerdeCount + iota
	fieldAdresse
	fieldDienst
	fieldZertifikat
	fieldRechenzentrum
	fieldManagement
	fieldSend
	fieldTLS // many
	kanalCount
)

const (
	fieldRegel = kanalCount + iota
	fieldStand
	fieldGueltigBis
	fieldBehoerde // groups
	fieldKandidat
	fieldKanal
	antwortCount
)

// antwortMap is the field map of a 002 in the profile's namespace.
var antwortMap = sync.OnceValues(func() (*xmlgate.Map, error) {
	own := func(local string) []xmlgate.Step { return element(nsProfil, local) }
	kanal := own("kanal")
	rz := below(kanal, own("rechenzentrum"))
	fields := []xmlgate.Field{
		{Path: kanal, ID: fieldKanal, List: true},
		{Path: below(kanal, own("art")), ID: fieldArt},
		{Path: below(kanal, own("adresse")), ID: fieldAdresse},
		{Path: below(kanal, own("dienst")), ID: fieldDienst},
		{Path: below(kanal, own("zertifikat")), ID: fieldZertifikat},
		{Path: below(rz, own("kennung")), ID: fieldRechenzentrum},
		{Path: below(rz, own("management")), ID: fieldManagement},
		{Path: below(rz, own("send")), ID: fieldSend},
		{Path: below(rz, own("tlsZertifikat")), ID: fieldTLS},
		{Path: own("regel"), ID: fieldRegel},
		{Path: own("stand"), ID: fieldStand},
		{Path: own("gueltigBis"), ID: fieldGueltigBis},
	}
	for id, path := range map[int][]xmlgate.Step{fieldBehoerde: own("behoerde"), fieldKandidat: below(own("mehrdeutig"), own("kandidat"))} {
		fields = append(fields, xmlgate.Field{Path: path, ID: id, List: true},
			xmlgate.Field{Path: below(path, own("kennung")), ID: fieldKennung},
			xmlgate.Field{Path: below(path, own("name")), ID: fieldName},
			xmlgate.Field{Path: below(path, own("anschriftzeile")), ID: fieldZeile})
		fields = append(fields, anschriftFields(below(path, own("anschrift")), nsFinanz)...)
	}
	return xmlgate.CompileMap(xmlgate.Name{Space: nsProfil, Local: rootAntwort}, fields)
})

// Read002 reads what Write002 wrote, or what another authority server answered in the profile's namespace.
func Read002(doc []byte) (amtshilfe.Zustaendigkeit, error) {
	return (&gate{limit: maxAntwort}).read002(doc)
}

func (g *gate) read002(doc []byte) (amtshilfe.Zustaendigkeit, error) {
	m, err := antwortMap()
	if err != nil {
		return amtshilfe.Zustaendigkeit{}, fmt.Errorf("read 002: %w", err)
	}
	var s antwortSink
	root, err := g.scan(doc, func(xmlgate.Name) *xmlgate.Map { return m }, &s)
	if err == nil && root != m.Root() {
		err = errors.New("the root is another message")
	}
	if err == nil {
		err = s.finish()
	}
	if err != nil {
		return amtshilfe.Zustaendigkeit{}, fmt.Errorf("read 002: %w", err)
	}
	return s.z, nil
}

// antwortSink collects an answer and keeps the first error.
type antwortSink struct {
	text   [antwortCount]string
	seen   [antwortCount]bool
	zeilen []string
	tls    []string
	z      amtshilfe.Zustaendigkeit
	err    error
}

func (s *antwortSink) fail(text string) {
	if s.err == nil {
		s.err = errors.New(text)
	}
}

// Enter begins an authority or a way to reach one.
func (s *antwortSink) Enter(list, _ int) {
	from, to := 0, behoerdeCount
	if list == fieldKanal {
		from, to = behoerdeCount, kanalCount
	}
	clear(s.text[from:to])
	clear(s.seen[from:to])
	s.zeilen, s.tls = nil, nil
}

// Leave keeps it.
func (s *antwortSink) Leave(list int) {
	switch list {
	case fieldKanal:
		s.z.Kanaele = append(s.z.Kanaele, s.kanal())
	case fieldKandidat:
		s.z.Kandidaten = append(s.z.Kandidaten, s.behoerde())
	case fieldBehoerde:
		if s.seen[fieldBehoerde] {
			s.fail("two authorities are competent")
		}
		s.z.Behoerde, s.seen[fieldBehoerde] = s.behoerde(), true
	}
}

// Value keeps a field.
func (s *antwortSink) Value(field int, text []byte, _ int) {
	switch field {
	case fieldZeile:
		s.zeilen = append(s.zeilen, string(text))
	case fieldTLS:
		s.tls = append(s.tls, string(text))
	default:
		if s.seen[field] {
			s.fail("an element that may come once came twice")
		}
		s.text[field], s.seen[field] = string(text), true
	}
}

func (s *antwortSink) behoerde() amtshilfe.Behoerde {
	b := amtshilfe.Behoerde{Kennung: s.text[fieldKennung], Name: s.text[fieldName], Anschriftzeilen: s.zeilen,
		Anschrift: amtshilfe.Postanschrift{Hausnummer: s.text[fieldHausnummer], Ort: s.text[fieldOrt], Ortsteil: s.text[fieldOrtsteil],
			Postleitzahl: s.text[fieldPLZ], Strasse: s.text[fieldStrasse], Staat: s.text[fieldStaat]}}
	if b.Kennung == "" || b.Name == "" || len(b.Anschriftzeilen) == 0 || len(b.Anschriftzeilen) > 5 {
		s.fail("an authority without kennung, name or address lines")
	}
	return b
}

var kanalarten = []amtshilfe.Kanalart{amtshilfe.KanalXTA, amtshilfe.KanalPost, amtshilfe.KanalEGVP, amtshilfe.KanalKeiner}

func (s *antwortSink) kanal() amtshilfe.Kanal {
	k := amtshilfe.Kanal{Art: amtshilfe.Kanalart(s.text[fieldArt]), Adresse: s.text[fieldAdresse], Dienst: s.text[fieldDienst], Zertifikat: s.text[fieldZertifikat],
		Rechenzentrum: amtshilfe.Rechenzentrum{Kennung: s.text[fieldRechenzentrum], Management: s.text[fieldManagement], Send: s.text[fieldSend], TLS: s.tls}}
	if !slices.Contains(kanalarten, k.Art) {
		s.fail("a kanal of unknown art")
	}
	return k
}

// finish checks the whole.
func (s *antwortSink) finish() error {
	z := &s.z
	if len(z.Kandidaten) == 1 || len(z.Kandidaten) > 0 && z.Behoerde.Kennung != "" {
		s.fail("candidates and an authority at once, or one candidate only")
	}
	z.Regel = s.text[fieldRegel]
	for i := range z.Kanaele {
		z.Kanaele[i].Grund = reasonIn(z.Regel, z.Kanaele[i].Art)
	}
	z.Stand, z.GueltigBis = s.time(fieldStand), s.time(fieldGueltigBis)
	return s.err
}

func (s *antwortSink) time(field int) time.Time {
	if s.text[field] == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s.text[field])
	if err != nil {
		s.fail("a time without zone, or none")
	}
	return t.UTC()
}
