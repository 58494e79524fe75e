package app_test

import (
	"testing"
	"time"

	"damtshilfe/internal/app"
	"damtshilfe/internal/register"
)

// TestWhyTheDirectoryIsWaitedFor: beside a message that waits for the directory stands since when nobody answers.
func TestWhyTheDirectoryIsWaitedFor(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 11, 22, 9, minute, 0, 0, time.UTC) }
	clock := func(t time.Time) string { return t.Format("15:04") }
	const silent = " antwortet kein Server des Behördenverzeichnisses; es wird weiter gefragt."
	for _, tt := range []struct {
		name  string
		state register.State
		want  string
	}{
		{"one answers, so it is only a matter of its turn", register.State{Servers: []register.ServerState{{Failed: at(1)}, {}}}, ""},
		{"none answers since the last one was lost", register.State{Servers: []register.ServerState{{Failed: at(1)}, {Failed: at(5)}}}, " Seit 09:05" + silent},
		{"questions fail, though looks are answered", register.State{Failing: at(3), Servers: []register.ServerState{{}}}, " Seit 09:03" + silent},
		{"there is none", register.State{}, " In diesem Gateway ist kein Server des Behördenverzeichnisses eingerichtet."},
	} {
		if got := app.DirectoryTrouble(tt.state, clock); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
