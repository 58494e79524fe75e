package demo

import (
	"fmt"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
)

// table prints what became of every message of the sender, and says whether any is held or was rejected.
func (r *running) table() (open bool, err error) {
	g := r.gateways[r.A.Name]
	drops, err := g.Ledger.Drops(200)
	if err != nil {
		return false, err
	}
	fmt.Fprintf(r.out, "\n%-26s %-4s %-13s %-26s %s\n", "message", "kind", "way", "status", "receipt, or why it waits")
	for i := len(drops) - 1; i >= 0; i-- {
		d := drops[i]
		if d.Account != r.Sender.Account {
			continue
		}
		fmt.Fprintf(r.out, "%s  %s: %s, %d messages, %d receipts\n", d.ID, d.Name, d.State, d.Messages, d.Receipts)
		receipts, err := g.Ledger.Receipts(d.ID)
		if err != nil {
			return false, err
		}
		for m, err := range g.Ledger.AllInDrop(d.ID) {
			if err != nil {
				return false, err
			}
			line := ledger.LineOf(&m, m.UpdatedAt)
			open = open || m.State.Waits() || m.State == amtshilfe.Rejected
			fmt.Fprintf(r.out, "  %-24s %-4s %-13s %-26s %s\n", m.ID, m.Kind, way(line.Kanal), line.Status, remark(m, receipts))
			if b := m.Sendung.Bundle; b != "" && (len(r.bundled) == 0 || r.bundled[len(r.bundled)-1] != b) {
				r.bundled = append(r.bundled, b)
			}
		}
	}
	return open, nil
}

func way(k amtshilfe.Kanalart) string {
	switch k {
	case amtshilfe.KanalXTA:
		return "elektronisch"
	case amtshilfe.KanalPost:
		return "postalisch"
	}
	return "-"
}

func remark(m ledger.Delivery, receipts []ledger.Receipt) string {
	switch {
	case m.Hold != nil:
		return m.Hold.Code + ", decided by " + string(m.Hold.Owner)
	case m.State == amtshilfe.Rejected && len(m.Findings) > 0:
		return m.Findings[0].Code
	case m.State == amtshilfe.Duplicate:
		return "of " + m.DuplicateOf.String()
	case len(receipts) > 0 && len(receipts[len(receipts)-1].Files) > 0:
		return receipts[len(receipts)-1].Files[0].Name
	}
	return ""
}
