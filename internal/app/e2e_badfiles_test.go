package app_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sample"
)

var update = flag.Bool("update", false, "write testdata/messages/bad anew")

// badDir holds files with one fault each, named after it; erwartet.json says what must become of them.
const badDir = "../../testdata/messages/bad"

// badFile is one line of erwartet.json.
type badFile struct {
	Satz      string              `json:"satz"`      // what it shows
	Datei     string              `json:"datei"`     // in badDir
	Lieferung amtshilfe.DropState `json:"lieferung"` // state of the drop at the end
	Zustand   amtshilfe.State     `json:"zustand,omitempty"`
	Ergebnis  string              `json:"ergebnis"` // of receipt 1
	Code      string              `json:"code"`     // finding, or question, in receipt 1
}

func badFiles(t *testing.T) []badFile {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(badDir, "erwartet.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []badFile
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// good is a message that has nothing wrong with it, for spoiling.
func good(seed int64, fix func(*sample.Spec)) []byte {
	s := sample.New(sample.Options{N: 1, Seed: seed}, 0)
	if fix != nil {
		fix(s)
	}
	return s.XML()
}

func replaced(doc []byte, old, with string) []byte {
	if !bytes.Contains(doc, []byte(old)) {
		panic("nothing to spoil: " + old)
	}
	return bytes.Replace(doc, []byte(old), []byte(with), -1)
}

// zipped packs entries, given as name and content in turn.
func zipped(entries ...any) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: entries[i].(string), Method: zip.Deflate, Modified: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)})
		if err == nil {
			_, err = w.Write(entries[i+1].([]byte))
		}
		if err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func lieferung(o sample.Options) []byte {
	var b bytes.Buffer
	if _, err := sample.WriteLieferung(&b, o); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// TestWriteBadFiles makes the files of badDir with -update. Their dates are fixed: what is refused is refused at any age.
func TestWriteBadFiles(t *testing.T) {
	if !*update {
		t.Skip("writes testdata with -update only")
	}
	const root, declaration = "vh:vollstreckungshilfe.Ersuchen.003", `<?xml version="1.0" encoding="UTF-8"?>`
	doctype := func(subset string) string { return declaration + "\n<!DOCTYPE x [" + subset + "]>" }
	bomb := `<!ENTITY a "aaaaaaaaaa">`
	for c := 'b'; c <= 'j'; c++ {
		bomb += `<!ENTITY ` + string(c) + ` "` + strings.Repeat("&"+string(c-1)+";", 10) + `">`
	}
	container := lieferung(sample.Options{N: 2, Seed: 119, UebertragungsID: 990})
	whole := zipped("a.xml", good(112, nil))
	untested := func(s *sample.Spec) { s.Kopf.Test = false }
	for name, data := range map[string][]byte{
		"falsch-geschachtelt.xml":     replaced(good(101, nil), "</vh:ersuchenVom>", "</vh:ersuchenAm>"),
		"abgeschnitten.xml":           good(102, nil)[:3000],
		"doctype.xml":                 replaced(good(103, nil), declaration, doctype("")),
		"entitaetenbombe.xml":         replaced(replaced(good(104, nil), declaration, doctype(bomb)), "<vh:verfahren>", "<vh:verfahren>&j;"),
		"falscher-namensraum.xml":     replaced(good(105, nil), "urn:damtshilfe:vollstreckungshilfe:1", "urn:damtshilfe:vollstreckungshilfe:9"),
		"unbekannte-wurzel.xml":       replaced(good(106, nil), root, "vh:vollstreckungshilfe.Unfug.999"),
		"ohne-namensraum.xml":         []byte(declaration + "\n<html><body>Guten Tag</body></html>\n"),
		"latin-1.xml":                 replaced(good(107, nil), `encoding="UTF-8"`, `encoding="ISO-8859-1"`),
		"utf-8-kaputt.xml":            replaced(good(108, nil), "<vh:ersuchenVom>", "<!-- M\xfcller --><vh:ersuchenVom>"),
		"pfad-nach-oben.zip":          zipped("../../etc/cron.d/a.xml", good(109, nil)),
		"absoluter-pfad.zip":          zipped("/etc/a.xml", good(110, nil)),
		"verschachtelt.zip":           zipped("innen.zip", zipped("a.xml", good(111, nil))),
		"abgeschnitten.zip":           whole[:len(whole)-40],
		"bombe.zip":                   zipped("a.xml", bytes.Repeat([]byte(" "), 8<<20)),
		"zwei-koepfe.zip":             zipped("a/lieferung.xml", good(113, nil), "b/lieferung.xml", good(114, nil)),
		"leeres-archiv.zip":           zipped(),
		"null-bytes.xml":              {},
		"textdatei.xml":               []byte("Sehr geehrte Damen und Herren,\nanbei unsere Ersuchen.\n"),
		"fremde-kennung.xml":          good(115, func(s *sample.Spec) { s.Kopf.Absender.Kennung = "kka:99999999" }),
		"fremder-lieferkopf.xml":      lieferung(sample.Options{N: 2, Seed: 116, Kennung: "kka:99999999", UebertragungsID: 7}),
		"fremder-kopf-nur.xml":        replaced(lieferung(sample.Options{N: 2, Seed: 116, UebertragungsID: 7}), "<vh:absender>kka:01001000</vh:absender>", "<vh:absender>kka:99999999</vh:absender>"),
		"ohne-kennzeichen.xml":        good(117, untested),
		"gemischt.zip":                zipped("a.xml", good(118, nil), "b.xml", good(1180, untested)),
		"container-abgeschnitten.xml": container[:len(container)-400],
		"keine-uuid.xml":              good(120, func(s *sample.Spec) { s.Kopf.UUID = "Nummer 7 <&> " + strings.Repeat("lang ", 400) }),
		"antwort-des-registers.xml":   replaced(good(122, nil), "vollstreckungshilfe.Ersuchen.003", "vollstreckungshilfe.ZustaendigkeitAntwort.002"),
	} {
		if err := os.WriteFile(filepath.Join(badDir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
