package sftpd

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// serverConfig pins what may be negotiated: no SHA-1, no CBC, no passwords. The library has no time-outs and no limits of its
// own; those are in this file.
func serverConfig(keys *keyring, hostKeys []ssh.Signer) *ssh.ServerConfig {
	c := &ssh.ServerConfig{
		Config: ssh.Config{
			KeyExchanges: []string{
				ssh.KeyExchangeMLKEM768X25519, ssh.KeyExchangeCurve25519, ssh.KeyExchangeECDHP256, ssh.KeyExchangeECDHP384,
				ssh.KeyExchangeECDHP521, ssh.KeyExchangeDH16SHA512, ssh.KeyExchangeDH14SHA256,
			},
			Ciphers: []string{
				ssh.CipherAES128GCM, ssh.CipherAES256GCM, ssh.CipherChaCha20Poly1305, ssh.CipherAES128CTR, ssh.CipherAES256CTR,
			},
			MACs: []string{ssh.HMACSHA256ETM, ssh.HMACSHA512ETM, ssh.HMACSHA256, ssh.HMACSHA512},
		},
		MaxAuthTries:      4,
		PublicKeyCallback: keys.check,
		PublicKeyAuthAlgorithms: []string{
			ssh.KeyAlgoED25519, ssh.KeyAlgoSKED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
			ssh.KeyAlgoSKECDSA256, ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSASHA512,
		},
		ServerVersion: "SSH-2.0-dAmtshilfe",
	}
	for _, k := range hostKeys {
		c.AddHostKey(k)
	}
	return c
}

// timedConn closes a connection that is silent for too long: every read and write moves its deadline.
type timedConn struct {
	net.Conn
	idle time.Duration

	mu       sync.Mutex
	loggedIn bool // until then the handshake's one deadline stands
}

func (c *timedConn) login() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.loggedIn = true
	c.SetDeadline(time.Now().Add(c.idle)) // a closed connection says so at the next read
}

func (c *timedConn) ready() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.loggedIn
}

func (c *timedConn) Read(p []byte) (int, error) {
	if c.ready() {
		c.SetReadDeadline(time.Now().Add(c.idle))
	}
	return c.Conn.Read(p)
}

func (c *timedConn) Write(p []byte) (int, error) {
	if c.ready() {
		c.SetWriteDeadline(time.Now().Add(c.idle))
	}
	return c.Conn.Write(p)
}

// serve runs one connection from the handshake to its end.
func (s *Server) serve(c net.Conn) {
	defer s.farewell(c)
	log := s.log.With("remote", c.RemoteAddr().String())
	timed := &timedConn{Conn: c, idle: s.limits.Idle}
	c.SetDeadline(time.Now().Add(s.limits.Handshake)) // a closed connection fails the handshake
	conn, channels, requests, err := ssh.NewServerConn(timed, s.config)
	s.mu.Lock()
	s.waiting--
	if err != nil {
		s.stats.Rejected++
	}
	s.mu.Unlock()
	if err != nil {
		if !errors.Is(err, io.EOF) { // port scanners and health checks only connect
			log.Info("sftp login refused", "err", err)
		}
		return
	}
	timed.login()
	account := conn.Permissions.Extensions[extAccount]
	log = log.With("account", account)
	log.Info("sftp login", "key", conn.Permissions.Extensions[extFingerprint], "client", string(conn.ClientVersion()))
	var work sync.WaitGroup
	work.Go(func() { ssh.DiscardRequests(requests) })
	s.sessions(account, channels, &work, log)
	conn.Close()
	work.Wait()
	log.Info("sftp logout")
}

// sessions accepts session channels until the connection ends.
func (s *Server) sessions(account string, channels <-chan ssh.NewChannel, work *sync.WaitGroup, log *slog.Logger) {
	slots := make(chan struct{}, s.limits.MaxSessions)
	for n := range channels {
		if n.ChannelType() != "session" {
			n.Reject(ssh.UnknownChannelType, "only sftp is offered")
			continue
		}
		select {
		case slots <- struct{}{}:
		default:
			n.Reject(ssh.ResourceShortage, "too many sessions")
			continue
		}
		ch, requests, err := n.Accept()
		if err != nil {
			<-slots
			continue // the connection is going down: the range ends
		}
		work.Go(func() {
			defer func() { <-slots }()
			s.session(account, ch, requests, log)
		})
	}
}

// session waits for the request `subsystem sftp` and serves it; every other request is refused.
func (s *Server) session(account string, ch ssh.Channel, requests <-chan *ssh.Request, log *slog.Logger) {
	defer ch.Close()
	var work sync.WaitGroup
	defer work.Wait()
	started := false
	for r := range requests {
		var subsystem struct{ Name string }
		ok := r.Type == "subsystem" && !started && ssh.Unmarshal(r.Payload, &subsystem) == nil && subsystem.Name == "sftp"
		if r.WantReply {
			r.Reply(ok, nil) // a lost connection ends the range
		}
		if ok {
			started = true
			work.Go(func() { s.talk(account, ch, log) })
		}
	}
}

// talk speaks SFTP on one channel until the client ends it.
func (s *Server) talk(account string, ch ssh.Channel, log *slog.Logger) {
	defer ch.Close()
	h := &session{server: s, account: account, log: log, uploads: map[string]*upload{}}
	server := sftp.NewRequestServer(ch, sftp.Handlers{FileGet: h, FilePut: h, FileCmd: h, FileList: h}, sftp.WithRSAllocator())
	err := server.Serve()
	status := struct{ Status uint32 }{0}
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		status.Status = 1
		log.Info("sftp session broken", "err", err)
	}
	ch.SendRequest("exit-status", false, ssh.Marshal(&status)) // nobody may be there to hear it
}
