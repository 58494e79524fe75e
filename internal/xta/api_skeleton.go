package xta

import (
	"context"
	"crypto/tls"
	"errors"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/durable"
)

var errSkeleton = errors.New("not built yet")

// ClientOptions configure a Client.
type ClientOptions struct {
	TLS         *tls.Config      // own certificate and the CAs of the servers
	Timeout     time.Duration    // of one exchange, 0 = 300 s
	DialTimeout time.Duration    // 0 = 10 s
	Hook        durable.Hook     // told of every socket write, may be nil
	Now         func() time.Time // for checking certificates; nil = time.Now
}

// Client calls XTA servers.
type Client struct{}

// Request is a sendMessage that can be repeated byte for byte.
type Request struct {
	URL         string
	ContentType string
	Body        []byte
	SHA256      [32]byte // of Body
}

func NewClient(o ClientOptions) *Client                       { return &Client{} }
func (c *Client) Close()                                      {}
func (c *Client) Pin(url string, fingerprints []string) error { return errSkeleton }
func (c *Client) CheckAccountActive(ctx context.Context, url string, author Party) error {
	return errSkeleton
}
func (c *Client) LookupService(ctx context.Context, url string, author, reader Party, service string) (Availability, error) {
	return 0, errSkeleton
}
func (c *Client) CreateMessageID(ctx context.Context, url string, author Party) (string, error) {
	return "", errSkeleton
}
func Prepare(m MetaData, c Content, sendURL string) (Request, error) { return Request{}, errSkeleton }
func (c *Client) Send(ctx context.Context, r Request) error          { return errSkeleton }
func (c *Client) TransportReport(ctx context.Context, url string, author Party, messageID string) (Report, error) {
	return Report{}, errSkeleton
}
func (c *Client) StatusList(ctx context.Context, url string, reader Party, max int) (List, error) {
	return List{}, errSkeleton
}
func (c *Client) GetMessage(ctx context.Context, url string, reader Party, messageID string) (Message, error) {
	return Message{}, errSkeleton
}
func (c *Client) CloseMessage(ctx context.Context, url string, reader Party, requestID, messageID string) error {
	return errSkeleton
}

// Evidence says that the report proves the message accepted.
func (r Report) Evidence(sent MetaData) bool { return false }

// Mailbox holds what was accepted for the own readers.
type Mailbox struct{}

// MailboxOptions configure a Mailbox.
type MailboxOptions struct {
	Now         func() time.Time // nil = time.Now
	Hook        durable.Hook     // of the commits; the files' steps go through the Dir
	SegmentSize int64            // 0 = 64 MiB
}

// Entry is one row of the mailbox.
type Entry struct {
	MessageID                       string
	State                           string // issued, stored, closed
	Author, Reader                  string // kennungen
	Test                            bool
	SHA256                          [32]byte // of the content
	Size                            int64
	Issued, Stored, Fetched, Closed time.Time
}

// Counts are the mailbox's totals.
type Counts struct {
	Issued, Stored, Closed int
	Waiting                map[string]int // stored and not closed, by reader
}

func OpenMailbox(dir *durable.Dir, o MailboxOptions) (*Mailbox, error) { return nil, errSkeleton }
func (m *Mailbox) Close() error                                        { return nil }
func (m *Mailbox) Failed() error                                       { return nil }
func (m *Mailbox) All(ctx context.Context) iter.Seq2[Entry, error]     { return nil }
func (m *Mailbox) Content(ctx context.Context, messageID string) (MetaData, Content, error) {
	return MetaData{}, Content{}, errSkeleton
}
func (m *Mailbox) Counts(ctx context.Context) (Counts, error) { return Counts{}, errSkeleton }

// Account says for whom a certificate may act.
type Account struct {
	Kennungen    []string // "*" = any
	Fingerprints []string // SHA-256 of the certificates (DER), hex
	Locked       bool
	Services     []string // booked services; empty = all
}

// Reader is a mailbox of this server.
type Reader struct {
	Kennung     string
	Betriebsart amtshilfe.Betriebsart
	Services    []string // empty = all
}

// ServerOptions configure a Server.
type ServerOptions struct {
	Name     string // at most 41 characters, part of every MessageID
	Accounts []Account
	Mailbox  *Mailbox
	Readers  func(kennung string) (Reader, bool)
	Logger   *slog.Logger
	Now      func() time.Time
	Hook     durable.Hook
	// Accept may refuse a message with a *Fault (9050, 9060 ...); nil accepts all.
	Accept func(context.Context, MetaData, Content) error
}

// Server answers XTA calls.
type Server struct{}

func NewServer(o ServerOptions) (*Server, error)             { return nil, errSkeleton }
func (s *Server) Handler() http.Handler                      { return nil }
func (s *Server) HTTPServer(config *tls.Config) *http.Server { return nil }
func (s *Server) Serve(ctx context.Context, l net.Listener, config *tls.Config) error {
	return errSkeleton
}

// ServerTLS makes the TLS configuration of a server that requires client certificates.
func ServerTLS(o TLSOptions) *tls.Config { return nil }

// TLSOptions are what ServerTLS needs.
type TLSOptions struct {
	Certificates []tls.Certificate
	ClientCAs    any
}
