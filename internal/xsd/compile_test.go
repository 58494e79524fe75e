package xsd_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"damtshilfe/internal/xmlgate"
	"damtshilfe/internal/xsd"
)

// schemaOf is a schema in namespace u around body, which begins in line 2.
func schemaOf(body string) fstest.MapFS {
	return fstest.MapFS{"s.xsd": {Data: []byte(`<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="u" targetNamespace="u" elementFormDefault="qualified">` + "\n" + body + `</xs:schema>`)}}
}

// element declares a root whose type is the given definition.
func element(definition string) string {
	return `<xs:element name="a">` + definition + `</xs:element>`
}

// accepted judges a document against a schema.
func accepted(t *testing.T, files fstest.MapFS, doc string) bool {
	t.Helper()
	g, err := xsd.Compile(files, "s.xsd")
	if err != nil {
		t.Fatal(err)
	}
	s := xmlgate.NewScanner(xmlgate.Limits{})
	s.Judge = func(xmlgate.Name) xmlgate.Judge { return g.Judge() }
	if _, err := s.Scan([]byte(doc), nil, nil); err != nil {
		t.Fatal(err)
	}
	return s.Accepted()
}

func TestWhatIsNotKnownIsRefused(t *testing.T) {
	complexType := func(s string) string { return element(`<xs:complexType>` + s + `</xs:complexType>`) }
	restriction := func(base, facets string) string {
		return element(`<xs:simpleType><xs:restriction base="` + base + `">` + facets + `</xs:restriction></xs:simpleType>`)
	}
	const b = `<xs:element name="b" type="xs:string"/>`
	for _, tt := range []struct{ body, construct string }{
		{complexType(`<xs:all>` + b + `</xs:all>`), "xs:all"},
		{`<xs:redefine schemaLocation="s.xsd"/>`, "xs:redefine"},
		{`<xs:notation name="n" public="p"/>`, "xs:notation"},
		{`<xs:element name="a" type="xs:float"/>`, "type xs:float"},
		{`<xs:element name="a" type="xs:QName"/>`, "type xs:QName"},
		{`<xs:element name="a" type="xs:ID"/>`, "type xs:ID"},
		{`<xs:element name="a" type="xs:anyType"/>`, "type xs:anyType"},
		{`<xs:element name="a"/>`, "an element without exactly one type"},
		{`<xs:element name="a" type="xs:date" abstract="true"/>`, "attribute abstract of xs:element"},
		{`<xs:element name="a" type="xs:date"/><xs:element name="b" type="xs:date" substitutionGroup="a"/>`, "attribute substitutionGroup of xs:element"},
		{`<xs:element name="a" type="xs:date" block="extension"/>`, "attribute block of xs:element"},
		{`<xs:element name="a" type="fehlt"/>`, "reference to fehlt (type)"},
		{element(`<xs:simpleType><xs:list itemType="xs:date"/></xs:simpleType>`), "xs:list in xs:simpleType"},
		{element(`<xs:simpleType><xs:union memberTypes="xs:date xs:int"/></xs:simpleType>`), "xs:union in xs:simpleType"},
		{restriction("xs:date", `<xs:minInclusive value="2026-01-01"/>`), "xs:minInclusive of a value of this type"},
		{restriction("xs:string", `<xs:totalDigits value="3"/>`), "xs:totalDigits of a value of this type"},
		{restriction("xs:hexBinary", `<xs:length value="3"/>`), "xs:length of a value of this type"},
		{restriction("xs:token", `<xs:whiteSpace value="preserve"/>`), "xs:whiteSpace preserve here"},
		{restriction("xs:token", `<xs:assertion test="1"/>`), "attribute test of xs:assertion"},
		{restriction("xs:token", `<xs:pattern value="\p{L}+"/>`), `a pattern with \p`},
		{restriction("xs:token", `<xs:pattern value="[a-z-[aeiou]]"/>`), "a pattern with a hyphen that may mean two things"},
		{restriction("xs:token", `<xs:pattern value="^a$"/>`), "a pattern with '^' that is not escaped"},
		{restriction("xs:token", `<xs:pattern value="a+?"/>`), "a pattern with a misplaced quantifier"},
		{restriction("xs:token", `<xs:pattern value="[^\d]"/>`), `a pattern with \d`},
		{complexType(`<xs:sequence>` + b + `</xs:sequence><xs:assert test="1"/>`), "xs:assert among attributes"},
		{complexType(`<xs:sequence><xs:element name="b" type="xs:string" minOccurs="0"/>` + b + `</xs:sequence>`), "an ambiguous content model"},
		{complexType(`<xs:sequence>` + b + `<xs:element name="c" type="xs:date"/><xs:element name="b" type="xs:date"/></xs:sequence>`), "two different elements of one name"},
		{complexType(`<xs:sequence><xs:element name="b" type="xs:string" maxOccurs="6000"/></xs:sequence>`), "maxOccurs 6000"},
		{complexType(`<xs:simpleContent><xs:restriction base="t"/></xs:simpleContent>`), "xs:restriction of simple content"},
		{complexType(`<xs:attribute name="b"/>`), "an attribute without exactly one simple type"},
		{`<xs:group name="g"><xs:sequence><xs:group ref="g"/></xs:sequence></xs:group>`, "a group that holds itself"},
		{`<xs:simpleType name="t"><xs:restriction base="t"/></xs:simpleType>`, "a type that is based on itself"},
		{element(`<xs:complexType><xs:sequence>` + b + `</xs:sequence></xs:complexType><xs:key name="k"><xs:selector xpath=".//b"/><xs:field xpath="@c"/></xs:key>`), "xs:key with another path than one child and one attribute"},
		{`<xs:import namespace="v"/>`, "xs:import without a file of the pack"},
		{`<xs:include schemaLocation="http://x/y.xsd"/>`, "xs:include without a file of the pack"},
	} {
		t.Run(tt.construct, func(t *testing.T) {
			_, err := xsd.Compile(schemaOf(tt.body), "s.xsd")
			unknown, ok := errors.AsType[*xsd.Unknown](err)
			if !ok || unknown.Construct != tt.construct || unknown.File != "s.xsd" || unknown.Line != 2 {
				t.Errorf("error %v, want %s in line 2 of s.xsd", err, tt.construct)
			}
		})
	}
}

func TestFilesThatAreNoSchemas(t *testing.T) {
	for name, data := range map[string]string{
		"not well-formed": "<xs:schema", "a document type": "<!DOCTYPE a><a/>", "another root": "<a/>", "an instruction": `<?x y?><a/>`,
	} {
		if _, err := xsd.Compile(fstest.MapFS{"s.xsd": {Data: []byte(data)}}, "s.xsd"); err == nil {
			t.Errorf("%s: compiled", name)
		}
	}
	if _, err := xsd.Compile(fstest.MapFS{}, "s.xsd"); err == nil {
		t.Error("a file that is not there: compiled")
	}
}

func TestContentModels(t *testing.T) {
	files := schemaOf(element(`<xs:complexType><xs:sequence>
		<xs:element name="b" type="xs:string" minOccurs="2" maxOccurs="3"/>
		<xs:choice minOccurs="0" maxOccurs="unbounded"><xs:element name="c" type="xs:string"/><xs:sequence><xs:element name="d" type="xs:string"/><xs:element name="e" type="xs:string" minOccurs="0"/></xs:sequence></xs:choice>
		<xs:any minOccurs="0" namespace="##other"/>
	</xs:sequence></xs:complexType>`))
	for kids, want := range map[string]bool{
		"": false, "b": false, "bb": true, "bbb": true, "bbbb": false, "bbc": true, "bbcdcc": true, "bbdecde": true, "bbe": false, "cbb": false, "bbdee": false, "bbx": false,
	} {
		var doc strings.Builder
		for _, k := range kids {
			doc.WriteString("<" + string(k) + "/>")
		}
		if got := accepted(t, files, `<a xmlns="u">`+doc.String()+`</a>`); got != want {
			t.Errorf("%q: %v, want %v", kids, got, want)
		}
	}
}

func TestValues(t *testing.T) {
	restriction := func(base, facets string) string {
		return element(`<xs:simpleType><xs:restriction base="` + base + `">` + facets + `</xs:restriction></xs:simpleType>`)
	}
	pattern := func(p string) string { return restriction("xs:string", `<xs:pattern value="`+p+`"/>`) }
	builtin := func(name string) string { return restriction(name, "") }
	for _, tt := range []struct {
		body            string
		valid, notValid []string
	}{
		{builtin("xs:date"), []string{"2026-11-20", "2024-02-29", "2000-02-29Z", "2026-11-20-13:59"}, []string{"", "2026-02-29", "1900-02-29", "2026-11-31", "0000-01-01", "2026-11-20 ", "2026-1-1", "٢٠٢٦-11-20", "2026-11-20+14:00"}},
		{builtin("xs:dateTime"), []string{"2026-11-20T23:59:59.999999999Z"}, []string{"2026-11-20T24:00:00", "2026-11-20T23:59:60", "2026-11-20T23:59:59.", "2026-11-20", "2026-11-20t00:00:00"}},
		{builtin("xs:decimal"), []string{"0", "-1.5", "123456789012345678"}, []string{"", "-", "1.", ".1", "+1", "1e2", "1,5", "-0", "1234567890123456789", "１"}},
		{builtin("xs:byte"), []string{"127", "-128", "007"}, []string{"128", "-129", "1.0"}},
		{builtin("xs:positiveInteger"), []string{"1"}, []string{"0", "-1"}},
		{builtin("xs:boolean"), []string{"true", "false", "0", "1"}, []string{"TRUE", "", "2"}},
		{builtin("xs:base64Binary"), []string{"", "QUJD", "QUI=", "QQ==", "QU JD\n"}, []string{"QUJ", "QR==", "QUJ=", "=", "QQ==QQ==", "QÜJD"}},
		{builtin("xs:anyURI"), []string{"", "urn:x", "https://rz.example:8443/a?b#c", "a/b", "%20"}, []string{":", "a b", "http://", "http://a:b/", "urn:x#a#b", "1:x", "%2", "ä", "["}},
		{builtin("xs:NCName"), []string{"a1", "_"}, []string{"", "1a", "a:b", "ä"}},
		{builtin("xs:token"), []string{"", " a  b "}, nil},
		{restriction("xs:decimal", `<xs:fractionDigits value="2"/><xs:totalDigits value="4"/>`), []string{"12.34", "1234"}, []string{"1.234", "12345", "123.45"}},
		{restriction("xs:decimal", `<xs:minExclusive value="-1.5"/><xs:maxInclusive value="10"/>`), []string{"-1.49", "10.0", "9.999"}, []string{"-1.5", "-2", "10.01", "11"}},
		{restriction("xs:token", `<xs:enumeration value="a b"/><xs:enumeration value="c"/>`), []string{"c", " a  b "}, []string{"", "ab", "C"}},
		{restriction("xs:token", `<xs:minLength value="1"/><xs:maxLength value="3"/>`), []string{"ä", " abc ", "𝔘𝔘𝔘"}, []string{"", "  ", "abcd"}},
		{restriction("xs:normalizedString", `<xs:minLength value="1"/><xs:maxLength value="3"/>`), []string{"a b", "\ta"}, []string{"   ", "abcd", " abc"}},
		{pattern(`[A-Z]{2}\d{2,3}(x|y)?`), []string{"AB12", "AB123y"}, []string{"AB1", "AB1234", "ab12", "AB12z", "AB١٢"}},
		{pattern(`[^a-c\-]*\.`), []string{".", "xä."}, []string{"a.", "-.", "x"}},
		{pattern(`a|b*|&#xe4;[&#x300;-&#x303;]`), []string{"a", "", "bbb", "ä\u0301"}, []string{"ab", "ä", "ä\u0304"}},
		{pattern(`a.c`), []string{"abc", "aäc"}, []string{"a\nc", "ac"}},
	} {
		files := schemaOf(tt.body)
		for want, values := range map[bool][]string{true: tt.valid, false: tt.notValid} {
			for _, v := range values {
				if got := accepted(t, files, `<a xmlns="u">`+v+`</a>`); got != want {
					t.Errorf("%s: %q: %v, want %v", tt.body, v, got, want)
				}
			}
		}
	}
}

// Hints where schemas are to be found are passed over; whatever else the instance namespace offers is left to libxml2.
func TestSchemaLocations(t *testing.T) {
	files := schemaOf(`<xs:element name="a" type="t"/><xs:complexType name="t"><xs:sequence/></xs:complexType>`)
	for attr, want := range map[string]bool{
		`schemaLocation="u x.xsd"`: true, `schemaLocation=" u  x.xsd v y.xsd "`: true, `noNamespaceSchemaLocation="x.xsd"`: true, `schemaLocation="u"`: false,
		`schemaLocation=""`: false, `schemaLocation="u [x"`: false, `noNamespaceSchemaLocation="a b"`: false, `nil="false"`: false, `type="t"`: false,
	} {
		if got := accepted(t, files, `<a xmlns="u" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:`+attr+`/>`); got != want {
			t.Errorf("%s: %v, want %v", attr, got, want)
		}
	}
}
