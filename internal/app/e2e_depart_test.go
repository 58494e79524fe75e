package app_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/config"
	"damtshilfe/internal/demo"
)

// TestAnAuthorityLeaves: what it has not fetched goes back to its senders, while both gateways serve.
func TestAnAuthorityLeaves(t *testing.T) {
	w := start(t, func(_ *demo.World, _ string, c *config.Config) { c.Runs.Fetch = "" })
	var partner demo.Office // at B
	for _, o := range w.Offices {
		if o.Site == w.B.Name {
			partner = o
		}
	}
	a, b := commandLine{t, w.A.Config}, commandLine{t, w.B.Config}
	as, leaver := "--as="+w.Sender.Kennung, "--reader="+partner.Kennung
	file := filepath.Join(t.TempDir(), "test.xml")
	if err := os.WriteFile(file, w.ersuchen(78, w.place(amtshilfe.KanalXTA), nil), 0o600); err != nil {
		t.Fatal(err)
	}
	id := regexp.MustCompile(`urn:de:xta:messageid:\S+`).FindString(a.wants(0, `sendMessage: taken`, "send", file, leaver))
	b.wants(0, `(?s)last used 2.*valid until 2`, "accounts")
	b.wants(0, `"last_used": "2`, "accounts", "--json")

	b.wants(2, `--grund`, "withdraw", leaver)
	b.wants(2, `has no mailbox here`, "withdraw", "--reader=kka:niemand", "--grund=Probe")
	b.wants(2, `1 messages wait for .*, 1 of them never fetched.*--yes`, "withdraw", leaver, "--grund=Probe")
	a.wants(0, `open: not closed`, "report", id, as, leaver)
	b.wants(0, `has left: 1 messages withdrawn, the audit says by Prüferin`, "withdraw", leaver, "--grund=Fusion", "--wer=Prüferin", "--yes")
	a.wants(3, `red: closed with errors`, "report", id, as, leaver)
	a.wants(3, `unavailable for`, "lookup", partner.Kennung, as)
	b.wants(0, `^0 waiting`, "inbox", "--as="+partner.Kennung)
	b.wants(2, `has not left`, "readmit", "--reader="+w.Sender.Kennung, "--grund=Probe")
	b.wants(0, `takes messages again`, "readmit", leaver, "--grund=Fusion abgesagt")
	a.wants(0, `: available for`, "lookup", partner.Kennung, as)
	rows, err := w.b.Ledger.Audit("xta-withdraw", 10)
	if err != nil || len(rows) != 1 || rows[0].Who != "Prüferin" || rows[0].Subject != partner.Kennung || !strings.Contains(rows[0].Grund, "Fusion") {
		t.Errorf("audit %+v, %v", rows, err)
	}
}
