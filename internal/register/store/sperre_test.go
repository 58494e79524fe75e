package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
	"damtshilfe/internal/register/store"
)

// TestRevoke: it counts at once, needs no second person, is seen by other processes, and the directory says so, too.
func TestRevoke(t *testing.T) {
	dir := t.TempDir()
	f := file("1", "Dresden")
	key := strings.Repeat("ab", 32)
	f.Zertifikate = []register.Zertifikat{{Fingerabdruck: key, Zweck: register.ZweckVerschluesselung, Kennung: "kka:Dresden", Betriebsart: amtshilfe.Test,
		GueltigAb: time.Unix(1e9, 0), GueltigBis: time.Unix(2e9, 0)}}
	first := open(t, dir, store.Options{})
	must[store.Fassung](t)(first.Put(ctx, f, meyer))

	watched, stop := context.WithCancel(ctx)
	lists, ended := make(chan []register.Sperre, 10), make(chan struct{})
	go func() { defer close(ended); first.WatchSperren(watched, func(l []register.Sperre) { lists <- l }) }()
	defer func() { stop(); <-ended }()
	if l := <-lists; len(l) != 0 {
		t.Errorf("revoked at the start: %v", l)
	}

	other := open(t, dir, store.Options{SecondPerson: true})
	lost := store.By{Wer: "meyer", Grund: "Schlüssel verloren"}
	began := time.Now()
	if again, err := other.Revoke(ctx, strings.ToUpper(key), lost); err != nil || again {
		t.Fatal(again, err)
	}
	if l := <-lists; len(l) != 1 || l[0].Fingerabdruck != key || l[0].Grund != "Schlüssel verloren" || time.Since(l[0].Ab) > time.Minute {
		t.Errorf("%+v", l)
	}
	t.Logf("seen by another process after %s", time.Since(began).Round(time.Millisecond))
	d, v, err := other.Current()
	if err != nil || v.Seq != 2 || d.File().Zertifikate[0].Gesperrt.IsZero() || d.File().Zertifikate[0].Grund != "Schlüssel verloren" {
		t.Errorf("%+v %v", v, err)
	}
	if again, err := other.Revoke(ctx, key, schulze); err != nil || !again {
		t.Error(again, err)
	}
	if again, err := first.Revoke(ctx, strings.Repeat("cd", 32), schulze); err != nil || again { // one that the directory does not know
		t.Error(again, err)
	}
	if _, v, _ := first.Current(); v.Seq != 2 {
		t.Errorf("version %d for nothing", v.Seq)
	}
	if _, err := first.Revoke(ctx, "xy", schulze); !errors.Is(err, store.ErrNoFingerprint) {
		t.Error(err)
	}
	if _, err := first.Revoke(ctx, key, store.By{}); err == nil {
		t.Error("nobody revoked it")
	}
	n := 0
	for _, e := range must[[]store.Entry](t)(first.Audit(10)) {
		if e.Was == "revoke" && e.Gegenstand != "version 1-f2" {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d revocations in the audit", n)
	}
	must[int](t)(first.CheckAudit())
	// A store without a directory takes revocations as well.
	empty := open(t, t.TempDir(), store.Options{})
	if _, err := empty.Revoke(ctx, key, lost); err != nil {
		t.Error(err)
	}
}
