package sftpd_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sftpd"
	"damtshilfe/spool"
)

// shop is a spool that claims at once: what the app wires, without a ledger. It is used here because that a hole is found and
// that a broken upload leaves nothing visible can only be shown on a real one.
type shop struct {
	*spool.Spool
	dir string

	mu      sync.Mutex
	claimed map[string][]string // account/name -> contents, in the order of their claims
	fail    error               // what the next Finish answers
	hold    chan struct{}       // Finish waits until it is closed
}

func newShop(t testing.TB, rule spool.Completeness, accounts ...string) *shop {
	t.Helper()
	dir := t.TempDir()
	sp, err := spool.Open(spool.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sp.Close() })
	for _, a := range accounts {
		if err := sp.AddAccount(a, rule); err != nil {
			t.Fatal(err)
		}
	}
	return &shop{Spool: sp, dir: dir, claimed: map[string][]string{}}
}

func (s *shop) Create(account, name string) (sftpd.Upload, error) {
	u, err := s.NewUpload(account, name)
	if err != nil {
		return nil, refusal(err)
	}
	return &shopUpload{Upload: u, shop: s}, nil
}

func (s *shop) Rename(account, from, to string) error {
	waits, err := s.Waits(account, to)
	if err != nil {
		return err
	}
	if waits {
		return refusal(s.RenameWaiting(account, from, to))
	}
	c, err := s.RenameCandidate(account, from, to)
	if err != nil {
		return err
	}
	return s.claim(c)
}

func (s *shop) claim(c spool.Candidate) error {
	s.mu.Lock()
	fail, hold := s.fail, s.hold
	s.mu.Unlock()
	if hold != nil {
		<-hold
	}
	if fail != nil {
		return fail
	}
	id := amtshilfe.NewDropID(time.Now())
	if _, err := s.Take(c, id); err != nil {
		return err
	}
	if err := s.SyncTaken([]spool.Candidate{c}, []amtshilfe.DropID{id}); err != nil {
		return err
	}
	f, err := s.OpenOriginal(id)
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.claimed[c.Account+"/"+c.Name] = append(s.claimed[c.Account+"/"+c.Name], string(data))
	return err
}

// got are the contents claimed under a name.
func (s *shop) got(key string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.claimed[key]
}

func (s *shop) total() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, c := range s.claimed {
		n += len(c)
	}
	return n
}

// left lists what lies in in/ and in .partial.
func (s *shop) left(t testing.TB, account string) []string {
	t.Helper()
	var names []string
	for _, dir := range []string{filepath.Join(s.dir, "accounts", account, "in"), filepath.Join(s.dir, ".partial")} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			names = append(names, e.Name())
		}
	}
	return names
}

type shopUpload struct {
	*spool.Upload
	shop *shop
}

func (u *shopUpload) Finish() error {
	if u.Waits() {
		return refusal(u.Publish())
	}
	c, err := u.Candidate()
	if err != nil {
		return refusal(err)
	}
	return errors.Join(u.shop.claim(c), u.Discard())
}

func refusal(err error) error {
	for _, known := range []error{spool.ErrHole, spool.ErrWaiting, spool.ErrNeedsRename, spool.ErrFragments} {
		if errors.Is(err, known) {
			return &sftpd.Refusal{Text: known.Error(), Err: err}
		}
	}
	return err
}

// world is a server on a free port and the key of its account stadt-a.
type world struct {
	*shop
	server *sftpd.Server
	addr   string
	signer ssh.Signer
	key    string // file of the private key
	home   string
	logs   *logs
}

func (w *world) host() string { h, _, _ := net.SplitHostPort(w.addr); return h }
func (w *world) port() string { _, p, _ := net.SplitHostPort(w.addr); return p }

type logs struct {
	t  testing.TB
	mu sync.Mutex
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.t != nil {
		l.t.Log(string(p))
	}
	return len(p), nil
}

func newWorld(t testing.TB, rule spool.Completeness, adjust ...func(*sftpd.Options)) *world {
	t.Helper()
	w := &world{shop: newShop(t, rule, "stadt-a", "stadt-b"), home: t.TempDir(), logs: &logs{t: t}}
	w.signer, w.key = newKey(t, w.home, "id")
	host, _ := newKey(t, w.home, "host")
	o := sftpd.Options{
		HostKeys: []ssh.Signer{host},
		Accounts: []sftpd.Account{{Name: "stadt-a", Keys: []ssh.PublicKey{w.signer.PublicKey()}}, {Name: "stadt-b"}},
		Files:    w.shop, Intake: w.shop,
		Log: slog.New(slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	for _, f := range adjust {
		f(&o)
	}
	var err error
	if w.server, err = sftpd.New(o); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.addr = l.Addr().String()
	served := make(chan error, 1)
	go func() { served <- w.server.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := contextSeconds(5)
		defer cancel()
		if err := w.server.Close(ctx); err != nil {
			t.Error(err)
		}
		if err := <-served; !errors.Is(err, sftpd.ErrClosed) {
			t.Errorf("Serve = %v, want ErrClosed", err)
		}
		w.logs.mu.Lock()
		w.logs.t = nil
		w.logs.mu.Unlock()
	})
	return w
}

func newKey(t testing.TB, dir, name string) (ssh.Signer, string) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer, path
}

// dial logs in as stadt-a.
func (w *world) dial(t testing.TB) *ssh.Client {
	t.Helper()
	c, err := w.dialAs("stadt-a", w.signer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func (w *world) dialAs(user string, keys ...ssh.Signer) (*ssh.Client, error) {
	return ssh.Dial("tcp", w.addr, &ssh.ClientConfig{
		User: user, Auth: []ssh.AuthMethod{ssh.PublicKeys(keys...)}, HostKeyCallback: ssh.InsecureIgnoreHostKey(), Timeout: 5 * time.Second,
	})
}

// client opens an SFTP session as stadt-a.
func (w *world) client(t testing.TB) *sftp.Client {
	t.Helper()
	c, err := sftp.NewClient(w.dial(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// publish puts a file into out/.
func (w *world) publish(t testing.TB, name, text string) {
	t.Helper()
	if _, err := w.PublishOut("stadt-a", name, func(o io.Writer) error { _, err := io.WriteString(o, text); return err }); err != nil {
		t.Fatal(err)
	}
}

func put(c *sftp.Client, path, text string) error {
	f, err := c.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return err
	}
	if _, err := f.Write([]byte(text)); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

var _ sftpd.Files = (*spool.Spool)(nil)
