package app_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/app"
	"damtshilfe/internal/config"
	"damtshilfe/internal/demo"
)

// TestExpiryIsSaidInTime: the log at the start, and the line of `gateway check`.
func TestExpiryIsSaidInTime(t *testing.T) {
	for _, tt := range []struct {
		name     string
		left     int // days
		log      string
		check    string
		complain bool
	}{
		{"a year", 365, "", "valid until ", false},
		{"91 days", 91, "", "valid until ", false},
		{"89 days", 89, "level=WARN", "expires soon, on ", false},
		{"29 days", 29, "level=WARN", "(near)", false},
		{"6 days", 6, "level=ERROR", "(urgent)", false},
		{"over", -2, "level=ERROR", "expired on ", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at, listeners, err := demo.Free()
			if err != nil {
				t.Fatal(err)
			}
			defer closeAll(listeners)
			life := 2 * 365 * 24 * time.Hour // of the demo's certificates
			made := time.Now().Add(-life + time.Duration(tt.left)*24*time.Hour + time.Hour)
			w, err := demo.Build(t.TempDir(), at, demo.Timing{Now: func() time.Time { return made }, XTATimeout: time.Second, Settle: time.Second, Scan: time.Second, Reports: []time.Duration{time.Second}})
			if err != nil {
				t.Fatal(err)
			}
			c := w.RegisterConfig()
			var log bytes.Buffer
			serve, err := app.RegisterServer(config.RegisterServer{Directory: c.Directory, Cert: c.Cert, Key: c.Key, ClientCA: c.ClientCA}, app.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel() // it says so at the start
			if err := serve(ctx, listeners["register"]["register"]); err != nil {
				t.Error(err)
			}
			if text := log.String(); !strings.Contains(text, tt.log) || strings.Contains(text, "what=register.serve") != (tt.log != "") {
				t.Errorf("log: %q", text)
			}
			cfg, err := config.Load(w.A.Config)
			if err != nil {
				t.Fatal(err)
			}
			list, err := app.Certificates(t.Context(), cfg)
			if err != nil || len(list) != 3 {
				t.Fatal(list, err)
			}
			line, ok := list[0].Line(time.Now())
			if !strings.Contains(line, tt.check) || ok == tt.complain {
				t.Errorf("check: %q %v", line, ok)
			}
		})
	}
}

func closeAll(listeners map[string]map[string]net.Listener) {
	for _, site := range listeners {
		for _, l := range site {
			l.Close()
		}
	}
}
