package app_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/app"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/xta"
)

const maxStreamMemory = 64 << 20 // peak of a process with four messages of 40 MB at once

// TestBenchStream sends four messages of 40 MB at once to a gateway, with contents in parts and with contents inside the envelope,
// and fetches them at once: the peak of the gateway's process, and that of a process that is the client.
func TestBenchStream(t *testing.T) {
	size := int64(3 << 20)
	if benching() {
		size = xta.MaxContent
	}
	s := newStreamSite(t)
	addr, end := s.server(t)
	for _, way := range []string{"parts", "inline"} {
		begun := time.Now()
		out, err := s.process(t, "client", "DAMT_STREAM_URL=https://"+addr, "DAMT_STREAM_WAY="+way, fmt.Sprintf("DAMT_STREAM_SIZE=%d", size)).CombinedOutput()
		if err != nil {
			t.Fatalf("client: %v\n%s", err, out)
		}
		took := time.Since(begun)
		t.Logf("4 messages of %d MiB, %s: sent and fetched in %.1f s; peak of the client %d MiB", size>>20, way, took.Seconds(), figure(t, string(out))>>20)
		if got := figure(t, string(out)); benching() && way == "parts" && got > maxStreamMemory {
			t.Errorf("client: peak %d MiB, want at most %d", got>>20, maxStreamMemory>>20)
		}
	}
	got := end()
	t.Logf("peak of the gateway: %d MiB", got>>20)
	if got > maxStreamMemory && !testing.Short() { // the race detector of the short tests wants memory of its own
		t.Errorf("gateway: peak %d MiB, want at most %d", got>>20, maxStreamMemory>>20)
	}
}

// streamSite is a folder with certificates.
type streamSite struct{ dir, clientPrint string }

func newStreamSite(t *testing.T) streamSite {
	t.Helper()
	ca, err := certs.NewCA("bench", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	server, err := ca.Server("localhost", "127.0.0.1")
	client, clientErr := ca.Client("bench")
	leaf, leafErr := certs.ParseCert(client.Cert)
	if err := errors.Join(err, clientErr, leafErr); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, data := range map[string][]byte{"ca.pem": ca.Pair.Cert, "server.pem": server.Cert, "server.key": server.Key, "client.pem": client.Cert, "client.key": client.Key} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return streamSite{dir, certs.Fingerprint(leaf)}
}

func (s streamSite) process(t *testing.T, role string, env ...string) *exec.Cmd {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBenchStreamProcess$", "-test.v")
	cmd.Env = append(os.Environ(), append(env, "DAMT_STREAM="+role, "DAMT_STREAM_DIR="+s.dir, "DAMT_STREAM_PRINT="+s.clientPrint)...)
	return cmd
}

// server starts a gateway; end stops it and gives its peak.
func (s streamSite) server(t *testing.T) (addr string, end func() int64) {
	t.Helper()
	cmd := s.process(t, "server")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for addr == "" && lines.Scan() {
		_, addr, _ = strings.Cut(lines.Text(), "READY ")
	}
	return addr, func() int64 {
		in.Close()
		var rest strings.Builder
		for lines.Scan() {
			fmt.Fprintln(&rest, lines.Text())
		}
		if err := cmd.Wait(); err != nil {
			t.Fatalf("gateway: %v\n%s", err, rest.String())
		}
		return figure(t, rest.String())
	}
}

func figure(t *testing.T, out string) (n int64) {
	t.Helper()
	_, rest, ok := strings.Cut(out, "PEAK ")
	if _, err := fmt.Sscan(rest, &n); !ok || err != nil {
		t.Fatalf("no figure:\n%s", out)
	}
	return n
}

// TestBenchStreamProcess is one of the measured processes.
func TestBenchStreamProcess(t *testing.T) {
	switch os.Getenv("DAMT_STREAM") {
	case "server":
		streamServer(t, os.Getenv("DAMT_STREAM_DIR"))
	case "client":
		streamClient(t, os.Getenv("DAMT_STREAM_DIR"))
	default:
		return // TestBenchStream starts it in a process of its own
	}
	fmt.Printf("\nPEAK %d\n", peak(t, os.Getpid()))
}

func streamServer(t *testing.T, dir string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg := benchConfig(filepath.Join(dir, "data"))
	cfg.Participants[0].Kennungen = []string{boxKennung}
	cfg.XTA.Server = config.XTAServer{Name: "bench", Cert: filepath.Join(dir, "server.pem"), Key: filepath.Join(dir, "server.key"), ClientCA: filepath.Join(dir, "ca.pem"),
		Accounts: []config.XTAAccount{{Kennungen: []string{boxKennung}, Certificates: []string{os.Getenv("DAMT_STREAM_PRINT")}}}}
	g, err := app.New(cfg, app.Options{Listeners: map[string]net.Listener{"xta": l}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	fmt.Printf("\nREADY %s\n", l.Addr())
	if err := errors.Join(g.Run(ctx), g.Close()); err != nil {
		t.Fatal(err)
	}
}

// noise is a content that is nowhere as a whole.
type noise struct{ n, seed int64 }

func (o noise) Size() int64 { return o.n }

func (o noise) Open() (io.ReadCloser, error) {
	return io.NopCloser(io.LimitReader(&noiseReader{uint64(o.seed)}, o.n)), nil
}

type noiseReader struct{ state uint64 }

func (r *noiseReader) Read(p []byte) (int, error) {
	for i := range p {
		r.state = r.state*6364136223846793005 + 1442695040888963407
		p[i] = byte(r.state >> 56)
	}
	return len(p), nil
}

func streamClient(t *testing.T, dir string) {
	var size int64
	fmt.Sscan(os.Getenv("DAMT_STREAM_SIZE"), &size)
	url := os.Getenv("DAMT_STREAM_URL")
	live, err := certs.OpenClient(certs.Files{Cert: filepath.Join(dir, "client.pem"), Key: filepath.Join(dir, "client.key"), CA: filepath.Join(dir, "ca.pem")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	answers, err := durable.New(nil).MakeDir(filepath.Join(dir, "answers"))
	if err != nil {
		t.Fatal(err)
	}
	defer answers.Close()
	c := xta.NewClient(xta.ClientOptions{TLS: live.Config(), Spool: answers})
	defer c.Close()
	me := xta.Party{Kennung: boxKennung}
	ids := make([]string, 4)
	send := func(i int) error {
		id, err := c.CreateMessageID(t.Context(), url+"/xta/management", me)
		ids[i] = id
		if err != nil {
			return err
		}
		m := xta.MetaData{MessageID: id, Test: true, Origin: time.Now(), Author: me, Reader: me, Service: xta.ServiceURI,
			Type: xta.MessageType{Code: "vollstreckungshilfe.Ersuchen.003", PayloadSchema: "urn:damtshilfe:vollstreckungshilfe:1"}}
		if os.Getenv("DAMT_STREAM_WAY") == "inline" {
			return sendInline(t.Context(), live.Config(), url+"/xta/send", m, noise{size, int64(i)})
		}
		r, err := xta.Prepare(m, xta.Content{ContentType: "application/xml", Data: noise{size, int64(i)}}, url+"/xta/send")
		if err != nil {
			return err
		}
		return c.Send(t.Context(), r)
	}
	fetch := func(i int) (err error) {
		m, err := c.GetMessage(t.Context(), url+"/xta/msgbox", me, ids[i])
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, m.Release()) }()
		return same(m.Content.Data, noise{size, int64(i)})
	}
	for _, do := range []func(int) error{send, fetch} {
		ended := make(chan error)
		for i := range ids {
			go func() { ended <- do(i) }()
		}
		var err error
		for range ids {
			err = errors.Join(err, <-ended)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func same(a, b xta.Octets) error {
	x, err := a.Open()
	if err != nil {
		return err
	}
	defer x.Close()
	y, err := b.Open()
	if err != nil {
		return err
	}
	got, want := make([]byte, 32<<10), make([]byte, 32<<10)
	for {
		n, err := io.ReadFull(x, got)
		m, _ := io.ReadFull(y, want)
		if n != m || string(got[:n]) != string(want[:m]) {
			return errors.New("another content was fetched")
		}
		if err != nil {
			return nil
		}
	}
}

// sendInline sends the message as plain SOAP with its content as base64, as stacks without MTOM do.
func sendInline(ctx context.Context, conf *tls.Config, url string, m xta.MetaData, o xta.Octets) error {
	r, err := xta.Prepare(m, xta.Content{ContentType: "application/xml", Data: xta.Bytes("x")}, url)
	if err != nil {
		return err
	}
	packed, err := xta.ReadAll(r.Body)
	if err != nil {
		return err
	}
	_, envelope, _ := strings.Cut(string(packed), "<?xml")
	envelope, _, _ = strings.Cut(envelope, "\r\n--")
	before, rest, ok := strings.Cut(envelope, "<xop:Include")
	_, after, _ := strings.Cut(rest, "/>")
	if !ok {
		return errors.New("no include")
	}
	before = strings.Replace(before, `size="1"`, "", 1)
	from, err := o.Open()
	if err != nil {
		return err
	}
	body, into := io.Pipe()
	go func() {
		_, err := io.WriteString(into, "<?xml"+before)
		encoder := base64.NewEncoder(base64.StdEncoding, into)
		_, copyErr := io.Copy(encoder, from)
		err = errors.Join(err, copyErr, encoder.Close())
		_, endErr := io.WriteString(into, after)
		into.CloseWithError(errors.Join(err, endErr))
	}()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/soap+xml")
	h := &http.Client{Transport: &http.Transport{TLSClientConfig: conf}}
	defer h.CloseIdleConnections()
	resp, err := h.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%d %.1000s", resp.StatusCode, answer)
	}
	return err
}
