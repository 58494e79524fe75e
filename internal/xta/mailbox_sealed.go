package xta

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"damtshilfe/internal/xenc"
)

// SealedFor counts the messages that wait and are encrypted, by the certificates that they are encrypted for (SHA-256, lower-case hex):
// a key is needed until none for it waits any more. A message that names no certificate counts under "".
func (m *Mailbox) SealedFor(ctx context.Context) (map[string]int, error) {
	counts := map[string]int{}
	for last := int64(0); ; {
		rows, err := m.db.Reader().QueryContext(ctx, `SELECT n, parts FROM messages WHERE state = 'stored' AND parts LIKE '%"head":%' AND n > ? ORDER BY n LIMIT 500`, last)
		if err != nil {
			return nil, fmt.Errorf("count encrypted messages: %w", err)
		}
		seen := 0
		for rows.Next() {
			var parts string
			if err := rows.Scan(&last, &parts); err != nil {
				rows.Close()
				return nil, fmt.Errorf("count encrypted messages: %w", err)
			}
			seen++
			var list []storedPart
			if err := json.Unmarshal([]byte(parts), &list); err != nil || len(list) == 0 || list[0].Head == "" {
				continue
			}
			readers := xenc.Data{Head: []byte(list[0].Head), Tail: []byte(list[0].Tail)}.Readers()
			if len(readers) == 0 {
				counts[""]++
			}
			for _, sum := range readers {
				counts[hex.EncodeToString(sum[:])]++
			}
		}
		if err := rows.Err(); err != nil || seen == 0 {
			return counts, err
		}
	}
}
