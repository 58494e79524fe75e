package app_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
	"damtshilfe/internal/demo"
	"damtshilfe/internal/sample"
	"damtshilfe/internal/xenc"
	"damtshilfe/internal/xta"
)

// cipherKey makes a decryption key as docs/encryption.md says: with OpenSSL, as PKCS #12 or as PEM.
func cipherKey(t *testing.T, dir, name string, pkcs12 bool) config.DecryptionKey {
	t.Helper()
	need(t, "openssl", "openssl")
	run := func(args ...string) {
		c := exec.CommandContext(t.Context(), "openssl", args...)
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("openssl %v: %v\n%s", args, err, out)
		}
	}
	run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1095", "-subj", "/O=Stadt Beispiel/CN="+name, "-addext", "keyUsage=critical,keyEncipherment",
		"-keyout", name+".key", "-out", name+".crt")
	k := config.DecryptionKey{Key: filepath.Join(dir, name+".key"), Cert: filepath.Join(dir, name+".crt")}
	if pkcs12 {
		if err := os.WriteFile(filepath.Join(dir, name+".pass"), []byte("geheim-"+name+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		run("pkcs12", "-export", "-inkey", name+".key", "-in", name+".crt", "-out", name+".p12", "-passout", "file:"+name+".pass")
		k = config.DecryptionKey{Key: filepath.Join(dir, name+".p12"), PasswordFile: filepath.Join(dir, name+".pass")}
	}
	if err := os.Chmod(k.Key, 0o600); err != nil {
		t.Fatal(err)
	}
	return k
}

// encrypted is a world in which a city and an office encrypt for each other.
type encrypted struct {
	*world
	t                *testing.T
	dir              string
	office           demo.Office
	place            sample.Place
	city, old, fresh config.DecryptionKey
	configB          config.Config
}

func newEncrypted(t *testing.T) *encrypted {
	e := &encrypted{t: t, dir: t.TempDir()}
	e.city, e.old, e.fresh = cipherKey(t, e.dir, "stadt", true), cipherKey(t, e.dir, "amt-2025", false), cipherKey(t, e.dir, "amt-2026", true)
	e.world = start(t, func(w *demo.World, site string, c *config.Config) {
		c.Runs.Fetch = ""
		e.office, e.place = (&world{World: w}).officeAt(t, w.B.Name)
		for i := range c.Participants {
			p := &c.Participants[i]
			switch p.Account {
			case w.Sender.Account:
				p.Encryption = config.Encryption{Send: "required", Keys: []config.DecryptionKey{e.city}}
			case e.office.Account:
				p.Encryption = config.Encryption{Send: "required", Keys: []config.DecryptionKey{e.old}}
			}
		}
		if site == w.B.Name {
			e.configB = *c
		}
	})
	return e
}

// use gives the office other keys while its gateway serves.
func (e *encrypted) use(keys ...config.DecryptionKey) {
	c := e.configB
	c.Participants = slices.Clone(c.Participants)
	for i := range c.Participants {
		if c.Participants[i].Account == e.office.Account {
			c.Participants[i].Encryption.Keys = keys
		}
	}
	e.b.Reload(c)
}

// send drops a request of the city and waits until it was handed over.
func (e *encrypted) send(seed int64) (id amtshilfe.DeliveryID, doc []byte) {
	e.t.Helper()
	name := sample.UUID(seed, 9) + ".xml"
	doc = e.ersuchen(seed, e.place, nil)
	e.put(e.t, e.Sender.In, name, doc)
	e.until(func() bool {
		e.push(e.t, e.a)
		for _, d := range e.drops(e.t) {
			if m, _ := e.a.Ledger.InDrop(d.ID, 0, 1); d.Name == name && len(m) == 1 && m[0].State.Left() {
				id = m[0].ID
				return true
			}
		}
		return false
	})
	return id, doc
}

func (e *encrypted) until(ok func() bool) {
	e.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !ok(); time.Sleep(30 * time.Millisecond) {
		if time.Now().After(deadline) {
			e.t.Fatal("never happened")
		}
	}
}

func (e *encrypted) messageID(id amtshilfe.DeliveryID) string {
	e.t.Helper()
	d, err := e.a.Ledger.Delivery(id)
	if err != nil {
		e.t.Fatal(err)
	}
	return d.MessageID
}

// madeFor says for which key a message in B's mailbox is encrypted; its metadata must be readable.
func (e *encrypted) madeFor(id amtshilfe.DeliveryID) config.DecryptionKey {
	e.t.Helper()
	md, c, err := e.b.Mailbox.Read(e.t.Context(), e.messageID(id))
	if err != nil || md.Author.Kennung != e.Sender.Kennung || md.Reader.Kennung != e.office.Kennung || md.Type.Code != "vollstreckungshilfe.Ersuchen.003" || !md.Test {
		e.t.Fatalf("metadata %+v, %v", md, err)
	}
	readers := xenc.Data{Head: c.Head, Tail: c.Tail}.Readers()
	for _, k := range []config.DecryptionKey{e.old, e.fresh} {
		d, err := certs.LoadDecryption(k.Files())
		if err != nil {
			e.t.Fatal(err)
		}
		if len(readers) == 1 && certs.Fingerprint(d.Certificate) == hex.EncodeToString(readers[0][:]) {
			return k
		}
	}
	e.t.Fatalf("made for %x", readers)
	return config.DecryptionKey{}
}

// hidden says that nothing at the server holds the text, neither as it is nor as base64.
func (e *encrypted) hidden(g *app.Gateway, text string) {
	e.t.Helper()
	files, err := filepath.Glob(filepath.Join(g.Config.DataDir, "xta", "*"))
	if err != nil || len(files) == 0 {
		e.t.Fatalf("no mailbox: %v", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			e.t.Fatal(err)
		}
		for shift := range 3 { // base64 of the text at each of its three places
			if bytes.Contains(data, []byte(text)) || bytes.Contains(data, []byte(base64.StdEncoding.EncodeToString([]byte(text)[shift:])[:8])) {
				e.t.Errorf("%s holds plain text", filepath.Base(name))
			}
		}
	}
}

func (e *encrypted) outFiles(o demo.Office, pattern string) []string {
	e.t.Helper()
	list, err := filepath.Glob(filepath.Join(o.Out, pattern))
	if err != nil {
		e.t.Fatal(err)
	}
	return list
}

// TestEncryption: an encrypted request there and an encrypted answer back; the reader's key renewed in between; one for a key that is not
// there waits in its mailbox while its neighbour is delivered, and is taken in once the key is there.
func TestEncryption(t *testing.T) {
	t.Parallel()
	e := newEncrypted(t)
	first, doc := e.send(1)
	if k := e.madeFor(first); k != e.old {
		t.Errorf("made for %s", k.Key)
	}
	e.settle(t, 1)
	if m := messages(t, e.a.Ledger, first.Drop)[0]; m.State != amtshilfe.Delivered {
		t.Fatalf("%s %+v", m.State, m.Hold)
	}
	found := e.published(t, e.office)
	if len(found) != 1 {
		t.Fatalf("%d requests in out/", len(found))
	}
	if got, err := os.ReadFile(found[0]); err != nil || !bytes.Contains(doc, got) {
		t.Errorf("the request came with other bytes (%v)", err)
	}
	lint(t, found...)
	m := messages(t, e.a.Ledger, first.Drop)[0]
	e.hidden(e.b, m.Aktenzeichen)
	e.hidden(e.b, "vollstreckungshilfe.Ersuchen.003 ")
	// The answer.
	answer := sample.Eingangsbestaetigung(sample.FollowSpec{Kopf: sample.Kopf(901, 1, time.Now(), sample.Akteur(e.office.Kennung, e.office.Name, "V-1")),
		Bezug: amtshilfe.Bezug{UUID: m.UUID, Ersuchen: m.UUID}, Aktenzeichen: "VH-GEHEIM-1"})
	e.put(t, e.office.In, "antwort.xml", answer)
	e.until(func() bool {
		e.push(t, e.b)
		e.push(t, e.a)
		return len(e.outFiles(e.Sender, "004_I*.xml")) == 1
	})
	if got, err := os.ReadFile(e.outFiles(e.Sender, "004_I*.xml")[0]); err != nil || !bytes.Contains(got, []byte("VH-GEHEIM-1")) {
		t.Errorf("the answer came with other bytes (%v)", err)
	}
	e.hidden(e.a, "VH-GEHEIM-1")
	if !testing.Short() {
		e.renewed()
	}
	e.locked()
	e.verify(t)
}

// renewed: the office gets another key; the city still has the old answer of lookupService, and what it encrypts is opened all the same.
func (e *encrypted) renewed() {
	e.t.Helper()
	e.use(e.fresh, e.old)
	l, err := e.lookup()
	if err != nil || len(l.Certificates) != 2 {
		e.t.Fatalf("%d certificates after the renewal, %v", len(l.Certificates), err)
	}
	id, _ := e.send(2)
	if k := e.madeFor(id); k != e.old {
		e.t.Errorf("made for %s", k.Key)
	}
	e.settle(e.t, 2)
	if m := messages(e.t, e.a.Ledger, id.Drop)[0]; m.State != amtshilfe.Delivered || len(e.published(e.t, e.office)) != 2 {
		e.t.Errorf("%s, %d requests in out/", m.State, len(e.published(e.t, e.office)))
	}
}

// lookup asks B as a data centre does.
func (e *encrypted) lookup() (xta.Lookup, error) {
	file := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join(e.Dir, "pki", name))
		if err != nil {
			e.t.Fatal(err)
		}
		return data
	}
	conf, err := certs.ClientTLS(certs.Pair{Cert: file("rz-a-client.pem"), Key: file("rz-a-client.key")}, file("ca.pem"))
	if err != nil {
		e.t.Fatal(err)
	}
	c := xta.NewClient(xta.ClientOptions{TLS: conf, Timeout: 10 * time.Second})
	defer c.Close()
	return c.LookupService(e.t.Context(), "https://"+e.B.XTA+"/xta/management", xta.Party{Kennung: e.Sender.Kennung}, xta.Party{Kennung: e.office.Kennung}, xta.ServiceURI)
}

// locked: the old key was taken out too early.
func (e *encrypted) locked() {
	e.t.Helper()
	before := len(e.published(e.t, e.office))
	e.use(e.fresh)
	id, doc := e.send(3)
	e.handOver(e.t, e.office, e.ersuchen(4, e.place, nil)) // a neighbour in the same mailbox, behind it
	e.until(func() bool {
		if _, _, err := e.b.Pipeline.Fetch(e.t.Context()); err != nil {
			e.t.Log(err)
		}
		return len(e.published(e.t, e.office)) == before+1
	})
	held, err := e.b.Ledger.HeldInbox(10)
	if err != nil || len(held) != 1 || held[0].MessageID != e.messageID(id) || held[0].Question.Code != "XTA-SCHLUESSEL" {
		e.t.Fatalf("held %+v, %v", held, err)
	}
	if page := get(e.t, "http://"+e.B.Status+"/"); !strings.Contains(page, "XTA-SCHLUESSEL") || !strings.Contains(page, string(held[0].ID)) {
		e.t.Error("the page does not show what waits")
	}
	if testing.Short() {
		// the command line needs a program built for it
	} else if out, code := gateway(e.t, "--config", e.World.B.Config, "held", "list"); code != 3 || !strings.Contains(out, string(held[0].ID)) || !strings.Contains(out, "XTA-SCHLUESSEL") {
		e.t.Errorf("held list: %d %s", code, out)
	}
	if lines := app.CheckKeys(e.t.Context(), e.b.Config, time.Now()); !slices.ContainsFunc(lines, func(l app.KeyLine) bool { return strings.Contains(l.Text, "; messages waiting for it: 1") }) {
		e.t.Errorf("check does not say what waits: %+v", lines)
	}
	if m := messages(e.t, e.a.Ledger, id.Drop)[0]; m.State != amtshilfe.Sent {
		e.t.Errorf("it was closed: %s", m.State)
	}
	e.use(e.fresh, e.old)
	e.settle(e.t, 2)
	if m := messages(e.t, e.a.Ledger, id.Drop)[0]; m.State != amtshilfe.Delivered {
		e.t.Errorf("%s", m.State)
	}
	in, err := e.b.Ledger.InboundByMessage(e.office.Account, e.messageID(id))
	if err != nil || in.State != amtshilfe.InboxPublished {
		e.t.Fatalf("%s, %v", in.State, err)
	}
	if got, err := os.ReadFile(filepath.Join(e.office.Out, in.Name)); err != nil || !bytes.Contains(doc, got) {
		e.t.Errorf("the request came with other bytes (%v)", err)
	}
}
