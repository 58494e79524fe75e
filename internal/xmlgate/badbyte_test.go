package xmlgate_test

import (
	"strings"
	"testing"

	"damtshilfe/internal/xmlgate"
)

// TestBadBytes: where a byte is no UTF-8 the sentence says how it may have come there.
func TestBadBytes(t *testing.T) {
	for _, tt := range []struct {
		name, doc string
		column    int
		says      string
	}{
		{"an umlaut in Latin-1", "<a>M\xfcller</a>", 5, "ISO-8859-1"},
		{"a lone surrogate", "<a>x\xed\xa0\xbdy</a>", 5, "Surrogat"},
		{"the rest of a character", "<a>x\xbcy</a>", 4, "nicht durchgehend in UTF-8"},
		{"an overlong form", "<a>x\xc0\xafy</a>", 5, "nicht durchgehend in UTF-8"},
	} {
		_, err := xmlgate.NewScanner(xmlgate.Limits{}).Scan([]byte(tt.doc), nil, nil)
		e := asError(t, err)
		if e.Code != xmlgate.CodeEncoding || e.Line != 1 || e.Column != tt.column || !strings.Contains(e.Text, tt.says) {
			t.Errorf("%s: %d:%d %s %q", tt.name, e.Line, e.Column, e.Code, e.Text)
		}
	}
}
