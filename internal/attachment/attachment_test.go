package attachment_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/attachment"
)

func TestMain(m *testing.M) {
	attachment.ChildMain()
	os.Exit(m.Run())
}

// build writes a PDF of these objects, numbered from 1; the first is the catalog. extra goes into the trailer.
func build(extra string, objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
	var offsets []int
	for i, o := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, off := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", off)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R %s>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, extra, xref)
	return b.Bytes()
}

// page is a page below object 2 with its operators in object n+1.
func page(n int, ops string) []string {
	return []string{fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> /Contents %d 0 R >>", n+1), stream("", ops)}
}

func stream(dict, data string) string {
	return fmt.Sprintf("<< %s /Length %d >>\nstream\n%s\nendstream", dict, len(data), data)
}

func packed(dict, data string) string {
	var z bytes.Buffer
	w, _ := zlib.NewWriterLevel(&z, zlib.BestSpeed)
	w.Write([]byte(data))
	w.Close()
	return stream(dict+" /Filter /FlateDecode", z.String())
}

const (
	catalog = "<< /Type /Catalog /Pages 2 0 R >>"
	onePage = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
)

func simple(ops string) []byte {
	return build("", append([]string{catalog, onePage}, page(3, ops)...)...)
}

// with is a simple PDF with another catalog and more objects, from number 5 on.
func with(catalog string, more ...string) []byte {
	return build("", append(append([]string{catalog, onePage}, page(3, "0 0 10 10 re f")...), more...)...)
}

// many is a PDF with n pages that share their contents, as a flat list.
func many(n int) []byte { return shared(n, stream("", "0 0 10 10 re f")) }

func shared(n int, contents string) []byte {
	objects := []string{catalog, "", contents}
	var kids strings.Builder
	for i := range n {
		fmt.Fprintf(&kids, "%d 0 R ", i+4)
		objects = append(objects, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 3 0 R >>")
	}
	objects[1] = fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count 1 >>", kids.String()) // the count lies
	return build("", objects...)
}

func nested(open, inside, end string, n int) string {
	return strings.Repeat(open, n) + inside + strings.Repeat(end, n)
}

// judged are PDFs and what is said of them. All of it is said by the child, which has to survive, or by its death.
var judged = []struct {
	name string
	pdf  func() []byte
	want attachment.Report
}{
	{"a page is one page", func() []byte { return simple("0 0 10 10 re f") }, attachment.Report{Pages: 1}},
	{"pages are counted, not believed", func() []byte { return many(201) }, attachment.Report{Pages: 201}},
	{"a page to be shown first is no action", func() []byte {
		return with("<< /Type /Catalog /Pages 2 0 R /OpenAction [3 0 R /FitH null] >>")
	}, attachment.Report{Pages: 1}},
	{"nor is going there", func() []byte {
		return with("<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /GoTo /D [3 0 R /Fit] >> >>")
	}, attachment.Report{Pages: 1}},
	{"a link to a page in the web is none either", func() []byte {
		return with(catalog, "<< /Type /Annot /Subtype /Link /A << /S /URI /URI (https://example.org) >> >>")
	}, attachment.Report{Pages: 1}},
	{"JavaScript when it is opened", func() []byte {
		return with("<< /Type /Catalog /Pages 2 0 R /OpenAction 5 0 R >>", "<< /S /JavaScript /JS (app.beep) >>")
	}, attachment.Report{Problem: attachment.Active, Detail: "OpenAction"}},
	{"JavaScript of a page", func() []byte { return with(catalog, "<< /O << /S /JavaScript /JS (x) >> >>") }, attachment.Report{Problem: attachment.Active, Detail: "JavaScript"}},
	{"written with escapes", func() []byte { return with(catalog, "<< /S /J#61vaScr#69pt >>") }, attachment.Report{Problem: attachment.Active, Detail: "JavaScript"}},
	{"a program to start", func() []byte { return with(catalog, "<< /S /Launch /F (cmd.exe) >>") }, attachment.Report{Problem: attachment.Active, Detail: "Launch"}},
	{"a form of XFA", func() []byte {
		return with("<< /Type /Catalog /Pages 2 0 R /AcroForm << /XFA [] >> >>")
	}, attachment.Report{Problem: attachment.Active, Detail: "XFA"}},
	{"a file in it", func() []byte { return with(catalog, "<< /Type /Filespec /F (a.exe) /EF << /F 4 0 R >> >>") }, attachment.Report{Problem: attachment.Active, Detail: "EF"}},
	{"a stream in another file", func() []byte { return with(catalog, stream("/F (/etc/passwd)", "")) }, attachment.Report{Problem: attachment.Active, Detail: "ExternalStream"}},
	{"in an object stream that no table names: no reader finds it", func() []byte {
		return with(catalog, packed("/Type /ObjStm /N 1 /First 5", "9 0  << /S /Launch >>"))
	}, attachment.Report{Pages: 1}}, // rules look at its bytes all the same
	{"encrypted", func() []byte {
		return build("/Encrypt 5 0 R /ID [<00><00>]", append(append([]string{catalog, onePage}, page(3, "")...), "<< /Filter /Standard /V 1 /R 2 /O () /U () /P -4 >>")...)
	}, attachment.Report{Problem: attachment.Encrypted}},
	{"no page", func() []byte { return build("", catalog, "<< /Type /Pages /Kids [] /Count 0 >>") }, attachment.Report{Problem: attachment.Broken}},
	{"no catalog", func() []byte { return build("", "<< >>") }, attachment.Report{Problem: attachment.Broken}},
	{"nothing", func() []byte { return nil }, attachment.Report{Problem: attachment.Broken}},
	{"a page without size", func() []byte { return build("", catalog, onePage, "<< /Type /Page >>") }, attachment.Report{Problem: attachment.Broken}},
	{"a page as large as a house", func() []byte {
		return build("", catalog, onePage, "<< /Type /Page /MediaBox [0 0 99999 99999] >>")
	}, attachment.Report{Problem: attachment.Broken}},
	{"a page tree that bites its tail", func() []byte {
		return build("", catalog, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", "<< /Type /Pages /Kids [2 0 R] /Count 1 >>")
	}, attachment.Report{Problem: attachment.Broken}},
	{"a page that is its own parent's kid twice", func() []byte {
		return build("", append([]string{catalog, "<< /Type /Pages /Kids [3 0 R 3 0 R] /Count 2 >>"}, page(3, "")...)...)
	}, attachment.Report{Problem: attachment.Broken}},
	{"a deep page tree", func() []byte {
		objects := []string{catalog}
		for i := range 300 {
			objects = append(objects, fmt.Sprintf("<< /Type /Pages /Kids [%d 0 R] /Count 1 >>", i+3))
		}
		return build("", append(objects, "<< /Type /Page /MediaBox [0 0 9 9] >>")...)
	}, attachment.Report{Problem: attachment.Broken}},
	{"contents that cannot be unpacked", func() []byte {
		return build("", catalog, onePage, "<< /Type /Page /MediaBox [0 0 9 9] /Contents 4 0 R >>", stream("/Filter /FlateDecode", "this is not zlib"))
	}, attachment.Report{Problem: attachment.Broken}},
	{"cut off in the middle", func() []byte {
		pdf := simple(strings.Repeat("0 0 10 10 re f\n", 100))
		return append(pdf[:len(pdf)/2:len(pdf)/2], "%%EOF"...)
	}, attachment.Report{Problem: attachment.Broken}},
	{"a table that points beside the objects", func() []byte {
		pdf := simple("0 0 10 10 re f")
		return bytes.Replace(pdf, []byte("0000000015 00000 n"), []byte("0000000027 00000 n"), 1)
	}, attachment.Report{Problem: attachment.Broken}},
	{"a start that points nowhere", func() []byte {
		return bytes.Replace(simple(""), []byte("startxref\n"), []byte("startxref\n9"), 1)
	}, attachment.Report{Problem: attachment.Broken}},
	{"lists in lists in lists", func() []byte { return with(catalog, nested("[", "", "]", 200_000)) }, attachment.Report{Problem: attachment.Broken}},
	{"dictionaries in dictionaries", func() []byte { return with(catalog, nested("<< /A ", "1", " >>", 100_000)) }, attachment.Report{Problem: attachment.Broken}},
	{"a bomb in an object stream", func() []byte { return inStream("<< /Length 9 >>" + strings.Repeat(" ", 40<<20)) }, attachment.Report{Problem: attachment.Broken}},
	{"JavaScript in an object stream", func() []byte { return inStream("<< /S /JavaScript >>") }, attachment.Report{Problem: attachment.Active, Detail: "JavaScript"}},
	{"another object in one", func() []byte { return inStream("<< /S /D >>") }, attachment.Report{Pages: 1}},
	{"a bomb as contents", func() []byte {
		return build("", catalog, onePage, "<< /Type /Page /MediaBox [0 0 9 9] /Contents 4 0 R >>", packed("", strings.Repeat(" ", 40<<20)))
	}, attachment.Report{Problem: attachment.Broken}},
	{"a small bomb on each of many pages", func() []byte {
		return shared(60, packed("", strings.Repeat(" ", 4<<20)))
	}, attachment.Report{Problem: attachment.TooCostly}},
	{"a list of pages without end", func() []byte {
		return build("", catalog, "<< /Type /Pages /Kids ["+strings.Repeat("3 0 R ", 300_000)+"] /Count 1 >>", "<< /Type /Page /MediaBox [0 0 9 9] >>")
	}, attachment.Report{Problem: attachment.Broken}},
}

// inStream is a simple PDF with a table in a stream, and object 6 in an object stream.
func inStream(object string) []byte {
	pdf := simple("0 0 10 10 re f")
	body := pdf[:bytes.LastIndex(pdf, []byte("xref\n0"))]
	objstm := len(body)
	body = fmt.Appendf(body[:objstm:objstm], "5 0 obj\n%s\nendobj\n", packed("/Type /ObjStm /N 1 /First 4", "6 0 "+object))
	var table bytes.Buffer
	row := func(kind byte, at int, index byte) {
		table.Write([]byte{kind, byte(at >> 24), byte(at >> 16), byte(at >> 8), byte(at), index})
	}
	row(0, 0, 255)
	for n := 1; n <= 5; n++ {
		row(1, bytes.Index(body, fmt.Appendf(nil, "%d 0 obj", n)), 0)
	}
	row(2, 5, 0)
	row(1, len(body), 0)
	start := len(body)
	body = fmt.Appendf(body, "7 0 obj\n%s\nendobj\n", packed("/Type /XRef /Size 8 /Root 1 0 R /W [1 4 1]", table.String()))
	return fmt.Appendf(body, "startxref\n%d\n%%%%EOF\n", start)
}

func TestInspect(t *testing.T) {
	r := attachment.NewReader()
	defer r.Close()
	for _, tt := range judged {
		t.Run(tt.name, func(t *testing.T) {
			if testing.Short() && (strings.Contains(tt.name, "bomb") || strings.Contains(tt.name, "without end")) {
				t.Skip("long with the race detector")
			}
			pdf := tt.pdf()
			begun := time.Now()
			got, err := r.Inspect(t.Context(), pdf)
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				_, why := attachment.Here(pdf)
				t.Errorf("got %+v, want %+v (%v)", got, tt.want, why)
			}
			if took := time.Since(begun); took > 5*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// What qpdf makes of an honest file is honest, too: object streams, linearized; and what it encrypts is encrypted, even with no password.
func TestOtherWritersFiles(t *testing.T) {
	r := attachment.NewReader()
	defer r.Close()
	dir := t.TempDir()
	in := filepath.Join(dir, "in.pdf")
	if err := os.WriteFile(in, many(7), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]attachment.Report{
		"--object-streams=generate": {Pages: 7},
		"--linearize":               {Pages: 7},
		"--qdf":                     {Pages: 7},
		"--allow-weak-crypto --encrypt  owner 128 --use-aes=y --": {Problem: attachment.Encrypted},
		"--encrypt user owner 256 --":                             {Problem: attachment.Encrypted},
	} {
		out := filepath.Join(dir, "out.pdf")
		exec.Command("qpdf", append(strings.Split(args, " "), in, out)...).Run() // it warns of the count that lies
		pdf, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(args, err)
		}
		if got, err := r.Inspect(t.Context(), pdf); err != nil || got != want {
			_, why := attachment.Here(pdf)
			t.Errorf("%s: %+v, %v, want %+v (%v)", args, got, err, want, why)
		}
	}
}

// A child that takes too long is ended, and the next PDF finds another one.
func TestPatience(t *testing.T) {
	r := attachment.NewReader()
	defer r.Close()
	if got, err := r.Inspect(t.Context(), simple("")); err != nil || got.Pages != 1 {
		t.Error(got, err)
	}
	r.SetPatience(time.Nanosecond)
	if got, err := r.Inspect(t.Context(), simple("")); err != nil || got.Problem != attachment.TooCostly {
		t.Error(got, err)
	}
	r.SetPatience(20 * time.Second)
	if got := r.Term(); got != 10*time.Second {
		t.Errorf("after one that took too long the next one has %v", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Inspect(ctx, simple("")); err == nil {
		t.Error("asked although nobody waits")
	}
	if got, err := r.Inspect(t.Context(), simple("")); err != nil || got.Pages != 1 {
		t.Error(got, err)
	}
	if got := r.Term(); got != 20*time.Second {
		t.Errorf("after one that was read in time the next one has %v", got)
	}
}

// The same PDF gives the same forms, whichever child is asked.
func TestCutIsDeterministic(t *testing.T) {
	pdf := many(20)
	var first attachment.Document
	for i := range 3 {
		r := attachment.NewReader()
		d, report, err := r.Cut(t.Context(), pdf)
		r.Close()
		if err != nil || report.Pages != 20 || len(d.Pages) != 20 || len(d.Objects) < 20 {
			t.Fatal(report, err, len(d.Objects))
		}
		if i == 0 {
			first = d
		} else if !reflect.DeepEqual(first, d) {
			t.Error("cut again, other forms")
		}
	}
}

// FuzzInspect feeds what nobody would write; the child's own defences are tested by TestInspect, here nothing may escape them.
func FuzzInspect(f *testing.F) {
	for _, tt := range judged[:26] {
		f.Add(tt.pdf())
	}
	f.Fuzz(func(t *testing.T, pdf []byte) {
		defer func() { recover() }() // the child recovers as well
		if r, err := attachment.Here(pdf); err == nil && r.Problem == "" && r.Pages == 0 {
			t.Error("neither pages nor a problem")
		}
	})
}
