package rules_test

import (
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/rules"
)

func TestCharacters(t *testing.T) {
	const name = "/schuldner/person/personNat/natuerlichePerson/nameNatuerlichePerson"
	const at = "/schuldner/person/adressStamm/anschrift/postanschrift"
	first := func(s string) change { return debtor(func(d *amtshilfe.Schuldner) { d.Person.Vorname = s }) }
	firm := func(s string) change {
		return debtor(func(d *amtshilfe.Schuldner) {
			d.Person = amtshilfe.Person{Firma: s, Anschriften: d.Person.Anschriften}
		})
	}
	subject := func(s string) change { return title(func(t *amtshilfe.Titel) { t.Gegenstand = s }) }
	run(t, []row{
		{"a digit in a name is refused", first("Erika 2"), one("ZEICHEN-NAME", name+"/vorname/name")},
		{"an accent in a name is fine", first("Zoë Ánh Łucja"), nil},
		{"a dash in a name is refused", debtor(func(d *amtshilfe.Schuldner) { d.Person.Familienname = "Muster\u2013Beispiel" }), one("ZEICHEN-NAME", name+"/familienname/name")},
		{"a hyphen is fine", debtor(func(d *amtshilfe.Schuldner) { d.Person.Familienname = "Muster-Beispiel" }), nil},
		{"a birth name is a name", debtor(func(d *amtshilfe.Schuldner) { d.Person.Geburtsname = "Probe?" }), one("ZEICHEN-NAME", name+"/geburtsname/name")},
		{"so is a title", debtor(func(d *amtshilfe.Schuldner) { d.Person.Titel = "Dr. (FH" }), one("ZEICHEN-NAME", name+"/titel")},
		{"every violation is said", debtor(func(d *amtshilfe.Schuldner) { d.Person.Titel = "Dr. (FH)" }), []string{"ZEICHEN-NAME " + name + "/titel", "ZEICHEN-NAME " + name + "/titel"}},
		{"Cyrillic is refused, to be transliterated", first("Ирина"), one("ZEICHEN-NAME", name+"/vorname/name")},
		{"a firm with German quotes is refused", firm("Gasthof \u201eMuster"), one("ZEICHEN-FIRMA", "/schuldner/person/personJur/organisation/name/name")},
		{"with straight quotes it is fine", firm(`Gasthof "Muster" & Söhne 24`), nil},
		{"a street with a dash is refused", address(func(a *amtshilfe.Postanschrift) { a.Strasse = "Gasse \u2013 Hof" }), one("ZEICHEN-ANSCHRIFT", at+"/strasse")},
		{"a street of the 17th of June is fine", address(func(a *amtshilfe.Postanschrift) { a.Strasse = "Straße des 17. Juni" }), nil},
		{"a place with a no-break space is refused", address(func(a *amtshilfe.Postanschrift) { a.Ort = "Bad\u00a0Muster" }), one("ZEICHEN-ANSCHRIFT", at+"/ort")},
		{"a decomposed umlaut is refused", first("Ju\u0308rgen"), one("ZEICHEN-NFC", name+"/vorname/name")},
		{"in text too", subject("Gru\u0308n"), one("ZEICHEN-NFC", "/titel/gegenstand")},
		{"even where the datatype knows the characters", subject("\u212b"), one("ZEICHEN-NFC", "/titel/gegenstand")},
		{"a control character is refused", subject("Grund\u0085steuer"), one("ZEICHEN-STEUERZEICHEN", "/titel/gegenstand")},
		{"beside something less bad", subject("Grund\u2026steuer\u007f"), []string{"ZEICHEN-TEXT /titel/gegenstand", "ZEICHEN-STEUERZEICHEN /titel/gegenstand"}},
		{"a phone number is text", debtor(func(d *amtshilfe.Schuldner) {
			d.Person.Kommunikation = []amtshilfe.Kommunikation{{Kennung: "+49 30 1"}, {Kennung: "030\u20111"}}
		}), one("ZEICHEN-TEXT", "/schuldner/person/personNat/natuerlichePerson/kommunikation[2]/kennung")},
		{"line breaks and tabs are text", subject("Grund\n\tsteuer"), nil},
		{"dash and German quotes in text are fine", subject("\u201eGrundsteuer\u201c \u2013 2026, \u201aB\u2018"), nil},
		{"dots in one character get a warning", subject("Grundsteuer\u2026"), one("ZEICHEN-TEXT", "/titel/gegenstand")},
		{"also behind a dash", subject("Grundsteuer \u2013 2026 \u2026"), one("ZEICHEN-TEXT", "/titel/gegenstand")},
		{"a picture in a purpose gets a warning", ersuchen(func(e *amtshilfe.Ersuchen) { e.Bankverbindung.Verwendungszweck = "danke 😀" }), one("ZEICHEN-TEXT", "/bankverbindung/verwendungszweck")},
		{"a booking text is text", claim(func(c *amtshilfe.Forderung) { c.Buchungstext = "5\u2009%" }), one("ZEICHEN-TEXT", "/forderung/soll/gemeinsameBuchungsdaten/buchungstext")},
		{"the sender's clerk is text", func(m *amtshilfe.Message, _ *rules.Context) { m.Kopf.Absender.Person.Empfaenger = "SG \u2022 2" },
			one("ZEICHEN-TEXT", "/nachrichtenkopf/absender/behoerdeAdresse/personJur/empfaenger")},
		{"the reason of an 008 is text", func(m *amtshilfe.Message, _ *rules.Context) {
			m.Kind, m.Ersuchen, m.Einstellung.Grund = amtshilfe.KindEinstellung, nil, "bezahlt\u2026"
		}, one("ZEICHEN-TEXT", "/grund")},
	})
}
