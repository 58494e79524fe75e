package xmlgate_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"damtshilfe/internal/xmlgate"
)

// whole hears one text and one attribute.
type whole struct{ got [2]string }

func (w *whole) Enter(int, int)                        {}
func (w *whole) Leave(int)                             {}
func (w *whole) Value(field int, text []byte, off int) { w.got[field] = string(text) }

func TestAppendText(t *testing.T) {
	for in, want := range map[string]string{
		"Müller & Söhne": "Müller &amp; Söhne",
		`<a b="c">`:      "&lt;a b=&quot;c&quot;&gt;",
		"a\tb\r\nc":      "a&#9;b&#13;&#10;c",
		"a\x00b\xffc":    "a\uFFFDb\uFFFDc",
		"\uFFFE\uFFFF":   "\uFFFD\uFFFD",
		"":               "",
	} {
		if got := string(xmlgate.AppendText(nil, in)); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

// Whatever text is written, the gate lets it through, and reads the same where XML can hold it.
func TestTextIsReadBack(t *testing.T) {
	root := xmlgate.Name{Local: "a"}
	m, err := xmlgate.CompileMap(root, []xmlgate.Field{{Path: []xmlgate.Step{{Name: xmlgate.Name{Local: "b"}}}},
		{Path: []xmlgate.Step{{Name: xmlgate.Name{Local: "c"}, Attr: true}}, ID: 1}})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		doc := append(xmlgate.AppendText([]byte(`<a c="`), in), `"><b>`...)
		doc = append(xmlgate.AppendText(doc, in), `</b></a>`...)
		var w whole
		if _, err := xmlgate.NewScanner(xmlgate.DefaultLimits()).Scan(doc, func(xmlgate.Name) *xmlgate.Map { return m }, &w); err != nil {
			t.Fatalf("%v in %q", err, doc)
		}
		want := strings.Map(func(r rune) rune {
			if r < ' ' && !strings.ContainsRune("\t\n\r", r) || r == 0xFFFE || r == 0xFFFF {
				return '\uFFFD'
			}
			return r
		}, in)
		if w.got != [2]string{want, want} {
			t.Fatalf("wrote %q, read %q", want, w.got)
		}
	})
}
