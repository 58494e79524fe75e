package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/register"
)

// ask gives the directory's answers to each request, one per address (or one for a wanted authority). An address is asked about once, and
// without what most directories do not need; a request whose answer depends on more is asked about again with what it says. A request
// without answers (nil) could not be asked about, and the error says why: the others need not wait for it.
func (p *Pipeline) ask(ctx context.Context, requests []*ledger.Delivery) ([][]amtshilfe.Zustaendigkeit, error) {
	questions, asked := questionsOf(requests)
	got, err := p.lookupAll(ctx, questions)
	errs := []error{err}
	answers := make([][]amtshilfe.Zustaendigkeit, len(requests))
	var open []*doubt
	for i, d := range requests {
		if d.Wunschempfaenger != "" {
			z, err := p.Register.Wanted(ctx, d.Wunschempfaenger, d.Betriebsart)
			if errs = append(errs, err); err == nil {
				answers[i] = []amtshilfe.Zustaendigkeit{z}
			}
			continue
		}
		answers[i] = make([]amtshilfe.Zustaendigkeit, len(asked[i]))
		for k, n := range asked[i] {
			if got[n] == nil {
				answers[i] = nil
				break
			}
			answers[i][k] = *got[n]
		}
		for k := range answers[i] {
			open = append(open, &doubt{d: d, address: d.Anschriften[k], q: questions[asked[i][k]], z: &answers[i][k], of: i})
		}
	}
	failed, err := p.settleDoubts(ctx, open)
	for _, o := range failed {
		answers[o.of] = nil
	}
	return answers, errors.Join(append(errs, err)...)
}

// questionsOf gives the distinct questions about the addresses of requests, and which of them each address of a request is.
func questionsOf(requests []*ledger.Delivery) (questions []register.Question, asked [][]int) {
	type plain struct {
		art                                     amtshilfe.Einnahmeart
		plz, ort, ortsteil, strasse, box, staat string
		betriebsart                             amtshilfe.Betriebsart
	}
	index := map[plain]int{}
	asked = make([][]int, len(requests))
	for i, d := range requests {
		for _, a := range d.Anschriften {
			if d.Wunschempfaenger != "" {
				break // nobody needs to know where the debtor lives
			}
			a.Hausnummer, a.HausnummerZusatz = "", ""
			key := plain{d.Einnahmeart, a.Postleitzahl, a.Ort, a.Ortsteil, a.Strasse, a.Postfach, a.Staat, d.Betriebsart}
			n, ok := index[key]
			if !ok {
				n = len(questions)
				index[key], questions = n, append(questions, register.Question{Einnahmeart: d.Einnahmeart, Anschrift: a, Betriebsart: d.Betriebsart})
			}
			asked[i] = append(asked[i], n)
		}
	}
	return questions, asked
}

// lookupAll asks many questions; one without an answer has nil, and the error says why.
func (p *Pipeline) lookupAll(ctx context.Context, questions []register.Question) ([]*amtshilfe.Zustaendigkeit, error) {
	out := make([]*amtshilfe.Zustaendigkeit, len(questions))
	got, err := p.Register.LookupAll(ctx, questions)
	some, partial := errors.AsType[*register.Unanswered](err)
	if err != nil && !partial {
		return out, err
	}
	for i := range got {
		if !partial || !slices.Contains(some.Questions, i) {
			out[i] = &got[i]
		}
	}
	return out, err
}

// doubt is an answer that may depend on more than was asked.
type doubt struct {
	d       *ledger.Delivery
	address amtshilfe.Postanschrift
	q       register.Question // as asked last
	z       *amtshilfe.Zustaendigkeit
	of      int // which request
}

// maxFacts is how often a question is asked again, each time with one fact more.
const maxFacts = 6

// settleDoubts asks again what depends on facts that the requests say, all in one go for each further fact, and gives those that could not
// be asked again. Facts go to the authority server and into its cache here, never into a log.
func (p *Pipeline) settleDoubts(ctx context.Context, open []*doubt) (failed []*doubt, err error) {
	var errs []error
	for range maxFacts {
		var next []*doubt
		var questions []register.Question
		for _, o := range open {
			ok, err := p.add(ctx, o)
			switch {
			case err != nil:
				failed, errs = append(failed, o), append(errs, err)
			case ok:
				next, questions = append(next, o), append(questions, o.q)
			}
		}
		if open = next; len(open) == 0 {
			break
		}
		got, err := p.lookupAll(ctx, questions)
		errs = append(errs, err)
		var answered []*doubt
		for i, o := range open {
			if got[i] == nil {
				failed = append(failed, o)
				continue
			}
			*o.z = *got[i]
			answered = append(answered, o)
		}
		open = answered
	}
	return failed, errors.Join(errs...)
}

// add puts the fact that decides into the question; false if none does, or the request does not say it.
func (p *Pipeline) add(ctx context.Context, o *doubt) (bool, error) {
	before := o.q.Umstaende
	switch u := &o.q.Umstaende; o.z.Fehlt {
	case amtshilfe.UmstandHausnummer:
		if o.q.Anschrift.Hausnummer != "" || o.address.Hausnummer == "" {
			return false, nil
		}
		o.q.Anschrift.Hausnummer, o.q.Anschrift.HausnummerZusatz = o.address.Hausnummer, o.address.HausnummerZusatz
		return true, nil
	case amtshilfe.UmstandBetrag:
		u.Betrag = int64(o.d.Betrag)
		return before.Betrag == 0 && u.Betrag > 0, nil
	case amtshilfe.UmstandMassnahmen:
		if u.Massnahmen != nil {
			return false, nil
		}
		m, err := p.document(o.d)
		if err != nil || m.Ersuchen == nil {
			return false, nil //nolint:nilerr // what cannot be read says nothing; sending or printing complains of it
		}
		u.Massnahmen = append([]string{}, m.Ersuchen.Massnahmen...)
		return true, nil
	case amtshilfe.UmstandLand:
		z, err := p.Register.ByKennung(ctx, o.d.Absender, o.d.Betriebsart)
		if err != nil {
			return false, err
		}
		u.Land = z.Behoerde.Land
		return before.Land == "" && u.Land != "", nil
	}
	return false, nil // a kind of creditor is said by no message
}

// tellAge is from which age on an answer says how old it was when it was used.
const tellAge = 10 * time.Minute

// ruleOf is the rule of an answer for receipts: an old one says so.
func ruleOf(z amtshilfe.Zustaendigkeit) string {
	switch age := z.Age; {
	case age < tellAge:
		return z.Regel
	case age < 2*time.Hour:
		return fmt.Sprintf("%s; Auskunft %d Minuten alt", z.Regel, int(age/time.Minute))
	case age < 48*time.Hour:
		return fmt.Sprintf("%s; Auskunft %d Stunden alt", z.Regel, int(age/time.Hour))
	default:
		return fmt.Sprintf("%s; Auskunft %d Tage alt", z.Regel, int(age/(24*time.Hour)))
	}
}
