package ledger_test

import (
	"path/filepath"
	"reflect"
	"testing"
	"time"

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
