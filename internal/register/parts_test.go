package register_test

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// large is a directory whose YAML is read in parts.
func large(t testing.TB) []byte {
	t.Helper()
	f := register.File{Version: "1", Stand: time.Unix(1_800_000_000, 0).UTC()}
	for i := range 300 {
		e := entry(fmt.Sprintf("%08d", i), amtshilfe.Test)
		e.Gebiete = nil
		f.Behoerden = append(f.Behoerden, e)
		f.Gemeinden = append(f.Gemeinden, register.Gemeinde{AGS: fmt.Sprintf("%08d", i), Name: "Ort: \"zum\" #1", Orte: []register.Ort{{Ort: "Ort", PLZ: []string{"01067"}}}})
	}
	d, err := register.New(f)
	if err != nil {
		t.Fatal(err)
	}
	return written(t, d)
}

func written(t testing.TB, d *register.Directory) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := d.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestLargeFiles: what is read in parts is what is read as a whole, and files that cannot be cut are read all the same.
func TestLargeFiles(t *testing.T) {
	data := large(t)
	want, err := register.ParseWhole(data)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := register.New(want); err != nil || !bytes.Equal(written(t, again), data) {
		t.Errorf("written again it is another file: %v", err)
	}
	if got, ok := register.ParseParts(data); !ok || !reflect.DeepEqual(got, want) {
		t.Errorf("in parts: %v, another directory", ok)
	}
	text := string(data)
	for name, other := range map[string]string{
		"with lists at the margin": strings.ReplaceAll(strings.ReplaceAll(text, "\n  ", "\n"), "\n  ", "\n"),
		"with an anchor":           strings.Replace(text, "ort: Ort", "ort: &a Ort", 1),
		"with a key twice":         text + "\nversion: \"2\"\n",
		"with an unknown key":      strings.Replace(text, "  ags:", "  agx:", 1),
		"with a broken entry":      strings.Replace(text, "  ags:", "  ags: [", 1),
	} {
		_, wholeErr := register.ParseWhole([]byte(other))
		_, err := register.Parse([]byte(other))
		if fmt.Sprint(err) != fmt.Sprint(wholeErr) {
			t.Errorf("%s: %v, as a whole: %v", name, err, wholeErr)
		}
	}
}
