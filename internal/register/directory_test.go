package register_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

func TestTheSampleDirectory(t *testing.T) {
	d := sample(t)
	entries := d.All(amtshilfe.Test)
	laender, arten := map[string]int{}, map[amtshilfe.Kanalart]int{}
	for _, e := range entries {
		laender[e.Land]++
		arten[e.Kanaele[0].Art]++
	}
	if len(entries) < 60 || len(laender) != 16 {
		t.Errorf("%d entries in %d Laender, want 60 in 16", len(entries), len(laender))
	}
	if arten[amtshilfe.KanalXTA] < 30 || arten[amtshilfe.KanalPost] < 20 || arten[amtshilfe.KanalEGVP] != 1 || arten[amtshilfe.KanalKeiner] != 1 {
		t.Errorf("channels %v", arten)
	}
	if len(d.All(amtshilfe.Produktion)) != 0 || len(d.All("")) != len(entries) {
		t.Error("the sample must be test only")
	}
	if !slices.IsSortedFunc(entries, func(a, b register.Eintrag) int { return strings.Compare(a.Kennung, b.Kennung) }) {
		t.Error("the entries are not ordered by kennung")
	}
}

// Every place of the sample, asked by its own name at each of its postcodes, leads to its own authority.
func TestEveryPlaceFindsItsAuthority(t *testing.T) {
	d := sample(t)
	for _, e := range d.All(amtshilfe.Test) {
		if !strings.HasPrefix(e.Kennung, "kka:") || e.Gebiete[0].Orte[0].Ort == "Quedlinburg" {
			continue // these are there to be ambiguous or partial
		}
		for _, o := range e.Gebiete[0].Orte {
			for _, plz := range o.PLZ {
				if got := d.Lookup(grundsteuer, at(plz, o.Ort), amtshilfe.Test).Behoerde.Kennung; got != e.Kennung {
					t.Errorf("%s %s leads to %q, want %s", plz, o.Ort, got, e.Kennung)
				}
			}
		}
	}
}

func TestWriteAndReadAgain(t *testing.T) {
	d := sample(t)
	var b bytes.Buffer
	if err := d.Write(&b); err != nil {
		t.Fatal(err)
	}
	again, err := register.Read(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d.File(), again.File()); diff != "" {
		t.Error(diff)
	}
	if d.ETag() != again.ETag() {
		t.Error("the ETag changed although nothing did")
	}
}

func TestChangesMakeANewDirectory(t *testing.T) {
	d := sample(t)
	other, err := d.WithRechenzentren(register.Rechenzentrum{Kennung: "rz:demo-a", Management: "https://127.0.0.1:1/m", Send: "https://127.0.0.1:1/s"})
	if err != nil {
		t.Fatal(err)
	}
	k, _ := other.ByKennung("kka:14612000", amtshilfe.Test).Kanal()
	old, _ := d.ByKennung("kka:14612000", amtshilfe.Test).Kanal()
	if k.Rechenzentrum.Send != "https://127.0.0.1:1/s" || old.Rechenzentrum.Send == k.Rechenzentrum.Send || d.ETag() == other.ETag() {
		t.Errorf("new %q, old %q", k.Rechenzentrum.Send, old.Rechenzentrum.Send)
	}
	added, err := other.With(entry("k:neu", amtshilfe.Test))
	if err != nil {
		t.Fatal(err)
	}
	if got := added.Lookup(grundsteuer, at("12345", "Bstadt"), amtshilfe.Test).Behoerde.Kennung; got != "k:neu" {
		t.Errorf("the added entry is not found: %q", got)
	}
	f := added.File()
	f.Behoerden[0].Kanaele[0].Art = "xxx"
	f.Behoerden[0].Gebiete[0].Orte[0].PLZ[0] = "00000"
	if again := added.File(); again.Behoerden[0].Kanaele[0].Art == "xxx" || again.Behoerden[0].Gebiete[0].Orte[0].PLZ[0] == "00000" {
		t.Error("a Directory changed through its File")
	}
	bad := entry("k:bad", amtshilfe.Test)
	bad.Kanaele = nil
	if _, err := added.With(bad); err == nil {
		t.Error("an entry without a channel was added")
	}
}

const head = "version: \"1\"\nstand: 2026-11-01T00:00:00Z\nrechenzentren:\n  - {kennung: rz:a, management: \"https://a.invalid/m\", send: \"https://a.invalid/s\"}\nbehoerden:\n"
const good = "  - kennung: k:1\n    name: Stadt X\n    betriebsart: test\n    anschrift: {postleitzahl: \"12345\", ort: Bstadt}\n    anschriftzeilen: [Platz 1]\n    kanaele: [{art: post}]\n"

func TestBrokenDirectories(t *testing.T) {
	for _, tt := range []struct {
		name, yaml string
		line       int
		want       string
	}{
		{"an empty file", "", 0, "empty file"},
		{"no YAML", "version: [", 1, "sequence"},
		{"an unknown key", head + good + "    farbe: rot\n", 12, "unknown field"},
		{"a key twice", head + good + "    name: Stadt Y\n", 12, "already defined"},
		{"a second document", head + good + "---\nversion: \"2\"\n", 0, "more than one"},
		{"no version", strings.Replace(head+good, `"1"`, `""`, 1), 1, "missing"},
		{"no state", strings.Replace(head+good, "stand: 2026-11-01T00:00:00Z\n", "", 1), 1, "missing"},
		{"a kennung twice", head + good + good, 12, "twice"},
		{"an unknown betriebsart", head + strings.Replace(good, "test", "echt", 1), 8, "produktion, test or schulung"},
		{"a postcode with four digits", head + strings.Replace(good, "12345", "1234", 1), 9, "five digits"},
		{"no address line", head + strings.Replace(good, "[Platz 1]", "[]", 1), 10, "1 to 5"},
		{"a control character in a name", head + strings.Replace(good, "Stadt X", "\"Stadt\\tX\"", 1), 7, "not allowed"},
		{"an unknown kind of channel", head + strings.Replace(good, "post}", "fax}", 1), 11, "not xta"},
		{"xta to an unknown data centre", head + strings.Replace(good, "{art: post}", "{art: xta, adresse: a, rechenzentrum: rz:b, dienst: \"urn:x:y\"}", 1), 11, "rechenzentren"},
		{"a URL without host", strings.Replace(head, "https://a.invalid/m", "https:", 1) + good, 4, "URI"},
		{"a fingerprint that is none", strings.Replace(head, "invalid/s\"}", "invalid/s\", tls: [abc]}", 1) + good, 4, "SHA-256"},
		{"a place without letters", head + good + "    gebiete: [{orte: [{ort: \"--\", plz: [\"12345\"]}]}]\n", 12, "no letter"},
		{"a place without postcode", head + good + "    gebiete:\n      - orte:\n          - ort: Bstadt\n            plz: []\n", 15, "missing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := register.Read([]byte(tt.yaml))
			e, ok := errors.AsType[*register.Error](err)
			if !ok || !strings.Contains(err.Error(), tt.want) || e.Line != tt.line {
				t.Errorf("error %v (line %d), want line %d and %q", err, e.Line, tt.line, tt.want)
			}
		})
	}
	if _, err := register.Read([]byte(head + good)); err != nil {
		t.Errorf("the good directory of this test: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(head + good))
	f.Add([]byte("behoerden: [{kanaele: [{art: xta}]}]"))
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("<<: *x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := register.Read(data)
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := d.Write(&b); err != nil {
			t.Fatal(err)
		}
		again, err := register.Read(b.Bytes())
		if err != nil {
			t.Fatalf("what was accepted is not accepted again: %v\n%s", err, b.Bytes())
		}
		if again.ETag() != d.ETag() {
			t.Error("writing and reading changed the directory")
		}
	})
}
