package xmlgate_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"damtshilfe/internal/xmlgate"
)

// addKorpus adds files of the corpus; nothing where there are none.
func addKorpus(f *testing.F, patterns ...string) {
	f.Helper()
	for _, p := range patterns {
		files, err := filepath.Glob(filepath.Join("../../testdata/korpus", p))
		if err != nil || len(files) == 0 {
			f.Fatalf("%s: no files, %v", p, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
}

func addSeeds(f *testing.F) {
	for _, tt := range gateCases {
		f.Add([]byte(tt.doc))
	}
	for _, doc := range seeds {
		f.Add([]byte(doc))
	}
}

// fuzzMap asks for values of elements that fuzzing finds easily.
func fuzzMap(f *testing.F, root xmlgate.Name) *xmlgate.Map {
	a, b := xmlgate.Step{Name: xmlgate.Name{Local: "a"}}, xmlgate.Step{Name: xmlgate.Name{Space: "u", Local: "b"}}
	at := xmlgate.Step{Name: xmlgate.Name{Local: "c"}, Attr: true}
	return mustMap(f, root,
		xmlgate.Field{Path: []xmlgate.Step{a}, ID: 1},
		xmlgate.Field{Path: []xmlgate.Step{a}, ID: 2, List: true},
		xmlgate.Field{Path: []xmlgate.Step{a, at}, ID: 3},
		xmlgate.Field{Path: []xmlgate.Step{b}, ID: 4, List: true},
		xmlgate.Field{Path: []xmlgate.Step{b, a}, ID: 5},
		xmlgate.Field{Path: []xmlgate.Step{at}, ID: 6},
	)
}

func FuzzScan(f *testing.F) {
	addSeeds(f)
	addKorpus(f, "struktur/*.xml", "kodierung/*.xml")
	maps := map[xmlgate.Name]*xmlgate.Map{}
	for _, n := range []xmlgate.Name{{Local: "a"}, {Space: "u", Local: "a"}} {
		maps[n] = fuzzMap(f, n)
	}
	s := xmlgate.NewScanner(xmlgate.Limits{})
	f.Fuzz(func(t *testing.T, doc []byte) {
		keep := bytes.Clone(doc)
		var r recorder
		root, err := s.Scan(doc, func(n xmlgate.Name) *xmlgate.Map { return maps[n] }, &r)
		if !bytes.Equal(doc, keep) {
			t.Fatal("the document was changed")
		}
		checkGroups(t, &r, err == nil)
		if err != nil {
			e := asError(t, err)
			if e.Offset < 0 || e.Offset > len(doc) || e.Line < 1 || e.Column < 1 || e.Line > 1+bytes.Count(doc, []byte{'\n'}) {
				t.Fatalf("%v, offset %d, lies outside of the document", e, e.Offset)
			}
			if !sentence.MatchString(e.Text) {
				t.Fatalf("%q is not the sentence we want", e.Text)
			}
			return
		}
		if got, ok := xmlgate.Sniff(doc); !ok || got != root {
			t.Fatalf("Sniff gives %v, %v, want %v", got, ok, root)
		}
		if !utf8.Valid(doc) {
			t.Fatal("accepted without being UTF-8")
		}
		strict(t, doc, root)
	})
}

// checkGroups wants every group to be left that was entered, and no other.
func checkGroups(t *testing.T, r *recorder, whole bool) {
	t.Helper()
	var open []string
	for _, e := range r.events {
		switch {
		case e[0] == '+':
			list, _, _ := strings.Cut(e[1:], "@")
			open = append(open, list)
		case e[0] == '-':
			if len(open) == 0 || open[len(open)-1] != e[1:] {
				t.Fatalf("left %s with %v open", e[1:], open)
			}
			open = open[:len(open)-1]
		}
	}
	if whole && len(open) > 0 {
		t.Fatalf("%v were never left", open)
	}
}

// strict wants encoding/xml to accept what we accepted, with our rules on top.
func strict(t *testing.T, doc []byte, root xmlgate.Name) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(doc))
	depth, roots := 0, 0
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			// Its names are those of the fourth edition of XML, which knew fewer letters.
			if e, ok := errors.AsType[*xml.SyntaxError](err); ok && strings.HasPrefix(e.Msg, "invalid XML name") {
				return
			}
			t.Fatalf("accepted, but encoding/xml says: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if depth == 0 {
				roots++
				if token.Name != (xml.Name{Space: root.Space, Local: root.Local}) {
					t.Fatalf("root is %v, want %v", root, token.Name)
				}
			}
			depth++
			seen := map[xml.Name]bool{}
			for _, a := range token.Attr {
				if seen[a.Name] {
					t.Fatalf("attribute %v came twice", a.Name)
				}
				seen[a.Name] = true
			}
		case xml.EndElement:
			depth--
		case xml.Directive:
			t.Fatal("a document type was accepted")
		case xml.ProcInst:
			if token.Target != "xml" {
				t.Fatal("an instruction was accepted")
			}
		case xml.CharData:
			if depth == 0 && len(bytes.Trim(bytes.TrimPrefix(token, []byte("\ufeff")), " \t\r\n")) > 0 {
				t.Fatal("text outside of the root was accepted")
			}
		}
	}
	if roots != 1 || depth != 0 {
		t.Fatalf("%d roots", roots)
	}
}

func FuzzSplit(f *testing.F) {
	addKorpus(f, "container/*.xml")
	f.Add([]byte(openV + "<v:a b='1'>x</v:a>\n<!-- --><a xmlns='u'><b/></a></v:lieferung>"))
	f.Add([]byte(containerStart + "<a c='1'>x<b xmlns:l='u'/></a>" + containerEnd))
	for _, tt := range gateCases {
		f.Add([]byte(openV + tt.doc + "</v:lieferung>"))
	}
	l := xmlgate.Limits{MaxBytes: 1 << 16, MaxDepth: 16, MaxAttrs: 8}
	f.Fuzz(func(t *testing.T, file []byte) {
		docs, parts, err := split(bytes.NewReader(file), l)
		again, _, err2 := split(iotest.HalfReader(bytes.NewReader(file)), l)
		if strings.Join(docs, "\n") != strings.Join(again, "\n") || (err == nil) != (err2 == nil) {
			t.Fatalf("read in other pieces the parts differ: %v, %v", err, err2)
		}
		for i, doc := range docs {
			if _, e := scan(t, doc, l, nil); e != nil {
				t.Fatalf("part %q is not a document: %v", doc, e)
			}
			name := strings.IndexAny(doc, " \t\r\n/>")
			line, column := parts[i].Locate(xmlgate.Position([]byte(doc), name))
			if line != parts[i].Line || column < parts[i].Column {
				t.Fatalf("the name of part %q ends at %d:%d", doc, line, column)
			}
		}
		if err == nil {
			// The container as a whole has one more level, and its root has declarations alone.
			if _, e := scan(t, string(file), xmlgate.Limits{MaxDepth: 17}, nil); e != nil {
				t.Fatalf("split, but as a document: %v", e)
			}
			return
		}
		if e := asError(t, err); e.Offset < 0 || e.Offset > len(file) || e.Line < 1 || e.Column < 1 {
			t.Fatalf("%v, offset %d, lies outside of the file", e, e.Offset)
		}
	})
}

// A document in a container gives the values that it gives alone.
func FuzzSplitKeepsValues(f *testing.F) {
	addSeeds(f)
	a := fuzzMap(f, xmlgate.Name{Local: "a"})
	ua := fuzzMap(f, xmlgate.Name{Space: "u", Local: "a"})
	choose := map[xmlgate.Name]*xmlgate.Map{a.Root(): a, ua.Root(): ua}
	f.Fuzz(func(t *testing.T, doc []byte) {
		s := xmlgate.NewScanner(xmlgate.Limits{})
		pick := func(n xmlgate.Name) *xmlgate.Map { return choose[n] }
		var alone, inside recorder
		if _, err := s.Scan(doc, pick, &alone); err != nil {
			return
		}
		start := bytes.Index(doc, []byte("<?xml")) // the declaration may not stand inside
		if start >= 0 && start <= 3 {
			doc = doc[bytes.Index(doc, []byte("?>"))+2:]
		}
		doc = bytes.TrimPrefix(doc, []byte("\ufeff"))
		file := io.MultiReader(strings.NewReader(openV), bytes.NewReader(doc), strings.NewReader("</v:lieferung>"))
		docs, _, err := split(file, xmlgate.Limits{MaxAttrs: 25})
		if err != nil || len(docs) != 2 {
			t.Fatalf("%d documents, %v", len(docs), err)
		}
		if _, err := xmlgate.NewScanner(xmlgate.Limits{MaxAttrs: 25}).Scan([]byte(docs[1]), pick, &inside); err != nil {
			t.Fatal(err)
		}
		if alone.values() != inside.values() {
			t.Fatalf("alone %s, inside %s", alone.values(), inside.values())
		}
	})
}

// FuzzFindChar: what it finds is the character that it was asked for, as often as it stands there.
func FuzzFindChar(f *testing.F) {
	f.Add([]byte("<a>M–x&#8211;<![CDATA[–]]><!-- – --><b>–</b>–</a>"), '–')
	f.Add([]byte("<a b='>'>x</a>"), 'x')
	f.Fuzz(func(t *testing.T, doc []byte, r rune) {
		last := -1
		for n := range 20 {
			at, ok := xmlgate.FindChar(doc, 0, r, n)
			if !ok {
				return
			}
			got, _ := utf8.DecodeRune(doc[at:])
			if at <= last || at >= len(doc) || got != r && doc[at] != '&' {
				t.Fatalf("number %d of %q at %d", n, r, at)
			}
			last = at
		}
	})
}

func FuzzFind(f *testing.F) {
	f.Add([]byte(pathDoc), "/a/b[2]/c", 30)
	f.Add([]byte("<a><b c='1'/></a>"), "/a/b/@c", 4)
	for _, tt := range gateCases {
		f.Add([]byte(tt.doc), "/a[1]/a/@b", len(tt.doc)/2)
	}
	f.Fuzz(func(t *testing.T, doc []byte, path string, off int) {
		if at, ok := xmlgate.Find(doc, path); ok {
			element, _, attr := strings.Cut(path, "/@")
			if at < 0 || at >= len(doc) || !attr && doc[at] != '<' {
				t.Fatalf("Find gives %d for %s", at, path)
			}
			if again, ok := xmlgate.Find(doc, xmlgate.Path(doc, at)); !ok || !attr && again != at || again > at {
				t.Fatalf("%s is at %d, but its own path %s at %d, %v", element, at, xmlgate.Path(doc, at), again, ok)
			}
		}
		if p := xmlgate.Path(doc, off); p != "" {
			at, ok := xmlgate.Find(doc, p)
			if !ok || at > off {
				t.Fatalf("Path(%d) is %s, which is at %d, %v", off, p, at, ok)
			}
		}
		xmlgate.Position(doc, off)
	})
}
