package app_test

import (
	"os"
	"path/filepath"
	"regexp"
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

// byHand is one who finds out why a partner gets nothing.
type byHand struct {
	*world
	a, b          commandLine
	as, asPartner string
	partner       demo.Office // at B
	doc           []byte
	file, dir, id string // of what was sent
}

// TestXTAByHand: somebody finds out why a partner gets nothing. Both gateways serve meanwhile, but nothing is fetched by itself.
func TestXTAByHand(t *testing.T) {
	w := start(t, func(_ *demo.World, _ string, c *config.Config) { c.Runs.Fetch = "" })
	h := &byHand{world: w, a: commandLine{t, w.A.Config}, b: commandLine{t, w.B.Config}, partner: w.Offices["kka:01002000"], dir: t.TempDir()}
	h.as, h.asPartner = "--as="+w.Sender.Kennung, "--as="+h.partner.Kennung
	h.doc, h.file = w.ersuchen(77, w.place(amtshilfe.KanalXTA), nil), filepath.Join(h.dir, "test.xml")
	h.save(t, h.file, h.doc)
	t.Run("the way is fine", h.wayIsFine)
	t.Run("the way is not", h.wayIsNot)
	out := h.a.wants(0, `past the ledger(?s).*sendMessage: taken`, "send", h.file, "--reader="+h.partner.Kennung, "--trace="+filepath.Join(h.dir, "trace.txt"))
	h.id = regexp.MustCompile(`urn:de:xta:messageid:\S+`).FindString(out)
	t.Run("what was sent by hand", h.sentByHand)
	t.Run("its trace says nothing of anybody", h.traceIsDiscreet)
	t.Run("closing it needs a reason, a yes, and is in the audit", h.closes)
	t.Run("what the gateway has is not sent by hand", h.notTwice)
}

func (h *byHand) save(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (h *byHand) load(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func (h *byHand) wayIsFine(t *testing.T) {
	out := h.a.wants(0, `(?s)dns .*tcp .*tls  +ok .*TLS 1\.3, TLS_.*server certificate "CN=rz-b.*client certificate "CN=rz-a.*account  ok`, "ping", h.partner.Kennung, h.as)
	if strings.Contains(out, "FAILED") || strings.Count(out, "sha256 ") != 2 {
		t.Error(out)
	}
	h.a.wants(0, `account  ok`, "ping", h.as)
	h.a.wants(0, `available for`, "lookup", h.partner.Kennung, h.as)
}

func (h *byHand) wayIsNot(t *testing.T) {
	h.a.wants(2, `--as: say which own identifier`, "ping")
	h.a.wants(2, `no identifier of a participant`, "ping", "--as=kka:niemand")
	h.a.wants(1, `(?s)dns .*ok.*tcp +FAILED.*Nothing listens there`, "ping", h.as, "https://127.0.0.1:1/xta/management")
	h.a.wants(1, `the directory has no "kka:niemand"`, "ping", "kka:niemand", h.as)
	h.a.wants(1, `http status 404.*\n.*no XTA port`, "ping", h.as, "https://"+h.B.XTA+"/nowhere")
	h.a.wants(2, `no https URL`, "inbox", h.as, "--server=http://x")
	text := h.load(t, h.A.Config)
	wrong := commandLine{t, filepath.Join(filepath.Dir(h.A.Config), "wrong.yaml")}
	h.save(t, wrong.config, []byte(strings.ReplaceAll(text, "rz-a-client", "rz-b-client")))
	wrong.wants(1, `(?s)9014.*"Authentisierung/Zertifikat passt nicht zur Absenderkennung.".*enter the fingerprint`, "inbox", h.as)
	h.a.wants(3, `unavailable for`, "lookup", "kka:niemand", h.as, "--server=https://"+h.B.XTA+"/xta/management")
	h.a.wants(1, `9070.*"MessageID für den Account nicht bekannt."`, "report", "urn:x", h.as)
}

func (h *byHand) sentByHand(t *testing.T) {
	h.a.wants(0, `open: not closed`, "report", h.id, h.as, "--reader="+h.partner.Kennung)
	h.b.wants(0, `(?s)^1 waiting.*`+regexp.QuoteMeta(h.id)+` .*new test, from `+h.Sender.Kennung, "inbox", h.asPartner)
	h.b.wants(0, `not closed`, "fetch", h.id, "-o", filepath.Join(h.dir, "got.xml"), h.asPartner)
	if text := h.load(t, filepath.Join(h.dir, "got.xml")); text != string(h.doc) {
		t.Errorf("fetched %d bytes", len(text))
	}
	h.b.wants(1, `existing file`, "fetch", h.id, "-o", filepath.Join(h.dir, "got.xml"), h.asPartner)
	h.b.wants(0, `fetched test`, "inbox", h.asPartner)
}

func (h *byHand) traceIsDiscreet(t *testing.T) {
	text := h.load(t, filepath.Join(h.dir, "trace.txt"))
	for _, name := range []string{"Schuldner", h.Sender.Name, "forderung"} {
		if strings.Contains(text, name) {
			t.Errorf("it says %q", name)
		}
	}
	if !strings.Contains(text, "SendMessage") || !strings.Contains(text, " bytes, sha256 ") {
		t.Errorf("%s", text)
	}
}

func (h *byHand) closes(t *testing.T) {
	h.b.wants(2, `--grund`, "close", h.id, h.asPartner)
	h.b.wants(2, `(?s)NOT fetched.*--yes`, "close", h.id, h.asPartner, "--grund=Probe")
	h.b.wants(0, `^1 waiting`, "inbox", h.asPartner)
	h.b.wants(0, `closed `, "close", h.id, h.asPartner, "--grund=Probe", "--wer=Prüferin", "--yes")
	h.b.wants(0, `^0 waiting`, "inbox", h.asPartner)
	h.a.wants(0, `green: closed`, "report", h.id, h.as, "--reader="+h.partner.Kennung)
	rows, err := h.world.b.Ledger.Audit("xta-close", 10)
	if err != nil || len(rows) != 1 || rows[0].Who != "Prüferin" || rows[0].Subject != h.id || rows[0].Grund != "Probe" {
		t.Errorf("audit %+v, %v", rows, err)
	}
}

func (h *byHand) notTwice(t *testing.T) {
	h.put(t, h.Sender.In, "drop.xml", h.doc)
	taken := func() bool {
		list := h.drops(t)
		return len(list) > 0 && len(messages(t, h.world.a.Ledger, list[0].ID)) > 0
	}
	for deadline := time.Now().Add(20 * time.Second); !taken() && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
	}
	h.a.wants(1, `is in the ledger as`, "send", h.file, "--reader="+h.partner.Kennung)
	real := filepath.Join(h.dir, "real.xml")
	h.save(t, real, []byte(strings.Replace(string(h.doc), ` test="true"`, "", 1)))
	h.a.wants(2, `only test messages`, "send", real, "--reader="+h.partner.Kennung)
}
