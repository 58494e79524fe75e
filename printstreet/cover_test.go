package printstreet_test

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/printstreet"
)

// oneEach is a profile that sends all letters of a bundle to an authority in one envelope.
func oneEach(p printstreet.Profile) printstreet.Profile {
	p.Envelope.Per = printstreet.PerAuthority
	return p
}

// manyTo are letters to few authorities: 1, 3, 5, 6 to Kiel, one of them from another sender (6); 2 and 7 to Ulm; 4 to nobody else. Some have
// attachments.
func manyTo() printstreet.Job {
	var letters []printstreet.Letter
	for n := 1; n <= 7; n++ {
		l := letter(n, ersuchen())
		l.Behoerde = authority(map[int]string{2: "89073", 7: "89073", 4: "01067"}[n])
		if l.Behoerde.Kennung == authority("").Kennung {
			l.Behoerde = authority("24103")
		}
		l.Message.Kopf.Absender.Aktenzeichen = fmt.Sprintf("VH-%d", n)
		switch n {
		case 3:
			withAttachments(l.Message, "a.pdf", "long.pdf")
		case 6:
			l.Message.Kopf.Absender.Person.Firma = "Kreis Andersstadt"
		case 7:
			l.Message, l.Reference = einstellung(), reference()
			l.Message.Kopf.Absender.Aktenzeichen = "VH-7"
		}
		letters = append(letters, l)
	}
	j := production(job(letters...))
	j.Profile = oneEach(j.Profile)
	return j
}

// contents names what is in the envelopes, in printing order.
func contents(b printstreet.Bundle) string {
	var out []string
	for _, e := range b.Entries {
		var letters []string
		for _, l := range e.Letters {
			letters = append(letters, fmt.Sprint(l.Letter.N))
		}
		out = append(out, fmt.Sprintf("%d: %s", e.Sendung.N, strings.Join(letters, " ")))
	}
	return strings.Join(out, "; ")
}

func TestOneEnvelopePerAuthority(t *testing.T) {
	b := render(t, manyTo())
	if got, want := contents(b), "4: 4; 1: 1 3 5; 6: 6; 2: 2 7"; got != want {
		t.Errorf("envelopes %q, want %q", got, want)
	}
	if again := render(t, manyTo()); !bytes.Equal(b.Files[0].Data, again.Files[0].Data) {
		t.Error("rendered twice, two files")
	}
	pages := text(t, b.Files[0].Data)
	for _, e := range b.Entries {
		cover := pages[e.FirstPage-1]
		if (len(e.Letters) > 1) != strings.Contains(cover, "Deckblatt: Verzeichnis der enthaltenen Schreiben") || (e.CoverPages > 0) != (len(e.Letters) > 1) {
			t.Errorf("%s with %d letters begins with %q", e.Sendung, len(e.Letters), cover)
		}
		for n, l := range e.Letters {
			if e.CoverPages > 0 && !strings.Contains(cover, fmt.Sprintf("%d VH-%d ", n+1, l.Letter.N)) {
				t.Errorf("%s: the list does not name letter %d: %q", e.Sendung, l.Letter.N, cover)
			}
			if first := pages[l.FirstPage-1]; !strings.Contains(first, fmt.Sprintf("Sendung %s", e.Sendung)) || !strings.Contains(first, fmt.Sprintf("Seite 1 von %d", l.Pages)) {
				t.Errorf("letter %d does not begin on page %d", l.Letter.N, l.FirstPage)
			}
		}
	}
	if cover := pages[b.Entries[1].FirstPage-1]; !strings.Contains(cover, "enthält 3 Schreiben") || !strings.Contains(cover, "Anlagen: 7") || strings.Contains(cover, "Müller") {
		t.Errorf("the list says %q", cover)
	}
}

// TestIndexOfEnvelopesAddsUp reads XML, CSV and ticket as a print centre does: every total is the sum of its parts.
func TestIndexOfEnvelopesAddsUp(t *testing.T) {
	j := manyTo()
	j.Letters[4].Nachdruck = amtshilfe.SendungID{Bundle: "B261101-0001", N: 9}
	b := render(t, j)
	type anlage struct {
		Blatt       int `xml:"blatt,attr"`
		ErstesBlatt int `xml:"erstesBlatt,attr"`
	}
	type part struct {
		ID          string   `xml:"id,attr"`
		Nr          int      `xml:"nr,attr"`
		Erste       int      `xml:"ersteSeite,attr"`
		Letzte      int      `xml:"letzteSeite,attr"`
		Seiten      int      `xml:"seiten,attr"`
		Blatt       int      `xml:"blatt,attr"`
		ErstesBlatt int      `xml:"erstesBlatt,attr"`
		Delivery    string   `xml:"uebermittlung,attr"`
		Nachdruck   string   `xml:"nachdruckVon,attr"`
		SHA256      string   `xml:"sha256,attr"`
		Anlage      []anlage `xml:"anlage"`
	}
	var index struct {
		Sendungen int `xml:"sendungen,attr"`
		Schreiben int `xml:"schreiben,attr"`
		Blatt     int `xml:"blatt,attr"`
		Sendung   []struct {
			part
			Deckblatt int    `xml:"deckblattSeiten,attr"`
			Schreiben []part `xml:"schreiben"`
		} `xml:"sendung"`
	}
	if err := xml.Unmarshal(fileOf(t, b, "_index.xml"), &index); err != nil {
		t.Fatal(err)
	}
	letters, sheets := 0, 0
	for _, s := range index.Sendung {
		sheets += s.Blatt
		if s.Deckblatt == 0 {
			letters++
			continue
		}
		if s.Delivery != "" || s.Nachdruck != "" || len(s.SHA256) != 64 {
			t.Errorf("%s: %+v", s.ID, s.part)
		}
		at, page := 2, s.Erste+2 // duplex: the list has one sheet
		for n, l := range s.Schreiben {
			letters++
			if l.Nr != n+1 || l.ErstesBlatt != at || l.Erste != page || l.Delivery == "" || len(l.SHA256) != 64 || l.Blatt*2 != l.Letzte-l.Erste+1 {
				t.Errorf("%s: %+v, want it on sheet %d and page %d", s.ID, l, at, page)
			}
			if want := map[bool]string{true: "B261101-0001.9"}[l.ID == "B261121-0042AB.5"]; l.Nachdruck != want {
				t.Errorf("%s is printed in place of %q, want %q", l.ID, l.Nachdruck, want)
			}
			at, page = at+l.Blatt, l.Letzte+1
			for _, a := range l.Anlage {
				if a.ErstesBlatt != at {
					t.Errorf("%s: an attachment on sheet %d, want %d", l.ID, a.ErstesBlatt, at)
				}
				at += a.Blatt
			}
		}
		if at-1 != s.Blatt || page-1 != s.Letzte {
			t.Errorf("%s has %d sheets to page %d, its parts have %d to page %d", s.ID, s.Blatt, s.Letzte, at-1, page-1)
		}
	}
	if index.Sendungen != 4 || len(index.Sendung) != 4 || index.Schreiben != 7 || letters != 7 || sheets != index.Blatt || sheets != b.Sheets {
		t.Errorf("index %d %d %d, counted %d letters, %d sheets, bundle %d", index.Sendungen, index.Schreiben, index.Blatt, letters, sheets, b.Sheets)
	}
	r := csv.NewReader(bytes.NewReader(fileOf(t, b, "_index.csv")))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil || len(rows) != 1+7+2 {
		t.Fatalf("CSV has %d lines, %v", len(rows), err)
	}
	sum := 0
	for _, row := range rows[1:] {
		n, err := strconv.Atoi(row[5])
		if err != nil || (row[23] == "0") != (row[22] == "") {
			t.Error(row, err)
		}
		sum += n
	}
	if sum != b.Sheets {
		t.Errorf("the lines of the CSV have %d sheets, the bundle %d", sum, b.Sheets)
	}
	dir := saveBundle(t, b)
	run(t, "xmllint", "--noout", "--schema", "xsd/index.xsd", dir+"/B261121-0042AB_index.xml")
	run(t, "xmllint", "--noout", "--schema", "xsd/auftrag.xsd", dir+"/B261121-0042AB_auftrag.xml")
}

// Envelopes hold no more sheets than the profile allows, and one letter never goes behind a list.
func TestEnvelopesAreSplit(t *testing.T) {
	var letters []printstreet.Letter
	for n := range 12 {
		letters = append(letters, letter(n+1, ersuchen()))
	}
	for _, tt := range []struct {
		most int
		want string
	}{
		{150, "1: 1 2 3 4 5 6 7 8 9 10 11 12"},
		{15, "1: 1 2 3 4 5 6 7; 8: 8 9 10 11 12"},
		{13, "1: 1 2 3 4 5 6; 7: 7 8 9 10 11 12"},
		{2, "1: 1; 2: 2; 3: 3; 4: 4; 5: 5; 6: 6; 7: 7; 8: 8; 9: 9; 10: 10; 11: 11; 12: 12"},
	} {
		j := production(job(letters...))
		j.Profile = oneEach(j.Profile)
		j.Profile.Envelope.MaxSheets = tt.most
		b := render(t, j)
		if got := contents(b); got != tt.want {
			t.Errorf("at most %d sheets: %q, want %q", tt.most, got, tt.want)
		}
		for _, e := range b.Entries {
			if e.Sheets > tt.most {
				t.Errorf("%s has %d sheets, want at most %d", e.Sendung, e.Sheets, tt.most)
			}
		}
	}
}

// TestCodesRunThroughEnvelopes reads the code of every front: sheet n of m over the list, the letters and their attachments.
func TestCodesRunThroughEnvelopes(t *testing.T) {
	for _, container := range []printstreet.Container{printstreet.ContainerStapel, printstreet.ContainerEinzeln} {
		if testing.Short() && container == printstreet.ContainerEinzeln {
			continue
		}
		j := manyTo()
		p := oneEach(example(t, "dz-datamatrix.yaml"))
		p.Betriebsart, p.Container = amtshilfe.Produktion, container
		j.Profile = p
		b := render(t, j)
		e := b.Entries[1]
		path := save(t, "a.pdf", fileOf(t, b, e.File))
		c := p.SheetControl
		edge := 20*c.Module + 2*c.Quiet
		var files []string
		var shots []picture
		for page := e.FirstPage; page < e.LastPage; page += 2 {
			file, shot := cut(t, path, page, area{c.X - c.Quiet, c.Y - c.Quiet, edge, edge})
			files, shots = append(files, file), append(shots, shot)
		}
		own := map[int]bool{}
		for _, l := range e.Letters {
			for _, a := range l.Anlagen {
				for i := range a.Sheets {
					own[a.FirstSheet+i] = true
				}
				checkCodes(t, save(t, a.File, fileOf(t, b, a.File)), p, "B261121-0042AB/0001", a.FirstSheet-1, e.Sheets, a.Pages)
			}
		}
		sheet := 0
		for i, code := range readCodes(t, files, shots) {
			for sheet++; own[sheet]; sheet++ {
			}
			if want := fmt.Sprintf("B261121-0042AB/0001%03d%03d", sheet, e.Sheets); !strings.HasPrefix(code, want) {
				t.Errorf("front %d: %s, want %s", i+1, code, want)
			}
		}
		if container == printstreet.ContainerEinzeln {
			checkWindow(t, e, p, layout(t, fileOf(t, b, e.File))[0])
		}
		if len(files)+len(own) != e.Sheets {
			t.Errorf("%d fronts and %d of attachments, want %d", len(files), len(own), e.Sheets)
		}
	}
}

// A list of very many letters goes over several pages, and its address stays in the window.
func TestLongCoverList(t *testing.T) {
	j := production(job())
	j.Profile = oneEach(example(t, "dz-datamatrix.yaml"))
	j.Profile.Betriebsart = amtshilfe.Produktion
	j.Profile.Envelope.MaxSheets = 400
	for n := range 40 {
		l := letter(n+1, einstellung())
		l.Reference, l.Betriebsart = reference(), amtshilfe.Produktion
		l.Message.Kopf.Absender.Aktenzeichen = strings.Repeat("20.3/VH-2026/", 1+n%7) + strconv.Itoa(n)
		j.Letters = append(j.Letters, l)
	}
	b := render(t, j)
	e := b.Entries[0]
	if len(b.Entries) != 1 || e.CoverPages < 2 || len(e.Letters) != 40 {
		t.Fatalf("%d envelopes, %d pages of the list, %d letters", len(b.Entries), e.CoverPages, len(e.Letters))
	}
	path := save(t, "a.pdf", b.Files[0].Data)
	for i := 1; i <= e.CoverPages; i++ {
		got := run(t, "pdftotext", "-f", strconv.Itoa(i), "-l", strconv.Itoa(i), path, "-")
		if want := fmt.Sprintf("Deckblatt, Seite %d von %d", i, e.CoverPages); !strings.Contains(got, want) || !strings.Contains(got, "Vorgang") {
			t.Errorf("page %d of the list: %q", i, got)
		}
	}
}
