package xmlgate_test

import (
	"strings"
	"testing"

	"damtshilfe/internal/xmlgate"
)

func TestFindChar(t *testing.T) {
	for _, tt := range []struct {
		name, doc string // the pipe marks where r is found, and is taken out; none = not at all
		r         rune
		n         int
	}{
		{"the first one", "<a>M|–x–</a>", '–', 0},
		{"the second one", "<a>M–x|–</a>", '–', 1},
		{"there is no third", "<a>M–x–</a>", '–', 2},
		{"a reference stands for its character", "<a>x|&#x2013;</a>", '–', 0},
		{"and counts", "<a>&#8211;x|–</a>", '–', 1},
		{"what cannot be a reference is text", "<a>&|–</a>", '–', 0},
		{"comments are no text", "<a><!-- – -->|–</a>", '–', 0},
		{"nor is the text of children", "<a><b>–<c/>–</b><b d='–>'/>|–</a>", '–', 0},
		{"nor an attribute", "<a b='–' c=\">\">|–</a>", '–', 0},
		{"sections are text", "<a><![CDATA[<|–]]>–</a>", '–', 0},
		{"and their end counts as well", "<a><![CDATA[–]]>|–</a>", '–', 1},
		{"an empty element has none", "<a/><b>–</b>", '–', 0},
		{"what follows the element is not its text", "<a>x</a>–", '–', 0},
		{"a document cut off in the tag", "<a b='", '–', 0},
		{"and in a section", "<a><![CDATA[", '–', 0},
	} {
		want := strings.IndexByte(tt.doc, '|')
		doc := strings.Replace(tt.doc, "|", "", 1)
		at, ok := xmlgate.FindChar([]byte(doc), 0, tt.r, tt.n)
		if ok != (want >= 0) || ok && at != want {
			t.Errorf("%s: got %d %v, want %d", tt.name, at, ok, want)
		}
	}
}
