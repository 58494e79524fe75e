package xmlgate_test

import (
	"fmt"
	"strings"
	"testing"

	"damtshilfe/internal/xmlgate"
)

// notes is a Judge that writes down what it is told and objects to elements called "no" and to ends of those called "end".
type notes struct {
	names []string
	open  []string
	b     strings.Builder
}

func (n *notes) Symbol(space string, local []byte) int32 {
	n.names = append(n.names, space+":"+string(local))
	return int32(len(n.names) - 1)
}

func (n *notes) Start(sym int32, t xmlgate.Tag) bool {
	name := n.names[sym]
	n.open = append(n.open, name)
	fmt.Fprintf(&n.b, "<%s", name)
	for i := range t.Attributes() {
		space, local, value, declares := t.Attribute(i)
		fmt.Fprintf(&n.b, " %s:%s=%s", space, local, value)
		if declares {
			n.b.WriteString("!")
		}
	}
	n.b.WriteString(mark(t.Root(), "R") + mark(t.Blank(), "_"))
	return !strings.HasSuffix(name, ":no")
}

func (n *notes) End(t xmlgate.Tag) bool {
	name := n.open[len(n.open)-1]
	n.open = n.open[:len(n.open)-1]
	fmt.Fprintf(&n.b, ">%q%s%s", t.Text(), mark(t.Blank(), "_"), mark(t.Bare(), "0"))
	return !strings.HasSuffix(name, ":end")
}

func mark(yes bool, s string) string {
	if yes {
		return s
	}
	return ""
}

func TestJudge(t *testing.T) {
	for _, tt := range []struct {
		name, doc, want string
		accepted        bool
	}{
		{"an empty element", `<a/>`, `<:aR_>""_0`, true},
		{"names and attributes are expanded", `<p:a xmlns:p="u" b=" x&amp;&#10;"><c xmlns="v" p:d="1"/></p:a>`, "<u:a :p=u! :b= x&\nR_<v:c :=v! u:d=1_>\"\"_0>\"\"_", true},
		{"white space and comments are blank", "<a>\r\n <!-- x --> <b/> </a>", "<:aR_<:b_>\"\"_0>\"\\n   \"_", true},
		{"text before a tag is not", "<a>x<b/> </a>", `<:aR_<:b>""_0>"x "_`, true},
		{"text behind a tag is not", "<a><b/>x</a>", `<:aR_<:b_>""_0>"x"`, true},
		{"a reference to white space counts as text", "<a>&#32;<b/></a>", `<:aR_<:b>""_0>" "_`, true},
		{"and so does a CDATA section", "<a><b/><![CDATA[]]></a>", `<:aR_<:b_>""_0>""`, true},
		{"and a letter beyond ASCII", "<a>ä<b/></a>", `<:aR_<:b>""_0>"ä"_`, true},
		{"a comment is not bare", "<a><!-- --></a>", `<:aR_>""_`, true},
		{"after an objection it hears nothing", "<a><no/><b/></a>", `<:aR_<:no_`, false},
		{"also at an end", "<a><end>x</end><b/></a>", `<:aR_<:end_>"x"`, false},
		{"a fault of the gate ends all", "<a><b/>", `<:aR_<:b_>""_0`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := &notes{}
			s := xmlgate.NewScanner(xmlgate.Limits{})
			s.Judge = func(xmlgate.Name) xmlgate.Judge { return n }
			s.Scan([]byte(tt.doc), nil, nil)
			if got := n.b.String(); got != tt.want || s.Accepted() != tt.accepted {
				t.Errorf("got %s accepted %v, want %s %v", got, s.Accepted(), tt.want, tt.accepted)
			}
		})
	}
}

func TestWithoutJudgeNothingIsAccepted(t *testing.T) {
	s := xmlgate.NewScanner(xmlgate.Limits{})
	if _, err := s.Scan([]byte("<a/>"), nil, nil); err != nil || s.Accepted() {
		t.Errorf("accepted %v, %v", s.Accepted(), err)
	}
	s.Judge = func(xmlgate.Name) xmlgate.Judge { return nil }
	if s.Scan([]byte("<a/>"), nil, nil); s.Accepted() {
		t.Error("accepted with a nil judge")
	}
}

// A name means another thing where another declaration is in force, and the judge is asked again.
func TestSymbolsFollowDeclarations(t *testing.T) {
	n := &notes{}
	s := xmlgate.NewScanner(xmlgate.Limits{})
	s.Judge = func(xmlgate.Name) xmlgate.Judge { return n }
	s.Scan([]byte(`<p:a xmlns:p="1"><p:b/><p:c xmlns:p="2"><p:b/></p:c><p:b/></p:a>`), nil, nil)
	for _, want := range []string{"<1:b_", "<2:b_"} {
		if !strings.Contains(n.b.String(), want) {
			t.Errorf("no %s in %s", want, n.b.String())
		}
	}
}
