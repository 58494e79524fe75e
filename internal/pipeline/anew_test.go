package pipeline_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/xenc"
	"damtshilfe/internal/xta"
)

// pinning is a partner whose server shows a certificate; the client refuses it as it was told to.
type pinning struct {
	*partner
	shows string
	pins  map[string][]string
}

func (s *pinning) Pin(url string, pins []string) error {
	s.pins[url] = pins
	return nil
}

func (s *pinning) refused(url string) error {
	if pins := s.pins[url]; len(pins) > 0 && !slices.Contains(pins, s.shows) {
		return xta.ErrPin
	}
	return nil
}

func (s *pinning) LookupService(ctx context.Context, url string, a, r xta.Party, service string) (xta.Lookup, error) {
	if err := s.refused(url); err != nil {
		return xta.Lookup{}, err
	}
	return s.partner.LookupService(ctx, url, a, r, service)
}

func (s *pinning) Send(ctx context.Context, r xta.Request) error {
	if err := s.refused(r.URL); err != nil {
		return &xta.SendError{Err: err}
	}
	return s.partner.Send(ctx, r)
}

func (s *pinning) TransportReport(ctx context.Context, url string, a xta.Party, id string) (xta.Report, error) {
	if err := s.refused(url); err != nil {
		return xta.Report{}, err
	}
	return s.partner.TransportReport(ctx, url, a, id)
}

// TestServersMayRenew: a server that shows a certificate which the directory names since is reached at once, by what was resolved before
// and by what waits for its report; one that it does not name is not.
func TestServersMayRenew(t *testing.T) {
	old, next, stranger := strings.Repeat("aa", 32), strings.Repeat("bb", 32), strings.Repeat("cc", 32)
	w := newWorld(t)
	partner := &pinning{w.xta, old, map[string][]string{}}
	w.post = partner
	w.restart()
	w.reg.kanal.Rechenzentrum.TLS = []string{old}
	first, reports := w.sent(1), w.xta.reports
	w.is(first, amtshilfe.Sent)

	w.xta.create = func() error { return errReset } // the second one is resolved, and cannot be reserved yet
	second := w.sent(2)
	w.is(second, amtshilfe.Resolved)
	w.xta.create = nil
	partner.shows = stranger
	w.later(time.Hour)
	w.work()
	w.is(second, amtshilfe.Resolved)
	if w.xta.reports != reports {
		t.Error("a stranger was asked")
	}

	w.reg.kanal.Rechenzentrum.TLS = []string{old, next}
	partner.shows = next
	w.later(2 * time.Hour)
	w.work()
	w.is(second, amtshilfe.Sent)
	if w.xta.reports == reports {
		t.Error("the first one's report was not asked for: its row names the old certificate only")
	}
}

// TestARevokedReaderIsNotEncryptedFor: before anything leaves the successor is taken, where the directory and the data centre name one;
// else a person decides. What may have left is not repeated for the revoked one.
func TestARevokedReaderIsNotEncryptedFor(t *testing.T) {
	old, next := readerKey(0), readerKey(1)
	fp := func(k xenc.Key) string { return certs.Fingerprint(k.Certificate) }
	for _, tt := range []struct {
		name      string
		left      bool     // the first attempt's outcome is unknown when it is revoked
		directory string   // names after the revocation
		centre    [][]byte // names after the revocation
		state     amtshilfe.State
	}{
		{"successor known", false, fp(next), [][]byte{next.Certificate.Raw, old.Certificate.Raw}, amtshilfe.Sent},
		{"the directory names none, the data centre both", false, "", [][]byte{old.Certificate.Raw, next.Certificate.Raw}, amtshilfe.Sent},
		{"the directory still names it", false, fp(old), [][]byte{next.Certificate.Raw, old.Certificate.Raw}, amtshilfe.Held},
		{"the data centre has no other", false, fp(next), [][]byte{old.Certificate.Raw}, amtshilfe.Held},
		{"the data centre names none any more", false, "", nil, amtshilfe.Held},
		{"it may have left", true, fp(next), [][]byte{next.Certificate.Raw}, amtshilfe.Held},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			revoked := certs.NewRevoked()
			w.revoked = revoked
			w.restart()
			w.reg.kanal.Zertifikat, w.xta.certs = tt.directory, [][]byte{old.Certificate.Raw}
			if tt.directory != "" {
				w.reg.kanal.Zertifikat = fp(old)
			}
			fail := error(&xta.SendError{Err: errReset}) // known not sent: it stays reserved, sealed for the old one
			if tt.left {
				fail = errReset
			}
			w.xta.send, w.xta.report = func(attempt int) error {
				if attempt == 1 {
					return fail
				}
				return nil
			}, open
			id := w.sent(1)
			was := map[bool]amtshilfe.State{false: amtshilfe.Reserved, true: amtshilfe.Sending}[tt.left]
			w.is(id, was)
			revoked.Replace([]string{fp(old)})
			w.reg.kanal.Zertifikat, w.xta.certs = tt.directory, tt.centre
			for range 3 {
				w.later(time.Hour)
				w.work()
			}
			if tt.state == amtshilfe.Held {
				w.is(id, tt.state, "XTA-ZERTIFIKAT")
				if hold := w.get(id).Hold; !strings.Contains(hold.Text, "gesperrt") && tt.directory != fp(next) {
					t.Errorf("%q does not say why", hold.Text)
				}
				if len(w.xta.taken) != 0 {
					t.Error("it left")
				}
				return
			}
			w.is(id, tt.state)
			if _, sealed := w.xta.taken[0].unseal(t, xenc.Keyring{next}); !sealed {
				t.Error("in the clear")
			}
		})
	}
}

// TestAnAuthorityIsShutAtOnce: what was resolved before and is not reserved waits for a person, with the directory's reason.
func TestAnAuthorityIsShutAtOnce(t *testing.T) {
	w := newWorld(t)
	w.xta.create = func() error { return errReset }
	id := w.sent(1)
	w.is(id, amtshilfe.Resolved)
	w.xta.create = nil
	way := w.reg.kanal
	w.reg.kanal = amtshilfe.Kanal{Art: amtshilfe.KanalKeiner, Grund: "Umzug des Rechenzentrums"}
	w.later(time.Hour)
	w.work()
	w.is(id, amtshilfe.Held, "ZUST-KEIN-KANAL")
	second := w.sent(2)
	w.is(second, amtshilfe.Held, "ZUST-KEIN-KANAL")
	for _, held := range []amtshilfe.DeliveryID{id, second} {
		if text := w.get(held).Hold.Text; !strings.Contains(text, "Umzug des Rechenzentrums") {
			t.Errorf("%q", text)
		}
	}
	w.reg.kanal = way
	since := pipeline.Decision{Wer: "meier", Grund: "Umzug beendet"}
	must(t, w.Retry(t.Context(), id, since))
	must(t, w.Retry(t.Context(), second, since))
	w.work()
	w.is(id, amtshilfe.Sent)
	w.is(second, amtshilfe.Sent)
}

// TestSendingDoesNotNeedTheDirectory: what is resolved leaves while no authority server answers.
func TestSendingDoesNotNeedTheDirectory(t *testing.T) {
	w := newWorld(t)
	w.xta.create = func() error { return errReset }
	id := w.sent(1)
	w.xta.create, w.reg.err = nil, errReset
	w.later(time.Hour)
	w.work()
	w.is(id, amtshilfe.Sent)
}

// TestLettersToAShutAuthorityWait, as long as they are not in a bundle.
func TestLettersToAShutAuthorityWait(t *testing.T) {
	w := newWorld(t)
	w.reg.kanal = postal
	id := w.letter(1)
	w.reg.kanal = amtshilfe.Kanal{Art: amtshilfe.KanalKeiner, Grund: "Amt aufgelöst"}
	w.print()
	w.is(id, amtshilfe.Held, "ZUST-KEIN-KANAL")
	if text := w.get(id).Hold.Text; !strings.Contains(text, "Amt aufgelöst") {
		t.Errorf("%q", text)
	}
	w.reg.kanal = postal
	must(t, w.Retry(t.Context(), id, pipeline.Decision{Wer: "meier", Grund: "ein Irrtum"}))
	w.work()
	w.print()
	w.is(id, amtshilfe.Spooled)
	if printed := w.printed(); printed == "" {
		t.Error("not printed")
	}
}
