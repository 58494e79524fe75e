package xmlgate_test

import (
	"strconv"
	"strings"
	"testing"

	"damtshilfe/internal/xmlgate"
)

func TestFields(t *testing.T) {
	const head = `<v:r xmlns:v="urn:damtshilfe:vollstreckungshilfe:1" xmlns:x="xFinanz310">`
	field := func(id int, p string) xmlgate.Field { return xmlgate.Field{Path: path(p), ID: id} }
	list := func(id int, p string) xmlgate.Field { return xmlgate.Field{Path: path(p), ID: id, List: true} }
	for _, tt := range []struct {
		name   string
		fields []xmlgate.Field
		doc    string
		want   string
	}{
		{"a value is handed out", []xmlgate.Field{field(1, "v:a")}, head + "<v:a>wert</v:a></v:r>", "1=wert"},
		{"an empty element has an empty value", []xmlgate.Field{field(1, "v:a")}, head + "<v:a/><v:a></v:a></v:r>", "1= 1="},
		{"white space is kept", []xmlgate.Field{field(1, "v:a")}, head + "<v:a> x\n</v:a></v:r>", "1= x\n"},
		{"a code inside an XFinanz code is in no namespace", []xmlgate.Field{field(1, "x:art/code")}, head + "<x:art><code>7</code><x:code>8</x:code></x:art></v:r>", "1=7"},
		{"with a default namespace the same letters are another name", []xmlgate.Field{field(1, "x:art/code")}, head + "<x:art xmlns='u'><code>7</code><code xmlns=''>8</code></x:art></v:r>", "1=8"},
		{"an element elsewhere with the same name is not meant", []xmlgate.Field{field(1, "v:a/v:b")}, head + "<v:b>0</v:b><v:c><v:a><v:b>1</v:b></v:a></v:c><v:a><v:c><v:b>2</v:b></v:c><v:b>3</v:b></v:a></v:r>", "1=3"},
		{"a prefix is only a prefix", []xmlgate.Field{field(1, "v:a")}, "<r xmlns='urn:damtshilfe:vollstreckungshilfe:1'><a>1</a><q:a xmlns:q='urn:damtshilfe:vollstreckungshilfe:1'>2</q:a></r>", "1=1 1=2"},
		{"a prefix that is bound anew means something else until its element ends", []xmlgate.Field{field(1, "v:a"), field(2, "x:a")},
			head + "<v:a>1</v:a><v:a xmlns:v='xFinanz310'>2</v:a><v:a>3</v:a></v:r>", "1=1 2=2 1=3"},
		{"the root's name may come back further in", []xmlgate.Field{field(1, "v:r")}, head + "<v:r>1</v:r></v:r>", "1=1"},
		{"attributes are fields, of the root too", []xmlgate.Field{field(1, "@v"), field(2, "v:a/@x:b"), field(3, "v:a/@b"), field(4, "v:a")},
			"<v:r v='0' xmlns:v=\"urn:damtshilfe:vollstreckungshilfe:1\" xmlns:x=\"xFinanz310\"><v:a b='1' x:b='2'>3</v:a></v:r>", "1=0 3=1 2=2 4=3"},
		{"every occurrence of a list is a group", []xmlgate.Field{list(5, "v:a"), field(1, "v:a/v:b"), list(6, "v:a/v:c"), field(2, "v:a/v:c/v:d"), field(3, "v:a/@n")},
			head + "<v:a n='1'><v:b>x</v:b><v:c><v:d>1</v:d></v:c><v:c/></v:a><v:a/></v:r>", "+5 3=1 1=x +6 2=1 -6 +6 -6 -5 +5 -5"},
		{"a list of plain values", []xmlgate.Field{list(5, "v:a"), field(1, "v:a")}, head + "<v:a>1</v:a><v:a/></v:r>", "+5 1=1 -5 +5 1= -5"},
		{"references are resolved", []xmlgate.Field{field(1, "v:a")}, head + "<v:a>&lt;M&amp;S&gt;&#228;&#x1F600;&quot;&apos;</v:a></v:r>", "1=<M&S>ä😀\"'"},
		{"a CDATA section is text", []xmlgate.Field{field(1, "v:a")}, head + "<v:a>a<![CDATA[<b>&amp;]]]]>c</v:a></v:r>", "1=a<b>&amp;]]c"},
		{"comments are left out", []xmlgate.Field{field(1, "v:a")}, head + "<v:a>a<!-- b > --->c</v:a></v:r>", ""},
		{"comments in the middle join what is around them", []xmlgate.Field{field(1, "v:a")}, head + "<v:a>a<!-- <b> & -->c</v:a></v:r>", "1=ac"},
		{"line ends become line feeds, but not those that are written as numbers", []xmlgate.Field{field(1, "v:a")}, head + "<v:a>1\r\n2\r3&#13;4<![CDATA[\r\n]]></v:a></v:r>", "1=1\n2\n3\r4\n"},
		{"white space in attributes becomes blanks, but not what is written as numbers", []xmlgate.Field{field(1, "@b")},
			"<v:r xmlns:v=\"urn:damtshilfe:vollstreckungshilfe:1\" b='1\r\n2\n\t3&#10;&lt;4 \"'/>", "1=1 2  3\n<4 \""},
		{"elements inside a value are left out", []xmlgate.Field{field(1, "v:a")}, head + "<v:a>1<v:b c='>'>2<v:d/><![CDATA[3]]>&amp;</v:b>4<v:e/>5</v:a></v:r>", "1=145"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, e := scan(t, tt.doc, xmlgate.Limits{}, mustMap(t, rootName("r"), tt.fields...))
			if got := r.values(); e == nil && got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			checkOffsets(t, tt.doc, r)
			if (e != nil) != (tt.want == "") {
				t.Errorf("got error %v", e)
			}
		})
	}
}

// checkOffsets wants a group to begin at a '<', and a value behind a bracket or a quote.
func checkOffsets(t *testing.T, doc string, r *recorder) {
	t.Helper()
	for _, e := range r.events {
		i := strings.LastIndexByte(e, '@')
		if i < 0 {
			continue
		}
		off, err := strconv.Atoi(e[i+1:])
		_, text, isValue := strings.Cut(e[:i], "=")
		switch {
		case err != nil || off < 1 || off > len(doc):
			t.Errorf("%s: not an offset", e)
		case !isValue && doc[off] != '<', isValue && !strings.ContainsRune(">'\"", rune(doc[off-1])):
			t.Errorf("%s: the offset is that of %q", e, doc[off:])
		case isValue && !strings.ContainsAny(text, "\n<>&;'\" ") && len(text) == 1 && !strings.HasPrefix(doc[off:], text):
			t.Errorf("%s: the offset is that of %q", e, doc[off:])
		}
	}
}

func TestScanWithoutAMapOnlyChecks(t *testing.T) {
	doc := "<a xmlns='" + nsV + "'><b>1</b></a>"
	b := xmlgate.Field{Path: path("v:b"), ID: 1}
	for name, m := range map[string]*xmlgate.Map{"no map": nil, "a map for another root": mustMap(t, rootName("x"), b)} {
		r, e := scan(t, doc, xmlgate.Limits{}, m)
		if e != nil || len(r.events) > 0 {
			t.Errorf("%s: got %v, %v", name, r.events, e)
		}
	}
	m := mustMap(t, rootName("a"), b)
	if _, err := xmlgate.NewScanner(xmlgate.Limits{}).Scan([]byte(doc), func(xmlgate.Name) *xmlgate.Map { return m }, nil); err != nil {
		t.Errorf("without a sink: %v", err)
	}
}

func TestCompileMapRefuses(t *testing.T) {
	a := xmlgate.Step{Name: xmlgate.Name{Local: "a"}}
	at := xmlgate.Step{Name: xmlgate.Name{Local: "a"}, Attr: true}
	for _, tt := range []struct {
		name   string
		fields []xmlgate.Field
	}{
		{"a path without a step", []xmlgate.Field{{ID: 1}}},
		{"a step without a name", []xmlgate.Field{{Path: []xmlgate.Step{{}}}}},
		{"an attribute in the middle", []xmlgate.Field{{Path: []xmlgate.Step{at, a}}}},
		{"a list of attributes", []xmlgate.Field{{Path: []xmlgate.Step{at}, List: true}}},
		{"a negative id", []xmlgate.Field{{Path: []xmlgate.Step{a}, ID: -1}}},
		{"one path for two fields", []xmlgate.Field{{Path: []xmlgate.Step{a}, ID: 1}, {Path: []xmlgate.Step{a}, ID: 2}}},
		{"one attribute for two fields", []xmlgate.Field{{Path: []xmlgate.Step{at}, ID: 1}, {Path: []xmlgate.Step{at}, ID: 2}}},
		{"a value that has elements below it", []xmlgate.Field{{Path: []xmlgate.Step{a}, ID: 1}, {Path: []xmlgate.Step{a, a}, ID: 2}}},
	} {
		if _, err := xmlgate.CompileMap(xmlgate.Name{Local: "r"}, tt.fields); err == nil {
			t.Errorf("%s is accepted", tt.name)
		}
	}
}

// Reading a document must not cost an allocation, or a hundred thousand of them wake the garbage collector.
func TestScanDoesNotAllocate(t *testing.T) {
	doc, m := []byte(ersuchen(1)), ersuchenMap(t)
	s, sink := xmlgate.NewScanner(xmlgate.Limits{}), &nothing{}
	choose := func(xmlgate.Name) *xmlgate.Map { return m }
	if n := testing.AllocsPerRun(20, func() {
		if _, err := s.Scan(doc, choose, sink); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("a document costs %v allocations, want none", n)
	}
}
