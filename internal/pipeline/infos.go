package pipeline

import (
	"fmt"
	"io"
	"iter"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/mapping"
)

// Infos says how an account gets the 013, the Uebermittlungsinformation of its messages (profil.md 5).
type Infos string

// The ways of a 013.
const (
	InfosNone      Infos = "none"
	InfosContainer Infos = "container" // one container beside each receipt
	InfosFiles     Infos = "files"     // one file for each message
)

// tellInfos publishes the 013 beside a receipt: one for each of the n messages whose way is known. Names and bytes follow from the
// receipt's row, so that all of them are published again on doubt.
func (p *Pipeline) tellInfos(d ledger.Drop, r ledger.Receipt, n int) error {
	account := p.accounts[d.Account]
	head := mapping.InfoHead{Absender: p.cfg.Operator, Produkt: p.cfg.Produkt, UebertragungsID: int64(r.N), CreatedAt: p.local(r.At), Count: n,
		Test: d.Betriebsart != amtshilfe.Produktion}
	if own := account.Mailboxes(); len(own) > 0 {
		head.Empfaenger = &amtshilfe.Akteur{Kennung: own[0], Verfahren: account.Name, Person: amtshilfe.Person{Firma: account.Title}}
	}
	switch account.Infos {
	case InfosContainer:
		name := mapping.InfosName(d.Name, d.ID, r.N)
		write := func(w io.Writer) error {
			return mapping.WriteInfos(w, head, func(yield func(mapping.Info, error) bool) {
				for i, err := range p.infos(d, r) {
					if !yield(i.Info, err) {
						return
					}
				}
			})
		}
		if _, err := p.Spool.PublishOut(d.Account, name, write); err != nil {
			return fmt.Errorf("infos: %w", err)
		}
	case InfosFiles:
		for i, err := range p.infos(d, r) {
			if err != nil {
				return err
			}
			name := mapping.InfoName(d.Name, d.ID, r.N, i.seq)
			if _, err := p.Spool.PublishOut(d.Account, name, func(w io.Writer) error { return mapping.WriteInfo(w, head, i.Info) }); err != nil {
				return fmt.Errorf("info %d: %w", i.seq, err)
			}
		}
	}
	return nil
}

// numberedInfo is a 013 and the message of the drop that it is about.
type numberedInfo struct {
	mapping.Info
	seq int
}

// infos streams the 013 that belong to a receipt.
func (p *Pipeline) infos(d ledger.Drop, r ledger.Receipt) iter.Seq2[numberedInfo, error] {
	return func(yield func(numberedInfo, error) bool) {
		for line, err := range p.receiptLines(d, r, new(int)) {
			if err != nil {
				yield(numberedInfo{}, err)
				return
			}
			u := line.Uebermittlung
			if u == nil {
				continue
			}
			info := mapping.Info{UUID: mapping.InfoUUID(d.ID, r.N, line.Position), Bezug: amtshilfe.Bezug{UUID: line.UUID}, Weg: u.Weg, Status: line.Status,
				Zeitpunkt: u.Zeitpunkt, Empfaenger: u.Empfaenger, TransportID: u.TransportID}
			if !yield(numberedInfo{info, line.Position}, nil) {
				return
			}
		}
	}
}
