package printstreet_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"damtshilfe/printstreet"
)

const quittungHead = `<quittung xmlns="urn:damtshilfe:druck:1" id="Q-1" stapel="B261121-0042AB" erstellt="2026-11-22T10:00:00Z" `

// quittungen are acknowledgements as the schema wants them, each with its CSV twin.
var quittungen = []struct {
	says     string
	xml, csv string
	want     printstreet.Quittung
}{
	{"accepted", `art="EINGANG" anzahl="2" ergebnis="angenommen"/>`, "EINGANG;2;angenommen;;;;;",
		printstreet.Quittung{Art: printstreet.ArtEingang, Anzahl: 2, Angenommen: true}},
	{"rejected", `art="EINGANG" anzahl="2" ergebnis="abgelehnt" code="PDF-7"/>`, "EINGANG;2;abgelehnt;PDF-7;;;;",
		printstreet.Quittung{Art: printstreet.ArtEingang, Anzahl: 2, Code: "PDF-7"}},
	{"printed and enclosed", `art="PRODUKTION" anzahl="2"><sendung id="B261121-0042AB.2" stand="kuvertiert"/><sendung id="B261121-0042AB.1" stand="gedruckt"/></quittung>`,
		"PRODUKTION;2;;;B261121-0042AB.1;gedruckt;;\nPRODUKTION;2;;;B261121-0042AB.2;kuvertiert;;",
		printstreet.Quittung{Art: printstreet.ArtProduktion, Anzahl: 2, Sendungen: []printstreet.Rueckmeldung{{N: 1, Stand: "gedruckt"}, {N: 2, Stand: "kuvertiert"}}}},
	{"posted", `art="POSTAUFGABE" anzahl="1"><sendung id="B261121-0042AB.1" stand="eingeliefert" datum="2026-11-23"/></quittung>`,
		"POSTAUFGABE;1;;;B261121-0042AB.1;eingeliefert;2026-11-23;",
		printstreet.Quittung{Art: printstreet.ArtPostaufgabe, Anzahl: 1, Sendungen: []printstreet.Rueckmeldung{{N: 1, Stand: "eingeliefert", Datum: day(2026, 11, 23)}}}},
	{"came back", `art="RUECKLAUF" anzahl="1"><sendung id="B261121-0042AB.1" stand="ruecklaeufer" grund="verzogen"/></quittung>`,
		"RUECKLAUF;1;;;B261121-0042AB.1;ruecklaeufer;;verzogen",
		printstreet.Quittung{Art: printstreet.ArtRuecklauf, Anzahl: 1, Sendungen: []printstreet.Rueckmeldung{{N: 1, Stand: "ruecklaeufer", Grund: "verzogen"}}}},
	{"deleted", `art="ABBRUCH" anzahl="1"><sendung id="B261121-0042AB.1" stand="geloescht" grund="technik"/></quittung>`,
		"ABBRUCH;1;;;B261121-0042AB.1;geloescht;;technik",
		printstreet.Quittung{Art: printstreet.ArtAbbruch, Anzahl: 1, Sendungen: []printstreet.Rueckmeldung{{N: 1, Stand: "geloescht", Grund: "technik"}}}},
}

// csvQuittung makes the twin: rows carry what stands behind id, stapel; the time goes behind the first column.
func csvQuittung(rows string) string {
	out := "quittung;stapel;art;erstellt;anzahl;ergebnis;code;sendung;stand;datum;grund\r\n"
	for _, row := range strings.Split(rows, "\n") {
		art, rest, _ := strings.Cut(row, ";")
		out += "Q-1;B261121-0042AB;" + art + ";2026-11-22T10:00:00Z;" + rest + "\r\n"
	}
	return out
}

// Both forms of an acknowledgement say the same, and the schema agrees.
func TestQuittung(t *testing.T) {
	for _, tt := range quittungen {
		t.Run(tt.says, func(t *testing.T) {
			want := tt.want
			want.ID, want.Bundle, want.Erstellt = "Q-1", bundleID, time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
			run(t, "xmllint", "--noout", "--schema", "xsd/quittung.xsd", save(t, "q.xml", []byte(quittungHead+tt.xml)))
			for _, text := range []string{quittungHead + tt.xml, csvQuittung(tt.csv)} {
				got, err := printstreet.ParseQuittung([]byte(text))
				if err != nil || fmt.Sprint(got) != fmt.Sprint(want) || got.Sum() != want.Sum() {
					t.Errorf("%s\ngot  %v, %v\nwant %v", text, got, err, want)
				}
			}
		})
	}
}

// What is not as agreed is refused as a whole, with a phrase that says why.
func TestBadQuittung(t *testing.T) {
	one := `art="PRODUKTION" anzahl="1"><sendung id="B261121-0042AB.1" stand="gedruckt"/></quittung>`
	for _, tt := range []struct{ says, text, want string }{
		{"empty", "", "weder XML noch CSV"},
		{"half an upload", (quittungHead + one)[:150], "Zeile 1"},
		{"a document type", "<!DOCTYPE x>" + quittungHead + one, "Zeile 1"},
		{"another root", `<stapel xmlns="urn:damtshilfe:druck:1"/>`, "Wurzelelement"},
		{"another namespace", `<quittung xmlns="urn:x" id="Q"/>`, "Wurzelelement"},
		{"an element nobody reads", strings.Replace(quittungHead+one, "</quittung>", "<bemerkung/></quittung>", 1), "nicht kennt"},
		{"an attribute nobody reads", strings.Replace(quittungHead+one, "stand=", `name="x" stand=`, 1), "nicht kennt"},
		{"text", strings.Replace(quittungHead+one, "</quittung>", "gut</quittung>", 1), "nicht kennt"},
		{"a letter within a letter", quittungHead + `art="PRODUKTION" anzahl="1"><sendung id="B261121-0042AB.1" stand="gedruckt"><sendung/></sendung></quittung>`, "nicht kennt"},
		{"fewer letters than it says", strings.Replace(quittungHead+one, `anzahl="1"`, `anzahl="2"`, 1), "anzahl sagt 2"},
		{"a letter of another bundle", strings.Replace(quittungHead+one, "0042AB.1", "0042AC.1", 1), "anderen Stapel"},
		{"a number that is none", strings.Replace(quittungHead+one, "AB.1", "AB.01", 1), "falsche Form"},
		{"a word of another kind", strings.Replace(quittungHead+one, "gedruckt", "eingeliefert", 1), "passt nicht"},
		{"posted without a day", quittungHead + `art="POSTAUFGABE" anzahl="1"><sendung id="B261121-0042AB.1" stand="eingeliefert"/></quittung>`, "datum"},
		{"back without a reason", quittungHead + `art="RUECKLAUF" anzahl="1"><sendung id="B261121-0042AB.1" stand="ruecklaeufer"/></quittung>`, "grund"},
		{"a reason in free words", quittungHead + `art="RUECKLAUF" anzahl="1"><sendung id="B261121-0042AB.1" stand="ruecklaeufer" grund="Frau Muster ist verzogen"/></quittung>`, "grund"},
		{"rejected without a code", quittungHead + `art="EINGANG" anzahl="1" ergebnis="abgelehnt"/>`, "code"},
		{"a letter twice", csvQuittung("PRODUKTION;2;;;B261121-0042AB.1;gedruckt;;\nPRODUKTION;2;;;B261121-0042AB.1;gedruckt;;"), "zweimal"},
		{"lines of two acknowledgements", csvQuittung("PRODUKTION;2;;;B261121-0042AB.1;gedruckt;;\nABBRUCH;2;;;B261121-0042AB.2;geloescht;;technik"), "erste Zeile"},
		{"a line without a letter", csvQuittung("PRODUKTION;1;;;;;;"), "keine Sendung"},
		{"a cut line", csvQuittung("PRODUKTION;1;;;B261121-0042AB.1"), "Spalten"},
		{"too large", strings.Repeat(" ", printstreet.MaxQuittung+1), "größer"},
	} {
		t.Run(tt.says, func(t *testing.T) {
			q, err := printstreet.ParseQuittung([]byte(tt.text))
			if err == nil || !strings.Contains(printstreet.QuittungFault(err), tt.want) {
				t.Errorf("%v, %v, want %s", q, err, tt.want)
			}
		})
	}
}

// FuzzQuittung: whatever a centre writes in whatever format, it is refused or it is something that can be booked: each letter once, and of
// its bundle.
func FuzzQuittung(f *testing.F) {
	for _, q := range quittungen {
		f.Add([]byte(quittungHead+q.xml), 0)
		f.Add([]byte(csvQuittung(q.csv)), 2)
	}
	f.Add([]byte(listeHead+"B261121-0042AB.2;eingeliefert;2026-11-23T16:05:00+01:00;\r\nB261121-0042AC.1;ruecklaeufer;2026-11-24;verzogen\n"), 3)
	formats := []printstreet.Format{printstreet.FormatAny, printstreet.FormatXML, printstreet.FormatCSV, printstreet.FormatListe}
	f.Fuzz(func(t *testing.T, data []byte, format int) {
		list, err := printstreet.ParseQuittungen(formats[uint(format)%4], data)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, q := range list {
			if seen[q.ID] || len(list) == 0 {
				t.Errorf("%s twice", q.ID)
			}
			seen[q.ID] = true
			bookable(t, q)
		}
	})
}

func bookable(t *testing.T, q printstreet.Quittung) {
	t.Helper()
	if !q.Bundle.Valid() || q.ID == "" || q.Anzahl < 1 || q.Art != printstreet.ArtEingang && q.Anzahl != len(q.Sendungen) {
		t.Errorf("%+v", q)
	}
	last := 0
	for _, s := range q.Sendungen {
		if s.N <= last || s.N > 2000 || s.Grund != "" && printstreet.GrundText(s.Grund) == "" || s.Stand == printstreet.StandEingeliefert && s.Datum.IsZero() {
			t.Errorf("%+v", s)
		}
		last = s.N
	}
}
