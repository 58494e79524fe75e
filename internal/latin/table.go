package latin

// Which datatypes a character belongs to; bit n stands for Type n.
const (
	inA uint8 = 1 << iota
	inB
	inC
	inD
	inE
)

// The memberships that occur.
const (
	all   = inA | inB | inC | inD | inE
	fromB = inB | inC | inD | inE
	fromC = inC | inD | inE
	fromD = inD | inE
)

// span is a range of characters, both ends included, with the same membership.
type span struct {
	first, last rune
	in          uint8
}

// spans lists every single character of DIN 91379 (edition 2022-08).
var spans = []span{
	{0x0009, 0x000A, inC | inE},
	{0x000D, 0x000D, inC | inE},
	{0x0020, 0x0020, all},
	{0x0021, 0x0026, fromB},
	{0x0027, 0x0027, all},
	{0x0028, 0x002B, fromB},
	{0x002C, 0x002E, all},
	{0x002F, 0x0040, fromB},
	{0x0041, 0x005A, all},
	{0x005B, 0x005F, fromB},
	{0x0060, 0x007A, all},
	{0x007B, 0x007D, fromB},
	{0x007E, 0x007E, all},
	{0x00A0, 0x00A0, inC | inE},
	{0x00A1, 0x00A3, fromB},
	{0x00A4, 0x00A4, fromC},
	{0x00A5, 0x00A5, fromB},
	{0x00A6, 0x00A6, fromC},
	{0x00A7, 0x00A7, fromB},
	{0x00A8, 0x00A8, all},
	{0x00A9, 0x00AC, fromB},
	{0x00AE, 0x00B3, fromB},
	{0x00B4, 0x00B4, all},
	{0x00B5, 0x00B6, fromB},
	{0x00B7, 0x00B7, all},
	{0x00B8, 0x00B8, fromC},
	{0x00B9, 0x00BB, fromB},
	{0x00BC, 0x00BE, fromC},
	{0x00BF, 0x00BF, fromB},
	{0x00C0, 0x00D6, all},
	{0x00D7, 0x00D7, fromB},
	{0x00D8, 0x00F6, all},
	{0x00F7, 0x00F7, fromB},
	{0x00F8, 0x017E, all},
	{0x0187, 0x0188, all},
	{0x018F, 0x018F, all},
	{0x0192, 0x0192, fromD},
	{0x0197, 0x0197, all},
	{0x01A0, 0x01A1, all},
	{0x01AF, 0x01B0, all},
	{0x01B7, 0x01B7, all},
	{0x01CD, 0x01DC, all},
	{0x01DE, 0x01DF, all},
	{0x01E2, 0x01F0, all},
	{0x01F4, 0x01F5, all},
	{0x01F8, 0x01FF, all},
	{0x0212, 0x0213, all},
	{0x0218, 0x021B, all},
	{0x021E, 0x021F, all},
	{0x0227, 0x0233, all},
	{0x0259, 0x0259, all},
	{0x0268, 0x0268, all},
	{0x0292, 0x0292, all},
	{0x02B0, 0x02B0, fromD},
	{0x02B3, 0x02B3, fromD},
	{0x02B9, 0x02BA, all},
	{0x02BE, 0x02BF, all},
	{0x02C6, 0x02C6, fromD},
	{0x02C8, 0x02C8, all},
	{0x02CC, 0x02CC, all},
	{0x02DC, 0x02DC, fromD},
	{0x02E2, 0x02E2, fromD},
	{0x0386, 0x0386, fromD},
	{0x0388, 0x038A, fromD},
	{0x038C, 0x038C, fromD},
	{0x038E, 0x03A1, fromD},
	{0x03A3, 0x03CE, fromD},
	{0x040D, 0x040D, inE},
	{0x0410, 0x042A, inE},
	{0x042C, 0x042C, inE},
	{0x042E, 0x044A, inE},
	{0x044C, 0x044C, inE},
	{0x044E, 0x044F, inE},
	{0x045D, 0x045D, inE},
	{0x1D48, 0x1D48, fromD},
	{0x1D57, 0x1D57, fromD},
	{0x1E02, 0x1E03, all},
	{0x1E06, 0x1E07, all},
	{0x1E0A, 0x1E11, all},
	{0x1E17, 0x1E17, all},
	{0x1E1C, 0x1E2B, all},
	{0x1E2F, 0x1E37, all},
	{0x1E3A, 0x1E3B, all},
	{0x1E40, 0x1E49, all},
	{0x1E52, 0x1E5B, all},
	{0x1E5E, 0x1E63, all},
	{0x1E6A, 0x1E6F, all},
	{0x1E80, 0x1E87, all},
	{0x1E8C, 0x1E97, all},
	{0x1E9E, 0x1E9E, all},
	{0x1EA0, 0x1EF9, all},
	{0x2018, 0x2018, fromD},
	{0x2019, 0x2019, all},
	{0x201A, 0x201A, fromD},
	{0x201C, 0x201E, fromD},
	{0x2020, 0x2020, fromD},
	{0x2021, 0x2021, all},
	{0x2026, 0x2026, fromD},
	{0x2030, 0x2030, fromD},
	{0x2032, 0x2033, fromD},
	{0x2039, 0x203A, fromD},
	{0x2070, 0x2070, fromD},
	{0x2074, 0x2079, fromD},
	{0x207F, 0x2089, fromD},
	{0x20AC, 0x20AC, fromB},
	{0x2122, 0x2122, fromD},
	{0x221E, 0x221E, fromD},
	{0x2264, 0x2265, fromD},
}

// classes is spans as a flat table, 9 KB, so that a character costs one load.
var classes = flatten(spans)

func flatten(spans []span) []uint8 {
	flat := make([]uint8, spans[len(spans)-1].last+1)
	for _, s := range spans {
		for r := s.first; r <= s.last; r++ {
			flat[r] = s.in
		}
	}
	return flat
}

// sequences lists what may follow a base letter beside nothing; every datatype allows them. In one case, K with the
// double macron below, a second letter belongs to the sequence.
var sequences = map[rune][]string{
	'A': {"\u030b"},
	'C': {"\u0300", "\u0304", "\u0306", "\u0308", "\u0315", "\u0323", "\u0326", "\u0328\u0306"},
	'D': {"\u0302"},
	'F': {"\u0300", "\u0304"},
	'G': {"\u0300"},
	'H': {"\u0304", "\u0326", "\u0331"},
	'J': {"\u0301", "\u030c"},
	'K': {"\u0300", "\u0302", "\u0304", "\u0307", "\u0315", "\u031b", "\u0326", "\u035fH", "\u035fh"},
	'L': {"\u0302", "\u0325", "\u0325\u0304", "\u0326"},
	'M': {"\u0300", "\u0302", "\u0306", "\u0310"},
	'N': {"\u0302", "\u0304", "\u0306", "\u0326"},
	'P': {"\u0300", "\u0304", "\u0315", "\u0323"},
	'R': {"\u0306", "\u0325", "\u0325\u0304"},
	'S': {"\u0300", "\u0304", "\u031b\u0304", "\u0331"},
	'T': {"\u0300", "\u0304", "\u0308", "\u0315", "\u031b"},
	'U': {"\u0307"},
	'Z': {"\u0300", "\u0304", "\u0306", "\u0308", "\u0327"},
	'a': {"\u030b"},
	'c': {"\u0300", "\u0304", "\u0306", "\u0308", "\u0315", "\u0323", "\u0326", "\u0328\u0306"},
	'd': {"\u0302"},
	'f': {"\u0300", "\u0304"},
	'g': {"\u0300"},
	'h': {"\u0304", "\u0326"},
	'j': {"\u0301"},
	'k': {"\u0300", "\u0302", "\u0304", "\u0307", "\u0315", "\u031b", "\u0326", "\u035fh"},
	'l': {"\u0302", "\u0325", "\u0325\u0304", "\u0326"},
	'm': {"\u0300", "\u0302", "\u0306", "\u0310"},
	'n': {"\u0302", "\u0304", "\u0306", "\u0326"},
	'p': {"\u0300", "\u0304", "\u0315", "\u0323"},
	'r': {"\u0306", "\u0325", "\u0325\u0304"},
	's': {"\u0300", "\u0304", "\u031b\u0304", "\u0331"},
	't': {"\u0300", "\u0304", "\u0315", "\u031b"},
	'u': {"\u0307"},
	'z': {"\u0300", "\u0304", "\u0306", "\u0308", "\u0327"},
	'Ç': {"\u0306"},
	'Û': {"\u0304"},
	'ç': {"\u0306"},
	'û': {"\u0304"},
	'ÿ': {"\u0301"},
	'Č': {"\u0315", "\u0323"},
	'č': {"\u0315", "\u0323"},
	'ē': {"\u030d"},
	'Ī': {"\u0301"},
	'ī': {"\u0301"},
	'ō': {"\u030d"},
	'Ž': {"\u0326", "\u0327"},
	'ž': {"\u0326", "\u0327"},
	'Ḳ': {"\u0304"},
	'ḳ': {"\u0304"},
	'Ṣ': {"\u0304"},
	'ṣ': {"\u0304"},
	'Ṭ': {"\u0304"},
	'ṭ': {"\u0304"},
	'Ạ': {"\u0308"},
	'ạ': {"\u0308"},
	'Ọ': {"\u0308"},
	'ọ': {"\u0308"},
	'Ụ': {"\u0304", "\u0308"},
	'ụ': {"\u0304", "\u0308"},
}
