package app_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"damtshilfe/internal/certs"
	"damtshilfe/internal/demo"
)

// processes is a world whose three parts run as processes.
type processes struct {
	*demo.World
	t       *testing.T
	running map[string]*exec.Cmd // by site, and "register"
	old     certs.Pair           // A's client certificate at the start
	new     certs.Pair
	keys    map[string][32]byte // fingerprints of the encryption certificates, by name
}

// newProcesses starts all three; before may change their files first.
func newProcesses(t *testing.T, before ...func(*processes)) *processes {
	t.Helper()
	w, err := demo.Build(t.TempDir(), quietPorts(t), demo.Timing{Settle: 100 * time.Millisecond, Scan: 200 * time.Millisecond, XTATimeout: 1500 * time.Millisecond,
		Reports: []time.Duration{200 * time.Millisecond, 500 * time.Millisecond, time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	p := &processes{World: w, t: t, running: map[string]*exec.Cmd{}, keys: map[string][32]byte{}}
	if p.old, err = certs.LoadPair(p.pki("rz-a-client.pem"), p.pki("rz-a-client.key")); err != nil {
		t.Fatal(err)
	}
	if p.new, err = w.NewClient("rz-a, renewed"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"rz-a", "rz-b", "rz-b-renewed"} {
		p.encryptionKey(name)
	}
	for _, site := range []demo.Site{w.A, w.B} {
		p.prepare(site)
	}
	if err := os.Mkdir(w.Watched(), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, f := range before {
		f(p)
	}
	for _, name := range []string{"register", w.A.Name, w.B.Name} {
		p.start(name)
	}
	for _, site := range []demo.Site{w.A, w.B} {
		p.until(site.Name+" serves", time.Minute, func() bool { return serves(site) })
	}
	ctx, cancel := context.WithCancel(context.Background())
	answering := make(chan error, 1)
	go func() { answering <- w.Authorities().Run(ctx) }() // the authorities' own program
	t.Cleanup(func() {
		cancel()
		if err := <-answering; err != nil {
			t.Errorf("authorities: %v", err)
		}
		p.stopAll()
		if t.Failed() {
			p.showLogs()
		}
	})
	return p
}

// quietPorts finds ports below the ephemeral ones, so that no outgoing connection takes one while a process is dead.
func quietPorts(t *testing.T) (a demo.Addresses) {
	t.Helper()
	port := 20000 + (os.Getpid()*37)%11000
	for _, to := range []*string{&a.Register, &a.SFTPA, &a.XTAA, &a.StatusA, &a.SFTPB, &a.XTAB, &a.StatusB} {
		for *to == "" {
			port++
			if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
				*to = l.Addr().String()
				l.Close()
			}
		}
	}
	return a
}

func (p *processes) pki(name string) string { return filepath.Join(p.Dir, "pki", name) }

// prepare changes a site's configuration: A's certificate lies in a folder, pauses are short, the test asks for runs.
func (p *processes) prepare(site demo.Site) {
	p.t.Helper()
	text, err := os.ReadFile(site.Config)
	if err != nil {
		p.t.Fatal(err)
	}
	fingerprint, err := p.old.Fingerprint()
	if err != nil {
		p.t.Fatal(err)
	}
	changed := strings.NewReplacer(`certificates: ["`+fingerprint+`"]`, "certificates_dir: partner-a", "timeout: 1.5s", "timeout: 1.5s, lookup_keep: 200ms, retry_schedule: [200ms, 500ms, 1s]",
		"    sftp_keys: ", "    encryption: {send: required, keys: ["+decryptionKey(site.Name)+"]}\n    sftp_keys: ",
		`runs: {fetch: "* * * * *", print: "0 17 * * 1-5", receipts: "* * * * *"}`, `runs: {fetch: "", print: "", receipts: ""}`).Replace(string(text))
	if strings.Count(changed, "certificates_dir") != 1 || !strings.Contains(changed, "retry_schedule") || strings.Contains(changed, "* * * * *") {
		p.t.Fatalf("the demo's configuration has another form:\n%s", changed)
	}
	p.write(site.Config, []byte(changed))
	p.write(p.partner(site, "old.pem"), p.old.Cert)
}

// decryptionKey is a key in config.yaml.
func decryptionKey(name string) string {
	return fmt.Sprintf("{key: ../pki/%s-encryption.key, cert: ../pki/%s-encryption.pem}", name, name)
}

// encryptionKey makes a key and its certificate for contents.
func (p *processes) encryptionKey(name string) {
	p.t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		p.t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, KeyUsage: x509.KeyUsageKeyEncipherment,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(365 * 24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		p.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		p.t.Fatal(err)
	}
	p.keys[name] = sha256.Sum256(der)
	p.write(p.pki(name+"-encryption.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	p.write(p.pki(name+"-encryption.key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
}

func (p *processes) partner(site demo.Site, name string) string {
	return filepath.Join(filepath.Dir(site.Config), "partner-a", name)
}

// write replaces a file as a careful person does.
func (p *processes) write(path string, data []byte) {
	p.t.Helper()
	err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path+".tmp", data, 0o600), os.Rename(path+".tmp", path))
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *processes) log(name string) string { return filepath.Join(p.Dir, name, "process.log") }

// start starts a part; its log goes to the end of a file.
func (p *processes) start(name string) {
	p.t.Helper()
	program, err := binary()
	if err != nil {
		p.t.Fatal(err)
	}
	args := []string{"serve", "-c", filepath.Join(p.Dir, name, "config.yaml")}
	if name == "register" {
		args = append([]string{"register"}, args...)
	}
	p.running[name] = p.run(p.log(name), program, args...)
}

// run starts a program whose log goes to the end of a file.
func (p *processes) run(logFile, program string, args ...string) *exec.Cmd {
	p.t.Helper()
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		p.t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(program, args...)
	cmd.Stderr = log
	// A group of its own, so that its schema child can be ended with it; it dies with the test.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	return cmd
}

// kill ends a part without warning, with everything that it started.
func (p *processes) kill(name string) {
	cmd := p.running[name]
	delete(p.running, name)
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	if err := cmd.Wait(); err == nil {
		p.t.Errorf("%s had ended before it was killed", name)
	}
}

// stop ends a part as an operator does.
func (p *processes) stop(name string) {
	cmd := p.running[name]
	if cmd == nil {
		return
	}
	delete(p.running, name)
	_ = cmd.Process.Signal(syscall.SIGTERM)
	stuck := time.AfterFunc(60*time.Second, func() {
		p.t.Errorf("%s does not end", name)
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	})
	err := cmd.Wait()
	if stuck.Stop() && err != nil {
		p.t.Errorf("%s ended with %v", name, err)
	}
}

func (p *processes) stopAll() {
	for _, name := range []string{p.A.Name, p.B.Name, "register"} {
		p.stop(name)
	}
}
