package pipeline_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
	"damtshilfe/internal/sample"
)

// depends gives an answer that depends on something the question did not say.
func depends(u amtshilfe.Umstand) amtshilfe.Zustaendigkeit {
	amt := func(k string) amtshilfe.Behoerde {
		return amtshilfe.Behoerde{Kennung: k, Name: "Amt", Anschriftzeilen: []string{"12345 Ort"}}
	}
	return amtshilfe.Zustaendigkeit{Kandidaten: []amtshilfe.Behoerde{amt("vb:1"), amt("vb:2")}, Regel: "mehrdeutig", Fehlt: u}
}

// Facts of a request leave the house only when the answer depends on them, one after the other.
func TestAnAnswerThatDependsOnFacts(t *testing.T) {
	for _, tt := range []struct {
		name  string
		wants []amtshilfe.Umstand // what the directory wants to know, one after the other
		state amtshilfe.State
		said  func(q register.Question) bool // of the last question
		asked int
	}{
		{"nothing", nil, amtshilfe.Resolved, func(q register.Question) bool {
			return q.Umstaende.Betrag == 0 && q.Umstaende.Massnahmen == nil && q.Anschrift.Hausnummer == ""
		}, 1},
		{"the amount", []amtshilfe.Umstand{"betrag"}, amtshilfe.Resolved, func(q register.Question) bool { return q.Umstaende.Betrag > 0 && q.Umstaende.Massnahmen == nil }, 2},
		{"the measures", []amtshilfe.Umstand{"massnahmen"}, amtshilfe.Resolved, func(q register.Question) bool {
			return len(q.Umstaende.Massnahmen) > 0 && q.Umstaende.Betrag == 0
		}, 2},
		{"the house number, then the requester's Land", []amtshilfe.Umstand{"hausnummer", "land"}, amtshilfe.Resolved, func(q register.Question) bool {
			return q.Anschrift.Hausnummer != "" && q.Umstaende.Land == "SN"
		}, 3},
		{"the kind of creditor, which no message says", []amtshilfe.Umstand{"glaeubiger"}, amtshilfe.Held, func(q register.Question) bool { return true }, 1},
		{"the amount for ever", []amtshilfe.Umstand{"betrag", "betrag", "betrag"}, amtshilfe.Held, func(q register.Question) bool { return q.Umstaende.Betrag > 0 }, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.reg.land = "SN"
			var asked []register.Question
			w.reg.answer = func(q register.Question) amtshilfe.Zustaendigkeit {
				asked = append(asked, q)
				if n := len(asked) - 1; n < len(tt.wants) {
					return depends(tt.wants[n])
				}
				return w.reg.all()
			}
			id := w.drop(w.ersuchen(1))
			d := w.get(id)
			held := d.Hold != nil && d.Hold.Code == "ZUST-MEHRDEUTIG"
			if held != (tt.state == amtshilfe.Held) || !held && d.Behoerde.Kennung != theirs {
				t.Errorf("state %s, %+v", d.State, d.Hold)
			}
			if len(asked) != tt.asked || !tt.said(asked[len(asked)-1]) {
				t.Errorf("asked %d times, want %d, last %+v", len(asked), tt.asked, asked[len(asked)-1])
			}
			if strings.Contains(w.log.String(), "Betrag:") || strings.Contains(w.log.String(), d.Betrag.String()) {
				t.Error("the log names the amount")
			}
		})
	}
}

// Equal addresses of a drop are one question, also where an answer depends on facts.
func TestDoubtsAreAskedTogether(t *testing.T) {
	w := newWorld(t)
	calls := 0
	w.reg.answer = func(q register.Question) amtshilfe.Zustaendigkeit {
		calls++
		if q.Umstaende.Betrag == 0 {
			return depends(amtshilfe.UmstandBetrag)
		}
		return w.reg.all()
	}
	for n := range 3 {
		w.drop(w.ersuchen(n + 1))
	}
	if calls != 6 {
		t.Errorf("%d questions for three drops", calls)
	}
}

// The rule names how old the answer was when it was not fresh.
func TestAnOldAnswerSaysSo(t *testing.T) {
	for _, tt := range []struct {
		age  time.Duration
		want string
	}{
		{0, "R1"}, {5 * time.Minute, "R1"}, {30 * time.Minute, "R1; Auskunft 30 Minuten alt"}, {3 * time.Hour, "R1; Auskunft 3 Stunden alt"}, {72 * time.Hour, "R1; Auskunft 3 Tage alt"},
	} {
		w := newWorld(t)
		w.reg.answer = func(register.Question) amtshilfe.Zustaendigkeit {
			z := w.reg.all()
			z.Age = tt.age
			return z
		}
		d := w.get(w.drop(w.ersuchen(1)))
		if d.Regel != tt.want {
			t.Errorf("age %v: %q, want %q", tt.age, d.Regel, tt.want)
		}
	}
}

// What is reserved keeps its authority, and the receipt names the rule and the version that chose it, whatever the directory says by now.
func TestAChangedDirectoryTouchesNothingReserved(t *testing.T) {
	for _, kanal := range []amtshilfe.Kanal{electronic, postal} {
		t.Run(string(kanal.Art), func(t *testing.T) {
			w := newWorld(t)
			w.reg.kanal = kanal
			stop := true
			w.xta.send = func(int) error {
				if stop {
					return errors.New("away")
				}
				return nil
			}
			id := w.drop(w.ersuchen(1))
			before := w.get(id)
			if kanal.Art == amtshilfe.KanalPost {
				_, _, err := w.Print(t.Context())
				must(t, err)
				before = w.get(id)
			}
			if before.Regel != "R1" || before.State == amtshilfe.Valid {
				t.Fatalf("%s %q", before.State, before.Regel)
			}
			w.reg.answer = func(register.Question) amtshilfe.Zustaendigkeit {
				z := w.reg.all()
				z.Behoerde.Kennung, z.Behoerde.Name, z.Regel = "vb:2", "Anderes Amt", "R2"
				z.Kanaele = []amtshilfe.Kanal{postal}
				return z
			}
			stop = false
			w.later(2 * time.Hour)
			w.restart()
			w.work()
			_, _, err := w.Print(t.Context())
			must(t, err)
			after := w.get(id)
			if after.Regel != "R1" || after.Behoerde.Kennung != before.Behoerde.Kennung || after.Kanal.Art != kanal.Art || after.MessageID != before.MessageID || after.Sendung != before.Sendung {
				t.Errorf("before %+v, after %+v", before.Behoerde, after.Behoerde)
			}
			_, _, err = w.Tell(t.Context())
			must(t, err)
			if !slices.ContainsFunc(w.out(), func(name string) bool { return strings.Contains(w.read(name), "R1") }) {
				t.Errorf("no receipt names the rule: %v", w.out())
			}
		})
	}
}

// What is known while no server answers goes on; what is not known waits, and does not keep the rest of its drop waiting.
func TestOnlyTheUnansweredWait(t *testing.T) {
	w := newWorld(t)
	w.reg.unknown = func(q register.Question) bool { return q.Anschrift.Ort == "Unbekanntstadt" }
	var docs [][]byte
	for n := range 4 {
		docs = append(docs, w.ersuchen(n+1, func(s *sample.Spec) {
			for i := range s.Schuldner {
				for k := range s.Schuldner[i].Person.Anschriften {
					if s.Schuldner[i].Person.Anschriften[k].Ort = "Bekanntstadt"; n%2 == 1 {
						s.Schuldner[i].Person.Anschriften[k].Ort = "Unbekanntstadt"
					}
				}
			}
		}))
	}
	drop := w.put(zipped(t, docs...))
	w.work()
	count := func() (valid, addressed int) {
		list, err := w.ledger.InDrop(drop, 0, 10)
		must(t, err)
		for _, d := range list {
			if d.State == amtshilfe.Valid {
				valid++
			} else if d.Behoerde.Kennung == theirs {
				addressed++
			}
		}
		return valid, addressed
	}
	if valid, addressed := count(); valid != 2 || addressed != 2 {
		t.Errorf("%d wait, %d go on", valid, addressed)
	}
	w.reg.unknown = nil
	w.later(time.Hour)
	w.work()
	if valid, addressed := count(); valid != 0 || addressed != 4 {
		t.Errorf("later %d wait, %d go on", valid, addressed)
	}
}
