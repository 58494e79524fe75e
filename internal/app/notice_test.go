package app_test

import (
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/app"
	"damtshilfe/spool"
)

func TestWaitingNotice(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	file := func(reason spool.WaitReason, age time.Duration) spool.Waiting {
		return spool.Waiting{Name: "geheim.part", Reason: reason, Since: now.Add(-age)}
	}
	for _, tt := range []struct {
		name    string
		waiting []spool.Waiting
		want    string
	}{
		{"nothing waits", nil, ""},
		{"an upload of a minute ago may still be renamed", []spool.Waiting{file(spool.WaitRename, time.Minute)}, ""},
		{"a file that settles is taken by itself", []spool.Waiting{file(spool.WaitSettle, time.Hour)}, ""},
		{"two that were never renamed or marked are told of, with the older one's time",
			[]spool.Waiting{file(spool.WaitRename, time.Hour), file(spool.WaitMarker, 2*time.Hour)}, "2 Dateien, die nicht übernommen werden, die älteste seit 22.11.2026 10:00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := app.WaitingNotice("stadt-a", tt.waiting, now)
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("notice = %q, want %q in it", got, tt.want)
			}
			if strings.Contains(got, "geheim") {
				t.Errorf("notice names a file: %q", got)
			}
		})
	}
}
