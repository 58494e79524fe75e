package app_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/register"
	"damtshilfe/internal/sample"
	"damtshilfe/internal/xta"
)

// wire is a CA and what listens under it until the test ends.
type wire struct {
	ca  *certs.CA
	ctx context.Context
	wg  sync.WaitGroup
}

func newWire(t *testing.T) *wire {
	t.Helper()
	ca, err := certs.NewCA("Probe", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	w := &wire{ca: ca, ctx: ctx}
	t.Cleanup(func() {
		cancel()
		w.wg.Wait()
	})
	return w
}

// client is a certificate of the CA with its fingerprint.
func (w *wire) client(t *testing.T, name string) (certs.Pair, string) {
	t.Helper()
	pair, err := w.ca.Client(name)
	if err != nil {
		t.Fatal(err)
	}
	fingerprint, err := pair.Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	return pair, fingerprint
}

// TestBetriebsartAtTheServers: what the other test leaves to fakes, asked of the real authority server and XTA server: a sample of the
// combinations of asker, question, TestMsg and mailbox.
func TestBetriebsartAtTheServers(t *testing.T) {
	w := newWire(t)
	rng := rand.New(rand.NewPCG(9, 9))
	t.Run("the authority server answers for the asker's Betriebsart only", func(t *testing.T) { w.authorityServer(t, rng) })
	t.Run("the XTA server puts nothing into a mailbox of another Betriebsart", func(t *testing.T) { w.xtaServer(t, rng) })
}

func (w *wire) listen(t *testing.T) (net.Listener, certs.Pair) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	pair, err := w.ca.Server("server")
	if err != nil {
		t.Fatal(err)
	}
	return l, pair
}

func (w *wire) authorityServer(t *testing.T, rng *rand.Rand) {
	m := &mixture{rng: rng, places: sample.DefaultPlaces()[:40]}
	directory := m.directory(t)
	l, pair := w.listen(t)
	conf, err := certs.ServerTLS(pair, w.ca.Pair.Cert)
	if err != nil {
		t.Fatal(err)
	}
	o := register.ServerOptions{Directory: directory}
	clients := map[amtshilfe.Betriebsart]*register.Client{}
	for _, b := range betriebsarten {
		own, fingerprint := w.client(t, string(b))
		o.Askers = append(o.Askers, register.Asker{Name: string(b), Fingerprint: fingerprint, Betriebsarten: []amtshilfe.Betriebsart{b}})
		tls, err := certs.ClientTLS(own, w.ca.Pair.Cert)
		if err != nil {
			t.Fatal(err)
		}
		if clients[b], err = register.NewClient(register.Options{Servers: []string{"https://" + l.Addr().String()}, TLS: tls}); err != nil {
			t.Fatal(err)
		}
		defer clients[b].Close()
	}
	s, err := register.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	w.wg.Go(func() { _ = s.Serve(w.ctx, l, conf) })
	art := amtshilfe.Einnahmeart{List: register.EinnahmeartList, Version: register.EinnahmeartVersion, Code: "100"}
	found := 0
	for range 300 {
		asker, b, p := betriebsarten[rng.IntN(3)], betriebsarten[rng.IntN(3)], m.places[rng.IntN(len(m.places))]
		z, err := clients[asker].Lookup(t.Context(), art, amtshilfe.Postanschrift{Postleitzahl: p.PLZ, Ort: p.Ort}, b)
		switch {
		case asker != b && err == nil:
			t.Fatalf("a certificate for %s was told of %s: %+v", asker, b, z)
		case asker == b && err != nil:
			t.Fatal(err)
		case err == nil && !z.IsZero():
			found++
			if !strings.HasSuffix(z.Behoerde.Name, "("+string(b)+")") {
				t.Errorf("asked for %s, answered %q", b, z.Behoerde.Name)
			}
			for _, k := range z.Kanaele {
				if k.Art == amtshilfe.KanalXTA && !strings.HasSuffix(k.Adresse, ":"+string(b)) {
					t.Errorf("asked for %s, sent to %q", b, k.Adresse)
				}
			}
		}
	}
	if found == 0 {
		t.Error("nobody was ever competent: the test shows nothing")
	}
}

func (w *wire) xtaServer(t *testing.T, rng *rand.Rand) {
	l, pair := w.listen(t)
	conf, err := certs.ServerTLS(pair, w.ca.Pair.Cert)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := durable.New(nil).MakeDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	mailbox, err := xta.OpenMailbox(dir, xta.MailboxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer mailbox.Close()
	own, fingerprint := w.client(t, "author")
	s, err := xta.NewServer(xta.ServerOptions{Name: "probe", Mailbox: mailbox, Accounts: []xta.Account{{Kennungen: []string{"autor"}, Fingerprints: []string{fingerprint}}},
		Readers: func(k string) (xta.Reader, bool) {
			b := amtshilfe.Betriebsart(k)
			return xta.Reader{Kennung: k, Betriebsart: b, Services: []string{xta.ServiceURI}}, b.Valid()
		}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.Serve(ctx, l, conf)
	}()
	defer func() {
		cancel()
		<-ended
	}()
	tls, err := certs.ClientTLS(own, w.ca.Pair.Cert)
	if err != nil {
		t.Fatal(err)
	}
	client := xta.NewClient(xta.ClientOptions{TLS: tls, Timeout: 10 * time.Second})
	defer client.Close()
	url, author, stored := "https://"+l.Addr().String()+"/xta/", xta.Party{Kennung: "autor", Type: xta.PartyType}, map[bool]int{}
	for range 60 {
		b, test := betriebsarten[rng.IntN(3)], rng.IntN(2) == 0
		id, err := client.CreateMessageID(t.Context(), url+"management", author)
		if err != nil {
			t.Fatal(err)
		}
		md := xta.MetaData{MessageID: id, Test: test, Origin: time.Now(), Author: author, Reader: xta.Party{Kennung: string(b), Type: xta.PartyType}, Service: xta.ServiceURI,
			Type: xta.MessageType{Code: "vollstreckungshilfe.Ersuchen.003", PayloadSchema: "urn:damtshilfe:vollstreckungshilfe:1"}}
		r, err := xta.Prepare(md, xta.Content{ContentType: "application/xml", Data: xta.Bytes("<a/>")}, url+"send")
		if err != nil {
			t.Fatal(err)
		}
		err = client.Send(t.Context(), r)
		fault, refused := errors.AsType[*xta.Fault](err)
		switch crossing := test != (b != amtshilfe.Produktion); {
		case crossing && (!refused || !fault.Refused()):
			t.Errorf("TestMsg=%v into a mailbox of %s: %v", test, b, err)
		case !crossing && err != nil:
			t.Errorf("TestMsg=%v into a mailbox of %s: %v", test, b, err)
		case !crossing:
			stored[test]++
		}
	}
	counts, err := mailbox.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := counts.Waiting["produktion"]; got != stored[false] || got == 0 {
		t.Errorf("%d messages wait in production, want %d", got, stored[false])
	}
	if got := counts.Waiting["test"] + counts.Waiting["schulung"]; got != stored[true] || got == 0 {
		t.Errorf("%d messages wait in test and schulung, want %d (%s)", got, stored[true], fmt.Sprint(counts.Waiting))
	}
}
