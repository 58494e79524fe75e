package mapping

// The claims of a 003: titles and what rests on them.

// The elements of a titel; those of one fieldset follow each other in the schema.
var (
	titelArt         = leaves(nodeTitel, "v:art", "art", "v:erlassendeStelle", "erlassendeStelle", "v:datum", "datum")
	titelBekannt     = leaves(nodeTitel, "v:am", "bekanntgabe.am", "v:art", "bekanntgabe.art")
	titelGegenstand  = leaves(nodeTitel, "v:aktenzeichen", "aktenzeichen", "v:gegenstand", "gegenstand")
	titelVollstreckt = leaves(nodeTitel, "v:unanfechtbarSeit", "unanfechtbarSeit", "v:sofortigeVollziehungAngeordnetAm", "sofortigeVollziehungAngeordnetAm",
		"v:keineAufschiebendeWirkung", "keineAufschiebendeWirkung", "v:kraftGesetzes", "kraftGesetzes")
	titelMahnung   = leaves(nodeTitel, "v:datum", "mahnung.am", "v:unterbliebenWeil", "mahnung.unterbliebenWeil")
	titelVerjaehrt = leaves(nodeTitel, "v:verjaehrtAm", "verjaehrtAm")
)

// The elements of a forderung.
var (
	buchungAkte   = leaves(nodeAbsender, "x:aktenzeichen", "aktenzeichen")
	buchungText   = leaves(nodeForderung, "x:kassenzeichen", "kassenzeichen", "x:buchungstext", "buchungstext")
	faelligBetrag = append(append(leaves(nodeForderung, "x:brutto", "brutto"), coded(nodeForderung, "x:waehrung", ` listVersionID="2023-01-01"`, "waehrung")),
		leaves(nodeForderung, "x:faelligkeit", "faelligkeit")...)
	buchungsnummer = leaves(nodeForderung, "x:buchungsnummer", "buchungsnummer")
	forderungsart  = append([]leaf{coded(nodeForderung, "x:forderungsart", "", "forderungsart"), coded(nodeForderung, "x:forderungstyp", "", "forderungstyp")},
		append(leaves(nodeForderung, "x:haushaltsjahr", "haushaltsjahr"), leaves(nodeForderung, "x:zahlungsgrund", "zahlungsgrund")[0].inside("x:zahlungsgrund"))...)
	saeumnis = leaves(nodeSaeumnis, "v:art", "art", "v:satz", "satz", "v:basis", "basis", "v:berechnetBis", "berechnetBis",
		"v:laeuftWeiter", "laeuftWeiter", "v:mitBeitreiben", "mitBeitreiben")
)

func (w *flatWriter) titel(n int) {
	w.node(`<v:titel id="`, n)
	w.id(n)
	w.values(n, titelArt)
	if w.has(n, fBekannt) {
		w.raw("<v:bekanntgabe>\n")
		w.values(n, titelBekannt)
		w.raw("</v:bekanntgabe>\n")
	}
	w.values(n, titelGegenstand)
	w.raw("<v:vollstreckbarkeit>\n")
	w.values(n, titelVollstreckt)
	w.raw("</v:vollstreckbarkeit>\n<v:mahnung>\n")
	w.values(n, titelMahnung)
	w.raw("</v:mahnung>\n")
	w.values(n, titelVerjaehrt)
	w.raw("</v:titel>\n")
}

func (w *flatWriter) forderung(n int) {
	w.node(`<v:forderung titel="`, n)
	w.id(n)
	w.raw("<v:soll>\n<x:gemeinsameBuchungsdaten>\n")
	w.each(0, nodeAbsender, func(a int) { w.values(a, buchungAkte) })
	w.raw(`<x:mandant listURI="urn:damtshilfe:codeliste:mandant" listVersionID="1"><code>1</code></x:mandant>` + "\n")
	w.values(n, buchungText)
	w.raw("</x:gemeinsameBuchungsdaten>\n<x:betragFaellig>\n")
	w.values(n, faelligBetrag)
	w.raw("</x:betragFaellig>\n")
	booked := w.t.get(n, fFaellig)
	if len(booked) == 0 {
		booked = w.t.get(0, fErsuchenVom)
	}
	w.raw("<x:buchungsdatum>")
	w.b = escape(w.b, booked, true)
	w.raw("</x:buchungsdatum>\n")
	w.values(n, buchungsnummer)
	w.values(0, sollErsuchen)
	w.values(n, forderungsart)
	w.raw("<x:kontierungEinnahmeart>\n")
	w.values(0, pkeaNummer)
	w.raw("</x:kontierungEinnahmeart>\n</v:soll>\n")
	w.each(n, nodeSaeumnis, func(n int) {
		w.node("<v:saeumnis>\n", n)
		w.values(n, saeumnis)
		w.raw("</v:saeumnis>\n")
	})
	w.raw("</v:forderung>\n")
}
