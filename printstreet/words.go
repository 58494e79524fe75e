package printstreet

// The German words of the codes that a letter shows. A code that is not here is printed as it came: late beats lost.

// word gives the German word of a code.
func word(words map[string]string, code string) string {
	if w, ok := words[code]; ok {
		return w
	}
	return code
}

var kanaele = map[string]string{"001": "Telefon", "002": "Telefax", "003": "Mobil", "004": "E-Mail", "005": "Internet"}

var anschriftstypen = map[string]string{
	"001": "aktuelle Anschrift", "002": "Hauptwohnsitz", "003": "Nebenwohnsitz", "004": "Zustellanschrift", "005": "Firmensitz", "006": "Zweigstelle",
}

// rechtsformen are the list of XFinanz.
var rechtsformen = map[string]string{
	"001": "e. K.", "002": "GbR", "003": "OHG", "004": "KG", "005": "GmbH & Co. KG", "006": "KGaA", "007": "Partnerschaftsgesellschaft", "008": "GmbH", "009": "AG",
	"010": "eG", "011": "GmbH & Co. KGaA", "012": "e. V.", "013": "Körperschaft", "014": "Stiftung", "999": "sonstige",
}

var rollen = map[string]string{
	"":                          "Vollstreckungsschuldner(in)",
	"vollstreckungsschuldner":   "Vollstreckungsschuldner(in)",
	"gesamtschuldner":           "Gesamtschuldner(in)",
	"haftungsschuldner":         "Haftungsschuldner(in)",
	"duldungspflichtiger":       "Duldungspflichtige(r)",
	"erbe":                      "Erbin/Erbe",
	"gesetzlicher-vertreter":    "Gesetzliche Vertretung",
	"betreuer":                  "Betreuer(in)",
	"insolvenzverwalter":        "Insolvenzverwalter(in)",
	"nachlasspfleger":           "Nachlasspfleger(in)",
	"testamentsvollstrecker":    "Testamentsvollstrecker(in)",
	"empfangsbevollmaechtigter": "Empfangsbevollmächtigte(r)",
}

var titelarten = map[string]string{
	"verwaltungsakt":                  "Verwaltungsakt",
	"oeffentlich-rechtlicher-vertrag": "Öffentlich-rechtlicher Vertrag",
	"gerichtliche-entscheidung":       "Gerichtliche Entscheidung",
	"ausstandsverzeichnis":            "Ausstandsverzeichnis",
	"beitragsnachweis":                "Beitragsnachweis",
	"selbstveranlagung":               "Selbstveranlagung",
	"privatrechtliche-forderung":      "Privatrechtliche Forderung",
}

var bekanntgaben = map[string]string{"einfach": "einfache Bekanntgabe", "foermlich": "förmliche Zustellung", "oeffentlich": "öffentliche Bekanntgabe"}

var schutzvermerke = map[string]string{"auskunftssperre": "Auskunftssperre", "bedingter-sperrvermerk": "Bedingter Sperrvermerk", "sonstiger": "Schutzvermerk"}

var ansprueche = map[string]string{"insolvenzforderung": "Insolvenzforderung", "masseverbindlichkeit": "Masseverbindlichkeit", "neuforderung": "Neuforderung"}

var massnahmen = map[string]string{
	"sachpfaendung":         "Pfändung beweglicher Sachen",
	"forderungspfaendung":   "Pfändung von Forderungen und anderen Vermögensrechten",
	"vermoegensauskunft":    "Abnahme der Vermögensauskunft",
	"ratenzahlung":          "Vereinbarung von Ratenzahlungen",
	"kfz-parkkralle":        "Sicherung eines Kraftfahrzeugs mit Parkkralle",
	"durchsuchung":          "Durchsuchung",
	"arbeitgeberermittlung": "Ermittlung der Arbeitgeberin oder des Arbeitgebers",
	"kontenabruf":           "Kontenabruf",
}

var einnahmearten = map[string]string{
	"100": "Grundsteuer", "110": "Gewerbesteuer", "120": "Hundesteuer", "200": "Bußgeld", "210": "Verwarnungsgeld", "220": "Zwangsgeld",
	"300": "Rundfunkbeitrag", "310": "Kammerbeitrag", "320": "Sozialversicherungsbeitrag", "400": "Kita- und Schulgebühren",
	"500": "Abfall- und Abwassergebühren", "510": "Verwaltungsgebühren", "600": "Unterhaltsvorschuss", "900": "Privatrechtliche Forderung",
}

// einnahmeartList is the code list that einnahmearten translates; codes of other lists mean other things.
const einnahmeartList = "urn:damtshilfe:codeliste:einnahmeart"

var forderungsarten = map[string]string{
	"100": "Hauptforderung", "200": "Nebenforderung", "201": "Mahngebühr", "202": "Versandgebühr, Porto", "203": "Verspätungszuschlag", "204": "Vollstreckungskosten",
	"205": "Pfändungsgebühr", "206": "Gerichtsvollzieherkosten", "207": "Inkassokosten", "208": "Prozesskosten", "209": "Wegegeld", "210": "Rücklastschriftgebühr",
	"211": "Auskunftsgebühr", "212": "Wegnahmegebühr", "300": "Zinsen", "301": "Säumniszuschlag (AO)", "302": "Säumniszuschlag (KostG)", "303": "Stundungszinsen",
	"304": "Aussetzungszinsen", "305": "Hinterziehungszinsen", "306": "Nachzahlungszinsen", "307": "Erstattungszinsen", "308": "Säumniszinsen",
	"309": "Verzugszinsen (BGB, Gewerbe)", "310": "Verzugszinsen (BGB, privat)", "311": "Verzugszinsen (Vertrag)",
	"400": "Forderung", "401": "Hauptforderung", "410": "Nebenforderung", "430": "Zinsen", "431": "Säumniszuschläge (AO)",
	"432": "Säumniszuschläge (KostG)", "433": "Verzugszinsen (BGB, Gewerbe)", "434": "Verzugszinsen (BGB, privat)", "435": "Verzugszinsen (Vertrag)",
}

var buchungsarten = map[string]string{
	"sollAenderung": "Änderung der Forderung", "ist": "Zahlung", "stundung": "Stundung", "erlass": "Erlass", "niederschlagung": "Niederschlagung",
	"aussetzungVollziehung": "Aussetzung der Vollziehung",
}

var sachstaende = map[string]string{
	"offen": "noch nicht bearbeitet", "in-bearbeitung": "in Bearbeitung", "teilweise-beigetrieben": "teilweise beigetrieben",
	"beigetrieben": "vollständig beigetrieben", "fruchtlos": "fruchtlos", "ruhend": "das Verfahren ruht",
}

var ergebnisse = map[string]string{
	"beigetrieben": "vollständig beigetrieben", "teilweise-beigetrieben": "teilweise beigetrieben", "fruchtlos": "fruchtlos",
	"unzustaendig": "nicht zuständig", "zurueckgenommen": "Ersuchen zurückgenommen",
}

// ergebnissaetze begin a 012.
var ergebnissaetze = map[string]string{
	"beigetrieben":           "die Vollstreckung aus Ihrem Ersuchen ist abgeschlossen. Die Forderungen wurden vollständig beigetrieben.",
	"teilweise-beigetrieben": "die Vollstreckung aus Ihrem Ersuchen ist abgeschlossen. Die Forderungen wurden teilweise beigetrieben.",
	"fruchtlos":              "die Vollstreckung aus Ihrem Ersuchen ist abgeschlossen. Sie blieb ohne Erfolg.",
	"unzustaendig":           "wir schließen den Vorgang zu Ihrem Ersuchen ab, weil wir für die Vollstreckung nicht zuständig sind.",
	"zurueckgenommen":        "wir schließen den Vorgang zu Ihrem Ersuchen ab, nachdem es zurückgenommen wurde.",
}

var verbleibe = map[string]struct{ subject, heading, sentence string }{
	"weitergereicht": {"Weiterleitung des Vollstreckungshilfeersuchens", "Ihr Ersuchen liegt jetzt bei",
		"Ihr Ersuchen um Vollstreckungshilfe haben wir an die nachstehend genannte Behörde weitergeleitet. Bitte richten Sie alle weiteren Mitteilungen dorthin."},
	"zurueckgegeben": {"Rückgabe des Vollstreckungshilfeersuchens", "Zuständig ist nach unserer Kenntnis",
		"Ihr Ersuchen um Vollstreckungshilfe geben wir an Sie zurück; wir haben es nicht weitergeleitet. Bitte wenden Sie sich an die nachstehend genannte Behörde."},
}

// nachrichten are the messages that an answer can name.
var nachrichten = map[string]string{
	"007": "Ihre Änderung der Forderungen", "008": "Ihre Mitteilung über die Einstellung", "009": "Ihre Anfrage zum Sachstand", "015": "Ihre Ergänzung",
}

var wunschgruende = map[string]string{
	"belegenheit": "Belegenheit von Vermögen", "drittschuldner": "Sitz einer Drittschuldnerin oder eines Drittschuldners",
	"nebenwohnung": "Nebenwohnung", "haftanstalt": "Aufenthalt in einer Haftanstalt", "sonstig": "sonstiger Grund",
}

var gefahren = map[string]string{
	"liegt-vor":       "Es liegen Hinweise auf eine Gefährdung der Vollstreckungsperson vor.",
	"liegt-nicht-vor": "Hinweise auf eine Gefährdung der Vollstreckungsperson liegen der ersuchenden Behörde nicht vor.",
	"nicht-geprueft":  "Ob Hinweise auf eine Gefährdung der Vollstreckungsperson vorliegen, wurde von der ersuchenden Behörde nicht geprüft.",
}

var einstellungen = map[string]struct{ subject, sentence string }{
	"einstellung-vorlaeufig": {"Vorläufige Einstellung der Vollstreckung",
		"wir bitten Sie, die Vollstreckung aus unserem Ersuchen vorläufig einzustellen. Bereits getroffene Vollstreckungsmaßnahmen bleiben bestehen, soweit nachstehend nichts anderes bestimmt ist."},
	"einstellung-endgueltig": {"Endgültige Einstellung der Vollstreckung",
		"wir bitten Sie, die Vollstreckung aus unserem Ersuchen endgültig einzustellen und bereits getroffene Vollstreckungsmaßnahmen aufzuheben, soweit nachstehend nichts anderes bestimmt ist."},
	"beschraenkung": {"Beschränkung der Vollstreckung",
		"wir bitten Sie, die Vollstreckung aus unserem Ersuchen im nachstehend genannten Umfang zu beschränken."},
	"aufhebung-massnahme": {"Aufhebung von Vollstreckungsmaßnahmen",
		"wir bitten Sie, die nachstehend genannten Vollstreckungsmaßnahmen aufzuheben."},
	"ruecknahme": {"Rücknahme des Vollstreckungshilfeersuchens",
		"wir nehmen unser Ersuchen um Vollstreckungshilfe zurück und bitten Sie, von weiteren Vollstreckungsmaßnahmen abzusehen und bereits getroffene Maßnahmen aufzuheben."},
}
