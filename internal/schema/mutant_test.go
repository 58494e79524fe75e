package schema_test

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sample"
)

// mutants yields documents: samples, instances of every message, and both with one to three things wrong.
type mutants struct {
	t     testing.TB
	rnd   *rand.Rand
	seeds []string // nil = instances only
	gen   *generator
	roots []string
}

// instances are mutants of instances of one root.
func instances(t testing.TB, seed uint64, dir, root string) *mutants {
	return &mutants{t: t, rnd: rand.New(rand.NewPCG(seed, 3)), gen: newGenerator(t, seed, dir), roots: []string{root}}
}

// newMutants are those of all messages of the profile.
func newMutants(t testing.TB, seed uint64) *mutants {
	m := instances(t, seed, "../../mapping/packs/"+profil, "")
	m.roots = m.gen.messages()
	for s := range sample.Generate(sample.Options{N: 20, Seed: int64(seed), Bad: 4}) {
		m.seeds = append(m.seeds, string(s.XML))
	}
	for kind := amtshilfe.KindErsuchen; kind <= amtshilfe.KindErgaenzung; kind++ {
		if doc := sample.Follow(kind, sample.FollowSpec{}); doc != nil {
			m.seeds = append(m.seeds, string(doc))
		}
	}
	number := amtshilfe.Wahl{Verfahren: "avviso", UebertragungsID: 7, Wahl: amtshilfe.WahlFreigeben}
	one := amtshilfe.Wahl{UUID: sample.UUID(1, 0), Wahl: amtshilfe.WahlZurueckziehen}
	kopf := sample.Kopf(1, 1, time.Unix(0, 0).UTC(), sample.Akteur(sample.DefaultKennung, "Stadtkasse", "-"))
	m.seeds = append(m.seeds, string(sample.Entscheidung(kopf, "Sachgebiet", one, number, amtshilfe.Wahl{LieferungID: "D1", Wahl: one.Wahl})), string(sample.Widerruf(kopf, number)))
	for _, name := range []string{"003", "004", "008"} {
		m.seeds = append(m.seeds, message(t, name))
	}
	return m
}

// next gives a document: of samples one in ten as it was made, of instances one in two, because they have odd values anyway.
func (m *mutants) next() string {
	var doc string
	fate := m.rnd.IntN(10)
	if m.seeds != nil && m.rnd.IntN(3) > 0 {
		doc = m.seeds[m.rnd.IntN(len(m.seeds))]
	} else {
		doc = m.gen.document(m.roots[m.rnd.IntN(len(m.roots))])
		fate = max(0, 2*fate-9)
	}
	switch fate {
	case 0:
	case 1, 2, 3:
		doc = mutate(m.t, m.rnd, doc)
	default:
		for range 1 + m.rnd.IntN(2) {
			doc = m.alter(doc)
		}
	}
	return doc
}

var (
	leafValue = regexp.MustCompile(`>[^<>]*</`)
	attrValue = regexp.MustCompile(`="[^"]*"`)
	startTag  = regexp.MustCompile(`<[A-Za-z][^<>]*[A-Za-z0-9"']/?>`)
	tagName   = regexp.MustCompile(`</?[A-Za-z:.0-9]+`)
	anyTag    = regexp.MustCompile(`<[^!?][^<>]*>`)
)

// tricks are attributes that somebody may put into any tag.
var tricks = []string{
	` xmlns:v="urn:damtshilfe:vollstreckungshilfe:1"`, ` xmlns:v="urn:other"`, ` xmlns=""`, ` xmlns="xFinanz310"`, ` xmlns:x="xFinanz310"`,
	` xmlns:x="xFinanz310" xmlns:x="xFinanz310"`, ` xmlns:y="urn:y" xmlns:y="urn:z"`, ` xmlns:q="http://[x"`, ` xmlns:q="a b"`, ` xmlns:q="%zz"`, ` xmlns:q="ä"`,
	` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"`, ` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="false"`,
	` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="x:Postanschrift"`,
	` xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="urn:damtshilfe:vollstreckungshilfe:1 x.xsd"`,
	` xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="a"`, ` xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:noNamespaceSchemaLocation="a"`,
	` xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="urn:damtshilfe:vollstreckungshilfe:1 vollstreckungshilfe.xsd xFinanz310 set:/xfinanz-typen.xsd"`,
	` xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="urn:x http://127.0.0.1:9/x.xsd"`, ` xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation=""`,
	` xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:noNamespaceSchemaLocation="set:/x.xsd"`, ` xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:other="a"`,
	` xml:lang="de"`, ` xml:space="preserve"`, ` xml:space="x"`, ` xml:base="[x"`, ` xml:id="1"`, ` id="T1"`, ` listURI="urn:x"`, ` v:id="T1"`, ` test="true"`, ` test="TRUE"`,
	` version="1.0 "`, ` produkt=""`, ` produkt="&#10;"`, ` listVersionID="1.0" listVersionID="1.0"`, ` x:a="1" xmlns:z="xFinanz310" z:a="2"`,
}

// content is what may be put between two tags or into a value.
var content = []string{
	" ", "\n\t", "\r\n", "\r", "x", "&#32;", "&#10;", "&#13;", "&amp;", "&#xA0;", "<!-- x -->", "<!---->", "<!-- - -->", "<![CDATA[]]>", "<![CDATA[ ]]>", "<![CDATA[x]]>",
	"<?pi x?>", "]]", "]]&gt;", "\u00a0", "\ufeff", "\u2028", "\u0085", "<x/>", "<v:x/>", "&lt;", "\u200b", "٣", "&#x7f;", "\x7f", "<x:name>x</x:name>", "𝔘",
}

// odd are values beyond those of originals_test.go.
var odd = []string{
	"2026-02-30", "2026-00-01", "2026-13-01", "2026-1-1", "0000-01-01", "-0001-01-01", "12026-01-01", "2026-11-20+14:00", "2026-11-20+14:01", "2026-11-20-13:59", "2026-11-20z",
	"1900-02-29", "2000-02-29", "2100-02-29", "2024-02-29", "٢٠٢٦-١١-٢٠", "2026-11-20T24:00:00", "2026-11-20T23:59:60", "2026-11-20T12:00:00.", "2026-11-20T12:00:00.0000000001",
	"2026-11-20T12:00", "2026-11-20 12:00:00", "2026-11-20T12:00:00+24:00", "99999", "+1", "-0", "00", "1.", ".1", ".", "-", "+", "1.50", "1.500", "0.001", "1,5", "１２", "1e2", "INF",
	"NaN", "999999999999999999", "9999999999999999999", "123456789012345678901234567890", "0.123456789012345678901234", "TRUE", "True", "wahr", "01", "QUJD", "QUI", "QUI=", "QUJ=", "Q===",
	"=", "QQ==", "QR==", "QUJDQ", "Q\u00a0UJD", "urn:", ":", "://", "http://", "http://a:b/", "http://a:99999999999/", "//", "///x", "a b", "a%2", "a%zz", "[", "urn:x#a#b", "#", "?", "mailto:a@b",
	"http://u:p@h/", "http://[::1]:1/", "-a", ".a", "a:b", "ä1", "a\u0300", "\u0300", "de-DE", strings.Repeat("x", 250), strings.Repeat("x", 100), strings.Repeat("x", 101),
	strings.Repeat(" ", 251), strings.Repeat("x ", 130), strings.Repeat("ä", 250), strings.Repeat("𝔘", 250), strings.Repeat("x", 4000), "x" + strings.Repeat(" ", 300),
	"DE89370400440532013000", "de89", "COBADEFF", "COBADEFFXX", "6F1C2A34-5B6D-4E7F-8A9B-0C1D2E3F4A5B", "6f1c2a34-5b6d-4e7f-8a9b-0c1d2e3f4a5", " 6f1c2a34-5b6d-4e7f-8a9b-0c1d2e3f4a5b\n",
}

// alter changes the text of doc in one place.
func (m *mutants) alter(doc string) string {
	switch m.rnd.IntN(12) {
	case 0, 1:
		return m.replace(doc, leafValue, func(string) string { return ">" + m.value() + "</" })
	case 2:
		return m.replace(doc, attrValue, func(string) string { return `="` + m.value() + `"` })
	case 3, 4:
		return m.replace(doc, startTag, func(tag string) string {
			at := strings.LastIndexAny(tag, "/>")
			if strings.HasSuffix(tag, "/>") {
				at = len(tag) - 2
			}
			return tag[:at] + tricks[m.rnd.IntN(len(tricks))] + tag[at:]
		})
	case 5, 6:
		return m.replace(doc, anyTag, func(tag string) string { return tag + content[m.rnd.IntN(len(content))] })
	case 7:
		return m.replace(doc, leafValue, func(v string) string {
			at := 1 + m.rnd.IntN(len(v)-2)
			return v[:at] + content[m.rnd.IntN(len(content))] + v[at:]
		})
	case 8:
		return m.replace(doc, leafValue, func(v string) string { return "><![CDATA[" + v[1:len(v)-2] + "]]></" })
	case 9:
		return m.replace(doc, tagName, func(v string) string { return v + m.gen.one("x", ":", "1") })
	case 10:
		return m.rename(doc)
	}
	at := m.rnd.IntN(len(doc))
	return doc[:at] + content[m.rnd.IntN(len(content))] + doc[at:]
}

func (m *mutants) value() string {
	v := values[m.rnd.IntN(len(values))]
	if m.rnd.IntN(3) > 0 {
		v = odd[m.rnd.IntN(len(odd))]
	}
	return escape(v)
}

// replace puts another text for one of the places that re finds.
func (m *mutants) replace(doc string, re *regexp.Regexp, by func(string) string) string {
	places := re.FindAllStringIndex(doc, -1)
	if len(places) == 0 {
		return doc
	}
	p := places[m.rnd.IntN(len(places))]
	return doc[:p[0]] + by(doc[p[0]:p[1]]) + doc[p[1]:]
}

// rename plays with prefixes: the document may mean the same or not.
func (m *mutants) rename(doc string) string {
	switch m.rnd.IntN(5) {
	case 0:
		return strings.NewReplacer("<v:", "<q:", "</v:", "</q:", "xmlns:v=", "xmlns:q=").Replace(doc)
	case 1:
		return strings.NewReplacer("<vh:", "<", "</vh:", "</", "xmlns:vh=", "xmlns=").Replace(doc)
	case 2:
		return strings.Replace(doc, "xFinanz310", "xFinanz320", 1)
	case 3:
		return strings.NewReplacer("<code>", `<code xmlns="">`, "<name>", `<name xmlns="">`).Replace(doc)
	}
	return strings.Replace(doc, "urn:damtshilfe:vollstreckungshilfe:1", "urn:damtshilfe:vollstreckungshilfe:2", 1)
}

// values are what mutate puts into elements and attributes.
var values = []string{
	"", " ", "0", "1", "-1", "001", " 002 ", "401", "499", "999", "12.5", "12.345", "-0.01", "1e3", "12,5", "true", "false", "2026", "02026", "-2026",
	"2026-02-28", "2026-02-29", "2026-11-20Z", "2026-11-20T00:00:00", "T1", "T2", "1T", "a b", "urn:x", "EUR", "xta", "verwaltungsakt", "insolvenzforderung",
	"6f1c2a34-5b6d-4e7f-8a9b-0c1d2e3f4a5b", "AAAA", "Ä&<>\"'", strings.Repeat("x", 251), strings.Repeat("y", 4001),
}

// mutate changes one or two things in doc.
func mutate(t testing.TB, rnd *rand.Rand, doc string) string {
	t.Helper()
	d := etree.NewDocument()
	if err := d.ReadFromString(doc); err != nil {
		t.Fatal(err)
	}
	for range 1 + rnd.IntN(2) {
		all := d.FindElements("//*")
		if len(all) < 2 {
			break
		}
		e := all[1+rnd.IntN(len(all)-1)]
		p := e.Parent()
		switch rnd.IntN(10) {
		case 0, 1, 2:
			if len(e.ChildElements()) == 0 {
				e.SetText(values[rnd.IntN(len(values))])
			}
		case 3:
			p.RemoveChild(e)
		case 4:
			p.InsertChildAt(e.Index(), e.Copy())
		case 5:
			sibling := p.ChildElements()[rnd.IntN(len(p.ChildElements()))]
			p.InsertChildAt(sibling.Index(), e) // also moves it
		case 6:
			e.Tag = all[rnd.IntN(len(all))].Tag
		case 7:
			other := all[1+rnd.IntN(len(all)-1)].Copy()
			p.InsertChildAt(e.Index(), other)
		case 8:
			if len(e.Attr) > 0 && rnd.IntN(3) > 0 {
				e.Attr[rnd.IntN(len(e.Attr))].Value = values[rnd.IntN(len(values))]
			} else {
				e.CreateAttr([]string{"listURI", "listVersionID", "id", "xml:lang"}[rnd.IntN(4)], values[rnd.IntN(len(values))])
			}
		case 9:
			if rnd.IntN(2) == 0 {
				e.Space = []string{"", "v", "x"}[rnd.IntN(3)]
			} else if len(e.Attr) > 0 {
				e.RemoveAttr(e.Attr[0].Key)
			}
		}
	}
	s, err := d.WriteToString()
	if err != nil {
		t.Fatal(err)
	}
	return s
}
