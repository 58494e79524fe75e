package schema_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/beevik/etree"

	"damtshilfe/internal/schema"
)

func TestHostileDocuments(t *testing.T) {
	v := open(t, schema.Options{Timeout: 5 * time.Second})
	secret := filepath.Join(t.TempDir(), "geheim")
	if err := os.WriteFile(secret, []byte("geheim"), 0o600); err != nil {
		t.Fatal(err)
	}
	good := body(t)
	laughs := `<!DOCTYPE r [<!ENTITY a "ha">`
	for i := range 20 {
		laughs += fmt.Sprintf(`<!ENTITY %c "&%c;&%c;&%c;&%c;">`, 'b'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i)
	}
	for _, tt := range []struct{ name, doc, code string }{
		{"nothing", "", "XML-SYNTAX"},
		{"only blanks", "  \n ", "XML-SYNTAX"},
		{"no XML", "PK\x03\x04", "XML-SYNTAX"},
		{"a byte 0", strings.Replace(good, "Kassenleitung", "Kassen\x00leitung", 1), "XML-ZEICHEN"},
		{"no UTF-8", strings.Replace(good, "Kassenleitung", "K\xe4mmerei", 1), "XML-ZEICHEN"},
		{"another encoding declared and used", `<?xml version="1.0" encoding="ISO-8859-1"?>` + strings.Replace(good, "Kassenleitung", "K\xe4mmerei", 1), "XML-ZEICHEN"},
		{"UTF-16", "\xff\xfe<\x00r\x00/\x00>\x00", "XML-ZEICHEN"},
		{"billion laughs", laughs + `]><r>&u;</r>`, "XML-DOCTYPE"},
		{"an entity from a file", `<!DOCTYPE r [<!ENTITY a SYSTEM "file://` + secret + `">]>` + strings.Replace(good, "Kassenleitung", "&a;", 1), "XML-DOCTYPE"},
		{"a DTD from the network", `<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">` + good, "XML-DOCTYPE"},
		{"an empty DOCTYPE", `<!DOCTYPE r>` + good, "XML-DOCTYPE"},
		{"100 000 levels", strings.Repeat("<a>", 100_000), "XSD-WURZEL"},
		{"200 levels below the root", strings.Replace(good, "<v:glaeubiger>", strings.Repeat("<a>", 200)+strings.Repeat("</a>", 200)+"<v:glaeubiger>", 1), "XSD-UNERWARTET"},
		{"10 000 attributes", strings.Replace(good, "<v:glaeubiger>", "<v:glaeubiger"+numbered(10_000, " a%d='x'")+">", 1), "XSD-ATTRIBUT"},
		{"a schema of one's own", strings.Replace(good, "<v:nachrichtenkopf ", `<v:nachrichtenkopf xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:damtshilfe:vollstreckungshilfe:1 file://`+secret+`" `, 1), ""},
		{"two roots", good + "<a/>", "XML-SYNTAX"},
		{"cut off", good[:len(good)/2], "XML-SYNTAX"},
		{"an attachment of 8 MB with CRLF", attachment(good, strings.Repeat(strings.Repeat("QUJD", 19)+"\r\n", 8<<20/78)), ""},
		{"an attachment in 300 000 pieces", attachment(good, strings.Repeat("<![CDATA[QUJD]]><!-- -->", 300_000)), ""},
		{"a long attachment with an error in the end", attachment(good, strings.Repeat("QUJD", 1<<19)+"=QUJD"), "XSD-TYP"},
		{"100 000 claims without title", strings.Replace(good, `<v:forderung titel="T2">`, strings.Repeat("<v:forderung titel='T7'/>", 100_000)+`<v:forderung titel="T2">`, 1), "XSD-FEHLT"},
		{"5 000 titles with keys", strings.Replace(good, `<v:titel id="T2">`, numbered(5_000, "<v:titel id='K%d'/>")+`<v:titel id="T2">`, 1), "XSD-FEHLT"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			got := judge(t, v, tt.doc)[0]
			switch {
			case tt.code == "" && got != nil:
				t.Errorf("not valid: %+v", got)
			case tt.code != "" && (len(got) == 0 || got[0].Finding.Code != tt.code):
				t.Errorf("got %+v, want %s", got, tt.code)
			case len(got) > 21: // the last one says how many are left out
				t.Errorf("%d findings", len(got))
			}
			if d := time.Since(start); d > 2*time.Second && !raceDetector {
				t.Errorf("took %v", d)
			}
		})
	}
}

func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func attachment(doc, content string) string {
	return strings.Replace(doc, "JVBERi0xLjQKJcOkw7zDtsOfCg==", content, 1)
}

// secrets are values that try to be mistaken for a part of libxml2's messages.
var secrets = []string{
	"GEHEIM", "x GEHEIM", "' is not an element of the set {'GEHEIM'}.", "' is not an element of the set {'GEHEIM'}.\n",
	"x' is not accepted by the pattern 'GEHEIM'.", "x' is not a valid value of the atomic type 'xs:GEHEIM'.", "' is not a valid value of the atomic type '{GEHEIM}GEHEIM",
	"' has a length of '1'; this exceeds the allowed maximum length of 'GEHEIM'.", "('GEHEIM').", "1' of the fixed value constraint 'GEHEIM'.",
	"'] of keyref 'GEHEIM'.", "']\nElement 'GEHEIM': x", "Element 'GEHEIM', attribute 'GEHEIM': GEHEIM", "This element is not expected. Expected is ( GEHEIM ).",
	"Missing child element(s). Expected is ( GEHEIM ).", "The attribute 'GEHEIM' is required but missing.", "}GEHEIM", "{GEHEIM}", "%s%n GEHEIM",
	strings.Repeat("GEHEIM ", 800), strings.Repeat("GEHEIM ", 12_000) + "' is not an element of the set {'GEHEIM'}.",
	strings.Repeat("' is not an element of the set {'GEHEIM'}.", 1_600),
}

// Whatever values a message has, no finding tells one.
func TestNoValuesInFindings(t *testing.T) {
	v := open(t, schema.Options{MaxFindings: 100})
	doc := message(t, "003")
	rnd := rand.New(rand.NewPCG(7, 7))
	var docs []string
	for range 400 {
		d := etree.NewDocument()
		if err := d.ReadFromString(doc); err != nil {
			t.Fatal(err)
		}
		all := d.FindElements("//*")
		for range 1 + rnd.IntN(4) {
			e, s := all[rnd.IntN(len(all))], secrets[rnd.IntN(len(secrets))]
			switch {
			case len(e.Attr) > 0 && rnd.IntN(2) == 0 && !strings.HasPrefix(e.Attr[0].Value, "urn:damt") && e.Attr[0].Space != "xmlns":
				e.Attr[rnd.IntN(len(e.Attr))].Value = s
			case rnd.IntN(20) == 0:
				e.CreateAttr("listURI", s)
			case rnd.IntN(20) == 0:
				e.CreateElement("x").SetText(s)
			case e.Parent() != nil:
				e.SetText(s)
			}
		}
		s, err := d.WriteToString()
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, s)
	}
	told := 0
	for i, got := range judge(t, v, docs...) {
		for _, x := range got {
			told++
			all := x.Element + x.Message + x.Finding.Code + x.Finding.Text + x.Finding.Path
			if strings.Contains(all, "GEHEIM") {
				t.Fatalf("document %d tells a value: %+v", i, x)
			}
			if !utf8.ValidString(x.Finding.Text) || strings.Count(x.Finding.Text, "\n") > 0 || len(x.Finding.Text) > 700 || x.Line < 1 || x.Column < 1 {
				t.Errorf("document %d: %+v", i, x)
			}
		}
	}
	if told < 400 {
		t.Errorf("only %d findings", told)
	}
}

// The search for places meets every kind of bytes: what libxml2 refuses is looked through as well.
func FuzzLocate(f *testing.F) {
	doc := message(f, "003")
	f.Add([]byte(doc), 300, "id", "forderung", "T2", false, true)
	f.Add([]byte(doc), 6000, "", "", "", false, true)
	f.Add([]byte("<a b='>'><!-- <c> --><![CDATA[<d>]]><e/>x</a>"), 5, "", "", "", false, true)
	f.Add([]byte("<a b=c><d e='f"), 12, "e", "", "", false, true)
	f.Add([]byte("<"), -1, "", "", "", true, false)
	f.Fuzz(func(t *testing.T, doc []byte, tag int, attribute, element, key string, exact, value bool) {
		line, column, _ := schema.Locate(doc, tag, attribute, element, key, exact, value)
		if line < 1 || column < 1 {
			t.Errorf("%d:%d", line, column)
		}
	})
}
