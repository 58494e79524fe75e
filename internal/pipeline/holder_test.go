package pipeline_test

import (
	"slices"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/sample"
)

// A 006 moves the case: what follows goes to the new authority, and only that one may answer. The request itself is not sent again.
func TestWeiterleitung(t *testing.T) {
	const next = "vb:next"
	w := newWorld(t)
	request := w.sent(1)
	w.xta.create = func() error { return errAway } // the first change does not leave
	waiting := w.drop(w.follow(amtshilfe.KindForderungsaenderung, 1))
	w.is(waiting, amtshilfe.Resolved)
	w.arrives("urn:6", theirs, w.weiterleitung("weitergereicht", next))
	must(t, w.fetch())
	w.xta.create = nil
	w.later(time.Hour)
	w.work()
	w.is(waiting, amtshilfe.Sent)
	question := w.drop(w.follow(amtshilfe.KindSachstandAnfrage, 1))
	for _, id := range []amtshilfe.DeliveryID{waiting, question} {
		if d := w.get(id); d.Behoerde.Kennung != next || d.State != amtshilfe.Sent {
			t.Errorf("%s is %s to %s", id, d.State, d.Behoerde.Kennung)
		}
	}
	w.arrives("urn:old", theirs, w.reply(amtshilfe.KindAbschluss, theirs, 1))
	w.arrives("urn:new", next, w.reply(amtshilfe.KindEingangsbestaetigung, next, 1))
	must(t, w.fetch())
	if in := w.inbound("urn:old"); in.State != amtshilfe.InboxHeld || in.Question.Code != "BEZUG-FREMD" {
		t.Errorf("the former holder: %s %+v", in.State, in.Question)
	}
	if in := w.inbound("urn:new"); in.State != amtshilfe.InboxPublished {
		t.Errorf("the new holder: %s %+v", in.State, in.Question)
	}
	if n := slices.IndexFunc(w.xta.taken[1:], func(l letter) bool { return l.kind == amtshilfe.KindErsuchen }); n >= 0 || w.get(request).Behoerde.Kennung != theirs {
		t.Error("the request was sent again")
	}
}

// A request that is given back has no holder: nobody answers for it, and nothing goes to anybody.
func TestZurueckgegeben(t *testing.T) {
	w := newWorld(t)
	w.sent(1)
	w.arrives("urn:6", theirs, w.weiterleitung("zurueckgegeben", "vb:next"))
	must(t, w.fetch())
	change := w.drop(w.follow(amtshilfe.KindEinstellung, 1))
	w.is(change, amtshilfe.Rejected, "BEZUG-ZURUECKGEGEBEN")
	for _, author := range []string{theirs, "vb:next"} {
		w.arrives("urn:"+author, author, w.reply(amtshilfe.KindAbschluss, author, 1))
	}
	must(t, w.fetch())
	for _, author := range []string{theirs, "vb:next"} {
		if in := w.inbound("urn:" + author); in.State != amtshilfe.InboxHeld || in.Question.Code != "BEZUG-FREMD" {
			t.Errorf("%s: %s %+v", author, in.State, in.Question)
		}
	}
	if len(w.xta.taken) != 1 {
		t.Errorf("%d messages went out", len(w.xta.taken))
	}
}

// A stranger's 006 moves nothing.
func TestWeiterleitungOfAStranger(t *testing.T) {
	w := newWorld(t)
	w.sent(1)
	doc := sample.Follow(amtshilfe.KindWeiterleitung, sample.FollowSpec{Kopf: sample.Kopf(66, 1, w.now, sample.Akteur("vb:2", "Amt", "-")), Bezug: amtshilfe.Bezug{UUID: sample.UUID(1, 0)}})
	w.arrives("urn:6", "vb:2", doc)
	must(t, w.fetch())
	change := w.drop(w.follow(amtshilfe.KindForderungsaenderung, 1))
	if d := w.get(change); d.Behoerde.Kennung != theirs || d.State != amtshilfe.Sent {
		t.Errorf("%s to %s", d.State, d.Behoerde.Kennung)
	}
}

// weiterleitung is a 006 of the holder of the first case.
func (w *world) weiterleitung(verbleib, to string) []byte {
	an := sample.Akteur(to, "Neues Amt", "-")
	return sample.Follow(amtshilfe.KindWeiterleitung, sample.FollowSpec{Kopf: sample.Kopf(66, 1, w.now, sample.Akteur(theirs, "Amt", "VH-1")),
		Bezug: amtshilfe.Bezug{UUID: sample.UUID(1, 0)}, Verbleib: verbleib, AnBehoerde: &an})
}

// Answers leave in the order they were dropped, like everything else of a case.
func TestAnswersInOrder(t *testing.T) {
	w := newWorld(t)
	w.arrives("urn:3", theirs, w.ersuchenOf(theirs, 7))
	must(t, w.fetch())
	w.xta.send = answers(errReset, nil, nil)
	first := w.drop(w.follow(amtshilfe.KindEingangsbestaetigung, 7))
	last := w.drop(w.follow(amtshilfe.KindAbschluss, 7))
	w.is(first, amtshilfe.Sending)
	w.is(last, amtshilfe.Waiting)
	w.later(10 * time.Minute)
	w.work()
	w.is(first, amtshilfe.Sent)
	w.is(last, amtshilfe.Sent)
	if l := w.xta.taken; len(l) != 2 || l[0].kind != amtshilfe.KindEingangsbestaetigung || l[1].kind != amtshilfe.KindAbschluss || l[1].replyTo != "urn:3" {
		t.Errorf("%v", l)
	}
}

// Two requesters that use one UUID: a person says to whom the answer goes.
func TestAnswerToOneOfTwo(t *testing.T) {
	w := newWorld(t)
	w.arrives("urn:a", theirs, w.ersuchenOf(theirs, 7))
	w.arrives("urn:b", "vb:2", w.ersuchenOf("vb:2", 7))
	must(t, w.fetch())
	answer := w.drop(w.follow(amtshilfe.KindEingangsbestaetigung, 7))
	w.is(answer, amtshilfe.Held, "BEZUG-MEHRDEUTIG")
	must(t, w.Release(t.Context(), answer, pipeline.Decision{Wer: "meier", Grund: "-", Behoerde: "vb:2"}))
	w.work()
	if d := w.get(answer); d.State != amtshilfe.Sent || d.Behoerde.Kennung != "vb:2" {
		t.Errorf("%s to %s", d.State, d.Behoerde.Kennung)
	}
}
