package xmlgate_test

import (
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"damtshilfe/internal/xmlgate"
)

// gateCases are documents with the code that refuses them, "" for none, and the place of the fault. The differential test
// shows them to xmllint as well.
var gateCases = []struct {
	name, doc, code string
	line, column    int
}{
	// what is fine
	{"the smallest document is accepted", "<a/>", "", 0, 0},
	{"a byte order mark is tolerated", "\ufeff<a/>", "", 0, 0},
	{"a declaration in single quotes is accepted", "<?xml version='1.0' encoding='utf-8' standalone='yes'?>\n<a/>", "", 0, 0},
	{"blanks around the equals sign are accepted", "<?xml version = \"1.0\" ?><a b = 'c' />", "", 0, 0},
	{"comments and white space surround the root", "\n<!-- a - b -->\r\n<a></a >\n<!---->\n", "", 0, 0},
	{"the five entities and characters by number are accepted", "<a b='&lt;&#10;'>&amp;&lt;&gt;&quot;&apos;&#228;&#x00000e4;&#x10FFFF;</a>", "", 0, 0},
	{"a CDATA section may hold markup", "<a><![CDATA[<b>&nbsp;]] ]>]]></a>", "", 0, 0},
	{"xml:lang and xsi attributes are accepted", "<a xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xml:lang='de' xsi:nil='true' xsi:schemaLocation='u v'/>", "", 0, 0},
	{"the same local name with another prefix is another attribute", "<a xmlns:p='u' xmlns:q='v' x='1' p:x='2' q:x='3'/>", "", 0, 0},
	{"a default namespace may be taken back", "<a xmlns='u'><b xmlns=''/></a>", "", 0, 0},
	{"a prefix may be declared again further in", "<p:a xmlns:p='u'><p:b xmlns:p='v'><p:c/></p:b></p:a>", "", 0, 0},
	{"a prefix may be used before its declaration in the tag", "<p:a p:b='1' xmlns:p='u'/>", "", 0, 0},
	{"a greater sign and brackets may stand in text", "<a>] ]] > ]>]</a>", "", 0, 0},
	{"a name may have umlauts", "<straße größe='1'></straße>", "", 0, 0},
	{"the prefix xml may be declared as what it is", "<a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>", "", 0, 0},
	{"other names that begin with xml are accepted", "<xmlfoo xmlnsbar='1'/>", "", 0, 0},
	{"quotes of the other kind may stand in a value", `<a b="it's" c='"'/>`, "", 0, 0},
	{"the delete character is allowed", "<a>\u007f</a>", "", 0, 0},

	// empty, cut, too large
	{"no bytes at all", "", "XML-LEER", 1, 1},
	{"only white space", " \r\n\t", "XML-LEER", 1, 1},
	{"only a byte order mark", "\ufeff", "XML-LEER", 1, 1},
	{"only a declaration", "<?xml version=\"1.0\"?>\n", "XML-UNVOLLSTAENDIG", 2, 1},
	{"the end tag is missing", "<a>\n<b></b>", "XML-UNVOLLSTAENDIG", 2, 8},
	{"the file ends inside a start tag", "<a b='1'", "XML-UNVOLLSTAENDIG", 1, 9},
	{"the file ends inside a CDATA section", "<a><![CDATA[ ]]", "XML-UNVOLLSTAENDIG", 1, 16},
	{"the file ends inside a comment behind the root", "<a/><!-- ", "XML-UNVOLLSTAENDIG", 1, 10},
	{"the file ends inside a character", "<a>\xc3", "XML-UNVOLLSTAENDIG", 1, 5},
	{"a document of more bytes than allowed", "<a>" + strings.Repeat("x", 1000) + "</a>", "XML-ZU-GROSS", 1, 1},

	// encoding
	{"ISO-8859-1 declared", "<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "XML-ENCODING", 1, 1},
	{"UTF-16 declared on UTF-8 bytes", "<?xml version='1.0' encoding='UTF-16'?><a/>", "XML-ENCODING", 1, 1},
	{"UTF-16 with its mark", "\xff\xfe<\x00a\x00/\x00>\x00", "XML-ENCODING", 1, 1},
	{"UTF-16 without a mark", "<\x00a\x00/\x00>\x00", "XML-ENCODING", 1, 1},
	{"a Latin-1 umlaut in text", "<a>\nM\xfcller</a>", "XML-ENCODING", 2, 2},
	{"a Latin-1 umlaut in an attribute", "<a b='\xfc'/>", "XML-ENCODING", 1, 7},
	{"a Latin-1 umlaut in a comment", "<a><!-- \xfc --></a>", "XML-ENCODING", 1, 9},
	{"a Latin-1 umlaut in a CDATA section", "<a><![CDATA[\xfc]]></a>", "XML-ENCODING", 1, 13},
	{"a Latin-1 umlaut in a name", "<m\xfcll/>", "XML-ENCODING", 1, 3},
	{"an overlong form", "<a>\xc0\xaf</a>", "XML-ENCODING", 1, 4},
	{"half of a surrogate pair", "<a>\xed\xa0\x80</a>", "XML-ENCODING", 1, 4},
	{"a character beyond Unicode", "<a>\xf4\x90\x80\x80</a>", "XML-ENCODING", 1, 4},

	// declaration
	{"the declaration without a version", "<?xml encoding='UTF-8'?><a/>", "XML-SYNTAX", 1, 1},
	{"the declaration with nothing in it", "<?xml ?><a/>", "XML-SYNTAX", 1, 1},
	{"version 1.1", "<?xml version='1.1'?><a/>", "XML-SYNTAX", 1, 1},
	{"the declaration in the wrong order", "<?xml version='1.0' standalone='no' encoding='UTF-8'?><a/>", "XML-SYNTAX", 1, 1},
	{"no blank between the parts of the declaration", "<?xml version='1.0'encoding='UTF-8'?><a/>", "XML-SYNTAX", 1, 1},
	{"standalone maybe", "<?xml version='1.0' standalone='maybe'?><a/>", "XML-SYNTAX", 1, 1},
	{"a declaration that does not end", "<?xml version='1.0'" + strings.Repeat(" ", 300) + "?><a/>", "XML-SYNTAX", 1, 1},
	{"a blank before the declaration", " <?xml version='1.0'?><a/>", "XML-PI", 1, 2},

	// document types and instructions
	{"a document type", "<!DOCTYPE a><a/>", "XML-DOCTYPE", 1, 1},
	{"a document type behind a comment", "<!-- x -->\n<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "XML-DOCTYPE", 2, 1},
	{"a document type inside an element", "<a><!DOCTYPE b></a>", "XML-DOCTYPE", 1, 4},
	{"a document type behind the root", "<a/><!DOCTYPE a>", "XML-DOCTYPE", 1, 5},
	{"a document type in lower case", "<!doctype html><html/>", "XML-DOCTYPE", 1, 1},
	{"an entity declaration outside of a document type", "<!ENTITY a 'b'><a/>", "XML-DOCTYPE", 1, 1},
	{"billion laughs", "<?xml version='1.0'?><!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><l>&b;</l>", "XML-DOCTYPE", 1, 22},
	{"a style sheet instruction", "<?xml-stylesheet href='x'?><a/>", "XML-PI", 1, 1},
	{"an instruction inside an element", "<a><b/><?php x ?></a>", "XML-PI", 1, 8},
	{"an instruction behind the root", "<a/>\n<?x?>", "XML-PI", 2, 1},
	{"a second declaration", "<?xml version='1.0'?><?xml version='1.0'?><a/>", "XML-PI", 1, 22},

	// roots
	{"text before the root", "x<a/>", "XML-SYNTAX", 1, 1},
	{"a file that is no XML", "Name;Vorname\nM;J\n", "XML-SYNTAX", 1, 1},
	{"an end tag before the root", "</a>", "XML-SYNTAX", 1, 1},
	{"a second root", "<a/>\n<b/>", "XML-WURZEL", 2, 1},
	{"text behind the root", "<a/> x", "XML-WURZEL", 1, 6},
	{"an end tag too many", "<a></a></a>", "XML-WURZEL", 1, 8},
	{"a CDATA section before the root", "<![CDATA[x]]><a/>", "XML-SYNTAX", 1, 1},
	{"a CDATA section behind the root", "<a/><![CDATA[x]]>", "XML-SYNTAX", 1, 5},
	{"a character by number behind the root", "<a/>&#32;", "XML-WURZEL", 1, 5},
	{"a second byte order mark", "\ufeff\ufeff<a/>", "XML-SYNTAX", 1, 1},

	// tags
	{"the wrong end tag", "<a>\n  <b></c></a>", "XML-SYNTAX", 2, 6},
	{"an end tag that is a beginning of the name", "<ab></a></ab>", "XML-SYNTAX", 1, 5},
	{"an end tag that goes on behind the name", "<a></ab>", "XML-SYNTAX", 1, 4},
	{"an end tag with an attribute", "<a></a b='1'>", "XML-SYNTAX", 1, 8},
	{"elements that overlap", "<a><b></a></b>", "XML-SYNTAX", 1, 7},
	{"a lesser sign in text", "<a>1 < 2</a>", "XML-SYNTAX", 1, 6},
	{"a lesser sign before a digit", "<a><1/></a>", "XML-SYNTAX", 1, 4},
	{"a blank before the name", "< a/>", "XML-SYNTAX", 1, 1},
	{"an attribute without a value", "<a b/>", "XML-SYNTAX", 1, 5},
	{"an attribute without quotes", "<a b=1/>", "XML-SYNTAX", 1, 6},
	{"no blank between attributes", "<a b='1'c='2'/>", "XML-SYNTAX", 1, 9},
	{"an attribute that begins with a digit", "<a 1b='1'/>", "XML-SYNTAX", 1, 4},
	{"a lesser sign in an attribute", "<a b='<'/>", "XML-SYNTAX", 1, 7},
	{"a slash before the bracket that is none", "<a / >", "XML-SYNTAX", 1, 5},
	{"an end of a section in text", "<a>x]]>y</a>", "XML-SYNTAX", 1, 5},
	{"two hyphens in a comment", "<a><!-- a -- b --></a>", "XML-SYNTAX", 1, 11},
	{"three hyphens at the end of a comment", "<a><!-- a ---></a>", "XML-SYNTAX", 1, 11},
	{"markup that is neither comment nor section", "<a><!x></a>", "XML-SYNTAX", 1, 4},
	{"a multiplication sign in a name", "<a×/>", "XML-SYNTAX", 1, 3},

	// references and characters
	{"an unknown entity", "<a>&nbsp;</a>", "XML-ENTITAET", 1, 4},
	{"an ampersand alone", "<a>M & S</a>", "XML-ENTITAET", 1, 6},
	{"an entity without its semicolon", "<a>&amp </a>", "XML-ENTITAET", 1, 4},
	{"an unknown entity in an attribute", "<a b='&x;'/>", "XML-ENTITAET", 1, 7},
	{"a character number without digits", "<a>&#;</a>", "XML-ENTITAET", 1, 4},
	{"a hexadecimal number with a capital X", "<a>&#X41;</a>", "XML-ENTITAET", 1, 4},
	{"the number of the null character", "<a>&#0;</a>", "XML-ZEICHEN", 1, 4},
	{"the number of a control character", "<a>&#x1f;</a>", "XML-ZEICHEN", 1, 4},
	{"the number of a surrogate", "<a>&#xD800;</a>", "XML-ZEICHEN", 1, 4},
	{"a number beyond Unicode", "<a>&#x110000;</a>", "XML-ZEICHEN", 1, 4},
	{"a number that would overflow", "<a>&#99999999999999999999999999;</a>", "XML-ZEICHEN", 1, 4},
	{"a null character in text", "<a>ab\x00</a>", "XML-ZEICHEN", 1, 6},
	{"a control character in text", "<a>\x1b</a>", "XML-ZEICHEN", 1, 4},
	{"a control character in an attribute", "<a b='\x01'/>", "XML-ZEICHEN", 1, 7},
	{"a control character in a comment", "<!-- \x01 --><a/>", "XML-ZEICHEN", 1, 6},
	{"a control character in a CDATA section", "<a><![CDATA[\x08]]></a>", "XML-ZEICHEN", 1, 13},
	{"a control character inside a tag", "<a \x01/>", "XML-ZEICHEN", 1, 4},
	{"the non-character U+FFFE", "<a>\ufffe</a>", "XML-ZEICHEN", 1, 4},

	// limits
	{"more levels than allowed", strings.Repeat("<a>", 9) + strings.Repeat("</a>", 9), "XML-TIEFE", 1, 25},
	{"more attributes than allowed", "<a a1='' a2='' a3='' a4='' a5='' a6=''/>", "XML-ATTRIBUTE", 1, 34},
	{"declarations count as attributes", "<a xmlns='u' xmlns:a='u' xmlns:b='u' xmlns:c='u' xmlns:d='u' a6=''/>", "XML-ATTRIBUTE", 1, 62},

	// namespaces
	{"an undeclared prefix of an element", "<a>\n <p:b/></a>", "XML-NAMENSRAUM", 2, 2},
	{"an undeclared prefix of an attribute", "<a p:b='1'/>", "XML-NAMENSRAUM", 1, 4},
	{"a prefix whose declaration has ended", "<a><p:b xmlns:p='u'/><p:b/></a>", "XML-NAMENSRAUM", 1, 22},
	{"a prefix whose declaration has ended with an end tag", "<a><b xmlns:p='u'><p:c/></b><p:c/></a>", "XML-NAMENSRAUM", 1, 29},
	{"a prefix that is empty", "<:a/>", "XML-NAMENSRAUM", 1, 1},
	{"a local name that is empty", "<a: xmlns:a='u'/>", "XML-NAMENSRAUM", 1, 1},
	{"a name with two colons", "<a:b:c xmlns:a='u'/>", "XML-NAMENSRAUM", 1, 1},
	{"a local name that begins with a digit", "<a:1 xmlns:a='u'/>", "XML-NAMENSRAUM", 1, 1},
	{"an attribute with two colons", "<a xmlns:a='u' a:b:c='1'/>", "XML-NAMENSRAUM", 1, 16},
	{"a prefix bound to nothing", "<a xmlns:p=''/>", "XML-NAMENSRAUM", 1, 4},
	{"a declaration without a prefix behind its colon", "<a xmlns:='u'/>", "XML-NAMENSRAUM", 1, 4},
	{"the prefix xmlns declared", "<a xmlns:xmlns='u'/>", "XML-NAMENSRAUM", 1, 4},
	{"the prefix xml bound to something else", "<a xmlns:xml='u'/>", "XML-NAMENSRAUM", 1, 4},
	{"another prefix bound to the namespace of xml", "<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>", "XML-NAMENSRAUM", 1, 4},
	{"the namespace of xml as the default", "<a xmlns='http://www.w3.org/XML/1998/namespace'/>", "XML-NAMENSRAUM", 1, 4},
	{"the namespace of xmlns as the default", "<a xmlns='http://www.w3.org/2000/xmlns/'/>", "XML-NAMENSRAUM", 1, 4},
	{"an element with the prefix xmlns", "<xmlns:a/>", "XML-NAMENSRAUM", 1, 1},

	// twice
	{"an attribute given twice", "<a b='1' c='2'\nb='3'/>", "XML-DOPPELT", 2, 1},
	{"an attribute given twice under two prefixes", "<a xmlns:p='u' xmlns:q='u' p:x='1' q:x='2'/>", "XML-DOPPELT", 1, 36},
	{"prefixes that differ only in how their namespace is written", "<a xmlns:p='u&amp;' xmlns:q='u&#38;' p:x='1' q:x='2'/>", "XML-DOPPELT", 1, 46},
	{"a namespace declared twice", "<p:a xmlns:p='u' xmlns:p='u'/>", "XML-DOPPELT", 1, 18},
	{"a default namespace declared twice", "<a xmlns='u' xmlns='v'/>", "XML-DOPPELT", 1, 14},
}

// gateLimits are small, so that the table can reach them.
var gateLimits = xmlgate.Limits{MaxBytes: 1000, MaxDepth: 8, MaxAttrs: 5}

func TestGate(t *testing.T) {
	for _, tt := range gateCases {
		t.Run(tt.name, func(t *testing.T) {
			_, e := scan(t, tt.doc, gateLimits, nil)
			if tt.code == "" {
				if e != nil {
					t.Fatalf("got %v, want no error", e)
				}
				return
			}
			if e == nil {
				t.Fatalf("accepted, want %s", tt.code)
			}
			if e.Code != tt.code || e.Line != tt.line || e.Column != tt.column {
				t.Errorf("got %v, want %s at line %d, column %d", e, tt.code, tt.line, tt.column)
			}
			if e.Offset < 0 || e.Offset > len(tt.doc) {
				t.Errorf("offset %d lies outside of the document", e.Offset)
			}
		})
	}
}

// A sentence begins with a capital, names what to do behind a semicolon, and ends with a full stop.
var sentence = regexp.MustCompile(`^[A-ZÄÖÜ][^\n]*; bitte [^\n]*\.$`)

func TestTextsAreSentences(t *testing.T) {
	for _, tt := range gateCases {
		if _, e := scan(t, tt.doc, gateLimits, nil); e != nil && (!sentence.MatchString(e.Text) || !utf8.ValidString(e.Text)) {
			t.Errorf("%s: %q is not the sentence we want", tt.name, e.Text)
		}
	}
}

func TestTextsQuoteNothing(t *testing.T) {
	for _, doc := range []string{
		"<a><Geheim></a>", "<a Geheim Geheim='1'/>", "<a>&Geheim;</a>", "<Geheim:a/>", "<a Geheim='1' Geheim='2'/>", "<a/>Geheim",
		"<a xmlns:Geheim=''/>", "<a></Geheim>", "<?Geheim?><a/>", "<!Geheim><a/>",
	} {
		_, e := scan(t, doc, xmlgate.Limits{}, nil)
		if e == nil {
			t.Fatalf("%s was accepted", doc)
		}
		if strings.Contains(e.Text, "Geheim") || strings.Contains(e.Error(), "Geheim") {
			t.Errorf("the error of %s quotes the document: %v, %s", doc, e, e.Text)
		}
	}
}

// What is cut off anywhere is told as cut off: the splitter relies on it, and the sender should hear the truth.
func TestEveryBeginningIsIncomplete(t *testing.T) {
	for _, doc := range append([]string{ersuchen(1)}, acceptedDocs()...) {
		for n := range len(doc) {
			_, e := scan(t, doc[:n], xmlgate.Limits{}, nil)
			switch {
			case e == nil && strings.TrimRight(doc[n:], " \r\n") != "" && !strings.HasPrefix(strings.TrimSpace(doc[n:]), "<!--"):
				t.Fatalf("%q is accepted", doc[:n])
			case e == nil, e.Code == xmlgate.CodeLeer && strings.Trim(doc[:n], "\ufeff \r\n") == "":
			case n < 3 && strings.HasPrefix(doc, "\ufeff"): // half a byte order mark
			case e.Code != xmlgate.CodeUnvollstaendig:
				t.Fatalf("%q: got %v, want %s", doc[:n], e, xmlgate.CodeUnvollstaendig)
			case !errors.Is(e, io.ErrUnexpectedEOF):
				t.Fatalf("%v is no io.ErrUnexpectedEOF", e)
			}
		}
	}
}

func acceptedDocs() (docs []string) {
	for _, tt := range gateCases {
		if tt.code == "" {
			docs = append(docs, tt.doc)
		}
	}
	return docs
}

func TestDeclarationsInForceAreBounded(t *testing.T) {
	var b strings.Builder
	for i := range 60 {
		b.WriteString("<a")
		for j := range 5 {
			b.WriteString(" xmlns:p" + string(rune('a'+i%26)) + string(rune('a'+j)) + "='u'")
		}
		b.WriteString(">")
	}
	if _, e := scan(t, b.String(), xmlgate.Limits{}, nil); e == nil || e.Code != xmlgate.CodeAttribute {
		t.Errorf("got %v, want %s", e, xmlgate.CodeAttribute)
	}
}

func TestScannerIsReusable(t *testing.T) {
	s := xmlgate.NewScanner(xmlgate.Limits{})
	m := mustMap(t, xmlgate.Name{Space: "u", Local: "a"}, xmlgate.Field{Path: []xmlgate.Step{{Name: xmlgate.Name{Local: "b"}}}, ID: 1})
	for i, doc := range []string{"<p:a xmlns:p='u'><b>1</b></p:a>", "<p:a xmlns:p='u'><b>", "<p:a/>", "<p:a xmlns:p='v'><b>1</b></p:a>", "<p:a xmlns:p='u'><b>1</b></p:a>"} {
		var r recorder
		root, err := s.Scan([]byte(doc), func(n xmlgate.Name) *xmlgate.Map { return m }, &r)
		want := []string{"1=1 u", " u", " ", " v", "1=1 u"}[i]
		if got := r.values() + " " + root.Space; got != want {
			t.Errorf("document %d: got %q, want %q (%v)", i+1, got, want, err)
		}
	}
}
