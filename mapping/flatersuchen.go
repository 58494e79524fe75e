package mapping

// The 003 in the order of the profile's schema. What XFinanz demands and no flat file has is derived: the Mandant is 1, the
// Buchungsdatum is the due date or else the date of the request, the pKEANummer is the code of the Einnahmeart.

const flatRoot = "v:vollstreckungshilfe.Ersuchen.003"

// message writes the whole document.
func (w *flatWriter) message(uuid string, test bool) {
	w.b = append(w.b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"...)
	w.markNode(0)
	w.b = append(w.b, "<"+flatRoot+` xmlns:v="`+ProfilNS+`" xmlns:x="xFinanz310">`+"\n"...)
	w.depth++
	w.kopf(uuid, test)
	w.numbered("v:ersuchenVom", 0, fErsuchenVom)
	w.einnahmeart()
	if w.has(0, "wunschempfaenger") {
		w.open("v:wunschempfaenger")
		w.value("v:kennung", 0, "wunschempfaenger")
		w.value("v:grund", 0, "wunschempfaenger.grund")
		w.close("v:wunschempfaenger")
	}
	w.value("v:vorgaenger", 0, "vorgaenger")
	w.each(0, nodeSchuldner, w.schuldner)
	w.each(0, nodeWeiteres, func(n int) {
		w.node("v:weiteresErsuchen", n)
		w.value("v:behoerde", n, "behoerde")
		w.value("v:aktenzeichen", n, "aktenzeichen")
		w.close("v:weiteresErsuchen")
	})
	if w.has(0, "glaeubiger") {
		w.open("v:glaeubiger")
		w.value("v:name", 0, "glaeubiger")
		w.value("v:kassenzeichen", 0, "glaeubiger.kassenzeichen")
		w.close("v:glaeubiger")
	}
	w.each(0, nodeTitel, w.titel)
	w.each(0, nodeForderung, w.forderung)
	w.ende()
	w.close(flatRoot)
}

var (
	fErsuchenVom = fieldOf(nodeErsuchen, "ersuchenVom")
	fErstellt    = fieldOf(nodeErsuchen, "erstellt")
	fVorgaenger  = fieldOf(nodeErsuchen, "vorgaenger")
)

func (w *flatWriter) kopf(uuid string, test bool) {
	w.indent()
	w.b = append(w.b, "<v:nachrichtenkopf"...)
	w.b = append(append(w.b, w.produkt...), ` standard="dAmtshilfe-Profil" version="1.0"`...)
	if test || string(w.t.get(0, fieldOf(nodeErsuchen, "test"))) == "true" {
		w.b = append(w.b, ` test="true"`...)
	}
	w.b = append(w.b, ">\n"...)
	w.depth++
	w.leaf("v:nachrichtenUUID", uuid)
	day := w.t.get(0, fErstellt)
	if len(day) == 0 {
		day = w.t.get(0, fErsuchenVom)
	}
	if len(day) > 0 {
		w.leaf("v:erstellungszeitpunkt", erstellt(day))
	}
	w.each(0, nodeAbsender, func(n int) {
		w.node("v:absender", n)
		w.open("v:identifikator")
		w.value("v:kennung", n, "kennung")
		w.value("v:verfahren", n, "verfahren")
		w.close("v:identifikator")
		w.open("v:behoerdeAdresse")
		w.person(n)
		w.close("v:behoerdeAdresse")
		w.value("v:aktenzeichen", n, "aktenzeichen")
		w.close("v:absender")
	})
	w.close("v:nachrichtenkopf")
}

func (w *flatWriter) einnahmeart() {
	list, version := "urn:damtshilfe:codeliste:einnahmeart", "1"
	if own := w.t.get(0, fieldOf(nodeErsuchen, "einnahmeart.liste")); len(own) > 0 {
		list, version = string(own), string(w.t.get(0, fieldOf(nodeErsuchen, "einnahmeart.version")))
	}
	w.indent()
	w.b = append(w.b, "<v:einnahmeart"...)
	w.attr("listURI", list)
	w.attr("listVersionID", version)
	w.b = append(w.b, ">\n"...)
	w.depth++
	w.value("code", 0, "einnahmeart")
	w.value("name", 0, "einnahmeart.name")
	w.close("v:einnahmeart")
}

// person writes the PersonKomplett of an absender or schuldner.
func (w *flatWriter) person(n int) {
	switch {
	case w.has(n, "person.firma"):
		w.open("x:personJur")
		w.value("x:empfaenger", n, "person.empfaenger")
		w.open("x:organisation")
		w.code("x:rechtsform", "", n, "person.rechtsform")
		w.named("x:name", n, "person.firma")
		w.each(n, nodeKommunikation, w.kommunikation)
		w.close("x:organisation")
		w.leaf("x:personenNummern", "")
		w.close("x:personJur")
	case w.t.nodes[n].kind == nodeSchuldner:
		w.natuerlich(n)
	}
	w.each(n, nodeAnschrift, w.anschrift)
}

func (w *flatWriter) natuerlich(n int) {
	w.open("x:personNat")
	w.leaf("x:personenNummern", "")
	w.open("x:natuerlichePerson")
	w.open("x:nameNatuerlichePerson")
	w.value("x:anrede", n, "person.anrede")
	w.value("x:titel", n, "person.titel")
	w.named("x:vorname", n, "person.vorname")
	w.named("x:familienname", n, "person.familienname")
	w.named("x:geburtsname", n, "person.geburtsname")
	w.close("x:nameNatuerlichePerson")
	if w.has(n, "person.geburtsdatum") {
		w.open("x:geburt")
		w.value("x:datum", n, "person.geburtsdatum")
		w.close("x:geburt")
	}
	w.each(n, nodeKommunikation, w.kommunikation)
	w.value("x:sterbedatum", n, "person.sterbedatum")
	w.close("x:natuerlichePerson")
	w.close("x:personNat")
}

// named writes an XFinanz AllgemeinerName.
func (w *flatWriter) named(name string, n int, field string) {
	if w.has(n, field) {
		w.open(name)
		w.value("x:name", n, field)
		w.close(name)
	}
}

func (w *flatWriter) kommunikation(n int) {
	w.node("x:kommunikation", n)
	w.value("x:kennung", n, "kennung")
	w.code("x:kanal", "", n, "kanal")
	w.close("x:kommunikation")
}

func (w *flatWriter) anschrift(n int) {
	w.node("x:adressStamm", n)
	w.open("x:anschrift")
	if w.has(n, "postfach") {
		w.open("x:anschriftPostfach")
		w.staat(n, "postfach.staat")
		w.value("x:postleitzahl", n, "postfach.postleitzahl")
		w.value("x:ort", n, "postfach.ort")
		w.value("x:postfach", n, "postfach")
		w.close("x:anschriftPostfach")
	}
	if !w.has(n, "postfach") || w.has(n, "ort") || w.has(n, "strasse") {
		w.postanschrift(n)
	}
	w.leaf("x:anschriftNummern", "")
	if w.has(n, "von") || w.has(n, "bis") {
		w.open("x:gueltigkeit")
		w.value("x:beginn", n, "von")
		w.value("x:ende", n, "bis")
		w.close("x:gueltigkeit")
	}
	w.close("x:anschrift")
	w.leaf("x:personenNummern", "")
	w.close("x:adressStamm")
}

func (w *flatWriter) postanschrift(n int) {
	w.open("x:postanschrift")
	w.value("x:hausnummer", n, "hausnummer")
	w.value("x:hausnummernzusatz", n, "hausnummernzusatz")
	w.value("x:ort", n, "ort")
	w.value("x:ortsteil", n, "ortsteil")
	w.value("x:postleitzahl", n, "postleitzahl")
	w.value("x:strasse", n, "strasse")
	w.tokens(n, "typ", func(code []byte) { w.coded("x:typ", "", code) })
	w.staat(n, "staat")
	w.value("x:adressierungszusatz", n, "adressierungszusatz")
	w.close("x:postanschrift")
}

func (w *flatWriter) staat(n int, field string) {
	if w.has(n, field) {
		w.open("x:staat")
		w.code("x:staat", ` listVersionID="2022-01-01"`, n, field)
		w.close("x:staat")
	}
}

func (w *flatWriter) schuldner(n int) {
	w.node("v:schuldner", n)
	w.value("v:rolle", n, "rolle")
	w.open("v:person")
	w.person(n)
	w.close("v:person")
	w.each(n, nodeSchutzvermerk, func(n int) {
		w.node("v:schutzvermerk", n)
		w.value("v:art", n, "art")
		w.value("v:text", n, "text")
		w.value("v:bis", n, "bis")
		w.close("v:schutzvermerk")
	})
	w.each(n, nodeInsolvenz, func(n int) {
		w.node("v:insolvenz", n)
		for _, f := range []string{"gericht", "aktenzeichen", "eroeffnetAm", "anspruch"} {
			w.value("v:"+f, n, f)
		}
		w.close("v:insolvenz")
	})
	w.close("v:schuldner")
}

func (w *flatWriter) titel(n int) {
	w.markNode(n)
	w.indent()
	w.b = append(w.b, "<v:titel"...)
	w.attr("id", w.id(n))
	w.b = append(w.b, ">\n"...)
	w.depth++
	w.value("v:art", n, "art")
	w.value("v:erlassendeStelle", n, "erlassendeStelle")
	w.value("v:datum", n, "datum")
	if w.has(n, "bekanntgabe.am") {
		w.open("v:bekanntgabe")
		w.value("v:am", n, "bekanntgabe.am")
		w.value("v:art", n, "bekanntgabe.art")
		w.close("v:bekanntgabe")
	}
	w.value("v:aktenzeichen", n, "aktenzeichen")
	w.value("v:gegenstand", n, "gegenstand")
	w.open("v:vollstreckbarkeit")
	w.value("v:unanfechtbarSeit", n, "unanfechtbarSeit")
	w.value("v:sofortigeVollziehungAngeordnetAm", n, "sofortigeVollziehungAngeordnetAm")
	w.value("v:keineAufschiebendeWirkung", n, "keineAufschiebendeWirkung")
	w.value("v:kraftGesetzes", n, "kraftGesetzes")
	w.close("v:vollstreckbarkeit")
	w.open("v:mahnung")
	w.value("v:datum", n, "mahnung.am")
	w.value("v:unterbliebenWeil", n, "mahnung.unterbliebenWeil")
	w.close("v:mahnung")
	w.value("v:verjaehrtAm", n, "verjaehrtAm")
	w.close("v:titel")
}

func (w *flatWriter) forderung(n int) {
	w.markNode(n)
	w.indent()
	w.b = append(w.b, "<v:forderung"...)
	w.attr("titel", w.id(n))
	w.b = append(w.b, ">\n"...)
	w.depth++
	w.open("v:soll")
	w.buchungsdaten(n)
	w.open("x:betragFaellig")
	w.value("x:brutto", n, "brutto")
	w.code("x:waehrung", ` listVersionID="2023-01-01"`, n, "waehrung")
	w.value("x:faelligkeit", n, "faelligkeit")
	w.close("x:betragFaellig")
	booked := w.t.get(n, fieldOf(nodeForderung, "faelligkeit"))
	if len(booked) == 0 {
		booked = w.t.get(0, fErsuchenVom)
	}
	w.element("x:buchungsdatum", booked, true)
	w.value("x:buchungsnummer", n, "buchungsnummer")
	w.numbered("x:ersuchenVom", 0, fErsuchenVom)
	w.code("x:forderungsart", "", n, "forderungsart")
	w.code("x:forderungstyp", "", n, "forderungstyp")
	w.value("x:haushaltsjahr", n, "haushaltsjahr")
	if w.has(n, "zahlungsgrund") {
		w.open("x:zahlungsgrund")
		w.value("x:zahlungsgrund", n, "zahlungsgrund")
		w.close("x:zahlungsgrund")
	}
	w.open("x:kontierungEinnahmeart")
	w.value("x:pKEANummer", 0, "einnahmeart")
	w.close("x:kontierungEinnahmeart")
	w.close("v:soll")
	w.each(n, nodeSaeumnis, func(n int) {
		w.node("v:saeumnis", n)
		for _, f := range []string{"art", "satz", "basis", "berechnetBis", "laeuftWeiter", "mitBeitreiben"} {
			w.value("v:"+f, n, f)
		}
		w.close("v:saeumnis")
	})
	w.close("v:forderung")
}

func (w *flatWriter) buchungsdaten(n int) {
	w.open("x:gemeinsameBuchungsdaten")
	w.each(0, nodeAbsender, func(a int) { w.value("x:aktenzeichen", a, "aktenzeichen") })
	w.coded("x:mandant", ` listURI="urn:damtshilfe:codeliste:mandant" listVersionID="1"`, []byte("1"))
	w.value("x:kassenzeichen", n, "kassenzeichen")
	w.value("x:buchungstext", n, "buchungstext")
	w.close("x:gemeinsameBuchungsdaten")
}

func (w *flatWriter) ende() {
	w.value("v:vollstreckungsvoraussetzungenBescheinigt", 0, "bescheinigt")
	w.tokens(0, "massnahme", func(code []byte) { w.element("v:massnahme", code, true) })
	w.open("v:gefahrenhinweis")
	w.value("v:stand", 0, "gefahr")
	w.value("v:text", 0, "gefahr.text")
	w.close("v:gefahrenhinweis")
	w.open("v:bankverbindung")
	w.value("v:iban", 0, "iban")
	w.value("v:kontoinhaber", 0, "kontoinhaber")
	w.value("v:bic", 0, "bic")
	w.value("v:verwendungszweck", 0, "verwendungszweck")
	w.close("v:bankverbindung")
	w.open("v:angeordnetVon")
	w.value("v:beschreibung", 0, "angeordnet.beschreibung")
	w.value("v:name", 0, "angeordnet.name")
	w.value("v:funktion", 0, "angeordnet.funktion")
	w.close("v:angeordnetVon")
}
