package app_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"damtshilfe/internal/app"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/sftpd"
	"damtshilfe/spool"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// sessions is how many clients upload at once.
const sessions = 4

// TestBenchSFTP measures uploads of 8 KB files in four sessions: our server claims each file, durably and booked in the ledger,
// before it answers CLOSE; what happens after the claim does not run. The peer is OpenSSH's sftp-server behind the same SSH
// implementation; it syncs nothing. Client, SSH and server are counted together on both sides.
func TestBenchSFTP(t *testing.T) {
	full(t)
	const n = 2000
	key, err := certs.NewSSHKey("bench")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := key.Signer()
	if err != nil {
		t.Fatal(err)
	}
	own := uploads(t, ownSFTP(t, signer), signer, "/in/", n)
	t.Logf("gateway: %d files of 8 KB in %s", n, own)
	server := "/usr/lib/openssh/sftp-server"
	if _, err := os.Stat(server); err != nil {
		t.Log("no peer: apt-get install openssh-sftp-server")
		return
	}
	dir := t.TempDir()
	peer := uploads(t, peerSFTP(t, signer, server), signer, dir+"/", n)
	if files, err := os.ReadDir(dir); err != nil || len(files) != n {
		t.Errorf("the peer has %d files of %d, %v", len(files), n, err)
	}
	t.Logf("OpenSSH sftp-server: %d files of 8 KB in %s; gateway/peer: %.2fx the files per second, %.2fx the CPU",
		n, peer, peer.wall.Seconds()/own.wall.Seconds(), own.cpu.Seconds()/peer.cpu.Seconds())
}

// uploadFigures are what a number of uploads took.
type uploadFigures struct {
	n         int
	wall, cpu time.Duration
}

// String shows the figures.
func (f uploadFigures) String() string {
	return fmt.Sprintf("%.2f s: %.0f files/s, %.2f s CPU", f.wall.Seconds(), float64(f.n)/f.wall.Seconds(), f.cpu.Seconds())
}

// uploads puts n different files into dir, in four sessions at once.
func uploads(t *testing.T, address string, signer ssh.Signer, dir string, n int) uploadFigures {
	t.Helper()
	var clients []*sftp.Client
	for range sessions {
		conn, err := ssh.Dial("tcp", address, &ssh.ClientConfig{User: "creditor", Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)},
			HostKeyCallback: ssh.FixedHostKey(signer.PublicKey())})
		if err != nil {
			t.Fatal(err)
		}
		client, err := sftp.NewClient(conn)
		if err != nil {
			t.Fatal(err)
		}
		clients = append(clients, client)
	}
	begun, before := time.Now(), ownCPU(t)
	var wg sync.WaitGroup
	for k, c := range clients {
		wg.Go(func() {
			for i := k; i < n; i += sessions {
				if err := upload8K(c, fmt.Sprintf("%s%d.xml", dir, i), i); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	f := uploadFigures{n: n, wall: time.Since(begun), cpu: ownCPU(t) - before}
	before = cpu(t, syscall.RUSAGE_CHILDREN)
	for _, c := range clients {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	time.Sleep(200 * time.Millisecond) // the peer's processes end
	f.cpu += cpu(t, syscall.RUSAGE_CHILDREN) - before
	return f
}

func upload8K(c *sftp.Client, name string, i int) error {
	f, err := c.Create(name)
	if err != nil {
		return err
	}
	if _, err := f.Write([]byte(fmt.Sprintf("<m n=\"%d\">%s</m>\n", i, strings.Repeat("x", 8<<10)))); err != nil {
		return err
	}
	return f.Close()
}

// ownSFTP serves the gateway's SFTP with real claims. The gateway does not run, so nothing is opened meanwhile.
func ownSFTP(t *testing.T, signer ssh.Signer) string {
	t.Helper()
	g, err := app.New(benchConfig(filepath.Join(t.TempDir(), "data")), app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := sftpd.New(sftpd.Options{HostKeys: []ssh.Signer{signer}, Files: g.Spool, Intake: claims{g},
		Accounts: []sftpd.Account{{Name: "creditor", Keys: []ssh.PublicKey{signer.PublicKey()}}}})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := s.Close(t.Context()); err != nil {
			t.Log(err)
		}
		<-ended
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// claims is the gateway's intake of uploads, without its words for the client.
type claims struct{ g *app.Gateway }

func (c claims) Create(account, name string) (sftpd.Upload, error) {
	u, err := c.g.Spool.NewUpload(account, name)
	return claimed{u, c.g}, err
}

func (c claims) Rename(account, from, to string) error { return os.ErrInvalid }

type claimed struct {
	*spool.Upload
	g *app.Gateway
}

func (c claimed) Finish() error {
	candidate, err := c.Candidate()
	if err != nil {
		return err
	}
	ids, err := c.g.Pipeline.Claim([]spool.Candidate{candidate})
	if err == nil && len(ids) != 1 {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// peerSFTP serves OpenSSH's sftp-server as the subsystem of a plain SSH server.
func peerSFTP(t *testing.T, signer ssh.Signer, program string) string {
	t.Helper()
	config := &ssh.ServerConfig{PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil }}
	config.AddHostKey(signer)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go servePeer(conn, config, program)
		}
	}()
	return l.Addr().String()
}

func servePeer(conn net.Conn, config *ssh.ServerConfig, program string) {
	_, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for c := range channels {
		channel, requests, err := c.Accept()
		if err != nil {
			return
		}
		for r := range requests {
			r.Reply(r.Type == "subsystem", nil)
			if r.Type == "subsystem" {
				break
			}
		}
		go ssh.DiscardRequests(requests)
		cmd := exec.Command(program)
		cmd.Stdin, cmd.Stdout = channel, channel
		cmd.Run()
		channel.Close()
	}
}
