package mapping

// Persons and addresses of a 003.

// person writes the PersonKomplett of an absender or schuldner.
func (w *flatWriter) person(n int) {
	switch {
	case w.has(n, "person.firma"):
		w.raw("<x:personJur>\n")
		w.value("<x:empfaenger></x:empfaenger>\n", n, "person.empfaenger")
		w.raw("<x:organisation>\n")
		w.code("x:rechtsform", "", n, "person.rechtsform")
		w.named("x:name", n, "person.firma")
		w.each(n, nodeKommunikation, w.kommunikation)
		w.raw("</x:organisation>\n<x:personenNummern></x:personenNummern>\n</x:personJur>\n")
	case w.t.nodes[n].kind == nodeSchuldner:
		w.natuerlich(n)
	}
	w.each(n, nodeAnschrift, w.anschrift)
}

func (w *flatWriter) natuerlich(n int) {
	w.raw("<x:personNat>\n<x:personenNummern></x:personenNummern>\n<x:natuerlichePerson>\n<x:nameNatuerlichePerson>\n")
	w.value("<x:anrede></x:anrede>\n", n, "person.anrede")
	w.value("<x:titel></x:titel>\n", n, "person.titel")
	w.named("x:vorname", n, "person.vorname")
	w.named("x:familienname", n, "person.familienname")
	w.named("x:geburtsname", n, "person.geburtsname")
	w.raw("</x:nameNatuerlichePerson>\n")
	if w.has(n, "person.geburtsdatum") {
		w.raw("<x:geburt>\n")
		w.value("<x:datum></x:datum>\n", n, "person.geburtsdatum")
		w.raw("</x:geburt>\n")
	}
	w.each(n, nodeKommunikation, w.kommunikation)
	w.value("<x:sterbedatum></x:sterbedatum>\n", n, "person.sterbedatum")
	w.raw("</x:natuerlichePerson>\n</x:personNat>\n")
}

// named writes an XFinanz AllgemeinerName.
func (w *flatWriter) named(name string, n int, field string) {
	if w.has(n, field) {
		w.b = append(append(append(w.b, '<'), name...), ">\n"...)
		w.value("<x:name></x:name>\n", n, field)
		w.b = append(append(append(w.b, "</"...), name...), ">\n"...)
	}
}

func (w *flatWriter) kommunikation(n int) {
	w.node("<x:kommunikation>\n", n)
	w.value("<x:kennung></x:kennung>\n", n, "kennung")
	w.code("x:kanal", "", n, "kanal")
	w.raw("</x:kommunikation>\n")
}

func (w *flatWriter) anschrift(n int) {
	w.node("<x:adressStamm>\n", n)
	w.raw("<x:anschrift>\n")
	if w.has(n, "postfach") {
		w.raw("<x:anschriftPostfach>\n")
		w.staat(n, "postfach.staat")
		w.value("<x:postleitzahl></x:postleitzahl>\n", n, "postfach.postleitzahl")
		w.value("<x:ort></x:ort>\n", n, "postfach.ort")
		w.value("<x:postfach></x:postfach>\n", n, "postfach")
		w.raw("</x:anschriftPostfach>\n")
	}
	if !w.has(n, "postfach") || w.has(n, "ort") || w.has(n, "strasse") {
		w.postanschrift(n)
	}
	w.raw("<x:anschriftNummern></x:anschriftNummern>\n")
	if w.has(n, "von") || w.has(n, "bis") {
		w.raw("<x:gueltigkeit>\n")
		w.value("<x:beginn></x:beginn>\n", n, "von")
		w.value("<x:ende></x:ende>\n", n, "bis")
		w.raw("</x:gueltigkeit>\n")
	}
	w.raw("</x:anschrift>\n<x:personenNummern></x:personenNummern>\n</x:adressStamm>\n")
}

func (w *flatWriter) postanschrift(n int) {
	w.raw("<x:postanschrift>\n")
	w.value("<x:hausnummer></x:hausnummer>\n", n, "hausnummer")
	w.value("<x:hausnummernzusatz></x:hausnummernzusatz>\n", n, "hausnummernzusatz")
	w.value("<x:ort></x:ort>\n", n, "ort")
	w.value("<x:ortsteil></x:ortsteil>\n", n, "ortsteil")
	w.value("<x:postleitzahl></x:postleitzahl>\n", n, "postleitzahl")
	w.value("<x:strasse></x:strasse>\n", n, "strasse")
	w.tokens(n, "typ", func(code []byte) { w.coded("x:typ", "", code) })
	w.staat(n, "staat")
	w.value("<x:adressierungszusatz></x:adressierungszusatz>\n", n, "adressierungszusatz")
	w.raw("</x:postanschrift>\n")
}

func (w *flatWriter) staat(n int, field string) {
	if w.has(n, field) {
		w.raw("<x:staat>\n")
		w.code("x:staat", ` listVersionID="2022-01-01"`, n, field)
		w.raw("</x:staat>\n")
	}
}
