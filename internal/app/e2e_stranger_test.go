package app_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
	"damtshilfe/internal/demo"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sample"
	"damtshilfe/internal/xta"
)

// strangerKennung belongs to a third party that site A's XTA server lets in.
const strangerKennung = "kka:dritte"

// stranger is a third party with a certificate of its own: everything about it is in order but what it says.
type stranger struct {
	*world
	client *xta.Client
	pair   certs.Pair
	n      int
}

// admit lets the stranger into site A's XTA server.
func (s *stranger) admit(t *testing.T, w *demo.World, site string, c *config.Config) {
	t.Helper()
	if site != w.A.Name {
		return
	}
	ca, err := certs.NewCA("Eine andere CA", nil)
	if err == nil {
		s.pair, err = ca.Client("dritte")
	}
	if err != nil {
		t.Fatal(err)
	}
	known, err := os.ReadFile(c.XTA.Server.ClientCA)
	if err != nil {
		t.Fatal(err)
	}
	both := filepath.Join(w.Dir, "pki", "both.pem")
	if err := os.WriteFile(both, slices.Concat(known, ca.Pair.Cert), 0o600); err != nil {
		t.Fatal(err)
	}
	fingerprint, err := s.pair.Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	c.XTA.Server.ClientCA = both
	c.XTA.Server.Accounts = append(c.XTA.Server.Accounts, config.XTAAccount{Kennungen: []string{strangerKennung}, Certificates: []string{fingerprint}})
}

func (s *stranger) dial(t *testing.T) {
	t.Helper()
	ca, err := os.ReadFile(filepath.Join(s.Dir, "pki", "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	conf, err := certs.ClientTLS(s.pair, ca)
	if err != nil {
		t.Fatal(err)
	}
	s.client = xta.NewClient(xta.ClientOptions{TLS: conf, Timeout: 10 * time.Second})
	t.Cleanup(s.client.Close)
}

// letter is what the stranger sends.
type letter struct {
	kind   amtshilfe.Kind
	to     string // kennung of the reader
	inner  string // absender of the message itself; "" = the stranger
	uuid   string // of the 003 it is about
	author string // of the XTA message; "" = the stranger
	real   bool   // without any test flag in the message
	noTest bool   // TestMsg="false"
}

// send performs the whole exchange; an error is the server's.
func (s *stranger) send(t *testing.T, l letter) error {
	t.Helper()
	url := "https://" + s.World.A.XTA + "/xta/"
	or := func(v, otherwise string) string {
		if v == "" {
			return otherwise
		}
		return v
	}
	author := xta.Party{Kennung: or(l.author, strangerKennung), Type: xta.PartyType}
	id, err := s.client.CreateMessageID(t.Context(), url+"management", author)
	if err != nil {
		return err
	}
	s.n++
	kopf := sample.Kopf(77, s.n, time.Now(), sample.Akteur(or(l.inner, strangerKennung), "Eine dritte Stelle", "X-1"))
	kopf.Test = !l.real
	doc := sample.Follow(l.kind, sample.FollowSpec{Kopf: kopf, Bezug: amtshilfe.Bezug{UUID: l.uuid, Ersuchen: l.uuid}, Text: "Bitte einstellen."})
	md := xta.MetaData{MessageID: id, Test: !l.noTest, Origin: time.Now(), Author: author, Reader: xta.Party{Kennung: l.to, Type: xta.PartyType},
		Service: xta.ServiceURI, Type: xta.MessageType{Code: "vollstreckungshilfe", PayloadSchema: "urn:damtshilfe:vollstreckungshilfe:1"}}
	request, err := xta.Prepare(md, xta.Content{ContentType: "application/xml", Encoding: "UTF-8", Filename: kopf.UUID + ".xml", Data: xta.Bytes(doc)}, url+"send")
	if err != nil {
		t.Fatal(err)
	}
	return s.client.Send(t.Context(), request)
}

// TestStranger: whoever has a valid certificate may send, but nobody answers for somebody else's case.
func TestStranger(t *testing.T) {
	t.Parallel()
	s := &stranger{}
	s.world = start(t, func(w *demo.World, site string, c *config.Config) { s.admit(t, w, site, c) })
	s.dial(t)
	holder, uuid := s.caseAt(t, s.World.A.Name)
	for _, tt := range []struct {
		name, code string
		letter     letter
		account    string // whose mailbox
	}{
		{"a 004 for somebody else's case", "BEZUG-FREMD", letter{kind: 4, to: s.Sender.Kennung, uuid: uuid}, s.Sender.Account},
		{"a 012 for somebody else's case", "BEZUG-FREMD", letter{kind: 12, to: s.Sender.Kennung, uuid: uuid}, s.Sender.Account},
		{"a 004 that names the holder as its absender", "ABS-FREMD", letter{kind: 4, to: s.Sender.Kennung, uuid: uuid, inner: holder.Kennung}, s.Sender.Account},
		{"an 008 for a case that the authority received", "BEZUG-FREMD", letter{kind: 8, to: holder.Kennung, uuid: uuid}, holder.Account},
		{"an 008 in the requester's name", "ABS-FREMD", letter{kind: 8, to: holder.Kennung, uuid: uuid, inner: s.Sender.Kennung}, holder.Account},
		{"a 004 for a case that nobody has", "BEZUG-UNBEKANNT", letter{kind: 4, to: s.Sender.Kennung, uuid: sample.UUID(78, 1)}, s.Sender.Account},
		{"a 004 without test in a test envelope", "TEST-KENNZEICHEN", letter{kind: 4, to: s.Sender.Kennung, uuid: uuid, real: true}, s.Sender.Account},
	} {
		t.Run(tt.name+" is held", func(t *testing.T) {
			before := outFiles(t, s.Offices, s.world)
			if err := s.send(t, tt.letter); err != nil {
				t.Fatal(err)
			}
			in := s.newest(t)
			if in.State != amtshilfe.InboxHeld || in.Question == nil || in.Question.Code != tt.code || in.Account != tt.account || in.Author != strangerKennung {
				t.Fatalf("inbound %+v %+v, want %s", in, in.Question, tt.code)
			}
			if after := outFiles(t, s.Offices, s.world); !slices.Equal(before, after) {
				t.Errorf("out folders changed: %v, before %v", after, before)
			}
			page := get(t, "http://"+s.World.A.Status+"/")
			if !strings.Contains(page, string(in.ID)) || !strings.Contains(page, tt.code) {
				t.Errorf("the status page does not show %s and %s", in.ID, tt.code)
			}
			out, code := gateway(t, "-c", s.World.A.Config, "held", "list")
			if code != 3 || !strings.Contains(out, string(in.ID)) || !strings.Contains(out, tt.code) {
				t.Errorf("held list exits %d:\n%s", code, out)
			}
			rows, err := s.a.Ledger.Audit("hold inbound", 1)
			if err != nil || len(rows) != 1 || rows[0].Subject != string(in.ID) || rows[0].Grund != tt.code {
				t.Errorf("audit %+v %v", rows, err)
			}
		})
	}
	for _, tt := range []struct {
		name   string
		letter letter
	}{
		{"another's kennung as author", letter{kind: 4, to: s.Sender.Kennung, uuid: uuid, author: holder.Kennung}},
		{"an envelope that is no test", letter{kind: 4, to: s.Sender.Kennung, uuid: uuid, noTest: true}},
		{"a reader without a mailbox here", letter{kind: 4, to: "kka:niemand", uuid: uuid}},
	} {
		t.Run(tt.name+" is refused by the XTA server", func(t *testing.T) {
			if _, ok := errors.AsType[*xta.Fault](s.send(t, tt.letter)); !ok {
				t.Error("the server took it")
			}
		})
	}
	if page := get(t, "http://"+s.World.A.Status+"/"); !strings.Contains(page, "außerdem 7 zu Posteingang") {
		t.Error("the page's card says nothing of what is held inbound")
	}
	t.Run("the holder's own 004 is published", func(t *testing.T) { s.holderAnswers(t, holder, uuid) })
	s.verify(t)
}

// caseAt makes the sender ask an office of a site, and gives it.
func (w *world) caseAt(t *testing.T, site string) (demo.Office, string) {
	t.Helper()
	for _, e := range w.Dirs.All(amtshilfe.Test) {
		o, xta := w.Offices[e.Kennung]
		if !xta || o.Site != site || o.Kennung == w.Sender.Kennung || len(e.Gebiete) == 0 {
			continue
		}
		at := e.Gebiete[0].Orte[0]
		w.put(t, w.Sender.In, "fall.xml", w.ersuchen(3000, sample.Place{PLZ: at.PLZ[0], Ort: at.Ort}, nil))
		w.settle(t, len(w.drops(t))+1)
		m := messages(t, w.a.Ledger, w.drop(t, w.Sender.Account, "fall.xml").ID)[0]
		if m.Behoerde.Kennung != o.Kennung || m.State != amtshilfe.Delivered {
			t.Fatalf("the case is %s with %s", m.State, m.Behoerde.Kennung)
		}
		return o, m.UUID
	}
	t.Fatal("no office at " + site)
	return demo.Office{}, ""
}

// newest fetches, and gives the newest inbound message of site A.
func (s *stranger) newest(t *testing.T) ledger.Inbound {
	t.Helper()
	before, err := s.a.Ledger.Inbox(1)
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		s.settle(t, 0)
		after, err := s.a.Ledger.Inbox(1)
		if err != nil {
			t.Fatal(err)
		}
		if len(after) > 0 && (len(before) == 0 || after[0].ID != before[0].ID) {
			return after[0]
		}
	}
	t.Fatal("nothing was fetched")
	return ledger.Inbound{}
}

// outFiles are the messages of others in all out folders, without receipts.
func outFiles(t *testing.T, offices map[string]demo.Office, w *world) []string {
	t.Helper()
	var list []string
	for _, o := range offices {
		found, err := filepath.Glob(filepath.Join(o.Out, "[0-9][0-9][0-9]_I*.xml"))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, found...)
	}
	slices.Sort(list)
	return list
}

func (s *stranger) holderAnswers(t *testing.T, holder demo.Office, uuid string) {
	doc := sample.Eingangsbestaetigung(sample.FollowSpec{Kopf: sample.Kopf(79, 1, time.Now(), sample.Akteur(holder.Kennung, holder.Name, "V-1")), Bezug: amtshilfe.Bezug{UUID: uuid, Ersuchen: uuid}, Aktenzeichen: "V-1"})
	s.put(t, holder.In, "antwort.xml", doc)
	s.settle(t, len(s.drops(t))+1)
	found, err := filepath.Glob(filepath.Join(s.Sender.Out, "004_I*.xml"))
	if err != nil || len(found) != 1 {
		t.Fatalf("answers in out/: %v %v", found, err)
	}
	if got, err := os.ReadFile(found[0]); err != nil || !bytes.Equal(got, doc) {
		t.Errorf("the answer came as other bytes (%v)", err)
	}
	lint(t, found[0])
}
