package app_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/attachment"
	"damtshilfe/internal/child"
	"damtshilfe/internal/config"
	"damtshilfe/internal/demo"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sample"
	"damtshilfe/internal/schema"
)

func TestMain(m *testing.M) {
	schema.ChildMain()
	attachment.ChildMain()
	child.Main(registerPeerName, serveRegisterPeer)
	code := m.Run()
	for _, end := range atEnd.ends {
		end()
	}
	os.Exit(code)
}

// atEnd keeps the ends of what several tests share.
var atEnd struct {
	mu   sync.Mutex
	ends []func()
}

// later does end after the last test.
func later(end func()) {
	atEnd.mu.Lock()
	defer atEnd.mu.Unlock()
	atEnd.ends = append(atEnd.ends, end)
}

// profileXSD is the schema of everything the gateway writes.
const profileXSD = "../../mapping/packs/damtshilfe-profil-1.0/vollstreckungshilfe.xsd"

// world is a demo world whose gateways run in this process, driven by the test.
type world struct {
	*demo.World
	a, b *app.Gateway
}

// quick is a timing for tests.
var quick = demo.Timing{Settle: 100 * time.Millisecond, Scan: 100 * time.Millisecond, XTATimeout: 10 * time.Second,
	Reports: []time.Duration{100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond}}

// start runs the authority server and both data centres until the test ends. change may alter a site's configuration ("rz-a",
// "rz-b") before it starts; nil = as the demo has it.
func start(t *testing.T, change func(w *demo.World, site string, c *config.Config)) *world {
	t.Helper()
	return startAt(t, app.Options{}, change)
}

// startAt is start with another clock or log for everything that runs.
func startAt(t *testing.T, o app.Options, change func(w *demo.World, site string, c *config.Config)) *world {
	t.Helper()
	return startWith(t, o, nil, change)
}

// startWith is startAt with another authority server: serve alters its configuration before it starts.
func startWith(t *testing.T, o app.Options, serveAs func(w *demo.World, c *config.RegisterServer), change func(w *demo.World, site string, c *config.Config)) *world {
	t.Helper()
	at, listeners, err := demo.Free()
	if err != nil {
		t.Fatal(err)
	}
	timing := quick
	timing.Now = o.Now
	built, err := demo.Build(t.TempDir(), at, timing)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{World: built}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	t.Cleanup(func() { // after the gateways' own clean-ups were registered, so it runs before them
		cancel()
		wg.Wait()
	})
	run := func(name string, f func(context.Context) error) {
		wg.Go(func() {
			if err := f(ctx); err != nil {
				t.Errorf("%s ended: %v", name, err)
			}
		})
	}
	c := built.RegisterConfig()
	register := config.RegisterServer{Directory: c.Directory, Cert: c.Cert, Key: c.Key, ClientCA: c.ClientCA}
	if serveAs != nil {
		serveAs(built, &register)
	}
	serve, err := app.RegisterServer(register, app.Options{Now: o.Now})
	if err != nil {
		t.Fatal(err)
	}
	run("authority server", func(ctx context.Context) error { return serve(ctx, listeners["register"]["register"]) })
	for _, s := range []struct {
		site demo.Site
		g    **app.Gateway
	}{{built.A, &w.a}, {built.B, &w.b}} {
		cfg, err := config.Load(s.site.Config)
		if err != nil {
			t.Fatal(err)
		}
		if change != nil {
			change(built, s.site.Name, &cfg)
		}
		g, err := app.New(cfg, app.Options{Listeners: listeners[s.site.Name], Poll: 50 * time.Millisecond, Backoff: 200 * time.Millisecond, Now: o.Now, Log: o.Log, Keep: o.Keep})
		if err != nil {
			t.Fatal(err)
		}
		*s.g = g
		run(s.site.Name, func(ctx context.Context) error { return errors.Join(g.Run(ctx), g.Close()) })
	}
	return w
}

// put drops a file into an account's in folder as a careful program does: under a name that waits, then renamed.
func (w *world) put(t *testing.T, in, name string, data []byte) {
	t.Helper()
	waiting := filepath.Join(in, "."+sample.UUID(time.Now().UnixNano(), 1))
	if err := os.WriteFile(waiting, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(waiting, filepath.Join(in, name)); err != nil {
		t.Fatal(err)
	}
}

// push does what cron does in production.
func (w *world) push(t *testing.T, g *app.Gateway) (idle bool) {
	t.Helper()
	work, err := g.Ledger.Work()
	if err != nil {
		t.Fatal(err)
	}
	waiting, err := g.Mailbox.Counts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if work.Inbox > 0 || len(waiting.Waiting) > 0 { // asking two dozen empty mailboxes each time would be most of the work
		if _, _, err := g.Pipeline.Fetch(t.Context()); err != nil {
			t.Logf("fetch: %v", err)
		}
	}
	if queues, err := g.Ledger.PrintQueues(); err == nil && work.Drops == 0 && len(queues) > 0 {
		if _, _, err := g.Pipeline.Print(t.Context()); err != nil {
			t.Errorf("print: %v", err)
		}
	}
	told, _, err := g.Pipeline.Tell(t.Context())
	if err != nil {
		t.Errorf("receipts: %v", err)
	}
	if work, err = g.Ledger.Work(); err != nil {
		t.Fatal(err)
	}
	return work.Idle() && told == 0 && len(waiting.Waiting) == 0
}

// settle waits until site A has at least the given number of drops and nothing is in flight in either data centre.
func (w *world) settle(t *testing.T, drops int) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for quiet := 0; quiet < 3; {
		if time.Now().After(deadline) {
			a, _ := w.a.Ledger.Work()
			b, _ := w.b.Ledger.Work()
			t.Fatalf("not at rest after two minutes: A %+v, B %+v, %d drops of %d", a, b, len(w.drops(t)), drops)
		}
		idle := w.push(t, w.a)
		idle = w.push(t, w.b) && idle
		if quiet++; !idle || len(w.drops(t)) < drops {
			quiet = 0
		}
		time.Sleep(40 * time.Millisecond)
	}
}

// drops lists what site A took in.
func (w *world) drops(t *testing.T) []ledger.Drop {
	t.Helper()
	list, err := w.a.Ledger.Drops(10_000)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// drop finds the drop of this name; the newest if there are several.
func (w *world) drop(t *testing.T, account, name string) ledger.Drop {
	t.Helper()
	for _, d := range w.drops(t) {
		if d.Account == account && d.Name == name {
			return d
		}
	}
	t.Fatalf("no drop %q of %s", name, account)
	return ledger.Drop{}
}

// messages are the messages of a drop.
func messages(t *testing.T, l *ledger.Ledger, id amtshilfe.DropID) []ledger.Delivery {
	t.Helper()
	list, err := l.InDrop(id, 0, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// place is a way's first district that is not the sender's.
func (w *world) place(kanal amtshilfe.Kanalart) sample.Place { return w.Places(kanal)[0] }

// ersuchen makes one good Ersuchen of the sender whose debtor lives at p.
func (w *world) ersuchen(seed int64, p sample.Place, fix func(*sample.Spec)) []byte {
	s := sample.New(sample.Options{N: 1, Seed: seed, Kennung: w.Sender.Kennung, Name: w.Sender.Name, Now: time.Now(), Places: []sample.Place{p}}, 0)
	for i := range s.Schuldner {
		for k := range s.Schuldner[i].Person.Anschriften {
			a := &s.Schuldner[i].Person.Anschriften[k]
			a.Postleitzahl, a.Ort, a.Ortsteil = p.PLZ, p.Ort, ""
		}
	}
	if fix != nil {
		fix(s)
	}
	return s.XML()
}

// lint validates documents against the profile with xmllint, which knows nothing of us.
func lint(t *testing.T, files ...string) {
	t.Helper()
	need(t, "xmllint", "libxml2-utils")
	if len(files) == 0 {
		t.Error("nothing to validate")
	}
	for len(files) > 0 {
		n := min(len(files), 200)
		out, err := exec.Command("xmllint", append([]string{"--noout", "--nonet", "--schema", profileXSD}, files[:n]...)...).CombinedOutput()
		if err != nil {
			for line := range strings.Lines(string(out)) {
				if !strings.HasSuffix(line, " validates\n") {
					t.Error(strings.TrimSpace(line))
				}
			}
		}
		files = files[n:]
	}
}

// need fails the test if a program is missing: a skip would prove nothing.
func need(t *testing.T, program, apt string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Fatalf("%s is missing: apt-get install -y %s", program, apt)
	}
}

// get reads a page.
func get(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", url, resp.Status, err)
	}
	return string(body)
}

// binary is the gateway as users have it, built once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "gateway-e2e-")
	if err != nil {
		return "", err
	}
	later(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "gateway")
	out, err := exec.Command("go", "build", "-o", path, "damtshilfe/cmd/gateway").CombinedOutput()
	if err != nil {
		return "", errors.New(string(out))
	}
	return path, nil
})

// gateway runs the command line beside the gateways and gives its output and exit code.
func gateway(t *testing.T, args ...string) (string, int) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	out, err := cmd.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return string(out), exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(out), 0
}
