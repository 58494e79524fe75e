package pipeline_test

import (
	"bytes"
	"context"
	"io"
	"slices"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/attachment"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/sample"
)

// No attachment goes on without the scanner's word; when it is back, it is asked again.
func TestScanner(t *testing.T) {
	w := newWorld(t)
	var says error = io.EOF
	clean := false
	w.scanner = func(pdf []byte) (bool, error) {
		if !bytes.HasPrefix(pdf, []byte("%PDF-")) {
			t.Errorf("%.10q is not the attachment", pdf)
		}
		return clean, says
	}
	w.restart()
	id := amtshilfe.DeliveryID{Drop: w.put(w.ersuchen(1, func(s *sample.Spec) { s.Anhaenge = []amtshilfe.Anhang{sample.PDF("a.pdf", "Bescheid")} })), Seq: 1}
	w.work()
	w.is(id, amtshilfe.Held, "ANHANG-UNGEPRUEFT")
	says = nil
	again := func() {
		must(t, w.Retry(t.Context(), id, pipeline.Decision{Wer: "meier", Grund: "-"}))
		w.work()
	}
	again()
	w.is(id, amtshilfe.Held, "ANHANG-VIRUS")
	if err := w.Release(t.Context(), id, pipeline.Decision{Wer: "meier", Grund: "-"}); err == nil {
		t.Error("an infected attachment was released")
	}
	w.is(id, amtshilfe.Held, "ANHANG-VIRUS")
	clean = true
	again()
	w.is(id, amtshilfe.Sent)
}

// What arrives is published only with the scanner's word as well, and no person can say it in its place.
func TestScannerInbound(t *testing.T) {
	w := newWorld(t)
	var says error = io.EOF
	clean := false
	asked := 0
	w.scanner = func(pdf []byte) (bool, error) {
		if asked++; !bytes.HasPrefix(pdf, []byte("%PDF-")) {
			t.Errorf("%.10q is not the attachment", pdf)
		}
		return clean, says
	}
	w.restart()
	w.sent(1)
	by := pipeline.Decision{Wer: "meier", Grund: "-"}
	about := w.about(1, sample.Kopf(4711, 1, w.now, sample.Akteur(theirs, "Amt", "VH-1")))
	about.Anhaenge = []amtshilfe.Anhang{sample.PDF("protokoll.pdf", "Protokoll")}
	w.arrives("urn:p", theirs, sample.Follow(amtshilfe.KindAbschluss, about))
	w.arrives("urn:q", theirs, w.reply(amtshilfe.KindEingangsbestaetigung, theirs, 1))
	held := func(code string) {
		t.Helper()
		must(t, w.fetch())
		in := w.inbound("urn:p")
		if in.State != amtshilfe.InboxHeld || in.Question == nil || in.Question.Code != code || slices.Contains(w.out(), in.Name) {
			t.Errorf("%s %+v, want held %s", in.State, in.Question, code)
		}
		if err := w.ReleaseInbound(in.ID, by); err == nil {
			t.Errorf("%s was released", code)
		}
		must(t, w.RetryInbound(in.ID, by))
	}
	held("ANHANG-UNGEPRUEFT")
	if q := w.inbound("urn:q"); q.State != amtshilfe.InboxPublished {
		t.Errorf("a message without attachments is %s", q.State)
	}
	says = nil
	held("ANHANG-VIRUS")
	clean = true
	must(t, w.fetch())
	if in := w.inbound("urn:p"); in.State != amtshilfe.InboxPublished || !slices.Contains(w.out(), in.Name) || asked != 3 {
		t.Errorf("%s after %d questions", in.State, asked)
	}
}

// A stranger's message that a person wants all the same is not published past the scanner.
func TestScannerInboundReleased(t *testing.T) {
	w := newWorld(t)
	w.reg.only = map[string]amtshilfe.Kanal{}
	w.scanner = func([]byte) (bool, error) { return false, nil }
	w.restart()
	w.sent(1)
	about := w.about(1, sample.Kopf(4712, 1, w.now, sample.Akteur("vb:2", "Amt", "VH-1")))
	about.Anhaenge = []amtshilfe.Anhang{sample.PDF("protokoll.pdf", "Protokoll")}
	w.arrives("urn:p", "vb:2", sample.Follow(amtshilfe.KindAbschluss, about))
	must(t, w.fetch())
	must(t, w.ReleaseInbound(w.inbound("urn:p").ID, pipeline.Decision{Wer: "meier", Grund: "-"}))
	must(t, w.fetch())
	if in := w.inbound("urn:p"); in.State != amtshilfe.InboxHeld || in.Question.Code != "ANHANG-VIRUS" || slices.Contains(w.out(), in.Name) {
		t.Errorf("%s %+v", in.State, in.Question)
	}
}

// reads is what a reader of attachments finds; each of them has one empty page.
type reads struct {
	report attachment.Report
	err    error
}

func (r *reads) Inspect(context.Context, []byte) (attachment.Report, error) { return r.report, r.err }

func (r *reads) Cut(context.Context, []byte) (attachment.Document, attachment.Report, error) {
	d := attachment.Document{Pages: []attachment.Page{{Form: 1, Box: [4]float64{0, 0, 595, 842}, Unit: 1}},
		Objects: []attachment.Object{{Head: []byte("<</Type/XObject/Subtype/Form/BBox[0 0 595 842]/Length 0>>"), Data: true}}}
	return d, r.report, r.err
}

// What a reader finds in an attachment holds the message with its reason; only a person's word about its length lets it go on.
func TestAttachmentsAreRead(t *testing.T) {
	w := newWorld(t)
	r := &reads{}
	w.reader = r
	w.restart()
	by := pipeline.Decision{Wer: "meier", Grund: "-"}
	for i, tt := range []struct {
		found attachment.Report
		err   error
		code  string
		free  bool
	}{
		{attachment.Report{Problem: attachment.Broken}, nil, "ANHANG-DEFEKT", false},
		{attachment.Report{Problem: attachment.Active, Detail: "XFA"}, nil, "ANHANG-AKTIV", false},
		{attachment.Report{Problem: attachment.Encrypted}, nil, "ANHANG-VERSCHLUESSELT", false},
		{attachment.Report{}, io.EOF, "ANHANG-UNGEPRUEFT", false},
		{attachment.Report{Pages: 201}, nil, "ANHANG-SEITEN", true},
	} {
		r.report, r.err = tt.found, tt.err
		id := amtshilfe.DeliveryID{Drop: w.put(w.ersuchen(i+1, func(s *sample.Spec) { s.Anhaenge = []amtshilfe.Anhang{sample.PDF("a.pdf", "Bescheid")} })), Seq: 1}
		w.work()
		w.is(id, amtshilfe.Held, tt.code)
		if err := w.Release(t.Context(), id, by); (err == nil) != tt.free {
			t.Errorf("%s: release says %v", tt.code, err)
		}
		w.work()
		if tt.free {
			w.is(id, amtshilfe.Sent)
			continue
		}
		w.is(id, amtshilfe.Held, tt.code)
		r.report, r.err = attachment.Report{Pages: 1}, nil
		must(t, w.Retry(t.Context(), id, by)) // it is read again, not let go
		w.work()
		w.is(id, amtshilfe.Sent)
	}
}
