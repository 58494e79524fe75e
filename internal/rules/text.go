package rules

import (
	"strconv"
	"strings"
	"unicode"
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

// chars judges one text. Nearly every one ends at the first line. What no text may have is said by getragen where the document is at
// hand: there it has its exact place, in a foreign message too.
func (k *check) chars(s string, t latin.Type, code, at, path string) {
	if _, ok := latin.Check(s, t); ok && latin.NFC(s) {
		return
	}
	v := violations{k: k, s: s, path: at + path, quiet: k.Doc != nil}
	v.normal()
	for from := 0; ; {
		i, ok := latin.Check(s[from:], t)
		if ok {
			break
		}
		i += from
		r, n := utf8.DecodeRuneInString(s[i:])
		from = i + n
		switch {
		case v.told(i):
		case control(r):
			if !v.quiet {
				v.add(codeSteuerzeichen, i, r)
			}
		case t == latin.C && tolerated(r):
		default:
			v.add(code, i, r)
		}
	}
	v.flush()
}

// violations are those of one text: each is a finding of its own, at its character; those that follow each other are one.
type violations struct {
	k       *check
	s, path string
	quiet   bool     // what no text may have is said elsewhere
	spans   [][2]int // what is not NFC; marks in there are no violation of their own
	run     run      // not reported yet
}

// run is a violation and those right behind it.
type run struct {
	code       string
	start, end int
	first      rune
	more       int
}

func (v *violations) add(code string, i int, r rune) {
	if v.run.code == code && v.run.end == i {
		v.run.more++
	} else {
		v.flush()
		v.run = run{code: code, start: i, first: r}
	}
	v.run.end = i + utf8.RuneLen(r)
}

func (v *violations) flush() {
	if v.run.code == "" {
		return
	}
	detail := latin.Describe(v.run.first)
	switch {
	case v.run.more == 1:
		detail += " und das Zeichen danach"
	case v.run.more > 1:
		detail += " und die " + strconv.Itoa(v.run.more) + " Zeichen danach"
	}
	v.k.report(v.run.code, v.path, detail)
	f := &v.k.findings[len(v.k.findings)-1]
	f.Char, f.Nth = v.run.first, strings.Count(v.s[:v.run.start], string(v.run.first))
	v.run = run{}
}

// normal reports each letter that is not in its normal form, at the mark that makes it so.
func (v *violations) normal() {
	for from := 0; ; {
		start, end, ok := latin.NotNFC(v.s, from)
		if !ok {
			return
		}
		v.spans = append(v.spans, [2]int{start, end})
		from = end
		if v.quiet {
			continue
		}
		i, r := firstMark(v.s[start:end])
		v.add(codeNFC, start+i, r)
		v.flush()
	}
}

func (v *violations) told(i int) bool {
	for _, s := range v.spans {
		if i >= s[0] && i < s[1] {
			return true
		}
	}
	return false
}

// tolerated are the dash and the German quotes, which every word processor writes and our print font has.
func tolerated(r rune) bool {
	switch r {
	case '\u2013', '\u201e', '\u201c', '\u201a', '\u2018':
		return true
	}
	return false
}

// control says that r is a control character and no white space.
func control(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r < 0xa0
}

// firstMark gives the first combining mark, or else the first character: what a finding about NFC points at.
func firstMark(s string) (at int, r rune) {
	for i, r := range s {
		if unicode.Is(unicode.Mn, r) {
			return i, r
		}
	}
	r, _ = utf8.DecodeRuneInString(s)
	return 0, r
}

// person judges names and addresses of a person below at.
func (k *check) person(p *amtshilfe.Person, at string) {
	k.all(at, latin.A, codeName, field{p.Titel, name + "/titel"}, field{p.Vorname, name + "/vorname/name"},
		field{p.Familienname, name + "/familienname/name"}, field{p.Geburtsname, name + "/geburtsname/name"})
	k.all(at, latin.B, codeFirma, field{p.Firma, "/personJur/organisation/name/name"})
	k.all(at, latin.C, codeText, field{p.Empfaenger, "/personJur/empfaenger"}, field{p.Anrede, name + "/anrede"})
	part := personNat
	if p.Firma != "" || p.Familienname == "" && p.Empfaenger != "" {
		part = "/personJur/organisation"
	}
	for j := range p.Kommunikation {
		k.all(at, latin.C, codeText, field{p.Kommunikation[j].Kennung, part + step("/kommunikation", j) + "/kennung"})
	}
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
	k.all(at, latin.C, codeText, field{a.Verfahren, "/identifikator/verfahren"}, field{a.Aktenzeichen, "/aktenzeichen"})
	if b := k.m.Kopf.Empfaenger; b != nil {
		k.person(&b.Person, "/nachrichtenkopf/empfaenger/behoerdeAdresse")
	}
}

// personen judges what is said about the listed persons.
func personen(k *check) {
	list := k.listed()
	for i := range list {
		s := &list[i]
		at := step("/schuldner", i)
		k.person(&s.Person, at+"/person")
		for j := range s.Schutzvermerk {
			k.all(at+step("/schutzvermerk", j), latin.C, codeText, field{s.Schutzvermerk[j].Text, "/text"})
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
		k.all(step("/titel", i), latin.C, codeText, field{t.ErlassendeStelle, "/erlassendeStelle"}, field{t.Aktenzeichen, "/aktenzeichen"},
			field{t.Gegenstand, "/gegenstand"}, field{t.Vollstreckbarkeit.KeineAufschiebendeWirkung, "/vollstreckbarkeit/keineAufschiebendeWirkung"},
			field{t.Vollstreckbarkeit.KraftGesetzes, "/vollstreckbarkeit/kraftGesetzes"}, field{t.MahnungUnterblieben, "/mahnung/unterbliebenWeil"})
	}
	for i := range e.Forderungen {
		f := &e.Forderungen[i]
		k.all(step("/forderung", i), latin.C, codeText, field{f.Buchungsnummer, "/soll/buchungsnummer"},
			field{f.Kassenzeichen, "/soll/gemeinsameBuchungsdaten/kassenzeichen"}, field{f.Buchungstext, "/soll/gemeinsameBuchungsdaten/buchungstext"},
			field{f.Zahlungsgrund, "/soll/zahlungsgrund/zahlungsgrund"})
	}
	for i := range e.Anhaenge {
		k.all(step("/anhang", i), latin.C, codeText, field{e.Anhaenge[i].Dateiname, "/dateiname"})
	}
	for i, w := range e.WeitereErsuchen {
		k.all("", latin.C, codeText, field{w, step("/weiteresErsuchen", i)})
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
		k.all(step("/grund", i), latin.C, codeText, field{k.m.Gruende[i].Text, "/text"})
	}
	for i := range k.m.Anhaenge {
		k.all(step("/anhang", i), latin.C, codeText, field{k.m.Anhaenge[i].Dateiname, "/dateiname"})
	}
	if b := k.m.AnBehoerde; b != nil {
		k.person(&b.Person, "/anBehoerde/behoerdeAdresse")
	}
}
