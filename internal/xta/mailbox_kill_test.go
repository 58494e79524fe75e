package xta_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/durable"
	"damtshilfe/internal/xta"
)

// killed is the mailbox as kill -9 leaves it at one durable step.
type killed struct {
	at   durable.Point
	path string
}

// stops runs f and copies the mailbox's directory at each durable step of it.
func (c *clockwork) stops(f func()) (copies []killed) {
	c.t.Helper()
	check(c.t, c.mailbox.Close())
	armed := false
	c.openAt(func() time.Time { return c.now }, func(p durable.Point) {
		if armed {
			to := filepath.Join(c.t.TempDir(), "copy")
			check(c.t, os.CopyFS(to, os.DirFS(c.path)))
			copies = append(copies, killed{p, to})
		}
	})
	c.build()
	armed = true
	f()
	armed = false
	return copies
}

// goOn opens the mailbox of a copy.
func (c *clockwork) goOn(k killed) {
	c.t.Helper()
	c.path = k.path
	c.restart()
}

// withdrawn counts what was taken out, and demands that reports and counters say the same.
func (c *clockwork) withdrawn(record string, ids ...string) (n int) {
	c.t.Helper()
	for e, err := range c.mailbox.All(c.t.Context()) {
		check(c.t, err)
		if e.State == xta.MailWithdrawn {
			n++
		}
	}
	counts, err := c.mailbox.Counts(c.t.Context())
	check(c.t, err)
	red := 0
	for _, id := range ids {
		report := c.report(id)
		if strings.Contains(report, "<xta:Status>3<") {
			red++
		}
		if told := strings.Count(report, "<code>"+record+"</code>"); told > 1 || (told == 1) != strings.Contains(report, "<xta:Status>3<") {
			c.t.Errorf("%d records of %s: %s", told, record, report)
		}
	}
	if counts.Withdrawn != n || red != n {
		c.t.Errorf("%d rows withdrawn, %d counted, %d red reports", n, counts.Withdrawn, red)
	}
	return n
}

// TestEveryStopOfAWithdrawal: whatever takes messages out is all there or not at all (a batch at a time for what is obsolete), and
// again it does the rest.
func TestEveryStopOfAWithdrawal(t *testing.T) {
	for _, tt := range []struct {
		name, record string
		change       []string
		wait         time.Duration
		do           func(c *clockwork, ids []string) error
		all          bool // of them in one transaction
	}{
		{"a reader leaves", "leser-ausgeschieden", nil, 0, func(c *clockwork, _ []string) error {
			_, err := c.mailbox.Depart(reader.Kennung)
			return err
		}, true},
		{"ObsoleteAfter is over", "verfallen", delivery("ObsoleteAfter", time.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly)), 72 * time.Hour,
			func(c *clockwork, _ []string) error {
				_, err := c.mailbox.WithdrawObsolete()
				return err
			}, true},
		{"the author cancels", "storniert", delivery("NotBefore", at(time.Now().Add(time.Hour))), 0, func(c *clockwork, ids []string) error {
			for _, id := range ids {
				if got := c.cancel(id); got != "" {
					t.Errorf("cancel: %s", got)
				}
			}
			return nil
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newClockwork(t)
			var ids []string
			for range 3 {
				ids = append(ids, c.put(tt.change...))
			}
			c.now = c.now.Add(tt.wait)
			copies := c.stops(func() { check(t, tt.do(c, ids)) })
			if len(copies) < 2 {
				t.Fatalf("only %d steps", len(copies))
			}
			before, after := false, false
			for _, k := range copies {
				c.goOn(k)
				n := c.withdrawn(tt.record, ids...)
				if tt.all && n != 0 && n != len(ids) {
					t.Errorf("%+v: %d of %d", k, n, len(ids))
				}
				before, after = before || n == 0, after || n == len(ids)
				check(t, tt.do(c, ids))
				if n := c.withdrawn(tt.record, ids...); n != len(ids) {
					t.Errorf("%+v: again took out %d of %d", k, n, len(ids))
				}
			}
			if !before || !after {
				t.Error("no copy from before and after the commit: nothing was shown")
			}
		})
	}
}
