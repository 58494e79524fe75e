package xta_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/xta"

	"github.com/google/go-cmp/cmp"
)

// The jars of Debian's libjaxws-java and of what it needs.
const jaxwsJars = `jaxws-rt jaxws-tools jaxws-api jaxb-api jaxb-core jaxb-runtime jaxb-xjc jaxb-impl javax.activation saaj-impl javax.xml.soap-api
	stax-ex streambuffer mimepull metro-policy gmbal jws-api geronimo-annotation-1.3-spec FastInfoset woodstox-core stax2-api istack-commons-runtime
	istack-commons-tools xml-resolver txw2 xsom rngom codemodel codemodel-annotation-compiler relaxngDatatype dtd-parser glassfish-management-api`

// soapAttributes stands for the schema of SOAP 1.2, which one of the originals imports from ".xsd".
const soapAttributes = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/2003/05/soap-envelope">` +
	`<xs:attribute name="role" type="xs:anyURI"/><xs:attribute name="mustUnderstand" type="xs:boolean"/></xs:schema>`

// jaxws builds the peers in a folder of the test: a copy of the WSDL, the stubs that wsimport makes of it, and our two programs.
type jaxws struct {
	dir, classpath, wsdl string
}

func newJAXWS(t *testing.T) jaxws {
	t.Helper()
	if os.Getenv("DAMT_TORTURE") == "" {
		t.Skip("compiles and starts Java: DAMT_TORTURE=all, make torture")
	}
	root := filepath.Dir(filepath.Dir(originals(t)))
	j := jaxws{dir: t.TempDir()}
	j.wsdl = filepath.Join(j.dir, "wsdl", "XTA.wsdl")
	check(t, os.CopyFS(filepath.Join(j.dir, "wsdl"), os.DirFS(root)))
	check(t, os.WriteFile(filepath.Join(j.dir, "wsdl", ".xsd"), []byte(soapAttributes), 0o600))
	var jars []string
	for _, name := range strings.Fields(jaxwsJars) {
		jar := filepath.Join("/usr/share/java", name+".jar")
		if _, err := os.Stat(jar); err != nil {
			t.Fatalf("%s is missing: apt-get install libjaxws-java default-jdk-headless", jar)
		}
		jars = append(jars, jar)
	}
	stubs, classes := filepath.Join(j.dir, "stubs"), filepath.Join(j.dir, "classes")
	check(t, errors.Join(os.Mkdir(stubs, 0o700), os.Mkdir(classes, 0o700)))
	j.classpath = strings.Join(append(jars, classes), ":")
	j.run(t, "java", "-cp", j.classpath, "com.sun.tools.ws.WsImport", "-extension", "-XadditionalHeaders", "-Xnocompile", "-keep", "-s", stubs, j.wsdl)
	own, err := filepath.Glob(filepath.Join("testdata", "peers", "*.java"))
	check(t, err)
	args := append([]string{"-nowarn", "-cp", j.classpath, "-d", classes}, own...)
	check(t, filepath.WalkDir(stubs, func(path string, d fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".java") {
			args = append(args, path)
		}
		return err
	}))
	j.run(t, "javac", args...)
	return j
}

func (j jaxws) run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%.4000s", name, err, out)
	}
}

// TestJAXWS: the reference implementation, with the stubs it makes of the WSDL, as client of our server and as server for our client.
func TestJAXWS(t *testing.T) {
	j := newJAXWS(t)
	t.Run("calls our server", j.callsUs)
	t.Run("is called by our client", j.isCalled)
}

// callsUs: all twelve operations.
func (j jaxws) callsUs(t *testing.T) {
	w := newWorld(t)
	content := contentOfAllBytes()
	task := w.peerTask(content)
	cmd := exec.CommandContext(t.Context(), "java", "-cp", j.classpath, "Client", j.wsdl, task.URL, task.CA, task.Service,
		task.Author.Kennung, task.Author.Cert, task.Author.Key, task.Reader.Kennung, task.Reader.Cert, task.Reader.Key)
	var out, messages bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(base64.StdEncoding.EncodeToString(content)+"\n"), &out, &messages
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%.4000s", err, messages.String())
	}
	var got peerResult
	check(t, json.Unmarshal(out.Bytes(), &got))
	if diff := cmp.Diff(wantOf(content), got); diff != "" {
		t.Errorf("JAX-WS RI (-want +got):\n%.4000s", diff)
	}
}

// jaxwsServer starts the reference implementation as a server.
func (w *world) jaxwsServer(t *testing.T, j jaxws) (url string) {
	t.Helper()
	ca := filepath.Join(j.dir, "ca.pem")
	writePEM(t, ca, "CERTIFICATE", w.ca.cert.Raw)
	account := writeAccount(t, j.dir, "server", w.serverCert)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute) // t.Context ends before the server is asked to
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "java", "-cp", j.classpath, "Server", account.Cert, account.Key, ca)
	in, err := cmd.StdinPipe()
	check(t, err)
	out, err := cmd.StdoutPipe()
	check(t, err)
	var messages bytes.Buffer
	cmd.Stderr = &messages
	check(t, cmd.Start())
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil || t.Failed() {
			t.Logf("server: %v\n%.4000s", err, messages.String())
		}
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, port, ok := strings.Cut(lines.Text(), "READY "); ok {
			return "https://127.0.0.1:" + port
		}
	}
	t.Fatalf("server did not start\n%.4000s", messages.String())
	return ""
}

// isCalled: all twelve operations.
func (j jaxws) isCalled(t *testing.T) {
	ctx := t.Context()
	w := newWorld(t)
	url := w.jaxwsServer(t, j)
	c := w.client(w.authorCert)
	management, send, box := url+"/management", url+"/send", url+"/msgbox"
	check(t, c.CheckAccountActive(ctx, management, author))
	if f := fault(c.CheckAccountActive(ctx, management, xta.Party{Kennung: "x:gesperrt"})); f == nil || f.Code != 9011 || f.Name != "PermissionDeniedException" {
		t.Errorf("locked account: %v", f)
	}
	if l, err := c.LookupService(ctx, management, author, reader, xta.ServiceURI); err != nil || l.Availability != xta.ServiceAvailable {
		t.Errorf("lookup: %v, %v", l, err)
	}
	all12 := contentOfAllBytes()
	sent := xta.Content{ContentType: "application/xml", Filename: "n.xml", Data: xta.Bytes(all12),
		Attachments: []xta.Content{{ContentType: "application/pdf", Data: xta.Bytes("%PDF-1.4\n")}}}
	order := func(change ...func(*xta.MetaData)) (string, xta.Request) {
		id, err := c.CreateMessageID(ctx, management, author)
		check(t, err)
		md := metaData(id)
		for _, f := range change {
			f(&md)
		}
		r, err := xta.Prepare(md, sent, send)
		check(t, err)
		return id, r
	}
	var ids []string
	for range 2 {
		id, r := order()
		check(t, c.Send(ctx, r))
		if f := fault(c.Send(ctx, r)); f == nil || !f.Used() {
			t.Errorf("again: %v", f)
		}
		ids = append(ids, id)
	}
	later, r := order(func(m *xta.MetaData) { m.NotBefore = time.Now().Add(time.Hour) })
	check(t, c.Send(ctx, r))
	check(t, c.CancelMessage(ctx, management, author, later))
	if f := fault(c.CancelMessage(ctx, management, author, ids[0])); f == nil || f.Code != 9101 {
		t.Errorf("cancel: %v", f)
	}
	id, _ := order()
	r, err := xta.PrepareSync(metaData(id), sent, send)
	check(t, err)
	answer, err := c.SendSync(ctx, r)
	check(t, err)
	if diff := cmp.Diff(sent, answer.Content, byOctets(t)); diff != "" || answer.MetaData.Author.Kennung != reader.Kennung {
		t.Errorf("answering message of %+v (-sent +got):\n%.2000s", answer.MetaData.Author, diff)
	}

	list, err := c.StatusList(ctx, box, reader, 1)
	check(t, err)
	next, err := c.NextStatusList(ctx, box, reader, list.RequestID, ids[0])
	check(t, err)
	if got := fmt.Sprint(listIDs(list), list.Pending, listIDs(next), next.Pending); got != fmt.Sprint(ids[:1], 1, ids[1:], 0) {
		t.Errorf("lists: %s", got)
	}
	m, err := c.GetMessage(ctx, box, reader, ids[0])
	check(t, err)
	n, err := c.NextMessage(ctx, box, reader, list.RequestID, ids[0])
	check(t, err)
	for _, m := range []xta.Message{m, n} {
		if diff := cmp.Diff(sent, m.Content, byOctets(t)); diff != "" {
			t.Errorf("fetched (-sent +got):\n%.2000s", diff)
		}
		check(t, m.Release())
	}
	for i, want := range []int{xta.StatusOpen, xta.StatusGreen} {
		if i > 0 {
			check(t, c.CloseMessage(ctx, box, reader, list.RequestID, ids[0]))
		}
		if report, err := c.TransportReport(ctx, management, author, ids[0]); err != nil || report.Status != want || report.Server != "peer" {
			t.Errorf("report: %+v, %v", report, err)
		}
	}
	if _, err := c.GetMessage(ctx, box, reader, ids[0]); !unknown(err) {
		t.Errorf("closed: %v", err)
	}
	if list, err := c.StatusList(ctx, box, reader, 5); err != nil || len(list.Items) != 1 {
		t.Errorf("list after close: %+v, %v", list, err)
	}
	stranger := xta.NewClient(xta.ClientOptions{TLS: clientTLS(newAuthority(t).issue("x"), w.ca.pool)})
	defer stranger.Close()
	if err := stranger.CheckAccountActive(ctx, management, author); err == nil || fault(err) != nil {
		t.Errorf("a certificate of a stranger: %v", err)
	}
}

func listIDs(l xta.List) (ids []string) {
	for _, m := range l.Items {
		ids = append(ids, m.MessageID)
	}
	return ids
}
