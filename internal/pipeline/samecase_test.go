package pipeline_test

import (
	"errors"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sample"
	"damtshilfe/internal/sqlitedb"
)

// like makes the n-th request one about the same case as request of: the same Aktenzeichen, or the same booking.
func like(of int, booking bool) func(*sample.Spec) {
	first := sample.New(sample.Options{N: 1, Seed: int64(of)}, 0)
	return func(s *sample.Spec) {
		if booking {
			s.Forderungen[0].Haushaltsjahr, s.Forderungen[0].Buchungsnummer = first.Forderungen[0].Haushaltsjahr, first.Forderungen[0].Buchungsnummer
			return
		}
		s.Kopf.Absender.Aktenzeichen = first.Kopf.Absender.Aktenzeichen
	}
}

func TestTheSameCaseAgain(t *testing.T) {
	sends := func(kind amtshilfe.Kind, spec sample.FollowSpec) func(w *world) {
		return func(w *world) {
			spec.Kopf, spec.Bezug = sample.Kopf(9000, 1, w.now, sample.Akteur(own, "Stadtkasse", "AZ-1")), amtshilfe.Bezug{UUID: sample.UUID(1, 0)}
			w.put(sample.Follow(kind, spec))
			w.work()
		}
	}
	for _, tt := range []struct {
		name      string
		second    func(*sample.Spec)
		meanwhile func(w *world)
		want      amtshilfe.State
	}{
		{"another case goes on", func(*sample.Spec) {}, nil, amtshilfe.Sent},
		{"the same Aktenzeichen is asked about", like(1, false), nil, amtshilfe.Held},
		{"the same booking is asked about", like(1, true), nil, amtshilfe.Held},
		{"of another year it is another booking", func(s *sample.Spec) {
			like(1, true)(s)
			s.Forderungen[0].Haushaltsjahr = "2019"
		}, nil, amtshilfe.Sent},
		{"no Aktenzeichen is nobody's", func(s *sample.Spec) { s.Kopf.Absender.Aktenzeichen = "-" }, nil, amtshilfe.Sent},
		{"after a Ruecknahme the case is closed", like(1, false), sends(amtshilfe.KindEinstellung, sample.FollowSpec{Art: "ruecknahme"}), amtshilfe.Sent},
		{"after a temporary stop it is open", like(1, false), sends(amtshilfe.KindEinstellung, sample.FollowSpec{Art: "einstellung-vorlaeufig"}), amtshilfe.Held},
		{"after a 007 it is open", like(1, false), sends(amtshilfe.KindForderungsaenderung, sample.FollowSpec{}), amtshilfe.Held},
		{"after a refusal by us it is closed", like(1, false), func(w *world) {
			d := w.get(w.first())
			d.State = amtshilfe.Refused
			must(w.t, w.ledger.Save(sqlitedb.Outcome, &d))
		}, amtshilfe.Sent},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.is(w.sent(1), amtshilfe.Sent)
			if tt.meanwhile != nil {
				tt.meanwhile(w)
			}
			second := w.carried(w.ersuchen(2, tt.second))
			if tt.want == amtshilfe.Held {
				w.is(second, tt.want, "DUP-FACHLICH")
			} else {
				w.is(second, tt.want)
			}
		})
	}
}

// first is the first request that was dropped.
func (w *world) first() amtshilfe.DeliveryID {
	d, err := w.ledger.ByUUID(own, sample.UUID(1, 0))
	must(w.t, err)
	return d.ID
}

// Of two in one drop the second is asked about, whatever comes between; a person releases it once and for all.
func TestTheSameCaseInOneDrop(t *testing.T) {
	w := newWorld(t)
	w.reg.err = errors.New("away")
	drop := w.put(zipped(t, w.ersuchen(1), w.ersuchen(2, like(1, false)), w.ersuchen(3)))
	w.work() // nobody says who is competent: all of it is looked at again
	w.reg.err = nil
	w.restart()
	w.later(w.pause())
	w.work()
	at := func(seq int) amtshilfe.DeliveryID { return amtshilfe.DeliveryID{Drop: drop, Seq: seq} }
	w.is(at(1), amtshilfe.Sent)
	w.is(at(2), amtshilfe.Held, "DUP-FACHLICH")
	w.is(at(3), amtshilfe.Sent)
	must(t, w.Release(t.Context(), at(2), clerk))
	w.work()
	w.is(at(2), amtshilfe.Sent)
	// What was released for another reason was not asked about its case yet.
	third := w.carried(w.ersuchen(4, like(1, false)))
	w.is(third, amtshilfe.Held, "DUP-FACHLICH")
}

// A case that the authority has ended may be asked for again.
func TestTheSameCaseAfterItsEnd(t *testing.T) {
	w := newWorld(t)
	one := w.sent(1)
	in, err := w.ledger.Fetched(ledger.Inbound{Inbound: amtshilfe.Inbound{ID: amtshilfe.NewInboxID(w.now), Account: account, MessageID: "urn:x", Author: theirs, ReceivedAt: w.now}, Reader: own})
	must(t, err)
	in.State, in.Kind, in.Case = amtshilfe.InboxPublished, amtshilfe.KindAbschluss, amtshilfe.CaseKey{Absender: own, UUID: w.get(one).UUID}
	must(t, w.ledger.Judged(in))
	w.is(w.carried(w.ersuchen(2, like(1, false))), amtshilfe.Sent)
}

// A sender that writes one Aktenzeichen into everything is asked about all but the first, and slows nothing down.
func TestOneAktenzeichenForEverything(t *testing.T) {
	w := newWorld(t)
	var docs [][]byte
	const n = 1100 // more than a query looks at
	for i := range n {
		docs = append(docs, w.ersuchen(1+i, func(s *sample.Spec) { s.Kopf.Absender.Aktenzeichen = "VOLLSTR" }))
	}
	drop := w.put(zipped(t, docs...))
	w.work()
	counts, err := w.ledger.CountsOf(drop)
	if err != nil || counts[amtshilfe.Held].N != n-1 || counts[amtshilfe.Sent].N != 1 {
		t.Errorf("%+v, %v", counts, err)
	}
}
