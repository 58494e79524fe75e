package mapping_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"damtshilfe/mapping"
)

// told is what the three forms of a receipt must agree in.
type told struct {
	Sums  []string // status, count, amount
	Lines []string // position, status, amount, codes
}

func toldXML(t testing.TB, data []byte) (x told) {
	type sum struct {
		Status string `xml:"status"`
		Anzahl string `xml:"anzahl"`
		Betrag string `xml:"betrag"`
	}
	type line struct {
		Position string `xml:"position"`
		Status   string `xml:"status"`
		Betrag   string `xml:"betrag"`
		Grund    string `xml:"rueckfrage>grund"`
		Wer      string `xml:"rueckfrage>zustaendig"`
	}
	var r struct {
		Summe     []sum  `xml:"summe"`
		Nachricht []line `xml:"nachricht"`
	}
	if err := xml.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Summe {
		x.Sums = append(x.Sums, s.Status+" "+s.Anzahl+" "+s.Betrag)
	}
	for _, l := range r.Nachricht {
		x.Lines = append(x.Lines, fmt.Sprint(l.Position, l.Status, l.Betrag, l.Grund, l.Wer))
	}
	return x
}

func toldJSON(t testing.TB, data []byte) (x told) {
	var r struct {
		Summen []struct {
			Status string
			Anzahl int
			Betrag string
		}
		Nachrichten []struct {
			Position       int
			Status, Betrag string
			Rueckfrage     struct{ Grund, Zustaendig string }
		}
	}
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Summen {
		x.Sums = append(x.Sums, fmt.Sprint(s.Status, " ", s.Anzahl, " ", s.Betrag))
	}
	for _, l := range r.Nachrichten {
		x.Lines = append(x.Lines, fmt.Sprint(l.Position)+fmt.Sprint(l.Status, l.Betrag, l.Rueckfrage.Grund, l.Rueckfrage.Zustaendig))
	}
	return x
}

func toldCSV(t testing.TB, data []byte) (x told) {
	rows := cells(t, data)
	at := func(row []string, name string) string {
		return row[slices.IndexFunc(mapping.CSVColumns, func(c mapping.CSVColumn) bool { return c.Name == name })]
	}
	for _, row := range rows[1:] {
		betrag := strings.Replace(at(row, "Betrag in EUR"), ",", ".", 1)
		switch at(row, "Zeilenart") {
		case "Summe":
			x.Sums = append(x.Sums, at(row, "Status")+" "+at(row, "Anzahl")+" "+betrag)
		case "Nachricht":
			if betrag == "0.00" {
				betrag = ""
			}
			code := ""
			if at(row, "Zuständig") != "" {
				code, _, _ = strings.Cut(at(row, "Codes"), " ")
			}
			x.Lines = append(x.Lines, at(row, "Position")+at(row, "Status")+betrag+code+at(row, "Zuständig"))
		}
	}
	return x
}

// The three forms say the same.
func TestReceiptFormatsAgree(t *testing.T) {
	want := toldXML(t, write(t, mapping.ReceiptXML, receipt(), allLines()...))
	if len(want.Sums) != 5 || len(want.Lines) != 5 {
		t.Fatalf("%+v", want)
	}
	for f, read := range map[mapping.ReceiptFormat]func(testing.TB, []byte) told{mapping.ReceiptCSV: toldCSV, mapping.ReceiptJSON: toldJSON} {
		if d := cmp.Diff(want, read(t, write(t, f, receipt(), allLines()...))); d != "" {
			t.Errorf("%s says something else (-xml +%s):\n%s", f, f, d)
		}
	}
}
