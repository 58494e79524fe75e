package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
	"damtshilfe/internal/demo"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sample"
	"damtshilfe/internal/xta"
)

// TestBack: what the receiving gateway cannot take goes back with a 014 by itself. The sender's message ends refused, the 014 lies in
// out/, the receipt says why, and the receiver's participant hears nothing of it.
func TestBack(t *testing.T) {
	t.Parallel()
	w := start(t, nil)
	office, place := w.officeAt(t, w.World.B.Name)
	// The sender's data centre hands over a request that the gateway there never saw, so the next one under its UUID is new there.
	uuid := sample.UUID(4711, 1)
	w.handOver(t, office, w.ersuchen(4001, place, func(s *sample.Spec) { s.Kopf.UUID = uuid }))
	w.settle(t, 0)
	if found := w.published(t, office); len(found) != 1 {
		t.Fatalf("the first request lies %d times in out/", len(found))
	}
	w.put(t, w.Sender.In, "zweites.xml", w.ersuchen(4002, place, func(s *sample.Spec) { s.Kopf.UUID = uuid }))
	m := w.refused(t, "zweites.xml")
	if m.State != amtshilfe.Refused || m.Findings[len(m.Findings)-1].Code != "XTA-RUECKWEISUNG" {
		t.Fatalf("%s %+v", m.State, m.Findings)
	}
	backs, err := filepath.Glob(filepath.Join(w.Sender.Out, "014_I*.xml"))
	if err != nil || len(backs) != 1 {
		t.Fatalf("%v %v", backs, err)
	}
	lint(t, backs...)
	for _, want := range []string{"<v:code>duplikat</v:code>", "DUP-UUID", uuid, m.MessageID} {
		if data, err := os.ReadFile(backs[0]); err != nil || !strings.Contains(string(data), want) {
			t.Errorf("the 014 does not say %q (%v)", want, err)
		}
	}
	if found := w.published(t, office); len(found) != 1 {
		t.Errorf("the office got %d requests", len(found))
	}
	w.settle(t, 0)
	list, err := filepath.Glob(filepath.Join(w.Sender.Out, "zweites.xml.*.quittung.xml"))
	if err != nil || len(list) < 2 {
		t.Fatalf("%v %v", list, err)
	}
	if data, err := os.ReadFile(list[len(list)-1]); err != nil || !strings.Contains(string(data), "zurueckgewiesen-technisch") {
		t.Errorf("the last receipt does not tell of it (%v)", err)
	}
	drops, err := w.b.Ledger.Drops(100)
	if err != nil {
		t.Fatal(err)
	}
	made := 0
	for _, d := range drops {
		if d.Source == ledger.FromGateway {
			made++
			if names, err := filepath.Glob(filepath.Join(office.Out, d.Name+".*")); err != nil || len(names) != 0 {
				t.Errorf("the office was told of the 014: %v %v", names, err)
			}
		}
	}
	if made != 1 {
		t.Errorf("%d messages were made", made)
	}
	for _, path := range []string{w.World.A.Config, w.World.B.Config} { // one has the directory, the other asks it
		cfg, err := config.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		directory, err := app.OpenAddresses(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if z, err := directory.ByKennung(t.Context(), office.Kennung, amtshilfe.Test); err != nil || z.Behoerde.Kennung != office.Kennung || z.Behoerde.Land == "" {
			t.Errorf("%s: %+v, %v", path, z.Behoerde, err)
		}
		if err := directory.Close(); err != nil {
			t.Error(err)
		}
	}
	w.verify(t)
}

// officeAt is an office of a site that is reached by XTA, and where its debtors live.
func (w *world) officeAt(t *testing.T, site string) (demo.Office, sample.Place) {
	t.Helper()
	for _, e := range w.Dirs.All(amtshilfe.Test) {
		o, ok := w.Offices[e.Kennung]
		if ok && o.Site == site && o.Kennung != w.Sender.Kennung && len(e.Gebiete) > 0 {
			at := e.Gebiete[0].Orte[0]
			return o, sample.Place{PLZ: at.PLZ[0], Ort: at.Ort}
		}
	}
	t.Fatal("no office at " + site)
	return demo.Office{}, sample.Place{}
}

// handOver sends a document to an office at site B as the sender's data centre does, past its gateway.
func (w *world) handOver(t *testing.T, to demo.Office, doc []byte) {
	t.Helper()
	cfg, err := config.Load(w.World.A.Config)
	if err != nil {
		t.Fatal(err)
	}
	file := func(path string) []byte {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	c := cfg.XTA.Client
	conf, err := certs.ClientTLS(certs.Pair{Cert: file(c.Cert), Key: file(c.Key)}, file(c.CA))
	if err != nil {
		t.Fatal(err)
	}
	client := xta.NewClient(xta.ClientOptions{TLS: conf, Timeout: 10 * time.Second})
	t.Cleanup(client.Close)
	url := "https://" + w.World.B.XTA + "/xta/"
	author := xta.Party{Kennung: w.Sender.Kennung, Type: xta.PartyType}
	id, err := client.CreateMessageID(t.Context(), url+"management", author)
	if err != nil {
		t.Fatal(err)
	}
	md := xta.MetaData{MessageID: id, Test: true, Origin: time.Now(), Author: author, Reader: xta.Party{Kennung: to.Kennung, Type: xta.PartyType}, Service: xta.ServiceURI,
		Type: xta.MessageType{Code: "vollstreckungshilfe.Ersuchen.003", PayloadSchema: "urn:damtshilfe:vollstreckungshilfe:1"}}
	request, err := xta.Prepare(md, xta.Content{ContentType: "application/xml", Encoding: "UTF-8", Filename: "a.xml", Data: xta.Bytes(doc)}, url+"send")
	if err == nil {
		err = client.Send(t.Context(), request)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// published are the requests in an office's out folder.
func (w *world) published(t *testing.T, o demo.Office) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(o.Out, "003_I*.xml"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// refused waits until the message of a file is refused.
func (w *world) refused(t *testing.T, name string) ledger.Delivery {
	t.Helper()
	w.settle(t, 1)
	for deadline := time.Now().Add(time.Minute); ; {
		w.settle(t, 1)
		m := messages(t, w.a.Ledger, w.drop(t, w.Sender.Account, name).ID)[0]
		if m.State == amtshilfe.Refused || time.Now().After(deadline) {
			return m
		}
	}
}
