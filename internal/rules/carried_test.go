package rules_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/rules"
)

// What no field map reads is carried on to another program, so its characters have to be in order as well.
func TestCarriedText(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		want       []string
	}{
		{"umlauts, dashes, the euro and references to them are in order", `<b a="ä &#8364;">„Größe“ – 5 € &#xe4; &amp; ế</b>`, nil},
		{"a letter with its mark apart is not", "<b>Mu\u0308ller</b>", []string{"ZEICHEN-NFC /m/b \u0308 0"}},
		{"nor one whose mark is a reference", "<b>x</b><b>u&#x308; und u&#776;</b>", []string{"ZEICHEN-NFC /m/b[2] \u0308 0", "ZEICHEN-NFC /m/b[2] \u0308 1"}},
		{"a control character as reference", "<b>a&#133;b</b>", []string{"ZEICHEN-STEUERZEICHEN /m/b \u0085 0"}},
		{"a control character as it is", "<b><c>a\u009fb\u007f</c></b>", []string{"ZEICHEN-STEUERZEICHEN /m/b/c \u009f 0", "ZEICHEN-STEUERZEICHEN /m/b/c \u007f 0"}},
		{"in an attribute", "<b><c d='x\u0308\u0085'/></b>", []string{"ZEICHEN-NFC /m/b/c/@d \x00 0", "ZEICHEN-STEUERZEICHEN /m/b/c/@d \x00 0"}},
		{"in CDATA", "<b><![CDATA[&#133;u\u0308]]></b>", []string{"ZEICHEN-NFC /m/b \u0308 0"}},
		{"comments are nobody's text", "<b>x<!-- a\u0085 u\u0308 --></b>", nil},
		{"line breaks and tabs are white space", "<b>a&#10;&#9;b&#xd;</b>", nil},
		{"a singleton has another normal form", "<b>5 \u2126</b>", []string{"ZEICHEN-NFC /m/b \u2126 0"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := &amtshilfe.Message{Kind: amtshilfe.KindSachstandAnfrage, Root: "m"}
			c := context()
			c.Kennungen, c.Doc = []string{"*"}, []byte("<m>"+tt.body+"</m>")
			var got []string
			for _, f := range rules.Check(m, c) {
				if strings.HasPrefix(f.Code, "ZEICHEN-") {
					got = append(got, strings.Join([]string{f.Code, f.Path, string(f.Char), string(rune('0' + f.Nth))}, " "))
				}
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// What a field map reads is told once as well, and a document full of it up to a bound.
func TestCarriedTextOnce(t *testing.T) {
	m := &amtshilfe.Message{Kind: amtshilfe.KindSachstandAntwort, Root: "m", Text: "u\u0308"}
	c := context()
	c.Doc = []byte("<m><text>u\u0308</text><x>u\u0308</x></m>")
	var paths []string
	for _, f := range rules.Check(m, c) {
		if f.Code == "ZEICHEN-NFC" {
			paths = append(paths, f.Path)
		}
	}
	if d := cmp.Diff([]string{"/m/text", "/m/x"}, paths); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	m.Text, c.Doc = "", []byte("<m>"+strings.Repeat("<x>u\u0308</x>", 100_000)+"</m>")
	if n := len(rules.Check(m, c)); n > 10_010 {
		t.Errorf("%d findings", n)
	}
}
