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
	'\u2028': "Zeilentrenner", '\u2029': "Absatztrenner", '\ufeff': "Byte Order Mark (unsichtbar)",
	'\u2010': "typografischer Bindestrich", '\u2011': "geschützter Bindestrich", '\u2012': "Ziffernstrich",
	'\u2013': "Gedankenstrich", '\u2014': "langer Gedankenstrich", '\u2212': "Minuszeichen",
	'\u2018': "typografisches Anführungszeichen", '\u201a': "typografisches Anführungszeichen",
	'\u201b': "typografisches Anführungszeichen", '\u201c': "typografisches Anführungszeichen",
	'\u201d': "typografisches Anführungszeichen", '\u201e': "typografisches Anführungszeichen",
	'\u2039': "einfaches Guillemet", '\u203a': "einfaches Guillemet",
	'\u2019': "typografischer Apostroph", '\u2022': "Aufzählungspunkt", '\u2026': "Auslassungspunkte in einem Zeichen",
	'\u2032': "Minutenzeichen", '\u2033': "Sekundenzeichen", '\u2122': "Markenzeichen",
	'\ufb00': "Ligatur ff", '\ufb01': "Ligatur fi", '\ufb02': "Ligatur fl", '\ufb03': "Ligatur ffi", '\ufb04': "Ligatur ffl",
	'\ufffd': "Ersatzzeichen (beim Umwandeln verlorenes Zeichen)",
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
