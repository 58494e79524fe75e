package mapping

// The 003 in the order of the profile's schema. What XFinanz demands and no flat file has is derived: the Mandant is 1, the
// Buchungsdatum is the due date or else the date of the request, the pKEANummer is the code of the Einnahmeart.

const flatRoot = "v:vollstreckungshilfe.Ersuchen.003"

// Fields that are asked for by themselves.
var (
	fUUID        = fieldOf(nodeErsuchen, "uuid")
	fTest        = fieldOf(nodeErsuchen, "test")
	fErsuchenVom = fieldOf(nodeErsuchen, "ersuchenVom")
	fErstellt    = fieldOf(nodeErsuchen, "erstellt")
	fVorgaenger  = fieldOf(nodeErsuchen, "vorgaenger")
	fListe       = fieldOf(nodeErsuchen, "einnahmeart.liste")
	fVersion     = fieldOf(nodeErsuchen, "einnahmeart.version")
	fWunsch      = fieldOf(nodeErsuchen, "wunschempfaenger")
	fGlaeubiger  = fieldOf(nodeErsuchen, "glaeubiger")
	fKennung     = fieldOf(nodeAbsender, "kennung")
	fVerfahren   = fieldOf(nodeAbsender, "verfahren")
	fPostfach    = fieldOf(nodeAnschrift, "postfach")
	fOrt         = fieldOf(nodeAnschrift, "ort")
	fStrasse     = fieldOf(nodeAnschrift, "strasse")
	fVon         = fieldOf(nodeAnschrift, "von")
	fBis         = fieldOf(nodeAnschrift, "bis")
	fBekannt     = fieldOf(nodeTitel, "bekanntgabe.am")
	fFaellig     = fieldOf(nodeForderung, "faelligkeit")
)

// The elements of the head.
var (
	leafUUID     = leaves(nodeErsuchen, "v:nachrichtenUUID", "uuid")[0]
	ersuchenVom  = leaves(nodeErsuchen, "v:ersuchenVom", "ersuchenVom")
	identifier   = leaves(nodeAbsender, "v:kennung", "kennung", "v:verfahren", "verfahren")
	absenderRef  = leaves(nodeAbsender, "v:aktenzeichen", "aktenzeichen")
	einnahmeart  = leaves(nodeErsuchen, "code", "einnahmeart", "name", "einnahmeart.name")
	wunsch       = leaves(nodeErsuchen, "v:kennung", "wunschempfaenger", "v:grund", "wunschempfaenger.grund")
	vorgaenger   = leaves(nodeErsuchen, "v:vorgaenger", "vorgaenger")
	weiteres     = leaves(nodeWeiteres, "v:behoerde", "behoerde", "v:aktenzeichen", "aktenzeichen")
	glaeubiger   = leaves(nodeErsuchen, "v:name", "glaeubiger", "v:kassenzeichen", "glaeubiger.kassenzeichen")
	bescheinigt  = leaves(nodeErsuchen, "v:vollstreckungsvoraussetzungenBescheinigt", "bescheinigt")
	massnahme    = leaves(nodeErsuchen, "v:massnahme", "massnahme")[0]
	gefahr       = leaves(nodeErsuchen, "v:stand", "gefahr", "v:text", "gefahr.text")
	bank         = leaves(nodeErsuchen, "v:iban", "iban", "v:kontoinhaber", "kontoinhaber", "v:bic", "bic", "v:verwendungszweck", "verwendungszweck")
	angeordnet   = leaves(nodeErsuchen, "v:beschreibung", "angeordnet.beschreibung", "v:name", "angeordnet.name", "v:funktion", "angeordnet.funktion")
	pkeaNummer   = leaves(nodeErsuchen, "x:pKEANummer", "einnahmeart")
	sollErsuchen = leaves(nodeErsuchen, "x:ersuchenVom", "ersuchenVom")
)

// message writes the whole document.
func (w *flatWriter) message(uuid []byte, test bool) {
	w.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
	w.node("<"+flatRoot+` xmlns:v="`+ProfilNS+`" xmlns:x="xFinanz310">`+"\n", 0)
	w.kopf(uuid, test)
	w.values(0, ersuchenVom)
	w.einnahmeart()
	if w.has(0, fWunsch) {
		w.raw("<v:wunschempfaenger>\n")
		w.values(0, wunsch)
		w.raw("</v:wunschempfaenger>\n")
	}
	w.values(0, vorgaenger)
	w.each(0, nodeSchuldner, w.schuldner)
	w.each(0, nodeWeiteres, func(n int) {
		w.node("<v:weiteresErsuchen>\n", n)
		w.values(n, weiteres)
		w.raw("</v:weiteresErsuchen>\n")
	})
	if w.has(0, fGlaeubiger) {
		w.raw("<v:glaeubiger>\n")
		w.values(0, glaeubiger)
		w.raw("</v:glaeubiger>\n")
	}
	w.each(0, nodeTitel, w.titel)
	w.each(0, nodeForderung, w.forderung)
	w.ende()
	w.raw("</" + flatRoot + ">\n")
}

func (w *flatWriter) kopf(uuid []byte, test bool) {
	w.raw("<v:nachrichtenkopf")
	w.raw(w.produkt)
	w.raw(` standard="dAmtshilfe-Profil" version="1.0"`)
	if test || string(w.t.get(0, fTest)) == "true" {
		w.raw(` test="true"`)
	}
	w.raw(">\n")
	w.b = append(append(append(w.b, leafUUID.open...), uuid...), leafUUID.close...)
	day := w.t.get(0, fErstellt)
	if len(day) == 0 {
		day = w.t.get(0, fErsuchenVom)
	}
	if len(day) > 0 {
		w.raw("<v:erstellungszeitpunkt>")
		w.b = append(w.b, day...)
		w.raw("T00:00:00Z</v:erstellungszeitpunkt>\n")
	}
	w.each(0, nodeAbsender, func(n int) {
		w.node("<v:absender>\n", n)
		w.raw("<v:identifikator>\n")
		w.values(n, identifier)
		w.raw("</v:identifikator>\n<v:behoerdeAdresse>\n")
		w.person(n, &absenderJur)
		w.raw("</v:behoerdeAdresse>\n")
		w.values(n, absenderRef)
		w.raw("</v:absender>\n")
	})
	w.raw("</v:nachrichtenkopf>\n")
}

func (w *flatWriter) einnahmeart() {
	if list := w.t.get(0, fListe); len(list) > 0 {
		w.raw("<v:einnahmeart")
		w.attr("listURI", list)
		w.attr("listVersionID", w.t.get(0, fVersion))
		w.raw(">\n")
	} else {
		w.raw(`<v:einnahmeart listURI="urn:damtshilfe:codeliste:einnahmeart" listVersionID="1">` + "\n")
	}
	w.values(0, einnahmeart)
	w.raw("</v:einnahmeart>\n")
}

// ende writes what follows the claims.
func (w *flatWriter) ende() {
	w.values(0, bescheinigt)
	w.tokens(0, &massnahme)
	w.raw("<v:gefahrenhinweis>\n")
	w.values(0, gefahr)
	w.raw("</v:gefahrenhinweis>\n<v:bankverbindung>\n")
	w.values(0, bank)
	w.raw("</v:bankverbindung>\n<v:angeordnetVon>\n")
	w.values(0, angeordnet)
	w.raw("</v:angeordnetVon>\n")
}
