package printstreet_test

import (
	"fmt"
	"strings"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/printstreet"
)

// nasty is one letter of the golden set: what real offices will send one day, each in its worst form.
type nasty struct {
	name string
	make func() printstreet.Letter
}

// edited is a letter of the fixture's 003 with a change.
func edited(change func(m *amtshilfe.Message, e *amtshilfe.Ersuchen)) func() printstreet.Letter {
	return func() printstreet.Letter {
		m := ersuchen()
		change(m, m.Ersuchen)
		return letter(1, m)
	}
}

// later is a letter of a message that continues the fixture's 003.
func later(kind amtshilfe.Kind, change func(m *amtshilfe.Message)) func() printstreet.Letter {
	return func() printstreet.Letter {
		m := einstellung()
		m.Kind = kind
		change(m)
		l := letter(1, m)
		l.Reference = reference()
		return l
	}
}

// answer is a letter of the authority that holds the fixture's 003 to the one that made it.
func answer(kind amtshilfe.Kind, change func(m *amtshilfe.Message)) func() printstreet.Letter {
	return func() printstreet.Letter {
		request := ersuchen()
		holder := amtshilfe.Akteur{Kennung: "vb:54321", Aktenzeichen: "VB 54321/26", Person: amtshilfe.Person{Firma: "Stadt Beispielhausen", Empfaenger: "Herr Ünlü, Zimmer 7",
			Anschriften:   []amtshilfe.Postanschrift{{Strasse: "Marktstraße", Hausnummer: "12", Postleitzahl: "54321", Ort: "Beispielhausen"}},
			Kommunikation: []amtshilfe.Kommunikation{{Kennung: "0651 555-0177", Kanal: "001"}}}}
		m := &amtshilfe.Message{Kind: kind, Kopf: amtshilfe.Nachrichtenkopf{UUID: "bbbbbbbb-5d47-4a90-9c1b-7e6f5a4d3c2b", Erstellt: day(2026, 12, 2), Absender: holder}, Bezug: amtshilfe.Bezug{UUID: request.Kopf.UUID}}
		change(m)
		l := letter(1, m)
		l.Behoerde = amtshilfe.Behoerde{Kennung: "kka:01001000", Name: "Stadt Musterstadt – Stadtkasse", Anschriftzeilen: []string{"Rathausplatz 1", "24937 Musterstadt"}}
		l.Reference = printstreet.ReferenceTo(request)
		if m.Bezug.Ersuchen != "" {
			l.Reference.Antwort = amtshilfe.KindSachstandAnfrage
		}
		return l
	}
}

func refused(m *amtshilfe.Message) {
	m.Gruende = []amtshilfe.Grund{
		{Code: "verzogen", Text: "Die Schuldnerin ist nach Auskunft der Meldebehörde verzogen.", NeueAnschrift: &amtshilfe.Postanschrift{Strasse: "ul. Długa", Hausnummer: "7", Postleitzahl: "00-001", Ort: "Warszawa", Staat: "152"}},
		{Code: "verstorben", Text: "Der Schuldner ist verstorben.", Sterbedatum: day(2026, 2, 28)},
		{Code: "insolvenz", Text: strings.Repeat("Über das Vermögen wurde das Insolvenzverfahren eröffnet. ", 12), Insolvenz: &amtshilfe.Insolvenz{Gericht: "Amtsgericht Beispielhausen", Aktenzeichen: "12 IN 345/26", EroeffnetAm: day(2026, 10, 1)}},
		{Code: "vermoegenslos", Text: "Die Vermögensauskunft liegt vor.", VermoegensauskunftVom: day(2026, 9, 9)},
	}
}

func passedOn(m *amtshilfe.Message) {
	m.Verbleib = "weitergereicht"
	m.AnBehoerde = &amtshilfe.Akteur{Kennung: "kka:09162000", Aktenzeichen: "VH-2026-7", Person: amtshilfe.Person{Firma: "Stadtkasse Neustadt", Empfaenger: "Frau Żak",
		Anschriften:   []amtshilfe.Postanschrift{{Strasse: "Ring", Hausnummer: "1", Postleitzahl: "80331", Ort: "Neustadt"}},
		Kommunikation: []amtshilfe.Kommunikation{{Kennung: "089 555-0101", Kanal: "001"}}}}
	m.NeueAnschrift = &amtshilfe.Postanschrift{Strasse: "Neuweg", Hausnummer: "2", Postleitzahl: "80333", Ort: "Neustadt"}
}

func collected(m *amtshilfe.Message) {
	m.Abschluss = amtshilfe.Abschluss{Ergebnis: "teilweise-beigetrieben", AbgefuehrtAm: day(2026, 12, 1), Abgefuehrt: 120000, Gedeckt: 5250, Uneinbringlich: 1000, ZuErstatten: 1000,
		Beigetrieben:   []amtshilfe.Beigetrieben{{Buchungsnummer: "2026-000911", Betrag: 111600}, {Buchungsnummer: "2026-000912", Betrag: 8400}},
		Bankverbindung: amtshilfe.Bankverbindung{IBAN: "DE02120300000000202051", Kontoinhaber: "Stadt Beispielhausen", BIC: "BYLADEM1001", Verwendungszweck: "VB 54321/26"}}
	m.Gruende = []amtshilfe.Grund{{Code: "unpfaendbar", Text: "Weiteres pfändbares Vermögen ist nicht vorhanden."}}
	m.Anhaenge = []amtshilfe.Anhang{{Dateiname: "Protokoll.pdf", Inhalt: encode(onePage("Protokoll.pdf"))}}
}

// addressed is the fixture's letter to another addressee.
func addressed(b amtshilfe.Behoerde) func() printstreet.Letter {
	return func() printstreet.Letter {
		l := letter(1, ersuchen())
		l.Behoerde = b
		return l
	}
}

const longName = "Bauträgergesellschaft Wohnpark an der Schönau Nord, Abschnitt Vier, mit angeschlossener Tiefgaragenbetriebs- und Grünflächenpflegegesellschaft, vormals Wohnungsbaugenossenschaft Ährenfeld-Überlingen-Öhringen, vertreten durch die persönlich haftende Gesellschafterin Wohnpark Verwaltungs-GmbH & Co. KGaA"

// sequences are letters with marks that no single character stands for (DIN 91379).
const sequences = "A̋ C̀ C̄ C̆ C̈ C̨̆ D̂ F̀ J́ K̀ K͟H k͟h L̂ L̥̄ M̐ N̂ P̀ R̆ R̥̄ S̛̄ T̕ U̇ Z̀ c̨̆ j́ Ç̆ Û̄ ÿ́ Č̕ Č̣ ē̍ Ī́ ō̍ Ž̦ Ḳ̄ Ṣ̄ Ạ̈ ọ̈ Ụ̄ ẞ"

// golden is the set that is also looked at as pictures: DAMT_PICTURES=dir go test -run TestPictures writes the files there.
var golden = []nasty{
	{"usual", edited(func(*amtshilfe.Message, *amtshilfe.Ersuchen) {})},
	{"nothing optional", edited(onlyNeeded)},
	{"name of 300 characters", edited(func(_ *amtshilfe.Message, e *amtshilfe.Ersuchen) {
		e.Schuldner[0].Person = amtshilfe.Person{Firma: longName, Anschriften: e.Schuldner[0].Person.Anschriften}
	})},
	{"name of 300 characters without a blank", edited(func(_ *amtshilfe.Message, e *amtshilfe.Ersuchen) {
		e.Schuldner[0].Person.Familienname = strings.Repeat("Rindfleischetikettierungsüberwachungs", 8) + "amt"
	})},
	{"2000 claims", edited(func(m *amtshilfe.Message, _ *amtshilfe.Ersuchen) { withClaims(m, 2000) })},
	{"ten pages of claims", edited(func(m *amtshilfe.Message, e *amtshilfe.Ersuchen) {
		withClaims(m, 104)
		for i := range e.Forderungen {
			e.Forderungen[i].Saeumnis = &amtshilfe.Saeumnis{Art: "zins", Satz: "0.5", Basis: 1000, BerechnetBis: day(2026, 11, 1), LaeuftWeiter: i%2 == 0, MitBeitreiben: i%3 > 0}
		}
	})},
	{"foreign addressee", addressed(amtshilfe.Behoerde{Kennung: "vb:ausland", Name: "Direction départementale des finances publiques", Anschrift: amtshilfe.Postanschrift{Staat: "129"},
		Anschriftzeilen: []string{"Pôle recouvrement", "12 bis, rue de l'Hôtel de Ville", "75001 PARIS", "FRANKREICH"}})},
	{"foreign debtor", edited(func(_ *amtshilfe.Message, e *amtshilfe.Ersuchen) {
		e.Schuldner[0].Person.Anschriften = []amtshilfe.Postanschrift{{Zusatz: "c/o Šimůnek", Strasse: "ul. Księdza Piotra Ściegiennego", Hausnummer: "7", HausnummerZusatz: "m. 12", Postleitzahl: "00-001", Ort: "Łódź", Staat: "152", Von: day(2026, 1, 1)},
			{Strasse: "Weg", Hausnummer: "1", Postleitzahl: "54321", Ort: "Beispielhausen", Ortsteil: "Ober-Beispiel", Bis: day(2025, 12, 31)}}
	})},
	{"combining sequences", edited(func(_ *amtshilfe.Message, e *amtshilfe.Ersuchen) {
		e.Schuldner[0].Person.Familienname, e.Titel[0].Gegenstand, e.Forderungen[0].Buchungstext = sequences, sequences, sequences
		e.Gefahr, e.GefahrText = "liegt-vor", sequences
	})},
	{"addressee with combining sequences", addressed(amtshilfe.Behoerde{Kennung: "vb:x", Name: "Amt Ç̆Û̄Ḳ̄ L̥̄R̥̄S̛̄", Anschriftzeilen: []string{"z. Hd. Frau Ūnal-Č̣ē̍ch", "Straße 1", "54321 Ōrt"}})},
	{"long words", edited(func(_ *amtshilfe.Message, e *amtshilfe.Ersuchen) {
		e.Titel[0].Gegenstand = strings.Repeat("Grundstücksverkehrsgenehmigungszuständigkeitsübertragungsverordnung", 7)
		e.Forderungen[0].Buchungstext = strings.Repeat("Abwasserbeseitigungsgebührennachveranlagung", 5)
		e.Forderungen[1].Buchungsnummer = strings.Repeat("2026/000912-", 8)
	})},
	{"eleven debtors in all roles", edited(allRoles)},
	{"seven titles of all kinds", edited(allTitles)},
	{"protected addresses", edited(func(_ *amtshilfe.Message, e *amtshilfe.Ersuchen) {
		d := &e.Schuldner[0]
		d.Person.Anschriften = append(d.Person.Anschriften, d.Person.Anschriften[0], d.Person.Anschriften[0])
		d.Schutzvermerk = append(d.Schutzvermerk, amtshilfe.Schutzvermerk{Art: "bedingter-sperrvermerk"}, amtshilfe.Schutzvermerk{Art: "sonstiger", Text: strings.Repeat("Nur persönlich zustellen. ", 12)})
		e.Schuldner[1].Person.Anschriften, e.Schuldner[1].Schutzvermerk = nil, d.Schutzvermerk
	})},
	{"danger", edited(func(_ *amtshilfe.Message, e *amtshilfe.Ersuchen) {
		e.Gefahr, e.GefahrText = "liegt-vor", "Zwei große Hunde."
	})},
	{"danger over a page", edited(func(_ *amtshilfe.Message, e *amtshilfe.Ersuchen) {
		e.Gefahr, e.GefahrText = "liegt-vor", strings.Repeat("Bei früheren Besuchen wurde die Vollstreckungsperson bedroht. ", 80)
	})},
	{"no danger, with an explanation", edited(func(_ *amtshilfe.Message, e *amtshilfe.Ersuchen) {
		e.Gefahr, e.GefahrText = "liegt-nicht-vor", "Zuletzt geprüft am 19.11.2026."
	})},
	{"dead and insolvent", edited(func(_ *amtshilfe.Message, e *amtshilfe.Ersuchen) {
		e.Schuldner[0].Person.Sterbedatum = day(2026, 2, 28)
		e.Schuldner[1].Insolvenz = &amtshilfe.Insolvenz{Gericht: "Amtsgericht Beispielhausen – Insolvenzgericht –", Aktenzeichen: "12 IN 345/26", EroeffnetAm: day(2026, 10, 1), Anspruch: "masseverbindlichkeit"}
	})},
	{"all measures and many attachments", edited(func(m *amtshilfe.Message, e *amtshilfe.Ersuchen) {
		e.Massnahmen = []string{"sachpfaendung", "forderungspfaendung", "vermoegensauskunft", "ratenzahlung", "kfz-parkkralle", "durchsuchung", "arbeitgeberermittlung", "kontenabruf", "unbekannte-massnahme"}
		for i := range 12 {
			withAttachments(m, fmt.Sprintf("Bescheid über die %d. Vorauszahlung der Gewerbesteuer mit Zustellungsurkunde und Kontoauszug (%s).pdf", i+1, strings.Repeat("x", 9*i)))
		}
	})},
	{"references as long as they get", func() printstreet.Letter {
		m := ersuchen()
		m.Kopf.Absender.Aktenzeichen = strings.Repeat("20.3/VH-2026/000123-", 6)
		m.Kopf.Empfaenger = &amtshilfe.Akteur{Aktenzeichen: strings.Repeat("VB.54321.", 12)}
		e := m.Ersuchen
		e.Vorgaenger, e.WeitereErsuchen = "8d1c2b3a-5d47-4a90-9c1b-7e6f5a4d3c2b", []string{"Stadt Nebenan, VH 7/26", "Kreis Überall, 4711"}
		e.GlaeubigerKassenzeichen, e.Glaeubiger = strings.Repeat("9", 60), longName
		e.Wunschempfaenger, e.WunschGrund = "vb:54321", "haftanstalt"
		l := letter(1, m)
		l.Ersetzt = "urn:de:xta:messageid:demo:" + strings.Repeat("a1b2", 12)
		return l
	}},
	{"sender with much to say", func() printstreet.Letter {
		l := letter(1, ersuchen())
		p := &l.Message.Kopf.Absender.Person
		p.Firma = "Verwaltungsgemeinschaft der Städte und Gemeinden am Oberen Mühlbach – Gemeinsame Vollstreckungsstelle, Außenstelle Süd"
		p.Kommunikation = append(p.Kommunikation, amtshilfe.Kommunikation{Kennung: "0461 555-0199", Kanal: "002"}, amtshilfe.Kommunikation{Kennung: "0170 5550123", Kanal: "003"},
			amtshilfe.Kommunikation{Kennung: "https://www.vollstreckungsstelle.verwaltungsgemeinschaft-oberer-muehlbach.example/kontakt", Kanal: "005"})
		l.Ruecksende = "VG Oberer Mühlbach · Rathausplatz 1 · 24937 Musterstadt"
		return l
	}},
	{"text that looks hostile", edited(func(_ *amtshilfe.Message, e *amtshilfe.Ersuchen) {
		e.Titel[0].Gegenstand = "\\( ) %s <b>&amp; \u00ADweich\tTab\r\nZeile\n\n\nEnde ) Tj ET Q endstream"
		e.Forderungen[0].Zahlungsgrund = strings.Repeat("Ein langer Zahlungsgrund, der über mehr als eine Seite läuft. ", 150)
	})},
	{"amounts", edited(func(_ *amtshilfe.Message, e *amtshilfe.Ersuchen) {
		e.Forderungen[0].Brutto, e.Forderungen[1].Brutto, e.Forderungen[2].Brutto = 99_999_999_999, 1, -50000
		e.Forderungen[0].Saeumnis.Basis = 99_999_999_900
	})},
	{"six address lines", addressed(amtshilfe.Behoerde{Kennung: "vb:x", Name: "Verwaltungsgemeinschaft Obere Aller und Umland", Anschriftzeilen: []string{"Fachbereich 2", "z. Hd. Frau Ğülşen Žižek", "Weg 1", "12345 Ort"}})},
	{"007", later(amtshilfe.KindForderungsaenderung, change)},
	{"008 withdrawn", later(amtshilfe.KindEinstellung, func(m *amtshilfe.Message) {
		m.Einstellung = amtshilfe.Einstellung{Art: "ruecknahme", Grund: "Die Forderung ist vollständig bezahlt."}
	})},
	{"008 of 300 claims", later(amtshilfe.KindEinstellung, func(m *amtshilfe.Message) {
		m.Einstellung.Art = "beschraenkung"
		for i := range 300 {
			m.Einstellung.Buchungsnummern = append(m.Einstellung.Buchungsnummern, fmt.Sprintf("2026-1%05d", i))
		}
	})},
	{"009", later(amtshilfe.KindSachstandAnfrage, func(m *amtshilfe.Message) {
		m.Kopf.Empfaenger = &amtshilfe.Akteur{Aktenzeichen: "VB 54321/26"}
	})},
	{"015", later(amtshilfe.KindErgaenzung, func(m *amtshilfe.Message) {
		m.Text = strings.Repeat("Neue Anschrift seit Oktober; die Schuldnerin arbeitet nachts.\n", 30)
		m.Ergaenzung = amtshilfe.Ergaenzung{Schuldner: ersuchen().Ersuchen.Schuldner, Gefahr: "liegt-vor", GefahrText: "Großer Hund."}
	})},
	{"004", answer(amtshilfe.KindEingangsbestaetigung, func(m *amtshilfe.Message) { m.AktenzeichenEmpfaenger = "VB 54321/26" })},
	{"005 for every reason", answer(amtshilfe.KindZurueckweisung, refused)},
	{"006 passed on", answer(amtshilfe.KindWeiterleitung, passedOn)},
	{"006 given back", answer(amtshilfe.KindWeiterleitung, func(m *amtshilfe.Message) {
		passedOn(m)
		m.Verbleib, m.NeueAnschrift = "zurueckgegeben", nil
	})},
	{"010 to a question", answer(amtshilfe.KindSachstandAntwort, func(m *amtshilfe.Message) {
		m.Bezug = amtshilfe.Bezug{UUID: "cccccccc-5d47-4a90-9c1b-7e6f5a4d3c2b", Ersuchen: m.Bezug.UUID}
		m.Sachstand = amtshilfe.Sachstand{Stand: "teilweise-beigetrieben", Massnahmen: []string{"sachpfaendung", "kontenabruf", "ratenzahlung"}, Wiedervorlage: day(2027, 2, 1)}
		m.Text = "Die Schuldnerin zahlt monatlich 50,00 EUR.\nDie Pfändung des Kontos blieb bisher ohne Erfolg."
	})},
	{"011 of seventy payments", answer(amtshilfe.KindZahlungsmitteilung, func(m *amtshilfe.Message) {
		for i := range 70 {
			m.Zahlungen = append(m.Zahlungen, amtshilfe.Buchung{Art: amtshilfe.BuchungIst, Ursprung: fmt.Sprintf("2026-00091%d", 1+i%3), Buchungsnummer: fmt.Sprintf("Z-%04d", i), Betrag: amtshilfe.Cents(1000 + i),
				Am: day(2026, 12, 1), WirksamAm: day(2026, 11, 30), Text: strings.Repeat("Rate ", i%4)})
		}
	})},
	{"012 collected", answer(amtshilfe.KindAbschluss, collected)},
	{"012 in vain", answer(amtshilfe.KindAbschluss, func(m *amtshilfe.Message) {
		refused(m)
		m.Abschluss = amtshilfe.Abschluss{Ergebnis: "fruchtlos", Uneinbringlich: 2600}
	})},
	{"009 of the holder", answer(amtshilfe.KindSachstandAnfrage, func(*amtshilfe.Message) {})},
	{"015 of the holder", answer(amtshilfe.KindErgaenzung, func(m *amtshilfe.Message) { m.Text = "Die Schuldnerin hat das Gewerbe abgemeldet." })},
	{"everything a Mandant can want", func() printstreet.Letter {
		l := letter(1, ersuchen())
		l.Stationery, l.Land = stationery(), "SN"
		return l
	}},
}

// onlyNeeded leaves out what the schema lets a sender leave out.
func onlyNeeded(m *amtshilfe.Message, e *amtshilfe.Ersuchen) {
	m.Kopf.Absender.Person = amtshilfe.Person{Firma: "Gemeinde Au"}
	m.Kopf.Absender.Aktenzeichen = "1"
	e.Einnahmeart, e.Glaeubiger, e.Massnahmen, e.AngeordnetVon = amtshilfe.Einnahmeart{}, "", nil, amtshilfe.AngeordnetVon{Name: "Ohm"}
	e.Schuldner = []amtshilfe.Schuldner{{Person: amtshilfe.Person{Familienname: "Ng"}}}
	e.Titel = []amtshilfe.Titel{{ID: "t1", Art: "verwaltungsakt", Datum: day(2026, 3, 12)}}
	e.Forderungen = []amtshilfe.Forderung{{Titel: "t1", Buchungsnummer: "1", Forderungsart: "401", Brutto: 1}}
	e.Bankverbindung = amtshilfe.Bankverbindung{IBAN: "DE02120300000000202051"}
}

func allRoles(_ *amtshilfe.Message, e *amtshilfe.Ersuchen) {
	base := e.Schuldner[0]
	e.Schuldner = nil
	for _, r := range []string{"vollstreckungsschuldner", "gesamtschuldner", "haftungsschuldner", "duldungspflichtiger", "erbe", "gesetzlicher-vertreter", "betreuer", "insolvenzverwalter", "nachlasspfleger", "testamentsvollstrecker", "empfangsbevollmaechtigter"} {
		d := base
		d.Rolle = r
		e.Schuldner = append(e.Schuldner, d)
	}
}

func allTitles(_ *amtshilfe.Message, e *amtshilfe.Ersuchen) {
	base, claim := e.Titel[0], e.Forderungen[3]
	e.Titel, e.Forderungen = nil, nil
	grounds := []amtshilfe.Vollstreckbarkeit{{UnanfechtbarSeit: day(2026, 4, 17)}, {SofortigeVollziehungAngeordnetAm: day(2026, 4, 17)},
		{KeineAufschiebendeWirkung: "Anforderung öffentlicher Abgaben"}, {KraftGesetzes: "Landesrecht"}}
	for i, art := range []string{"verwaltungsakt", "oeffentlich-rechtlicher-vertrag", "gerichtliche-entscheidung", "ausstandsverzeichnis", "beitragsnachweis", "selbstveranlagung", "privatrechtliche-forderung"} {
		t, f := base, claim
		t.ID, t.Art, t.Vollstreckbarkeit, f.Titel = fmt.Sprint("t", i), art, grounds[i%4], fmt.Sprint("t", i)
		e.Titel, e.Forderungen = append(e.Titel, t), append(e.Forderungen, f)
	}
}

func change(m *amtshilfe.Message) {
	m.Aenderung = amtshilfe.Aenderung{Stichtag: day(2026, 11, 30)}
	for i := range 60 {
		nr := fmt.Sprintf("2026-1%05d", i)
		m.Aenderung.Rest = append(m.Aenderung.Rest, amtshilfe.Restforderung{Buchungsnummer: nr, Betrag: amtshilfe.Cents(i * 1000)})
		m.Aenderung.Buchungen = append(m.Aenderung.Buchungen, amtshilfe.Buchung{Art: amtshilfe.BuchungIst, Ursprung: nr, Buchungsnummer: fmt.Sprint("B-", i), Betrag: 500, Am: day(2026, 11, 27)})
	}
}
