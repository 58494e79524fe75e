package latin_test

import (
	"encoding/xml"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"damtshilfe/internal/latin"
)

// TestAgainstTheOriginal compares Check with the patterns of the published schema: every single character, every pair of an
// allowed letter and a mark of the norm, and random strings of what is interesting.
func TestAgainstTheOriginal(t *testing.T) {
	patterns := originalPatterns(t)
	for typ := latin.A; typ <= latin.E; typ++ {
		t.Run("Datentyp "+typ.String(), func(t *testing.T) {
			original := patterns[typ]
			agree := func(s string) {
				t.Helper()
				if _, ok := latin.Check(s, typ); ok != original.MatchString(s) {
					t.Errorf("Check(%+q) = %v, the schema says %v", s, ok, !ok)
				}
			}
			marks := []rune{0x300, 0x301, 0x302, 0x304, 0x306, 0x307, 0x308, 0x30b, 0x30c, 0x30d, 0x310, 0x315, 0x31b, 0x323, 0x325, 0x326,
				0x327, 0x328, 0x331, 0x332, 0x35f}
			var letters []rune
			for r := rune(1); r <= 0x2300; r++ {
				agree(string(r))
				if original.MatchString(string(r)) {
					letters = append(letters, r)
				}
			}
			if typ != latin.A { // the sequences are the same for all types; here what A does not have
				letters = slices.DeleteFunc(letters, func(r rune) bool { return patterns[latin.A].MatchString(string(r)) })
			}
			for _, base := range letters {
				for _, mark := range marks {
					agree(string([]rune{base, mark}))
				}
			}
			rng := rand.New(rand.NewPCG(1, uint64(typ)))
			bases := []rune("KkHhLlSsRrCcAaZžņ\u1ea0Ωж5")
			for range 5_000 {
				var s []rune
				for range 1 + rng.IntN(6) {
					if rng.IntN(2) == 0 {
						s = append(s, bases[rng.IntN(len(bases))])
					} else {
						s = append(s, marks[rng.IntN(len(marks))])
					}
				}
				agree(string(s))
			}
		})
	}
}

// TestTheNormIsNFC: nothing that the norm allows is out of NFC, so the two checks never contradict each other.
func TestTheNormIsNFC(t *testing.T) {
	for r := rune(0); r < 0x3000; r++ {
		if _, ok := latin.Check(string(r), latin.E); ok && utf8.ValidRune(r) && !norm.NFC.IsNormalString(string(r)) {
			t.Errorf("%U is allowed and not NFC", r)
		}
	}
}

func originalPatterns(t *testing.T) [5]*regexp.Regexp {
	t.Helper()
	dir, set := os.LookupEnv("DAMT_ORIGINALS")
	if !set {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "schemas", "xoev", "din-norm-91379-datatypes.xsd"))
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("DAMT_ORIGINALS: %v", err)
		}
		t.Skipf("no original schemas; set DAMT_ORIGINALS: %v", err)
	}
	var schema struct {
		SimpleType []struct {
			Name    string `xml:"name,attr"`
			Pattern struct {
				Value string `xml:"value,attr"`
			} `xml:"restriction>pattern"`
		} `xml:"simpleType"`
	}
	if err := xml.Unmarshal(raw, &schema); err != nil {
		t.Fatal(err)
	}
	var patterns [5]*regexp.Regexp
	for _, st := range schema.SimpleType {
		typ := st.Name[len(st.Name)-1] - 'A'
		patterns[typ] = regexp.MustCompile(`^(?:` + st.Pattern.Value + `)$`)
	}
	for i, p := range patterns {
		if p == nil {
			t.Fatalf("the original has no pattern for type %s", latin.Type(i))
		}
	}
	return patterns
}
