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

// TestRelayToAnotherDataCentre: a client sends to its own XTA server what is for a reader elsewhere, and asks only there.
func TestRelayToAnotherDataCentre(t *testing.T) {
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
}
