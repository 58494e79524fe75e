// Package sftpd is the SFTP server: the way in for the participants' files and the way out for their receipts.
//
// A client logs in with a public key as the account's name and sees /in and /out, nothing else. What it uploads into /in is
// hidden until a clean CLOSE of a file without a hole; CLOSE answers OK only after Intake.Finish, that is, after the claim is
// durable. A connection that breaks leaves nothing visible. Names that wait for their rename (.part, .filepart, .partial, .tmp,
// dotfiles) or marker stay in /in; renaming one to its final name is its claim. A claimed file is gone from /in, but clients
// insist on looking at what they uploaded: for 15 minutes stat and setstat of the name are answered from memory.
// Files in /out may be fetched and deleted by their owner.
//
// The package owns the wire (SSH, SFTP version 3) and the limits. Where files lie and what a claim is, it leaves to the
// interfaces Files and Intake.
package sftpd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// Files is what the clients see. dir is "in" or "out", names are single path elements.
type Files interface {
	// List gives the regular files of a directory.
	List(account, dir string) ([]fs.FileInfo, error)
	// Stat looks at one file; fs.ErrNotExist if there is none.
	Stat(account, dir, name string) (fs.FileInfo, error)
	// OpenOut opens a file of out/ for reading.
	OpenOut(account, name string) (*os.File, error)
	// Remove deletes a file of out/, or one of in/ that still waits (otherwise fs.ErrPermission).
	Remove(account, dir, name string) error
}

// Intake takes uploads. An error that is a *Refusal is shown to the client, any other is logged and called a failure.
type Intake interface {
	// Create begins an upload; nothing of it is visible before Finish.
	Create(account, name string) (Upload, error)
	// Rename gives a waiting file of in/ another name; if that one does not wait, this is its claim. It returns when the
	// result is durable. A name that still waits is never overwritten.
	Rename(account, from, to string) error
}

// Upload is one file being uploaded. WriteAt is called concurrently and out of order. Finish or Abort ends it, once.
type Upload interface {
	io.WriterAt
	// Finish claims the file, or publishes a name that waits, and returns when that is durable. After an error nothing of
	// the upload is left.
	Finish() error
	// Abort throws the upload away.
	Abort() error
}

// Refusal is an error whose text the client may read: one English sentence without paths of the server.
type Refusal struct {
	Text string
	Err  error // cause, may be nil; never shown
}

// Error is the text for the client.
func (r *Refusal) Error() string { return r.Text }

// Unwrap gives the cause.
func (r *Refusal) Unwrap() error { return r.Err }

// Server serves SFTP. Make it with New, give it listeners with Serve, end it with Close.
type Server struct {
	config  *ssh.ServerConfig
	files   Files
	intake  Intake
	limits  Limits
	log     *slog.Logger
	now     func() time.Time
	memory  *memory
	serving sync.WaitGroup // accept loops and connections

	mu        sync.Mutex
	closing   bool
	listeners map[net.Listener]bool
	conns     map[net.Conn]string // to the address it counts for
	perIP     map[string]int
	waiting   int // connections before their login
	idle      chan struct{}
	stats     Stats
}

// New makes a server. It needs at least one host key; an account without a key cannot log in.
func New(o Options) (*Server, error) {
	if len(o.HostKeys) == 0 {
		return nil, errors.New("sftp server: no host key")
	}
	if o.Files == nil || o.Intake == nil {
		return nil, errors.New("sftp server: no files or no intake")
	}
	o.Limits.fill()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	keys, err := newKeyring(o.Accounts)
	if err != nil {
		return nil, fmt.Errorf("sftp server: %w", err)
	}
	return &Server{
		config: serverConfig(keys, o.HostKeys), files: o.Files, intake: o.Intake, limits: o.Limits, log: o.Log, now: o.Now,
		memory:    newMemory(o.Limits.Remember, o.Now),
		listeners: map[net.Listener]bool{}, conns: map[net.Conn]string{}, perIP: map[string]int{},
	}, nil
}

// ErrClosed is what Serve returns after Close.
var ErrClosed = errors.New("sftp server closed")

// Serve accepts connections until Close (then ErrClosed) or until the listener fails. It closes the listener.
func (s *Server) Serve(l net.Listener) error {
	defer l.Close()
	s.mu.Lock()
	if s.closing {
		s.mu.Unlock()
		return ErrClosed
	}
	s.listeners[l] = true
	s.serving.Add(1)
	s.mu.Unlock()
	defer s.serving.Done()
	for wait := time.Duration(0); ; {
		c, err := l.Accept()
		switch {
		case err == nil:
			wait = 0
			s.welcome(c)
		case s.stopping():
			return ErrClosed
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("sftp accept: %w", err)
		default: // out of descriptors and the like: it passes
			wait = min(max(2*wait, 5*time.Millisecond), time.Second)
			time.Sleep(wait)
		}
	}
}

func (s *Server) stopping() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closing
}

// welcome admits a connection or turns it away.
func (s *Server) welcome(c net.Conn) {
	ip := addressOf(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing || len(s.conns) >= s.limits.MaxConns || s.perIP[ip] >= s.limits.MaxPerIP || s.waiting >= s.limits.MaxHandshake {
		s.stats.Rejected++
		c.Close()
		return
	}
	s.conns[c] = ip
	s.perIP[ip]++
	s.waiting++
	s.serving.Go(func() { s.serve(c) })
}

// farewell ends what welcome began.
func (s *Server) farewell(c net.Conn) {
	c.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	ip := s.conns[c]
	delete(s.conns, c)
	if s.perIP[ip]--; s.perIP[ip] == 0 {
		delete(s.perIP, ip)
	}
}

func addressOf(c net.Conn) string {
	host, _, err := net.SplitHostPort(c.RemoteAddr().String())
	if err != nil {
		return c.RemoteAddr().String()
	}
	return host
}

// Stats gives the counters.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stats
	st.Conns = len(s.conns)
	return st
}

// begin counts an upload that Close will wait for; false once the server is closing.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.stats.Uploads++
	return true
}

// ended takes back begin and counts how it went.
func (s *Server) ended(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Uploads--
	if err != nil {
		s.stats.Failed++
	} else {
		s.stats.Finished++
	}
	if s.stats.Uploads == 0 && s.idle != nil {
		close(s.idle)
		s.idle = nil
	}
}

// Close stops accepting, lets uploads that have begun come to their CLOSE until ctx ends, then closes every connection and
// waits for them. What was cut off left nothing behind.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closing = true
	for l := range s.listeners {
		l.Close() // its accept loop says so
	}
	var idle chan struct{}
	if s.stats.Uploads > 0 {
		if s.idle == nil {
			s.idle = make(chan struct{})
		}
		idle = s.idle
	}
	s.mu.Unlock()
	if idle != nil {
		select {
		case <-idle:
			s.linger(ctx)
		case <-ctx.Done():
		}
	}
	s.mu.Lock()
	for c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	s.serving.Wait()
	return nil
}

// linger gives the last answers a moment to leave: a CLOSE that was finished should also be answered.
func (s *Server) linger(ctx context.Context) {
	t := time.NewTimer(100 * time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
