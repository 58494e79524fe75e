package xmlgate_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"damtshilfe/internal/xmlgate"
)

const (
	nsV = "urn:damtshilfe:vollstreckungshilfe:1"
	nsX = "xFinanz310"
)

// recorder is a Sink that keeps its calls as text: "+list@off", "-list", "field=text@off".
type recorder struct{ events []string }

func (r *recorder) Enter(list, off int) {
	r.events = append(r.events, fmt.Sprintf("+%d@%d", list, off))
}
func (r *recorder) Leave(list int) { r.events = append(r.events, fmt.Sprintf("-%d", list)) }
func (r *recorder) Value(field int, text []byte, off int) {
	r.events = append(r.events, fmt.Sprintf("%d=%s@%d", field, text, off))
}

// values drops the offsets, which differ between a part and its original.
func (r *recorder) values() string {
	var out []string
	for _, e := range r.events {
		if i := strings.LastIndexByte(e, '@'); i >= 0 {
			e = e[:i]
		}
		out = append(out, e)
	}
	return strings.Join(out, " ")
}

// path reads "v:a/x:b/c/@d" with the prefixes v and x.
func path(s string) (steps []xmlgate.Step) {
	for _, part := range strings.Split(s, "/") {
		name, attr := strings.CutPrefix(part, "@")
		step := xmlgate.Step{Attr: attr}
		switch prefix, local, ok := strings.Cut(name, ":"); {
		case !ok:
			step.Name.Local = name
		default:
			step.Name = xmlgate.Name{Space: map[string]string{"v": nsV, "x": nsX}[prefix], Local: local}
		}
		steps = append(steps, step)
	}
	return steps
}

func rootName(local string) xmlgate.Name { return xmlgate.Name{Space: nsV, Local: local} }

func mustMap(tb testing.TB, root xmlgate.Name, fields ...xmlgate.Field) *xmlgate.Map {
	tb.Helper()
	m, err := xmlgate.CompileMap(root, fields)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// ersuchenMap is a map as a pack has it: about thirty fields and two lists.
func ersuchenMap(tb testing.TB) *xmlgate.Map {
	fields := []xmlgate.Field{
		{Path: path("v:schuldner"), ID: 0, List: true},
		{Path: path("v:forderung"), ID: 1, List: true},
	}
	for i, p := range []string{
		"@fassung", "v:kopf/v:uuid", "v:kopf/v:erstellt", "v:einnahmeart/code", "v:einnahmeart/@listURI", "v:absender/v:kennung",
		"v:absender/v:name", "v:schuldner/x:person/x:familienname", "v:schuldner/x:person/x:vorname",
		"v:schuldner/x:person/x:geburtsdatum", "v:schuldner/x:anschrift/x:strasse", "v:schuldner/x:anschrift/x:hausnummer",
		"v:schuldner/x:anschrift/x:postleitzahl", "v:schuldner/x:anschrift/x:ort", "v:forderung/v:betrag", "v:forderung/v:faellig",
		"v:forderung/v:art/code", "v:forderung/v:zweck", "v:bemerkung",
	} {
		fields = append(fields, xmlgate.Field{Path: path(p), ID: 10 + i})
	}
	return mustMap(tb, rootName("ersuchen"), fields...)
}

// ersuchen is a message of about 7 KB without the XML declaration; n tells one from the other.
func ersuchen(n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<v:ersuchen xmlns:v=%q xmlns:x=%q fassung=\"1.0\" test=\"true\">\n", nsV, nsX)
	fmt.Fprintf(&b, "  <v:kopf>\n    <v:uuid>0c5f5d2e-7f0d-4c6e-9a53-%012d</v:uuid>\n    <v:erstellt>2026-11-21T08:00:00Z</v:erstellt>\n  </v:kopf>\n", n)
	b.WriteString("  <v:absender>\n    <v:kennung>kka:01001000</v:kennung>\n    <v:name>Stadtkasse Musterstadt, Vollstreckungsstelle &amp; Mahnwesen</v:name>\n  </v:absender>\n")
	b.WriteString("  <v:einnahmeart listURI=\"urn:damtshilfe:codeliste:einnahmeart\" listVersionID=\"1\"><code>100</code><name>Grundsteuer</name></v:einnahmeart>\n")
	for i := range 2 {
		fmt.Fprintf(&b, "  <v:schuldner>\n    <x:person>\n      <x:familienname>Müller-Lüdenscheidt %d</x:familienname>\n      <x:vorname>Jürgen</x:vorname>\n", i)
		b.WriteString("      <x:geburtsdatum>1970-01-02</x:geburtsdatum>\n    </x:person>\n    <x:anschrift>\n      <x:strasse>Große Bleiche</x:strasse>\n      <x:hausnummer>12a</x:hausnummer>\n")
		b.WriteString("      <x:postleitzahl>55116</x:postleitzahl>\n      <x:ort>Mainz</x:ort>\n    </x:anschrift>\n  </v:schuldner>\n")
	}
	for i := range 12 {
		fmt.Fprintf(&b, "  <v:forderung>\n    <v:art listURI=\"urn:damtshilfe:codeliste:einnahmeart\" listVersionID=\"1\"><code>%d</code></v:art>\n", 100+i)
		fmt.Fprintf(&b, "    <v:betrag waehrung=\"EUR\">%d.50</v:betrag>\n    <v:faellig>2026-02-15</v:faellig>\n    <v:bescheid><v:datum>2026-01-10</v:datum><v:zeichen>GrSt/%06d</v:zeichen></v:bescheid>\n", 100+i, i)
		b.WriteString("    <v:zweck>Grundsteuer B, Bescheid über das Kalenderjahr, zuzüglich Säumniszuschlägen und Mahngebühren</v:zweck>\n  </v:forderung>\n")
	}
	b.WriteString("  <v:bemerkung>Die Forderung ist vollstreckbar; die Voraussetzungen der Vollstreckung liegen vor.</v:bemerkung>\n</v:ersuchen>")
	return b.String()
}

// scan gives the values and the code of the error.
func scan(tb testing.TB, doc string, l xmlgate.Limits, m *xmlgate.Map) (*recorder, *xmlgate.Error) {
	tb.Helper()
	var r recorder
	_, err := xmlgate.NewScanner(l).Scan([]byte(doc), func(xmlgate.Name) *xmlgate.Map { return m }, &r)
	return &r, asError(tb, err)
}

func asError(tb testing.TB, err error) *xmlgate.Error {
	tb.Helper()
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*xmlgate.Error](err)
	if !ok {
		tb.Fatalf("error %v is no *xmlgate.Error", err)
	}
	return e
}
