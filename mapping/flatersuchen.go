package mapping

// The 003 in the order of the profile's schema. What XFinanz demands and no flat file has is derived: the Mandant is 1, the
// Buchungsdatum is the due date or else the date of the request, the pKEANummer is the code of the Einnahmeart.

const flatRoot = "v:vollstreckungshilfe.Ersuchen.003"

// message writes the whole document.
func (w *flatWriter) message(uuid string, test bool) {
	w.b = append(w.b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"...)
	w.markNode(0)
	w.b = append(w.b, "<"+flatRoot+` xmlns:v="`+ProfilNS+`" xmlns:x="xFinanz310">`+"\n"...)
	w.kopf(uuid, test)
	w.numbered("<v:ersuchenVom></v:ersuchenVom>\n", 0, fErsuchenVom)
	w.einnahmeart()
	if w.has(0, "wunschempfaenger") {
		w.raw("<v:wunschempfaenger>\n")
		w.value("<v:kennung></v:kennung>\n", 0, "wunschempfaenger")
		w.value("<v:grund></v:grund>\n", 0, "wunschempfaenger.grund")
		w.raw("</v:wunschempfaenger>\n")
	}
	w.value("<v:vorgaenger></v:vorgaenger>\n", 0, "vorgaenger")
	w.each(0, nodeSchuldner, w.schuldner)
	w.each(0, nodeWeiteres, func(n int) {
		w.node("<v:weiteresErsuchen>\n", n)
		w.value("<v:behoerde></v:behoerde>\n", n, "behoerde")
		w.value("<v:aktenzeichen></v:aktenzeichen>\n", n, "aktenzeichen")
		w.raw("</v:weiteresErsuchen>\n")
	})
	if w.has(0, "glaeubiger") {
		w.raw("<v:glaeubiger>\n")
		w.value("<v:name></v:name>\n", 0, "glaeubiger")
		w.value("<v:kassenzeichen></v:kassenzeichen>\n", 0, "glaeubiger.kassenzeichen")
		w.raw("</v:glaeubiger>\n")
	}
	w.each(0, nodeTitel, w.titel)
	w.each(0, nodeForderung, w.forderung)
	w.ende()
	w.raw("</" + flatRoot + ">\n")
}

var (
	fErsuchenVom = fieldOf(nodeErsuchen, "ersuchenVom")
	fErstellt    = fieldOf(nodeErsuchen, "erstellt")
	fVorgaenger  = fieldOf(nodeErsuchen, "vorgaenger")
)

func (w *flatWriter) kopf(uuid string, test bool) {
	w.b = append(w.b, "<v:nachrichtenkopf"...)
	w.b = append(append(w.b, w.produkt...), ` standard="dAmtshilfe-Profil" version="1.0"`...)
	if test || string(w.t.get(0, fieldOf(nodeErsuchen, "test"))) == "true" {
		w.b = append(w.b, ` test="true"`...)
	}
	w.b = append(w.b, ">\n"...)
	w.leaf("<v:nachrichtenUUID></v:nachrichtenUUID>\n", uuid)
	day := w.t.get(0, fErstellt)
	if len(day) == 0 {
		day = w.t.get(0, fErsuchenVom)
	}
	if len(day) > 0 {
		w.leaf("<v:erstellungszeitpunkt></v:erstellungszeitpunkt>\n", erstellt(day))
	}
	w.each(0, nodeAbsender, func(n int) {
		w.node("<v:absender>\n", n)
		w.raw("<v:identifikator>\n")
		w.value("<v:kennung></v:kennung>\n", n, "kennung")
		w.value("<v:verfahren></v:verfahren>\n", n, "verfahren")
		w.raw("</v:identifikator>\n<v:behoerdeAdresse>\n")
		w.person(n)
		w.raw("</v:behoerdeAdresse>\n")
		w.value("<v:aktenzeichen></v:aktenzeichen>\n", n, "aktenzeichen")
		w.raw("</v:absender>\n")
	})
	w.raw("</v:nachrichtenkopf>\n")
}

func (w *flatWriter) einnahmeart() {
	list, version := "urn:damtshilfe:codeliste:einnahmeart", "1"
	if own := w.t.get(0, fieldOf(nodeErsuchen, "einnahmeart.liste")); len(own) > 0 {
		list, version = string(own), string(w.t.get(0, fieldOf(nodeErsuchen, "einnahmeart.version")))
	}
	w.b = append(w.b, "<v:einnahmeart"...)
	w.attr("listURI", list)
	w.attr("listVersionID", version)
	w.b = append(w.b, ">\n"...)
	w.value("<code></code>\n", 0, "einnahmeart")
	w.value("<name></name>\n", 0, "einnahmeart.name")
	w.raw("</v:einnahmeart>\n")
}

func (w *flatWriter) schuldner(n int) {
	w.node("<v:schuldner>\n", n)
	w.value("<v:rolle></v:rolle>\n", n, "rolle")
	w.raw("<v:person>\n")
	w.person(n)
	w.raw("</v:person>\n")
	w.each(n, nodeSchutzvermerk, func(n int) {
		w.node("<v:schutzvermerk>\n", n)
		w.value("<v:art></v:art>\n", n, "art")
		w.value("<v:text></v:text>\n", n, "text")
		w.value("<v:bis></v:bis>\n", n, "bis")
		w.raw("</v:schutzvermerk>\n")
	})
	w.each(n, nodeInsolvenz, func(n int) {
		w.node("<v:insolvenz>\n", n)
		w.value("<v:gericht></v:gericht>\n", n, "gericht")
		w.value("<v:aktenzeichen></v:aktenzeichen>\n", n, "aktenzeichen")
		w.value("<v:eroeffnetAm></v:eroeffnetAm>\n", n, "eroeffnetAm")
		w.value("<v:anspruch></v:anspruch>\n", n, "anspruch")
		w.raw("</v:insolvenz>\n")
	})
	w.raw("</v:schuldner>\n")
}

func (w *flatWriter) titel(n int) {
	w.markNode(n)
	w.b = append(w.b, "<v:titel"...)
	w.attr("id", w.id(n))
	w.b = append(w.b, ">\n"...)
	w.value("<v:art></v:art>\n", n, "art")
	w.value("<v:erlassendeStelle></v:erlassendeStelle>\n", n, "erlassendeStelle")
	w.value("<v:datum></v:datum>\n", n, "datum")
	if w.has(n, "bekanntgabe.am") {
		w.raw("<v:bekanntgabe>\n")
		w.value("<v:am></v:am>\n", n, "bekanntgabe.am")
		w.value("<v:art></v:art>\n", n, "bekanntgabe.art")
		w.raw("</v:bekanntgabe>\n")
	}
	w.value("<v:aktenzeichen></v:aktenzeichen>\n", n, "aktenzeichen")
	w.value("<v:gegenstand></v:gegenstand>\n", n, "gegenstand")
	w.raw("<v:vollstreckbarkeit>\n")
	w.value("<v:unanfechtbarSeit></v:unanfechtbarSeit>\n", n, "unanfechtbarSeit")
	w.value("<v:sofortigeVollziehungAngeordnetAm></v:sofortigeVollziehungAngeordnetAm>\n", n, "sofortigeVollziehungAngeordnetAm")
	w.value("<v:keineAufschiebendeWirkung></v:keineAufschiebendeWirkung>\n", n, "keineAufschiebendeWirkung")
	w.value("<v:kraftGesetzes></v:kraftGesetzes>\n", n, "kraftGesetzes")
	w.raw("</v:vollstreckbarkeit>\n<v:mahnung>\n")
	w.value("<v:datum></v:datum>\n", n, "mahnung.am")
	w.value("<v:unterbliebenWeil></v:unterbliebenWeil>\n", n, "mahnung.unterbliebenWeil")
	w.raw("</v:mahnung>\n")
	w.value("<v:verjaehrtAm></v:verjaehrtAm>\n", n, "verjaehrtAm")
	w.raw("</v:titel>\n")
}

func (w *flatWriter) forderung(n int) {
	w.markNode(n)
	w.b = append(w.b, "<v:forderung"...)
	w.attr("titel", w.id(n))
	w.b = append(w.b, ">\n"...)
	w.raw("<v:soll>\n")
	w.buchungsdaten(n)
	w.raw("<x:betragFaellig>\n")
	w.value("<x:brutto></x:brutto>\n", n, "brutto")
	w.code("x:waehrung", ` listVersionID="2023-01-01"`, n, "waehrung")
	w.value("<x:faelligkeit></x:faelligkeit>\n", n, "faelligkeit")
	w.raw("</x:betragFaellig>\n")
	booked := w.t.get(n, fieldOf(nodeForderung, "faelligkeit"))
	if len(booked) == 0 {
		booked = w.t.get(0, fErsuchenVom)
	}
	w.element("<x:buchungsdatum></x:buchungsdatum>\n", booked, true)
	w.value("<x:buchungsnummer></x:buchungsnummer>\n", n, "buchungsnummer")
	w.numbered("<x:ersuchenVom></x:ersuchenVom>\n", 0, fErsuchenVom)
	w.code("x:forderungsart", "", n, "forderungsart")
	w.code("x:forderungstyp", "", n, "forderungstyp")
	w.value("<x:haushaltsjahr></x:haushaltsjahr>\n", n, "haushaltsjahr")
	if w.has(n, "zahlungsgrund") {
		w.raw("<x:zahlungsgrund>\n")
		w.value("<x:zahlungsgrund></x:zahlungsgrund>\n", n, "zahlungsgrund")
		w.raw("</x:zahlungsgrund>\n")
	}
	w.raw("<x:kontierungEinnahmeart>\n")
	w.value("<x:pKEANummer></x:pKEANummer>\n", 0, "einnahmeart")
	w.raw("</x:kontierungEinnahmeart>\n</v:soll>\n")
	w.each(n, nodeSaeumnis, func(n int) {
		w.node("<v:saeumnis>\n", n)
		w.value("<v:art></v:art>\n", n, "art")
		w.value("<v:satz></v:satz>\n", n, "satz")
		w.value("<v:basis></v:basis>\n", n, "basis")
		w.value("<v:berechnetBis></v:berechnetBis>\n", n, "berechnetBis")
		w.value("<v:laeuftWeiter></v:laeuftWeiter>\n", n, "laeuftWeiter")
		w.value("<v:mitBeitreiben></v:mitBeitreiben>\n", n, "mitBeitreiben")
		w.raw("</v:saeumnis>\n")
	})
	w.raw("</v:forderung>\n")
}

func (w *flatWriter) buchungsdaten(n int) {
	w.raw("<x:gemeinsameBuchungsdaten>\n")
	w.each(0, nodeAbsender, func(a int) { w.value("<x:aktenzeichen></x:aktenzeichen>\n", a, "aktenzeichen") })
	w.coded("x:mandant", ` listURI="urn:damtshilfe:codeliste:mandant" listVersionID="1"`, []byte("1"))
	w.value("<x:kassenzeichen></x:kassenzeichen>\n", n, "kassenzeichen")
	w.value("<x:buchungstext></x:buchungstext>\n", n, "buchungstext")
	w.raw("</x:gemeinsameBuchungsdaten>\n")
}

func (w *flatWriter) ende() {
	w.value("<v:vollstreckungsvoraussetzungenBescheinigt></v:vollstreckungsvoraussetzungenBescheinigt>\n", 0, "bescheinigt")
	w.tokens(0, "massnahme", func(code []byte) { w.element("<v:massnahme></v:massnahme>\n", code, true) })
	w.raw("<v:gefahrenhinweis>\n")
	w.value("<v:stand></v:stand>\n", 0, "gefahr")
	w.value("<v:text></v:text>\n", 0, "gefahr.text")
	w.raw("</v:gefahrenhinweis>\n<v:bankverbindung>\n")
	w.value("<v:iban></v:iban>\n", 0, "iban")
	w.value("<v:kontoinhaber></v:kontoinhaber>\n", 0, "kontoinhaber")
	w.value("<v:bic></v:bic>\n", 0, "bic")
	w.value("<v:verwendungszweck></v:verwendungszweck>\n", 0, "verwendungszweck")
	w.raw("</v:bankverbindung>\n<v:angeordnetVon>\n")
	w.value("<v:beschreibung></v:beschreibung>\n", 0, "angeordnet.beschreibung")
	w.value("<v:name></v:name>\n", 0, "angeordnet.name")
	w.value("<v:funktion></v:funktion>\n", 0, "angeordnet.funktion")
	w.raw("</v:angeordnetVon>\n")
}
