package pipeline

import (
	"errors"
	"fmt"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
)

// choices is one decision while it is looked at.
type choices struct {
	p        *Pipeline
	by       *ledger.Delivery
	since    ledger.Drop // the drop that the decision came in
	effects  []ledger.Effect
	findings []amtshilfe.Finding
	foreign  int
}

// message looks at a choice about one message: an effect, or why there is none.
func (x *choices) message(w amtshilfe.Wahl, _ amtshilfe.Kind) (*amtshilfe.Finding, error) {
	t, f, err := x.find(w.UUID)
	if err != nil || f != nil {
		return f, err
	}
	switch {
	case t.Betriebsart != x.by.Betriebsart:
		return &findingOtherKind, nil
	case !t.State.Waits() || t.Hold == nil:
		return &findingNotAsked, nil
	case w.Wahl == amtshilfe.WahlFreigeben:
		return x.release(t)
	case (t.Hold.From == amtshilfe.Sent || t.State == amtshilfe.Returned) && t.Hold.Owner == amtshilfe.OwnerMandant:
		giveUp(t) // it cannot be had back, but nobody has to wait for it
		x.effects = append(x.effects, ledger.Effect{Delivery: t})
		return nil, nil
	case !withdrawable(*t) || t.State != amtshilfe.Held:
		return &findingTooLateToWithdraw, nil
	}
	t.State, t.Hold = amtshilfe.Withdrawn, nil
	rest(t)
	x.effects = append(x.effects, ledger.Effect{Delivery: t})
	return nil, nil
}

// release lets a message go on, as `gateway release` does, where the sender is the one who is asked.
func (x *choices) release(t *ledger.Delivery) (*amtshilfe.Finding, error) {
	if owner := t.Hold.Owner; owner != amtshilfe.OwnerMandant {
		f := findingNotYours
		f.Text = fmt.Sprintf(f.Text, ownerWords[owner])
		return &f, nil
	}
	switch err := x.p.resume(t, "release"); {
	case errors.Is(err, errUndecided):
		return &findingFirstThe008, nil
	case errors.Is(err, errUnsafe):
		return &findingUnsafe, nil
	case errors.Is(err, errNoWayOn):
		return &findingTooLateToWithdraw, nil
	case err != nil:
		return nil, err
	}
	t.Confirmed, t.Hold = true, nil
	x.effects = append(x.effects, ledger.Effect{Delivery: t, Release: true})
	return nil, nil
}

// find gives the message of the account that carries a UUID, or why there is none.
func (x *choices) find(uuid string) (*ledger.Delivery, *amtshilfe.Finding, error) {
	list, err := x.p.Ledger.AllByUUID(uuid)
	if err != nil {
		return nil, nil, err
	}
	var own *ledger.Delivery
	for i := range list {
		if t := &list[i]; t.Account == x.by.Account && (own == nil || t.Absender == x.by.Absender) {
			own = t
		}
	}
	switch {
	case own != nil:
		return own, nil, nil
	case len(list) > 0:
		x.foreign++
		return nil, &findingOfOthers, nil
	}
	f, err := x.nothing()
	return nil, f, err
}

// nothing says that what is decided about is not there, unless it may still come out of a drop that is not opened.
func (x *choices) nothing() (*amtshilfe.Finding, error) {
	unopened, err := x.p.Ledger.Unopened(x.by.Account, x.since.ReceivedAt)
	if err == nil && unopened {
		err = errUnopened
	}
	return &findingNothingThere, err
}

// drop looks at a choice about a whole drop: of an entscheidung about one that waits, of a widerruf about any.
func (x *choices) drop(w amtshilfe.Wahl, kind amtshilfe.Kind) (*amtshilfe.Finding, error) {
	t, f, err := x.findDrop(w)
	if err != nil || f != nil {
		return f, err
	}
	switch mode, err := x.betriebsart(t); {
	case err != nil:
		return nil, err
	case t.ID == x.since.ID:
		return &findingNothingThere, nil
	case mode == "":
		return &findingNotAsked, nil // it was in conflict, and nothing of it was taken in
	case mode != x.by.Betriebsart:
		return &findingOtherKind, nil
	case kind == amtshilfe.KindEntscheidung && (t.Question == nil || t.Verdict != ""):
		return &findingNotAsked, nil
	}
	x.effects = append(x.effects, ledger.Effect{Drop: t.ID, Release: w.Wahl == amtshilfe.WahlFreigeben})
	if w.Wahl == amtshilfe.WahlFreigeben {
		return nil, nil
	}
	said := findingWithdrawn
	said.Text = fmt.Sprintf(said.Text, t.ID)
	return &said, nil
}

// betriebsart is that of a drop's messages, "" = it has none. Those of a drop in conflict were not taken in: that of the account counts.
func (x *choices) betriebsart(t ledger.Drop) (amtshilfe.Betriebsart, error) {
	if t.State == amtshilfe.DropConflict {
		return t.Betriebsart, nil
	}
	some, err := x.p.Ledger.InDrop(t.ID, 0, 1)
	if err != nil || len(some) == 0 {
		return "", err
	}
	return some[0].Betriebsart, nil
}

// findDrop gives the drop of the account that a choice names, or why there is none.
func (x *choices) findDrop(w amtshilfe.Wahl) (t ledger.Drop, f *amtshilfe.Finding, err error) {
	if w.LieferungID == "" {
		return x.byNumber(w)
	}
	t, err = x.p.Ledger.Drop(amtshilfe.DropID(w.LieferungID))
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		return t, &findingNothingThere, nil
	case err != nil:
		return t, nil, err
	case t.Account != x.by.Account:
		x.foreign++
		return t, &findingOfOthers, nil
	case t.State == amtshilfe.DropClaiming || t.State == amtshilfe.DropAccepted:
		return t, nil, errUnopened
	case t.State != amtshilfe.DropOpen && t.State != amtshilfe.DropEnded && t.State != amtshilfe.DropConflict:
		return t, &findingNothingThere, nil
	}
	return t, nil, nil
}

// byNumber finds a drop by its uebertragungsID: that of the sender who decides.
func (x *choices) byNumber(w amtshilfe.Wahl) (t ledger.Drop, f *amtshilfe.Finding, err error) {
	list, err := x.p.Ledger.TransferDrops(x.by.Account, w.Verfahren, w.UebertragungsID)
	if err != nil {
		return t, nil, err
	}
	n := 0
	for _, d := range list {
		if d.Kopf != nil && d.Kopf.Absender == x.by.Absender {
			t, n = d, n+1
		}
	}
	switch n {
	case 0:
		f, err = x.nothing()
		return t, f, err
	case 1:
		return t, nil, nil
	}
	return t, &findingSeveralDrops, nil
}
