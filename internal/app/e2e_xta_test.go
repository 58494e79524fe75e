package app_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/config"
	"damtshilfe/internal/demo"
)

// commandLine calls `gateway xta` as a person would and compares exit code and output; it gives the output.
type commandLine struct {
	t      *testing.T
	config string
}

func (c commandLine) wants(code int, say string, args ...string) string {
	c.t.Helper()
	out, got := gateway(c.t, append([]string{"-c", c.config, "xta"}, args...)...)
	if got != code || !regexp.MustCompile(say).MatchString(out) {
		c.t.Errorf("xta %s: exit %d, want %d and %q:\n%s", strings.Join(args, " "), got, code, say, out)
	}
	return out
}

// TestXTAByHand: somebody finds out why a partner gets nothing. Both gateways serve meanwhile, but nothing is fetched by itself.
func TestXTAByHand(t *testing.T) {
	w := start(t, func(_ *demo.World, _ string, c *config.Config) { c.Runs.Fetch = "" })
	var partner demo.Office // at B
	for _, o := range w.Offices {
		if o.Site == w.B.Name {
			partner = o
		}
	}
	a, b := commandLine{t, w.A.Config}, commandLine{t, w.B.Config}
	as, asPartner := "--as="+w.Sender.Kennung, "--as="+partner.Kennung

	t.Run("the way is fine", func(t *testing.T) {
		out := a.wants(0, `(?s)dns .*tcp .*tls  +ok .*TLS 1\.3, TLS_.*server certificate "CN=rz-b.*client certificate "CN=rz-a.*account  ok`, "ping", partner.Kennung, as)
		if strings.Contains(out, "FAILED") || strings.Count(out, "sha256 ") != 2 {
			t.Error(out)
		}
		a.wants(0, `account  ok`, "ping", as)
		a.wants(0, `available for`, "lookup", partner.Kennung, as)
	})
	t.Run("the way is not", func(t *testing.T) {
		a.wants(2, `--as: say which own identifier`, "ping")
		a.wants(2, `no identifier of a participant`, "ping", "--as=kka:niemand")
		a.wants(1, `(?s)dns .*ok.*tcp +FAILED.*Nothing listens there`, "ping", as, "https://127.0.0.1:1/xta/management")
		a.wants(1, `the directory has no "kka:niemand"`, "ping", "kka:niemand", as)
		a.wants(1, `http status 404.*\n.*no XTA port`, "ping", as, "https://"+w.B.XTA+"/nowhere")
		a.wants(2, `no https URL`, "inbox", as, "--server=http://x")
		text, err := os.ReadFile(w.A.Config)
		if err != nil {
			t.Fatal(err)
		}
		wrong := commandLine{t, filepath.Join(filepath.Dir(w.A.Config), "wrong.yaml")}
		if err := os.WriteFile(wrong.config, []byte(strings.ReplaceAll(string(text), "rz-a-client", "rz-b-client")), 0o600); err != nil {
			t.Fatal(err)
		}
		wrong.wants(1, `(?s)9014.*"Authentisierung/Zertifikat passt nicht zur Absenderkennung.".*enter the fingerprint`, "inbox", as)
		a.wants(3, `unavailable for`, "lookup", "kka:niemand", as, "--server=https://"+w.B.XTA+"/xta/management")
		a.wants(1, `9070.*"MessageID für den Account nicht bekannt."`, "report", "urn:x", as)
	})

	dir := t.TempDir()
	file, trace, got := filepath.Join(dir, "test.xml"), filepath.Join(dir, "trace.txt"), filepath.Join(dir, "got.xml")
	doc := w.ersuchen(77, w.place(amtshilfe.KanalXTA), nil)
	if err := os.WriteFile(file, doc, 0o600); err != nil {
		t.Fatal(err)
	}
	out := a.wants(0, `past the ledger(?s).*sendMessage: taken`, "send", file, "--reader="+partner.Kennung, "--trace="+trace)
	id := regexp.MustCompile(`urn:de:xta:messageid:\S+`).FindString(out)
	t.Run("what was sent by hand", func(t *testing.T) {
		a.wants(0, `open: not closed`, "report", id, as, "--reader="+partner.Kennung)
		b.wants(0, `(?s)^1 waiting.*`+regexp.QuoteMeta(id)+` .*new test, from `+w.Sender.Kennung, "inbox", asPartner)
		b.wants(0, `not closed`, "fetch", id, "-o", got, asPartner)
		if data, err := os.ReadFile(got); err != nil || !slices.Equal(data, doc) {
			t.Errorf("fetched %d bytes, %v", len(data), err)
		}
		b.wants(1, `existing file`, "fetch", id, "-o", got, asPartner)
		b.wants(0, `fetched test`, "inbox", asPartner)
	})
	t.Run("its trace says nothing of anybody", func(t *testing.T) {
		text, err := os.ReadFile(trace)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"Schuldner", w.Sender.Name, "forderung"} {
			if strings.Contains(string(text), name) {
				t.Errorf("it says %q", name)
			}
		}
		if !strings.Contains(string(text), "SendMessage") || !strings.Contains(string(text), " bytes, sha256 ") {
			t.Errorf("%s", text)
		}
	})
	t.Run("closing it needs a reason, a yes, and is in the audit", func(t *testing.T) {
		b.wants(2, `--grund`, "close", id, asPartner)
		b.wants(2, `(?s)NOT fetched.*--yes`, "close", id, asPartner, "--grund=Probe")
		b.wants(0, `^1 waiting`, "inbox", asPartner)
		b.wants(0, `closed `, "close", id, asPartner, "--grund=Probe", "--wer=Prüferin", "--yes")
		b.wants(0, `^0 waiting`, "inbox", asPartner)
		a.wants(0, `green: closed`, "report", id, as, "--reader="+partner.Kennung)
		rows, err := w.b.Ledger.Audit("xta-close", 10)
		if err != nil || len(rows) != 1 || rows[0].Who != "Prüferin" || rows[0].Subject != id || rows[0].Grund != "Probe" {
			t.Errorf("audit %+v, %v", rows, err)
		}
	})
	t.Run("what the gateway has is not sent by hand", func(t *testing.T) {
		w.put(t, w.Sender.In, "drop.xml", doc)
		taken := func() bool { list := w.drops(t); return len(list) > 0 && len(messages(t, w.a.Ledger, list[0].ID)) > 0 }
		for deadline := time.Now().Add(20 * time.Second); !taken() && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		}
		a.wants(1, `is in the ledger as`, "send", file, "--reader="+partner.Kennung)
		real := filepath.Join(dir, "real.xml")
		if err := os.WriteFile(real, []byte(strings.Replace(string(doc), ` test="true"`, "", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		a.wants(2, `only test messages`, "send", real, "--reader="+partner.Kennung)
	})
}
