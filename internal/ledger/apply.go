package ledger

import (
	"errors"
	"fmt"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// Effect is one thing that a decision of a sender changes: a message that waits, or a whole drop.
type Effect struct {
	Delivery *Delivery        // as it shall be saved; nil = it is about a drop
	Drop     amtshilfe.DropID // to be released or withdrawn
	Release  bool             // false = withdrawn
}

// Apply carries out what the message by decides, all of it in one transaction with the end of by itself: however often it is tried,
// each effect is booked once. The audit says who (the account) and why (the id of by). foreign counts the things in it that belong to
// others. ErrStale says that something has moved on meanwhile: look again.
func (l *Ledger) Apply(by *Delivery, effects []Effect, foreign int) error {
	now := l.now()
	who := Who{Wer: by.Account, Grund: by.ID.String()}
	err := l.write(sqlitedb.Intent, "apply decision", func(tx *sqlitedb.Tx) error {
		for _, e := range effects {
			var err error
			switch {
			case e.Delivery != nil:
				if err = save(tx, e.Delivery, now); err == nil {
					err = appendAudit(tx, now, who.Wer, e.action(), e.Delivery.ID.String(), who.Grund)
				}
			case e.Release:
				err = releaseDrop(tx, e.Drop, who, now)
			default:
				err = withdrawDrop(tx, e.Drop, who, now)
			}
			if errors.Is(err, ErrNoQuestion) {
				err = fmt.Errorf("%s: %w", e.Drop, ErrStale)
			}
			if err != nil {
				return err
			}
		}
		if foreign > 0 {
			if err := appendAudit(tx, now, by.Account, "security", by.ID.String(), fmt.Sprintf("%s, decides about %d messages of others", codeForeign, foreign)); err != nil {
				return err
			}
		}
		if err := save(tx, by, now); err != nil {
			return fmt.Errorf("%s: %w", by.ID, err)
		}
		return nil
	})
	if err == nil {
		by.read()
	}
	return err
}

func (e Effect) action() string {
	if e.Release {
		return "release"
	}
	return "withdraw"
}
