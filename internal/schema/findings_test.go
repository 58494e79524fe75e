package schema_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/schema"
	"damtshilfe/internal/xmlgate"
)

// Each row damages the valid 003 in one place; at is what stands at the place the finding must name.
var faults = []struct {
	name     string
	old, new string
	code     string
	at       string // "" = the start of the replaced text's line is not checked
	path     string // from the root's child on
	text     string
}{
	{
		"a missing element is named", "  <v:ersuchenVom>2026-11-20</v:ersuchenVom>\n", "",
		"XSD-UNERWARTET", "<v:einnahmeart", "/einnahmeart",
		"Das Element „einnahmeart“ ist hier nicht erlaubt; erwartet wird „ersuchenVom“.",
	},
	{
		"a missing last element is said of its parent", "<v:kontoinhaber>Stadtkasse Musterstadt</v:kontoinhaber><v:bic>BYLADEM1001</v:bic><v:verwendungszweck>VO-2026-000123</v:verwendungszweck>", "<v:kontoinhaber>A</v:kontoinhaber>",
		"XSD-FEHLT", "<v:bankverbindung>", "/bankverbindung",
		"Im Element „bankverbindung“ fehlt das Element „bic“ oder „verwendungszweck“; bitte ergänzen.",
	},
	{
		"an unknown element stands where nothing is expected any more", "<v:funktion>Kassenleitung</v:funktion>", "<v:funktion>Kassenleitung</v:funktion><v:extra/>",
		"XSD-UNERWARTET", "<v:extra/>", "/angeordnetVon/extra",
		"Das Element „extra“ ist hier nicht erlaubt; bitte entfernen oder an die richtige Stelle setzen.",
	},
	{
		"a wrong namespace is recognised", "<v:funktion>Kassenleitung</v:funktion>", "<x:funktion>Kassenleitung</x:funktion>",
		"XSD-UNERWARTET", "<x:funktion>", "/angeordnetVon/funktion",
		"Das Element „funktion“ steht im falschen Namensraum; bitte den Namensraum des Schemas verwenden.",
	},
	{
		"a value outside an enumeration is not told, the allowed ones are", "<v:stand>nicht-geprueft</v:stand>", "<v:stand>\n    geheim</v:stand>",
		"XSD-WERT", "geheim", "/gefahrenhinweis/stand",
		"Der Wert des Elements „stand“ gehört nicht zu den erlaubten Werten: liegt-vor, liegt-nicht-vor, nicht-geprueft.",
	},
	{
		"a code of XFinanz", "<x:forderungsart><code>401</code>", "<x:forderungsart><code>499</code>",
		"XSD-WERT", "499", "/forderung/soll/forderungsart/code",
		"Der Wert des Elements „code“ gehört nicht zu den erlaubten Werten: 100, 200, 201, 202, 203, 204, 205, 206, 207, 208, 209, 210, ….",
	},
	{
		"pattern and type are one finding", "DE02120300000000202051", "de02 1203 0000 0000 2020 51",
		"XSD-WERT", "de02", "/bankverbindung/iban",
		"Der Wert des Elements „iban“ hat nicht die verlangte Form: [A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}.",
	},
	{
		"an empty value is too short", "<v:name>Jörg Šmid</v:name>", "<v:name></v:name>",
		"XSD-WERT", "<v:name></v:name>", "/angeordnetVon/name",
		"Der Wert des Elements „name“ ist zu kurz, verlangt sind mindestens 1 Zeichen.",
	},
	{
		"a value too long", "<v:verwendungszweck>VO-2026-000123", "<v:verwendungszweck>" + strings.Repeat("geheim ", 30),
		"XSD-WERT", "geheim", "/bankverbindung/verwendungszweck",
		"Der Wert des Elements „verwendungszweck“ ist zu lang, erlaubt sind höchstens 140 Zeichen.",
	},
	{
		"an amount with three decimals", "<x:brutto>412.50", "<x:brutto>412.505",
		"XSD-WERT", "412.505", "/forderung/soll/betragFaellig/brutto",
		"Der Wert des Elements „brutto“ hat zu viele Nachkommastellen, erlaubt sind höchstens 2.",
	},
	{
		"an amount with a comma", "<x:brutto>412.50", "<x:brutto><!-- EUR -->412,50",
		"XSD-TYP", "412,50", "/forderung/soll/betragFaellig/brutto",
		"Der Wert des Elements „brutto“ ist ungültig; verlangt ist eine Zahl mit Punkt vor den Nachkommastellen, ohne Tausenderpunkt und Währung.",
	},
	{
		"a date in the German form", "<v:ersuchenVom>2026-11-20", "<v:ersuchenVom>20.11.2026",
		"XSD-TYP", "20.11.2026", "/ersuchenVom",
		"Der Wert des Elements „ersuchenVom“ ist ungültig; verlangt ist ein gültiges Datum in der Form JJJJ-MM-TT.",
	},
	{
		"a missing attribute", `<v:einnahmeart listURI="urn:damtshilfe:codeliste:einnahmeart" `, `<v:einnahmeart `,
		"XSD-ATTRIBUT-FEHLT", "<v:einnahmeart", "/einnahmeart",
		"Am Element „einnahmeart“ fehlt das Attribut „listURI“; bitte ergänzen.",
	},
	{
		"an attribute too many", `<v:titel id="T2">`, `<v:titel id="T2" grund="geheim">`,
		"XSD-ATTRIBUT", `grund="geheim"`, "/titel[2]/@grund",
		"Das Attribut „grund“ ist am Element „titel“ nicht erlaubt; bitte entfernen.",
	},
	{
		"a fixed attribute", `standard="dAmtshilfe-Profil"`, `standard="geheim"`,
		"XSD-WERT", `geheim`, "/nachrichtenkopf/@standard",
		"Der Wert des Attributs „standard“ am Element „nachrichtenkopf“ ist fest vorgegeben: dAmtshilfe-Profil.",
	},
	{
		"an attribute of the wrong type", `test="true"`, `test="geheim"`,
		"XSD-TYP", `geheim`, "/nachrichtenkopf/@test",
		"Der Wert des Attributs „test“ am Element „nachrichtenkopf“ ist ungültig; verlangt ist true oder false.",
	},
	{
		"a reference to nothing", `<v:forderung titel="T2">`, `<v:forderung titel="T9">`,
		"XSD-SCHLUESSEL", `<v:forderung titel="T9">`, "/forderung[2]",
		"Das Element „forderung“ verweist auf einen Schlüssel, den es in der Nachricht nicht gibt (Regel „forderungTitel“).",
	},
	{
		"a reference that is written in another way is said of the whole", `<v:forderung titel="T2">`, `<v:forderung titel="T&#x39;">`,
		"XSD-SCHLUESSEL", "<v:vollstreckungshilfe.Ersuchen.003", "",
		"Das Element „forderung“ verweist auf einen Schlüssel, den es in der Nachricht nicht gibt (Regel „forderungTitel“).",
	},
	{
		"a namespace without declaration", "<v:glaeubiger><v:name>Stadt Musterstadt</v:name></v:glaeubiger>", "<q:glaeubiger/>",
		"XML-NAMENSRAUM", "<q:glaeubiger/>", "/glaeubiger",
		"An dieser Stelle steht ein Namensraum-Präfix, das nicht erklärt ist; bitte die Angabe xmlns ergänzen.",
	},
	{
		"text between elements", "  <v:gefahrenhinweis>", "  geheim <v:gefahrenhinweis>",
		"XSD-INHALT", "geheim", "",
		"Im Element „vollstreckungshilfe.Ersuchen.003“ steht Text, erlaubt sind dort nur Elemente; bitte entfernen.",
	},
	{
		"an element inside a text", "<v:funktion>Kassenleitung", "<v:funktion>Kassen<v:b>geheim</v:b>leitung",
		"XSD-INHALT", "<v:b>", "/angeordnetVon/funktion/b",
		"Das Element „b“ ist hier nicht erlaubt, hier darf kein Element stehen; bitte entfernen.",
	},
	{
		"a tag that does not close", "</v:funktion>", "</v:funktio>",
		"XML-SYNTAX", "", "/angeordnetVon/funktion",
		"Anfang und Ende eines Elements passen an dieser Stelle nicht zusammen; bitte die Nachricht neu erzeugen.",
	},
	{
		"a type of one's own is not accepted", "<v:funktion>", `<v:funktion xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="v:Geheim">`,
		"XSD-XSI", "xsi:type=", "/angeordnetVon/funktion/@type",
		"Am Element „funktion“ ist xsi:type oder xsi:nil nicht erlaubt; bitte entfernen.",
	},
}

func TestFindings(t *testing.T) {
	v := open(t, schema.Options{})
	for _, tt := range faults {
		t.Run(tt.name, func(t *testing.T) {
			doc := with(t, message(t, "003"), tt.old, tt.new)
			got := judge(t, v, doc)[0]
			if len(got) != 1 {
				t.Fatalf("%d findings: %+v", len(got), got)
			}
			f := got[0].Finding
			if f.Code != tt.code || f.Text != tt.text {
				t.Errorf("got  %s %s\nwant %s %s", f.Code, f.Text, tt.code, tt.text)
			}
			if want := "/vollstreckungshilfe.Ersuchen.003" + tt.path; f.Path != want {
				t.Errorf("path %s, want %s", f.Path, want)
			}
			if _, ok := xmlgate.Find([]byte(doc), f.Path); !ok && !strings.HasPrefix(f.Code, "XML-") {
				t.Errorf("the gate does not find the path %s", f.Path)
			}
			if f.Severity != amtshilfe.SeverityFehler || f.Hold || f.Line != got[0].Line || f.Column != got[0].Column {
				t.Errorf("finding %+v", f)
			}
			if tt.at != "" && !strings.HasPrefix(at(doc, f.Line, f.Column), tt.at) {
				t.Errorf("%d:%d is %.40q, want %q", f.Line, f.Column, at(doc, f.Line, f.Column), tt.at)
			}
			if strings.Contains(f.Text+got[0].Message, "geheim") {
				t.Errorf("a value of the message is told: %s", f.Text)
			}
		})
	}
}

// Several faults keep their order, each with its own place.
func TestSeveralFindings(t *testing.T) {
	v := open(t, schema.Options{})
	doc := with(t, message(t, "003"),
		"<v:ersuchenVom>2026-11-20", "<v:ersuchenVom>gestern",
		`<v:titel id="T2">`, `<v:titel id="2 geheim">`, // also leaves a reference without its key
		"<v:funktion>Kassenleitung", "<v:funktion>")
	var got []string
	for _, x := range judge(t, v, doc)[0] {
		got = append(got, x.Finding.Code+" "+strings.TrimPrefix(x.Finding.Path, "/vollstreckungshilfe.Ersuchen.003"))
	}
	want := []string{"XSD-TYP /ersuchenVom", "XSD-TYP /titel[2]/@id", "XSD-WERT /angeordnetVon/funktion", "XSD-SCHLUESSEL /forderung[2]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	few := open(t, schema.Options{MaxFindings: 2})
	got2 := judge(t, few, doc)[0]
	if len(got2) != 3 || got2[2].Finding.Code != "XSD-WEITERE" || !strings.HasPrefix(got2[2].Finding.Text, "2 weitere Verstöße gegen das Schema sind hier nicht aufgeführt;") {
		t.Errorf("want two findings and how many are left out, got %+v", got2)
	}
}

// at gives the rest of the line from a position on.
func at(doc string, line, column int) string {
	lines := strings.Split(doc, "\n")
	if line < 1 || line > len(lines) {
		return "(no such line)"
	}
	r := []rune(lines[line-1])
	if column < 1 || column > len(r) {
		return "(no such column)"
	}
	return string(r[column-1:])
}
