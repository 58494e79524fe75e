package schema_test

import (
	"strings"
	"testing"

	"damtshilfe/internal/schema"
)

// Documents of a size that the sampling never makes: libxml2 has limits of its own.
func TestLargeDocumentsAgainstLibxml2(t *testing.T) {
	if testing.Short() {
		t.Skip("50 MB of documents")
	}
	good := message(t, "003")
	tag := `<v:forderung titel="T2">`
	own, v := newCompiled(t, set(t, profil)), open(t, schema.Options{})
	for name, doc := range map[string]string{
		"an attachment of 12 MB":   attachment(good, strings.Repeat("QUJD", 3<<20)),
		"an attribute of 12 MB":    with(t, good, tag, `<v:forderung titel="`+strings.Repeat(" ", 12<<20)+`T2">`),
		"a namespace of 12 MB":     with(t, good, tag, `<v:forderung xmlns:q="urn:`+strings.Repeat("x", 12<<20)+`" titel="T2">`),
		"a name of 60 KB":          with(t, good, tag, `<v:forderung xmlns:`+strings.Repeat("x", 60_000)+`="urn:x" titel="T2">`),
		"a CDATA section of 12 MB": attachment(good, "<![CDATA["+strings.Repeat("QUJD", 3<<20)+"]]>"),
	} {
		accepted, passed := own.accepts(doc)
		got := judge(t, v, doc)[0]
		if accepted && (got != nil || !passed) {
			t.Errorf("%s: we accept what libxml2 refuses: %+v", name, got)
		}
	}
}
