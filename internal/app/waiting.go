package app

import (
	"fmt"
	"time"

	"damtshilfe/internal/ledger"
	"damtshilfe/internal/register"
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
	ledger.ForRelease:     "Wartet, bis der Betrieb das Druckprofil freigibt.",
	ledger.ForPrintDay:    "Wartet auf den nächsten Arbeitstag des Druckzentrums: %s.",
	ledger.ForCutOff:      "Kam nach dem Annahmeschluss des Druckzentrums und geht mit dem Drucklauf %s.",
	ledger.ForCapacity:    "Die Kapazität des Druckzentrums ist für heute ausgeschöpft; das Schreiben geht mit dem Drucklauf %s.",
	ledger.ForCentre:      "Wartet auf die Rückmeldung des Druckzentrums.",
}

// waits says what a message waits for and until when, for the page.
func (s statusSource) waits(d *ledger.Delivery, outages []ledger.Outage, desk printDesk) (string, error) {
	w, ok := d.Waits(outages)
	if !ok {
		return "", nil
	}
	w, err := desk.Letter(d, w)
	switch text := waitTexts[w.For]; w.For {
	case ledger.ForDirectory:
		var state register.State
		if s.g.register != nil {
			state = s.g.register.State()
		}
		return text + directoryTrouble(state, s.when), err
	case ledger.ForPredecessor:
		return fmt.Sprintf(text, w.Behind), err
	case ledger.ForDestination, ledger.ForRetry, ledger.ForOutcome, ledger.ForReport, ledger.ForPrintDay, ledger.ForCutOff, ledger.ForCapacity:
		if w.Until.IsZero() {
			return fmt.Sprintf(text, "auf Anforderung"), err
		}
		return fmt.Sprintf(text, s.when(w.Until)), err
	default:
		return text, err
	}
}

// when is a time as the page shows it.
func (s statusSource) when(t time.Time) string {
	return t.In(s.g.opts.Now().Location()).Format("02.01.2006 15:04")
}

// directoryTrouble says why nobody answers who is competent, behind the sentence that a message waits for it; "" = somebody does.
func directoryTrouble(state register.State, when func(time.Time) string) string {
	since := state.Failing
	for _, one := range state.Servers {
		if one.Failed.IsZero() && state.Failing.IsZero() {
			return ""
		}
		if state.Failing.IsZero() && since.Before(one.Failed) {
			since = one.Failed
		}
	}
	if since.IsZero() {
		return " In diesem Gateway ist kein Server des Behördenverzeichnisses eingerichtet."
	}
	return " Seit " + when(since) + " antwortet kein Server des Behördenverzeichnisses; es wird weiter gefragt."
}
