package pipeline

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"slices"
	"sync"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/xenc"
	"damtshilfe/internal/xta"
)

// What a delivery knows of its way is as old as its resolution, and certificates are replaced and revoked meanwhile. Before it is
// reserved, and when the server shows a certificate that it does not know, the directory is asked anew: it answers from memory unless it
// has changed. The authority stays the one that was found; what is reserved keeps its bytes.

const (
	anewTimeout = 2 * time.Second  // sending does not depend on the authority server
	anewPause   = 30 * time.Second // after it did not answer, until it is asked for this again
	offerAnew   = 20 * time.Second // an answer of lookupService this old is asked again when its certificates do not do
)

// ways is what the directory named last.
type ways struct {
	mu    sync.Mutex
	pins  map[string][]string // server certificates by kennung of the data centre
	after time.Time           // the directory is not asked before
}

// askAnew asks the directory how an authority is reached now; ok is false if it cannot say.
func (p *Pipeline) askAnew(ctx context.Context, kennung string, b amtshilfe.Betriebsart) (z amtshilfe.Zustaendigkeit, ok bool) {
	p.ways.mu.Lock()
	rests := p.Now().Before(p.ways.after)
	p.ways.mu.Unlock()
	if p.Register == nil || rests || kennung == "" {
		return z, false
	}
	short, cancel := context.WithTimeout(ctx, anewTimeout)
	defer cancel()
	z, err := p.Register.ByKennung(short, kennung, b)
	if err != nil && ctx.Err() == nil {
		p.ways.mu.Lock()
		p.ways.after = p.Now().Add(anewPause)
		p.ways.mu.Unlock()
	}
	return z, err == nil && !z.IsZero()
}

// same finds the way of a delivery among those of an answer: the same reader at the same data centre.
func same(z amtshilfe.Zustaendigkeit, k amtshilfe.Kanal) (amtshilfe.Kanal, bool) {
	i := slices.IndexFunc(z.Kanaele, func(o amtshilfe.Kanal) bool {
		return o.Art == k.Art && o.Adresse == k.Adresse && o.Rechenzentrum.Kennung == k.Rechenzentrum.Kennung
	})
	if i < 0 {
		return k, false
	}
	return z.Kanaele[i], true
}

// update brings the certificates of a delivery that is not reserved yet up to date, and says why nothing may be sent to its authority any
// more. Where the directory cannot be asked it goes on as it was resolved.
func (p *Pipeline) update(ctx context.Context, d *ledger.Delivery) error {
	z, ok := p.askAnew(ctx, d.Behoerde.Kennung, d.Betriebsart)
	if !ok {
		return nil
	}
	if closed, why := shut(z); closed && d.Kind != amtshilfe.KindRueckweisung {
		return noChannel(why)
	}
	now, ok := same(z, d.Kanal)
	if !ok {
		return nil // another mailbox: what was tied to this one goes there
	}
	d.Kanal.Rechenzentrum.TLS, d.Kanal.Zertifikat = now.Rechenzentrum.TLS, now.Zertifikat
	p.learn(now.Rechenzentrum)
	return nil
}

// shut says that an authority is not to be sent anything, and why.
func shut(z amtshilfe.Zustaendigkeit) (closed bool, why string) {
	for _, k := range z.Kanaele {
		if k.Art != amtshilfe.KanalKeiner {
			return false, ""
		}
		why = k.Grund
	}
	return len(z.Kanaele) > 0, why
}

// noChannel is faultNoChannel with the directory's reason.
func noChannel(why string) *amtshilfe.Fault {
	if why == "" {
		return faultNoChannel
	}
	return fault(faultNoChannel.Code, faultNoChannel.Owner, "An die Vollstreckungsbehörde wird zurzeit nicht übermittelt („"+why+"“); der Betrieb klärt den Weg.")
}

// learn notes the server certificates that the directory names for a data centre.
func (p *Pipeline) learn(r amtshilfe.Rechenzentrum) {
	p.ways.mu.Lock()
	defer p.ways.mu.Unlock()
	if p.ways.pins == nil {
		p.ways.pins = map[string][]string{}
	}
	p.ways.pins[r.Kennung] = r.TLS
}

// pin lets the directory say which server certificates count: as it said last, else as the delivery knows it.
func (p *Pipeline) pin(r amtshilfe.Rechenzentrum) error {
	p.ways.mu.Lock()
	if pins, ok := p.ways.pins[r.Kennung]; ok {
		r.TLS = pins
	}
	p.ways.mu.Unlock()
	if len(r.TLS) == 0 {
		return nil
	}
	return errors.Join(p.Sender.Pin(r.Send, r.TLS), p.Sender.Pin(r.Management, r.TLS))
}

// repinned says whether an exchange failed for a certificate that the directory may name by now: then it is worth a second try. Nothing
// has left: the server is known before the first byte.
func (c centre) repinned(ctx context.Context, err error) bool {
	if !errors.Is(err, xta.ErrPin) {
		return false
	}
	z, ok := c.p.askAnew(ctx, c.behoerde, c.kanal.Betriebsart)
	if !ok {
		return false
	}
	now, ok := same(z, c.kanal)
	if !ok {
		return false
	}
	c.p.learn(now.Rechenzentrum)
	return c.p.pin(now.Rechenzentrum) == nil
}

// certificate is recipient; where what is known of the reader does not do, directory and data centre are asked anew: it may have another
// certificate since.
func (p *Pipeline) certificate(ctx context.Context, d *ledger.Delivery, o offer) (*x509.Certificate, error) {
	author, reader := p.parties(d)
	c, err := p.recipient(d, reader.Kennung, o)
	if f, ok := errors.AsType[*amtshilfe.Fault](err); !ok || f.Code != faultOtherCertificate.Code {
		return c, err
	}
	was := d.Kanal.Zertifikat
	if shut := p.update(ctx, d); shut != nil {
		return nil, shut
	}
	if p.Now().Sub(o.at) >= offerAnew {
		p.askAgain(d)
		if o, err = p.lookup(ctx, d, author, reader); err != nil {
			return nil, err
		}
	} else if was == d.Kanal.Zertifikat {
		return nil, err
	}
	return p.recipient(d, reader.Kennung, o)
}

// sealedForRevoked says that the message of a delivery is encrypted for a certificate that is revoked since.
func (p *Pipeline) sealedForRevoked(d *ledger.Delivery) bool {
	var e xenc.Envelope
	if d.Sealed == nil || e.UnmarshalBinary(d.Sealed) != nil {
		return false
	}
	reader := e.Reader()
	return p.Revoked.Has(hex.EncodeToString(reader[:]))
}

// holdShut takes those letters out of a print queue whose authority nothing is sent to any more: the run asks about each authority once.
func (p *Pipeline) holdShut(ctx context.Context, q ledger.PrintQueue) error {
	kennungen, err := p.Ledger.Addressees(q)
	if err != nil {
		return err
	}
	for _, k := range kennungen {
		z, ok := p.askAnew(ctx, k, q.Betriebsart)
		closed, why := shut(z)
		if !ok || !closed {
			continue
		}
		for {
			letters, err := p.Ledger.QueuedFor(q, k, ledger.Chunk)
			if err != nil {
				return err
			}
			var held []*ledger.Delivery
			for i := range letters {
				f := noChannel(why)
				p.hold(&letters[i], f.Code, f.Text, f.Owner, amtshilfe.Valid)
				held = append(held, &letters[i])
			}
			if err := p.saveResolved(held); err != nil {
				return err
			}
			if len(letters) < ledger.Chunk {
				break
			}
		}
	}
	return nil
}
