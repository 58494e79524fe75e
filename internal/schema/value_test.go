package schema_test

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

// value gives a value of the simple type that is named, or that stands in decl.
func (g *generator) value(decl *etree.Element, named string) string {
	if v := decl.SelectAttr("fixed"); v != nil {
		return v.Value
	}
	typ := child(decl, "simpleType")
	if typ == nil {
		typ = g.globals["type "+named]
	}
	if typ == nil {
		return g.builtin(strings.TrimPrefix(named, "xs:"))
	}
	how := child(typ, "restriction")
	if enums := how.SelectElements("enumeration"); len(enums) > 0 {
		return g.padded(enums[g.rnd.IntN(len(enums))].SelectAttrValue("value", ""))
	}
	if p := child(how, "pattern"); p != nil {
		return g.pattern(p.SelectAttrValue("value", ""))
	}
	if m := child(how, "maxLength"); m != nil && g.rnd.IntN(8) == 0 {
		n, _ := strconv.Atoi(m.SelectAttrValue("value", ""))
		return strings.Repeat("ä", n)
	}
	base := resolve(how, how.SelectAttrValue("base", ""))
	if f := child(how, "fractionDigits"); f != nil {
		return g.one("0", "0.5", "412.50", "-3.10", "99999999.99", "0.00", "-0", "007.1", "+1.5", "1.500", ".5", "5.", "123456789012345678.12")
	}
	return g.value(etree.NewElement("none"), base)
}

// padded sometimes puts white space around a value.
func (g *generator) padded(v string) string {
	if g.rnd.IntN(12) == 0 {
		return g.one(" ", "\n\t", "\r\n") + v + " "
	}
	return v
}

func (g *generator) one(values ...string) string { return values[g.rnd.IntN(len(values))] }

// pattern gives a value of one of the patterns of our packs.
func (g *generator) pattern(p string) string {
	known := map[string][]string{
		"true": {"true"}, "[0-9a-f]{64}": {strings.Repeat("0a", 32)}, "[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}": {"DE89370400440532013000"},
		"[A-Z0-9]{8}([A-Z0-9]{3})?": {"COBADEFFXXX", "COBADEFF"},
		"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}": {fmt.Sprintf("%08x-5b6d-4e7f-8a9b-0C1D2E3F4A5B", g.rnd.Uint32())},
	}
	if v, ok := known[p]; ok {
		return g.padded(g.one(v...))
	}
	return g.one("ab", "b", "aaab", "xyz", "dd", "12.", "12.34.x", "12.3", "Abc", "Abc-d Ef", "Ab", "Abcd Ef Gh Ij", "Abc  De", "A\u030b", "a\u0300", "b\u0305", "ß", "ÿ", "\u0100",
		"2026-01-01", "1999-01-01", "2026-02-30", "", " ", "d\n", "ẞ~", "𝔘𝔘")
}

// builtin gives a value of a built-in type.
func (g *generator) builtin(name string) string {
	texts := []string{"Größe", "a b", "Müller-Lüdenscheidt & Söhne", "0", "x", "„Zitat“", "ẞ", "𝔘", "<>", "a  b"}
	switch name {
	case "date":
		return g.padded(g.one("2026-11-20", "2024-02-29", "2000-02-29", "1999-12-31", "2026-11-20Z", "2026-11-20+01:00", "0001-01-01", "2026-11-20-13:59", "2026-11-20+14:00"))
	case "dateTime":
		return g.padded(g.one("2026-11-20T08:00:00Z", "2026-11-20T23:59:59.999+01:00", "2026-11-20T00:00:00", "2024-02-29T12:00:00.1", "2026-11-20T24:00:00"))
	case "gYear":
		return g.padded(g.one("2026", "1999", "2026Z", "0001", "9999", "12026", "-2026"))
	case "boolean":
		return g.padded(g.one("true", "false", "0", "1"))
	case "decimal":
		return g.padded(g.one("0.5", "1", "-1.25", "0.0000001", "123456789", "+3", "-1.5", "-1.51", "12.5", "12.500", "12.51", "999.99", "0.00", "99999", "100000", "00001.50", "1.0", "2", "2.0", "1.5"))
	case "positiveInteger":
		return g.padded(g.one("1", "42", "007", "999999999999999999", "+1"))
	case "nonNegativeInteger":
		return g.padded(g.one("0", "1", "00", "-0", "4294967296"))
	case "anyURI":
		return g.padded(g.one("urn:de:xoev:liste", "https://rz.example:8443/xta/send", "urn:x", "a/b", "https://[::1]/", "urn:ä", "a%20b", "http://a.example?b#c"))
	case "base64Binary":
		return g.padded(g.one("JVBERi0xLjQKJcOkw7zDtsOfCg==", "QUJD", "", "QUI=", "QQ ==", "Q U J D", "QUJD\nQUJD"))
	case "NCName":
		return g.one("T1", "_a", "a.b-c", "Ä")
	case "normalizedString":
		return g.padded(g.one(texts...))
	}
	pools := map[string][]string{
		"language": {"de", "de-DE", "x", "toolonglanguage", "de-", "1a", "de-1", ""}, "time": {"12:00:00", "23:59:59.5Z", "24:00:00", "12:00", "12:00:00+01:00", " 12:00:00"},
		"gYearMonth": {"2026-11", "2026-13", "2026-11Z", "2026-1", "0000-01"}, "hexBinary": {"", "0a", "0A1", "0g", "ABCDEF", " 0a "},
		"NMTOKEN": {"a", "-a", "1.", "a:b", "ä", "a b", "", " a "}, "Name": {"a", "-a", "_1", "a:b", "ä", "a b", "", " a "},
		"string": {"", " ", "\n", "a\tb", "abc", "ab", "a b", "  ", "a  b", " ab ", "äöü", "𝔘𝔘𝔘", "a\r\nb", "abcd"}, "token": {"", " ", "a", "ab", "a b", " ab ", "a  b", "T1", "T2"},
	}
	if pool, ok := pools[name]; ok {
		return g.one(append(pool, texts...)...)
	}
	return g.padded(g.one("0", "1", "-1", "127", "128", "-128", "-129", "255", "256", "32767", "-32769", "2147483647", "2147483648", "-2147483648", "4294967295", "4294967296",
		"9223372036854775807", "9223372036854775808", "18446744073709551616", "-3", "-2", "9", "10", "00009", "+5", "-0", "5.", "", "1.0"))
}

func escape(v string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\r", "&#13;").Replace(v)
}
