package schema_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/beevik/etree"
)

// published is what the 001 of xAmtshilfe 1.1.0 is made of, as it was published: two elements, no attributes, no nachrichtenkopf.
const published = `<xs:element name="vollstreckungshilfe.ZustaendigkeitAnfrage.001"><xs:complexType><xs:sequence>
<xs:element name="einnahmeart" type="x:Code.Einnahmeart"/><xs:element name="anschrift" type="x:Postanschrift"/>
</xs:sequence></xs:complexType></xs:element>`

// Instances of every XFinanz type that we wrote down, and of the 001 of xAmtshilfe, generated and mutated, are judged alike by our
// schemas and by the originals. Of XFinanz 3.2.0, which xAmtshilfe uses, 3.1.0 under its namespace stands in.
func TestTypesAreJudgedAlike(t *testing.T) {
	lint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Fatal("no xmllint; apt-get install libxml2-utils")
	}
	dir := filepath.Join(originals(t), "xfinanz-3.1.0")
	for _, tt := range []struct{ pack, messages, types string }{
		{profil, "urn:damtshilfe:vollstreckungshilfe:1", "xFinanz310"},
		{"xamtshilfe-1.1.0", "xAmtshilfe110", "xFinanz320"},
	} {
		t.Run(tt.pack, func(t *testing.T) {
			work, packDir := t.TempDir(), filepath.Dir(entry(t, tt.pack))
			renamed(t, dir, work, "xFinanz310", tt.types)
			gen := newGenerator(t, 5, packDir)
			ours := probe(t, gen, work, tt.messages, tt.types, filepath.Join(packDir, "xfinanz-typen.xsd"), "")
			theirs := probe(t, gen, work, tt.messages, tt.types, filepath.Join(work, "xfinanz-baukasten.xsd"), published)
			if tt.messages == "xAmtshilfe110" { // with our own declaration of the 001
				ours = widened(t, work, ours, packDir)
			}
			docs := probes(t, gen, theirs, 1200)
			writeAll(t, work, docs)
			byOurs, byTheirs := xmllint(t, lint, ours, work, len(docs)), xmllint(t, lint, theirs, work, len(docs))
			valid := 0
			for i := range docs {
				if byOurs[i] != byTheirs[i] && (tt.pack != profil || !strings.Contains(docs[i], "ZustaendigkeitAnfrage")) {
					t.Fatalf("valid against ours %v, against the original %v\n%s", byOurs[i], byTheirs[i], docs[i])
				}
				if byTheirs[i] {
					valid++
				}
			}
			t.Logf("%d documents, %d valid", len(docs), valid)
			if valid < len(docs)/5 || valid > len(docs)*9/10 {
				t.Error("the mutations prove little")
			}
		})
	}
}

// renamed copies schemas, with another namespace.
func renamed(t *testing.T, from, to, old, space string) {
	t.Helper()
	for _, name := range []string{"xfinanz-baukasten.xsd", "xfinanz-basisdatentypen.xsd", "latinchars.xsd", "xoev-code.xsd"} {
		text, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, name), []byte(strings.ReplaceAll(string(text), old, space)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// probe writes a schema with an element of every complex type that gen knows in the namespace of types, imported from file.
func probe(t *testing.T, gen *generator, dir, messages, types, file, more string) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:x=%q targetNamespace=%q elementFormDefault="qualified">
<xs:import namespace=%q schemaLocation=%q/>`, types, messages, types, file)
	for key, e := range gen.globals {
		if name, ok := strings.CutPrefix(key, "type x:"); ok && e.Tag == "complexType" {
			fmt.Fprintf(&b, "\n<xs:element name=%q type=%q/>", name, "x:"+name)
		}
	}
	b.WriteString(more + "</xs:schema>")
	f, err := os.CreateTemp(dir, "probe*.xsd")
	if err == nil {
		_, err = f.WriteString(b.String())
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

// widened adds to a probe the messages that our pack declares in the same namespace.
func widened(t *testing.T, dir, probe, packDir string) string {
	t.Helper()
	text, err := os.ReadFile(probe)
	if err != nil {
		t.Fatal(err)
	}
	include := fmt.Sprintf(`<xs:include schemaLocation=%q/><xs:import`, filepath.Join(packDir, "vollstreckungshilfe.xsd"))
	file := filepath.Join(dir, "widened.xsd")
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), "<xs:import", include, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// probes are n instances of the elements of a probe, one in three as it was made.
func probes(t *testing.T, gen *generator, schema string, n int) (docs []string) {
	t.Helper()
	d := etree.NewDocument()
	if err := d.ReadFromFile(schema); err != nil {
		t.Fatal(err)
	}
	roots := d.Root().SelectElements("element")
	m := &mutants{t: t, rnd: rand.New(rand.NewPCG(5, 5)), gen: gen}
	for i := range n {
		root := roots[i%len(roots)]
		doc := gen.instance(root.SelectAttrValue("name", ""), root)
		switch i / len(roots) % 3 {
		case 1:
			doc = mutate(t, m.rnd, doc)
		case 2:
			doc = m.alter(doc)
		}
		docs = append(docs, doc)
	}
	return docs
}
