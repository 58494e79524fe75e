package pipeline

import (
	"fmt"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
)

// Volume says when a drop is so large, or so new, that somebody should look at it before anything of it is sent. It is taken in and
// checked like any other; one decision lets all of it go on or ends it. Only messages that want money count: requests and changes.
type Volume struct {
	Messages int             // most in one drop, 0 = any number
	Betrag   amtshilfe.Cents // most that one drop may want, 0 = any sum
	First    bool            // ask about the first drop of the account
	Unusual  bool            // ask about more than five times what is usual
}

// unusualTimes is how many times the usual a drop may be before somebody is asked.
const unusualTimes = 5

// plausible asks about the volume of a drop: nil says that it goes on by itself. The account's own limits are named before what is
// merely unusual.
func (o *opening) plausible() (*amtshilfe.Question, error) {
	got, limits := o.rows.Volume(), o.account.Volume
	if got.N == 0 || limits == (Volume{}) {
		return nil, nil
	}
	usual, err := o.p.Ledger.Usual(o.drop.Account)
	if err != nil {
		return nil, err
	}
	code, why := limits.judge(got, usual)
	if code == "" {
		return nil, nil
	}
	text := fmt.Sprintf("Die Lieferung enthält %s über zusammen %s EUR; %s. Sie ist geprüft und wird erst übermittelt, wenn sie bestätigt ist: bitte die Lieferung freigeben oder zurückziehen.",
		messages(got.N), got.Cents, why)
	return o.p.question(code, text, amtshilfe.OwnerMandant, amtshilfe.Valid), nil
}

// judge gives a code and the reason in German, or "".
func (v Volume) judge(got ledger.Count, usual ledger.Usual) (code, why string) {
	switch {
	case v.Messages > 0 && got.N > v.Messages:
		return "LIEF-GRENZE", fmt.Sprintf("für das Konto sind höchstens %s in einer Lieferung vereinbart", messages(v.Messages))
	case v.Betrag > 0 && got.Cents > v.Betrag:
		return "LIEF-GRENZE", fmt.Sprintf("für das Konto sind höchstens %s EUR in einer Lieferung vereinbart", v.Betrag)
	case usual.Drops == 0 && v.First:
		return "LIEF-ERSTE", "sie ist die erste dieses Kontos"
	case usual.Drops == 0 || !v.Unusual:
		return "", ""
	case got.N > unusualTimes*usual.N:
		return "LIEF-MENGE", fmt.Sprintf("üblich sind %s", messages(usual.N))
	case usual.Cents > 0 && got.Cents > unusualTimes*usual.Cents:
		return "LIEF-MENGE", fmt.Sprintf("üblich sind %s EUR", usual.Cents)
	}
	return "", ""
}

// messages counts in German.
func messages(n int) string {
	if n == 1 {
		return "1 Nachricht"
	}
	return fmt.Sprintf("%d Nachrichten", n)
}
