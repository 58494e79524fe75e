package app_test

import (
	"bytes"
	"strings"
	"time"
	"unicode/utf16"

	"damtshilfe/internal/sample"
)

const (
	deklaration = `<?xml version="1.0" encoding="UTF-8"?>`
	wurzel      = "vh:vollstreckungshilfe.Ersuchen.003"
)

// korpusStruktur is what is no XML, or not the XML that we take.
func korpusStruktur() map[string][]byte {
	doctype := func(subset string) func([]byte) []byte {
		return swap(deklaration, deklaration+"\n<!DOCTYPE x ["+subset+"]>")
	}
	bomb := `<!ENTITY a "aaaaaaaaaa">`
	for c := 'b'; c <= 'j'; c++ {
		bomb += `<!ENTITY ` + string(c) + ` "` + strings.Repeat("&"+string(c-1)+";", 10) + `">`
	}
	around := func(before, after string) func([]byte) []byte {
		return func(doc []byte) []byte { return []byte(before + string(doc) + after) }
	}
	constant := func(s string) func([]byte) []byte { return func([]byte) []byte { return []byte(s) } }
	files := bytewise("struktur", 1000, map[string]func([]byte) []byte{
		"abgeschnitten":                  func(doc []byte) []byte { return doc[:3000] },
		"abgeschnitten-im-attribut":      func(doc []byte) []byte { return doc[:bytes.Index(doc, []byte(`version="1.0" test`))+9] },
		"falsch-geschachtelt":            swap("</vh:ersuchenVom>", "</vh:ersuchenAm>"),
		"ende-fehlt":                     swap("</vh:gegenstand>", ""),
		"doctype":                        doctype(""),
		"entitaetenbombe":                func(doc []byte) []byte { return swap("<vh:verfahren>", "<vh:verfahren>&j;")(doctype(bomb)(doc)) },
		"entitaet-unbekannt":             swap("Grundsteuer B", "Grund&shy;steuer B"),
		"kaufmaennisches-und":            swap("Grundsteuer B", "Grundsteuer & mehr"),
		"zwei-wurzeln":                   around("", "<b/>"),
		"text-nach-dem-ende":             around("", "\nviele Grüße"),
		"text-vor-dem-anfang":            around("From: kasse@stadt.example\n", ""),
		"verarbeitungsanweisung":         swap("<vh:ersuchenVom>", "<?php exit ?><vh:ersuchenVom>"),
		"stylesheet-anweisung":           swap(deklaration, deklaration+`<?xml-stylesheet href="a.xsl"?>`),
		"deklaration-nicht-am-anfang":    around("\n", ""),
		"xml-1-1":                        swap(`<?xml version="1.0"`, `<?xml version="1.1"`),
		"kommentar-mit-doppelstrich":     swap("<vh:ersuchenVom>", "<!-- alt -- neu --><vh:ersuchenVom>"),
		"attribut-doppelt":               swap(` test="true"`, ` test="true" test="false"`),
		"attribut-ohne-anfuehrung":       swap(` test="true"`, ` test=true`),
		"kleiner-zeichen-im-text":        swap("Grundsteuer B", "Grundsteuer <= 500 Euro"),
		"kleiner-zeichen-im-attribut":    swap(`produkt="Musterkasse"`, `produkt="Kasse<2>"`),
		"praefix-nicht-deklariert":       swap("vh:gegenstand", "vx:gegenstand"),
		"namensraum-doppelt-deklariert":  swap(`xmlns:xfn="xFinanz310"`, `xmlns:xfn="xFinanz310" xmlns:xfn="xFinanz310"`),
		"namensraum-leer":                swap(`xmlns:xfn="xFinanz310"`, `xmlns:xfn="xFinanz310" xmlns:leer=""`),
		"praefix-vorbehalten":            swap(`xmlns:xfn="xFinanz310"`, `xmlns:xfn="xFinanz310" xmlns:xmlns="a"`),
		"doppelpunkt-zu-viel":            swap("vh:gegenstand", "vh:a:gegenstand"),
		"abschnittsende-im-text":         swap("Grundsteuer B", "Grundsteuer ]]> B"),
		"zu-tief":                        swap("<vh:ersuchenVom>", strings.Repeat("<vh:a>", 80)+strings.Repeat("</vh:a>", 80)+"<vh:ersuchenVom>"),
		"zu-viele-attribute":             swap(` test="true"`, ` test="true"`+attributes(30)),
		"falscher-namensraum":            swap("urn:damtshilfe:vollstreckungshilfe:1", "urn:damtshilfe:vollstreckungshilfe:9"),
		"unbekannte-wurzel":              swap(wurzel, "vh:vollstreckungshilfe.Unfug.999"),
		"veroeffentlichter-standard-003": constant(`<a:vollstreckungshilfe.Ersuchen.003 xmlns:a="xAmtshilfe110"/>`),
		"ohne-namensraum":                constant(deklaration + "\n<html><body>Guten Tag</body></html>\n"),
		"nur-leerraum":                   constant(" \r\n\t\n"),
		"nur-nullbytes":                  constant(strings.Repeat("\x00", 512)),
		"leer":                           constant(""),
		"textdatei":                      constant("Sehr geehrte Damen und Herren,\nanbei unsere Ersuchen.\n"),
		"pdf-statt-xml":                  constant("%PDF-1.4\n%%EOF\n"),
		"quittung-eingeliefert":          constant(`<v:lieferquittung xmlns:v="urn:damtshilfe:vollstreckungshilfe:1"/>`),
		"anfrage-an-das-register":        swap(wurzel, "vh:vollstreckungshilfe.ZustaendigkeitAnfrage.001"),
		"antwort-des-registers":          swap(wurzel, "vh:vollstreckungshilfe.ZustaendigkeitAntwort.002"),
		"uebermittlungsinformation":      swap(wurzel, "vh:vollstreckungshilfe.Uebermittlungsinformation.013"),
		"technische-rueckweisung":        swap(wurzel, "vh:vollstreckungshilfe.Rueckweisung.014"),
	})
	return files
}

func attributes(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(` a` + string(rune('a'+i%26)) + string(rune('a'+i/26)) + `="1"`)
	}
	return b.String()
}

// korpusKodierung is what is no UTF-8, or holds what XML does not allow.
func korpusKodierung() map[string][]byte {
	return bytewise("kodierung", 1100, map[string]func([]byte) []byte{
		"latin-1-deklariert":              swap(`encoding="UTF-8"`, `encoding="ISO-8859-1"`),
		"windows-1252-deklariert":         swap(`encoding="UTF-8"`, `encoding="windows-1252"`),
		"umlaut-in-latin-1":               swap("Erika", "J\xfcrgen"),
		"anfuehrung-in-windows-1252":      swap("Grundsteuer B", "\x84Grundsteuer B\x93"),
		"surrogat-einzeln":                swap("Erika", "Er\xed\xa0\xbdika"),
		"surrogat-als-zeichennummer":      swap("Erika", "Er&#xD83D;ika"),
		"utf-8-zu-lang-kodiert":           swap("Erika", "Er\xc1\xa9ka"),
		"utf-8-mitten-im-zeichen-zu-ende": func(doc []byte) []byte { return append(doc[:3000:3000], 0xc3) },
		"utf-16":                          inUTF16,
		"steuerzeichen-u-0001":            swap("Erika", "Er\x01ika"),
		"steuerzeichen-als-zeichennummer": swap("Erika", "Er&#1;ika"),
		"nullbyte-im-text":                swap("Erika", "Er\x00ika"),
		"nichtzeichen-u-ffff":             swap("Erika", "Er\xef\xbf\xbfika"),
	})
}

func inUTF16(doc []byte) []byte {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(string(doc))) {
		out = append(out, byte(u), byte(u>>8))
	}
	return out
}

// korpusZeichen is what DIN 91379 does not have where it stands.
func korpusZeichen() map[string][]byte {
	vorname := func(v string) func(*sample.Spec) { return func(s *sample.Spec) { person(s).Vorname = v } }
	gegenstand := func(v string) func(*sample.Spec) { return func(s *sample.Spec) { s.Titel[0].Gegenstand = v } }
	firma := func(v string) func(*sample.Spec) {
		return func(s *sample.Spec) {
			p := person(s)
			p.Vorname, p.Familienname, p.Anrede, p.Firma, p.Rechtsform = "", "", "", v, "008"
			p.Geburtsdatum = time.Time{}
		}
	}
	files := each("zeichen", 1200, map[string]func(*sample.Spec){
		"gedankenstrich-im-namen":           func(s *sample.Spec) { person(s).Familienname = "Mustermann\u2013Beispiel" },
		"anfuehrungszeichen-im-firmennamen": firma("Gasthof \u201eZum Muster\u201c GmbH"),
		"geschuetztes-leerzeichen-im-ort":   func(s *sample.Spec) { anschrift(s).Ort = "Bad\u00a0Kiel" },
		"weiches-trennzeichen-im-namen":     func(s *sample.Spec) { person(s).Familienname = "Muster\u00admann" },
		"nullbreite-im-namen":               vorname("Eri\u200bka"),
		"wortverbinder-im-namen":            vorname("Eri\u2060ka"),
		"byte-order-mark-im-namen":          vorname("\ufeffErika"),
		"ligatur-im-namen":                  vorname("Wal\ufb01 Schi\ufb00"),
		"kyrillisch-im-namen":               vorname("Ирина"),
		"griechisch-im-namen":               vorname("Αθηνά"),
		"ziffer-im-namen":                   vorname("Erika 2"),
		"schraegstrich-im-namen":            func(s *sample.Spec) { person(s).Familienname = "Muster/Beispiel" },
		"tabulator-im-namen":                vorname("Erika\tMaria"),
		"doppelte-breite-im-namen":          vorname("\uff25rika"),
		"sequenz-nicht-in-der-norm":         vorname("Q\u0304uirin"),
		"strich-in-der-strasse":             func(s *sample.Spec) { anschrift(s).Strasse = "Testgasse \u2013 Hinterhaus" },
		"bruch-in-der-hausnummer":           func(s *sample.Spec) { anschrift(s).Hausnummer = "12½" },
		"umlaut-zerlegt":                    vorname("Ju\u0308rgen"),
		"umlaut-zerlegt-im-text":            gegenstand("Gru\u0308nfla\u0308che"),
		"angstroem-zeichen":                 gegenstand("Messung in \u212b"),
		"steuerzeichen-u-0085":              gegenstand("Grundsteuer\u0085B"),
		"loeschzeichen-u-007f":              gegenstand("Grundsteuer\u007fB"),
		"auslassungspunkte-im-text":         gegenstand("Grundsteuer\u2026 und mehr"),
		"aufzaehlungspunkt-im-text":         gegenstand("\u2022 Grundsteuer"),
		"wingdings-im-text":                 gegenstand("\uf0b7 Grundsteuer"),
		"bild-im-verwendungszweck":          func(s *sample.Spec) { s.Bankverbindung.Verwendungszweck = "danke 😀" },
		"schreibrichtung-im-text":           gegenstand("Grundsteuer \u202eB"),
		"ersatzzeichen-im-text":             gegenstand("Grundst\ufffdck"),
	})
	files["zeichen/als-nummer-und-abschnitt.xml"] = replaced(ersuchen(1299, nil), "<xfn:name>Erika</xfn:name>", "<xfn:name>E&#x72;i<!-- \u2013 -->k<![CDATA[a \u2013]]>&#x2013;</xfn:name>")
	files["zeichen/zerlegt-wo-niemand-liest.xml"] = replaced(ersuchen(1298, nil), "<xfn:aktenzeichen>", "<xfn:aktenzeichen>Gru&#x308;n ")
	files["zeichen/steuerzeichen-im-attribut.xml"] = replaced(ersuchen(1297, nil), `produkt="Musterkasse"`, "produkt=\"Muster\u0085kasse\"")
	return files
}
