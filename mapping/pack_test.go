package mapping_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/mapping"
)

func TestBuiltin(t *testing.T) {
	packs := mustPacks(t)
	profil, published := packs.ByNamespace(mapping.ProfilNS), packs.ByNamespace("xAmtshilfe110")
	if profil == nil || published == nil || len(packs.List()) != 2 || packs.ByNamespace("urn:x") != nil {
		t.Fatalf("packs %v", packs.List())
	}
	if len(profil.Messages) != 17 || len(published.Messages) != 1 || !profil.Builtin || profil.Shadowed {
		t.Errorf("profil %+v, published %+v", profil, published)
	}
	for i, m := range profil.Messages[:15] {
		if int(m.Kind) != i+1 || !strings.HasSuffix(m.Root, "."+m.Kind.String()) {
			t.Errorf("message %d is %+v", i+1, m)
		}
	}
	for _, p := range packs.List() {
		if _, err := fs.Stat(p.Files, p.Entry); err != nil {
			t.Error(err)
		}
	}
	if m := profil.Messages[2]; m.Direction != mapping.DirHin || len(m.AnsweredBy) != 3 || m.AnsweredBy[0] != amtshilfe.KindEingangsbestaetigung {
		t.Errorf("003 is %+v", m)
	}
}

const miniPack = `name: mini
version: 1.0
namespace: urn:mini
entry: m.xsd
prefixes: {m: urn:mini}
parts:
  kopf: {fields: {uuid: m:id}}
messages:
  - root: r
    kind: 9
    direction: hin
    use: [kopf]
    fields: {text: "m:t/@x"}
    lists: {grund: {at: m:g, fields: {code: m:c}}}
`

func packDir(name, yaml string) fstest.MapFS {
	return fstest.MapFS{name + "/pack.yaml": {Data: []byte(yaml)}, name + "/m.xsd": {Data: []byte("<x/>")}, "notes/readme.txt": {}}
}

func TestLoadPackFaults(t *testing.T) {
	for _, tt := range []struct{ name, from, to, want string }{
		{"an honest pack loads", "", "", ""},
		{"an unknown field", "uuid: m:id", "uid: m:id", `mini/pack.yaml:7: unknown field "uid"`},
		{"a field of another place", "code: m:c", "uuid: m:c", `mini/pack.yaml:14: unknown field "uuid"`},
		{"an unknown list", "grund:", "gruende:", `mini/pack.yaml:14: unknown list "gruende"`},
		{"a list without at", "at: m:g, ", "", `mini/pack.yaml: list "grund" has no at`},
		{"a list at an attribute", "at: m:g", `at: "@g"`, `mini/pack.yaml:14: list "grund": an attribute opens no list`},
		{"an unknown prefix", "m:id", "n:id", `mini/pack.yaml:7: path "n:id": unknown prefix "n"`},
		{"a broken path", "m:t/@x", "m:t//@x", `mini/pack.yaml:13: path "m:t//@x": "" is no name`},
		{"an attribute in the middle", "m:t/@x", "@x/m:t", `mini/pack.yaml:13: path "@x/m:t": an attribute must be the last step`},
		{"a path that is mapped twice", "m:t/@x", "m:id", `mini/pack.yaml:13: path "m:id" is mapped twice`},
		{"a value above other values", "m:t/@x", "m:g", "mini/pack.yaml:9:"},
		{"an unknown part", "use: [kopf]", "use: [fuss]", `mini/pack.yaml:12: unknown part "fuss"`},
		{"parts in a circle", "kopf: {fields", "kopf: {use: kopf, fields", "mini/pack.yaml:7: parts nested deeper than 8"},
		{"an unknown key", "direction: hin", "richtung: hin", `mini/pack.yaml:11:`},
		{"an unknown direction", "direction: hin", "direction: her", `mini/pack.yaml:9: r: unknown direction "her"`},
		{"a message that does not exist", "kind: 9", "kind: 16", `mini/pack.yaml:9: r: no message has the number 16`},
		{"no root", "root: r", "root: [a, b]", "mini/pack.yaml: a message needs one root"},
		{"no namespace", "namespace: urn:mini", "namespace:", "mini/pack.yaml: name, version and namespace must be given"},
		{"a schema outside of the pack", "entry: m.xsd", "entry: ../m.xsd", "is not a path in the pack"},
		{"a schema that is missing", "entry: m.xsd", "entry: n.xsd", `entry "n.xsd" is not a file of the pack`},
		{"words of the messages", `"m:t/@x"`, `{at: "m:t/@x", values: {ja: nein}}`, ""},
		{"a field that is an unknown map", `"m:t/@x"`, "{a: b}", `mini/pack.yaml:13: unknown field "a"`},
		{"words without a path", `"m:t/@x"`, "{values: {a: b}}", "mini/pack.yaml:13: want at and values"},
		{"a path in a list in a list", `"m:t/@x"`, "[[a]]", "mini/pack.yaml:13: want a string"},
		{"no YAML", "name: mini", "name: [", "mini/pack.yaml:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := mapping.LoadPack(packDir("mini", strings.Replace(miniPack, tt.from, tt.to, 1)), "mini")
			switch {
			case tt.want == "" && err != nil:
				t.Fatal(err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}

func TestOverlay(t *testing.T) {
	mine := strings.Replace(miniPack, "urn:mini", mapping.ProfilNS, 2)
	dir := packDir("a", strings.Replace(mine, "name: mini", "name: a", 1))
	for name, f := range packDir("b", strings.Replace(strings.Replace(mine, "name: mini", "name: b", 1), "version: 1.0", "version: 1.10", 1)) {
		dir[name] = f
	}
	for name, f := range packDir("c", strings.Replace(strings.Replace(mine, "name: mini", "name: c", 1), "version: 1.0", "version: 1.9", 1)) {
		dir[name] = f
	}
	built := mustPacks(t)
	packs, err := built.Overlay(dir)
	if err != nil {
		t.Fatal(err)
	}
	if used := packs.ByNamespace(mapping.ProfilNS); used.Name != "b" || used.Builtin {
		t.Errorf("used is %s, want b: packs.dir wins, then 1.10 is higher than 1.9", used.Name)
	}
	var shadowed []string
	for _, p := range packs.List() {
		if p.Shadowed {
			shadowed = append(shadowed, p.Name)
		}
	}
	if got := strings.Join(shadowed, " "); got != "a c damtshilfe-profil-1.0" {
		t.Errorf("shadowed: %s", got)
	}
	if built.ByNamespace(mapping.ProfilNS).Shadowed {
		t.Error("an overlay changed the set it lies on")
	}
	namesake := packDir("d", strings.Replace(strings.Replace(miniPack, "name: mini", "name: xamtshilfe-1.1.0", 1), "version: 1.0", "version: 9.0", 1))
	if _, err := built.Overlay(namesake); err == nil || !strings.Contains(err.Error(), "two packs have the name xamtshilfe-1.1.0") {
		t.Errorf("two used packs of one name: %v", err)
	}
	if _, err := built.Overlay(packDir("bad", "x: 1")); err == nil {
		t.Error("a broken pack in packs.dir went unnoticed")
	}
}

// TestFingerprint: what changes the meaning of a message changes the fingerprint, and nothing else does.
func TestFingerprint(t *testing.T) {
	of := func(files fstest.MapFS) string {
		packs, err := mustPacks(t).Overlay(files)
		if err != nil {
			t.Fatal(err)
		}
		text, err := packs.Fingerprint()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	first := of(packDir("mini", miniPack))
	if again := of(packDir("mini", miniPack)); again != first || !strings.Contains(first, "mini 1.0") {
		t.Errorf("%q, again %q", first, again)
	}
	other := packDir("mini", miniPack)
	other["mini/m.xsd"] = &fstest.MapFile{Data: []byte("<y/>")}
	if of(other) == first {
		t.Error("another schema, the same fingerprint")
	}
}

func FuzzPack(f *testing.F) {
	f.Add(miniPack)
	for _, p := range mustPacks(f).List() {
		b, err := fs.ReadFile(p.Files, "pack.yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	f.Fuzz(func(t *testing.T, yaml string) {
		p, err := mapping.LoadPack(packDir("p", yaml), "p")
		if err == nil && (p.Name == "" || p.Namespace == "" || len(p.Messages) == 0) {
			t.Errorf("pack %+v", p)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "load pack: p/pack.yaml:") {
			t.Errorf("the error names no file: %v", err)
		}
	})
}
