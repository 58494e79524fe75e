package app_test

import (
	"regexp"
	"strings"
)

// korpusSchema is what the schema refuses.
func korpusSchema() map[string][]byte {
	without := func(element string) func([]byte) []byte {
		return func(doc []byte) []byte {
			return regexp.MustCompile(`(?s) *<`+element+`[ >].*?</`+element+`>\n`).ReplaceAll(doc, nil)
		}
	}
	return bytewise("schema", 1300, map[string]func([]byte) []byte{
		"element-fehlt":        without("vh:vollstreckbarkeit"),
		"kein-schuldner":       without("vh:schuldner"),
		"kein-nachrichtenkopf": without("vh:nachrichtenkopf"),
		"element-unbekannt":    swap("<vh:ersuchenVom>", "<vh:eilig>ja</vh:eilig><vh:ersuchenVom>"),
		"elementname-falsch":   func(doc []byte) []byte { return swap("vh:ersuchenVom", "vh:ersuchenAm")(doc) },
		"reihenfolge-falsch":   reorder,
		"element-doppelt":      swap("</vh:ersuchenVom>", "</vh:ersuchenVom><vh:ersuchenVom>2026-11-17</vh:ersuchenVom>"),
		"code-im-namensraum":   swap("<code>100</code>", "<vh:code>100</vh:code>"),
		"datum-unmoeglich":     swap("<vh:ersuchenVom>2026-11-17", "<vh:ersuchenVom>2026-02-30"),
		"datum-deutsch":        swap("<vh:ersuchenVom>2026-11-17", "<vh:ersuchenVom>17.11.2026"),
		"zeitpunkt-ohne-uhrzeit": func(doc []byte) []byte {
			return regexp.MustCompile(`(<vh:erstellungszeitpunkt>....-..-..)T[^<]*`).ReplaceAll(doc, []byte("$1"))
		},
		"betrag-mit-komma":             swap("412.50", "412,50"),
		"betrag-mit-tausenderpunkt":    swap("412.50", "1.412.50"),
		"betrag-drei-nachkommastellen": swap("412.50", "412.505"),
		"uuid-ohne-striche":            func(doc []byte) []byte { return regexp.MustCompile(`(UUID>........)-`).ReplaceAll(doc, []byte("$1")) },
		"uuid-mit-langem-text": func(doc []byte) []byte {
			return regexp.MustCompile(`(<vh:nachrichtenUUID>)[^<]*`).ReplaceAll(doc, []byte("${1}Nummer 7 &lt;&amp;&gt; "+strings.Repeat("lang ", 400)))
		},
		"titelart-nicht-in-der-liste": swap("<vh:art>verwaltungsakt", "<vh:art>bescheid"),
		"gegenstand-leer":             swap("Grundsteuer B 2026</vh:gegenstand>", "</vh:gegenstand>"),
		"gegenstand-zu-lang":          swap("Grundsteuer B 2026</vh:gegenstand>", strings.Repeat("Grundsteuer ", 340)+"</vh:gegenstand>"),
		"verwendungszweck-zu-lang":    swap("<vh:verwendungszweck>", "<vh:verwendungszweck>"+strings.Repeat("x", 141)),
		"attribut-fehlt":              swap(` listURI="urn:damtshilfe:codeliste:einnahmeart"`, ""),
		"attribut-unbekannt":          swap(`<vh:titel id="t1"`, `<vh:titel id="t1" nr="1"`),
		"standard-anders":             swap(`standard="dAmtshilfe-Profil"`, `standard="XAmtshilfe"`),
		"version-anders":              swap(`standard="dAmtshilfe-Profil" version="1.0"`, `standard="dAmtshilfe-Profil" version="2.0"`),
		"test-weder-wahr-noch-falsch": swap(`test="true"`, `test="ja"`),
		"titel-doppelt":               twice,
		"forderung-ohne-titel":        swap(`<vh:forderung titel="t1"`, `<vh:forderung titel="t7"`),
		"text-zwischen-elementen":     swap("<vh:ersuchenVom>", "dringend <vh:ersuchenVom>"),
		"xsi-nil":                     swap("<vh:ersuchenVom>", `<vh:ersuchenVom xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true">`),
		"nicht-bescheinigt":           swap("Bescheinigt>true<", "Bescheinigt>false<"),
		"iban-mit-leerzeichen":        func(doc []byte) []byte { return regexp.MustCompile(`(<vh:iban>....)`).ReplaceAll(doc, []byte("$1 ")) },
		"bic-zu-kurz":                 swap("<vh:bic>NOLADE21NOS", "<vh:bic>NOLADE2"),
		"zu-viele-verstoesse":         manyFaults,
		"schema-und-regel-nebeneinander": func(doc []byte) []byte {
			return swap("<vh:art>verwaltungsakt", "<vh:art>bescheid")(swap("<xfn:postleitzahl>24103", "<xfn:postleitzahl>2410")(doc))
		},
	})
}

var ersuchenVom = regexp.MustCompile(` *<vh:ersuchenVom>[^\n]*\n`)

// reorder puts the date of the request behind what must follow it.
func reorder(doc []byte) []byte {
	line := ersuchenVom.Find(doc)
	return replaced(ersuchenVom.ReplaceAll(doc, nil), "</vh:einnahmeart>\n", "</vh:einnahmeart>\n"+string(line))
}

// twice gives the title a second time.
func twice(doc []byte) []byte {
	title := regexp.MustCompile(`(?s) *<vh:titel .*</vh:titel>\n`).Find(doc)
	return replaced(doc, string(title), string(title)+string(title))
}

// manyFaults makes 30 claims that are wrong in their amount.
func manyFaults(doc []byte) []byte {
	claim := string(regexp.MustCompile(`(?s) *<vh:forderung .*</vh:forderung>\n`).Find(doc))
	return replaced(doc, claim, strings.Repeat(strings.Replace(claim, "412.50", "viel", 1), 30))
}
