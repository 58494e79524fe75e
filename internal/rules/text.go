package rules

import (
	"strings"
	"unicode/utf8"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/latin"
)

const (
	personNat = "/personNat/natuerlichePerson"
	name      = personNat + "/nameNatuerlichePerson"
)

// field is one text of a message. Its path is only put together when something is wrong with it.
type field struct {
	value, path string
}

// all judges texts of one sort below at.
func (k *check) all(at string, t latin.Type, code string, fields ...field) {
	for i := range fields {
		if f := &fields[i]; f.value != "" {
			k.chars(f.value, t, code, at, f.path)
		}
	}
}

// chars judges one text: what is no text at all first, then what the datatype does not allow. One finding per field is enough.
func (k *check) chars(s string, t latin.Type, code, at, path string) {
	if t == latin.C && plain(s) {
		return
	}
	i, ok := latin.Check(s, t)
	if ok {
		if !latin.NFC(s) {
			k.report(codeNFC, at+path, latin.Describe(firstMark(s)))
		}
		return
	}
	if r := control(s); r >= 0 {
		k.report(codeSteuerzeichen, at+path, latin.Describe(r))
		return
	}
	if !latin.NFC(s) {
		k.report(codeNFC, at+path, latin.Describe(firstMark(s)))
		return
	}
	if t == latin.C {
		if i, ok = skipTolerated(s, i); ok {
			return
		}
	}
	r, _ := utf8.DecodeRuneInString(s[i:])
	k.report(code, at+path, latin.Describe(r))
}

// plain is the way of nearly every text: printable ASCII only.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// skipTolerated goes on behind the dash and the German quotes, which every word processor writes and our print font has.
func skipTolerated(s string, i int) (int, bool) {
	for {
		r, n := utf8.DecodeRuneInString(s[i:])
		if !strings.ContainsRune("\u2013\u201e\u201c\u201a\u2018", r) {
			return i, false
		}
		i += n
		next, ok := latin.Check(s[i:], latin.C)
		if i += next; ok {
			return i, true
		}
	}
}

// control gives the first control character that is no white space, or -1.
func control(s string) rune {
	for _, r := range s {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r < 0xa0 {
			return r
		}
	}
	return -1
}

// firstMark gives the first combining mark, or the first character beyond ASCII: what a finding about NFC points at.
func firstMark(s string) rune {
	wide := utf8.RuneError
	for _, r := range s {
		if r >= 0x300 && r < 0x370 {
			return r
		}
		if wide == utf8.RuneError && r >= 0x370 {
			wide = r
		}
	}
	return wide
}

// person judges names and addresses of a person below at.
func (k *check) person(p *amtshilfe.Person, at string) {
	k.all(at, latin.A, codeName, field{p.Titel, name + "/titel"}, field{p.Vorname, name + "/vorname/name"},
		field{p.Familienname, name + "/familienname/name"}, field{p.Geburtsname, name + "/geburtsname/name"})
	k.all(at, latin.B, codeFirma, field{p.Firma, "/personJur/organisation/name/name"})
	k.all(at, latin.C, codeText, field{p.Empfaenger, "/personJur/empfaenger"}, field{p.Anrede, name + "/anrede"})
	for j := range p.Anschriften {
		a := &p.Anschriften[j]
		k.all(at+addressPath(p, j), latin.B, codeAnschrift, field{a.Strasse, "/strasse"}, field{a.Hausnummer, "/hausnummer"},
			field{a.HausnummerZusatz, "/hausnummernzusatz"}, field{a.Ort, "/ort"}, field{a.Ortsteil, "/ortsteil"},
			field{a.Zusatz, "/adressierungszusatz"}, field{a.Postfach, "/postfach"}, field{a.Postleitzahl, "/postleitzahl"})
	}
}

func kopfText(k *check) {
	const at = "/nachrichtenkopf/absender"
	a := &k.m.Kopf.Absender
	k.person(&a.Person, at+"/behoerdeAdresse")
	k.all(at, latin.C, codeText, field{a.Aktenzeichen, "/aktenzeichen"})
	if b := k.m.Kopf.Empfaenger; b != nil {
		k.person(&b.Person, "/nachrichtenkopf/empfaenger/behoerdeAdresse")
	}
}

// personen judges what is said about the listed persons.
func personen(k *check) {
	for i, s := range k.listed() {
		at := step("schuldner", i)
		k.person(&s.Person, at+"/person")
		for j := range s.Schutzvermerk {
			k.all(at+step("schutzvermerk", j), latin.C, codeText, field{s.Schutzvermerk[j].Text, "/text"})
		}
		if v := s.Insolvenz; v != nil {
			k.all(at, latin.C, codeText, field{v.Gericht, "/insolvenz/gericht"}, field{v.Aktenzeichen, "/insolvenz/aktenzeichen"})
		}
	}
}

// ersuchenText judges every other text of a request that somebody will read or a letter will print.
func ersuchenText(k *check) {
	e := k.e
	for i := range e.Titel {
		t := &e.Titel[i]
		k.all(step("titel", i), latin.C, codeText, field{t.ErlassendeStelle, "/erlassendeStelle"}, field{t.Aktenzeichen, "/aktenzeichen"},
			field{t.Gegenstand, "/gegenstand"}, field{t.Vollstreckbarkeit.KeineAufschiebendeWirkung, "/vollstreckbarkeit/keineAufschiebendeWirkung"},
			field{t.Vollstreckbarkeit.KraftGesetzes, "/vollstreckbarkeit/kraftGesetzes"}, field{t.MahnungUnterblieben, "/mahnung/unterbliebenWeil"})
	}
	for i := range e.Forderungen {
		f := &e.Forderungen[i]
		k.all(step("forderung", i), latin.C, codeText, field{f.Buchungsnummer, "/soll/buchungsnummer"},
			field{f.Kassenzeichen, "/soll/gemeinsameBuchungsdaten/kassenzeichen"}, field{f.Buchungstext, "/soll/gemeinsameBuchungsdaten/buchungstext"},
			field{f.Zahlungsgrund, "/soll/zahlungsgrund/zahlungsgrund"})
	}
	for i, w := range e.WeitereErsuchen {
		k.all("", latin.C, codeText, field{w, step("weiteresErsuchen", i)})
	}
	k.all("", latin.C, codeText, field{e.Glaeubiger, "/glaeubiger/name"}, field{e.GlaeubigerKassenzeichen, "/glaeubiger/kassenzeichen"},
		field{e.GefahrText, "/gefahrenhinweis/text"}, field{e.Bankverbindung.Kontoinhaber, "/bankverbindung/kontoinhaber"},
		field{e.Bankverbindung.Verwendungszweck, "/bankverbindung/verwendungszweck"}, field{e.AngeordnetVon.Beschreibung, "/angeordnetVon/beschreibung"},
		field{e.AngeordnetVon.Name, "/angeordnetVon/name"}, field{e.AngeordnetVon.Funktion, "/angeordnetVon/funktion"})
}

// uebrigerText judges the texts of the messages that are no request.
func uebrigerText(k *check) {
	k.all("", latin.C, codeText, field{k.m.Text, "/text"}, field{k.m.AktenzeichenEmpfaenger, "/aktenzeichenEmpfaenger"},
		field{k.m.Einstellung.Grund, "/grund"}, field{k.m.Ergaenzung.GefahrText, "/gefahrenhinweis/text"})
	for i := range k.m.Gruende {
		k.all(step("grund", i), latin.C, codeText, field{k.m.Gruende[i].Text, "/text"})
	}
	if b := k.m.AnBehoerde; b != nil {
		k.person(&b.Person, "/anBehoerde/behoerdeAdresse")
	}
}
