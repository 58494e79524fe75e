package sample

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// maker makes up one message. Everything comes from rng, so that message i is the same whatever is generated around it.
type maker struct {
	Options
	i   int
	rng *rand.Rand
}

func (m *maker) pick(list []string) string { return list[m.rng.IntN(len(list))] }

// percent is true in p of 100 cases.
func (m *maker) percent(p int) bool { return m.rng.IntN(100) < p }

// daysBefore is a day from lo to hi days before t, without a clock time.
func (m *maker) daysBefore(t time.Time, lo, hi int) time.Time {
	y, mon, d := t.Date()
	return time.Date(y, mon, d-lo-m.rng.IntN(hi-lo+1), 0, 0, 0, 0, time.UTC)
}

// number tells messages of different seeds apart, so that two samples are not the same cases sent twice.
func (m *maker) number() string {
	var b [32]byte
	out := strconv.AppendUint(b[:0], uint64(m.Seed)%100_000, 10)
	return string(strconv.AppendInt(out, int64(1_000_000+m.i), 10))
}

func (m *maker) spec() *Spec {
	art := &arten[m.rng.IntN(len(arten))]
	s := &Spec{}
	az := fmt.Sprintf("%02d-%s-%s", m.Now.Year()%100, art.kuerzel, m.number())
	absender := Akteur(m.Kennung, m.Name, az)
	absender.Verfahren = m.Verfahren
	s.Kopf = Kopf(m.Seed, m.i, m.Now.Add(-time.Duration(m.rng.IntN(7200))*time.Second).Truncate(time.Second), absender)

	s.Vom = m.daysBefore(m.Now, 0, 9)
	s.Einnahmeart = amtshilfe.Einnahmeart{List: "urn:damtshilfe:codeliste:einnahmeart", Version: "1", Code: art.code, Name: art.name}
	s.Schuldner = m.schuldner(art)
	m.titel(s, art, 1)
	for n := 2; n < 4 && m.percent(22); n++ {
		m.titel(s, art, n)
	}
	if m.percent(20) {
		s.Glaeubiger, s.GlaeubigerKassenzeichen = art.stelle, "G-"+strconv.Itoa(10000+m.rng.IntN(90000))
	}
	if m.percent(5) {
		s.WeitereErsuchen = []string{"Kreiskasse Musterkreis, VK " + strconv.Itoa(1000+m.rng.IntN(9000))}
	}
	s.Bescheinigt = true
	for range m.rng.IntN(3) {
		s.Massnahmen = append(s.Massnahmen, massnahmen[len(s.Massnahmen)+m.rng.IntN(2)*2])
	}
	m.gefahr(s)
	s.Bankverbindung = amtshilfe.Bankverbindung{IBAN: IBAN("21550050", strconv.Itoa(1000000+m.rng.IntN(3))), Kontoinhaber: m.Name,
		BIC: "NOLADE21NOS", Verwendungszweck: "AZ " + az}
	s.AngeordnetVon = amtshilfe.AngeordnetVon{Beschreibung: "Die Vollstreckung der aufgeführten Forderungen wird angeordnet.",
		Name: m.pick(vornamen) + " " + m.pick(nachnamen), Funktion: m.pick([]string{"Kassenverwaltung", "Leitung der Vollstreckungsstelle", "Sachbearbeitung"})}
	if m.percent(3) {
		s.Anhaenge = []amtshilfe.Anhang{PDF("bescheid-"+az+".pdf", "Bescheid "+az+" (Muster)")}
	}
	return s
}

func (m *maker) schuldner(art *art) []amtshilfe.Schuldner {
	first := amtshilfe.Schuldner{}
	if art.firma || m.percent(8) {
		first.Person = m.firma()
	} else {
		first.Person = m.mensch()
	}
	list := []amtshilfe.Schuldner{first}
	s := &list[0]
	if m.percent(2) {
		s.Insolvenz = &amtshilfe.Insolvenz{Gericht: "Amtsgericht Musterstadt", Aktenzeichen: "71 IN " + strconv.Itoa(100+m.rng.IntN(900)) + "/24",
			EroeffnetAm: m.daysBefore(m.Now, 500, 900), Anspruch: "neuforderung"}
	}
	if m.percent(2) {
		s.Schutzvermerk = []amtshilfe.Schutzvermerk{{Art: "auskunftssperre", Text: "Auskunftssperre nach dem Bundesmeldegesetz", Bis: m.daysBefore(m.Now, -365, -365)}}
	}
	switch {
	case s.Person.Firma == "" && m.percent(12):
		s.Rolle = "gesamtschuldner"
		other := amtshilfe.Schuldner{Rolle: "gesamtschuldner", Person: m.mensch()}
		other.Person.Familienname, other.Person.Anschriften = s.Person.Familienname, slices.Clone(s.Person.Anschriften)
		list = append(list, other)
	case s.Person.Firma == "" && m.percent(3):
		list = append(list, amtshilfe.Schuldner{Rolle: "betreuer", Person: m.mensch()})
	case s.Person.Firma != "" && m.percent(50):
		list = append(list, amtshilfe.Schuldner{Rolle: "gesetzlicher-vertreter", Person: m.mensch()})
	}
	return list
}

func (m *maker) mensch() amtshilfe.Person {
	p := amtshilfe.Person{Anrede: m.pick([]string{"Frau", "Herr"}), Vorname: m.pick(vornamen), Familienname: m.pick(nachnamen),
		Geburtsdatum: m.daysBefore(m.Now, 19*365, 80*365), Anschriften: m.anschriften("001")}
	if m.percent(6) {
		p.Titel = m.pick([]string{"Dr.", "Prof. Dr.", "Dr. med."})
	}
	if m.percent(15) {
		p.Geburtsname = m.pick(nachnamen)
	}
	if m.percent(25) {
		p.Kommunikation = []amtshilfe.Kommunikation{{Kennung: fmt.Sprintf("+49 171 39200%02d", m.rng.IntN(100)), Kanal: "003"}}
	}
	return p
}

func (m *maker) firma() amtshilfe.Person {
	form := formen[m.rng.IntN(len(formen))]
	return amtshilfe.Person{Firma: m.pick(firmen) + " " + form[0], Rechtsform: form[1], Anschriften: m.anschriften("005")}
}

func (m *maker) anschriften(typ string) []amtshilfe.Postanschrift {
	a := m.anschrift(typ)
	if !m.percent(5) {
		return []amtshilfe.Postanschrift{a}
	}
	old := m.anschrift(typ)
	old.Bis = m.daysBefore(m.Now, 100, 900)
	a.Von = old.Bis.AddDate(0, 0, 1)
	return []amtshilfe.Postanschrift{old, a}
}

func (m *maker) anschrift(typ string) amtshilfe.Postanschrift {
	place := m.Places[m.rng.IntN(len(m.Places))]
	a := amtshilfe.Postanschrift{Typen: []string{typ}, Hausnummer: strconv.Itoa(1 + m.rng.IntN(120)), Postleitzahl: place.PLZ, Ort: place.Ort}
	if a.Strasse = m.pick(strassen); len(place.Strassen) > 0 {
		a.Strasse = m.pick(place.Strassen)
	}
	if m.percent(10) {
		a.HausnummerZusatz = m.pick([]string{"a", "b", "c"})
	}
	if m.percent(5) {
		a.Zusatz = "bei " + m.pick(nachnamen)
	}
	return a
}

func (m *maker) gefahr(s *Spec) {
	switch {
	case m.percent(3):
		s.Gefahr, s.GefahrText = "liegt-vor", "Vollzugsbeamte wurden bei einem früheren Termin bedroht; bitte zu zweit aufsuchen."
	case m.percent(40):
		s.Gefahr = "liegt-nicht-vor"
	default:
		s.Gefahr = "nicht-geprueft"
	}
}

// titel adds title n and its claims: the main one, often a reminder fee, sometimes surcharges.
func (m *maker) titel(s *Spec, art *art, n int) {
	t := amtshilfe.Titel{ID: "t" + strconv.Itoa(n), Art: art.titelart, ErlassendeStelle: art.stelle, BekanntgabeArt: "einfach",
		Aktenzeichen: fmt.Sprintf("%s/%05d-%d", art.kuerzel, m.rng.IntN(100000), n)}
	t.Datum = m.daysBefore(s.Vom, 120, 420)
	t.BekanntgabeAm = t.Datum.AddDate(0, 0, 4)
	due := t.BekanntgabeAm.AddDate(0, 0, 30)
	t.MahnungAm = due.AddDate(0, 0, 14+m.rng.IntN(40))
	year := strconv.Itoa(t.Datum.Year())
	t.Gegenstand = fmt.Sprintf(art.gegenstand, year)
	if art.sofort != "" {
		t.Vollstreckbarkeit.KeineAufschiebendeWirkung = art.sofort
	} else {
		t.Vollstreckbarkeit.UnanfechtbarSeit = t.BekanntgabeAm.AddDate(0, 1, 1)
	}
	if m.percent(10) {
		t.BekanntgabeArt = "foermlich"
	}
	if m.percent(20) {
		t.VerjaehrtAm = time.Date(m.Now.Year()+3+m.rng.IntN(2), 12, 31, 0, 0, 0, 0, time.UTC)
	}
	s.Titel = append(s.Titel, t)

	kz := fmt.Sprintf("%s.%07d.%d", art.code, m.rng.IntN(10_000_000), n)
	claim := amtshilfe.Forderung{Titel: t.ID, Haushaltsjahr: year, Kassenzeichen: kz, Forderungstyp: art.typ, Waehrung: "EUR", Faelligkeit: due}
	book := func(kind, text, reason string, c amtshilfe.Cents) *amtshilfe.Forderung {
		f := claim
		f.Buchungsnummer = year + m.number() + strconv.Itoa(len(s.Forderungen)+1)
		f.Forderungsart, f.Buchungstext, f.Zahlungsgrund, f.Brutto = kind, text, reason, c
		s.Forderungen = append(s.Forderungen, f)
		return &s.Forderungen[len(s.Forderungen)-1]
	}
	main := art.lo + amtshilfe.Cents(m.rng.IntN(int(art.hi-art.lo)))
	f := book("401", art.name+" "+year, t.Gegenstand, main)
	if art.saeumnis {
		months := 1 + m.rng.IntN(8)
		base := main / 50_00 * 50_00 // surcharges are taken of the sum rounded down to 50 euros
		f.Saeumnis = &amtshilfe.Saeumnis{Art: "saeumniszuschlag", Satz: "1.0", Basis: base, BerechnetBis: s.Vom, LaeuftWeiter: true, MitBeitreiben: true}
		if base > 0 {
			book("431", "Säumniszuschläge", "", base/100*amtshilfe.Cents(months))
		}
	}
	if m.percent(70) {
		book("410", "Mahngebühr", "", amtshilfe.Cents(5+m.rng.IntN(4))*100)
	}
}
