package ledger

import (
	"fmt"
	"slices"

	"damtshilfe/internal/amtshilfe"
)

// usualDrops is how many drops of an account say what is usual.
const usualDrops = 10

// Usual is what an account usually drops.
type Usual struct {
	Drops int             // it is made of; 0 = nothing of the account has gone on yet
	N     int             // median of the messages that want money
	Cents amtshilfe.Cents // median of what they want
}

// Usual looks at the last drops of an account that wanted money, went on, and were not taken back or refused whole.
func (l *Ledger) Usual(account string) (Usual, error) {
	q := query{"usual volume", `SELECT volume, volume_cents FROM drops WHERE account=? AND volume>0 AND state IN ('open','ended') AND question IS NULL AND verdict IS NULL
		AND EXISTS(SELECT 1 FROM counts c WHERE c.drop_id=drops.id AND c.n>0 AND c.state NOT IN ('rejected','duplicate','withdrawn'))
		ORDER BY received_at DESC LIMIT ?`, []any{account, usualDrops}}
	list, err := list(l, q, func(row scanner) (Count, error) {
		var c Count
		err := row.Scan(&c.N, &c.Cents)
		return c, err
	})
	if err != nil || len(list) == 0 {
		return Usual{}, err
	}
	var numbers []int
	var cents []amtshilfe.Cents
	for _, c := range list {
		numbers, cents = append(numbers, c.N), append(cents, c.Cents)
	}
	return Usual{Drops: len(list), N: median(numbers), Cents: median(cents)}, nil
}

// median gives the middle one; of two in the middle the greater, so that a short history asks less often.
func median[T ~int | ~int64](list []T) T {
	slices.Sort(list)
	return list[len(list)/2]
}

// String is the usual volume as the log shows it.
func (u Usual) String() string { return fmt.Sprintf("%d messages, %s EUR", u.N, u.Cents) }
