package mapping_test

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xmlgate"
	"damtshilfe/mapping"
)

var update = flag.Bool("update", false, "write the golden files")

const profilXSD = "packs/damtshilfe-profil-1.0/vollstreckungshilfe.xsd"

// kopf is the header of the short messages of the tests.
const kopf = `<v:nachrichtenkopf produkt="T" produkthersteller="T" produktversion="1" standard="dAmtshilfe-Profil" version="1.0" test="1">
<v:nachrichtenUUID>AAAAAAAA-0000-4000-8000-000000000002</v:nachrichtenUUID><v:erstellungszeitpunkt>2026-11-20T08:30:00</v:erstellungszeitpunkt>
<v:absender><v:identifikator><v:kennung>vb:1</v:kennung><v:verfahren>T</v:verfahren></v:identifikator><v:behoerdeAdresse/><v:aktenzeichen>A</v:aktenzeichen></v:absender></v:nachrichtenkopf>`

const bezug = `<v:bezug><v:nachrichtenUUID>AAAAAAAA-0000-4000-8000-000000000001</v:nachrichtenUUID><v:ersuchenUUID>AAAAAAAA-0000-4000-8000-000000000000</v:ersuchenUUID></v:bezug>`

// message is a document of the profile with the given root and body.
func message(root, body string) string {
	return `<v:vollstreckungshilfe.` + root + ` xmlns:v="` + mapping.ProfilNS + `" xmlns:x="xFinanz310">` + body + `</v:vollstreckungshilfe.` + root + `>`
}

// plain is a short valid message; n makes it differ.
func plain(n string) string {
	return message("SachstandAnfrage.009", strings.Replace(kopf+bezug, "0000-000000000002", "0000-"+strings.Repeat("0", 12-len(n))+n, 1))
}

func mustPacks(tb testing.TB) *mapping.Packs {
	tb.Helper()
	p, err := mapping.Builtin()
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func read(tb testing.TB, doc string) (amtshilfe.Message, []amtshilfe.Finding) {
	tb.Helper()
	var m amtshilfe.Message
	f := mustPacks(tb).NewReader(xmlgate.DefaultLimits()).Read([]byte(doc), &m)
	return m, f
}

func mustFile(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// golden compares got with testdata/name, or writes it with -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(filepath.Join("testdata", name), got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(string(mustFile(t, name)), string(got)); d != "" {
		t.Errorf("%s differs (-want +got), -update writes it:\n%s", name, d)
	}
}

// mustBeValid checks documents against an XSD with xmllint, which knows nothing of our code.
func mustBeValid(t *testing.T, xsd string, docs ...[]byte) {
	t.Helper()
	bin, err := exec.LookPath("xmllint")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("xmllint is missing")
		}
		t.Skip("xmllint is missing")
	}
	dir := t.TempDir()
	args := []string{"--noout", "--schema", xsd}
	for i, d := range docs {
		name := filepath.Join(dir, string(rune('a'+i))+".xml")
		if err := os.WriteFile(name, d, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, name)
	}
	if out, err := exec.Command(bin, args...).CombinedOutput(); err != nil {
		t.Errorf("xmllint: %v\n%s\n%s", err, out, bytes.Join(docs, []byte("\n")))
	}
}
