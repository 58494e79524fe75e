package source_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
	"damtshilfe/internal/register/source"

	"golang.org/x/text/encoding/charmap"
)

var opts = source.Options{Betriebsart: amtshilfe.Test, Stand: "2026-11-01"}

// empty is a directory that rows are put into.
func empty() register.File {
	return register.File{Version: "1", Stand: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
		Rechenzentren: []register.Rechenzentrum{{Kennung: "rz:demo-a", Management: "https://rz.example/m", Send: "https://rz.example/s"}}}
}

func read(t testing.TB, f source.Format, data string, o source.Options) *source.Rows {
	t.Helper()
	r, err := source.Read(strings.NewReader(data), f, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func plan(t testing.TB, base register.File, f source.Format, data string) (register.File, []source.Rejection) {
	t.Helper()
	out, rejected, err := source.Plan(base, read(t, f, data, opts), source.PlanOptions{ManyEnd: true})
	if err != nil {
		t.Fatal(err)
	}
	return out, rejected
}

// planned puts testdata files on top of each other; nothing of them is rejected.
func planned(t testing.TB, files ...string) register.File {
	t.Helper()
	f := empty()
	for _, name := range files {
		format := map[string]source.Format{"ags.csv": source.AGS, "ags.xml": source.Genericode, "gv100ad.txt": source.GV100AD, "plz.csv": source.PLZ,
			"behoerden.csv": source.Behoerden, "zustaendigkeiten.csv": source.Zustaendigkeiten, "reformen.csv": source.Reformen}[name]
		var rejected []source.Rejection
		if f, rejected = plan(t, f, format, testdata(t, name)); len(rejected) > 0 {
			t.Fatalf("%s: %v", name, rejected)
		}
	}
	return f
}

func testdata(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestMunicipalities: the same list as XML and as CSV says the same, and parts of towns are no municipalities.
func TestMunicipalities(t *testing.T) {
	want := []register.Gemeinde{{AGS: "01001000", Name: "Flensburg, Stadt"}, {AGS: "02000000", Name: "Hamburg, Freie und Hansestadt"},
		{AGS: "14612000", Name: "Dresden, Stadt"}}
	for _, name := range []string{"ags.csv", "ags.xml"} {
		if f := planned(t, name); !reflect.DeepEqual(f.Gemeinden, want) {
			t.Errorf("%s: %+v", name, f.Gemeinden)
		}
	}
	if r := read(t, source.Genericode, testdata(t, "ags.xml"), opts); r.LeftOut != 1 || r.Lines != 4 || r.Stand != "2026-04-30" {
		t.Errorf("%+v", r)
	}
}

// TestTheKreisOfAPlaceIsNamed: a table of postcodes names Kreise that have no name yet, and only those of municipalities it knows.
func TestTheKreisOfAPlaceIsNamed(t *testing.T) {
	f := planned(t, "ags.csv")
	f.Verbaende = []register.Verband{{Schluessel: "14612", Name: "Dresden, Stadt"}}
	f, rejected := plan(t, f, source.PLZ, "ags,plz,ort,landkreis\n01001000,24937,Flensburg,Kreis A\n01001000,24939,Flensburg,Kreis B\n14612000,01067,Dresden,Kreis C\n99999999,12345,X,Kreis D\n")
	want := []register.Verband{{Schluessel: "14612", Name: "Dresden, Stadt"}, {Schluessel: "01001", Name: "Kreis A"}}
	if !reflect.DeepEqual(f.Verbaende, want) || len(rejected) != 1 {
		t.Errorf("%+v, rejected %v", f.Verbaende, rejected)
	}
}

func TestGV100AD(t *testing.T) {
	text := testdata(t, "gv100ad.txt")
	latin, err := charmap.Windows1252.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range []string{text, latin, "\ufeff" + text, strings.ReplaceAll(text, "\r", "")} {
		f, rejected := plan(t, empty(), source.GV100AD, data)
		if len(rejected) > 0 {
			t.Fatal(rejected)
		}
		want := []register.Gemeinde{{AGS: "99101000", ARS: "991010000000", Name: "Musterstadt, Stadt"},
			{AGS: "99154003", ARS: "991545001003", Name: "Groß Völkau"}, {AGS: "99154011", ARS: "991540011011", Name: "Ückerfurth, Stadt"}}
		if !reflect.DeepEqual(f.Gemeinden, want) {
			t.Errorf("%+v", f.Gemeinden)
		}
		var above []string
		for _, v := range f.Verbaende {
			above = append(above, v.Schluessel+" "+v.Name)
		}
		if got := strings.Join(above, ", "); got != "99 Musterland, 991 Reg.-Bez. Nordmuster, 99101 Musterstadt, kreisfreie Stadt, 991010000 Musterstadt, "+
			"99154 Landkreis Mühlenau, 991545001 Amt Sankt Völkau" {
			t.Error(got)
		}
	}
}

// TestAnswers: a directory made of all tables answers as they say.
func TestAnswers(t *testing.T) {
	f := planned(t, "ags.csv", "plz.csv", "reformen.csv", "behoerden.csv", "zustaendigkeiten.csv")
	if len(f.Behoerden) != 2 || len(f.Behoerden[0].Kanaele) != 2 || f.Behoerden[0].Kanaele[0].Dienst == "" || f.Behoerden[0].Bestaetigt.Am != "2026-11-01" {
		t.Errorf("%+v", f.Behoerden)
	}
	want := register.Gebiet{Einnahmearten: []register.Codeliste{{List: register.EinnahmeartList, Version: "1", Codes: []string{"200"}}},
		Bedingung: register.Bedingung{BetragBis: 100050},
		Orte:      []register.Ort{{Ort: "Dresden", PLZ: []string{"01067", "01069"}, Strassen: []register.Strasse{{Name: "Hauptstraße", Von: "1", Bis: "99", Seite: "ungerade"}}}}}
	if got := f.Behoerden[1].Gebiete[1]; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if g := f.Gemeinden[3]; g.AGS != "01001999" || g.Bis != "2025-12-31" || g.Nachfolger[0] != "01001000" {
		t.Errorf("%+v", g)
	}
	again, rejected := plan(t, f, source.Behoerden, testdata(t, "behoerden.csv"))
	if len(rejected) > 0 || !reflect.DeepEqual(again.Behoerden, f.Behoerden) {
		t.Errorf("the same authorities again: %v\n%+v", rejected, again.Behoerden)
	}
}

// TestRejected: each line that cannot be taken is told with its number and the reason, and the others can be.
func TestRejected(t *testing.T) {
	base := planned(t, "ags.csv", "behoerden.csv")
	for _, tt := range []struct {
		name   string
		format source.Format
		data   string
		want   string
	}{
		{"a doubled key", source.AGS, "ags,name\n01001000,A\n02000000,B\n01001000,C\n", "line 4: AGS 01001000 is in line 2 already"},
		{"a short key", source.AGS, "ags,name\n01001000,A\n1001000,B\n", `line 3: AGS "1001000" is not eight digits`},
		{"a line in another charset", source.AGS, "ags,name\n01001000,A\n01001001,L\xfcbeck\n", "line 3: not UTF-8; is it Windows-1252?"},
		{"a name that was converted twice", source.AGS, "ags,name\n01001000,A\n01001001,LÃ¼beck\n", `line 3: UTF-8 that was taken for another charset ("Ã¼")`},
		{"a name that lost a character", source.AGS, "ags,name\n01001000,A\n01001001,L\uFFFDbeck\n", "line 3: has a replacement character: damaged by a wrong conversion"},
		{"a shifted column", source.AGS, "ags,name\n01001000,A\n02000000,Hamburg, Stadt\n", "line 3: 3 fields, the first line has 2"},
		{"an open quotation mark", source.AGS, "ags,name\n01001000,A\n02000000,\"Hamburg\n", "line 3: a quotation mark that is not closed in its line"},
		{"an unknown AGS", source.PLZ, "ags,plz,ort\n01001000,24937,Flensburg\n99999999,24937,Nirgends\n", "line 3: unknown AGS 99999999"},
		{"a pair twice", source.PLZ, "ags,plz,ort\n01001000,24937,Flensburg\n01001000,24937,Flensburg\n", "line 3: place 24937 Flensburg of 01001000 is in line 2 already"},
		{"a postcode of four digits", source.PLZ, "ags,plz,ort\n01001000,24937,Flensburg\n01001000,1067,Dresden\n", `line 3: postcode "1067" is not five digits`},
		{"a place without a letter", source.PLZ, "ags,plz,ort\n01001000,24937,Flensburg\n02000000,24938,---\n", "line 3: 02000000.orte[0].ort: has no letter"},
		{"a successor that nobody knows", source.Reformen, "alt;neu;datum\n02000000;99999999;2026-01-01\n", "line 2: unknown AGS 99999999"},
		{"a successor of itself", source.Reformen, "alt;neu;datum\n02000000;02000000;2026-01-01\n", "line 2: AGS 02000000 as its own successor"},
		{"successors in a circle", source.Reformen, "alt;neu;datum\n02000000;01001000;2026-01-01\n01001000;02000000;2026-01-01\n",
			"line 2: 02000000.nachfolger: leads back to 02000000 or into a circle\nline 3: 01001000.nachfolger: leads back to 01001000 or into a circle"},
		{"a day that is none", source.Reformen, "alt;neu;datum\n02000000;01001000;31.02.2026\n", `line 2: date "31.02.2026" is not a day like 2026-01-01 or 01.01.2026`},
		{"a broken certificate", source.Behoerden, "kennung;name;plz;ort;zeile1;kanal;adresse;rechenzentrum;zertifikat\nkka:x;X;24937;Flensburg;X;xta;kka:x;rz:demo-a;ab:cd\n",
			"line 2: kka:x test.kanaele[0].zertifikat: not a SHA-256 in lower-case hex"},
		{"an authority without a way", source.Behoerden, "kennung;name;plz;ort;zeile1;kanal\nkka:x;X;24937;Flensburg;X;\n",
			"line 2: kka:x test.kanaele: missing; an authority nobody can reach has art keiner"},
		{"an authority twice", source.Behoerden, "kennung;name;plz;ort;zeile1;kanal\nkka:x;X;24937;Flensburg;X;post\nkka:x;X;24937;Flensburg;X;post\n",
			"line 3: authority kka:x test is in line 2 already"},
		{"an area of a municipality that nobody knows", source.Zustaendigkeiten, "kennung;schluessel\nkka:01001000;01001000\nkka:01001000;77777777\n",
			"line 3: kka:01001000 test.gebiete[1].schluessel[0]: unknown AGS"},
		{"an area of nobody", source.Zustaendigkeiten, "kennung;schluessel\nkka:y;01001000\n", "line 2: unknown authority kka:y test"},
		{"no amount", source.Zustaendigkeiten, "kennung;schluessel;betrag_bis\nkka:01001000;01001000;viel\n", "line 2: betrag_bis is not an amount like 1000 or 1000,50"},
		{"a Satzart that is none", source.GV100AD, "6X20260430", `line 1: Satzart "6X" is not two digits`},
		{"a state that is none", source.GV100AD, "6020269999", `line 1: Gebietsstand "20269999" is not a day`},
		{"an entry twice", source.YAML, "verbaende:\n  - {schluessel: \"01\", name: A}\n  - {schluessel: \"01\", name: B}\n", "line 3: verbaende \"01\" is in line 2 already"},
		{"a certificate that has expired", source.YAML, "zertifikate:\n  - {fingerabdruck: " + strings.Repeat("ab", 32) +
			", zweck: tls, kennung: \"rz:demo-a\", gueltig_ab: 2024-01-01T00:00:00Z, gueltig_bis: 2026-10-31T00:00:00Z}\n",
			"line 2: the certificate has expired on 2026-10-31"},
		{"an entry with a fault", source.YAML, "verbaende:\n  - {schluessel: \"01\", name: A}\n  - {schluessel: \"0\", name: B}\n",
			"line 3: $.verbaende[1].schluessel: not 2, 3, 5 or 9 digits"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, rejected := plan(t, base, tt.format, tt.data)
			var got []string
			for _, r := range rejected {
				got = append(got, r.String())
			}
			if strings.Join(got, "\n") != tt.want {
				t.Errorf("%q, want %q", strings.Join(got, "\n"), tt.want)
			}
			if _, err := register.New(f); err != nil {
				t.Error("without the rejected lines:", err)
			}
		})
	}
}

// TestOverlap: two authorities for the same municipality and revenue are told with both names.
func TestOverlap(t *testing.T) {
	base := planned(t, "ags.csv", "plz.csv", "behoerden.csv")
	f, rejected := plan(t, base, source.Zustaendigkeiten, "kennung;schluessel\nkka:01001000;02000000\nkka:14612000;02000000\n")
	if len(rejected) == 0 || !strings.Contains(rejected[0].Reason, "kka:01001000") || !strings.Contains(rejected[0].Reason, "kka:14612000") {
		t.Errorf("%v", rejected)
	}
	if _, err := register.New(f); err != nil {
		t.Error(err)
	}
}

// TestUnusable: files that are not of the format at all are refused as a whole.
func TestUnusable(t *testing.T) {
	row := `<Row><Value ColumnRef="ags"><SimpleValue>01001000</SimpleValue></Value></Row>`
	doc := func(s string) string {
		return `<gc:CodeList xmlns:gc="http://docs.oasis-open.org/codelist/ns/genericode/1.0/"><ColumnSet><Column Id="ags"/></ColumnSet><SimpleCodeList>` + s + `</SimpleCodeList></gc:CodeList>`
	}
	for _, tt := range []struct {
		name   string
		format source.Format
		data   string
		want   string
	}{
		{"nothing", source.AGS, "", "empty file"},
		{"a head alone", source.AGS, "ags,name\n", "no line with data"},
		{"no column for the key", source.AGS, "a,b\n1,2\n", "line 1: column missing: ags"},
		{"a column twice", source.AGS, "ags,name,name\n1,2,3\n", `line 1: column "name" twice`},
		{"a column of ours that is misspelt", source.Zustaendigkeiten, "kennung;schlüsel\nx;y\n", `line 1: unknown column "schlüsel"`},
		{"a document type", source.Genericode, `<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`, "XML-DOCTYPE"},
		{"another root", source.Genericode, `<a/>`, "the root is a, not CodeList"},
		{"no column for the name", source.Genericode, doc(row), "no column for the AGS and the name"},
		{"half a document", source.Genericode, doc(row)[:200], "XML-UNVOLLSTAENDIG"},
		{"no YAML", source.YAML, "a: [", "read yaml"},
		{"a key that nobody knows", source.YAML, "behörden: []\n", "read yaml"},
		{"another format", source.Format("xlsx"), "x", "unknown format"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := source.Read(strings.NewReader(tt.data), tt.format, opts)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
	small := opts
	small.Limits = source.Limits{Bytes: 100, Rows: 2, Line: 20}
	for name, data := range map[string]string{"larger than 100 bytes": strings.Repeat("x", 101), "more than 2 lines": "ags,name\n1,2\n1,2\n1,2\n"} {
		if _, err := source.Read(strings.NewReader(data), source.AGS, small); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %s", err, name)
		}
	}
	if r := read(t, source.AGS, "ags,name\n01001000,"+strings.Repeat("x", 20)+"\n", small); len(r.Rejected) != 1 {
		t.Errorf("a long line: %+v", r)
	}
}

// TestNewerList: municipalities that a newer list lacks have ended, and are kept; a list that lacks most is not believed.
func TestNewerList(t *testing.T) {
	base := planned(t, "ags.csv")
	before := fmt.Sprint(base)
	f, _ := plan(t, base, source.AGS, "ags,name\n01001000,Flensburg\n14612000,Dresden\n01001777,Neuhausen\n")
	if len(f.Gemeinden) != 4 || f.Gemeinden[1].Bis != "2026-10-31" || f.Gemeinden[0].Name != "Flensburg" || f.Gemeinden[3].AGS != "01001777" {
		t.Errorf("%+v", f.Gemeinden)
	}
	if fmt.Sprint(base) != before {
		t.Error("the directory that it was made from has changed")
	}
	var many strings.Builder
	many.WriteString("ags,name\n")
	for i := range 100 {
		fmt.Fprintf(&many, "%08d,Ort\n", i)
	}
	base, _ = plan(t, base, source.AGS, many.String())
	_, _, err := source.Plan(base, read(t, source.AGS, "ags,name\n00000001,Ort\n", opts), source.PlanOptions{})
	if err == nil || !strings.Contains(err.Error(), "is the list complete?") {
		t.Errorf("a list with one of 100: %v", err)
	}
	none := opts
	none.Stand = ""
	if _, _, err := source.Plan(base, read(t, source.AGS, "ags,name\n00000001,Ort\n", none), source.PlanOptions{}); err == nil {
		t.Error("a list without a state ends municipalities on no day")
	}
}

// TestWholeDirectory: written and read again it is the same; with a fault nothing of it is taken.
func TestWholeDirectory(t *testing.T) {
	f := planned(t, "ags.csv", "plz.csv", "reformen.csv", "behoerden.csv", "zustaendigkeiten.csv")
	d, err := register.New(f)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := d.Write(&b); err != nil {
		t.Fatal(err)
	}
	again, rejected := plan(t, register.File{}, source.Verzeichnis, b.String())
	if e, err := register.New(again); err != nil || len(rejected) > 0 || e.ETag() != d.ETag() {
		t.Errorf("another directory came back: %v, %v", err, rejected)
	}
	broken := strings.Replace(b.String(), `"01067"`, `"1067"`, 1)
	_, rejected, err = source.Plan(register.File{}, read(t, source.Verzeichnis, broken, opts), source.PlanOptions{})
	if err == nil || len(rejected) != 1 || rejected[0].Line == 0 {
		t.Errorf("with a short postcode: %v, %v", rejected, err)
	}
}

// FuzzRead: whatever the file, it is read or refused, and what can be planned is a directory.
func FuzzRead(f *testing.F) {
	for i, format := range source.Formats() {
		for _, name := range []string{"ags.csv", "ags.xml", "gv100ad.txt", "plz.csv", "behoerden.csv", "zustaendigkeiten.csv", "reformen.csv"} {
			f.Add(byte(i), []byte(testdata(f, name)))
		}
		_ = format
	}
	f.Add(byte(7), []byte("verbaende:\n  - {schluessel: \"01\", name: A}\n"))
	base := planned(f, "ags.csv", "behoerden.csv")
	f.Fuzz(func(t *testing.T, which byte, data []byte) {
		formats := source.Formats()
		o := opts
		o.Limits = source.Limits{Bytes: 1 << 20, Rows: 1000}
		r, err := source.Read(bytes.NewReader(data), formats[int(which)%len(formats)], o)
		if err != nil {
			return
		}
		out, _, err := source.Plan(base, r, source.PlanOptions{ManyEnd: true})
		if err != nil {
			return
		}
		if _, err := register.New(out); err != nil {
			t.Error(err)
		}
	})
}
