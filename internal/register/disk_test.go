package register_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/register"
)

// shelf opens caches in one directory, one after the other.
type shelf struct {
	t    *testing.T
	w    *world
	path string
}

func newShelf(t *testing.T, w *world) *shelf { return &shelf{t, w, t.TempDir()} }

// with runs f with a client that keeps its answers there.
func (s *shelf) with(url string, f func(c *register.Client)) {
	s.t.Helper()
	dir, err := durable.New(nil).MakeDir(s.path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer dir.Close()
	d, err := register.OpenDisk(dir, register.DiskOptions{Now: s.w.clock.Now, MaxEntries: 50})
	if err != nil {
		s.t.Fatal(err)
	}
	defer d.Close()
	c := s.w.ask(register.Options{Servers: []string{url}, StaleIfError: 24 * time.Hour, Disk: d})
	f(c)
	c.Close()
	if err := d.Err(); err != nil {
		s.t.Errorf("cache: %v", err)
	}
}

func TestAnswersOutliveARestart(t *testing.T) {
	w := newWorld(t)
	server := w.serve(register.ServerOptions{MaxAge: 10 * time.Minute})
	s := newShelf(t, w)
	var want amtshilfe.Zustaendigkeit
	for _, step := range []struct {
		name  string
		wait  time.Duration
		away  bool
		asked int64
		age   time.Duration
	}{
		{"the first answer comes from the server", 0, false, 1, 0},
		{"after a restart it comes from the disk", 5 * time.Minute, false, 1, 5 * time.Minute},
		{"so it does while the server is away", time.Minute, true, 1, 6 * time.Minute},
		{"also when it is too old to be fresh", time.Hour, true, 2, 66 * time.Minute},
		{"and is asked for again when the server is back", time.Hour, false, 3, 0},
	} {
		t.Run(step.name, func(t *testing.T) {
			w.clock.add(step.wait)
			server.away.Store(step.away)
			s.with(server.url, func(c *register.Client) {
				z, err := lookup(t, c, "01067", "Dresden")
				if err != nil || z.Age != step.age || server.asked.Load() != step.asked {
					t.Errorf("age %v, asked %d times, %v; want age %v, %d times", z.Age, server.asked.Load(), err, step.age, step.asked)
				}
				if z.Age = 0; want.Behoerde.Kennung == "" {
					want = z
				}
				if z.Behoerde.Name != want.Behoerde.Name || z.Behoerde.Land != "SN" || z.Regel != want.Regel || len(z.Kanaele) != len(want.Kanaele) || z.Kanaele[0].Rechenzentrum.Send != want.Kanaele[0].Rechenzentrum.Send {
					t.Errorf("got %+v, want %+v", z, want)
				}
			})
		})
	}
}

// Answers are about authorities; whose address was asked about must not be read out of the file.
func TestTheFileNamesNoAddress(t *testing.T) {
	w := newWorld(t)
	server := w.serve(register.ServerOptions{})
	s := newShelf(t, w)
	s.with(server.url, func(c *register.Client) {
		a := at("01067", "Dresden")
		a.Strasse = "Unverwechselbarweg 77"
		if _, err := c.Lookup(t.Context(), grundsteuer, a, amtshilfe.Test); err != nil {
			t.Fatal(err)
		}
	})
	files, err := filepath.Glob(filepath.Join(s.path, "cache.db*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("files %v, %v", files, err)
	}
	seen := false
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte("Unverwechselbar")) {
			t.Errorf("%s names the street", filepath.Base(f))
		}
		seen = seen || bytes.Contains(data, []byte("kka:14612000"))
	}
	if !seen {
		t.Error("the answer is not in the file")
	}
}

func TestABrokenCacheIsReplaced(t *testing.T) {
	w := newWorld(t)
	server := w.serve(register.ServerOptions{})
	s := newShelf(t, w)
	if err := os.WriteFile(filepath.Join(s.path, "cache.db"), bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s.with(server.url, func(c *register.Client) {
			if _, err := lookup(t, c, "01067", "Dresden"); err != nil {
				t.Error(err)
			}
		})
	}
	if n := server.asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	w := newWorld(t)
	server := w.serve(register.ServerOptions{})
	s := newShelf(t, w)
	ask := func(c *register.Client, n int) {
		var questions []register.Question
		for i := range n {
			a := at("01067", "Dresden")
			a.Strasse = "Weg " + time.Duration(i).String()
			questions = append(questions, register.Question{Einnahmeart: grundsteuer, Anschrift: a, Betriebsart: amtshilfe.Test})
		}
		if _, err := c.LookupAll(t.Context(), questions); err != nil {
			t.Fatal(err)
		}
	}
	s.with(server.url, func(c *register.Client) { ask(c, 900) })
	asked := server.asked.Load()
	w.clock.add(time.Minute)
	s.with(server.url, func(c *register.Client) { ask(c, 900) })
	if got := server.asked.Load() - asked; got != 1 {
		t.Errorf("%d requests for what was dropped, want 1", got)
	}
}
