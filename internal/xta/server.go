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
	"damtshilfe/internal/durable"
)

// Limits of a request. An inline body is base64, a third larger.
const (
	maxEnvelope     = 1 << 20
	maxMultipart    = MaxContent + maxEnvelope
	maxPlain        = MaxContent/3*4 + maxEnvelope
	smallRequest    = 64 << 10 // passes without budget, so that polling never waits for large messages
	memoryBudget    = 128 << 20
	maxHeaderBytes  = 64 << 10
	maxServerName   = 41
	exchangeTimeout = 330 * time.Second // a little over the client's 300
	slowest         = 128 << 10         // bytes per second that a sender must reach
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
	Logger   *slog.Logger                        // nil = silent
	Now      func() time.Time                    // nil = time.Now
	Hook     durable.Hook                        // told of every socket write of Serve, may be nil
	// Accept may refuse a message before it is stored, with Refuse(9050, ...), Refuse(9060, ...) and so on; nil takes all.
	Accept func(context.Context, MetaData, Content) error
}

// Server answers XTA calls for the accounts out of one mailbox.
type Server struct {
	o        ServerOptions
	accounts atomic.Pointer[accountBook]
	requests iterators
	budget   *budget
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
	s := &Server{o: o, budget: &budget{total: memoryBudget}}
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
		ReadHeaderTimeout: 10 * time.Second,
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
		x := &exchange{server: s, port: p, media: m, request: r}
		release, err := x.read(w)
		defer release()
		if err != nil {
			s.o.Logger.Debug("xta request not read", "err", err)
			http.Error(w, "XTA: body not received", http.StatusBadRequest)
			return
		}
		b, status := x.answer(r.Context())
		s.write(w, b, status)
	}
}

func (s *Server) write(w http.ResponseWriter, b bundle, status int) {
	w.Header().Set("Content-Type", b.contentType)
	w.Header().Set("Content-Length", fmt.Sprint(b.size()))
	w.WriteHeader(status)
	for _, c := range b.chunks {
		if _, err := w.Write(c); err != nil {
			s.o.Logger.Debug("xta answer not sent", "err", err)
			return
		}
	}
}

// read takes the body into memory, within the budget and slower senders' patience. Of a body over the limit the beginning
// is kept, so that the fault can name the request, and the rest is read off, so that the sender gets to see it.
func (x *exchange) read(w http.ResponseWriter) (release func(), err error) {
	limit := int64(maxPlain)
	weight := int64(3) // envelope, its text and the decoded content
	if x.media.multipart {
		limit, weight = maxMultipart, 1
	}
	size := x.request.ContentLength
	if size < 0 || size > limit {
		size = limit
	}
	release = func() {}
	if size > smallRequest {
		got, err := x.server.budget.take(x.request.Context(), size*weight)
		if err != nil {
			return release, err
		}
		release = func() { x.server.budget.give(got) }
	}
	rc := http.NewResponseController(w)
	// A recorder in a test has no deadlines; a real connection has.
	_ = rc.SetReadDeadline(time.Now().Add(10*time.Second + time.Duration(size/slowest)*time.Second))
	defer func() { _ = rc.SetReadDeadline(time.Time{}) }()
	if x.request.ContentLength > limit {
		x.tooLarge = true
		x.body, err = io.ReadAll(io.LimitReader(x.request.Body, maxEnvelope))
	} else {
		x.body, err = readBody(x.request, size, limit)
		x.tooLarge = int64(len(x.body)) > limit
	}
	if x.tooLarge && err == nil {
		_, err = io.Copy(io.Discard, io.LimitReader(x.request.Body, limit))
		w.Header().Set("Connection", "close")
	}
	return release, err
}

func readBody(r *http.Request, size, limit int64) ([]byte, error) {
	if r.ContentLength >= 0 {
		body := make([]byte, size)
		_, err := io.ReadFull(r.Body, body)
		return body, err
	}
	return io.ReadAll(io.LimitReader(r.Body, limit+1))
}
