package schema_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"damtshilfe/internal/schema"
	"damtshilfe/internal/xmlgate"
)

const auftragNS = "urn:beispiel:vollstreckungsauftrag:2"

// steps reads a path of elements in the test pack's namespace; "@x" is an attribute, "x:y" an element of namespace x.
func steps(path string) (list []xmlgate.Step) {
	for part := range strings.SplitSeq(path, "/") {
		name, attr := strings.CutPrefix(part, "@")
		s := xmlgate.Step{Name: xmlgate.Name{Space: auftragNS, Local: name}, Attr: attr}
		if space, local, ok := strings.Cut(name, ":"); ok {
			s.Name = xmlgate.Name{Space: space, Local: local}
		} else if attr {
			s.Name.Space = ""
		}
		list = append(list, s)
	}
	return list
}

func TestOutline(t *testing.T) {
	o, err := schema.NewOutline(schema.Set{Name: "test", Files: os.DirFS("../../testdata/packs/vollstreckungsauftrag-2.0"), Entry: "auftrag.xsd"})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, path string
		list       bool
		want       string // of the error, "" = the path is there
	}{
		{"an attribute of the root", "@nummer", false, ""},
		{"a child in xs:all, its type in an included file without a namespace", "kopf/von/id", false, ""},
		{"a member of a substitution group", "pflichtiger/@rolle", false, ""},
		{"the head of the group itself", "beteiligter", true, ""},
		{"through a group reference and a choice", "pflichtiger/mensch/adresse/stadt", false, ""},
		{"an attribute of a simple content", "posten/betrag/@waehrung", false, ""},
		{"the text of a simple content", "posten/betrag", false, ""},
		{"a union type has text", "bescheid/vom", false, ""},
		{"the wildcard allows other namespaces", "urn:x:fremd/urn:x:mehr", false, ""},
		{"the wildcard does not allow its own namespace", "ablage", false, "has no child {urn:beispiel:vollstreckungsauftrag:2}ablage"},
		{"a misspelt child", "kopf/von/kennung", false, "element von has no child"},
		{"a misspelt attribute", "posten/@titel", false, "element posten has no attribute titel"},
		{"an attribute where an element is", "posten/@beleg", false, "has no attribute beleg"},
		{"a value at an element that only has children", "kopf", false, "element kopf has no text of its own"},
		{"a list there is fine", "kopf", true, ""},
		{"below an element with text there is nothing", "posten/beleg/tiefer", false, "element beleg has no child"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := o.Check(xmlgate.Name{Space: auftragNS, Local: "Auftrag"}, steps(tt.path), tt.list)
			if tt.want == "" && err != nil || tt.want != "" && (!errors.Is(err, schema.ErrPath) || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("Check(%s) = %v, want %q", tt.path, err, tt.want)
			}
		})
	}
	if err := o.Check(xmlgate.Name{Space: auftragNS, Local: "auftrag"}, nil, true); !errors.Is(err, schema.ErrPath) {
		t.Errorf("an unknown root: %v", err)
	}
}
