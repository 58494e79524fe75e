package mapping

// The parties of a 003: who asks and who owes, with their addresses.

// juristisch are the elements of a legal person: an Akteur and a debtor have the same fields at other places.
type juristisch struct {
	firma                    int
	empfaenger, organisation []leaf
}

func jurOf(kind nodeKind) juristisch {
	return juristisch{firma: fieldOf(kind, "person.firma"), empfaenger: leaves(kind, "x:empfaenger", "person.empfaenger"),
		organisation: []leaf{coded(kind, "x:rechtsform", "", "person.rechtsform"), named(kind, "x:name", "person.firma")}}
}

// The elements of persons and addresses.
var (
	absenderJur  = jurOf(nodeAbsender)
	schuldnerJur = jurOf(nodeSchuldner)
	natName      = append(leaves(nodeSchuldner, "x:anrede", "person.anrede", "x:titel", "person.titel"), named(nodeSchuldner, "x:vorname", "person.vorname"),
		named(nodeSchuldner, "x:familienname", "person.familienname"), named(nodeSchuldner, "x:geburtsname", "person.geburtsname"))
	natGeburt = []leaf{leaves(nodeSchuldner, "x:datum", "person.geburtsdatum")[0].inside("x:geburt")}
	natTod    = leaves(nodeSchuldner, "x:sterbedatum", "person.sterbedatum")
	rolle     = leaves(nodeSchuldner, "v:rolle", "rolle")

	kommunikation = append(leaves(nodeKommunikation, "x:kennung", "kennung"), coded(nodeKommunikation, "x:kanal", "", "kanal"))
	schutzvermerk = leaves(nodeSchutzvermerk, "v:art", "art", "v:text", "text", "v:bis", "bis")
	insolvenz     = leaves(nodeInsolvenz, "v:gericht", "gericht", "v:aktenzeichen", "aktenzeichen", "v:eroeffnetAm", "eroeffnetAm", "v:anspruch", "anspruch")

	postfach = append([]leaf{staatOf("postfach.staat")},
		leaves(nodeAnschrift, "x:postleitzahl", "postfach.postleitzahl", "x:ort", "postfach.ort", "x:postfach", "postfach")...)
	haus = leaves(nodeAnschrift, "x:hausnummer", "hausnummer", "x:hausnummernzusatz", "hausnummernzusatz", "x:ort", "ort",
		"x:ortsteil", "ortsteil", "x:postleitzahl", "postleitzahl", "x:strasse", "strasse")
	anschriftTyp = coded(nodeAnschrift, "x:typ", "", "typ")
	hausStaat    = append([]leaf{staatOf("staat")}, leaves(nodeAnschrift, "x:adressierungszusatz", "adressierungszusatz")...)
	gueltigkeit  = leaves(nodeAnschrift, "x:beginn", "von", "x:ende", "bis")
)

func staatOf(field string) leaf {
	return coded(nodeAnschrift, "x:staat", ` listVersionID="2022-01-01"`, field).inside("x:staat")
}

// person writes the PersonKomplett of an absender or schuldner.
func (w *flatWriter) person(n int, jur *juristisch) {
	switch {
	case w.has(n, jur.firma):
		w.raw("<x:personJur>\n")
		w.values(n, jur.empfaenger)
		w.raw("<x:organisation>\n")
		w.values(n, jur.organisation)
		w.each(n, nodeKommunikation, w.kommunikation)
		w.raw("</x:organisation>\n<x:personenNummern></x:personenNummern>\n</x:personJur>\n")
	case w.t.nodes[n].kind == nodeSchuldner:
		w.natuerlich(n)
	}
	w.each(n, nodeAnschrift, w.anschrift)
}

func (w *flatWriter) natuerlich(n int) {
	w.raw("<x:personNat>\n<x:personenNummern></x:personenNummern>\n<x:natuerlichePerson>\n<x:nameNatuerlichePerson>\n")
	w.values(n, natName)
	w.raw("</x:nameNatuerlichePerson>\n")
	w.values(n, natGeburt)
	w.each(n, nodeKommunikation, w.kommunikation)
	w.values(n, natTod)
	w.raw("</x:natuerlichePerson>\n</x:personNat>\n")
}

func (w *flatWriter) kommunikation(n int) {
	w.node("<x:kommunikation>\n", n)
	w.values(n, kommunikation)
	w.raw("</x:kommunikation>\n")
}

func (w *flatWriter) anschrift(n int) {
	w.node("<x:adressStamm>\n", n)
	w.raw("<x:anschrift>\n")
	if w.has(n, fPostfach) {
		w.raw("<x:anschriftPostfach>\n")
		w.values(n, postfach)
		w.raw("</x:anschriftPostfach>\n")
	}
	if !w.has(n, fPostfach) || w.has(n, fOrt) || w.has(n, fStrasse) {
		w.raw("<x:postanschrift>\n")
		w.values(n, haus)
		w.tokens(n, &anschriftTyp)
		w.values(n, hausStaat)
		w.raw("</x:postanschrift>\n")
	}
	w.raw("<x:anschriftNummern></x:anschriftNummern>\n")
	if w.has(n, fVon) || w.has(n, fBis) {
		w.raw("<x:gueltigkeit>\n")
		w.values(n, gueltigkeit)
		w.raw("</x:gueltigkeit>\n")
	}
	w.raw("</x:anschrift>\n<x:personenNummern></x:personenNummern>\n</x:adressStamm>\n")
}

func (w *flatWriter) schuldner(n int) {
	w.node("<v:schuldner>\n", n)
	w.values(n, rolle)
	w.raw("<v:person>\n")
	w.person(n, &schuldnerJur)
	w.raw("</v:person>\n")
	w.each(n, nodeSchutzvermerk, func(n int) {
		w.node("<v:schutzvermerk>\n", n)
		w.values(n, schutzvermerk)
		w.raw("</v:schutzvermerk>\n")
	})
	w.each(n, nodeInsolvenz, func(n int) {
		w.node("<v:insolvenz>\n", n)
		w.values(n, insolvenz)
		w.raw("</v:insolvenz>\n")
	})
	w.raw("</v:schuldner>\n")
}
