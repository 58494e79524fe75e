package ledger

import (
	"slices"
)

// DueInTurn lists up to limit deliveries that are due to be sent to a destination, of each account in turn, beginning behind the
// account after: a central creditor with 100 000 requests must not keep a small city waiting (design 2.4). Of one account the
// longest due come first.
func (l *Ledger) DueInTurn(dest string, rank int, after string, limit int) ([]Delivery, error) {
	accounts, err := l.accountsDue(dest, rank)
	if err != nil || len(accounts) == 0 {
		return nil, err
	}
	n, _ := slices.BinarySearch(accounts, after+"\x00")
	accounts = slices.Concat(accounts[n:], accounts[:n])
	accounts = accounts[:min(len(accounts), limit)]
	share := (limit + len(accounts) - 1) / len(accounts)
	var rounds [][]Delivery
	for _, account := range accounts {
		some, err := l.deliveries(`SELECT `+deliveryColumns+` FROM deliveries WHERE due_at IS NOT NULL AND lane='send' AND dest=? AND rank=? AND account=?
			AND due_at<=?`+visible+` ORDER BY due_at LIMIT ?+0`, dest, rank, account, l.now().UnixMicro(), share)
		if err != nil {
			return nil, err
		}
		rounds = append(rounds, some)
	}
	var list []Delivery
	for i := range share {
		for _, some := range rounds {
			if i < len(some) && len(list) < limit {
				list = append(list, some[i])
			}
		}
	}
	return list, nil
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
