package ledger_test

import (
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sqlitedb"
)

// A ledger whose receipts had one file each is read on: what was published, and what a crash left between row and file.
func TestReceiptsOfAnEarlierLedger(t *testing.T) {
	path := filepath.Join(fast(t), "ledger.db")
	db, err := sqlitedb.Open(path, ledger.Migrations[:3], nil)
	must(t, err)
	must(t, db.Write(sqlitedb.Receipt, func(tx *sqlitedb.Tx) error {
		for _, row := range []string{`(1, 1, 'a.1.quittung.xml', x'00ff')`, `(2, 0, NULL, NULL)`} {
			if _, err := tx.Exec(`INSERT INTO receipts(drop_id, from_event, to_event, at, closed, head, sums, next_id, n, published, name, sha)
				SELECT 'D261121-7KQ2M9TX4B', 0, 0, 0, 0, '', '[]', 0, * FROM (VALUES ` + row + `)`); err != nil {
				return err
			}
		}
		return nil
	}))
	must(t, db.Close())
	l, err := ledger.Open(path, nil, time.Now)
	must(t, err)
	defer l.Close()
	list, err := l.Receipts("D261121-7KQ2M9TX4B")
	must(t, err)
	want := [][]ledger.ReceiptFile{{{Format: "xml", Name: "a.1.quittung.xml", SHA256: "00ff"}}, {{Format: "xml"}}}
	for i, r := range list {
		if !reflect.DeepEqual(r.Files, want[i]) || r.Published != (i == 0) {
			t.Errorf("receipt %d: %+v", r.N, r)
		}
	}
	if len(list) != 2 {
		t.Errorf("%d receipts", len(list))
	}
}

// A drop that an earlier ledger held in conflict gets an owner and a term, and its sender is told.
func TestConflictOfAnEarlierLedger(t *testing.T) {
	path := filepath.Join(fast(t), "ledger.db")
	db, err := sqlitedb.Open(path, ledger.Migrations[:10], nil)
	must(t, err)
	received := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	must(t, db.Write(sqlitedb.Receipt, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(`INSERT INTO drops(id, account, name, source, device, inode, size, mtime, state, betriebsart, received_at, findings, receipts)
			VALUES('D261121-7KQ2M9TX4B', 'a', x'61', 'in', 0, 0, 0, 0, 'conflict', 'test', ?, '[{"Code":"LIEF-UEBERTRAGUNGSID"}]', 1)`, received.UnixMicro())
		return err
	}))
	must(t, db.Close())
	l, err := ledger.Open(path, nil, time.Now)
	must(t, err)
	defer l.Close()
	list, err := l.HeldDrops(10)
	must(t, err)
	if len(list) != 1 || list[0].Question.Owner != amtshilfe.OwnerMandant || !list[0].Question.Until.Equal(received.AddDate(0, 0, 14)) || list[0].Findings != nil {
		t.Errorf("%+v", list)
	}
	if untold, err := l.Untold(10); err != nil || len(untold) != 1 {
		t.Errorf("untold %v, %v", untold, err)
	}
}
