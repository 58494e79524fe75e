package pipeline

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"strings"
	"sync"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/rules"
	"damtshilfe/internal/sqlitedb"
	"damtshilfe/internal/xmlgate"
	"damtshilfe/mapping"
	"damtshilfe/spool"
)

// A 007, 008, 011 or 012 names claims of its 003, and one that the 003 does not have is an error (profil.md 3): money would be booked
// on somebody else's claim. The claims are read through the field map of the 003's pack. Where the 003 is gone, or its field map does
// not say the numbers of its claims, nothing is judged.

const codeStray = "BEZUG-FORDERUNG"

var findingStray = amtshilfe.Finding{Code: codeStray, Severity: amtshilfe.SeverityFehler,
	Text: "Das Ersuchen hat keine Forderung mit dieser Buchungsnummer; bitte die Buchungsnummer angeben, die im Ersuchen steht."}

// request is a 003 that is here: sent by this gateway, or received.
type request struct {
	id   string
	read func() ([]byte, error)
}

func (p *Pipeline) sentRequest(d *ledger.Delivery) request {
	return request{d.ID.String(), func() ([]byte, error) { return p.bytes(d) }}
}

func (p *Pipeline) receivedRequest(in *ledger.Inbound) request {
	return request{string(in.ID), func() ([]byte, error) {
		doc, err := p.Spool.ReadInbound(in.ID, in.Length, in.SHA256)
		if errors.Is(err, spool.ErrHash) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = fmt.Errorf("%w: %w", errDocument, err)
		}
		return doc, err
	}}
}

// refuseStrays ends a message that names a claim which its request does not have; false says that there is no such claim.
func (p *Pipeline) refuseStrays(d *ledger.Delivery, r request) (refused bool, err error) {
	if !namesClaims(d.Kind) {
		return false, nil
	}
	doc, err := p.bytes(d)
	if lost(err) {
		return false, nil // the way on asks a person about it
	}
	if err != nil {
		return false, err
	}
	var m amtshilfe.Message
	p.Packs.NewReader(p.limits()).Read(doc, &m)
	strays, err := p.strays(doc, &m, r)
	if err != nil || len(strays) == 0 {
		return false, err
	}
	mapping.PlaceLater(doc, d.Position, strays)
	d.State, d.Findings = amtshilfe.Rejected, append(d.Findings, strays...)
	rest(d)
	return true, p.Ledger.Save(sqlitedb.Outcome, d)
}

func namesClaims(k amtshilfe.Kind) bool {
	switch k {
	case amtshilfe.KindForderungsaenderung, amtshilfe.KindEinstellung, amtshilfe.KindZahlungsmitteilung, amtshilfe.KindAbschluss:
		return true
	}
	return false
}

// strays are the findings about claims that a message names and its request does not have, with their paths in doc.
func (p *Pipeline) strays(doc []byte, m *amtshilfe.Message, r request) ([]amtshilfe.Finding, error) {
	if len(m.Named) == 0 {
		return nil, nil
	}
	have, err := p.claimsOf(r)
	if err != nil || have == nil {
		return nil, err
	}
	var found []amtshilfe.Finding
	for _, n := range m.Named {
		if have.has(n.Buchungsnummer) {
			continue
		}
		f := findingStray
		if len(found) < rules.MaxFindings { // the others are only counted
			f.Path = xmlgate.Path(doc, n.Offset)
		}
		found = append(found, f)
	}
	return rules.Judge(nil, nil, found), nil
}

// claimsOf reads which claims a request has; nil = that cannot be said.
func (p *Pipeline) claimsOf(r request) (numbers, error) {
	if have, ok := p.known.get(r.id); ok {
		return have, nil
	}
	doc, err := r.read()
	if lost(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("claims of %s: %w", r.id, err)
	}
	var m amtshilfe.Message
	if found := p.Packs.NewReader(p.limits()).Read(doc, &m); amtshilfe.Failed(found) || m.Ersuchen == nil {
		return nil, nil
	}
	have := numbers{}
	for i := range m.Ersuchen.Forderungen {
		if !have.add(m.Ersuchen.Forderungen[i].Buchungsnummer) {
			return nil, nil
		}
	}
	if len(have) == 0 {
		return nil, nil
	}
	p.known.put(r.id, have)
	return have, nil
}

// numbers are hashes of the Buchungsnummern of one request: they are kept beyond the message, and are nobody's data.
type numbers map[uint64]struct{}

var numberSeed = maphash.MakeSeed()

// hashed leaves blanks at the ends and repeated ones out of account: XFinanz knows strings here, the profile lines.
func hashed(number string) (h uint64, ok bool) {
	number = strings.Join(strings.Fields(number), " ")
	return maphash.String(numberSeed, number), number != ""
}

func (n numbers) add(number string) bool {
	h, ok := hashed(number)
	n[h] = struct{}{}
	return ok
}

func (n numbers) has(number string) bool {
	h, _ := hashed(number)
	_, ok := n[h]
	return ok
}

// maxKnown bounds what is remembered, in claims; a drop about one large case reads it once.
const maxKnown = 100_000

// known remembers the claims of requests that were looked at last: a request never changes. The zero value is ready to use.
type known struct {
	mu    sync.Mutex
	of    map[string]numbers
	total int
}

func (k *known) get(id string) (numbers, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	have, ok := k.of[id]
	return have, ok
}

func (k *known) put(id string, have numbers) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.total+len(have) > maxKnown || k.of == nil {
		k.of, k.total = map[string]numbers{}, 0
	}
	if _, twice := k.of[id]; !twice {
		k.of[id] = have
		k.total += len(have)
	}
}

// judgeClaims holds a payment or a result for claims that our request does not have: published, the sender's program might book it on
// another debtor's. A person who has asked both sides releases it.
func (p *Pipeline) judgeClaims(in *ledger.Inbound, doc []byte, m *amtshilfe.Message) (verdict, error) {
	if m.Kind != amtshilfe.KindZahlungsmitteilung && m.Kind != amtshilfe.KindAbschluss {
		return verdict{}, nil // a 007 or 008 stops or lessens something: it must not wait
	}
	ours, err := p.Ledger.ByUUID(in.Case.Absender, in.Case.UUID)
	if errors.Is(err, ledger.ErrNotFound) {
		return verdict{}, nil
	}
	if err != nil {
		return verdict{}, err
	}
	strays, err := p.strays(doc, m, p.sentRequest(&ours))
	if err != nil || len(strays) == 0 {
		return verdict{}, err
	}
	mapping.PlaceLater(doc, amtshilfe.Position{Line: 1, Column: 1}, strays)
	return p.doubt(codeStray, fmt.Sprintf("Die Nachricht nennt in Zeile %d eine Buchungsnummer, die es im Ersuchen nicht gibt; "+
		"bitte mit dem Mandanten und der Vollstreckungsbehörde klären, dann freigeben oder abweisen.", strays[0].Line)), nil
}
