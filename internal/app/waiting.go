package app

import (
	"fmt"
	"time"

	"damtshilfe/internal/ledger"
)

// waitTexts say what a message waits for; %s is the time when something is done about it, or the message before it.
var waitTexts = map[ledger.Reason]string{
	ledger.ForDirectory:   "Wartet auf die Auskunft, welche Behörde zuständig ist.",
	ledger.ForPredecessor: "Wartet, bis eine frühere Nachricht desselben Vorgangs übergeben ist: %s.",
	ledger.ForDestination: "Das Rechenzentrum der Behörde ist nicht erreichbar; nächster Versuch %s.",
	ledger.ForRetry:       "Der letzte Versuch der Übergabe ist gescheitert; nächster Versuch %s.",
	ledger.ForSlot:        "Wartet, bis sie an der Reihe ist.",
	ledger.ForOutcome:     "Ob die Übergabe gelungen ist, wird geklärt; nächste Rückfrage beim Rechenzentrum der Behörde %s.",
	ledger.ForReport:      "Wartet darauf, dass die Behörde sie abholt; nächste Abfrage %s.",
	ledger.ForPrint:       "Wartet auf den nächsten Drucklauf.",
	ledger.ForCentre:      "Wartet auf die Rückmeldung des Druckzentrums.",
}

// waits says what a message waits for and until when, for the page.
func (s statusSource) waits(d *ledger.Delivery, outages []ledger.Outage) string {
	w, ok := d.Waits(outages)
	if !ok {
		return ""
	}
	switch text := waitTexts[w.For]; w.For {
	case ledger.ForPredecessor:
		return fmt.Sprintf(text, w.Behind)
	case ledger.ForDestination, ledger.ForRetry, ledger.ForOutcome, ledger.ForReport:
		return fmt.Sprintf(text, s.when(w.Until))
	default:
		return text
	}
}

// when is a time as the page shows it.
func (s statusSource) when(t time.Time) string {
	return t.In(s.g.opts.Now().Location()).Format("02.01.2006 15:04")
}
