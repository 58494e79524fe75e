package pipeline

import (
	"context"
	"fmt"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/register"
)

// ask gives the directory's answers to each request, one per address (or one for a wanted authority). An address is asked about once, and
// without what most directories do not need; a request whose answer depends on more is asked about again with what it says.
func (p *Pipeline) ask(ctx context.Context, requests []*ledger.Delivery) ([][]amtshilfe.Zustaendigkeit, error) {
	type plain struct {
		art                                     amtshilfe.Einnahmeart
		plz, ort, ortsteil, strasse, box, staat string
		betriebsart                             amtshilfe.Betriebsart
	}
	index := map[plain]int{}
	var questions []register.Question
	number := func(q register.Question) int {
		a := q.Anschrift
		key := plain{q.Einnahmeart, a.Postleitzahl, a.Ort, a.Ortsteil, a.Strasse, a.Postfach, a.Staat, q.Betriebsart}
		n, ok := index[key]
		if !ok {
			n = len(questions)
			index[key], questions = n, append(questions, q)
		}
		return n
	}
	asked := make([][]int, len(requests))
	for i, d := range requests {
		for _, a := range d.Anschriften {
			a.Hausnummer, a.HausnummerZusatz = "", ""
			asked[i] = append(asked[i], number(register.Question{Einnahmeart: d.Einnahmeart, Anschrift: a, Betriebsart: d.Betriebsart}))
		}
	}
	got, err := p.Register.LookupAll(ctx, questions)
	if err != nil {
		return nil, err
	}
	answers := make([][]amtshilfe.Zustaendigkeit, len(requests))
	var open []*doubt
	for i, d := range requests {
		if d.Wunschempfaenger != "" {
			z, err := p.Register.Wanted(ctx, d.Wunschempfaenger, d.Betriebsart)
			if err != nil {
				return nil, err
			}
			answers[i] = []amtshilfe.Zustaendigkeit{z}
			continue
		}
		answers[i] = make([]amtshilfe.Zustaendigkeit, len(asked[i]))
		for k, n := range asked[i] {
			answers[i][k] = got[n]
			open = append(open, &doubt{d: d, address: d.Anschriften[k], q: questions[n], z: &answers[i][k]})
		}
	}
	return answers, p.settleDoubts(ctx, open)
}

// doubt is an answer that may depend on more than was asked.
type doubt struct {
	d       *ledger.Delivery
	address amtshilfe.Postanschrift
	q       register.Question // as asked last
	z       *amtshilfe.Zustaendigkeit
}

// maxFacts is how often a question is asked again, each time with one fact more.
const maxFacts = 6

// settleDoubts asks again what depends on facts that the requests say, all in one go for each further fact. Facts go to the authority
// server and into its cache here, never into a log.
func (p *Pipeline) settleDoubts(ctx context.Context, open []*doubt) error {
	for range maxFacts {
		var next []*doubt
		var questions []register.Question
		for _, o := range open {
			ok, err := p.add(ctx, o)
			if err != nil {
				return err
			}
			if ok {
				next, questions = append(next, o), append(questions, o.q)
			}
		}
		if open = next; len(open) == 0 {
			return nil
		}
		got, err := p.Register.LookupAll(ctx, questions)
		if err != nil {
			return err
		}
		for i, o := range open {
			*o.z = got[i]
		}
	}
	return nil
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
