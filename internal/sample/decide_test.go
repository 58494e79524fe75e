package sample_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sample"
)

// What a sender decides fits the profile's schema, breaks no rule, and is read back as it was meant.
func TestDecisionsAreValidAndComeBack(t *testing.T) {
	read, dir := reader(t), t.TempDir()
	kopf := sample.Kopf(1, 99, now, sample.Akteur("kka:01001000", "Stadtkasse Beispielstadt", "-"))
	choices := []amtshilfe.Wahl{
		{UUID: sample.UUID(1, 0), Wahl: amtshilfe.WahlFreigeben},
		{LieferungID: "D261121-7KQ2M9TX4B", Wahl: amtshilfe.WahlZurueckziehen},
		{UebertragungsID: 7, Wahl: amtshilfe.WahlFreigeben},
		{UebertragungsID: 8, Verfahren: "avviso", Wahl: amtshilfe.WahlZurueckziehen},
		{UUID: sample.UUID(1, 1), Wahl: amtshilfe.WahlZurueckziehen},
	}
	check := func(name string, doc []byte, want amtshilfe.Entscheidung, kind amtshilfe.Kind) {
		save(t, dir, name, doc)
		m := read(t, doc)
		if d := cmp.Diff(want, m.Entscheidung); d != "" || m.Kind != kind || m.Kopf.UUID != kopf.UUID {
			t.Errorf("%s reads as %s:\n%s", name, m.Kind, d)
		}
		if findings := judge(m); len(findings) > 0 {
			t.Errorf("%s: %+v", name, findings)
		}
	}
	check("entscheidung", sample.Entscheidung(kopf, "Sachgebiet", choices...), amtshilfe.Entscheidung{Wer: "Sachgebiet", Wahl: choices}, amtshilfe.KindEntscheidung)
	for i, w := range []amtshilfe.Wahl{choices[1], choices[3]} {
		check("widerruf"+string(rune('0'+i)), sample.Widerruf(kopf, w), amtshilfe.Entscheidung{Wahl: []amtshilfe.Wahl{w}}, amtshilfe.KindWiderruf)
	}
	xmllint(t, dir)
}
