package xta_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"damtshilfe/internal/certs"
	"damtshilfe/internal/xta"
)

// TestARevokedServerIsLeft: the connection that is open ends, also in the middle of an exchange, and no other is made.
func TestARevokedServerIsLeft(t *testing.T) {
	for _, tt := range []struct {
		name string
		busy bool
	}{{"while the connection rests", false}, {"in the middle of an exchange", true}} {
		t.Run(tt.name, func(t *testing.T) {
			var stuck atomic.Bool
			reached, ended := make(chan struct{}, 1), make(chan struct{}, 8)
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if stuck.Load() {
					_, _ = io.Copy(io.Discard, r.Body) // only then the end of the connection is seen
					reached <- struct{}{}
					<-r.Context().Done()
					return
				}
				reply(200, soapType, envelope("", ""))(w, r)
			}))
			ca := newAuthority(t)
			s.TLS = serverTLS(ca.issue("localhost"), ca.pool)
			s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateClosed {
					ended <- struct{}{}
				}
			}
			s.StartTLS()
			defer s.Close()
			revoked := certs.NewRevoked()
			c := xta.NewClient(xta.ClientOptions{TLS: clientTLS(ca.issue("x"), ca.pool), Timeout: 20 * time.Second, Revoked: revoked})
			defer c.Close()
			check(t, c.CheckAccountActive(t.Context(), s.URL, author))
			under := make(chan error, 1)
			if tt.busy {
				stuck.Store(true)
				go func() { under <- c.CheckAccountActive(t.Context(), s.URL, author) }()
				<-reached
			}
			began := time.Now()
			revoked.Replace([]string{certs.Fingerprint(s.TLS.Certificates[0].Leaf)})
			<-ended
			if tt.busy {
				if err := <-under; err == nil {
					t.Error("the exchange under way succeeded")
				}
				stuck.Store(false)
			}
			t.Logf("left after %s", time.Since(began))
			r, err := xta.Prepare(metaData(fixedID), content("<a/>"), s.URL)
			check(t, err)
			err = c.Send(t.Context(), r)
			if e, ok := errors.AsType[*xta.SendError](err); !ok || e.Written || !errors.Is(err, xta.ErrRevoked) {
				t.Errorf("%v, want that nothing was sent", err)
			}
			if p := c.Probe(t.Context(), s.URL); !errors.Is(p.Steps[len(p.Steps)-1].Err, xta.ErrRevoked) {
				t.Errorf("%+v", p.Steps)
			}
			revoked.Replace(nil)
			check(t, c.CheckAccountActive(t.Context(), s.URL, author))
		})
	}
}

// TestARevokedCallerIsRefused: at the next call, on the connection that it has.
func TestARevokedCallerIsRefused(t *testing.T) {
	revoked := certs.NewRevoked()
	w := newWorld(t, func(o *xta.ServerOptions) { o.Revoked = revoked }).listen()
	c := w.client(w.authorCert)
	active := func() error { return c.CheckAccountActive(t.Context(), w.url+"/xta/management", author) }
	md := w.send(c, "<a/>")
	check(t, active())
	revoked.Replace([]string{certs.Fingerprint(w.authorCert.Leaf)})
	if f, ok := errors.AsType[*xta.Fault](active()); !ok || f.Code != 9014 {
		t.Errorf("%v, want 9014", f)
	}
	_, err := c.TransportReport(t.Context(), w.url+"/xta/management", author, md.MessageID)
	if f, ok := errors.AsType[*xta.Fault](err); !ok || f.Code != 9014 {
		t.Errorf("%v, want 9014", err)
	}
	check(t, w.client(w.readerCert).CheckAccountActive(t.Context(), w.url+"/xta/management", reader))
}
