package xta_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"damtshilfe/internal/durable"
	"damtshilfe/internal/xta"
)

// terms of the tests: contents a day, rows three, unused ids two.
var terms = xta.Terms{Content: 24 * time.Hour, Reports: 72 * time.Hour, Unused: 48 * time.Hour}

func (c *clockwork) files() (names []string) {
	c.t.Helper()
	found, err := filepath.Glob(filepath.Join(c.path, "*.seg"))
	check(c.t, err)
	return found
}

func (c *clockwork) tidy(want xta.Tidied) {
	c.t.Helper()
	got, err := c.mailbox.Tidy(c.t.Context(), terms)
	check(c.t, err)
	if got != want {
		c.t.Errorf("tidied %+v, want %+v", got, want)
	}
}

// marked is an order whose content can be found in a file.
func marked(text string) []string {
	return []string{"PGEvPg==", "PGEv" + text + "Pg=="} // base64 of <a/ ... >
}

func TestTidyKeepsTheTerms(t *testing.T) {
	c := newClockwork(t)
	start := c.now
	open, closed, unused := c.put(), c.put(marked("AAAA")...), c.issue()
	c.close(closed)
	days := func(n float64) { c.now = start.Add(time.Duration(n * 24 * float64(time.Hour))) }
	content := func() bool {
		for _, f := range c.files() {
			data, err := os.ReadFile(f)
			check(t, err)
			if bytes.Contains(data, []byte("<a/\x00\x00\x00>")) {
				return true
			}
		}
		return false
	}
	if !content() {
		t.Fatal("the content is not found where it should be")
	}
	days(0.9)
	c.tidy(xta.Tidied{})
	days(1.1)
	c.tidy(xta.Tidied{Contents: 1})
	c.tidy(xta.Tidied{})
	if content() {
		t.Error("the content still lies in its segment")
	}
	if _, _, err := c.mailbox.Read(t.Context(), closed); !errors.Is(err, xta.ErrContentGone) {
		t.Errorf("read: %v", err)
	}
	c.reported(closed, "1", "quittiert")
	if _, got, err := c.mailbox.Read(t.Context(), open); err != nil || text(t, got) != "<a/>" {
		t.Errorf("its neighbour: %v", err)
	}
	days(2.1)
	c.tidy(xta.Tidied{Unused: 1})
	if got := code(t, c.answerAs(c.authorCert, "/xta/send", order(unused))); got != "9022" {
		t.Errorf("an id that was removed: %q, want 9022", got)
	}
	days(3.1)
	c.tidy(xta.Tidied{Reports: 1})
	if got := code(t, c.report(closed)); got != "9070" {
		t.Errorf("report that was removed: %q, want 9070", got)
	}
	if got := code(t, c.answerAs(c.authorCert, "/xta/send", order(closed))); got != "9022" {
		t.Errorf("its id again: %q, want 9022", got)
	}
	c.close(open)
	days(4.2)
	c.restart() // the segment is no longer the one that is written
	c.tidy(xta.Tidied{Contents: 1, Files: 0})
	if left := c.files(); len(left) != 0 {
		t.Errorf("segments without messages: %v", left)
	}
}

// TestTidyRemovesWhatWasNeverAcknowledged: a segment whose contents have no row goes, the one being written stays.
func TestTidyRemovesWhatWasNeverAcknowledged(t *testing.T) {
	c := newClockwork(t)
	check(t, os.WriteFile(filepath.Join(c.path, "77.seg"), []byte("never acknowledged"), 0o600))
	c.restart()
	c.tidy(xta.Tidied{}) // younger than all rows: they may have come back from a backup
	id := c.put()
	c.tidy(xta.Tidied{Files: 1})
	if _, _, err := c.mailbox.Read(t.Context(), id); err != nil {
		t.Error(err)
	}
}

// TestEveryStopOfTidy: from each durable step on the next one does the rest, and nothing that waits is touched.
func TestEveryStopOfTidy(t *testing.T) {
	c := newClockwork(t)
	start := c.now
	whole := c.put() // alone in its segment
	c.restart()
	open, shared, unused := c.put(), c.put(), c.issue()
	c.close(whole)
	c.close(shared)
	c.restart()
	for _, step := range []struct {
		after time.Duration
		want  func(k killed)
	}{
		{25 * time.Hour, func(k killed) {
			if len(c.files()) != 1 {
				t.Errorf("%+v: segments %v", k, c.files())
			}
			c.reported(whole, "1")
			c.reported(shared, "1")
		}},
		{100 * time.Hour, func(k killed) {
			for _, id := range []string{whole, shared, unused} {
				if got := code(t, c.report(id)); got != "9070" {
					t.Errorf("%+v: %s is still there: %q", k, id, got)
				}
			}
			if counts, err := c.mailbox.Counts(t.Context()); err != nil || counts.Stored != 1 || counts.Closed != 0 || counts.Issued != 0 {
				t.Errorf("%+v: counts %+v, %v", k, counts, err)
			}
		}},
	} {
		base := c.path
		c.now = start.Add(step.after)
		copies := c.stops(func() {
			_, err := c.mailbox.Tidy(t.Context(), terms)
			check(t, err)
		})
		if len(copies) < 4 {
			t.Fatalf("only %d steps", len(copies))
		}
		for _, k := range copies {
			c.goOn(k)
			if _, got, err := c.mailbox.Read(t.Context(), open); err != nil || text(t, got) != "<a/>" {
				t.Errorf("%+v: the open message: %v", k, err)
			}
			for e, err := range c.mailbox.All(t.Context()) { // as gateway verify does
				check(t, err)
				if e.State != xta.MailIssued && !e.Gone {
					if _, _, err := c.mailbox.Read(t.Context(), e.MessageID); err != nil {
						t.Errorf("%+v: %v", k, err)
					}
				}
			}
			_, err := c.mailbox.Tidy(t.Context(), terms)
			check(t, err)
			step.want(k)
		}
		check(t, c.mailbox.Close())
		c.path = base
		c.restart()
	}
}

// TestTidyLeavesTheSegmentThatIsWritten: all in it is gone, and the next message still comes into it.
func TestTidyLeavesTheSegmentThatIsWritten(t *testing.T) {
	c := newClockwork(t)
	c.close(c.put())
	c.now = c.now.Add(25 * time.Hour)
	c.tidy(xta.Tidied{Contents: 1})
	if got := c.files(); len(got) != 1 {
		t.Errorf("segments %v", got)
	}
	id := c.put()
	if _, got, err := c.mailbox.Read(t.Context(), id); err != nil || text(t, got) != "<a/>" {
		t.Errorf("the next message: %v", err)
	}
}

// TestTidyBetweenContentAndRow: a content that is on disk and has no row yet is not taken for one that nobody acknowledged.
func TestTidyBetweenContentAndRow(t *testing.T) {
	c := newClockwork(t)
	id := c.issue()
	check(t, c.mailbox.Close())
	armed, tidied := false, make(chan error, 1)
	c.openAt(func() time.Time { return c.now }, func(p durable.Point) {
		if !armed || p.Op != "commit" || p.After || len(c.files()) == 0 {
			return
		}
		armed = false
		go func() {
			_, err := c.mailbox.Tidy(context.Background(), xta.Terms{}) // nothing that needs the writer, which stands here
			tidied <- err
		}()
		select {
		case err := <-tidied: // it did not wait for the row
			tidied <- err
		case <-time.After(200 * time.Millisecond):
		}
	})
	c.build()
	armed = true
	if got := code(t, c.answerAs(c.authorCert, "/xta/send", order(id, marked(strings.Repeat("AAAA", 100<<10))...))); got != "" {
		t.Fatal(got)
	}
	check(t, <-tidied)
	if _, _, err := c.mailbox.Read(t.Context(), id); err != nil {
		t.Error(err)
	}
}

// TestTidyWhileMessagesComeIn: no content that was acknowledged goes, however segments end meanwhile.
func TestTidyWhileMessagesComeIn(t *testing.T) {
	c := newClockwork(t)
	ctx, stop := context.WithCancel(t.Context())
	tidied := make(chan error, 1)
	go func() {
		for ctx.Err() == nil {
			if _, err := c.mailbox.Tidy(context.Background(), terms); err != nil {
				tidied <- err
				return
			}
		}
		tidied <- nil
	}()
	var mu sync.Mutex
	var ids []string
	var wg sync.WaitGroup
	large := marked(strings.Repeat("AAAA", 10<<10))
	for range 4 {
		wg.Go(func() {
			for range 8 {
				id := c.put(large...)
				mu.Lock()
				ids = append(ids, id)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	stop()
	check(t, <-tidied)
	for _, id := range ids {
		if _, _, err := c.mailbox.Read(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
}

// text is a content as text.
func text(t *testing.T, c xta.Content) string {
	t.Helper()
	data, err := xta.ReadAll(c.Data)
	check(t, err)
	return string(data)
}
