package app_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/config"
	"damtshilfe/internal/demo"
	"damtshilfe/internal/ledger"
	"damtshilfe/spool"
)

// A file that cannot be taken keeps neither its neighbours waiting nor the gateway from starting.
func TestStuckFile(t *testing.T) {
	w := start(t, func(_ *demo.World, site string, c *config.Config) {
		if site == "rz-a" {
			leaveClaim(t, *c)
		}
	})
	in := w.Sender.In
	// A folder with something in it has the name of the file's marker and cannot be removed as one.
	marker := filepath.Join(in, "a.xml"+spool.MarkerSuffix)
	if err := os.MkdirAll(filepath.Join(marker, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	p := w.place(amtshilfe.KanalXTA)
	w.put(t, in, "a.xml", w.ersuchen(1, p, nil))
	w.put(t, in, "b.xml", w.ersuchen(2, p, nil))
	// The oldest is taken first: it must fail before its folder is gone.
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(in, "a.xml"), old, old); err != nil {
		t.Fatal(err)
	}
	w.settle(t, 3)
	for name, want := range map[string]amtshilfe.DropState{"a.xml": amtshilfe.DropEnded, "b.xml": amtshilfe.DropEnded,
		"a.xml" + spool.MarkerSuffix: amtshilfe.DropQuarantined} {
		if d := w.drop(t, w.Sender.Account, name); d.State != want {
			t.Errorf("%s is %s, want %s", name, d.State, want)
		}
	}
	if claims, err := w.a.Ledger.Claims(); err != nil || len(claims) != 0 {
		t.Errorf("claims that nobody ends: %v %v", claims, err)
	}
}

// leaveClaim books a claim of an account that is no longer configured.
func leaveClaim(t *testing.T, c config.Config) {
	t.Helper()
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(c.LedgerFile(), nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	now := time.Now()
	gone := ledger.Drop{Source: spool.FromIn, Drop: amtshilfe.Drop{ID: amtshilfe.NewDropID(now), Account: "gone", Name: "x.xml", ReceivedAt: now, Betriebsart: amtshilfe.Test}}
	if err := l.Claiming([]ledger.Drop{gone}); err != nil {
		t.Fatal(err)
	}
}
