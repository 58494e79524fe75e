package app_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/config"
	"damtshilfe/internal/demo"
	"damtshilfe/internal/register"
	"damtshilfe/internal/register/store"
)

// TestCertificatesOfTheDirectoryAreWatched: 90, 30 and 7 days before one ends the list, the log of the authority server and its page say
// so; of one that is replaced or revoked nobody is told.
func TestCertificatesOfTheDirectoryAreWatched(t *testing.T) {
	at, listeners, err := demo.Free()
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll(listeners)
	w, err := demo.Build(t.TempDir(), at, quick)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	rows := []struct {
		days             int
		replaced         bool
		state, level     string
		revoked, expects bool
	}{
		{365, false, "fine", "", false, false},
		{91, false, "fine", "", false, false},
		{89, false, "soon", "WARN", false, true},
		{29, false, "near", "WARN", false, true},
		{6, false, "urgent", "ERROR", false, true},
		{-1, false, "expired", "ERROR", false, true},
		{5, true, "replaced", "", false, false},
		{4, false, "revoked", "", true, false},
	}
	f := w.Dirs.File()
	for i, row := range rows {
		z := register.Zertifikat{Fingerabdruck: fmt.Sprintf("%064x", i+1), Zweck: register.ZweckTLS, Kennung: "rz:demo-a",
			GueltigAb: now.AddDate(-1, 0, 0), GueltigBis: now.AddDate(0, 0, row.days).Add(time.Hour)}
		if row.replaced {
			z.Nachfolger = fmt.Sprintf("%064x", 1)
		}
		f.Zertifikate = append(f.Zertifikate, z)
	}
	c := w.RegisterConfig()
	serve := config.RegisterServer{Store: filepath.Join(w.Dir, "register", "store"), Cert: c.Cert, Key: c.Key, ClientCA: c.ClientCA}
	s, err := app.OpenStore(serve, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Put(t.Context(), f, store.By{Wer: "meyer"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Revoke(t.Context(), fmt.Sprintf("%064x", len(rows)), store.By{Wer: "meyer", Grund: "verloren"}); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	run, err := app.RegisterServer(serve, app.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // it says so at the start
	if err := run(ctx, listeners["register"]["register"]); err != nil {
		t.Error(err)
	}
	d, _, err := s.Current()
	if err != nil {
		t.Fatal(err)
	}
	revoked, err := s.Sperren()
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]app.DirectoryCertificate{}
	for _, c := range app.DirectoryCertificates(d, revoked, now) {
		list[c.Fingerprint] = c
	}
	for i, row := range rows {
		fp := fmt.Sprintf("%064x", i+1)
		if got := list[fp]; got.State != row.state || got.Warns() != row.expects {
			t.Errorf("%d days: %+v", row.days, got)
		}
		said := ""
		for line := range strings.Lines(log.String()) {
			if strings.Contains(line, "sha256="+fp) && strings.Contains(line, "directory: rz:demo-a (tls)") {
				said, _, _ = strings.Cut(line[strings.Index(line, "level=")+6:], " ")
			}
		}
		if said != row.level {
			t.Errorf("%d days: the log says %q, want %q", row.days, said, row.level)
		}
	}
}

// TestParticipationEnds: the days of a retirement, and what the own gateway has open with an authority that ends.
func TestParticipationEnds(t *testing.T) {
	d, err := register.Sample()
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2027, 2, 10, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name               string
		versand, annahme   register.Datum
		wantVer, wantAnn   register.Datum
		kennung, complaint string
	}{
		{"this month's end, and three months for answers", "", "", "2027-02-28", "2027-05-31", "kka:14612000", ""},
		{"another month", "2027-12-31", "", "2027-12-31", "2028-03-31", "kka:14612000", ""},
		{"a shorter time for answers", "2027-02-28", "2027-02-28", "2027-02-28", "2027-02-28", "kka:14612000", ""},
		{"not in the middle of a month", "2027-02-27", "", "", "", "kka:14612000", "last day of a month"},
		{"not in the past", "2027-01-31", "", "", "", "kka:14612000", "in the past"},
		{"answers as long as messages at least", "2027-02-28", "2027-02-27", "", "", "kka:14612000", "at least until"},
		{"nobody", "", "", "", "", "kka:0", "the directory has no"},
	} {
		r, e, err := app.Retirement{Kennung: tt.kennung, Versand: tt.versand, Annahme: tt.annahme}.Plan(d, at)
		if tt.complaint != "" {
			if err == nil || !strings.Contains(err.Error(), tt.complaint) {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		if err != nil || r.Versand != tt.wantVer || r.Annahme != tt.wantAnn || e.Betriebsart != amtshilfe.Test {
			t.Errorf("%s: %+v %v", tt.name, r, err)
		}
	}
}
