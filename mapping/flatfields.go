package mapping

import (
	"slices"
	"strings"
)

// nodeKind is a part of a 003 that a record of a flat file can open. Persons have no node of their own: their fields lie in that of
// the Akteur or Schuldner.
type nodeKind uint8

const (
	nodeErsuchen nodeKind = iota
	nodeAbsender
	nodeSchuldner
	nodeAnschrift
	nodeKommunikation
	nodeSchutzvermerk
	nodeInsolvenz
	nodeWeiteres
	nodeTitel
	nodeForderung
	nodeSaeumnis
	nodeKinds
)

// lexis is what a value must look like.
type lexis uint8

const (
	lexText   lexis = iota
	lexLine         // text without line breaks and double blanks
	lexTokens       // several codes with commas between them
	lexDate         // 2026-11-21
	lexAmount       // 1234.50
	lexBool         // true or false
	lexYear         // 2026
	lexUUID         // as it is, or a reference that a UUID is made of
)

// target is a field that a mapping can fill. Its name is that of the vocabulary, seen from the node.
type target struct {
	name string
	lex  lexis
	must bool // the profile's schema demands it; an empty one is a finding at its column
}

// nodeType says what a node holds and where it hangs.
type nodeType struct {
	name     string // the group's name as seen from the parent; the root's is ersuchen
	fields   []target
	children map[string]nodeKind // by group path
	choices  [][]string          // of each of these at least one field must be mapped and filled
	single   bool                // at most one per parent
}

func must(lex lexis, names ...string) (list []target) {
	for _, n := range names {
		list = append(list, target{n, lex, true})
	}
	return list
}

func may(lex lexis, names ...string) (list []target) {
	for _, n := range names {
		list = append(list, target{name: n, lex: lex})
	}
	return list
}

func join(lists ...[]target) (all []target) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// nodeTypes is the one table of what a mapping can fill: the 003 of the profile without attachments, which no flat file can hold.
// The writer knows the fields by their names.
var nodeTypes = [nodeKinds]nodeType{
	nodeErsuchen: {name: "ersuchen",
		fields: join(
			may(lexUUID, "uuid"), may(lexDate, "erstellt"), may(lexBool, "test"),
			must(lexDate, "ersuchenVom"), must(lexLine, "einnahmeart"), may(lexLine, "einnahmeart.name", "einnahmeart.liste", "einnahmeart.version"),
			may(lexLine, "wunschempfaenger", "wunschempfaenger.grund"), may(lexUUID, "vorgaenger"), may(lexLine, "glaeubiger", "glaeubiger.kassenzeichen"),
			must(lexBool, "bescheinigt"), may(lexTokens, "massnahme"), must(lexLine, "gefahr"), may(lexText, "gefahr.text"),
			must(lexLine, "iban", "kontoinhaber"), may(lexLine, "bic"), must(lexLine, "verwendungszweck"),
			must(lexText, "angeordnet.beschreibung"), must(lexLine, "angeordnet.name", "angeordnet.funktion")),
		children: map[string]nodeKind{"absender": nodeAbsender, "schuldner": nodeSchuldner, "weiteresErsuchen": nodeWeiteres, "titel": nodeTitel, "forderung": nodeForderung},
	},
	nodeAbsender: {name: "absender", single: true,
		fields:   join(must(lexLine, "kennung", "verfahren", "aktenzeichen", "person.firma"), may(lexLine, "person.empfaenger", "person.rechtsform")),
		children: map[string]nodeKind{"person.anschrift": nodeAnschrift, "person.kommunikation": nodeKommunikation},
	},
	nodeSchuldner: {name: "schuldner",
		fields: join(may(lexLine, "rolle", "person.anrede", "person.titel", "person.vorname", "person.familienname", "person.geburtsname"),
			may(lexDate, "person.geburtsdatum", "person.sterbedatum"), may(lexLine, "person.firma", "person.rechtsform", "person.empfaenger")),
		children: map[string]nodeKind{"person.anschrift": nodeAnschrift, "person.kommunikation": nodeKommunikation, "schutzvermerk": nodeSchutzvermerk, "insolvenz": nodeInsolvenz},
		choices:  [][]string{{"person.familienname", "person.firma"}},
	},
	nodeAnschrift: {name: "person.anschrift",
		fields: join(may(lexTokens, "typ"), may(lexLine, "strasse", "hausnummer", "hausnummernzusatz", "postleitzahl", "ort", "ortsteil", "staat", "adressierungszusatz"),
			may(lexDate, "von", "bis"), may(lexLine, "postfach", "postfach.postleitzahl", "postfach.ort", "postfach.staat"))},
	nodeKommunikation: {name: "person.kommunikation", fields: must(lexLine, "kennung", "kanal")},
	nodeSchutzvermerk: {name: "schutzvermerk", fields: join(must(lexLine, "art"), may(lexText, "text"), may(lexDate, "bis"))},
	nodeInsolvenz: {name: "insolvenz", single: true,
		fields: join(must(lexLine, "gericht", "aktenzeichen"), may(lexDate, "eroeffnetAm"), may(lexLine, "anspruch"))},
	nodeWeiteres: {name: "weiteresErsuchen", fields: must(lexLine, "behoerde", "aktenzeichen")},
	nodeTitel: {name: "titel",
		fields: join(must(lexLine, "art", "erlassendeStelle"), must(lexDate, "datum"), may(lexDate, "bekanntgabe.am"), may(lexLine, "bekanntgabe.art"),
			must(lexLine, "aktenzeichen"), must(lexText, "gegenstand"),
			may(lexDate, "unanfechtbarSeit", "sofortigeVollziehungAngeordnetAm"), may(lexLine, "keineAufschiebendeWirkung", "kraftGesetzes"),
			may(lexDate, "mahnung.am"), may(lexText, "mahnung.unterbliebenWeil"), may(lexDate, "verjaehrtAm")),
		choices: [][]string{{"unanfechtbarSeit", "sofortigeVollziehungAngeordnetAm", "keineAufschiebendeWirkung", "kraftGesetzes"}, {"mahnung.am", "mahnung.unterbliebenWeil"}},
	},
	nodeForderung: {name: "forderung",
		fields: join(must(lexLine, "buchungsnummer"), must(lexYear, "haushaltsjahr"), may(lexLine, "kassenzeichen", "buchungstext", "zahlungsgrund"),
			must(lexLine, "forderungsart", "forderungstyp"), must(lexAmount, "brutto"), may(lexLine, "waehrung"), may(lexDate, "faelligkeit")),
		children: map[string]nodeKind{"saeumnis": nodeSaeumnis},
	},
	nodeSaeumnis: {name: "saeumnis", single: true,
		fields: join(must(lexLine, "art"), may(lexAmount, "satz", "basis"), may(lexDate, "berechnetBis"), must(lexBool, "laeuftWeiter", "mitBeitreiben"))},
}

// choiceFields are the choices of each node as fields.
var choiceFields = func() (all [nodeKinds][][]int) {
	for k := range nodeTypes {
		for _, names := range nodeTypes[k].choices {
			var fields []int
			for _, name := range names {
				fields = append(fields, fieldOf(nodeKind(k), name))
			}
			all[k] = append(all[k], fields)
		}
	}
	return all
}()

// fieldMarks are the names of each node's fields as the hash of a message's content takes them.
var fieldMarks = func() (all [nodeKinds][]string) {
	for k := range nodeTypes {
		for _, f := range nodeTypes[k].fields {
			all[k] = append(all[k], f.name+"\x00")
		}
	}
	return all
}()

// fieldOf finds a field of a node by its name, or -1.
func fieldOf(k nodeKind, name string) int {
	return slices.IndexFunc(nodeTypes[k].fields, func(f target) bool { return f.name == name })
}

// groupOf resolves a group path from k down to its node: the kinds on the way, the last one is the node. An empty path is k itself.
func groupOf(k nodeKind, path string) (way []nodeKind, ok bool) {
	for path != "" {
		name, child, rest := "", nodeKind(0), ""
		for n, c := range nodeTypes[k].children {
			if r, found := strings.CutPrefix(path+".", n+"."); found && len(n) > len(name) {
				name, child, rest = n, c, strings.TrimSuffix(r, ".")
			}
		}
		if name == "" {
			return nil, false
		}
		way, k, path = append(way, child), child, rest
	}
	return way, true
}

// targetOf resolves a field path from k down: the kinds on the way and the field of the last one.
func targetOf(k nodeKind, path string) (way []nodeKind, field int, ok bool) {
	if f := fieldOf(k, path); f >= 0 {
		return nil, f, true
	}
	for n, c := range nodeTypes[k].children {
		if rest, found := strings.CutPrefix(path, n+"."); found {
			if way, f, ok := targetOf(c, rest); ok {
				return append([]nodeKind{c}, way...), f, true
			}
		}
	}
	return nil, 0, false
}
