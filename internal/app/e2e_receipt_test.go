package app_test

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"damtshilfe/internal/ledger"
	"damtshilfe/mapping"
)

// receiptXML is what a sender reads of a receipt.
type receiptXML struct {
	Name          string    `xml:"lieferung>dateiname"`
	Drop          string    `xml:"lieferungID"`
	Nummer        int       `xml:"nummer"`
	Ergebnis      string    `xml:"ergebnis"`
	Abgeschlossen bool      `xml:"abgeschlossen"`
	Summen        []sumXML  `xml:"summe"`
	Erste         string    `xml:"ersteLieferung"`
	Befunde       []findXML `xml:"befund"`
	Nachrichten   []struct {
		UUID       string    `xml:"nachrichtenUUID"`
		Status     string    `xml:"status"`
		Befunde    []findXML `xml:"fehlertext"`
		Grund      string    `xml:"rueckfrage>grund"`
		Zustaendig string    `xml:"rueckfrage>zustaendig"`
		Duplikat   string    `xml:"duplikatVon"`
		Weg        string    `xml:"uebermittlung>weg"`
		Empfaenger string    `xml:"uebermittlung>empfaenger>kennung"`
	} `xml:"nachricht"`
}

// receiptName is what profil.md 5 lets a receipt be called: a plain, visible name, whatever was dropped.
var receiptName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,149}\.D[0-9]{6}-[0-9A-Z]+\.[0-9]+\.quittung\.xml$`)

type findXML struct {
	Code  string `xml:"code"`
	Text  string `xml:"text"`
	Zeile int    `xml:"zeile"`
}

type sumXML struct {
	Status string `xml:"status"`
	Anzahl int    `xml:"anzahl"`
}

// receipt reads receipt n of a drop from the out folder; it must lie there under the name that profil.md 5 promises.
func receipt(t *testing.T, out string, d ledger.Drop, n int) (r receiptXML, file string) {
	t.Helper()
	file = filepath.Join(out, mapping.ReceiptName(d.Name, d.ID, n, "xml"))
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	if !receiptName.MatchString(filepath.Base(file)) {
		t.Errorf("receipt is called %q", filepath.Base(file))
	}
	if !utf8.ValidString(r.Name) || strings.ContainsAny(r.Name, "\x00\x1b") {
		t.Errorf("receipt shows the name %q", r.Name)
	}
	if r.Drop != string(d.ID) || r.Nummer != n {
		t.Errorf("receipt says drop %s number %d, want %s number %d", r.Drop, r.Nummer, d.ID, n)
	}
	return r, file
}

// codes are all findings and questions of a receipt.
func (r *receiptXML) codes() []string {
	var list []string
	for _, f := range r.Befunde {
		list = append(list, f.Code)
	}
	for _, m := range r.Nachrichten {
		for _, f := range m.Befunde {
			list = append(list, f.Code)
		}
		if m.Grund != "" {
			list = append(list, m.Grund)
		}
	}
	return list
}
