package xta

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/durable"
)

// Limits of a request. An inline body is base64, a third larger.
const (
	maxEnvelope     = 1 << 20 // without contents
	maxMultipart    = MaxContent + 2*maxEnvelope
	maxPlain        = MaxContent/3*4 + 2*maxEnvelope
	smallRequest    = 64 << 10 // passes without waiting, so that polling never waits for large messages
	maxLarge        = 32       // larger ones at a time
	maxLargeEach    = 8        // of one certificate
	parsingBudget   = 24 << 20 // of envelopes that are no usual ones
	maxHeaderBytes  = 64 << 10
	maxServerName   = 41
	exchangeTimeout = 330 * time.Second // a little over the client's 300
	patience        = 10 * time.Second  // for the first bytes of a body
	slowest         = 128 << 10         // bytes per second that a sender must reach from then on
)

// Reader is a mailbox of this server.
type Reader struct {
	Kennung     string
	Betriebsart amtshilfe.Betriebsart // decides whether TestMsg must be true or false
	Services    []string              // offered services; empty = all
	// Certificates for encryption, as DER, that lookupService hands out; none = its messages come as they are.
	Certificates [][]byte
}

// ServerOptions configure a Server.
type ServerOptions struct {
	Name     string    // at most 41 letters, digits, "-", "_", "."; part of every MessageID
	Accounts []Account // SetAccounts replaces them
	Mailbox  *Mailbox
	Readers  func(kennung string) (Reader, bool) // own readers only
	Route    Route                               // the way to readers who are not ours, for a Relay of the same mailbox; nil = none
	Logger   *slog.Logger                        // nil = silent
	Now      func() time.Time                    // nil = time.Now
	Hook     durable.Hook                        // told of every socket write of Serve, may be nil
	Revoked  *certs.Revoked                      // client certificates that are refused at every call; nil = none
	// Accept may refuse a message before it is stored, with Refuse(9050, ...), Refuse(9060, ...) and so on; nil takes all.
	Accept func(context.Context, MetaData, Content) error
}

// Server answers XTA calls for the accounts out of one mailbox.
type Server struct {
	o        ServerOptions
	accounts atomic.Pointer[accountBook]
	requests iterators
	large    *turns
	parsing  *budget
	patience time.Duration
}

// NewServer checks the options.
func NewServer(o ServerOptions) (*Server, error) {
	if o.Name == "" || len(o.Name) > maxServerName || strings.ContainsFunc(o.Name, notInName) {
		return nil, fmt.Errorf("xta server: name %q: want 1 to %d letters, digits, '-', '_' or '.'", o.Name, maxServerName)
	}
	if o.Mailbox == nil || o.Readers == nil {
		return nil, errors.New("xta server: mailbox or readers missing")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{o: o, large: newTurns(maxLarge, maxLargeEach), parsing: &budget{total: parsingBudget}, patience: patience}
	if err := s.SetAccounts(o.Accounts); err != nil {
		return nil, err
	}
	return s, nil
}

// SetAccounts replaces the accounts while the server runs: calls under way end by the old ones. On an error the old ones hold.
func (s *Server) SetAccounts(accounts []Account) error {
	book, err := newAccountBook(accounts)
	if err != nil {
		return err
	}
	s.accounts.Store(book)
	return nil
}

func notInName(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.", r)
}

// Handler serves the three ports: /xta/management, /xta/send, /xta/msgbox. It needs the client's certificate in the
// request's TLS state and therefore no proxy in front.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/xta/management", s.port(managementPort))
	mux.HandleFunc("/xta/send", s.port(sendPort))
	mux.HandleFunc("/xta/msgbox", s.port(msgBoxPort))
	return mux
}

// Serve answers on l until ctx ends, then lets running exchanges finish for at most 30 s.
func (s *Server) Serve(ctx context.Context, l net.Listener, config *tls.Config) error {
	if config == nil || config.ClientAuth != tls.RequireAndVerifyClientCert {
		return errors.New("xta server: the TLS configuration does not require client certificates")
	}
	server := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: s.patience,
		ReadTimeout:       exchangeTimeout,
		WriteTimeout:      exchangeTimeout,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.o.Logger.Handler(), slog.LevelDebug),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(tls.NewListener(&hookedListener{l, s.o.Hook}, config)) }()
	select {
	case err := <-ended:
		return fmt.Errorf("xta server: %w", err)
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	err := server.Shutdown(patience)
	if err != nil {
		err = errors.Join(fmt.Errorf("xta server: %w", err), server.Close())
	}
	<-ended
	return err
}

func (s *Server) port(p port) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			http.Error(w, "XTA: POST", http.StatusMethodNotAllowed)
			return
		}
		m, err := parseMedia(r.Header.Get("Content-Type"))
		if err != nil || r.Header.Get("Content-Encoding") != "" {
			http.Error(w, "XTA: application/soap+xml or multipart/related", http.StatusUnsupportedMediaType)
			return
		}
		release, err := s.admit(r)
		if err != nil {
			http.Error(w, "XTA: body not received", http.StatusBadRequest)
			return
		}
		defer release()
		x := &exchange{server: s, port: p, media: m, request: r}
		defer x.discard()
		if err := x.read(w); err != nil {
			s.o.Logger.Debug("xta request not read", "err", err)
			http.Error(w, "XTA: body not received", http.StatusBadRequest)
			return
		}
		b, status := x.answer(r.Context())
		s.write(w, b, status)
	}
}

// admit lets a large request wait for its turn.
func (s *Server) admit(r *http.Request) (release func(), err error) {
	if r.ContentLength >= 0 && r.ContentLength <= smallRequest {
		return func() {}, nil
	}
	who := ""
	if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
		who = certs.Fingerprint(r.TLS.PeerCertificates[0])
	}
	return s.large.take(r.Context(), who)
}

// write sends the answer. One whose content cannot be read to its end breaks off, so that nobody takes it for whole.
func (s *Server) write(w http.ResponseWriter, b bundle, status int) {
	w.Header().Set("Content-Type", b.contentType)
	w.Header().Set("Content-Length", fmt.Sprint(b.body.Size()))
	w.WriteHeader(status)
	if err := Copy(w, b.body); err != nil {
		s.o.Logger.Debug("xta answer not sent", "err", err)
		panic(http.ErrAbortHandler)
	}
}

// read takes the envelope into memory and the contents into a tray. What cannot be read as a message is noted for the fault; an
// error is one of the connection. What the sender still has to say is read off within the limits, so that it gets to see the answer.
func (x *exchange) read(w http.ResponseWriter) error {
	most := int64(maxPlain)
	if x.media.multipart {
		most = maxMultipart
	}
	rc := http.NewResponseController(w)
	body := &limited{from: &patient{from: x.request.Body, limit: rc.SetReadDeadline, patience: x.server.patience}, left: most}
	x.tray = x.server.o.Mailbox.tray(MaxContent)
	if x.request.ContentLength > most {
		x.tray.limit = 0 // for the envelope only
	}
	x.packet, x.unread = unpack(x.media, sizedBody{body, x.request.ContentLength}, x.tray, maxEnvelope)
	if body.left <= 0 && x.unread != nil {
		x.unread = errOver
	}
	if body.err != nil {
		return body.err
	}
	body.left = most
	_, err := io.Copy(io.Discard, body)
	if body.left <= 0 {
		w.Header().Set("Connection", "close")
	}
	// A recorder in a test has no deadlines; a real connection has.
	_ = rc.SetReadDeadline(time.Time{})
	return err
}

func (x *exchange) discard() {
	if x.tray == nil {
		return
	}
	if err := x.tray.discard(); err != nil {
		x.server.o.Logger.Error("xta content not removed", "err", err)
	}
}

// patient reads what a sender sends that keeps up slowest.
type patient struct {
	from     io.Reader
	limit    func(time.Time) error // sets the deadline of the next reads
	patience time.Duration
	start    time.Time
	n, mark  int64
}

// Read reads on, until the deadline for the bytes so far.
func (p *patient) Read(b []byte) (int, error) {
	if p.n >= p.mark {
		if p.start.IsZero() {
			p.start = time.Now()
		}
		p.mark = p.n + slowest
		// A recorder in a test has no deadlines; a real connection has.
		_ = p.limit(p.start.Add(p.patience + time.Duration(p.n/slowest)*time.Second))
	}
	n, err := p.from.Read(b)
	p.n += int64(n)
	return n, err
}
