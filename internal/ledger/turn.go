package ledger

import (
	"slices"

	"damtshilfe/internal/amtshilfe"
)

// Turn is a delivery that waits for a slot.
type Turn struct {
	ID      amtshilfe.DeliveryID
	Account string
}

// DueInTurn lists up to limit deliveries that are due to be sent to a destination, of each account in turn, beginning behind the
// account after: a central creditor with 100 000 requests must not keep a small city waiting (design 2.4). Of one account the
// longest due come first. Nothing is read of them but what stands in the index.
func (l *Ledger) DueInTurn(dest string, rank int, after string, limit int) ([]Turn, error) {
	accounts, err := l.accountsDue(dest, rank)
	if err != nil || len(accounts) == 0 {
		return nil, err
	}
	n, _ := slices.BinarySearch(accounts, after+"\x00")
	accounts = slices.Concat(accounts[n:], accounts[:n])
	accounts = accounts[:min(len(accounts), limit)]
	share := (limit + len(accounts) - 1) / len(accounts)
	var rounds [][]Turn
	for _, account := range accounts {
		q := query{"turns", `SELECT drop_id, seq FROM deliveries WHERE due_at IS NOT NULL AND lane='send' AND dest=? AND rank=? AND account=?
			AND due_at<=?` + visible + ` ORDER BY due_at LIMIT ?+0`, []any{dest, rank, account, l.now().UnixMicro(), share}}
		some, err := list(l, q, func(row scanner) (Turn, error) {
			t := Turn{Account: account}
			err := row.Scan(&t.ID.Drop, &t.ID.Seq)
			return t, err
		})
		if err != nil {
			return nil, err
		}
		rounds = append(rounds, some)
	}
	var turns []Turn
	for i := range share {
		for _, some := range rounds {
			if i < len(some) && len(turns) < limit {
				turns = append(turns, some[i])
			}
		}
	}
	return turns, nil
}

// accountsDue lists, in order, the accounts that have anything due to be sent to a destination. Like Destinations it jumps from one
// account to the next in the index.
func (l *Ledger) accountsDue(dest string, rank int) ([]string, error) {
	const waits = `FROM deliveries WHERE due_at IS NOT NULL AND lane='send' AND dest=?1 AND rank=?2`
	q := query{"accounts due", `WITH RECURSIVE each_account(account) AS (
		SELECT min(account) ` + waits + ` UNION ALL
		SELECT (SELECT min(account) ` + waits + ` AND account>each_account.account) FROM each_account WHERE each_account.account IS NOT NULL)
		SELECT account FROM each_account e WHERE account IS NOT NULL AND EXISTS(SELECT 1 ` + waits + ` AND account=e.account AND due_at<=?3)`, []any{dest, rank, l.now().UnixMicro()}}
	return list(l, q, scanText[string])
}
