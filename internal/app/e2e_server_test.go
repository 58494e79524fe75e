package app_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/config"
	"damtshilfe/internal/demo"
)

// TestOwnXTAServer: a client sends to its own XTA server what is for a reader elsewhere, and asks only there; then that reader leaves.
// Both gateways serve all the time.
func TestOwnXTAServer(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("two gateways and thirty commands; internal/xta shows the same in pieces")
	}
	w := start(t, func(_ *demo.World, site string, c *config.Config) {
		c.Runs.Fetch = ""
		c.XTA.Server.Relay = site == "rz-a"
		c.XTA.Client.RetrySchedule = []time.Duration{100 * time.Millisecond}
	})
	var partner demo.Office // at B
	for _, o := range w.Offices {
		if o.Site == w.B.Name {
			partner = o
		}
	}
	a, b := commandLine{t, w.A.Config}, commandLine{t, w.B.Config}
	as, asPartner := "--as="+w.Sender.Kennung, "--as="+partner.Kennung
	there, own, reader := "--server=https://"+w.B.XTA+"/xta/send", "--server=https://"+w.A.XTA+"/xta/send", "--reader="+partner.Kennung
	dir := t.TempDir()
	file, got := filepath.Join(dir, "test.xml"), filepath.Join(dir, "got.xml")
	doc := w.ersuchen(79, w.place(amtshilfe.KanalXTA), nil)
	if err := os.WriteFile(file, doc, 0o600); err != nil {
		t.Fatal(err)
	}
	a.wants(0, `: available for`, "lookup", partner.Kennung, as, own)
	a.wants(1, `9022`, "send", file, "--reader="+w.Sender.Kennung, there) // B relays nothing
	ids := regexp.MustCompile(`urn:de:xta:messageid:\S+`)
	id := ids.FindString(a.wants(0, `sendMessage: taken`, "send", file, reader, own))
	eventually := func(c commandLine, say string, args ...string) (out string) {
		t.Helper()
		for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
			if out, _ = gateway(t, append([]string{"-c", c.config, "xta"}, args...)...); regexp.MustCompile(say).MatchString(out) {
				return out
			}
		}
		t.Fatalf("%v: no %s in\n%s", args, say, out)
		return out
	}
	far := ids.FindString(eventually(b, `^1 waiting`, "inbox", asPartner))
	if far == id {
		t.Error("the far server has our id")
	}
	eventually(a, `open: not closed(?s).*weitergeleitet`, "report", id, as, own)
	b.wants(0, `not closed`, "fetch", far, "-o", got, asPartner)
	if data, err := os.ReadFile(got); err != nil || !slices.Equal(data, doc) {
		t.Errorf("fetched %d bytes, %v", len(data), err)
	}
	b.wants(0, `closed `, "close", far, asPartner, "--grund=Probe", "--yes")
	eventually(a, `green: closed`, "report", id, as, own)
	a.wants(0, `^0 on their way`, "relays")

	// The reader leaves: what it has not fetched goes back, over the relay as well.
	b.wants(0, `(?s)last used 2.*valid until 2`, "accounts")
	b.wants(0, `"last_used": "2`, "accounts", "--json")
	direct := ids.FindString(a.wants(0, `sendMessage: taken`, "send", file, reader))
	relayed := ids.FindString(a.wants(0, `sendMessage: taken`, "send", file, reader, own))
	eventually(b, `^2 waiting`, "inbox", asPartner)
	a.wants(0, `(?s)^1 on their way.* sent, from .* at rz:demo-b as `, "relays")
	b.wants(2, `--grund`, "withdraw", reader)
	b.wants(2, `has no mailbox here`, "withdraw", "--reader=kka:niemand", "--grund=Probe")
	b.wants(2, `2 messages wait for .*, 2 of them never fetched.*--yes`, "withdraw", reader, "--grund=Probe")
	a.wants(0, `open: not closed`, "report", direct, as, reader)
	b.wants(0, `has left: 2 messages withdrawn, the audit says by Prüferin`, "withdraw", reader, "--grund=Fusion", "--wer=Prüferin", "--yes")
	a.wants(3, `red: closed with errors`, "report", direct, as, reader)
	eventually(a, `red: closed with errors`, "report", relayed, as, own)
	a.wants(3, `unavailable for`, "lookup", partner.Kennung, as)
	b.wants(0, `^0 waiting`, "inbox", asPartner)
	b.wants(2, `has not left`, "readmit", "--reader="+w.Sender.Kennung, "--grund=Probe")
	b.wants(0, `takes messages again`, "readmit", reader, "--grund=Fusion abgesagt")
	a.wants(0, `: available for`, "lookup", partner.Kennung, as)
	rows, err := w.b.Ledger.Audit("xta-withdraw", 10)
	if err != nil || len(rows) != 1 || rows[0].Who != "Prüferin" || rows[0].Subject != partner.Kennung || rows[0].Grund != "Fusion" {
		t.Errorf("audit %+v, %v", rows, err)
	}
}
