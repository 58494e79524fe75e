package mapping_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/mapping"
	"github.com/google/go-cmp/cmp"
)

// write gives a receipt in a form.
func write(t testing.TB, f mapping.ReceiptFormat, r mapping.Receipt, list ...mapping.Line) []byte {
	t.Helper()
	var b, again bytes.Buffer
	all := func(yield func(mapping.Line, error) bool) {
		for _, l := range list {
			if !yield(l, nil) {
				return
			}
		}
	}
	if err := errors.Join(f.Write(&b, r, all), f.Write(&again, r, all)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Errorf("%s: a repetition differs", f)
	}
	return b.Bytes()
}

func allLines() (list []mapping.Line) {
	for l := range lines() {
		list = append(list, l)
	}
	return list
}

// receiptSchema is our JSON Schema, compiled by a validator that knows nothing of our code.
func receiptSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	s, err := c.Compile("schema/lieferquittung.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustFitSchema(t testing.TB, s *jsonschema.Schema, data []byte) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err == nil {
		err = s.Validate(v)
	}
	if err != nil {
		t.Errorf("%v\n%s", err, data)
	}
}

func waiting() mapping.Receipt {
	r := receipt()
	r.Question = &amtshilfe.Question{Code: "LIEF-ERSTE", Text: "Bitte bestätigen.", Owner: amtshilfe.OwnerMandant, Until: at}
	return r
}

func TestReceiptAsCSVAndJSON(t *testing.T) {
	s := receiptSchema(t)
	golden(t, "quittung.csv", write(t, mapping.ReceiptCSV, waiting(), allLines()...))
	full := write(t, mapping.ReceiptJSON, waiting(), allLines()...)
	golden(t, "quittung.json", full)
	mustFitSchema(t, s, full)
	nothing := mapping.Receipt{Number: 1, Drop: "D261121-7KQ2M9TX4B", ReceivedAt: at, CreatedAt: at, Betriebsart: amtshilfe.Produktion, Closed: true, Ergebnis: mapping.ErgebnisAbgewiesen}
	mustFitSchema(t, s, write(t, mapping.ReceiptJSON, nothing))
	mustBeValid(t, profilXSD, write(t, mapping.ReceiptXML, waiting(), allLines()...), write(t, mapping.ReceiptXML, nothing))
	if v, err := jsonschema.UnmarshalJSON(strings.NewReader(strings.Replace(string(full), `"abgeschlossen"`, `"zu":1,"abgeschlossen"`, 1))); err != nil || s.Validate(v) == nil {
		t.Errorf("an unknown key fits the schema (%v)", err)
	}
}

func TestReceiptFormatErrors(t *testing.T) {
	cause := errors.New("no more rows")
	failing := func(yield func(mapping.Line, error) bool) { yield(mapping.Line{}, cause) }
	for _, f := range mapping.ReceiptFormats {
		if err := f.Write(&bytes.Buffer{}, receipt(), failing); !errors.Is(err, cause) {
			t.Errorf("%s: error %v, want that of the lines", f, err)
		}
		if err := f.Write(full{}, receipt(), lines()); !errors.Is(err, errDisk) {
			t.Errorf("%s: error %v, want that of the disk", f, err)
		}
	}
	if err := mapping.ReceiptFormat("pdf").Write(&bytes.Buffer{}, receipt(), nil); err == nil {
		t.Error("an unknown form is written")
	}
}

// cells reads a receipt as CSV the way a program would: BOM, semicolons, every row with all columns.
func cells(t testing.TB, data []byte) [][]string {
	t.Helper()
	rest, ok := bytes.CutPrefix(data, []byte("\xef\xbb\xbf"))
	if !ok {
		t.Fatal("no BOM: Excel would not see UTF-8")
	}
	if n := bytes.Count(rest, []byte("\n")); n != bytes.Count(rest, []byte("\r\n")) {
		t.Error("line ends other than CRLF")
	}
	r := csv.NewReader(bytes.NewReader(rest))
	r.Comma, r.FieldsPerRecord = ';', len(mapping.CSVColumns)
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestCSVTextIsNeverRun(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"plain text stays", "AZ 12/3 Müller", "AZ 12/3 Müller"},
		{"quotes and semicolons are text", `a;"b"`, `a;"b"`},
		{"a formula", "=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"},
		{"a formula behind blanks", "  =1+1", "'  =1+1"},
		{"plus", "+49 30", "'+49 30"},
		{"minus", "-1", "'-1"},
		{"at", "@SUM(A1)", "'@SUM(A1)"},
		{"tab", "\t=1", "'\t=1"},
		{"a full-width formula", "＝1+1", "'＝1+1"},
		{"line breaks hide nothing", "a\r\n=1", "a  =1"},
		{"leading zeros", "000123", "'000123"},
		{"more digits than a number holds", "5010000012345678901", "'5010000012345678901"},
		{"a date", "1-2", "'1-2"},
		{"a month", "Dez-12", "'Dez-12"},
		{"a month behind its day", "3. Mai", "'3. Mai"},
		{"an exponent", "1E5", "'1E5"},
		{"a word like a month", "Maier", "Maier"},
		{"an apostrophe can be taken off again", "'s", "''s"},
		{"broken bytes", "a\xff\x00", "a\uFFFD\uFFFD"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			row := cells(t, write(t, mapping.ReceiptCSV, receipt(), mapping.Line{Position: 1, Aktenzeichen: tt.text, Status: amtshilfe.StatusAngenommen}))
			if got := row[len(row)-1][14]; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// FuzzCSV: whatever a sender writes, the table keeps its shape, and no cell begins like a formula.
func FuzzCSV(f *testing.F) {
	f.Add("=1", "a;\"\r\n=1", "-")
	f.Fuzz(func(t *testing.T, name, az, text string) {
		r := receipt()
		r.Name, r.DropFindings = name, []amtshilfe.Finding{{Code: text, Text: az}}
		rows := cells(t, write(t, mapping.ReceiptCSV, r, mapping.Line{Position: 1, Entry: text, UUID: name, Aktenzeichen: az, Kassenzeichen: name, Status: amtshilfe.StatusAngenommen}))
		if len(rows) != 1+1+len(r.Sums)+1+1 {
			t.Fatalf("%d rows", len(rows))
		}
		for _, row := range rows {
			for i, c := range row {
				if c != "" && strings.ContainsRune("=+@\t\r", rune(c[0])) || strings.HasPrefix(c, "-") && mapping.CSVColumns[i].Name != "Betrag in EUR" {
					t.Errorf("%s runs: %q", mapping.CSVColumns[i].Name, c)
				}
			}
		}
	})
}

// The words of the schemas are those of the program.
func TestReceiptSchemaWords(t *testing.T) {
	var schema struct {
		Defs struct {
			Status struct{ Enum []amtshilfe.Status }
		} `json:"$defs"`
	}
	if err := json.Unmarshal(mustFile(t, "../schema/lieferquittung.schema.json"), &schema); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(amtshilfe.Statuses, schema.Defs.Status.Enum); d != "" {
		t.Error(d)
	}
	xsd, err := os.ReadFile(profilXSD)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range amtshilfe.Statuses {
		if !bytes.Contains(xsd, []byte(`<xs:enumeration value="`+string(s)+`"/>`)) {
			t.Errorf("the profile's schema does not know the status %q", s)
		}
	}
}

// docs/receipts.md lists the columns of the CSV as they are.
func TestReceiptDocs(t *testing.T) {
	path := filepath.Join("..", "docs", "receipts.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	for i, c := range mapping.CSVColumns {
		fmt.Fprintf(&table, "| %d | %s | %s |\n", i+1, c.Name, c.What)
	}
	const begin, end = "| no | heading | content |\n|---|---|---|\n", "\n## JSON"
	head, rest, ok := strings.Cut(string(text), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("the table is not where it belongs")
	}
	want := head + begin + table.String() + end + tail
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(text) {
		t.Error("docs/receipts.md is not what the program writes, -update writes it")
	}
}
