package register

import (
	"slices"
	"strings"
	"unicode/utf8"

	"damtshilfe/internal/amtshilfe"
)

// The rules, as answers, receipts and letters name them.
const (
	ruleExact     = "PLZ und Ort"
	ruleShort     = "PLZ und abgekürzter Ort"
	ruleLoose     = "PLZ und Teil des Ortsnamens"
	rulePart      = "PLZ und Ortsteil"
	ruleMany      = "PLZ und Ort mehrdeutig"
	ruleNoPlace   = "Ort zur PLZ nicht im Verzeichnis"
	ruleOrtFehlt  = "Ort fehlt"
	rulePLZFehlt  = "PLZ fehlt"
	ruleBadPLZ    = "PLZ nicht aus fünf Ziffern"
	ruleNoStreet  = "Straße zu PLZ und Ort nicht im Verzeichnis"
	ruleNoPLZ     = "PLZ nicht im Verzeichnis"
	ruleNoKind    = "Einnahmeart nicht im Verzeichnis"
	ruleNoOne     = "keine Behörde eingetragen"
	ruleNoDay     = "am gefragten Tag keine Behörde eingetragen"
	ruleAbroad    = "Anschrift im Ausland"
	rulePostfach  = "nur ein Postfach"
	ruleEnded     = "Gemeinde aufgelöst, Nachfolger nicht im Verzeichnis"
	ruleNotAll    = "mehrdeutig, nicht für jeden Fall ist eine Behörde eingetragen"
	maxCandidates = 50 // the most that a 002 can name
	maxRegel      = 250
)

// facts are the words of rules for what a question can say.
var facts = map[string]amtshilfe.Umstand{"Straße": amtshilfe.UmstandStrasse, "Hausnummer": amtshilfe.UmstandHausnummer, "Maßnahme": amtshilfe.UmstandMassnahmen,
	"Gläubiger": amtshilfe.UmstandGlaeubiger, "Land des Ersuchenden": amtshilfe.UmstandLand, "Betrag": amtshilfe.UmstandBetrag}

// lacking marks an answer with what would decide it, for those who can ask again.
func lacking(z amtshilfe.Zustaendigkeit, word string) amtshilfe.Zustaendigkeit {
	z.Fehlt = facts[word]
	return z
}

func missing(word string) string {
	if word == "" {
		return ""
	}
	return ": es fehlt " + word
}

// why says why nobody is competent although the place is known.
func (n *inquiry) why(s *search) string {
	t := s.targets[0]
	switch {
	case t.gone:
		return ruleEnded + " (AGS " + t.ended.ags + ")"
	case t.in.ags == "":
		return n.otherwise()
	}
	rule := ruleNoOne
	for _, k := range t.in.keys {
		for _, c := range n.x.byKey[k] {
			rule = n.closer(rule, c)
		}
	}
	for _, l := range n.x.byPLZ[n.plz] {
		if slices.Contains(l.in, t.in) {
			rule = n.closer(rule, l.claim)
		}
	}
	return rule + " (AGS " + t.in.ags + ")"
}

// otherwise says what keeps the claims on places of the postcode from answering.
func (n *inquiry) otherwise() string {
	rule := ruleNoKind
	for _, l := range n.x.byPLZ[n.plz] {
		rule = n.closer(rule, l.claim)
	}
	return rule
}

// closer is the rule for a claim that does not answer, if it says more than the one there was: another day says more than another kind.
func (n *inquiry) closer(rule string, c *claim) string {
	switch {
	case !c.revenue.has(n.q.Einnahmeart):
		if rule == ruleNoOne {
			return ruleNoKind
		}
	case !c.valid(n.day):
		return ruleNoDay
	}
	return rule
}

// germany says whether a country code means Germany: none, the code of the Destatis list, or ISO 3166.
func germany(staat string) bool {
	if len(staat) > maxFieldRune {
		return false
	}
	switch strings.ToUpper(strings.TrimSpace(staat)) {
	case "", "000", "DE", "DEU", "D":
		return true
	}
	return false
}

// cleanPLZ takes off what people write around a postcode: blanks and "D-".
func cleanPLZ(s string) string {
	if len(s) > maxFieldRune {
		return "?"
	}
	s = strings.TrimSpace(s)
	if rest, ok := strings.CutPrefix(strings.ToUpper(s), "D"); ok {
		s = strings.TrimLeft(rest, "E- ")
	}
	return s
}

// cut shortens s to n characters.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}
