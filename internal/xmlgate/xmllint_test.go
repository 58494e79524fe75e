package xmlgate_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"damtshilfe/internal/xmlgate"
)

// onPurpose are the codes by which we refuse what xmllint accepts. XML-SYNTAX is not among them: see quirks.
var onPurpose = []string{
	xmlgate.CodeDoctype, xmlgate.CodePI, xmlgate.CodeEncoding, xmlgate.CodeTiefe, xmlgate.CodeAttribute, xmlgate.CodeZuGross,
}

// quirks are documents that libxml2 2.9.14 accepts although XML 1.0 or its namespaces forbid them, told by our code and a
// pattern that finds the reason.
var quirks = []struct {
	why, code string
	doc       *regexp.Regexp
}{
	{"a version other than 1.0 is only warned of", xmlgate.CodeSyntax, regexp.MustCompile(`^(\x{feff})?<\?xml\s+version\s*=\s*['"][^'"]*['"]`)},
	{"an element may have the prefix xmlns", xmlgate.CodeNamensraum, regexp.MustCompile(`<xmlns:`)},
	{"the namespaces of xml and xmlns may be declared in some forms", xmlgate.CodeNamensraum, regexp.MustCompile(`xmlns[:=]`)},
	{"a colon first or last makes a name without a prefix", xmlgate.CodeNamensraum, regexp.MustCompile(`[<\s]:|:[\s=/>]`)},
}

// xmllint says of every document whether it is well-formed with namespaces.
func xmllint(t *testing.T, docs []string) []bool {
	t.Helper()
	if _, err := exec.LookPath("xmllint"); err != nil {
		t.Fatal("xmllint is missing; install it with: apt-get install libxml2-utils")
	}
	dir := t.TempDir()
	args := []string{"--noout", "--nonet"}
	for i, doc := range docs {
		name := strconv.Itoa(i) + ".xml"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(doc), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, name)
	}
	cmd := exec.Command("xmllint", args...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	_ = cmd.Run() // its exit code is that of one of the files; an undeclared prefix does not show in it at all
	fine := make([]bool, len(docs))
	for i := range fine {
		fine[i] = true
	}
	for _, m := range lintError.FindAllSubmatch(stderr.Bytes(), -1) {
		if bytes.Contains(m[2], []byte("is not a valid URI")) {
			continue // no matter of well-formedness: xmllint's exit code is 0, and the namespaces of XFinanz are no URIs either
		}
		i, err := strconv.Atoi(string(m[1]))
		if err != nil {
			t.Fatal(err)
		}
		fine[i] = false
	}
	return fine
}

var lintError = regexp.MustCompile(`(?m)^(\d+)\.xml:\d+: (?:parser|namespace|encoding|I/O) error(.*)$`)

// compare fails for a document that xmllint refuses and we accept, and for the reverse without a reason.
func compare(t *testing.T, docs []string, l xmlgate.Limits) {
	t.Helper()
	refused, stricter := 0, 0
	for i, fine := range xmllint(t, docs) {
		_, e := scan(t, docs[i], l, nil)
		if e != nil {
			refused++
		}
		switch {
		case fine == (e == nil):
		case e == nil:
			t.Errorf("xmllint refuses, we accept: %q", docs[i])
		case slices.Contains(onPurpose, e.Code), isQuirk(docs[i], e):
			stricter++
		default:
			t.Errorf("xmllint accepts, we refuse: %v: %q", e, docs[i])
		}
	}
	t.Logf("%d documents, %d refused, %d of them accepted by xmllint for a known reason", len(docs), refused, stricter)
}

func isQuirk(doc string, e *xmlgate.Error) bool {
	for _, q := range quirks {
		if q.code == e.Code && q.doc.MatchString(doc) {
			return true
		}
	}
	return false
}

func TestAgainstXmllint(t *testing.T) {
	var docs []string
	for _, tt := range gateCases {
		if tt.code != xmlgate.CodeZuGross {
			docs = append(docs, tt.doc)
		}
	}
	compare(t, docs, gateLimits)
}

// seeds are documents with everything in them that a mutation can break.
var seeds = []string{
	"\ufeff<?xml version=\"1.0\" encoding=\"UTF-8\" standalone='no'?>\n<!-- c --><p:a xmlns:p='u' xmlns=\"v\" p:b='1' c=\"&lt;\">\r\nt&amp;&#228;ü]]<![CDATA[x]]y]]><q:d xmlns:q='w' q:e=''/><f></f ><!----></p:a>\n<!-- d -->",
	"<a xml:lang='de' b='1' c='2'><b xmlns=''><a/></b>&#x41;&quot;<!-- x - y --></a>",
	"<p:a xmlns:p='u' xmlns:q='u'><p:b p:x='1' q:y='2'/><q:b xmlns:p='v' p:x='1' q:x='2'><p:c/></q:b></p:a>",
	"<größe ü='ä'>Straße 😀 €<ñ/></größe>",
}

// pieces are what mutations put in.
var pieces = []string{
	"<", ">", "/", "&", ";", "\"", "'", "=", " ", ":", "--", "]]>", "<!--", "-->", "<![CDATA[", "</", "/>", "<a>", "</a>", "&amp;", "&#0;", "&x;",
	" b='1'", " p:x='3'", " xmlns='z'", " xmlns:p='z'", " xmlns:p=''", " xmlns:xml='z'", "xmlns:", "p:", "q:", "<?x?>", "<?xml version='1.0'?>",
	"\x00", "\x01", "\x7f", "\xc3", "\xff", "\ufffe", "\u0300", "·", "-", "1", "x", "\r", "\n", "\t", "ä",
}

// mutate changes doc in one to three places.
func mutate(r *rand.Rand, doc string) string {
	for range 1 + r.IntN(3) {
		i := r.IntN(len(doc) + 1)
		j := min(len(doc), i+r.IntN(4))
		switch r.IntN(5) {
		case 0: // take out
			doc = doc[:i] + doc[j:]
		case 1: // put in
			doc = doc[:i] + pieces[r.IntN(len(pieces))] + doc[i:]
		case 2: // replace
			doc = doc[:i] + pieces[r.IntN(len(pieces))] + doc[j:]
		case 3: // repeat what stands elsewhere
			k := r.IntN(len(doc) + 1)
			doc = doc[:i] + doc[k:min(len(doc), k+r.IntN(12))] + doc[i:]
		case 4: // cut off
			if r.IntN(4) == 0 {
				doc = doc[:i]
			}
		}
	}
	return doc
}

func TestMutationsAgainstXmllint(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 2026))
			docs := make([]string, 1200)
			for i := range docs {
				docs[i] = mutate(r, seeds[i%len(seeds)])
			}
			compare(t, docs, xmlgate.Limits{})
		})
	}
}

// The samples of the schema's messages are fine for both.
func TestSampleAgainstXmllint(t *testing.T) {
	docs := append([]string{ersuchen(1)}, seeds...)
	for i, fine := range xmllint(t, docs) {
		if _, e := scan(t, docs[i], xmlgate.Limits{}, nil); e != nil || !fine {
			t.Errorf("document %d: %v, xmllint %v", i, e, fine)
		}
	}
}
