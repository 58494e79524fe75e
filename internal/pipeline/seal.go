package pipeline

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sqlitedb"
	"damtshilfe/internal/xenc"
	"damtshilfe/internal/xta"
)

// Sealing says whether messages are encrypted for their readers.
type Sealing string

// The policies of encryption.
const (
	SealOffered  Sealing = "offered"  // for every reader that names a certificate; the others get them in the clear
	SealRequired Sealing = "required" // only so: without a certificate the message is held
	SealOff      Sealing = "off"      // never
)

// keyring remembers what this process has found out about keys.
type keyring struct {
	tried sync.Map // the keys that were tried on a sealed inbound message, by its id
	weak  sync.Map // fingerprints of weak certificates that the log was told of
}

var (
	faultNoCertificate = fault("XTA-UNVERSCHLUESSELT", amtshilfe.OwnerBetrieb,
		"Die Nachricht darf nur verschlüsselt übergeben werden, aber das Rechenzentrum der Vollstreckungsbehörde nennt für sie kein Zertifikat; der Betrieb klärt das.")
	faultOtherCertificate = fault("XTA-ZERTIFIKAT", amtshilfe.OwnerBetrieb,
		"Das Rechenzentrum der Vollstreckungsbehörde nennt nicht das Verschlüsselungszertifikat, das im Behördenverzeichnis steht; der Betrieb klärt, welches gilt.")
	faultSealedRevoked = fault("XTA-ZERTIFIKAT", amtshilfe.OwnerBetrieb,
		"Es ist nicht sicher, ob die Nachricht übergeben wurde, und das Zertifikat, für das sie verschlüsselt ist, wurde inzwischen gesperrt; sie wird so nicht wiederholt, der Betrieb klärt das.")
	faultTooLarge = fault("XTA-GROESSE", amtshilfe.OwnerBetrieb,
		"Die Nachricht ist für die elektronische Übermittlung zu groß (40 MB, verschlüsselt etwa 30 MB); der Betrieb klärt den Weg.")
)

// errRevoked says that the reader's certificate is revoked.
var errRevoked = errors.New("the certificate is revoked")

// unusable says in German why the reader's certificate is not encrypted for.
func unusable(err error) *amtshilfe.Fault {
	why := map[error]string{
		xenc.ErrKeyType: "hat keinen RSA-Schlüssel", xenc.ErrKeySize: "hat einen RSA-Schlüssel von weniger als 2048 Bit",
		xenc.ErrKeyUsage: "ist nicht zum Verschlüsseln bestimmt", xenc.ErrNotYet: "gilt noch nicht", xenc.ErrExpired: "ist abgelaufen",
		errRevoked: "ist gesperrt",
	}[err]
	if why == "" {
		why = "ist nicht lesbar"
	}
	f := fault(faultOtherCertificate.Code, amtshilfe.OwnerBetrieb,
		"Das Verschlüsselungszertifikat der Vollstreckungsbehörde "+why+"; der Betrieb klärt das mit ihrem Rechenzentrum.")
	f.Err = err
	return f
}

// policy is how messages of the account to the reader are encrypted: required wins over off, off over offered.
func (p *Pipeline) policy(account, reader string) Sealing {
	a, r := p.accounts[account].Sealing, p.cfg.Readers[reader]
	for _, s := range []Sealing{SealRequired, SealOff} {
		if a == s || r == s {
			return s
		}
	}
	return SealOffered
}

// recipient finds the certificate that the message is encrypted for, nil = in the clear. The data centre names certificates, the
// directory decides: where it has a fingerprint, that certificate and no other is used, and one must be there. Whoever names a
// certificate wants to be encrypted for: if none can be used the message is held (a Fault), it never goes in the clear instead.
func (p *Pipeline) recipient(d *ledger.Delivery, reader string, o offer) (*x509.Certificate, error) {
	policy, pin := p.policy(d.Account, reader), d.Kanal.Zertifikat
	switch {
	case policy == SealOff:
		return nil, nil
	case p.Revoked.Has(pin):
		return nil, unusable(errRevoked)
	case len(o.Certificates) == 0 && pin != "":
		return nil, faultOtherCertificate
	case len(o.Certificates) == 0 && policy == SealRequired:
		return nil, faultNoCertificate
	case len(o.Certificates) == 0:
		return nil, nil
	}
	worst := faultOtherCertificate
	for _, der := range o.Certificates {
		c, err := x509.ParseCertificate(der)
		if err == nil && pin != "" && !certs.SameFingerprint(certs.Fingerprint(c), pin) {
			continue
		}
		if err == nil {
			err = xenc.Usable(c, p.Now())
		}
		if err == nil && p.Revoked.Has(certs.Fingerprint(c)) {
			err = errRevoked
		}
		if err == nil {
			p.warnWeak(reader, c)
			return c, nil
		}
		worst = unusable(err)
	}
	return nil, worst
}

// warnWeak tells the log once about a certificate that is weaker than it should be.
func (p *Pipeline) warnWeak(reader string, c *x509.Certificate) {
	if !xenc.Weak(c) {
		return
	}
	if _, told := p.keyring.weak.LoadOrStore(certs.Fingerprint(c), true); !told {
		p.Log.Warn("an encryption certificate has a key shorter than BSI TR-02102-1 asks for", "reader", reader, "certificate", certs.Fingerprint(c))
	}
}

// Messages are in memory while they leave, encrypted ones twice and as base64: large ones go two at a time.
const (
	largeMessage = 4 << 20
	largeAtOnce  = 2
)

// room waits until a message of n bytes fits into memory; done gives the room back.
func (p *Pipeline) room(ctx context.Context, n int64) (done func(), err error) {
	if n < p.large.from {
		return func() {}, nil
	}
	select {
	case p.large.at <- struct{}{}:
		return func() { <-p.large.at }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// large bounds the messages of from bytes and more that leave at once.
type large struct {
	from int64
	at   chan struct{}
}

// seal draws the envelope of a delivery whose message is encrypted for the certificate.
func (p *Pipeline) seal(d *ledger.Delivery, reader *x509.Certificate) error {
	if reader == nil {
		d.Sealed = nil
		return nil
	}
	e, err := xenc.NewEnvelope(reader)
	if err != nil {
		return fmt.Errorf("seal %s: %w", d.ID, err)
	}
	d.Sealed, err = e.MarshalBinary()
	return err
}

// sealed is the content as it leaves: the same again for the same row.
func sealed(d *ledger.Delivery, c xta.Content) (xta.Content, error) {
	if d.Sealed == nil {
		return c, nil
	}
	var e xenc.Envelope
	if err := e.UnmarshalBinary(d.Sealed); err != nil {
		return c, fmt.Errorf("seal %s: %w", d.ID, err)
	}
	element, err := c.Container(xenc.Overhead)
	if err != nil {
		return c, fmt.Errorf("seal %s: %w", d.ID, err)
	}
	data, err := e.Seal(element)
	return xta.Encrypted(data), err
}

// renew looks whether a delivery that is still reserved is encrypted as it would be now. Another certificate means another MessageID:
// nothing has left under the old one, which is forgotten (design 4). It says whether the delivery can go on as it is.
func (p *Pipeline) renew(ctx context.Context, d *ledger.Delivery) (bool, error) {
	author, reader := p.parties(d)
	o, err := p.lookup(ctx, d, author, reader)
	if err != nil {
		return false, err
	}
	c, err := p.certificate(ctx, d, o)
	if err == nil && c == nil && p.sealedForRevoked(d) {
		err = unusable(errRevoked)
	}
	if err != nil || c == nil { // one that is named no longer still opens what was encrypted for it
		return err == nil, err
	}
	was := "none"
	if d.Sealed != nil {
		var e xenc.Envelope
		if err := e.UnmarshalBinary(d.Sealed); err != nil {
			return false, err
		}
		if e.Reader() == sha256.Sum256(c.Raw) {
			return true, nil
		}
		was = fmt.Sprintf("%x", e.Reader())[:16]
	}
	now := certs.Fingerprint(c)
	defer p.kick(laneSend)
	d.State, d.MessageID, d.Bytes, d.DueAt = amtshilfe.Resolved, "", [32]byte{}, p.Now()
	d.Note = "encrypted anew, certificate " + was + " -> " + now[:16]
	p.Log.Info("encrypted anew before the first attempt", "delivery", d.ID, "from", was, "to", now[:16])
	return false, p.Ledger.Save(sqlitedb.Intent, d)
}
