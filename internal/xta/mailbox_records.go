package xta

import (
	"context"
	"fmt"
)

// Levels of records, as the column has them; the highest one colours the report.
const (
	levelInfo = 1 + iota
	levelWarning
	levelError
)

// levelled is a record with the list of the report that it belongs to.
type levelled struct {
	level  int
	record Record
}

// records are what the report of a message says beside the steps that its row tells.
func (m *Mailbox) records(ctx context.Context, message int64) (list []levelled, err error) {
	rows, err := m.db.Reader().QueryContext(ctx, "SELECT at, level, list, version, code, reason FROM records WHERE message = ? ORDER BY n", message)
	if err != nil {
		return nil, fmt.Errorf("list records: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var l levelled
		var at int64
		if err := rows.Scan(&at, &l.level, &l.record.Code.List, &l.record.Code.Version, &l.record.Code.Code, &l.record.Reason); err != nil {
			return nil, fmt.Errorf("list records: %w", err)
		}
		l.record.Time = instant(at)
		list = append(list, l)
	}
	return list, rows.Err()
}
