package pages

import (
	"strconv"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// land is one of the sixteen, in the order of the AGS.
type land struct{ Number, Code, Name string }

var laender = []land{
	{"01", "SH", "Schleswig-Holstein"}, {"02", "HH", "Hamburg"}, {"03", "NI", "Niedersachsen"}, {"04", "HB", "Bremen"},
	{"05", "NW", "Nordrhein-Westfalen"}, {"06", "HE", "Hessen"}, {"07", "RP", "Rheinland-Pfalz"}, {"08", "BW", "Baden-Württemberg"},
	{"09", "BY", "Bayern"}, {"10", "SL", "Saarland"}, {"11", "BE", "Berlin"}, {"12", "BB", "Brandenburg"},
	{"13", "MV", "Mecklenburg-Vorpommern"}, {"14", "SN", "Sachsen"}, {"15", "ST", "Sachsen-Anhalt"}, {"16", "TH", "Thüringen"},
}

func landName(code string) string {
	for _, l := range laender {
		if l.Code == code {
			return l.Name
		}
	}
	return code
}

// landOf is the Land of an AGS or ARS, "" if its first two digits name none.
func landOf(key string) string {
	for _, l := range laender {
		if strings.HasPrefix(key, l.Number) {
			return l.Code
		}
	}
	return ""
}

var betriebsarten = []amtshilfe.Betriebsart{amtshilfe.Produktion, amtshilfe.Test, amtshilfe.Schulung}

var betriebsartWords = map[amtshilfe.Betriebsart]string{amtshilfe.Produktion: "Produktion", amtshilfe.Test: "Test", amtshilfe.Schulung: "Schulung"}

var kanalWords = map[amtshilfe.Kanalart]string{amtshilfe.KanalXTA: "elektronisch (XTA)", amtshilfe.KanalPost: "Brief", amtshilfe.KanalEGVP: "EGVP", amtshilfe.KanalKeiner: "keiner"}

// einnahmeartWords are the names of the codes of register.EinnahmeartList.
var einnahmeartWords = map[string]string{
	"100": "Grundsteuer", "110": "Gewerbesteuer", "120": "Hundesteuer", "200": "Bußgeld", "210": "Verwarnungsgeld", "220": "Zwangsgeld",
	"300": "Rundfunkbeitrag", "310": "Kammerbeitrag", "320": "Sozialversicherungsbeitrag", "400": "Kita- und Schulgebühren",
	"500": "Abfall- und Abwassergebühren", "510": "Verwaltungsgebühren", "600": "Unterhaltsvorschuss", "900": "Privatrechtliche Forderung",
}

// or gives the German word for a key, or the key itself where another part knows more words than this table.
func or[K ~string](words map[K]string, k K) string {
	if w, ok := words[k]; ok {
		return w
	}
	return string(k)
}

// codes names codes of the list: "alle", or "100 Grundsteuer, 110 Gewerbesteuer".
func codes(list []string) string {
	if len(list) == len(register.Einnahmearten()) {
		return "alle"
	}
	named := make([]string, len(list))
	for i, c := range list {
		named[i] = strings.TrimRight(c+"\u00a0"+einnahmeartWords[c], "\u00a0") // a code stays with its name
	}
	return strings.Join(named, ", ")
}

// number writes thousands with a full stop.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "." + s[i:]
	}
	return s
}

// share writes a part of a whole in percent; only all is 100 %, and only none 0 %.
func share(part, whole int) string {
	if whole == 0 {
		return "–"
	}
	n := part * 1000 / whole
	switch {
	case n == 0 && part > 0:
		return "< 0,1 %"
	case n%10 == 0:
		return strconv.Itoa(n/10) + " %"
	}
	return strconv.Itoa(n/10) + "," + strconv.Itoa(n%10) + " %"
}

// span writes a duration in its largest unit, with the case that "seit" and "vor" want: "3 Minuten", "2 Tagen".
func span(d time.Duration) string {
	for _, u := range []struct {
		d         time.Duration
		one, many string
	}{{24 * time.Hour, "1 Tag", "Tagen"}, {time.Hour, "1 Stunde", "Stunden"}, {time.Minute, "1 Minute", "Minuten"}} {
		if n := int(d / u.d); n == 1 {
			return u.one
		} else if n > 1 {
			return number(n) + " " + u.many
		}
	}
	return "weniger als 1 Minute"
}
