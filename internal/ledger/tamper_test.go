package ledger_test

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
)

// A hand in the file is noticed: in the middle by the chain, at its end by the heads that receipts told.
func TestTamperedAudit(t *testing.T) {
	for _, tt := range []struct{ name, hand string }{
		{"a row that was changed", `UPDATE audit SET grund='harmless' WHERE id=2`},
		{"a row that was taken out", `DELETE FROM audit WHERE id=2`},
		{"the first row taken out", `DELETE FROM audit WHERE id=1`},
		{"the end cut off", `DELETE FROM audit WHERE id>=3`},
		{"all of it deleted", `DELETE FROM audit`},
		{"a row that was put in", `INSERT INTO audit(at, who, action, subject, grund, hash) VALUES(1,'x','x','x','x','00')`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(fast(t), "ledger.db")
			w := &world{T: t, now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
			l, err := ledger.Open(path, nil, func() time.Time { return w.now })
			must(t, err)
			defer l.Close()
			w.Ledger = l
			for range 2 {
				w.noted()
			}
			id := w.claim("stadt-a", "x")
			must(t, w.open(id, nil, message(id, 1, amtshilfe.Valid, uuid(1))))
			w.tell(id)
			if n, err := l.CheckAudit(); err != nil || n != 3 {
				t.Fatalf("%d, %v", n, err)
			}
			db, err := sql.Open("sqlite", path)
			must(t, err)
			defer db.Close()
			_, err = db.Exec(tt.hand)
			must(t, err)
			if _, err := l.CheckAudit(); err == nil {
				t.Error("not noticed")
			}
		})
	}
}
