package store

import (
	"fmt"
	"strings"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// AnswerChange is a question that two directories answer differently.
type AnswerChange struct {
	Question      Question
	Before, After string // who, and by which way first; German words where nobody or several are
}

// Answers asks every question of both directories and gives those whose answers differ, in their order.
func Answers(before, after *register.Directory, questions []Question) []AnswerChange {
	var all []AnswerChange
	for _, q := range questions {
		if b, a := answer(before, q), answer(after, q); a != b {
			all = append(all, AnswerChange{q, b, a})
		}
	}
	return all
}

// answer says who is competent and how they are reached. A directory that is nil has nobody.
func answer(d *register.Directory, q Question) string {
	if d == nil {
		return "niemand"
	}
	z := d.Lookup(q.Einnahmeart, amtshilfe.Postanschrift{Postleitzahl: q.PLZ, Ort: q.Ort}, q.Betriebsart)
	switch {
	case len(z.Kandidaten) > 0:
		var who []string
		for _, b := range z.Kandidaten {
			who = append(who, b.Kennung)
		}
		return "mehrdeutig: " + strings.Join(who, ", ")
	case z.IsZero():
		return "niemand"
	}
	var ways []string
	for _, k := range z.Kanaele {
		way := string(k.Art)
		if k.Adresse != "" {
			way += " " + k.Adresse
		}
		if k.Rechenzentrum.Kennung != "" {
			way += " " + k.Rechenzentrum.Kennung
		}
		ways = append(ways, way)
	}
	return fmt.Sprintf("%s (%s)", z.Behoerde.Kennung, strings.Join(ways, ", "))
}

// String is the question in one line.
func (q Question) String() string {
	return fmt.Sprintf("%s %s in %s %s", q.Betriebsart, q.Einnahmeart.Code, q.PLZ, q.Ort)
}
