package xta_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"damtshilfe/internal/xta"

	"github.com/google/go-cmp/cmp"
)

// peerAccount is who a foreign stack is, in its own files.
type peerAccount struct {
	Kennung string `json:"kennung"`
	Cert    string `json:"cert"`
	Key     string `json:"key"`
}

// peerTask is what a foreign client is told.
type peerTask struct {
	WSDL    string      `json:"wsdl"`
	URL     string      `json:"url"`
	CA      string      `json:"ca"`
	Service string      `json:"service"`
	Content string      `json:"content"`
	Author  peerAccount `json:"author"`
	Reader  peerAccount `json:"reader"`
}

// peerTask serves the world on a socket and writes its certificates into files.
func (w *world) peerTask(content []byte) peerTask {
	w.t.Helper()
	wsdl := filepath.Join(filepath.Dir(filepath.Dir(originals(w.t))), "XTA.wsdl")
	w.records = nil
	w.serve(10 * time.Second)
	dir := w.t.TempDir()
	task := peerTask{WSDL: wsdl, URL: w.url, CA: filepath.Join(dir, "ca.pem"), Service: xta.ServiceURI, Content: base64.StdEncoding.EncodeToString(content)}
	writePEM(w.t, task.CA, "CERTIFICATE", w.ca.cert.Raw)
	task.Author = writeAccount(w.t, dir, author.Kennung, w.authorCert)
	task.Reader = writeAccount(w.t, dir, reader.Kennung, w.readerCert)
	return task
}

func writeAccount(t testing.TB, dir, kennung string, c tls.Certificate) peerAccount {
	t.Helper()
	name := base64.RawURLEncoding.EncodeToString([]byte(kennung))
	a := peerAccount{kennung, filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key")}
	writePEM(t, a.Cert, "CERTIFICATE", c.Certificate[0])
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	check(t, err)
	writePEM(t, a.Key, "PRIVATE KEY", key)
	return a
}

func writePEM(t testing.TB, name, kind string, der []byte) {
	t.Helper()
	check(t, os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
}

// peerFault is a fault as a foreign stack shows it to its application.
type peerFault struct {
	Code      string   `json:"code"`
	Exception string   `json:"exception"`
	Subcodes  []string `json:"subcodes"`
}

// peerResult is what a foreign client says of its calls.
type peerResult struct {
	Available bool      `json:"available"`
	Listed    []bool    `json:"listed"`
	Fetched   []string  `json:"fetched"`
	Filename  string    `json:"filename"`
	Next      []string  `json:"next"`
	Open      int       `json:"open"`
	Green     int       `json:"green"`
	Sync      peerFault `json:"sync"`
	Used      peerFault `json:"used"`
	Late      peerFault `json:"late"`
	Gone      peerFault `json:"gone"`
	Foreign   peerFault `json:"foreign"`
}

// wantOf is what every stack must say: contents byte for byte, and the fault's element with its code.
func wantOf(content []byte) peerResult {
	octets := []string{base64.StdEncoding.EncodeToString(content), base64.StdEncoding.EncodeToString([]byte("%PDF-1.4\n"))}
	none := []string{}
	return peerResult{Available: true, Listed: []bool{true, true}, Fetched: octets, Filename: "n.xml", Next: octets, Open: 0, Green: 1,
		Sync:    peerFault{"9080", "SyncAsyncException", none},
		Used:    peerFault{"9024", "ParameterIsNotValidException", none},
		Late:    peerFault{"9101", "CancelDeniedException", none},
		Gone:    peerFault{"9070", "InvalidMessageIDException", none},
		Foreign: peerFault{"9014", "PermissionDeniedException", none},
	}
}

func runPeer(t *testing.T, task peerTask, name string, args ...string) (result peerResult) {
	t.Helper()
	in, err := json.Marshal(task)
	check(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	var out, messages bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &messages
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, messages.String())
	}
	if err := json.Unmarshal(out.Bytes(), &result); err != nil {
		t.Fatalf("%s: %v\n%s\n%s", name, err, out.String(), messages.String())
	}
	return result
}

// contentOfAllBytes proves that nothing is decoded, encoded or converted on the way.
func contentOfAllBytes() []byte {
	b := []byte("<nachricht>Grüße</nachricht>\r\n")
	for i := range 256 {
		b = append(b, byte(i))
	}
	return bytes.Repeat(b, 2000) // over what stays in memory
}

// TestZeepCallsOurServer: a Python stack that has nothing but the WSDL calls all twelve operations.
func TestZeepCallsOurServer(t *testing.T) {
	if testing.Short() {
		t.Skip("an interpreter and its libraries")
	}
	const python = "/usr/bin/python3"
	if out, err := exec.Command(python, "-c", "import zeep").CombinedOutput(); err != nil {
		t.Fatalf("zeep is missing: apt-get install python3-zeep\n%s", out)
	}
	w := newWorld(t)
	content := contentOfAllBytes()
	task := w.peerTask(content)
	if diff := cmp.Diff(wantOf(content), runPeer(t, task, python, filepath.Join("testdata", "peers", "zeep_client.py"))); diff != "" {
		t.Errorf("zeep (-want +got):\n%.4000s", diff)
	}
}
