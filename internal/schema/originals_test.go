package schema_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"

	"damtshilfe/internal/schema"
)

// originals is the folder with the published schemas. They may not be part of the project, so they are not always there.
func originals(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("DAMT_ORIGINALS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	dir, err := filepath.Abs(filepath.Join(dir, "schemas"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "xfinanz-3.1.0")); errors.Is(err, fs.ErrNotExist) {
		if os.Getenv("CI") == "true" {
			t.Fatalf("no originals in %s; set DAMT_ORIGINALS", dir)
		}
		t.Skipf("no originals in %s; set DAMT_ORIGINALS to compare with them", dir)
	}
	return dir
}

// Documents hand-made beside testdata, one damage each; the seeded mutations come on top.
var damages = [][2]string{
	{"<v:funktion>Kassenleitung</v:funktion>", ""},
	{`titel="T2"`, `titel="T3"`},
	{`id="T2"`, `id="T1"`},
	{"<x:brutto>412.50", "<x:brutto>412.505"},
	{"<x:anrede>Frau</x:anrede>", "<x:anrede/>"},
	{"<x:waehrung listVersionID=\"2008\">", "<x:waehrung>"},
	{"<x:waehrung listVersionID=\"2008\">", "<x:waehrung listVersionID=\"2008\" listURI=\" ISO-4217 ALPHA-3 \">"},
	{"<x:waehrung listVersionID=\"2008\">", "<x:waehrung listVersionID=\"2008\" listURI=\"urn:x\">"},
	{"<x:haushaltsjahr>2026", "<x:haushaltsjahr>26"},
	{"<x:hausnummer>12</x:hausnummer><x:hausnummernzusatz>a</x:hausnummernzusatz>", "<x:hausnummernzusatz>a</x:hausnummernzusatz><x:hausnummer>12</x:hausnummer>"},
	{"<x:typ><code>001</code></x:typ>", "<x:typ><code>007</code></x:typ>"},
	{"<x:typ><code>001</code></x:typ>", "<x:typ><x:code>001</x:code></x:typ>"},
	{"<x:typ><code>001</code></x:typ>", "<x:typ><code> 001 </code><name>x</name></x:typ>"},
	{"<x:typ><code>001</code></x:typ>", `<x:typ listURI="urn:de:xfinanz:codelisten:anschrifttyp" listVersionID="1.0"><code>002</code></x:typ>`},
	{"<x:typ><code>001</code></x:typ>", `<x:typ/><x:staat><x:staat listURI="urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:staat" listVersionID="1"><code>000</code></x:staat></x:staat>`},
	{"<x:postanschrift>", "<x:anschriftPostfach><x:postfach>1</x:postfach></x:anschriftPostfach><x:postanschrift>"},
	{"<v:anhang>", "<v:anhang><!-- c --><?pi x?>"},
	{"true</v:vollstreckungsvoraussetzungenBescheinigt>", "1</v:vollstreckungsvoraussetzungenBescheinigt>"},
	{"JVBERi0xLjQKJcOkw7zDtsOfCg==", "JVBERi0xLjQKJcOkw7zDtsOfCg="},
}

// What is valid against our schemas is valid against the originals and the other way round; and our binding agrees with xmllint,
// which builds a tree where we stream.
func TestOriginals(t *testing.T) {
	lint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Fatal("no xmllint; apt-get install libxml2-utils")
	}
	dir := originals(t)
	var docs []string
	for _, name := range []string{"003", "004", "008"} {
		docs = append(docs, message(t, name))
	}
	for _, d := range damages {
		docs = append(docs, with(t, docs[0], d[0], d[1]))
	}
	byHand := len(docs)
	rnd := rand.New(rand.NewPCG(1, 1))
	for len(docs) < byHand+2000 {
		docs = append(docs, mutate(t, rnd, docs[rnd.IntN(3)]))
	}
	for m := newMutants(t, 11); len(docs) < byHand+3000; {
		docs = append(docs, m.next())
	}
	work := t.TempDir()
	writeAll(t, work, docs)
	ours, theirs := entry(t, profil), filepath.Join(work, "original.xsd")
	text, err := os.ReadFile(ours)
	if err != nil {
		t.Fatal(err)
	}
	original := with(t, string(text), `"xfinanz-typen.xsd"`, `"`+filepath.Join(dir, "xfinanz-3.1.0", "xfinanz-baukasten.xsd")+`"`)
	if err := os.WriteFile(theirs, []byte(original), 0o600); err != nil {
		t.Fatal(err)
	}
	byOurs, byTheirs := xmllint(t, lint, ours, work, len(docs)), xmllint(t, lint, theirs, work, len(docs))
	valid := 0
	for i, got := range judge(t, open(t, schema.Options{}), docs...) {
		if byOurs[i] != byTheirs[i] {
			t.Errorf("document %d: valid against ours %v, against the original %v\n%s", i, byOurs[i], byTheirs[i], docs[i])
		}
		if i < byHand+2000 && byOurs[i] != (got == nil) { // beyond are tricks that only one of them takes, like a namespace that is no URI
			t.Errorf("document %d: xmllint says valid %v, we say %+v\n%s", i, byOurs[i], got, docs[i])
		}
		if byOurs[i] {
			valid++
		}
		if t.Failed() {
			break
		}
	}
	if valid < len(docs)/10 || valid > len(docs)*9/10 {
		t.Errorf("%d of %d documents are valid: the mutations prove little", valid, len(docs))
	}
	t.Logf("%d documents, %d valid", len(docs), valid)
}

// entry is the file of a built-in pack that declares its messages.
func entry(t testing.TB, pack string) string {
	t.Helper()
	file, err := filepath.Abs(filepath.Join("..", "..", "mapping", "packs", pack, "vollstreckungshilfe.xsd"))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// writeAll writes documents as xmllint reads them.
func writeAll(t testing.TB, dir string, docs []string) {
	t.Helper()
	for i, d := range docs {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.xml", i)), []byte(d), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// xmllint judges the n documents in dir with one call; what is not well-formed is not valid.
func xmllint(t *testing.T, lint, xsd, dir string, n int) []bool {
	t.Helper()
	args := []string{"--noout", "--nonet", "--schema", xsd}
	for i := range n {
		args = append(args, fmt.Sprintf("%04d.xml", i))
	}
	cmd := exec.Command(lint, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	valid := make([]bool, n)
	said := map[string]bool{}
	for line := range bytes.Lines(out) {
		var i int
		name, word, _ := strings.Cut(strings.TrimSpace(string(line)), " ")
		file, _, ill := strings.Cut(name, ".xml:")
		ill = ill && strings.Contains(word, "error :") && (strings.Contains(word, "parser") || strings.HasPrefix(word, "namespace"))
		if word != "validates" && word != "fails to validate" && !ill {
			continue
		}
		if _, err := fmt.Sscanf(name, "%04d.xml", &i); err == nil {
			valid[i] = word == "validates"
			said[strings.TrimSuffix(file, ".xml")] = true
		}
	}
	if len(said) != n {
		t.Fatalf("xmllint judged %d of %d documents: %.500s", len(said), n, out)
	}
	return valid
}

// Every type of ours is the original's, but for the words around it; and no word of the original's documentation is in ours.
func TestTypesAreTheOriginals(t *testing.T) {
	dir := originals(t)
	theirs, words := declarations(t, filepath.Join(dir, "xfinanz-3.1.0"), "xfinanz-baukasten.xsd", "xfinanz-basisdatentypen.xsd", "xoev-code.xsd")
	for _, pack := range []struct {
		name  string
		files []string
	}{
		{profil, []string{"xfinanz-typen.xsd", "xfinanz-codes.xsd", "xoev-code.xsd"}},
		{"xamtshilfe-1.1.0", []string{"xfinanz-typen.xsd", "xoev-code.xsd"}},
	} {
		ours, own := declarations(t, filepath.Join("..", "..", "mapping", "packs", pack.name), pack.files...)
		if len(ours) < 5 {
			t.Errorf("%s: only %d types", pack.name, len(ours))
		}
		for name, decl := range ours {
			if diff := cmp.Diff(theirs[name], decl); diff != "" {
				t.Errorf("%s %s (-original +ours):\n%s", pack.name, name, diff)
			}
		}
		for w := range own {
			if words[w] && len(w) > 15 {
				t.Errorf("%s: documentation as in the original: %s", pack.name, w)
			}
		}
	}
}

// declarations gives the global types and elements of schema files without their annotations, and the texts of these.
func declarations(t *testing.T, dir string, files ...string) (decls map[string]string, words map[string]bool) {
	t.Helper()
	decls, words = map[string]string{}, map[string]bool{}
	for _, f := range files {
		d := etree.NewDocument()
		if err := d.ReadFromFile(filepath.Join(dir, f)); err != nil {
			t.Fatal(err)
		}
		for _, a := range d.FindElements("//documentation") {
			for _, s := range strings.SplitAfter(a.Text(), ". ") {
				words[strings.TrimSpace(s)] = true
			}
		}
		for _, e := range d.Root().ChildElements() {
			if name := e.SelectAttrValue("name", ""); name != "" {
				var b strings.Builder
				describe(&b, e, "")
				decls[name] = b.String()
			}
		}
	}
	return decls, words
}

// describe writes what counts of a declaration.
func describe(b *strings.Builder, e *etree.Element, indent string) {
	if e.Tag == "annotation" {
		return
	}
	e.SortAttrs()
	fmt.Fprintf(b, "%s%s", indent, e.Tag)
	for _, a := range e.Attr {
		fmt.Fprintf(b, " %s=%q", a.Key, a.Value)
	}
	b.WriteString("\n")
	for _, c := range e.ChildElements() {
		describe(b, c, indent+"  ")
	}
}
