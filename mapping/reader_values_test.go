package mapping_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xmlgate"
	"damtshilfe/mapping"
)

func TestReadFindings(t *testing.T) {
	person := `<v:person><x:personNat><x:personenNummern/></x:personNat><x:personNat><x:personenNummern/></x:personNat></v:person>`
	for _, tt := range []struct {
		name, doc, code string
		hold            bool
		line, column    int
	}{
		{"a root of an unknown namespace is held", "<!-- c -->\n <a xmlns='urn:x'/>", "PACK-FEHLT", true, 2, 2},
		{"an unknown root of a known namespace is held", `<a xmlns="xAmtshilfe110"/>`, "PACK-FEHLT", true, 1, 1},
		{"a container is no message", `<lieferung xmlns="` + mapping.ProfilNS + `"/>`, "LIEF-FORMAT", false, 1, 1},
		{"a receipt is no message", `<lieferquittung xmlns="` + mapping.ProfilNS + `"/>`, "LIEF-FORMAT", false, 1, 1},
		{"the gate's finding keeps its place", "<a>\n</b>", xmlgate.CodeSyntax, false, 2, 1},
		{"a debtor is one person", message("Ersuchen.003", "\n<v:schuldner>"+person+"</v:schuldner>"), "REGEL-PERSONEN", false, 2, 14},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, f := read(t, tt.doc)
			if len(f) != 1 {
				t.Fatalf("findings %v, want one", f)
			}
			if f[0].Code != tt.code || f[0].Hold != tt.hold || f[0].Line != tt.line || f[0].Column != tt.column || f[0].Text == "" {
				t.Errorf("finding %+v, want %s hold %v at %d:%d", f[0], tt.code, tt.hold, tt.line, tt.column)
			}
			if f[0].Hold && f[0].Owner != amtshilfe.OwnerBetrieb {
				t.Errorf("owner %q, want betrieb", f[0].Owner)
			}
		})
	}
}

func TestReadValues(t *testing.T) {
	body := func(s string) string { return message("Einstellung.008", s) }
	for _, tt := range []struct {
		name, doc string
		got       func(amtshilfe.Message) string
		want      string
	}{
		{"a token is collapsed", body("<v:art> a \n b </v:art>"), func(m amtshilfe.Message) string { return m.Einstellung.Art }, "a b"},
		{"a no-break space stays", body("<v:art>\u00a0a\tb</v:art>"), func(m amtshilfe.Message) string { return m.Einstellung.Art }, "\u00a0a b"},
		{"text keeps its blanks", body("<v:grund> a  b </v:grund>"), func(m amtshilfe.Message) string { return m.Einstellung.Grund }, " a  b "},
		{"references and CDATA are resolved", body("<v:grund>a&amp;<![CDATA[<b>]]>&#x263A;</v:grund>"), func(m amtshilfe.Message) string { return m.Einstellung.Grund }, "a&<b>☺"},
		{"a day keeps its date in any zone", body("<v:bis>2026-11-21-12:00</v:bis>"), func(m amtshilfe.Message) string { return m.Einstellung.Bis.String() }, "2026-11-21 00:00:00 +0000 UTC"},
		{"an impossible day stays zero", body("<v:bis>2026-02-30</v:bis>"), func(m amtshilfe.Message) string { return m.Einstellung.Bis.String() }, time.Time{}.String()},
		{"a date with a time stays zero", body("<v:bis>2026-02-03T00:00:00</v:bis>"), func(m amtshilfe.Message) string { return m.Einstellung.Bis.String() }, time.Time{}.String()},
		{"the same name in another namespace is another element", body(`<x:art>a</x:art>`), func(m amtshilfe.Message) string { return m.Einstellung.Art }, ""},
		{"a default namespace is as good as a prefix", `<vollstreckungshilfe.Einstellung.008 xmlns="` + mapping.ProfilNS + `"><art>a</art></vollstreckungshilfe.Einstellung.008>`,
			func(m amtshilfe.Message) string { return m.Einstellung.Art }, "a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, f := read(t, tt.doc)
			if got := tt.got(m); got != tt.want || f != nil {
				t.Errorf("got %q, findings %v, want %q", got, f, tt.want)
			}
		})
	}
}

// A Reader is used for thousands of messages: nothing of one may show in the next, and what was handed out may not change.
func TestReaderForgets(t *testing.T) {
	r := mustPacks(t).NewReader(xmlgate.DefaultLimits())
	full := mustFile(t, "ersuchen-voll.xml")
	var first, again, other amtshilfe.Message
	r.Read(full, &first)
	if f := r.Read([]byte(plain("7")), &other); f != nil || other.Ersuchen != nil || other.Kopf.Empfaenger != nil {
		t.Errorf("second message %+v, findings %v", other, f)
	}
	for range 100 {
		again = amtshilfe.Message{Text: "old"}
		r.Read(full, &again)
	}
	if d := cmp.Diff(first, again); d != "" {
		t.Errorf("the same document read again differs:\n%s", d)
	}
}

func FuzzRead(f *testing.F) {
	packs := mustPacks(f)
	f.Add(mustFile(f, "ersuchen-voll.xml"))
	f.Add([]byte(plain("1")))
	f.Add([]byte(message("Ersuchen.003", `<v:schuldner><v:person/></v:schuldner><v:forderung/><v:anhang><v:inhalt>a&amp;b</v:inhalt></v:anhang>`)))
	f.Fuzz(func(t *testing.T, doc []byte) {
		r := packs.NewReader(xmlgate.DefaultLimits())
		var m amtshilfe.Message
		findings := r.Read(doc, &m)
		if findings == nil && m.Kind == 0 {
			t.Error("no kind and no finding")
		}
		mapping.Place(doc, mapping.Document{Position: amtshilfe.Position{Line: 1, Column: 1}}, findings)
		for _, x := range findings {
			if x.Code == "" || x.Text == "" || x.Line < 1 || x.Column < 1 {
				t.Errorf("finding %+v", x)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	r := mustPacks(b).NewReader(xmlgate.DefaultLimits())
	doc := mustFile(b, "ersuchen-voll.xml")
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	var m amtshilfe.Message
	for b.Loop() {
		if f := r.Read(doc, &m); f != nil {
			b.Fatal(f)
		}
	}
}
