package amtshilfe_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"damtshilfe/internal/amtshilfe"
)

// Every state has a word that receipts know, and every word is some state's.
func TestWords(t *testing.T) {
	used := map[amtshilfe.Status]bool{}
	for _, s := range amtshilfe.States {
		for _, provided := range []bool{false, true} {
			for _, owner := range []amtshilfe.Owner{"", amtshilfe.OwnerMandant, amtshilfe.OwnerBetrieb, amtshilfe.OwnerRegisterpflege, amtshilfe.OwnerDruckzentrum} {
				word := s.Status(provided, owner)
				if !slices.Contains(amtshilfe.Statuses, word) {
					t.Errorf("%s has the word %q", s, word)
				}
				used[word] = true
			}
		}
	}
	for _, word := range amtshilfe.Statuses {
		if !used[word] {
			t.Errorf("no state has the word %s", word)
		}
	}
	if w := amtshilfe.Held.Status(false, amtshilfe.OwnerMandant); w != amtshilfe.StatusRueckfrage {
		t.Errorf("what the sender decides is %s", w)
	}
	if w := amtshilfe.Sent.Status(true, ""); w != amtshilfe.StatusBereitgestellt {
		t.Errorf("what lies in the mailbox is %s", w)
	}
}

// can says which states can be reached from s, s included.
func can(s amtshilfe.State) []amtshilfe.State {
	reached := []amtshilfe.State{s}
	for i := 0; i < len(reached); i++ {
		for _, next := range amtshilfe.States {
			if reached[i].Step(next) == nil && !slices.Contains(reached, next) {
				reached = append(reached, next)
			}
		}
	}
	return reached
}

// The table of steps keeps the promises of design 3 and 4.
func TestSteps(t *testing.T) {
	from := can(amtshilfe.Valid)
	for _, s := range amtshilfe.States {
		if s != amtshilfe.Duplicate && !slices.Contains(from, s) {
			t.Errorf("nothing leads to %s", s)
		}
		if s.Step(s) == nil {
			t.Errorf("%s is a step to itself", s)
		}
		ends := slices.ContainsFunc(can(s), func(s amtshilfe.State) bool { return s.Ended() })
		if !ends {
			t.Errorf("%s has no end", s)
		}
		for _, next := range amtshilfe.States {
			step := s.Step(next) == nil
			// A closed report may be followed by a 014, a letter that was posted may come back or be printed again; every other end is one.
			late := next == amtshilfe.Refused && (s == amtshilfe.Delivered || s == amtshilfe.DeliveredWarned) || s == amtshilfe.Posted && (next == amtshilfe.Returned || next == amtshilfe.Bundled)
			if step && s.Ended() && !late {
				t.Errorf("%s goes on to %s after its end", s, next)
			}
			if step && next == amtshilfe.Withdrawn && (s.OnItsWay() || s == amtshilfe.Sending) {
				t.Errorf("%s is withdrawn after its point of no return", s)
			}
		}
	}
	for _, s := range []amtshilfe.State{amtshilfe.Sent, amtshilfe.Delivered, amtshilfe.DeliveredWarned, amtshilfe.Refused} {
		for _, again := range []amtshilfe.State{amtshilfe.Resolved, amtshilfe.Reserved, amtshilfe.Sending, amtshilfe.Bundled} {
			// A letter may follow a red report; that it is only that, the ledger sees to (ErrOneWay).
			letter := s == amtshilfe.Sent && again == amtshilfe.Resolved
			if s.Step(again) == nil && !letter {
				t.Errorf("from %s nothing is sent or printed again, and %s is a step", s, again)
			}
		}
	}
	if err := amtshilfe.Sending.Step(amtshilfe.Resolved); err == nil {
		t.Error("an attempt with unknown outcome may not be sent under another id")
	}
	if err := amtshilfe.Bundled.Step(amtshilfe.Resolved); err == nil {
		t.Error("a delivery is tied to its bundle for ever")
	}
}

// What has left lets its successors go, and what ended has left.
func TestLeft(t *testing.T) {
	for _, s := range amtshilfe.States {
		if s.Ended() && !s.Left() {
			t.Errorf("%s has ended and still holds back its case", s)
		}
		if s.Waits() && s.Ended() {
			t.Errorf("%s waits for a person and has ended", s)
		}
	}
	for _, s := range []amtshilfe.State{amtshilfe.Reserved, amtshilfe.Sending, amtshilfe.Held, amtshilfe.Bundled} {
		if s.Left() {
			t.Errorf("%s has not left yet", s)
		}
	}
}

func TestVerdict(t *testing.T) {
	cause := errors.New("cause")
	for _, tt := range []struct {
		name string
		err  error
		want amtshilfe.Verdict
	}{
		{"what nobody judged is tried again", cause, amtshilfe.Retry},
		{"a fault says it itself", &amtshilfe.Fault{Verdict: amtshilfe.Reject, Code: "X-Y"}, amtshilfe.Reject},
		{"also from within", fmt.Errorf("send: %w", &amtshilfe.Fault{Verdict: amtshilfe.Hold, Code: "X-Y", Err: cause}), amtshilfe.Hold},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := amtshilfe.VerdictOf(tt.err); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
	f := &amtshilfe.Fault{Verdict: amtshilfe.Hold, Code: "X-Y", Text: "Deutscher Satz", Err: cause}
	if !errors.Is(f, cause) || f.Error() != "hold X-Y: cause" {
		t.Errorf("%v", f)
	}
}

// The directory's answer is used by the first way that we serve.
func TestKanal(t *testing.T) {
	ways := func(arten ...amtshilfe.Kanalart) (z amtshilfe.Zustaendigkeit) {
		for _, a := range arten {
			z.Kanaele = append(z.Kanaele, amtshilfe.Kanal{Art: a})
		}
		return z
	}
	for _, tt := range []struct {
		name string
		z    amtshilfe.Zustaendigkeit
		want amtshilfe.Kanalart
	}{
		{"xta before post", ways(amtshilfe.KanalPost, amtshilfe.KanalXTA), amtshilfe.KanalXTA},
		{"post before what we cannot serve", ways(amtshilfe.KanalEGVP, amtshilfe.KanalPost), amtshilfe.KanalPost},
		{"else the first", ways(amtshilfe.KanalEGVP, amtshilfe.KanalKeiner), amtshilfe.KanalEGVP},
		{"none", ways(), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if k, ok := tt.z.Kanal(); k.Art != tt.want || ok != (tt.want != "") {
				t.Errorf("%q, %v", k.Art, ok)
			}
		})
	}
}
