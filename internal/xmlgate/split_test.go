package xmlgate_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"damtshilfe/internal/xmlgate"
)

var lieferung, lieferkopf = rootName("lieferung"), rootName("lieferkopf")

// split gives the documents of a container, the head first.
func split(r io.Reader, l xmlgate.Limits) (docs []string, parts []xmlgate.Part, err error) {
	s := xmlgate.NewSplitter(r, l, lieferung, lieferkopf)
	head, _, _, err := s.Head()
	if err != nil {
		return nil, nil, err
	}
	docs, parts = append(docs, string(head)), append(parts, s.HeadPart())
	for {
		p, out, err := s.Next(nil)
		if err == io.EOF {
			return docs, parts, nil
		}
		if err != nil {
			return docs, parts, err
		}
		docs, parts = append(docs, string(out)), append(parts, p)
	}
}

const openV = `<v:lieferung xmlns:v="urn:damtshilfe:vollstreckungshilfe:1"><v:lieferkopf/>`

func TestSplit(t *testing.T) {
	const decl = ` xmlns:v="urn:damtshilfe:vollstreckungshilfe:1"`
	for _, tt := range []struct {
		name, doc string
		want      []string // the head is left out
	}{
		{"a container may hold no message", openV + "</v:lieferung>", nil},
		{"declarations of the root are added behind the name", openV + "<v:a b='1'>x</v:a></v:lieferung>", []string{"<v:a" + decl + " b='1'>x</v:a>"}},
		{"an empty element gets them as well", openV + "<v:a/></v:lieferung>", []string{"<v:a" + decl + "/>"}},
		{"a declaration that the message makes itself stays alone", openV + "<v:a xmlns:v='u'/></v:lieferung>", []string{"<v:a xmlns:v='u'/>"}},
		{"what is between the messages is left out", openV + "\n <!-- <v:x/> --> <v:a/>\r\n<v:b/><!----></v:lieferung >\n<!-- end -->", []string{"<v:a" + decl + "/>", "<v:b" + decl + "/>"}},
		{"the rest is copied as it is, line ends too", openV + "<v:a><![CDATA[</v:a>]]>\r\n<!-- x -->&#13;<c d='>'/></v:a ></v:lieferung>", []string{"<v:a" + decl + "><![CDATA[</v:a>]]>\r\n<!-- x -->&#13;<c d='>'/></v:a >"}},
		{"the default namespace is one of them", "\ufeff<?xml version='1.0'?><lieferung xmlns='urn:damtshilfe:vollstreckungshilfe:1'><lieferkopf/><a/><b xmlns=''/></lieferung>",
			[]string{`<a xmlns="urn:damtshilfe:vollstreckungshilfe:1"/>`, "<b xmlns=''/>"}},
		{"an odd namespace name reads as itself again", strings.Replace(openV, ">", " xmlns:q='\n&#10;&lt;&amp;\"'>", 1) + "<v:a/></v:lieferung>",
			[]string{"<v:a" + decl + ` xmlns:q=" &#10;&lt;&amp;&#34;"/>`}},
		{"a default namespace that is none is not added", strings.Replace(openV, ">", " xmlns=''>", 1) + "<a/></v:lieferung>", []string{"<a" + decl + "/>"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for name, r := range map[string]io.Reader{"whole": strings.NewReader(tt.doc), "in single bytes": iotest.OneByteReader(strings.NewReader(tt.doc))} {
				docs, _, err := split(r, xmlgate.Limits{})
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if got, want := strings.Join(docs[1:], "\n"), strings.Join(tt.want, "\n"); got != want {
					t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
				}
				for _, doc := range docs {
					if _, e := scan(t, doc, xmlgate.Limits{}, nil); e != nil {
						t.Errorf("%s: the part %s is not a document: %v", name, doc, e)
					}
				}
			}
		})
	}
}

func TestSplitRefuses(t *testing.T) {
	for _, tt := range []struct {
		name, doc, code string
		line, column    int
	}{
		{"an empty file", "", "XML-LEER", 1, 1},
		{"another root", "\n<v:x xmlns:v='u'/>", "XML-WURZEL", 2, 1},
		{"the right name in another namespace", "<v:lieferung xmlns:v='u'><v:lieferkopf/></v:lieferung>", "XML-WURZEL", 1, 1},
		{"no head", "<lieferung xmlns='" + nsV + "'>\n<a/></lieferung>", "XML-WURZEL", 2, 1},
		{"nothing in it", "<lieferung xmlns='" + nsV + "'>\n</lieferung>", "XML-WURZEL", 2, 1},
		{"an empty root", "<lieferung xmlns='" + nsV + "'/>", "XML-WURZEL", 1, 58},
		{"text before the root", "\n x", "XML-SYNTAX", 2, 2},
		{"text before the head", "<lieferung xmlns='" + nsV + "'>\nx<lieferkopf/></lieferung>", "XML-SYNTAX", 2, 1},
		{"text between messages", openV + "\n<v:a/>\nx<v:b/></v:lieferung>", "XML-SYNTAX", 3, 1},
		{"a section between messages", openV + "\n<![CDATA[x]]></v:lieferung>", "XML-SYNTAX", 2, 1},
		{"a reference between messages", openV + "\n&amp;</v:lieferung>", "XML-SYNTAX", 2, 1},
		{"a control character between messages", openV + "\n\x01</v:lieferung>", "XML-ZEICHEN", 2, 1},
		{"an instruction between messages", openV + "\n<?x?></v:lieferung>", "XML-PI", 2, 1},
		{"a document type", "<!DOCTYPE x>" + openV + "</v:lieferung>", "XML-DOCTYPE", 1, 1},
		{"another encoding", "<?xml version='1.0' encoding='ISO-8859-1'?>" + openV + "</v:lieferung>", "XML-ENCODING", 1, 1},
		{"a fault inside a message", openV + "\n<v:a>\n&x;</v:a></v:lieferung>", "XML-ENTITAET", 3, 1},
		{"a broken tag inside a message", openV + "<v:a>\n<c / ></v:a></v:lieferung>", "XML-SYNTAX", 2, 5},
		{"a message that is not closed", openV + "\n<v:a>\n</v:lieferung>", "XML-SYNTAX", 3, 1},
		{"a container that ends behind a message", openV + "\n<v:a/>\n", "XML-UNVOLLSTAENDIG", 3, 1},
		{"a container that ends inside a message", openV + "\n<v:a>x", "XML-UNVOLLSTAENDIG", 2, 7},
		{"a container that ends inside its end tag", openV + "\n</v:liefer", "XML-UNVOLLSTAENDIG", 2, 11},
		{"a container that ends inside its start tag", "<v:lieferung xmlns", "XML-UNVOLLSTAENDIG", 1, 19},
		{"the wrong end tag", openV + "\n</v:lieferungen>", "XML-SYNTAX", 2, 1},
		{"an end tag with something in it", openV + "\n</v:lieferung x>", "XML-SYNTAX", 2, 15},
		{"a second root", openV + "</v:lieferung>\n<a/>", "XML-WURZEL", 2, 1},
		{"text behind the root", openV + "</v:lieferung>\nx", "XML-WURZEL", 2, 1},
		{"a message too large", openV + "\n<v:a>" + strings.Repeat("x", 1000) + "</v:a></v:lieferung>", "XML-ZU-GROSS", 2, 1},
		{"a message too deep", openV + "\n" + strings.Repeat("<a>", 9), "XML-TIEFE", 2, 25},
		{"a message that would have too many attributes as a document", openV + "\n<a b='' c='' d='' e='' f=''/></v:lieferung>", "XML-ATTRIBUTE", 2, 1},
		{"a prefix that another message declared", openV + "\n<p:a xmlns:p='u'/>\n<p:a/></v:lieferung>", "XML-NAMENSRAUM", 3, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for name, r := range map[string]io.Reader{"whole": strings.NewReader(tt.doc), "in single bytes": iotest.OneByteReader(strings.NewReader(tt.doc))} {
				_, _, err := split(r, gateLimits)
				e := asError(t, err)
				if e == nil || e.Code != tt.code || e.Line != tt.line || e.Column != tt.column {
					t.Fatalf("%s: got %v, want %s at line %d, column %d", name, err, tt.code, tt.line, tt.column)
				}
				if e.Offset > len(tt.doc) || !sentence.MatchString(e.Text) {
					t.Errorf("%s: offset %d, text %q", name, e.Offset, e.Text)
				}
			}
		})
	}
}

func TestSplitterKeepsItsError(t *testing.T) {
	s := xmlgate.NewSplitter(strings.NewReader(openV+"<v:a/><v:b>"), xmlgate.Limits{}, lieferung, lieferkopf)
	if _, out, err := s.Next([]byte("x")); err != nil || !strings.HasPrefix(string(out), "x<v:a ") {
		t.Fatalf("got %q, %v", out, err)
	}
	for range 2 {
		if _, out, err := s.Next([]byte("x")); asError(t, err).Code != xmlgate.CodeUnvollstaendig || string(out) != "x" {
			t.Errorf("got %q, %v", out, err)
		}
	}
	if head, _, _, err := s.Head(); err != nil || len(head) == 0 {
		t.Errorf("the head is gone: %v", err)
	}
}

func TestSplitterTellsTheReadersError(t *testing.T) {
	broken := errors.New("checksum")
	for _, want := range []error{broken, io.ErrUnexpectedEOF} {
		r := io.MultiReader(strings.NewReader(openV+"<v:a/></v:lieferung>"), iotest.ErrReader(want))
		_, _, err := split(r, xmlgate.Limits{})
		if _, isXML := errors.AsType[*xmlgate.Error](err); isXML || !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	if _, _, err := split(stuck{}, xmlgate.Limits{}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("got %v, want %v", err, io.ErrNoProgress)
	}
}

// stuck is a reader that never gets anywhere.
type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func TestSplitWithoutAHead(t *testing.T) {
	for doc, want := range map[string]int{"<r><a/><b/></r>": 2, "<r/>": 0, "<r></r>": 0} {
		s := xmlgate.NewSplitter(strings.NewReader(doc), xmlgate.Limits{}, xmlgate.Name{Local: "r"}, xmlgate.Name{})
		if head, _, _, err := s.Head(); head != nil || err != nil {
			t.Errorf("%s: head %q, %v", doc, head, err)
		}
		n := 0
		for {
			_, _, err := s.Next(nil)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != want {
			t.Errorf("%s: %d children", doc, n)
		}
	}
}

// Positions in a part are positions in the file again.
func TestLocate(t *testing.T) {
	head := "\ufeff<lieferung xmlns='" + nsV + "' xmlns:ü='ü'>\n <lieferkopf/> <!-- ä -->"
	docs := []string{"<größe a='1'>ü<b/>\n  <c/>\n</größe>", "<a>\n</a>", ersuchen(1)}
	file := []byte(head + strings.Join(docs, "\r\n") + "</lieferung>")
	got, parts, err := split(bytes.NewReader(file), xmlgate.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	at := len(head)
	for i, doc := range docs {
		part, standalone := parts[i+1], []byte(got[i+1])
		line, column := xmlgate.Position(file, at)
		if part.Line != line || part.Column != column {
			t.Errorf("part %d begins at %d:%d, want %d:%d", i, part.Line, part.Column, line, column)
		}
		inserted := len(standalone) - len(doc)
		name := strings.IndexAny(doc, " >")
		for off := range doc {
			in := off
			if off >= name {
				in += inserted
			}
			line, column := part.Locate(xmlgate.Position(standalone, in))
			wantLine, wantColumn := xmlgate.Position(file, at+off)
			if line != wantLine || column != wantColumn {
				t.Fatalf("part %d, offset %d: got %d:%d, want %d:%d", i, off, line, column, wantLine, wantColumn)
			}
		}
		for off := name; off < name+inserted; off++ {
			line, column := part.Locate(xmlgate.Position(standalone, off))
			if wantLine, wantColumn := xmlgate.Position(file, at+name); line != wantLine || column != wantColumn {
				t.Fatalf("part %d, inserted %d: got %d:%d, want the end of the name", i, off, line, column)
			}
		}
		at += len(doc) + 2
	}
	if line, column := (xmlgate.Part{}).Locate(3, 4); line != 3 || column != 4 {
		t.Errorf("a zero part moves to %d:%d", line, column)
	}
	if line, column := (xmlgate.Part{Line: 7, Column: 2}).Locate(0, 0); line != 7 || column != 2 {
		t.Errorf("no position becomes %d:%d", line, column)
	}
}

// Splitting a container of documents and scanning the parts gives the values of the documents.
func TestSplitKeepsValues(t *testing.T) {
	m := ersuchenMap(t)
	bare := func(n int) string { // leans on the declarations of the container
		return strings.NewReplacer(fmt.Sprintf(" xmlns:v=%q", nsV), "", fmt.Sprintf(" xmlns:x=%q", nsX), "").Replace(ersuchen(n))
	}
	var file strings.Builder
	fmt.Fprintf(&file, "<v:lieferung xmlns:v=%q xmlns:x=%q><v:lieferkopf/>", nsV, nsX)
	const messages = 3000 // about 20 MB: many windows
	for n := range messages {
		if n%2 == 0 {
			file.WriteString(ersuchen(n))
		} else {
			file.WriteString(bare(n))
		}
		file.WriteString(strings.Repeat("\n", n%3))
	}
	file.WriteString("</v:lieferung>")
	docs, _, err := split(strings.NewReader(file.String()), xmlgate.Limits{})
	if err != nil || len(docs) != messages+1 {
		t.Fatalf("%d documents, %v", len(docs), err)
	}
	for n, doc := range docs[1:] {
		if n%7 > 1 {
			continue
		}
		got, e := scan(t, doc, xmlgate.Limits{}, m)
		want, _ := scan(t, ersuchen(n), xmlgate.Limits{}, m)
		if e != nil || got.values() != want.values() || len(got.events) < 80 {
			t.Fatalf("document %d: %v, got %s\nwant %s", n, e, got.values(), want.values())
		}
	}
}
