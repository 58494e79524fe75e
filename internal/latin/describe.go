package latin

import (
	"fmt"
	"unicode"
)

// named are the characters that word processors, web pages and scanners slip into data, as a German clerk knows them.
var named = map[rune]string{
	'\t': "Tabulator", '\n': "Zeilenumbruch", '\r': "Wagenrücklauf",
	'\u00a0': "geschütztes Leerzeichen", '\u00ad': "weiches Trennzeichen",
	'\u00bb': "Guillemet", '\u00ab': "Guillemet", '\u00d7': "Malzeichen",
	'\u2002': "breites Leerzeichen", '\u2003': "breites Leerzeichen", '\u2007': "Ziffernleerzeichen",
	'\u2009': "schmales Leerzeichen", '\u202f': "schmales geschütztes Leerzeichen",
	'\u200b': "unsichtbares Leerzeichen", '\u200c': "unsichtbares Steuerzeichen", '\u200d': "unsichtbares Steuerzeichen",
	'\u200e': "Steuerzeichen für die Schreibrichtung", '\u200f': "Steuerzeichen für die Schreibrichtung",
	'\u0000': "Nullzeichen", '\u007f': "Löschzeichen", '\u0085': "Steuerzeichen für den Zeilenwechsel",
	'\u034f': "unsichtbarer Verbinder", '\u061c': "Steuerzeichen für die Schreibrichtung", '\u180e': "unsichtbares Leerzeichen",
	'\u2000': "breites Leerzeichen", '\u2001': "breites Leerzeichen", '\u2004': "schmales Leerzeichen", '\u2005': "schmales Leerzeichen",
	'\u2006': "schmales Leerzeichen", '\u2008': "schmales Leerzeichen", '\u200a': "schmales Leerzeichen", '\u205f': "schmales Leerzeichen",
	'\u2060': "unsichtbarer Wortverbinder", '\u3000': "breites Leerzeichen",
	'\u202a': "Steuerzeichen für die Schreibrichtung", '\u202b': "Steuerzeichen für die Schreibrichtung", '\u202c': "Steuerzeichen für die Schreibrichtung",
	'\u202d': "Steuerzeichen für die Schreibrichtung", '\u202e': "Steuerzeichen für die Schreibrichtung", '\u2066': "Steuerzeichen für die Schreibrichtung",
	'\u2067': "Steuerzeichen für die Schreibrichtung", '\u2068': "Steuerzeichen für die Schreibrichtung", '\u2069': "Steuerzeichen für die Schreibrichtung",
	'\u2028': "Zeilentrenner", '\u2029': "Absatztrenner", '\ufeff': "unsichtbare Byte-Reihenfolge-Marke",
	'\u2010': "typografischer Bindestrich", '\u2011': "geschützter Bindestrich", '\u2012': "Ziffernstrich",
	'\u2013': "Gedankenstrich", '\u2014': "langer Gedankenstrich", '\u2015': "waagerechter Strich", '\u2212': "Minuszeichen",
	'\u2043': "Aufzählungsstrich", '\u25aa': "Aufzählungsquadrat", '\u25cf': "Aufzählungspunkt", '\u25e6': "Aufzählungskreis",
	'\uf0a7': "Aufzählungszeichen der Schrift Wingdings", '\uf0b7': "Aufzählungszeichen der Schrift Symbol", '\uf0d8': "Aufzählungszeichen der Schrift Wingdings",
	'\u2018': "typografisches Anführungszeichen", '\u201a': "typografisches Anführungszeichen",
	'\u201b': "typografisches Anführungszeichen", '\u201c': "typografisches Anführungszeichen",
	'\u201d': "typografisches Anführungszeichen", '\u201e': "typografisches Anführungszeichen", '\u201f': "typografisches Anführungszeichen",
	'\u2039': "einfaches Guillemet", '\u203a': "einfaches Guillemet",
	'\u2019': "typografischer Apostroph", '\u2022': "Aufzählungspunkt", '\u2026': "Auslassungspunkte in einem Zeichen",
	'\u2032': "Minutenzeichen", '\u2033': "Sekundenzeichen", '\u2122': "Markenzeichen",
	'\ufb00': "Ligatur ff", '\ufb01': "Ligatur fi", '\ufb02': "Ligatur fl", '\ufb03': "Ligatur ffi", '\ufb04': "Ligatur ffl",
	'\ufb05': "Ligatur langes s und t", '\ufb06': "Ligatur st", '\u02bc': "Apostroph als Buchstabe",
	'\u2190': "Pfeil", '\u2192': "Pfeil", '\u21d2': "Pfeil", '\u00bd': "Bruch ½", '\u00bc': "Bruch ¼", '\u00be': "Bruch ¾",
	'\ufffc': "Platzhalter für ein Objekt", '\ufffd': "Ersatzzeichen (beim Umwandeln verlorenes Zeichen)",
}

// Describe names r in German with its code point, so that a finding can say which character is meant without quoting the
// text around it: "Gedankenstrich (U+2013)".
func Describe(r rune) string {
	return fmt.Sprintf("%s (U+%04X)", describe(r), r)
}

func describe(r rune) string {
	if s, ok := named[r]; ok {
		return s
	}
	switch {
	case unicode.IsControl(r):
		return "Steuerzeichen"
	case unicode.Is(unicode.Mn, r):
		return "kombinierendes Zeichen"
	case unicode.Is(unicode.Greek, r):
		return "griechischer Buchstabe"
	case unicode.Is(unicode.Cyrillic, r):
		return "kyrillischer Buchstabe"
	case unicode.Is(unicode.Arabic, r):
		return "arabisches Schriftzeichen"
	case unicode.Is(unicode.Han, r):
		return "chinesisches Schriftzeichen"
	case unicode.Is(unicode.Co, r):
		return "Zeichen zum privaten Gebrauch"
	case unicode.Is(unicode.Cf, r):
		return "unsichtbares Steuerzeichen"
	case unicode.Is(unicode.Hebrew, r):
		return "hebräischer Buchstabe"
	case r >= 0xff01 && r <= 0xff5e:
		return "Zeichen in doppelter Breite"
	case r >= 0x1f000 && r <= 0x1faff, r >= 0x2600 && r <= 0x27bf:
		return "Bildzeichen"
	case unicode.IsDigit(r):
		return "Ziffer"
	case unicode.IsLetter(r):
		return "Buchstabe"
	case unicode.IsSpace(r):
		return "besonderes Leerzeichen"
	}
	return "Zeichen"
}
