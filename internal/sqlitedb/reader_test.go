package sqlitedb_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"damtshilfe/internal/sqlitedb"
)

// TestReader: many goroutines and more statements than are kept read the same, and a wrong query is an error, not a panic.
func TestReader(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "a.db"), nil)
	for n := range 10 {
		if err := db.Write(sqlitedb.Intake, insert(n)); err != nil {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	for k := range 8 {
		wg.Go(func() {
			for i := range 300 {
				var n int
				if err := db.Reader().QueryRow(fmt.Sprintf("SELECT count(*) FROM t WHERE n<?+%d", i%200), k).Scan(&n); err != nil || n != min(10, k+i%200) {
					t.Errorf("%d rows below %d, %v", n, k+i%200, err)
					return
				}
			}
		})
	}
	wg.Wait()
	rows, err := db.Reader().Query("SELECT n FROM nowhere")
	if err == nil {
		rows.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("query of an unknown table: %v", err)
	}
	if err := db.Reader().QueryRow("SELECT n FROM nowhere").Scan(new(int)); err == nil {
		t.Error("row of an unknown table")
	}
}
