package printstreet_test

import (
	"strings"
	"testing"

	"damtshilfe/printstreet"
)

const listeHead = "sendung;status;zeit;grund\r\n"

// A list speaks of letters of several bundles; each bundle gets an acknowledgement of its own, the same for the same list.
func TestListe(t *testing.T) {
	text := listeHead + "B261121-0042AB.2;eingeliefert;2026-11-23T16:05:00+01:00;\r\nB261121-0042AC.1;ruecklaeufer;2026-11-24;verzogen\r\nB261121-0042AB.1;gedruckt;;\r\n"
	list, err := printstreet.ParseQuittungen(printstreet.FormatListe, []byte("\ufeff"+text))
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	a, b := list[0], list[1]
	if a.Bundle != bundleID || a.Art != printstreet.ArtListe || a.Anzahl != 2 || a.Sendungen[0] != (printstreet.Rueckmeldung{N: 1, Stand: "gedruckt"}) ||
		a.Sendungen[1] != (printstreet.Rueckmeldung{N: 2, Stand: "eingeliefert", Datum: day(2026, 11, 23)}) {
		t.Errorf("%+v", a)
	}
	if b.Bundle != "B261121-0042AC" || len(b.Sendungen) != 1 || b.Sendungen[0].Grund != "verzogen" || a.ID == b.ID {
		t.Errorf("%+v", b)
	}
	again, err := printstreet.ParseQuittungen(printstreet.FormatListe, []byte(text))
	if err != nil || again[0].ID != a.ID || again[0].Sum() != a.Sum() {
		t.Errorf("%+v, %v", again, err)
	}
	other, err := printstreet.ParseQuittungen(printstreet.FormatListe, []byte(strings.Replace(text, "gedruckt", "kuvertiert", 1)))
	if err != nil || other[0].ID == a.ID {
		t.Errorf("%+v, %v", other, err)
	}
}

// What is not as agreed is refused as a whole, also what would be right in another profile.
func TestBadListe(t *testing.T) {
	xml := quittungHead + quittungen[0].xml
	for _, tt := range []struct {
		says, text, want string
		format           printstreet.Format
	}{
		{"XML where a list was agreed", xml, "keine Liste", printstreet.FormatListe},
		{"XML where CSV was agreed", xml, "vereinbarte Form csv", printstreet.FormatCSV},
		{"CSV where XML was agreed", csvQuittung(quittungen[0].csv), "vereinbarte Form xml", printstreet.FormatXML},
		{"a list where XML or CSV was agreed", listeHead, "weder XML noch CSV", printstreet.FormatAny},
		{"an empty list", listeHead, "keine Sendung", printstreet.FormatListe},
		{"nothing", "", "keine Liste", printstreet.FormatListe},
		{"a column too many", listeHead + "B261121-0042AB.2;gedruckt;;;", "Spalten", printstreet.FormatListe},
		{"no Sendung", listeHead + ";gedruckt;;", "sendung fehlt", printstreet.FormatListe},
		{"an unknown word", listeHead + "B261121-0042AB.2;verbrannt;;", "stand", printstreet.FormatListe},
		{"no word", listeHead + "B261121-0042AB.2;;;", "stand", printstreet.FormatListe},
		{"posted at no time", listeHead + "B261121-0042AB.2;eingeliefert;;", "datum", printstreet.FormatListe},
		{"a time that is none", listeHead + "B261121-0042AB.2;eingeliefert;2026-11-23 16:05;", "zeit", printstreet.FormatListe},
		{"a day that is none", listeHead + "B261121-0042AB.2;eingeliefert;23.11.26;", "datum", printstreet.FormatListe},
		{"a reason in free words", listeHead + "B261121-0042AB.2;ruecklaeufer;;Frau Muster ist verzogen", "grund", printstreet.FormatListe},
		{"a letter twice", listeHead + "B261121-0042AB.2;gedruckt;;\nB261121-0042AB.2;kuvertiert;;", "zweimal", printstreet.FormatListe},
		{"a kind that only lists have", strings.Replace(csvQuittung("PRODUKTION;1;;;B261121-0042AB.1;gedruckt;;"), "PRODUKTION", "LISTE", 1), "art", printstreet.FormatAny},
		{"too many lines", listeHead + strings.Repeat("B261121-0042AB.2;gedruckt;;\n", 2001), "Zeilen", printstreet.FormatListe},
		{"too large", strings.Repeat(" ", printstreet.MaxQuittung+1), "größer", printstreet.FormatListe},
	} {
		t.Run(tt.says, func(t *testing.T) {
			list, err := printstreet.ParseQuittungen(tt.format, []byte(tt.text))
			if err == nil || !strings.Contains(printstreet.QuittungFault(err), tt.want) {
				t.Errorf("%v, %v, want %s", list, err, tt.want)
			}
		})
	}
}
