package register_test

import (
	"strings"
	"testing"

	"damtshilfe/internal/register"
)

// TestDoubledKeys: a key that stands twice in one object is refused wherever JSON is read, and nowhere else.
func TestDoubledKeys(t *testing.T) {
	for text, want := range map[string]string{
		`{"fragen":[{"plz":"1","ort":"a"},{"plz":"2","ort":"b"}]}`:              "",
		`{"fragen":[{"plz":"1","ort":"plz","plz":"2"}]}`:                        "plz",
		`{"fragen":[{"plz" : "1", "PLZ" : "2"}]}`:                               "PLZ",
		`{"fragen":[{"plz":"1","\u0070lz":"2"}]}`:                               "plz",
		`{"fragen":[],"fragen":[]}`:                                             "fragen",
		`{"fragen":[{"ort":"a\"plz\":","plz":"1","massnahmen":["ort","ort"]}]}`: "",
		`{}`:  "",
		`"x"`: "",
	} {
		if got := register.DoubledKey([]byte(text)); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{`{"grund":"a","grund":"b","entfernen":{"gemeinden":["1"]}}`, `{"grund":"a","entfernen":{"gemeinden":["1"],"gemeinden":["2"]}}`,
		`{"grund":"a","behoerden":[{"kennung":"a","kennung":"b"}]}`} {
		if _, err := register.ReadAenderung([]byte(text)); err == nil || !strings.Contains(err.Error(), "already") && !strings.Contains(err.Error(), "dupl") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
