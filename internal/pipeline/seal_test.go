package pipeline_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"log/slog"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/xenc"
	"damtshilfe/internal/xta"
)

// rsaKeys are made once: RSA keys take their time.
var rsaKeys = sync.OnceValue(func() (list []*rsa.PrivateKey) {
	for range 2 {
		key, err := rsa.GenerateKey(rand.Reader, xenc.MinBits)
		if err != nil {
			panic(err)
		}
		list = append(list, key)
	}
	return list
})

// readerKey is the n-th key of a reader; change alters its certificate.
func readerKey(n int, change ...func(*x509.Certificate)) xenc.Key {
	c := &x509.Certificate{SerialNumber: big.NewInt(int64(n + 1)), Subject: pkix.Name{CommonName: "Leser"}, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0)}
	for _, f := range change {
		f(c)
	}
	private := rsaKeys()[n]
	der, err := x509.CreateCertificate(rand.Reader, c, c, private.Public(), private)
	if err != nil {
		panic(err)
	}
	if c, err = x509.ParseCertificate(der); err != nil {
		panic(err)
	}
	return xenc.Key{Private: private, Certificate: c}
}

// unseal opens what a partner took; ok is false if it came in the clear.
func (l letter) unseal(t *testing.T, ring xenc.Keyring) (doc string, ok bool) {
	t.Helper()
	from := strings.Index(l.body, "<xenc:EncryptedData")
	if from < 0 {
		return l.body, false
	}
	const value = "<xenc:CipherValue>"
	boundary, _, _ := strings.Cut(l.body, "\r\n")
	to := strings.LastIndex(l.body, value) + len(value)
	rest := l.body[to:]
	tail := rest[strings.Index(rest, "</xenc:CipherValue>"):strings.Index(rest, "</xta:GenericContentContainer>")]
	_, octets, _ := strings.Cut(rest[strings.Index(rest, boundary):], "\r\n\r\n")
	octets, _, _ = strings.Cut(octets, "\r\n"+boundary)
	plain, err := ring.Open(xenc.Data{Head: []byte(l.body[from:to]), Cipher: []byte(octets), Tail: []byte(tail)})
	must(t, err)
	c, err := xta.ReadContainer(plain, []byte(l.body[from:to]))
	must(t, err)
	data, err := xta.ReadAll(c.Data)
	must(t, err)
	return string(data), true
}

// For whom a message is encrypted: the data centre names certificates, the directory decides, and what cannot be used holds the message.
func TestWhoIsEncryptedFor(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	good, other := readerKey(0), readerKey(1)
	old := readerKey(1, func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Hour) })
	soon := readerKey(1, func(c *x509.Certificate) { c.NotBefore = now.Add(24 * time.Hour) })
	signs := readerKey(1, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature })
	named := func(list ...xenc.Key) (certificates [][]byte) {
		for _, k := range list {
			certificates = append(certificates, k.Certificate.Raw)
		}
		return certificates
	}
	pin := strings.ToUpper(certs.Fingerprint(good.Certificate))
	for _, tt := range []struct {
		name            string
		account, reader pipeline.Sealing
		pin             string
		named           [][]byte
		code            string // why it is held; "" = it was sent
		clear           bool   // and that in the clear
	}{
		{"the reader names none", "", "", "", nil, "", true},
		{"the reader names one", "", "", "", named(good), "", false},
		{"the account never encrypts", pipeline.SealOff, "", "", named(good), "", true},
		{"the reader cannot decrypt what his server names", "", pipeline.SealOff, "", named(good), "", true},
		{"the account must, and can", pipeline.SealRequired, "", "", named(good), "", false},
		{"the account must, and cannot", pipeline.SealRequired, "", "", nil, "XTA-UNVERSCHLUESSELT", false},
		{"the account must, whatever is said of the reader", pipeline.SealRequired, pipeline.SealOff, "", nil, "XTA-UNVERSCHLUESSELT", false},
		{"the reader must, whatever the account wants", pipeline.SealOff, pipeline.SealRequired, "", nil, "XTA-UNVERSCHLUESSELT", false},
		{"the directory names the one", "", "", pin, named(good), "", false},
		{"the directory names the second", "", "", pin, named(other, good), "", false},
		{"the directory names another", "", "", pin, named(other), "XTA-ZERTIFIKAT", false},
		{"the directory names one, the data centre none", "", "", pin, nil, "XTA-ZERTIFIKAT", false},
		{"it has expired", "", "", "", named(old), "XTA-ZERTIFIKAT", false},
		{"it is not valid yet", "", "", "", named(soon), "XTA-ZERTIFIKAT", false},
		{"it is for signatures", "", "", "", named(signs), "XTA-ZERTIFIKAT", false},
		{"it cannot be read", "", "", "", [][]byte{[]byte("MIIB")}, "XTA-ZERTIFIKAT", false},
		{"the first has expired, the second has not", "", "", "", named(old, good), "", false},
		{"the directory names one that has expired", "", "", certs.Fingerprint(old.Certificate), named(old, good), "XTA-ZERTIFIKAT", false},
	} {
		c := worldConfig()
		c.Accounts[0].Sealing = tt.account
		c.Readers = map[string]pipeline.Sealing{theirs: tt.reader}
		p := pipeline.New(c, pipeline.Deps{Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }})
		got, err := p.Recipient(account, theirs, tt.pin, tt.named)
		fault, held := errors.AsType[*amtshilfe.Fault](err)
		switch {
		case held != (tt.code != "") || err != nil && !held || held && (fault.Code != tt.code || fault.Verdict != amtshilfe.Hold):
			t.Errorf("%s: %v, want %q", tt.name, err, tt.code)
		case tt.code == "" && (got == nil) != tt.clear || got != nil && !got.Equal(good.Certificate):
			t.Errorf("%s: encrypted %v", tt.name, got != nil)
		}
	}
}

// What leaves: ciphertext where the reader names a certificate, else the message; and nothing at all where it is held.
func TestWhatLeaves(t *testing.T) {
	good := readerKey(0)
	for _, tt := range []struct {
		name  string
		named [][]byte
		state amtshilfe.State
	}{
		{"in the clear", nil, amtshilfe.Sent},
		{"encrypted", [][]byte{good.Certificate.Raw}, amtshilfe.Sent},
		{"held", [][]byte{[]byte("MIIB")}, amtshilfe.Held},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.xta.certs = tt.named
			want := string(w.ersuchen(1))
			id := w.sent(1)
			w.is(id, tt.state)
			if tt.state == amtshilfe.Held {
				if w.xta.issued != 0 || len(w.xta.bodies) != 0 {
					t.Errorf("%d ids, %d attempts", w.xta.issued, len(w.xta.bodies))
				}
				return
			}
			doc, sealed := w.xta.taken[0].unseal(t, xenc.Keyring{good})
			if sealed != (tt.named != nil) || sealed && !strings.Contains(want, doc) {
				t.Errorf("sealed %v, %d bytes", sealed, len(doc))
			}
			if sealed && (strings.Contains(w.xta.taken[0].body, w.get(id).Aktenzeichen) || w.xta.taken[0].uuid != "") {
				t.Error("the request can be read")
			}
			if w.get(id).Sealed != nil {
				t.Error("the content key is kept after the message has left")
			}
		})
	}
}

// What was held for want of a certificate goes on when a person says so.
func TestRetryOnceThereIsACertificate(t *testing.T) {
	w := newWorld(t, func(c *pipeline.Config) { c.Accounts[0].Sealing = pipeline.SealRequired })
	id := w.sent(1)
	w.is(id, amtshilfe.Held, "XTA-UNVERSCHLUESSELT")
	k := readerKey(0)
	w.xta.certs = [][]byte{k.Certificate.Raw}
	must(t, w.Retry(t.Context(), id, pipeline.Decision{Wer: "meier", Grund: "Zertifikat eingetragen"}))
	w.work()
	w.is(id, amtshilfe.Sent)
	if _, sealed := w.xta.taken[0].unseal(t, xenc.Keyring{k}); !sealed {
		t.Error("sent in the clear")
	}
}

// From the first attempt on the same ciphertext goes out again, whatever certificate the reader has meanwhile, and whatever process
// repeats it.
func TestSameCiphertextAgain(t *testing.T) {
	w := newWorld(t)
	w.xta.certs = [][]byte{readerKey(0).Certificate.Raw}
	w.xta.send, w.xta.report = answers(errReset, errReset, nil), open
	id := w.sent(1)
	w.is(id, amtshilfe.Sending)
	w.xta.certs = [][]byte{readerKey(1).Certificate.Raw}
	for range 2 {
		w.restart()
		w.later(3 * time.Hour)
		w.work()
	}
	w.is(id, amtshilfe.Sent)
	if b := w.xta.bodies; len(b) != 3 || b[0] != b[1] || b[1] != b[2] || w.xta.issued != 1 {
		t.Errorf("%d attempts under %d ids, the same bytes: %v", len(b), w.xta.issued, len(slices.Compact(slices.Clone(b))) == 1)
	}
	w.xta.taken[0].unseal(t, xenc.Keyring{readerKey(0)})
}

// A certificate that changes while a delivery is still reserved: another id, encrypted anew, and the ledger says so (design 4).
func TestRenewedWhileReserved(t *testing.T) {
	for _, tt := range []struct {
		name          string
		before, after [][]byte
		pin           string
		ids           int
		state         amtshilfe.State
	}{
		{"another certificate", [][]byte{readerKey(0).Certificate.Raw}, [][]byte{readerKey(1).Certificate.Raw}, "", 2, amtshilfe.Sent},
		{"the first one", nil, [][]byte{readerKey(1).Certificate.Raw}, "", 2, amtshilfe.Sent},
		{"one that cannot be used", [][]byte{readerKey(0).Certificate.Raw}, [][]byte{[]byte("MIIB")}, "", 1, amtshilfe.Held},
		{"none any more", [][]byte{readerKey(0).Certificate.Raw}, nil, "", 1, amtshilfe.Sent},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.xta.certs, w.xta.send = tt.before, answers(errDial, nil)
			id := w.sent(1)
			w.is(id, amtshilfe.Reserved)
			first := w.get(id)
			w.xta.certs = tt.after
			w.later(2 * time.Hour) // the answer of lookupService is too old by then
			w.work()
			w.work()
			w.is(id, tt.state)
			if w.xta.issued != tt.ids {
				t.Fatalf("%d ids", w.xta.issued)
			}
			if tt.state == amtshilfe.Held {
				if d := w.get(id); d.MessageID != "" || d.Sealed != nil || len(w.xta.bodies) != 1 {
					t.Errorf("id %q, %d attempts", d.MessageID, len(w.xta.bodies))
				}
				return
			}
			w.xta.taken[0].unseal(t, xenc.Keyring{readerKey(tt.ids - 1)})
			if renewed := w.xta.bodies[0] != w.xta.bodies[1]; renewed != (tt.ids == 2) || w.get(id).MessageID == first.MessageID == renewed {
				t.Errorf("renewed %v", renewed)
			}
			events, err := w.ledger.History(id)
			must(t, err)
			if noted := slices.ContainsFunc(events, noteOf("encrypted anew")); noted != (tt.ids == 2) {
				t.Errorf("noted %v", noted)
			}
		})
	}
}

// Large messages leave two at a time, whatever slots there are: each is in memory meanwhile.
func TestLargeMessagesTwoAtATime(t *testing.T) {
	for _, tt := range []struct {
		from, most int64
	}{{1, 2}, {1 << 20, 4}} {
		w := newWorld(t)
		c := &crowd{partner: w.xta}
		w.post = c
		w.close()
		w.open()
		w.LargeFrom(tt.from)
		w.many(8)
		w.work()
		if len(w.xta.taken) != 8 || c.most != tt.most {
			t.Errorf("from %d bytes: %d sent, at most %d at once, want %d", tt.from, len(w.xta.taken), c.most, tt.most)
		}
	}
}

// crowd counts how many send at once.
type crowd struct {
	*partner
	mu        sync.Mutex
	now, most int64
}

func (c *crowd) Send(ctx context.Context, r xta.Request) error {
	c.mu.Lock()
	c.now++
	c.most = max(c.most, c.now)
	c.mu.Unlock()
	<-time.After(30 * time.Millisecond) // so that others come meanwhile
	defer func() {
		c.mu.Lock()
		c.now--
		c.mu.Unlock()
	}()
	return c.partner.Send(ctx, r)
}
