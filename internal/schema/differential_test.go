package schema_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"damtshilfe/internal/schema"
	"damtshilfe/internal/xmlgate"
	"damtshilfe/internal/xsd"
)

// compiled is our own validator as the intake uses it: behind the gate, in one scan.
type compiled struct {
	set     string
	scanner *xmlgate.Scanner
	judge   *xsd.Judge
}

func newCompiled(t testing.TB, s schema.Set) *compiled {
	t.Helper()
	g, err := xsd.Compile(s.Files, s.Entry)
	if err != nil {
		t.Fatal(err)
	}
	c := &compiled{s.Name, xmlgate.NewScanner(xmlgate.Limits{}), g.Judge()}
	c.scanner.Judge = func(xmlgate.Name) xmlgate.Judge { return c.judge }
	return c
}

// accepts gives our word on a document, and whether it passed the gate: what did not never comes to a schema.
func (c *compiled) accepts(doc string) (accepted, passed bool) {
	_, err := c.scanner.Scan([]byte(doc), nil, nil)
	return c.scanner.Accepted(), err == nil
}

// tally counts how the two judged.
type tally struct{ docs, gate, both, ours, theirs int }

// add judges docs by both. What we accept, libxml2 must accept.
func (c *tally) add(t testing.TB, own *compiled, v *schema.Validator, docs []string) {
	t.Helper()
	raw := make([][]byte, len(docs))
	for i, d := range docs {
		raw[i] = []byte(d)
	}
	all, err := v.Validate(t.Context(), own.set, raw)
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range all {
		accepted, passed := own.accepts(docs[i])
		c.docs++
		switch {
		case !passed:
			c.gate++
		case accepted && got != nil:
			t.Errorf("we accept what libxml2 refuses: %s: %s", got[0].Message, around(docs[i], got[0].Line))
		case accepted:
			c.both++
		case got == nil:
			c.theirs++
		default:
			c.ours++
		}
	}
}

// around gives a line of doc with the one before.
func around(doc string, line int) string {
	lines := strings.Split(doc, "\n")
	at := min(max(line, 1), len(lines))
	s := strings.Join(lines[max(at-2, 0):at], "\n")
	return s[:min(len(s), 2000)]
}

func (c *tally) log(t testing.TB) {
	t.Helper()
	t.Logf("%d documents: %d end at the gate, %d accepted by both, %d refused by both, %d accepted by libxml2 alone", c.docs, c.gate, c.both, c.ours, c.theirs)
}

// Nothing that we accept is refused by libxml2; and what samples and mutations have in common with real messages we accept.
// DAMT_TORTURE=all judges 100 000 documents of each kind, DAMT_SEED makes others.
func TestDifferential(t *testing.T) {
	seed := uint64(1)
	if s, err := strconv.ParseUint(os.Getenv("DAMT_SEED"), 10, 64); err == nil {
		seed = s
	}
	for _, tt := range []struct {
		name    string
		set     schema.Set
		mutants *mutants
	}{
		{"the profile", set(t, profil), newMutants(t, seed)},
		{"every construct", everything, instances(t, seed, "testdata/allerlei", "r")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			total := 1500
			if testing.Short() {
				total = 500
			}
			if os.Getenv("DAMT_TORTURE") == "all" {
				total = 100_000
			}
			v, err := schema.Start([]schema.Set{tt.set}, schema.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer v.Close()
			var c tally
			for own := newCompiled(t, tt.set); c.docs < total && !t.Failed(); {
				docs := make([]string, 250)
				for i := range docs {
					docs[i] = tt.mutants.next()
				}
				c.add(t, own, v, docs)
			}
			c.log(t)
			if c.both < total/8 || c.ours < total/8 {
				t.Error("the mutations prove little")
			}
			if c.theirs > c.both {
				t.Error("libxml2 accepts too much that we do not")
			}
		})
	}
}

// everything is a schema with every construct that is compiled.
var everything = schema.Set{Name: "allerlei", Files: os.DirFS("testdata/allerlei"), Entry: "allerlei.xsd"}

// Generated messages, as participants' programs write them, are all accepted without libxml2.
func TestSamplesAreAccepted(t *testing.T) {
	m, own := newMutants(t, 5), newCompiled(t, set(t, profil))
	v := open(t, schema.Options{})
	for i, got := range judge(t, v, m.seeds...) {
		if accepted, _ := own.accepts(m.seeds[i]); accepted != (got == nil) {
			t.Errorf("seed %d: we accept: %v, libxml2: %+v", i, accepted, got)
		}
	}
}

// The bad files of the corpus, each with its fault.
func TestCorpusAgainstLibxml2(t *testing.T) {
	own, v := newCompiled(t, set(t, profil)), open(t, schema.Options{})
	var docs []string
	err := filepath.WalkDir("../../testdata", func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err != nil || d.IsDir() || !strings.HasSuffix(name, ".xml") {
			return err
		}
		doc, err := os.ReadFile(name)
		docs = append(docs, string(doc))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var c tally
	c.add(t, own, v, docs)
	c.log(t)
}

// FuzzAgainstLibxml2 looks for a document that we accept and libxml2 refuses.
func FuzzAgainstLibxml2(f *testing.F) {
	for _, doc := range newMutants(f, 1).seeds {
		f.Add(doc)
	}
	own, v := newCompiled(f, set(f, profil)), open(f, schema.Options{})
	f.Fuzz(func(t *testing.T, doc string) {
		if accepted, _ := own.accepts(doc); !accepted {
			return
		}
		if got := judge(t, v, doc)[0]; got != nil {
			t.Errorf("we accept what libxml2 refuses: %+v\n%s", got, doc)
		}
	})
}
