package xsd

// whitespace is what happens to white space before a value is judged.
type whitespace int

const (
	preserve whitespace = iota
	replace             // each a blank
	collapse            // none at the ends, one blank inside
)

// apply normalises v; in buf if it is not what it should be.
func (w whitespace) apply(v []byte, buf *[]byte) []byte {
	if w == preserve {
		return v
	}
	if w == collapse {
		v = trim(v)
	}
	space := false
	for i, c := range v {
		if odd := c != ' ' && isSpace(c) || w == collapse && space && c == ' '; odd {
			return w.rewrite(v, i, buf)
		}
		space = c == ' '
	}
	return v
}

// rewrite is apply for a value that is normal up to i only.
func (w whitespace) rewrite(v []byte, i int, buf *[]byte) []byte {
	b := append((*buf)[:0], v[:i]...)
	for _, c := range v[i:] {
		if isSpace(c) {
			if w == collapse && len(b) > 0 && b[len(b)-1] == ' ' {
				continue
			}
			c = ' '
		}
		b = append(b, c)
	}
	*buf = b
	return b
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func trim(v []byte) []byte {
	for len(v) > 0 && isSpace(v[0]) {
		v = v[1:]
	}
	for len(v) > 0 && isSpace(v[len(v)-1]) {
		v = v[:len(v)-1]
	}
	return v
}

// builtin is a built-in type of XML Schema. Types whose values are names of something else (QName, IDREF, ENTITY, NOTATION), lists,
// and numbers with an exponent are not known.
type builtin struct {
	space     whitespace
	valid     func(v []byte) bool // of a normalised value
	length    func(v []byte) int  // nil = length facets say nothing
	numeric   bool
	low, high string // of numbers; "" = none
	text      bool   // two values are equal when their normalised bytes are
}

// builtins are the types by name. Around values that are not text no white space is taken, because libxml2 takes it for some of
// these types and not for others; in base64 it may stand anywhere.
var builtins = map[string]builtin{
	"string":             {valid: anything, length: characters, text: true},
	"normalizedString":   {space: replace, valid: anything, length: characters, text: true},
	"token":              {space: collapse, valid: anything, length: characters, text: true},
	"language":           {space: collapse, valid: isLanguage, length: characters, text: true},
	"NMTOKEN":            {space: collapse, valid: isNMToken, length: characters, text: true},
	"Name":               {space: collapse, valid: isNCName, length: characters, text: true}, // with a colon: left to libxml2
	"NCName":             {space: collapse, valid: isNCName, length: characters, text: true},
	"anyURI":             {space: collapse, valid: isURI, length: characters, text: true},
	"boolean":            {valid: isBoolean},
	"decimal":            {valid: anything, numeric: true}, // readNumber judges
	"integer":            {valid: isInteger, numeric: true},
	"nonNegativeInteger": {valid: isInteger, numeric: true, low: "0"},
	"positiveInteger":    {valid: isInteger, numeric: true, low: "1"},
	"nonPositiveInteger": {valid: isInteger, numeric: true, high: "0"},
	"negativeInteger":    {valid: isInteger, numeric: true, high: "-1"},
	"long":               {valid: isInteger, numeric: true}, // 18 digits fit
	"int":                {valid: isInteger, numeric: true, low: "-2147483648", high: "2147483647"},
	"short":              {valid: isInteger, numeric: true, low: "-32768", high: "32767"},
	"byte":               {valid: isInteger, numeric: true, low: "-128", high: "127"},
	"unsignedLong":       {valid: isInteger, numeric: true, low: "0"},
	"unsignedInt":        {valid: isInteger, numeric: true, low: "0", high: "4294967295"},
	"unsignedShort":      {valid: isInteger, numeric: true, low: "0", high: "65535"},
	"unsignedByte":       {valid: isInteger, numeric: true, low: "0", high: "255"},
	"date":               {valid: isDate},
	"dateTime":           {valid: isDateTime},
	"time":               {valid: isTime},
	"gYear":              {valid: isYear},
	"gYearMonth":         {valid: isYearMonth},
	"base64Binary":       {valid: isBase64},
	"hexBinary":          {valid: isHex},
}

func anything([]byte) bool { return true }

func isBoolean(v []byte) bool {
	switch string(v) {
	case "true", "false", "1", "0":
		return true
	}
	return false
}

// letters, digits and so on, in ASCII.
const (
	chLetter = 1 << iota
	chDigit
	chHex
	chName   // beside letters and digits, in a name
	chBase64 // in base64
	chURI    // beside letters and digits, in a path, query or fragment of a URI
)

var chars = charTable()

func charTable() (t [256]uint8) {
	for c := range 128 {
		b := byte(c)
		switch low := b | 0x20; {
		case low >= 'a' && low <= 'z':
			t[c] = chLetter | chBase64
			if low <= 'f' {
				t[c] |= chHex
			}
		case b >= '0' && b <= '9':
			t[c] = chDigit | chHex | chBase64
		}
	}
	for _, set := range []struct {
		class uint8
		chars string
	}{{chName, "-._"}, {chBase64, "+/"}, {chURI, "-._~!$&'()*+,;=:@/?"}} {
		for i := range len(set.chars) {
			t[set.chars[i]] |= set.class
		}
	}
	return t
}

// all says whether every byte of v is of one of the classes.
func all(v []byte, classes uint8) bool {
	for _, c := range v {
		if chars[c]&classes == 0 {
			return false
		}
	}
	return true
}

func isNMToken(v []byte) bool { return len(v) > 0 && all(v, chLetter|chDigit|chName) }

func isNCName(v []byte) bool {
	return isNMToken(v) && (chars[v[0]]&chLetter != 0 || v[0] == '_')
}

func isLanguage(v []byte) bool {
	length, first := 0, true
	for _, c := range v {
		switch {
		case c == '-' && length > 0:
			length, first = 0, false
			continue
		case chars[c]&chLetter != 0 || chars[c]&chDigit != 0 && !first:
			length++
		default:
			return false
		}
		if length > 8 {
			return false
		}
	}
	return length > 0
}

func isHex(v []byte) bool { return len(v)%2 == 0 && all(v, chHex) }

// isBase64 knows whole groups of four; what is left out of the last one has to be zero.
func isBase64(v []byte) bool {
	n, pad := 0, 0
	var last byte
	for _, c := range v {
		switch {
		case chars[c]&chBase64 != 0 && pad == 0:
			last = c
		case c == '=':
			pad++
		case isSpace(c):
			continue
		default:
			return false
		}
		n++
	}
	if n%4 != 0 || pad > 2 {
		return false
	}
	switch pad {
	case 1:
		return base64Value(last)&3 == 0
	case 2:
		return base64Value(last)&15 == 0
	}
	return true
}

func base64Value(c byte) byte {
	switch {
	case c >= 'A' && c <= 'Z':
		return c - 'A'
	case c >= 'a' && c <= 'z':
		return c - 'a' + 26
	case c >= '0' && c <= '9':
		return c - '0' + 52
	case c == '+':
		return 62
	}
	return 63
}
