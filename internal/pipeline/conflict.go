package pipeline

import (
	"fmt"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
)

// What becomes of a drop whose uebertragungsID was used before with other bytes. It waits whole, and nothing of it is taken in, until its
// sender takes it back by a drop or somebody refuses it or lets it in. The number belongs to the first drop whatever is decided: a
// widerruf by number means that one, the other is named by its lieferungID.

// settled says what the next receipt says of a verdict.
var settled = map[ledger.Verdict]amtshilfe.Finding{
	ledger.VerdictReject: {Code: findingConflict.Code, Severity: amtshilfe.SeverityFehler,
		Text: "Die uebertragungsID wurde schon für eine andere Lieferung verwendet, die Lieferung ist deshalb als Ganzes abgewiesen und nichts von ihr angenommen; bitte mit neuer Nummer neu einliefern."},
	ledger.VerdictWithdraw: {Code: findingWithdrawn.Code, Severity: amtshilfe.SeverityWarnung,
		Text: "Die Lieferung ist zurückgezogen; nichts von ihr wurde angenommen oder übermittelt."},
	ledger.VerdictRelease: {Code: findingConflict.Code, Severity: amtshilfe.SeverityWarnung,
		Text: "Die uebertragungsID wurde schon für eine andere Lieferung verwendet; diese Lieferung ist auf eine Entscheidung hin trotzdem angenommen, die Nummer bleibt die der ersten."},
}

// settleConflict carries out the verdict about a drop in conflict. What is booked about it is published first: that says that the drop waits.
func (p *Pipeline) settleConflict(drop ledger.Drop) error {
	p.telling <- struct{}{}
	defer func() { <-p.telling }()
	if err := p.tell(drop.ID); err != nil {
		return err
	}
	said, ok := settled[drop.Verdict]
	if !ok {
		return fmt.Errorf("unknown verdict %q", drop.Verdict)
	}
	if err := p.Ledger.Settle(drop, said); err != nil {
		return err
	}
	p.kick(laneOpen, laneDrop)
	return nil
}
