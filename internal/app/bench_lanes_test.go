package app_test

import (
	"bytes"
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

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
	"damtshilfe/internal/demo"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sample"
	"damtshilfe/internal/sftpd"
	"damtshilfe/spool"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// full skips what only `make bench` needs: other tests cover the function.
func full(t *testing.T) {
	t.Helper()
	if !benching() {
		t.Skip("measures only: DAMT_BENCH=1, make bench")
	}
}

// TestBenchSend measures durable XTA sends between two complete gateways over mutual TLS on loopback: createMessageId, intent,
// sendMessage, outcome. Both gateways share the machine, and the receiving one stores every message durably.
func TestBenchSend(t *testing.T) {
	full(t)
	const n = 2000
	w := start(t, func(_ *demo.World, _ string, c *config.Config) {
		c.XTA.Client.ReportSchedule, c.Runs.Fetch = []time.Duration{time.Hour}, "" // neither reports nor fetching meanwhile
	})
	before := ownCPU(t)
	id := takeIn(t, w, n, amtshilfe.KanalXTA)
	sent := 0
	waitFor(t, "all messages sent", func() (all bool) {
		sent, all = done(t, w.a.Ledger, id, amtshilfe.Sent, n)
		return all
	})
	spent := ownCPU(t) - before
	var first, last time.Time
	for d, err := range w.a.Ledger.AllInDrop(id) {
		if err != nil {
			t.Fatal(err)
		}
		if d.State != amtshilfe.Sent {
			continue
		}
		if first.IsZero() || d.UpdatedAt.Before(first) {
			first = d.UpdatedAt
		}
		if d.UpdatedAt.After(last) {
			last = d.UpdatedAt
		}
	}
	t.Logf("%d sends in %.2f s: %.0f/s (aim 500/s); %.2f s CPU of both gateways from the drop on",
		sent, last.Sub(first).Seconds(), float64(sent-1)/last.Sub(first).Seconds(), spent.Seconds())
}

// TestBenchLetters measures the print run: letters in bundles of 500, read back from the segment, rendered, staged and published
// durably.
func TestBenchLetters(t *testing.T) {
	full(t)
	const n = 2000
	w := start(t, func(_ *demo.World, _ string, c *config.Config) { c.Runs.Print = "" })
	id := takeIn(t, w, n, amtshilfe.KanalPost)
	waitFor(t, "all messages resolved", func() bool {
		_, all := done(t, w.a.Ledger, id, amtshilfe.Resolved, n)
		return all
	})
	begun, before := time.Now(), ownCPU(t)
	letters, all := 0, false
	for !all {
		if _, failed, err := w.a.Pipeline.Print(t.Context()); failed > 0 || err != nil {
			t.Fatalf("print run: %d failed, %v", failed, err)
		}
		letters, all = done(t, w.a.Ledger, id, amtshilfe.Spooled, n)
	}
	took, spent := time.Since(begun), ownCPU(t)-before
	t.Logf("%d letters in %.2f s: %.0f/s, %.0f per CPU second (aim 2000/s per core)", letters, took.Seconds(), float64(letters)/took.Seconds(), float64(letters)/spent.Seconds())
}

// takeIn drops n Ersuchen for authorities that are reached by the given way, and gives the drop.
func takeIn(t *testing.T, w *world, n int, way amtshilfe.Kanalart) amtshilfe.DropID {
	t.Helper()
	var zip bytes.Buffer
	places := w.Places(way)
	_, err := sample.WriteZIP(&zip, sample.Options{N: n, Seed: 7, Kennung: w.Sender.Kennung, Name: w.Sender.Name, Now: time.Now(), Fix: func(i int, s *sample.Spec) {
		s.Wunschempfaenger = ""
		for k := range s.Schuldner {
			for m := range s.Schuldner[k].Person.Anschriften {
				a := &s.Schuldner[k].Person.Anschriften[m]
				a.Postleitzahl, a.Ort, a.Ortsteil = places[i%len(places)].PLZ, places[i%len(places)].Ort, ""
			}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	w.put(t, w.Sender.In, "ersuchen.zip", zip.Bytes())
	waitFor(t, "the drop", func() bool { return len(w.drops(t)) > 0 })
	return w.drops(t)[0].ID
}

// done says how many messages of the drop came to the state, and whether all did but those that wait for a person: the district
// of a few addresses is ambiguous.
func done(t *testing.T, l *ledger.Ledger, id amtshilfe.DropID, state amtshilfe.State, n int) (int, bool) {
	t.Helper()
	counts, err := l.CountsOf(id)
	if err != nil {
		t.Fatal(err)
	}
	if held := counts[amtshilfe.Held].N; held > n/10 {
		t.Fatalf("%d of %d messages held", held, n)
	}
	return counts[state].N, counts[state].N+counts[amtshilfe.Held].N == n
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

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
