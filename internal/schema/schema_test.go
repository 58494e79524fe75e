package schema_test

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"damtshilfe/internal/schema"
)

const profil = "damtshilfe-profil-1.0"

// Documents that start with one of these make the child of this test program misbehave.
const (
	crashMarker = "<!-- bitte abstürzen -->"
	hangMarker  = "<!-- bitte hängen -->"
	garbage     = "<!-- bitte Unsinn antworten -->"
	hungry      = "<!-- bitte Speicher nehmen -->"
	onceMarker  = "<!-- bitte einmal abstürzen: " // and the name of a file that is there as long as it has not happened
)

// hog keeps the compiler from leaving out the memory.
var hog []byte

func TestMain(m *testing.M) {
	schema.ChildMainWith(func(doc []byte) {
		after, ok := strings.CutPrefix(string(doc[:min(len(doc), 300)]), "<!-- bitte ")
		word, after, _ := strings.Cut(after, " ")
		switch {
		case !ok:
		case word == "abstürzen":
			syscall.Kill(os.Getpid(), syscall.SIGSEGV)
			select {}
		case word == "hängen":
			time.Sleep(time.Hour)
		case word == "Speicher":
			hog = make([]byte, 4<<30)
		case word == "Unsinn":
			os.Stdout.Write(bytes.Repeat([]byte{0xFF}, 64))
		case word == "einmal":
			_, name, _ := strings.Cut(after, ": ")
			name, _, _ = strings.Cut(name, " ")
			if os.Remove(name) == nil {
				syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {}
			}
		}
	})
	if os.Getenv(parentEnv) != "" {
		parent()
	}
	goleak.VerifyTestMain(m)
}

// packs is the folder with the schemas of the built-in packs.
func packs() fs.FS { return os.DirFS("../../mapping/packs") }

func set(t testing.TB, name string) schema.Set {
	t.Helper()
	files, err := fs.Sub(packs(), name)
	if err != nil {
		t.Fatal(err)
	}
	return schema.Set{Name: name, Files: files, Entry: "vollstreckungshilfe.xsd"}
}

// open starts a Validator with both built-in packs.
func open(t testing.TB, o schema.Options) *schema.Validator {
	t.Helper()
	v, err := schema.Start([]schema.Set{set(t, profil), set(t, "xamtshilfe-1.1.0")}, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	})
	return v
}

// message reads testdata/<name>.xml.
func message(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".xml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// with replaces the first occurrence of pairs[0] by pairs[1] and so on; each must occur.
func with(t testing.TB, s string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(s, pairs[i]) {
			t.Fatalf("%q does not occur", pairs[i])
		}
		s = strings.Replace(s, pairs[i], pairs[i+1], 1)
	}
	return s
}

// judge validates documents against the profile.
func judge(t testing.TB, v *schema.Validator, docs ...string) [][]schema.Violation {
	t.Helper()
	raw := make([][]byte, len(docs))
	for i, d := range docs {
		raw[i] = []byte(d)
	}
	got, err := v.Validate(context.Background(), profil, raw)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(docs) {
		t.Fatalf("%d answers to %d documents", len(got), len(docs))
	}
	return got
}

func TestValid(t *testing.T) {
	v := open(t, schema.Options{})
	for _, name := range []string{"003", "004", "008"} {
		if got := judge(t, v, message(t, name))[0]; got != nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := judge(t, v, "\ufeff"+message(t, "003"))[0]; got != nil {
		t.Errorf("with a byte order mark: %+v", got)
	}
}

func TestSetsAreKeptApart(t *testing.T) {
	v := open(t, schema.Options{})
	doc := []byte(`<vollstreckungshilfe.ZustaendigkeitAnfrage.001 xmlns="xAmtshilfe110" xmlns:x="xFinanz320">
<einnahmeart listURI="urn:x" listVersionID="1"><code xmlns="">100</code></einnahmeart><anschrift><x:ort>Köln</x:ort></anschrift></vollstreckungshilfe.ZustaendigkeitAnfrage.001>`)
	if got, err := v.Validate(context.Background(), "xamtshilfe-1.1.0", [][]byte{doc}); err != nil || got[0] != nil {
		t.Errorf("in its own set: %+v, %v", got, err)
	}
	if got := judge(t, v, string(doc))[0]; len(got) != 1 || got[0].Finding.Code != "XSD-WURZEL" {
		t.Errorf("in the other set: %+v", got)
	}
	if _, err := v.Validate(context.Background(), "fehlt", [][]byte{doc}); err == nil {
		t.Error("a set that is not there is no error")
	}
}
