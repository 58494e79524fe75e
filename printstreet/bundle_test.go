package printstreet_test

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/printstreet"
)

// mixedJob has letters of different length, postcodes, kinds and attachments.
func mixedJob() printstreet.Job {
	a, b, c, d := letter(1, withClaims(ersuchen(), 60)), letter(2, einstellung()), letter(3, withAttachments(ersuchen(), "a.pdf", "long.pdf")), letter(4, ersuchen())
	a.Behoerde, b.Behoerde, c.Behoerde, d.Behoerde = authority("80331"), authority("01067"), authority("20095"), authority("20095")
	b.Reference = reference()
	return job(a, b, c, d)
}

func TestBundleFiles(t *testing.T) {
	b := render(t, mixedJob())
	var names []string
	for _, f := range b.Files {
		names = append(names, f.Name)
	}
	want := "B261121-0042AB_S0001.pdf B261121-0042AB.3_A01.pdf B261121-0042AB.3_A02.pdf B261121-0042AB_index.xml B261121-0042AB_index.csv " +
		"B261121-0042AB_auftrag.xml B261121-0042AB_sha256sum B261121-0042AB_FERTIG"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("files\n got %s\nwant %s", got, want)
	}
	if got := text(t, fileOf(t, b, ".3_A02.pdf")); len(got) != 12 || !strings.Contains(got[10], "Text of long.pdf") {
		t.Errorf("the attachment says %q", got)
	}
	if n := len(b.Files[len(b.Files)-1].Data); n != 0 {
		t.Errorf("the marker has %d bytes", n)
	}
	dir := saveBundle(t, b)
	out := run(t, "sh", "-c", "cd "+dir+" && sha256sum -c --strict B261121-0042AB_sha256sum")
	if n := strings.Count(out, ": OK"); n != len(b.Files)-2 {
		t.Errorf("%d sums, want one for each of %d files", n, len(b.Files)-2)
	}
	run(t, "qpdf", "--check", dir+"/"+b.Files[0].Name)
	run(t, "xmllint", "--noout", "--schema", "xsd/index.xsd", dir+"/B261121-0042AB_index.xml")
	run(t, "xmllint", "--noout", "--schema", "xsd/auftrag.xsd", dir+"/B261121-0042AB_auftrag.xml")
}

func TestEntriesTileThePDF(t *testing.T) {
	for _, duplex := range []bool{true, false} {
		t.Run(fmt.Sprintf("duplex %v", duplex), func(t *testing.T) {
			j := production(mixedJob())
			j.Profile.Duplex = duplex
			b := render(t, j)
			pages := text(t, b.Files[0].Data)
			next, sheets, order := 1, 0, ""
			for i, e := range b.Entries {
				if e.FirstPage != next || e.LastPage < e.FirstPage || e.Position != i+1 || duplex && e.FirstPage%2 == 0 {
					t.Errorf("entry %d has pages %d-%d at position %d, want the first to be %d", i, e.FirstPage, e.LastPage, e.Position, next)
				}
				for p := range e.Pages {
					want := fmt.Sprintf("Sendung %s Seite %d von %d", e.Sendung, p+1, e.Pages)
					if !strings.Contains(pages[e.FirstPage-1+p], want) {
						t.Errorf("page %d does not say %q", e.FirstPage+p, want)
					}
				}
				if back := e.LastPage - e.FirstPage + 1 - e.Pages; back > 0 && pages[e.LastPage-1] != "" {
					t.Errorf("page %d should be blank", e.LastPage)
				}
				next, sheets, order = e.LastPage+1, sheets+e.Sheets, order+" "+e.PLZ+"/"+fmt.Sprint(e.Sendung.N)
			}
			if next-1 != b.Pages || b.Pages != len(pages) || sheets != b.Sheets {
				t.Errorf("entries cover %d pages and %d sheets; the bundle says %d and %d, the PDF has %d pages", next-1, sheets, b.Pages, b.Sheets, len(pages))
			}
			if want := " 01067/2 20095/3 20095/4 80331/1"; order != want {
				t.Errorf("printed in order%s, want%s", order, want)
			}
		})
	}
}

func TestIndexAndTicketAgree(t *testing.T) {
	b := render(t, mixedJob())
	var index struct {
		Sendungen int `xml:"sendungen,attr"`
		Seiten    int `xml:"seiten,attr"`
		Blatt     int `xml:"blatt,attr"`
		Sendung   []struct {
			ID       string   `xml:"id,attr"`
			Umschlag string   `xml:"umschlag,attr"`
			Delivery string   `xml:"uebermittlung,attr"`
			SHA256   string   `xml:"sha256,attr"`
			Anlage   []string `xml:"anlage"`
		} `xml:"sendung"`
	}
	var ticket struct {
		Test   bool `xml:"test,attr"`
		Umfang struct {
			Sendungen int `xml:"sendungen,attr"`
			Seiten    int `xml:"seiten,attr"`
			Blatt     int `xml:"blatt,attr"`
			Anlagen   int `xml:"anlagen,attr"`
			DL        int `xml:"umschlagDL,attr"`
			C4        int `xml:"umschlagC4,attr"`
		} `xml:"umfang"`
		Frankierung string `xml:"frankierung"`
	}
	if err := errors.Join(xml.Unmarshal(fileOf(t, b, "_index.xml"), &index), xml.Unmarshal(fileOf(t, b, "_auftrag.xml"), &ticket)); err != nil {
		t.Fatal(err)
	}
	rows, err := func() ([][]string, error) {
		r := csv.NewReader(bytes.NewReader(fileOf(t, b, "_index.csv")))
		r.Comma = ';'
		return r.ReadAll()
	}()
	if err != nil || len(rows) != 1+len(b.Entries) {
		t.Fatalf("CSV has %d rows, %v", len(rows), err)
	}
	for i, s := range index.Sendung {
		if s.ID != rows[i+1][0] || s.SHA256 != rows[i+1][13] || s.SHA256 != b.Entries[i].SHA256 || s.Delivery == "" || len(s.SHA256) != 64 {
			t.Errorf("XML and CSV differ: %+v, %v", s, rows[i+1])
		}
		if want := map[string]string{"B261121-0042AB.3": "C4"}[s.ID]; want != "" && s.Umschlag != want {
			t.Errorf("%s goes into %s, want %s", s.ID, s.Umschlag, want)
		}
	}
	u := ticket.Umfang
	if index.Sendungen != 4 || u.Sendungen != 4 || u.Anlagen != 2 || u.DL != 3 || u.C4 != 1 || u.Seiten != index.Seiten || u.Seiten != b.Pages || u.Blatt != index.Blatt || u.Blatt != b.Sheets {
		t.Errorf("index %+v, ticket %+v, bundle %d pages %d sheets", index, u, b.Pages, b.Sheets)
	}
	if !ticket.Test || ticket.Frankierung != "druckzentrum" {
		t.Errorf("ticket %+v", ticket)
	}
	for _, suffix := range []string{"_index.xml", "_index.csv", "_auftrag.xml"} {
		for _, secret := range []string{"Müller", "Feinkost", "000123", "004711", "3f2b8c1e"} {
			if bytes.Contains(fileOf(t, b, suffix), []byte(secret)) {
				t.Errorf("%s names %q", suffix, secret)
			}
		}
	}
}

func TestRenderIsDeterministic(t *testing.T) {
	first := render(t, mixedJob())
	for range 3 {
		again := render(t, mixedJob())
		for i, f := range first.Files {
			if f.Name != again.Files[i].Name || !bytes.Equal(f.Data, again.Files[i].Data) {
				t.Errorf("%s differs", f.Name)
			}
		}
	}
}

func TestOverprint(t *testing.T) {
	const sentence = "TESTDRUCK – OHNE RECHTSWIRKUNG – NICHT VERSENDEN"
	var utf16 []byte // as it stands in a content stream
	for _, r := range sentence {
		utf16 = append(utf16, byte(r>>8), byte(r))
	}
	count := func(pdf []byte) (diagonal int, foot int) {
		path := save(t, "a.pdf", pdf)
		run(t, "qpdf", "--stream-data=uncompress", path, path+".qdf")
		plain := run(t, "cat", path+".qdf")
		for s := range strings.SplitSeq(plain, "endstream") {
			if strings.Contains(s, "q 0.82 g") && strings.Contains(s, string(utf16)) {
				diagonal++
			}
		}
		return diagonal, strings.Count(run(t, "pdftotext", "-layout", path, "-"), sentence)
	}
	for _, tt := range []struct {
		name string
		mode amtshilfe.Betriebsart
		want bool
	}{
		{"test letters are overprinted", amtshilfe.Test, true},
		{"so are those of a training", amtshilfe.Schulung, true},
		{"real ones are not", amtshilfe.Produktion, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			j := mixedJob()
			j.Betriebsart, j.Profile.Betriebsart = tt.mode, tt.mode
			printed := 0
			for i := range j.Letters {
				j.Letters[i].Betriebsart = tt.mode
			}
			b := render(t, j)
			for _, e := range b.Entries {
				printed += e.Pages
			}
			diagonal, foot := count(b.Files[0].Data)
			if tt.want && (diagonal != b.Pages || foot != printed) || !tt.want && diagonal+foot != 0 {
				t.Errorf("%d of %d pages overprinted, %d of %d foot lines", diagonal, b.Pages, foot, printed)
			}
		})
	}
	real := letter(1, ersuchen())
	real.Betriebsart = amtshilfe.Produktion
	pdf, err := printstreet.RenderLetter(real, printstreet.TestProfile())
	if err != nil {
		t.Fatal(err)
	}
	if d, _ := count(pdf); d == 0 {
		t.Error("a real letter in a test profile is not overprinted")
	}
}

func TestJobsThatAreRefused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*printstreet.Job)
	}{
		{"no letters", func(j *printstreet.Job) { j.Letters = nil }},
		{"more letters than the profile allows", func(j *printstreet.Job) { j.Profile.LettersPerBundle = 3 }},
		{"a profile of another Betriebsart", func(j *printstreet.Job) { j.Betriebsart = amtshilfe.Produktion }},
		{"a malformed bundle id", func(j *printstreet.Job) { j.Bundle = "../x" }},
		{"a Sendung twice", func(j *printstreet.Job) { j.Letters[1].Sendung.N = 1 }},
		{"a Sendung of another bundle", func(j *printstreet.Job) { j.Letters[1].Sendung.Bundle = "B261121-0042AC" }},
		{"no time", func(j *printstreet.Job) { j.Created = day(1, 1, 1) }},
		{"a broken profile", func(j *printstreet.Job) { j.Profile.Zones.Window.H = 10 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			j := mixedJob()
			tt.change(&j)
			_, err := printstreet.Render(j)
			if _, ok := errors.AsType[*printstreet.LetterError](err); err == nil || ok {
				t.Errorf("Render gave %v, want an error of the job", err)
			}
		})
	}
}

func TestLettersThatAreHeld(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*printstreet.Letter)
		code   string
	}{
		{"a real letter in a test bundle", func(l *printstreet.Letter) { l.Betriebsart = amtshilfe.Produktion }, "DRUCK-BETRIEBSART"},
		{"an 008 whose 003 is unknown", func(l *printstreet.Letter) { l.Message = einstellung() }, "DRUCK-BEZUG"},
		{"no date", func(l *printstreet.Letter) { l.Datum = day(1, 1, 1) }, "DRUCK-INHALT"},
		{"no message", func(l *printstreet.Letter) { l.Message = nil }, "DRUCK-INHALT"},
		{"an address without postcode", func(l *printstreet.Letter) { l.Behoerde.Anschriftzeilen = []string{"Amt", "Weg 1"} }, "DRUCK-ANSCHRIFT"},
		{"an address of too many lines", func(l *printstreet.Letter) {
			l.Behoerde.Anschriftzeilen = []string{"a", "b", "c", "d", "e", "f", "12345 Ort"}
		}, "DRUCK-ANSCHRIFT"},
		{"a town that is too long", func(l *printstreet.Letter) {
			l.Behoerde.Anschriftzeilen = []string{"12345 " + strings.Repeat("Langenort ", 9)}
		}, "DRUCK-ANSCHRIFT"},
		{"no address", func(l *printstreet.Letter) { l.Behoerde.Anschriftzeilen = nil }, "DRUCK-ANSCHRIFT"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := letter(2, ersuchen())
			tt.change(&l)
			_, err := printstreet.Render(job(letter(1, ersuchen()), l))
			le, ok := errors.AsType[*printstreet.LetterError](err)
			if !ok || le.Index != 1 || le.Fault.Code != tt.code {
				t.Errorf("Render gave %v, want %s of letter 1", err, tt.code)
			}
		})
	}
}
