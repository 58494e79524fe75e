package printstreet_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/printstreet"
)

// set gives the texts of the pages of a letter, with a bar between and around them.
func set(t *testing.T, l printstreet.Letter) []string {
	t.Helper()
	pages, err := printstreet.Set(l)
	if err != nil {
		t.Fatal(err)
	}
	for i := range pages {
		pages[i] = "|" + pages[i] + "|"
	}
	return pages
}

// What looked wrong in the golden set stays mended: each row names texts that stand together on one page.
func TestLooks(t *testing.T) {
	for _, tt := range []struct {
		name     string
		letter   func() printstreet.Letter
		together []string
	}{
		{"the number of a claim is not broken", edited(func(m *amtshilfe.Message, _ *amtshilfe.Ersuchen) { withClaims(m, 1000) }), []string{"|1004|"}},
		{"many claims are counted as Germans write it", edited(func(m *amtshilfe.Message, _ *amtshilfe.Ersuchen) { withClaims(m, 1000) }), []string{"|Summe per 20.11.2026 (1.004 Forderungen)|"}},
		{"the address of a debtor stands below the name", edited(func(_ *amtshilfe.Message, e *amtshilfe.Ersuchen) {
			e.Gefahr, e.GefahrText = "liegt-vor", "Zwei große Hunde."
		}), []string{"|2. Gesamtschuldner(in)|", "|54320 Beispielhausen|"}},
		{"a debtor with many addresses is named again overleaf", edited(func(_ *amtshilfe.Message, e *amtshilfe.Ersuchen) {
			for range 8 {
				e.Schuldner[0].Person.Anschriften = append(e.Schuldner[0].Person.Anschriften, e.Schuldner[0].Person.Anschriften[0])
			}
		}), []string{"|1. Vollstreckungsschuldner(in) (Fortsetzung)|", "|2. Gesamtschuldner(in)|"}},
		{"measures stay together", edited(func(_ *amtshilfe.Message, e *amtshilfe.Ersuchen) {
			e.Massnahmen = []string{"sachpfaendung", "forderungspfaendung", "vermoegensauskunft", "ratenzahlung", "kfz-parkkralle", "durchsuchung", "arbeitgeberermittlung", "kontenabruf", "letzte"}
		}), []string{"|Erbetene Maßnahmen|", "|letzte|"}},
		{"a long list has its label on every page", golden[26].make, []string{"|Betroffene Forderungen|", "|(Fortsetzung)|", "2026-100281,|"}},
		{"a page of a letter with a long reference names the case", golden[19].make, []string{"|Schreiben vom 21.11.2026 · Kennung des Vorgangs 3f2b8c1e-5d47-4a90-9c1b-7e6f5a4d3c2b|"}},
		{"a booking number stands in one line", golden[34].make, []string{"|Buchungsnr. Z-0069|"}},
		{"a fixed amount runs on in the singular", edited(func(_ *amtshilfe.Message, e *amtshilfe.Ersuchen) {
			e.Forderungen[0].Saeumnis = &amtshilfe.Saeumnis{Art: "festbetrag", LaeuftWeiter: true}
		}), []string{"|Festbetrag, läuft weiter und ist nicht mit|"}},
		{"kinds of claims have names", edited(func(_ *amtshilfe.Message, e *amtshilfe.Ersuchen) {
			e.Forderungen[2].Forderungsart, e.Forderungen[2].Zahlungsgrund = "201", ""
		}), []string{"|Mahngebühr|"}},
		{"a legal form that the name does not say has its name", edited(func(_ *amtshilfe.Message, e *amtshilfe.Ersuchen) {
			e.Schuldner[1].Person.Firma, e.Schuldner[1].Person.Rechtsform = "Ægir Feinkost", "012"
		}), []string{"|Ægir Feinkost|Rechtsform|e. V.|"}},
		{"a legal form that the name says is not said again", edited(func(_ *amtshilfe.Message, e *amtshilfe.Ersuchen) {
			e.Schuldner[1].Person.Firma, e.Schuldner[1].Person.Rechtsform = "Ægir Feinkost GmbH", "008"
		}), []string{"|Ægir Feinkost GmbH|Vertreten durch/zu Händen|"}},
		{"a paragraph is not torn from its number", edited(func(_ *amtshilfe.Message, e *amtshilfe.Ersuchen) {
			e.Titel[0].Vollstreckbarkeit = amtshilfe.Vollstreckbarkeit{KeineAufschiebendeWirkung: "§ 80 Abs. 2 Satz 1 Nr. 1 VwGO"}
		}), []string{"|§ 80 Abs. 2 Satz 1 Nr. 1 VwGO|"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pages := set(t, tt.letter())
			if !slices.ContainsFunc(pages, func(p string) bool {
				return !slices.ContainsFunc(tt.together, func(text string) bool { return !strings.Contains(p, text) })
			}) {
				t.Errorf("no page has all of %q:\n%s", tt.together, strings.Join(pages, "\n\n"))
			}
		})
	}
}

// An amount and its unit stay in one line wherever the line ends.
func TestUnitsStayInLine(t *testing.T) {
	for n := range 60 {
		l := letter(1, ersuchen())
		l.Message.Ersuchen.Titel[0].Gegenstand = fmt.Sprintf("%s 1.234,50 EUR, davon 7,5 %% nach § 3 Abs. 2 und Nr. 4 der Satzung", strings.Repeat("x", n+1))
		for _, p := range set(t, l) {
			for _, torn := range []string{"|EUR", "|%", " §|", "|3 Abs", " Abs.|", "|4 der"} {
				if strings.Contains(p, torn) {
					t.Fatalf("%d letters before it: torn at %q", n, torn)
				}
			}
		}
	}
}

// Long words are divided where German divides them, also behind the prefixes that the usual rule gets wrong.
func TestHyphensBehindPrefixes(t *testing.T) {
	for _, word := range []string{"Grundstücksverkehrsgenehmigungszuständigkeitsübertragungsverordnung", "Abwasserbeseitigungsgebührennachveranlagungsbescheid", "RindfleischüberwachungsaufgabenRindfleischüberwachungsaufgaben"} {
		for n := range 60 {
			l := letter(1, ersuchen())
			l.Message.Ersuchen.Titel[0].Gegenstand = strings.Repeat("i", n) + word + strings.Repeat("Ämter", 6)
			for _, p := range set(t, l) {
				for _, wrong := range []string{"ve-|r", "ü-|ber", "übe-|r", "übert-|r", "nG-|r", "n-|gR", "R-|i"} {
					if strings.Contains(p, wrong) {
						t.Errorf("%d before %s: divided as %q", n, word, wrong)
					}
				}
			}
		}
	}
}
