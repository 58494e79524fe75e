package xmlgate_test

import (
	"strings"
	"testing"

	"damtshilfe/internal/xmlgate"
)

func TestPosition(t *testing.T) {
	for _, tt := range []struct {
		name, before, after string
		line, column        int
	}{
		{"the first character", "", "<a/>", 1, 1},
		{"columns count characters", "<a>Mül😀", "ler", 1, 8},
		{"a line feed begins a line", "<a>\n\n  ", "<b/>", 3, 3},
		{"a carriage return alone does not, and has a column", "a\rb\r\n\r", "c", 2, 2},
		{"a byte order mark has no column", "\ufeff", "<a/>", 1, 1},
		{"nor does it move the first line", "\ufeff<a>", "x", 1, 4},
		{"the middle of a character is its beginning", "aü"[:2], "aü"[2:], 1, 2},
		{"the end of the document", "<a/>\n", "", 2, 1},
	} {
		line, column := xmlgate.Position([]byte(tt.before+tt.after), len(tt.before))
		if line != tt.line || column != tt.column {
			t.Errorf("%s: got %d:%d, want %d:%d", tt.name, line, column, tt.line, tt.column)
		}
	}
	if line, column := xmlgate.Position([]byte("ab"), 99); line != 1 || column != 3 {
		t.Errorf("an offset behind the end: got %d:%d", line, column)
	}
	if line, column := xmlgate.Position([]byte("ab"), -1); line != 1 || column != 1 {
		t.Errorf("a negative offset: got %d:%d", line, column)
	}
}

// pathDoc marks places with the pipe, which is taken out.
const pathDoc = `<?xml version="1.0"?>
<v:a xmlns:v="u"><!-- |0 -->|1
  <b>|2</b><v:b>|3<c/><c d="|4" e='5'/></v:b>|5<b f="|6"/><B>|7</B>
</v:a>|8`

func TestPath(t *testing.T) {
	parts := strings.Split(pathDoc, "|")
	doc := strings.Join(parts, "")
	off := 0
	for i, want := range []string{"/a", "/a", "/a/b", "/a/b[2]", "/a/b[2]/c[2]", "/a", "/a/b[3]", "/a/B", ""} {
		off += len(parts[i])
		if got := xmlgate.Path([]byte(doc), off); got != want {
			t.Errorf("place %d: got %q, want %q", i, got, want)
		}
	}
	if got := xmlgate.Path([]byte(doc), 3); got != "" {
		t.Errorf("before the root: got %q", got)
	}
	if got := xmlgate.Path([]byte("<a><b>x & y</b></a>"), 8); got != "/a/b" {
		t.Errorf("at a fault: got %q", got)
	}
}

func TestFind(t *testing.T) {
	doc := strings.ReplaceAll(pathDoc, "|", "")
	for _, tt := range []struct{ name, path, want string }{
		{"the root", "/a", "<v:a xmlns"},
		{"the first of several", "/a/b", "<b>2<"},
		{"the first with its index", "/a/b[1]", "<b>2<"},
		{"a later one", "/a/b[2]/c[2]", "<c d="},
		{"an attribute", "/a/b[2]/c[2]/@e", "e='5'"},
		{"prefixes do not matter", "/v:a/v:b[3]", "<b f="},
		{"capitals do", "/a/B", "<B>7"},
		{"an index too high", "/a/b[4]", ""},
		{"a child of a sibling", "/a/b[1]/c", ""},
		{"an attribute that is missing", "/a/b[2]/c/@e", ""},
		{"a declaration is no attribute", "/a/@v", ""},
		{"another root", "/b", ""},
		{"no path", "", ""},
		{"a relative path", "a/b", ""},
		{"an empty step", "/a//b", ""},
		{"an attribute in the middle", "/a/@b/c", ""},
		{"an attribute of nothing", "/@b", ""},
		{"an index that is none", "/a/b[x]", ""},
		{"an index of zero", "/a/b[0]", ""},
		{"an index that is not closed", "/a/b[2", ""},
	} {
		off, ok := xmlgate.Find([]byte(doc), tt.path)
		if ok != (tt.want != "") || ok && !strings.HasPrefix(doc[off:], tt.want) {
			t.Errorf("%s: Find(%q) = %q, %v, want %q", tt.name, tt.path, doc[off:], ok, tt.want)
		}
	}
}

// Every element is found by its own path.
func TestFindUndoesPath(t *testing.T) {
	doc := []byte(ersuchen(1))
	seen := map[string]bool{}
	for off, c := range doc {
		if c != '<' || doc[off+1] == '/' {
			continue
		}
		p := xmlgate.Path(doc, off)
		if at, ok := xmlgate.Find(doc, p); !ok || at != off || seen[p] {
			t.Fatalf("offset %d: path %s is found at %d, %v", off, p, at, ok)
		}
		seen[p] = true
	}
	if !seen["/ersuchen/forderung[12]/bescheid/zeichen"] || len(seen) < 100 {
		t.Errorf("only %d paths", len(seen))
	}
}

func TestSniff(t *testing.T) {
	for _, tt := range []struct {
		name, head string
		want       xmlgate.Name
		ok         bool
	}{
		{"a root with its namespace", "\ufeff<?xml version='1.0'?>\n<!-- <x> --><p:a b='1' xmlns:p='u'>text & more", xmlgate.Name{Space: "u", Local: "a"}, true},
		{"a root without one", "<a/>", xmlgate.Name{Local: "a"}, true},
		{"a document type and an instruction are passed over", "<?x y?><!DOCTYPE a [<!ENTITY b 'c'>]><a xmlns='u'>", xmlgate.Name{Space: "u", Local: "a"}, true},
		{"a simple document type as well", "<!DOCTYPE html>\n<html>", xmlgate.Name{Local: "html"}, true},
		{"a start tag that is cut off", "<a xmlns='u'", xmlgate.Name{}, false},
		{"a prefix without a declaration", "<p:a>", xmlgate.Name{}, false},
		{"a comment that is cut off", "<!-- <a>", xmlgate.Name{}, false},
		{"a table", "Name;Vorname\n", xmlgate.Name{}, false},
		{"an archive", "PK\x03\x04", xmlgate.Name{}, false},
		{"an end tag", "</a>", xmlgate.Name{}, false},
		{"nothing", "", xmlgate.Name{}, false},
	} {
		if got, ok := xmlgate.Sniff([]byte(tt.head)); got != tt.want || ok != tt.ok {
			t.Errorf("%s: got %v, %v", tt.name, got, ok)
		}
	}
}
