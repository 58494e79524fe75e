package register_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

const profil001 = `<?xml version="1.0" encoding="UTF-8"?>
<v:vollstreckungshilfe.ZustaendigkeitAnfrage.001 xmlns:v="urn:damtshilfe:vollstreckungshilfe:1" xmlns="xFinanz310">
 <v:einnahmeart listURI="urn:damtshilfe:codeliste:einnahmeart" listVersionID="1"><code xmlns="">100</code></v:einnahmeart>
 <v:anschrift><hausnummer>7</hausnummer><ort>Dresden &amp; Umland</ort><postleitzahl>01067</postleitzahl><strasse>Ring</strasse></v:anschrift>
</v:vollstreckungshilfe.ZustaendigkeitAnfrage.001>`

const xamt001 = `<q:vollstreckungshilfe.ZustaendigkeitAnfrage.001 xmlns:q="xAmtshilfe110" xmlns:f="xFinanz320">
 <q:einnahmeart listURI="urn:damtshilfe:codeliste:einnahmeart" listVersionID="1"><code>100</code><name>Grundsteuer</name></q:einnahmeart>
 <q:anschrift><f:ort>Wien</f:ort><f:postleitzahl>1010</f:postleitzahl><f:staat><f:staat listVersionID="1"><code>151</code></f:staat></f:staat></q:anschrift>
</q:vollstreckungshilfe.ZustaendigkeitAnfrage.001>`

func TestReading001(t *testing.T) {
	for _, tt := range []struct {
		name, doc, code string // code of the fault, "" = readable
		want            amtshilfe.Postanschrift
	}{
		{"the profile's question", profil001, "", amtshilfe.Postanschrift{Ort: "Dresden & Umland", Postleitzahl: "01067", Strasse: "Ring", Hausnummer: "7"}},
		{"the question of xAmtshilfe 1.1.0", xamt001, "", amtshilfe.Postanschrift{Ort: "Wien", Postleitzahl: "1010", Staat: "151"}},
		{"an empty address is readable", strings.Replace(xamt001, xamt001[strings.Index(xamt001, "<q:anschrift>"):strings.Index(xamt001, "</q:anschrift>")], "<q:anschrift>", 1), "", amtshilfe.Postanschrift{}},
		{"types of the other XFinanz are not read", strings.ReplaceAll(xamt001, "xFinanz320", "xFinanz310"), "", amtshilfe.Postanschrift{}},
		{"another message", strings.ReplaceAll(xamt001, "ZustaendigkeitAnfrage.001", "Ersuchen.003"), "ZUST-ANFRAGE", amtshilfe.Postanschrift{}},
		{"an unknown namespace", strings.ReplaceAll(xamt001, "xAmtshilfe110", "xAmtshilfe200"), "ZUST-ANFRAGE", amtshilfe.Postanschrift{}},
		{"no einnahmeart", strings.ReplaceAll(xamt001, "q:einnahmeart", "q:art"), "ZUST-ANFRAGE", amtshilfe.Postanschrift{}},
		{"no list", strings.Replace(xamt001, "listURI", "x", 1), "ZUST-ANFRAGE", amtshilfe.Postanschrift{}},
		{"two addresses", strings.Replace(xamt001, "</q:anschrift>", "</q:anschrift><q:anschrift/>", 1), "ZUST-ANFRAGE", amtshilfe.Postanschrift{}},
		{"two places", strings.Replace(xamt001, "<f:ort>", "<f:ort>Graz</f:ort><f:ort>", 1), "ZUST-ANFRAGE", amtshilfe.Postanschrift{}},
		{"a DOCTYPE", "<!DOCTYPE x [<!ENTITY a 'b'>]>" + xamt001, "XML-", amtshilfe.Postanschrift{}},
		{"half a document", xamt001[:200], "XML-", amtshilfe.Postanschrift{}},
		{"nothing", "", "XML-", amtshilfe.Postanschrift{}},
		{"too much", xamt001 + strings.Repeat(" ", 300<<10), "XML-", amtshilfe.Postanschrift{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, a, err := register.Read001([]byte(tt.doc))
			if tt.code != "" {
				f, ok := errors.AsType[*amtshilfe.Fault](err)
				if !ok || !strings.HasPrefix(f.Code, tt.code) || f.Text == "" {
					t.Errorf("error %v, want a fault %s", err, tt.code)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, a); diff != "" || e != grundsteuer {
				t.Errorf("einnahmeart %+v, address %s", e, diff)
			}
		})
	}
}

// What a client asks is what a server reads, whatever the debtor's address holds.
func TestQuestionRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(0, 300, 1200)
		a := amtshilfe.Postanschrift{Strasse: text.Draw(t, "strasse"), Postleitzahl: text.Draw(t, "plz"), Ort: text.Draw(t, "ort"), Ortsteil: text.Draw(t, "teil"), Staat: text.Draw(t, "staat")}
		doc := register.Write001(grundsteuer, a)
		_, got, err := register.Read001(doc)
		if err != nil {
			t.Fatalf("%v in %q", err, doc)
		}
		if a.Ort == strings.TrimSpace(a.Ort) && plainText(a.Ort) && got.Ort != a.Ort {
			t.Fatalf("asked for %q, read %q", a.Ort, got.Ort)
		}
	})
}

func plainText(s string) bool {
	return len([]rune(s)) <= 250 && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0xfff0 && r < 0x10000 })
}

func zeile(limit int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.StringMatching(`[A-Za-zÄÖÜäöüß0-9&<>"'.,/()-]{1,12}`), 1, limit).Draw(t, "words"), " ")
	})
}

func behoerde() *rapid.Generator[amtshilfe.Behoerde] {
	return rapid.Custom(func(t *rapid.T) amtshilfe.Behoerde {
		return amtshilfe.Behoerde{Kennung: rapid.StringMatching(`[a-z]{3}:[0-9A-Za-z]{1,12}`).Draw(t, "kennung"), Name: zeile(8).Draw(t, "name"),
			Anschrift: amtshilfe.Postanschrift{Strasse: zeile(3).Draw(t, "strasse"), Hausnummer: rapid.SampledFrom([]string{"", "1", "7 a"}).Draw(t, "nr"),
				Postleitzahl: rapid.StringMatching(`[0-9]{5}`).Draw(t, "plz"), Ort: zeile(3).Draw(t, "ort")},
			Anschriftzeilen: rapid.SliceOfN(zeile(5), 1, 5).Draw(t, "zeilen")}
	})
}

func zustaendigkeit() *rapid.Generator[amtshilfe.Zustaendigkeit] {
	fp := rapid.StringMatching(`[0-9a-f]{64}`)
	return rapid.Custom(func(t *rapid.T) amtshilfe.Zustaendigkeit {
		z := amtshilfe.Zustaendigkeit{Regel: zeile(6).Draw(t, "regel"), Stand: time.Unix(rapid.Int64Range(1, 4e9).Draw(t, "stand"), 0).UTC()}
		if rapid.Bool().Draw(t, "limited") {
			z.GueltigBis = z.Stand.Add(time.Hour)
		}
		switch rapid.SampledFrom([]string{"one", "several", "nobody"}).Draw(t, "kind") {
		case "several":
			z.Kandidaten = rapid.SliceOfN(behoerde(), 2, 5).Draw(t, "kandidaten")
		case "one":
			z.Behoerde = behoerde().Draw(t, "behoerde")
			z.Kanaele = []amtshilfe.Kanal{{Art: amtshilfe.KanalXTA, Adresse: zeile(2).Draw(t, "adresse"), Dienst: "urn:a:b", Zertifikat: rapid.SampledFrom([]string{"", fp.Draw(t, "fp")}).Draw(t, "cert"),
				Rechenzentrum: amtshilfe.Rechenzentrum{Kennung: "rz:x", Management: "https://x.invalid/m?a=1&b=2", Send: "https://x.invalid/s", TLS: rapid.SliceOfN(fp, 1, 3).Draw(t, "tls")}}, {Art: amtshilfe.KanalPost}}
		}
		return z
	})
}

func Test002RoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := zustaendigkeit().Draw(t, "z")
		doc := register.Write002(z)
		got, err := register.Read002(doc)
		if err != nil {
			t.Fatalf("%v\n%s", err, doc)
		}
		if diff := cmp.Diff(z, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

// An answer that says two things, or half of one, is none: a request is not sent by it.
func TestBroken002(t *testing.T) {
	doc := string(register.Write002(sample(t).ByKennung("kka:01001000", amtshilfe.Test)))
	if _, err := register.Read002([]byte(doc)); err != nil {
		t.Fatal(err)
	}
	authority := doc[strings.Index(doc, "<v:behoerde>") : strings.Index(doc, "</v:behoerde>")+len("</v:behoerde>")]
	candidate := strings.ReplaceAll(authority, "v:behoerde>", "v:kandidat>")
	for name, broken := range map[string]string{
		"two authorities":         strings.Replace(doc, authority, authority+authority, 1),
		"two kennungen":           strings.Replace(doc, "<v:kennung>", "<v:kennung>kka:01002000</v:kennung><v:kennung>", 1),
		"no kennung":              strings.Replace(doc, "<v:kennung>kka:01001000</v:kennung>", "", 1),
		"no address lines":        strings.ReplaceAll(doc, "anschriftzeile>", "zeile>"),
		"an unknown kanal":        strings.Replace(doc, "<v:art>", "<v:art>fax", 1),
		"a time without zone":     strings.Replace(doc, "Z</v:stand>", "</v:stand>", 1),
		"one candidate":           strings.Replace(doc, authority, "<v:mehrdeutig>"+candidate+"</v:mehrdeutig>", 1),
		"authority and several":   strings.Replace(doc, authority, authority+"<v:mehrdeutig>"+candidate+candidate+"</v:mehrdeutig>", 1),
		"another message":         strings.ReplaceAll(doc, "ZustaendigkeitAntwort.002", "Ersuchen.003"),
		"another namespace":       strings.Replace(doc, "urn:damtshilfe:vollstreckungshilfe:1", "urn:x", 1),
		"half":                    doc[:len(doc)/2],
		"an entity of its own":    "<!DOCTYPE x [<!ENTITY a \"b\">]>" + doc,
		"six lines of an address": strings.Replace(doc, "</v:behoerde>", strings.Repeat("<v:anschriftzeile>x</v:anschriftzeile>", 5)+"</v:behoerde>", 1),
	} {
		if broken == doc {
			t.Errorf("%s: nothing was changed", name)
		}
		if z, err := register.Read002([]byte(broken)); err == nil || z.Behoerde.Kennung != "" {
			t.Errorf("%s was read as %+v", name, z)
		}
	}
}

// schemaFile finds the profile's schema: the project's own pack, or the originals.
func schemaFile(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("DAMT_ORIGINALS")
	if dir == "" {
		dir = "../../../shared"
	}
	for _, f := range []string{"../../mapping/packs/damtshilfe-profil-1.0/vollstreckungshilfe.xsd", filepath.Join(dir, "schemas/damtshilfe-profil-1.0/vollstreckungshilfe.xsd")} {
		if _, err := os.Stat(f); err == nil {
			return f
		}
	}
	t.Fatal("the profile's schema is neither in mapping/packs nor under DAMT_ORIGINALS")
	return ""
}

func TestTheMessagesAreValid(t *testing.T) {
	if _, err := exec.LookPath("xmllint"); err != nil {
		t.Fatal("xmllint is missing: apt-get install libxml2-utils")
	}
	d, dir := sample(t), t.TempDir()
	args := []string{"--noout", "--schema", schemaFile(t)}
	add := func(name string, doc []byte) {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, doc, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	add("001.xml", register.Write001(grundsteuer, amtshilfe.Postanschrift{Postleitzahl: "1010", Ort: "Wien & <Umland>", Strasse: "Ring", Ortsteil: "x", Staat: "151"}))
	answers := map[string]amtshilfe.Zustaendigkeit{
		"several": d.Lookup(grundsteuer, at("27568", ""), amtshilfe.Test),
		"nobody":  d.Lookup(grundsteuer, at("99999", "X"), amtshilfe.Test),
		"empty":   {},
	}
	for _, e := range d.All(amtshilfe.Test) {
		answers[strings.ReplaceAll(e.Kennung, ":", "-")] = d.ByKennung(e.Kennung, amtshilfe.Test)
	}
	for i := range 40 {
		answers["drawn-"+string(rune('a'+i%26))+string(rune('a'+i/26))] = zustaendigkeit().Example(i)
	}
	for name, z := range answers {
		add(name+".xml", register.Write002(z))
	}
	if out, err := exec.Command("xmllint", args...).CombinedOutput(); err != nil {
		t.Errorf("xmllint: %v\n%s", err, tail(out))
	}
}

func tail(b []byte) []byte { return b[max(0, len(b)-2000):] }

func FuzzRead001(f *testing.F) {
	f.Add([]byte(profil001))
	f.Add([]byte(xamt001))
	f.Fuzz(func(t *testing.T, doc []byte) {
		e, _, err := register.Read001(doc)
		if err == nil && (e.List == "" || e.Code == "") {
			t.Error("a question without einnahmeart was accepted")
		}
	})
}

func FuzzRead002(f *testing.F) {
	f.Add(register.Write002(sample(f).Lookup(grundsteuer, at("01067", "Dresden"), amtshilfe.Test)))
	f.Fuzz(func(t *testing.T, doc []byte) {
		z, err := register.Read002(doc)
		if err == nil && len(z.Kandidaten) == 1 {
			t.Error("one candidate is not several")
		}
	})
}
