package app_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"strings"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sample"
)

// korpusRegeln is what the schema allows and the business rules do not.
func korpusRegeln() map[string][]byte {
	titel := func(f func(t *amtshilfe.Titel)) func(*sample.Spec) { return func(s *sample.Spec) { f(&s.Titel[0]) } }
	iban := func(v string) func(*sample.Spec) { return func(s *sample.Spec) { s.Bankverbindung.IBAN = v } }
	files := each("regeln", 1400, map[string]func(*sample.Spec){
		"fremde-kennung":               func(s *sample.Spec) { s.Kopf.Absender.Kennung = "kka:99999999" },
		"ohne-testkennzeichen":         func(s *sample.Spec) { s.Kopf.Test = false },
		"iban-pruefziffer":             iban("DE00" + korpusIBANs[0][4:]),
		"iban-zu-lang":                 iban("DE2121550050000100000012"),
		"iban-laenge-des-landes":       iban("NL27ABNA04171643000"),
		"waehrung-franken":             func(s *sample.Spec) { s.Forderungen[0].Waehrung = "CHF" },
		"betrag-negativ":               func(s *sample.Spec) { s.Forderungen = append(s.Forderungen, gutschrift(s.Forderungen[0])) },
		"kleinbetrag":                  func(s *sample.Spec) { s.Forderungen[0].Brutto = 35_99 },
		"titel-ohne-forderung":         func(s *sample.Spec) { s.Titel = append(s.Titel, s.Titel[0]); s.Titel[1].ID = "t2" },
		"zwei-personen-ein-schuldner":  nil,
		"postleitzahl-vier-stellen":    func(s *sample.Spec) { anschrift(s).Postleitzahl = "2410" },
		"postleitzahl-mit-buchstabe":   func(s *sample.Spec) { anschrift(s).Postleitzahl = "241O3" },
		"postleitzahl-mit-land":        func(s *sample.Spec) { anschrift(s).Postleitzahl = "D-24103" },
		"postleitzahl-fehlt":           func(s *sample.Spec) { anschrift(s).Postleitzahl = "" },
		"ort-fehlt":                    func(s *sample.Spec) { anschrift(s).Ort = "" },
		"ort-passt-nicht":              func(s *sample.Spec) { anschrift(s).Ort = "Flensburg" },
		"bekanntgabe-vor-dem-titel":    titel(func(t *amtshilfe.Titel) { t.BekanntgabeAm = tag(2026, 3, 1) }),
		"mahnung-vor-der-bekanntgabe":  titel(func(t *amtshilfe.Titel) { t.MahnungAm = tag(2026, 3, 5) }),
		"mahnung-nach-dem-ersuchen":    titel(func(t *amtshilfe.Titel) { t.MahnungAm = tag(2026, 11, 18) }),
		"unanfechtbar-nach-ersuchen":   titel(func(t *amtshilfe.Titel) { t.Vollstreckbarkeit.UnanfechtbarSeit = tag(2026, 11, 18) }),
		"titel-im-jahr-202":            titel(func(t *amtshilfe.Titel) { t.Datum = tag(202, 3, 2) }),
		"ersuchen-in-der-zukunft":      func(s *sample.Spec) { s.Vom = tag(2026, 11, 25) },
		"geburt-in-der-zukunft":        func(s *sample.Spec) { person(s).Geburtsdatum = tag(2064, 8, 12) },
		"tod-vor-der-geburt":           func(s *sample.Spec) { person(s).Sterbedatum = tag(1946, 8, 12); mitErbe(s) },
		"anschrift-endet-vor-beginn":   func(s *sample.Spec) { mehrAnschriften(s) },
		"massnahme-nicht-in-der-liste": func(s *sample.Spec) { s.Massnahmen = []string{"hausbesuch"} },
		"verjaehrt-bald":               titel(func(t *amtshilfe.Titel) { t.VerjaehrtAm = tag(2026, 12, 31) }),
		"verjaehrt":                    titel(func(t *amtshilfe.Titel) { t.VerjaehrtAm = tag(2025, 12, 31) }),
		"viele-hinweise":               func(s *sample.Spec) { vieleHinweise(s) },
	})
	const two = "regeln/zwei-personen-ein-schuldner.xml"
	nat := string(between(files[two], "<xfn:personNat>", "</xfn:personNat>\n"))
	files[two] = replaced(files[two], nat, nat+strings.Replace(nat, "Erika", "Max", 1))
	return files
}

// between is the part of doc from before to after, both included.
func between(doc []byte, before, after string) []byte {
	i := bytes.Index(doc, []byte(before))
	return doc[i : i+bytes.Index(doc[i:], []byte(after))+len(after)]
}

func gutschrift(f amtshilfe.Forderung) amtshilfe.Forderung {
	f.Forderungsart, f.Buchungstext, f.Brutto, f.Buchungsnummer = "410", "Gutschrift", -5_00, f.Buchungsnummer+"9"
	return f
}

func mitErbe(s *sample.Spec) {
	erbe := s.Schuldner[0]
	erbe.Rolle, erbe.Person.Vorname, erbe.Person.Sterbedatum, erbe.Person.Geburtsdatum = "erbe", "Max", tag(1, 1, 1), tag(1970, 1, 1)
	s.Schuldner = append(s.Schuldner, erbe)
}

// mehrAnschriften adds an address whose time ends before it begins.
func mehrAnschriften(s *sample.Spec) {
	alt := *anschrift(s)
	alt.Von, alt.Bis = tag(2020, 2, 1), tag(2020, 1, 1)
	s.Schuldner[0].Person.Anschriften = append(s.Schuldner[0].Person.Anschriften, alt)
}

// vieleHinweise makes more findings than a receipt shows.
func vieleHinweise(s *sample.Spec) {
	for i := range 60 {
		f := s.Forderungen[0]
		f.Buchungsnummer += string(rune('a'+i%26)) + string(rune('a'+i/26))
		f.Buchungstext = "Gebühr\u2026"
		s.Forderungen = append(s.Forderungen, f)
	}
}

// korpusAnhang is what is wrong with attachments.
func korpusAnhang() map[string][]byte {
	pdf := sample.PDF("bescheid.pdf", "Bescheid (Muster)")
	raw, err := base64.StdEncoding.DecodeString(string(pdf.Inhalt))
	if err != nil {
		panic(err)
	}
	with := func(content string) func(*sample.Spec) {
		return func(s *sample.Spec) {
			s.Anhaenge = []amtshilfe.Anhang{{Dateiname: "bescheid.pdf", Inhalt: []byte(base64.StdEncoding.EncodeToString([]byte(content)))}}
		}
	}
	catalog := func(more string) string {
		return strings.Replace(string(raw), "/Type /Catalog", "/Type /Catalog "+more, 1)
	}
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, _ = w.Write([]byte("1 0 << /S /JavaScript /JS (app.beep) >>"))
	_ = w.Close()
	hidden := "9 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length 99 >>\nstream\n" + z.String() + "\nendstream\nendobj\n"
	return each("anhang", 1500, map[string]func(*sample.Spec){
		"kein-base64": func(s *sample.Spec) {
			s.Anhaenge = []amtshilfe.Anhang{{Dateiname: "bescheid.pdf", Inhalt: []byte("JVBERi0!")}}
		},
		"keine-pdf":                      with("Kein PDF."),
		"pdf-abgeschnitten":              with(string(raw[:len(raw)-10])),
		"leer":                           with(""),
		"pruefsumme-falsch":              func(s *sample.Spec) { pdf.SHA256 = strings.Repeat("0", 64); s.Anhaenge = []amtshilfe.Anhang{pdf} },
		"javascript":                     with(catalog("/OpenAction << /S /JavaScript /JS (app.beep) >>")),
		"javascript-versteckt-im-namen":  with(catalog("/OpenAction << /S /J#61vaScript /JS (app.beep) >>")),
		"javascript-im-gepackten-objekt": with(strings.Replace(string(raw), "startxref", hidden+"startxref", 1)),
		"eingebettete-datei":             with(catalog("/Names << /EmbeddedFiles 9 0 R >>")),
		"startet-ein-programm":           with(catalog("/OpenAction << /S /Launch /F (a.exe) >>")),
		"dateiname-mit-schreibrichtung":  func(s *sample.Spec) { s.Anhaenge = []amtshilfe.Anhang{sample.PDF("bescheid\u202efdp.exe", "x")} },
	})
}

// korpusHindernisse is what nobody can enforce, or not yet.
func korpusHindernisse() map[string][]byte {
	insolvent := func(anspruch string) func(*sample.Spec) {
		return func(s *sample.Spec) {
			s.Schuldner[0].Insolvenz = &amtshilfe.Insolvenz{Gericht: "Amtsgericht Musterstadt", Aktenzeichen: "71 IN 5/26", EroeffnetAm: tag(2026, 9, 1), Anspruch: anspruch}
		}
	}
	zweiter := func(plz, ort string) func(*sample.Spec) {
		return func(s *sample.Spec) {
			other := s.Schuldner[0]
			other.Rolle, other.Person.Vorname = "gesamtschuldner", "Max"
			other.Person.Anschriften = []amtshilfe.Postanschrift{{Typen: []string{"001"}, Strasse: "Testgasse", Hausnummer: "1", Postleitzahl: plz, Ort: ort}}
			s.Schuldner = append(s.Schuldner, other)
		}
	}
	return each("hindernisse", 1600, map[string]func(*sample.Spec){
		"verstorben-ohne-erben":  func(s *sample.Spec) { person(s).Sterbedatum = tag(2026, 10, 1) },
		"insolvenz":              insolvent(""),
		"insolvenzforderung":     insolvent("insolvenzforderung"),
		"anschrift-im-ausland":   func(s *sample.Spec) { *anschrift(s) = wien },
		"anschrift-fehlt":        func(s *sample.Spec) { person(s).Anschriften = nil },
		"anschrift-leer":         func(s *sample.Spec) { *anschrift(s) = amtshilfe.Postanschrift{Typen: []string{"001"}} },
		"anschrift-abgelaufen":   func(s *sample.Spec) { anschrift(s).Bis = tag(2026, 10, 31) },
		"anschrift-beginnt-erst": func(s *sample.Spec) { anschrift(s).Von = tag(2027, 1, 1) },
		"anschrift-unbekannt":    func(s *sample.Spec) { anschrift(s).Strasse = "unbekannt verzogen" },
		"nur-postfach": func(s *sample.Spec) {
			*anschrift(s) = amtshilfe.Postanschrift{Postfach: "10 20 30", Postleitzahl: "24103", Ort: "Kiel"}
		},
		"aelter-als-21-tage":         func(s *sample.Spec) { s.Vom = tag(2026, 10, 29) },
		"iban-nicht-hinterlegt":      func(s *sample.Spec) { s.Bankverbindung.IBAN = sample.IBAN("21550050", "7777777") },
		"eigener-bezirk":             func(s *sample.Spec) { anschrift(s).Postleitzahl, anschrift(s).Ort = "24937", "Flensburg" },
		"verschiedene-behoerden":     zweiter("80331", "München"),
		"zweiter-ohne-anschrift":     func(s *sample.Spec) { zweiter("", "")(s); s.Schuldner[1].Person.Anschriften = nil },
		"niemand-zustaendig":         func(s *sample.Spec) { anschrift(s).Postleitzahl, anschrift(s).Ort = "99999", "Nirgendwo" },
		"einnahmeart-unbekannt":      func(s *sample.Spec) { s.Einnahmeart.Code, s.Einnahmeart.Name = "999", "Unbekannt" },
		"codeliste-unbekannt":        func(s *sample.Spec) { s.Einnahmeart.List = "urn:beispiel:einnahmeart" },
		"wunschempfaenger-unbekannt": func(s *sample.Spec) { s.Wunschempfaenger, s.WunschGrund = "kka:00000000", "belegenheit" },
	})
}
