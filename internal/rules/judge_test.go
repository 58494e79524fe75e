package rules_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/rules"
)

func TestJudge(t *testing.T) {
	const r = "/vollstreckungshilfe.Ersuchen.003"
	of := func(list ...string) (out []amtshilfe.Finding) {
		for _, s := range list {
			code, path, _ := strings.Cut(s, " ")
			out = append(out, amtshilfe.Finding{Code: code, Path: path, Severity: amtshilfe.SeverityFehler})
		}
		return out
	}
	for _, tt := range []struct {
		name                string
		gate, schema, rules []amtshilfe.Finding
		want                string
	}{
		{"nothing is nothing", nil, nil, nil, ""},
		{"each has its say", of("REGEL-PERSONEN /a"), nil, of("REGEL-IBAN /b"), "REGEL-PERSONEN REGEL-IBAN"},
		{"a rule elsewhere stands beside the schema", nil, of("XSD-WERT " + r + "/titel/art"), of("REGEL-IBAN " + r + "/bankverbindung/iban"), "XSD-WERT REGEL-IBAN"},
		{"a rule about the same value says the same again", nil, of("XSD-WERT " + r + "/bankverbindung/iban"), of("REGEL-IBAN " + r + "/bankverbindung/iban"), "XSD-WERT"},
		{"a rule about the parent rests on the value", nil, of("XSD-WERT " + r + "/schuldner/insolvenz/anspruch"), of("HINDERNIS-INSOLVENZ " + r + "/schuldner/insolvenz"), "XSD-WERT"},
		{"a name that only begins alike is another", nil, of("XSD-WERT " + r + "/titel"), of("REGEL-DATUM " + r + "/titel[2]/datum"), "XSD-WERT REGEL-DATUM"},
		{"what is missing spoils its parent", nil, of("XSD-FEHLT " + r + "/titel"), of("REGEL-DATUM "+r+"/titel/datum", "REGEL-PLZ "+r+"/schuldner"), "XSD-FEHLT REGEL-PLZ"},
		{"what is not expected spoils all beside it", nil, of("XSD-UNERWARTET " + r + "/ersuchenAm"), of("REGEL-DATUM "+r+"/titel/datum", "REGEL-PLZ "+r+"/schuldner"), "XSD-UNERWARTET"},
		{"who sends is always said", nil, of("XSD-UNERWARTET " + r + "/x"), of("ABS-FREMD "+r+"/nachrichtenkopf/absender/identifikator/kennung", "TEST-KENNZEICHEN "+r+"/nachrichtenkopf"), "XSD-UNERWARTET ABS-FREMD TEST-KENNZEICHEN"},
		{"but not where nobody is named", nil, of("XSD-UNERWARTET " + r + "/x"), of("ABS-FREMD " + r + "/nachrichtenkopf"), "XSD-UNERWARTET"},
		{"nor where the flag is no flag", nil, of("XSD-TYP " + r + "/nachrichtenkopf/@test"), of("TEST-KENNZEICHEN " + r + "/nachrichtenkopf"), "XSD-TYP"},
		{"what was not judged to its end leaves no rule", nil, of("XSD-WEITERE "), of("REGEL-PLZ " + r + "/schuldner"), "XSD-WEITERE"},
	} {
		var got []string
		for _, f := range rules.Judge(tt.gate, tt.schema, tt.rules) {
			got = append(got, f.Code)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: got %v, want %s", tt.name, got, tt.want)
		}
	}
}

// TestFindingsAreBounded: a message may be wrong everywhere, its receipt stays readable and says how much is left out.
func TestFindingsAreBounded(t *testing.T) {
	m := good()
	for range 70 {
		c := m.Ersuchen.Forderungen[0]
		c.Buchungstext = "a\u2026b"
		m.Ersuchen.Forderungen = append(m.Ersuchen.Forderungen, c)
	}
	m.Ersuchen.Bankverbindung.IBAN = "DE00370400440532013000"
	got := rules.Judge(nil, nil, rules.Check(m, context()))
	if len(got) != 51 || got[0].Code != "REGEL-IBAN" || got[50].Code != "REGEL-WEITERE" {
		t.Fatalf("%d findings, first %s, last %s", len(got), got[0].Code, got[len(got)-1].Code)
	}
	if !strings.HasPrefix(got[50].Text, "21 weitere Befunde zu dieser Nachricht sind hier nicht aufgeführt") {
		t.Errorf("%q", got[50].Text)
	}
	checkFinding(t, got[50])
}

// TestTheCharacterIsNamed: a finding knows which of several equal characters it is about.
func TestTheCharacterIsNamed(t *testing.T) {
	m := good()
	m.Ersuchen.Schuldner[0].Person.Vorname = "E\u00a0a Ju\u0308\u00a0\u00a0Иван"
	var got []string
	for _, f := range rules.Check(m, context()) {
		_, text, _ := strings.Cut(f.Text, ": ")
		got = append(got, f.Code+" "+string(f.Char)+string(rune('0'+f.Nth))+" "+strings.TrimSuffix(strings.TrimSuffix(text, "; bitte ersetzen."), "; bitte als ein Zeichen schreiben."))
	}
	want := []string{
		"ZEICHEN-NFC \u03080 kombinierendes Zeichen (U+0308)",
		"ZEICHEN-NAME \u00a00 geschütztes Leerzeichen (U+00A0)",
		"ZEICHEN-NAME \u00a01 geschütztes Leerzeichen (U+00A0) und die 5 Zeichen danach",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestMoreRules(t *testing.T) {
	const at = "/schuldner/person/adressStamm/anschrift"
	run(t, []row{
		{"a place of another postcode gets a warning", address(func(a *amtshilfe.Postanschrift) { a.Ort = "Kiel" }), one("REGEL-PLZ-ORT", at+"/postanschrift/ort")},
		{"where nobody can say there is none", func(m *amtshilfe.Message, c *rules.Context) {
			m.Ersuchen.Schuldner[0].Person.Anschriften[0].Ort, c.Fits = "Kiel", nil
		}, nil},
		{"without a list of measures any is fine", func(m *amtshilfe.Message, c *rules.Context) {
			m.Ersuchen.Massnahmen, c.Massnahmen = []string{"hausbesuch"}, nil
		}, nil},
		{"an address that ends before it begins is refused", address(func(a *amtshilfe.Postanschrift) { a.Von, a.Bis = date(-1), date(-2) }),
			[]string{"REGEL-DATUM " + at + "/gueltigkeit/ende", "HINDERNIS-ANSCHRIFT-FEHLT /schuldner/person"}},
		{"a Dutch IBAN of 18 places is fine", ersuchen(func(e *amtshilfe.Ersuchen) { e.Bankverbindung.IBAN = "NL91ABNA0417164300" }), nil},
		{"one of another length is not, whatever its digits say", ersuchen(func(e *amtshilfe.Ersuchen) { e.Bankverbindung.IBAN = "NL27ABNA04171643000" }),
			one("REGEL-IBAN", "/bankverbindung/iban")},
		{"without a date of the request only the order of the others counts", ersuchen(func(e *amtshilfe.Ersuchen) { e.Vom = time.Time{} }), nil},
		{"a new debtor of a 015 is looked at as well", func(m *amtshilfe.Message, _ *rules.Context) {
			s := m.Ersuchen.Schuldner[0]
			s.Person.Geburtsdatum = date(30)
			m.Kind, m.Root, m.Ersuchen, m.Ergaenzung.Schuldner = amtshilfe.KindErgaenzung, strings.TrimPrefix(root, "/"), nil, []amtshilfe.Schuldner{s}
		}, one("REGEL-DATUM", "/schuldner/person/personNat/natuerlichePerson/geburt/datum")},
		{"the name of a file is text", ersuchen(func(e *amtshilfe.Ersuchen) {
			e.Anhaenge = []amtshilfe.Anhang{{Dateiname: "Bescheid\u202e.pdf", Inhalt: encode(pdf)}}
		}), one("ZEICHEN-TEXT", "/anhang/dateiname")},
	})
}
