package register_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"damtshilfe/internal/register"
)

// whole is a directory that uses every key of the model.
const whole = `version: "1"
stand: 2026-11-01T00:00:00Z
rechenzentren:
  - {kennung: rz:a, management: "https://a.invalid/m", send: "https://a.invalid/s"}
behoerden:
  - kennung: k:1
    name: Stadt Dresden, Kasse
    land: SN
    betriebsart: produktion
    anschrift: {postleitzahl: "01067", ort: Dresden}
    anschriftzeilen: [Rathausplatz 1, 01067 Dresden]
    kontakt: {name: Kasse, telefon: 0351 1234, email: kasse@dresden.example}
    bestaetigt: {von: Leitung der Kasse, am: 2026-10-01}
    gueltig_ab: 2026-01-01
    gueltig_bis: 2029-12-31
    ende: {versand: 2027-11-30, annahme: 2028-05-31}
    kanaele:
      - {art: xta, adresse: k:1, rechenzentrum: rz:a, dienst: "urn:x:y"}
      - {art: keiner, grund: im Aufbau}
    gebiete:
      - einnahmearten: [{list: "urn:l", version: "1", codes: ["100"]}]
        schluessel: ["14"]
        ausser: ["14612000"]
        bedingung: {massnahmen: [sachpfaendung], glaeubiger: [kammer], land: [BY, BW], betrag_von: 5000, betrag_bis: 100000}
        gueltig_ab: 2026-02-01
        gueltig_bis: 2026-12-31
        orte:
          - ort: Dresden
            plz: ["01067"]
            strassen:
              - {name: Hauptstraße, von: "1", bis: 99a, seite: ungerade}
  - kennung: k:2
    name: Amt
    betriebsart: test
    anschrift: {postleitzahl: "01067", ort: Dresden}
    anschriftzeilen: [Amt]
    gesperrt: Verdacht auf Missbrauch
    kanaele: [{art: post}]
gemeinden:
  - ags: "14612000"
    ars: "146120000000"
    name: Dresden, Stadt
    orte: [{ort: Dresden, plz: ["01067"], auch: [Cossebaude]}]
  - ags: "14999001"
    name: Altdorf
    bis: 2025-12-31
    nachfolger: ["14612000"]
verbaende: [{schluessel: "14612", name: Dresden}]
zertifikate:
  - fingerabdruck: "1111111111111111111111111111111111111111111111111111111111111111"
    zweck: verschluesselung
    kennung: k:1
    betriebsart: produktion
    gueltig_ab: 2026-01-01T00:00:00Z
    gueltig_bis: 2027-01-01T00:00:00Z
    nachfolger: "2222222222222222222222222222222222222222222222222222222222222222"
    gesperrt: 2026-06-01T00:00:00Z
    grund: Schlüssel verloren
  - fingerabdruck: "2222222222222222222222222222222222222222222222222222222222222222"
    zweck: verschluesselung
    kennung: rz:a
    gueltig_ab: 2026-01-01T00:00:00Z
    gueltig_bis: 2027-01-01T00:00:00Z
mandanten:
  - {name: Stadt Dresden, betriebsart: produktion, kennungen: ["k:1", "k:3"], rechenzentrum: rz:a, zertifikate: ["1111111111111111111111111111111111111111111111111111111111111111"]}
`

func TestEveryKeyOfTheModelIsWrittenAndReadAgain(t *testing.T) {
	d, err := register.Read([]byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := d.Write(&b); err != nil {
		t.Fatal(err)
	}
	again, err := register.Read(b.Bytes())
	if err != nil {
		t.Fatalf("%v\n%s", err, b.Bytes())
	}
	if diff := cmp.Diff(d.File(), again.File()); diff != "" {
		t.Error(diff)
	}
	if d.ETag() != again.ETag() {
		t.Error("the ETag changed although nothing did")
	}
	if bytes.Contains(b.Bytes(), []byte("kontakt: {}")) || strings.Count(b.String(), "bestaetigt") != 1 || strings.Count(b.String(), "bedingung") != 1 {
		t.Errorf("what is not said is written:\n%s", b.Bytes())
	}
	f := again.File()
	f.Gemeinden[0].Orte[0].Auch[0], f.Mandanten[0].Kennungen[0], f.Behoerden[0].Gebiete[0].Bedingung.Land[0] = "x", "x", "x"
	if cmp.Diff(d.File(), again.File()) != "" {
		t.Error("a Directory changed through its File")
	}
}

func TestBrokenModels(t *testing.T) {
	for _, tt := range []struct {
		name, old, new string
		path           string
		want           string
	}{
		{"an AGS of seven digits", `ags: "14999001"`, `ags: "1499900"`, "$.gemeinden[1].ags", "eight digits"},
		{"an AGS twice", `ags: "14999001"`, `ags: "14612000"`, "$.gemeinden[1].ags", "twice"},
		{"an ARS of another municipality", `ars: "146120000000"`, `ars: "146120000001"`, "$.gemeinden[0].ars", "fit the AGS"},
		{"an unknown successor", `nachfolger: ["14612000"]`, `nachfolger: ["14612001"]`, "$.gemeinden[1].nachfolger[0]", "unknown AGS"},
		{"its own successor", `nachfolger: ["14612000"]`, `nachfolger: ["14999001"]`, "$.gemeinden[1].nachfolger", "circle"},
		{"two that succeed each other", "name: Dresden, Stadt\n", "name: Dresden, Stadt\n    bis: 2026-01-01\n    nachfolger: [\"14999001\"]\n", "$.gemeinden[0].nachfolger", "circle"},
		{"a successor of one that goes on", "    bis: 2025-12-31\n", "", "$.gemeinden[1].bis", "has ended"},
		{"a day that does not exist", "bis: 2025-12-31", "bis: 2025-02-30", "$.gemeinden[1].bis", "not a day"},
		{"a key nobody has", `schluessel: ["14"]`, `schluessel: ["15"]`, "$.behoerden[0].gebiete[0].schluessel[0]", "no municipality"},
		{"an unknown AGS in a Gebiet", `schluessel: ["14"]`, `schluessel: ["14612001"]`, "$.behoerden[0].gebiete[0].schluessel[0]", "unknown AGS"},
		{"an unknown ARS in a Gebiet", `schluessel: ["14"]`, `schluessel: ["146129999000"]`, "$.behoerden[0].gebiete[0].schluessel[0]", "unknown ARS"},
		{"a key of four digits", `schluessel: ["14"]`, `schluessel: ["1461"]`, "$.behoerden[0].gebiete[0].schluessel[0]", "digits"},
		{"a key twice", `schluessel: ["14"]`, `schluessel: ["14", "14"]`, "$.behoerden[0].gebiete[0].schluessel[1]", "twice"},
		{"an exception without a rule", `schluessel: ["14"]`, `schluessel: []`, "$.behoerden[0].gebiete[0].ausser", "without schluessel"},
		{"validity back to front", "gueltig_bis: 2029-12-31", "gueltig_bis: 2025-12-31", "$.behoerden[0].gueltig_bis", "before"},
		{"answers end before sending", "annahme: 2028-05-31", "annahme: 2027-05-31", "$.behoerden[0].ende.annahme", "before versand"},
		{"a condition on no Land", "land: [BY, BW]", "land: [BY, XX]", "$.behoerden[0].gebiete[0].bedingung.land[1]", "sixteen"},
		{"amounts back to front", "betrag_bis: 100000", "betrag_bis: 100", "$.behoerden[0].gebiete[0].bedingung.betrag_bis", "below"},
		{"a code twice", `codes: ["100"]`, `codes: ["100", "100"]`, "$.behoerden[0].gebiete[0].einnahmearten[0].codes[1]", "twice"},
		{"a house number that is none", `von: "1"`, `von: a1`, "$.behoerden[0].gebiete[0].orte[0].strassen[0].von", "house number"},
		{"house numbers back to front", `von: "1"`, `von: "101"`, "$.behoerden[0].gebiete[0].orte[0].strassen[0].bis", "before von"},
		{"a third side of a street", "seite: ungerade", "seite: links", "$.behoerden[0].gebiete[0].orte[0].strassen[0].seite", "gerade or ungerade"},
		{"a reason for xta", `dienst: "urn:x:y"}`, `dienst: "urn:x:y", grund: so}`, "$.behoerden[0].kanaele[0].grund", "only for"},
		{"a certificate of nobody", "    kennung: k:1\n    betriebsart: produktion\n    gueltig_ab", "    kennung: k:1\n    betriebsart: test\n    gueltig_ab", "$.zertifikate[0].kennung", "no entry"},
		{"a certificate that ends before it begins", "gueltig_bis: 2027-01-01T00:00:00Z\n    nachfolger", "gueltig_bis: 2025-01-01T00:00:00Z\n    nachfolger", "$.zertifikate[0].gueltig_bis", "not after"},
		{"an unknown successor of a certificate", `nachfolger: "22`, `nachfolger: "32`, "$.zertifikate[0].nachfolger", "no certificate"},
		{"certificates that succeed each other", "    kennung: rz:a\n    gueltig", "    kennung: rz:a\n    nachfolger: \"" + strings.Repeat("1", 64) + "\"\n    gueltig", "$.zertifikate[0].nachfolger", "circle"},
		{"a kennung of two participants", `kennungen: ["k:1", "k:3"]`, `kennungen: ["k:1", "k:1"]`, "$.mandanten[0].kennungen[1]", "twice"},
		{"a participant nowhere", "rechenzentrum: rz:a, zertifikate", "rechenzentrum: rz:b, zertifikate", "$.mandanten[0].rechenzentrum", "rechenzentren"},
		{"the name of no Verband", `schluessel: "14612"`, `schluessel: "1461"`, "$.verbaende[0].schluessel", "digits"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if strings.Count(whole, tt.old) != 1 {
				t.Fatalf("%d places to break", strings.Count(whole, tt.old))
			}
			_, err := register.Read([]byte(strings.Replace(whole, tt.old, tt.new, 1)))
			e, ok := errors.AsType[*register.Error](err)
			if !ok || e.Path != tt.path || e.Line < 2 || !strings.Contains(e.Text, tt.want) {
				t.Errorf("error %v, want %s and %q with a line", err, tt.path, tt.want)
			}
		})
	}
}

// YAML has octal numbers: without quotes the Schluessel 020 of Hamburg would be 16, which is Thuringia's.
func TestNumbersThatYAMLWouldChange(t *testing.T) {
	for value, want := range map[string]bool{"020": false, "01": false, "0o20": false, "0x14": false, "0b1110": false, "1_4": false, "1.10": false,
		`"14"`: true, "14": true, "'14'": true} {
		_, err := register.Read([]byte(strings.Replace(whole, `schluessel: ["14"]`, "schluessel: ["+value+"]", 1)))
		e, ok := errors.AsType[*register.Error](err)
		if ok == want || ok && (e.Line != 22 || !strings.Contains(e.Text, "in quotes")) {
			t.Errorf("%s: %v", value, err)
		}
	}
	if _, err := register.Read([]byte(strings.Replace(whole, `version: "1"`, "version: 1.10", 1))); err == nil {
		t.Error("version 1.10 became 1.1")
	}
}

// A maintainer wants all faults at once, each with its line.
func TestCheckTellsEveryFault(t *testing.T) {
	data := []byte(strings.NewReplacer(`ags: "14999001"`, `ags: "1499900"`, "am: 2026-10-01", "am: 2026-13-01").Replace(whole))
	f, err := register.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	faults := register.Check(f, register.CheckOptions{LineBudget: 12})
	register.Lines(data, faults)
	var got []string
	for _, e := range faults {
		got = append(got, e.Error())
	}
	want := []string{
		"directory line 44 $.gemeinden[1].ags: not eight digits",
		"directory line 11 $.behoerden[0].anschriftzeilen[0]: line 1 of k:1 has 14 characters; the print profiles print 12",
		"directory line 11 $.behoerden[0].anschriftzeilen[1]: line 2 of k:1 has 13 characters; the print profiles print 12",
		"directory line 13 $.behoerden[0].bestaetigt.am: not a day like 2026-11-30",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if faults := register.Check(f, register.CheckOptions{}); len(faults) != 2 {
		t.Errorf("%d faults without a line budget, want 2", len(faults))
	}
	f, _ = register.Parse([]byte(whole))
	if faults := register.Check(f, register.CheckOptions{LineBudget: 14}); faults != nil {
		t.Errorf("faults in a good directory: %v", faults)
	}
}

func TestDatum(t *testing.T) {
	if got := register.Day(time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC)); got != "2027-01-01" {
		t.Errorf("half past eleven in Greenwich is %s in Germany", got)
	}
	if got := register.Datum("2026-03-28").End().UTC(); !got.Equal(time.Date(2026, 3, 28, 23, 0, 0, 0, time.UTC)) {
		t.Errorf("the day ends at %v", got)
	}
	for d, want := range map[register.Datum]bool{"": true, "2026-02-28": true, "2026-02-29": false, "2026-2-1": false, "0001-01-01": false, "x": false} {
		if d.Valid() != want {
			t.Errorf("%q valid: %v", d, !want)
		}
	}
}
