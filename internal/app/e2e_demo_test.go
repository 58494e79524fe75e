package app_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/config"
	"damtshilfe/internal/demo"
	"damtshilfe/internal/ledger"

	"github.com/chromedp/chromedp"
)

// lockedBuffer is what the demo prints, read while it stays up.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// played is a demo that came to rest and stays up.
type played struct {
	dir, page string
	said      string
	ledger    *ledger.Ledger // of site A, opened beside it
}

var pageAddress = regexp.MustCompile(`status page\s+(http://\S+)`)

// theDemo plays the demo once for all tests that look at its result.
var theDemo = sync.OnceValues(func() (*played, error) {
	dir, err := os.MkdirTemp("", "demo-e2e-")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	out, ended := &lockedBuffer{}, make(chan error, 1)
	go func() {
		_, err := demo.Run(ctx, demo.Options{Dir: dir, Out: out, Log: slog.New(slog.DiscardHandler)})
		ended <- err
	}()
	p := &played{dir: dir}
	later(func() {
		cancel()
		<-ended
		if p.ledger != nil {
			p.ledger.Close()
		}
		_ = os.RemoveAll(dir)
	})
	for deadline := time.Now().Add(120 * time.Second); !strings.Contains(out.String(), "staying up"); time.Sleep(50 * time.Millisecond) {
		select {
		case err := <-ended:
			ended <- err
			return nil, errors.Join(errors.New("the demo ended"), err)
		default:
		}
		if time.Now().After(deadline) {
			return nil, errors.New("the demo does not come to rest:\n" + out.String())
		}
	}
	p.said = out.String()
	if m := pageAddress.FindStringSubmatch(p.said); m != nil {
		p.page = m[1]
	}
	cfg, err := config.Load(filepath.Join(dir, "rz-a", "config.yaml"))
	if err != nil {
		return nil, err
	}
	p.ledger, err = ledger.Open(filepath.Join(cfg.DataDir, "ledger.db"), nil, time.Now)
	return p, err
})

func playDemo(t *testing.T) *played {
	t.Helper()
	p, err := theDemo()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// screenshots, if set, names the folder where TestDemoPage leaves its pictures for a person to look at.
const screenshots = "DAMT_SCREENSHOTS"

// TestDemoPage: the numbers that a browser shows are those of the ledger.
func TestDemoPage(t *testing.T) {
	need(t, "chromium", "chromium")
	p := playDemo(t)
	totals, err := p.ledger.Totals()
	if err != nil {
		t.Fatal(err)
	}
	var all, held, ended, moving int
	states := map[amtshilfe.State]int{}
	for _, c := range totals {
		all += c.N
		states[c.State] += c.N
		switch {
		case c.State.Waits():
			held += c.N
		case c.State.Ended(), c.State == amtshilfe.Spooled: // the demo's profile has no acknowledgements
			ended += c.N
		default:
			moving += c.N
		}
	}
	if all < 26 || held == 0 || ended == 0 || moving != 0 {
		t.Fatalf("the demo has %d messages, %d held, %d ended, %d in flight", all, held, ended, moving)
	}
	ctx := browser(t)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 1000), chromedp.Navigate(p.page)); err != nil {
		t.Fatal(err)
	}
	shows := func(selector, want string) {
		t.Helper()
		got, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS(selector)))
		if err != nil || strings.TrimSpace(got) != want {
			t.Errorf("%s shows %q, want %q (%v)", selector, got, want, err)
		}
	}
	shows("#held", strconv.Itoa(held))
	shows("#ended", strconv.Itoa(ended))
	shows("#in-flight", strconv.Itoa(moving))
	shows("#ended + .sub", "von "+strconv.Itoa(all)+" Übermittlungen")
	for s, n := range states {
		shows("#state-"+string(s)+" b", strconv.Itoa(n))
	}
	shows(".legend li:nth-child(2) b", strconv.Itoa(moving)) // the bar counts as the cards do
	shows(".legend li:nth-child(3) b", strconv.Itoa(held))
	if got, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS("#stapel tbody td:last-child"))); err != nil || strings.TrimSpace(got) == "–" {
		t.Errorf("the bundle was published at %q (%v)", got, err)
	}
	rows := func(section string, want int) {
		t.Helper()
		n, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.querySelectorAll("#`+section+` tbody tr").length`))
		if err != nil || n != want {
			t.Errorf("%s has %d rows, want %d (%v)", section, n, want, err)
		}
	}
	rows("rueckfragen", held)
	bundles, err := p.ledger.Bundles(100)
	if err != nil {
		t.Fatal(err)
	}
	rows("stapel", min(len(bundles), 20))
	if trouble, err := chromedp.Run(ctx, chromedp.Evaluate[string](`Array.from(document.querySelectorAll(".notice")).map(n => n.textContent).join("\n")`)); err != nil || trouble != "" {
		t.Errorf("the page warns: %s %v", trouble, err)
	}
	if wide, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > document.documentElement.clientWidth`)); err != nil || wide {
		t.Errorf("the page is wider than the window (%v)", err)
	}
	picture(t, ctx, "stand.png")
	t.Run("and so are those of the drop behind the question", func(t *testing.T) { p.dropPage(t, ctx, shows) })
}

// dropPage follows the link of the held message.
func (p *played) dropPage(t *testing.T, ctx context.Context, shows func(selector, want string)) {
	list, err := p.ledger.HeldList(10)
	if err != nil || len(list) == 0 {
		t.Fatal(list, err)
	}
	d, err := p.ledger.Drop(list[0].ID.Drop)
	if err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS("#rueckfragen tbody a")), chromedp.WaitVisible(chromedp.CSS("#messages"))); err != nil {
		t.Fatal(err)
	}
	shows("#messages", strconv.Itoa(d.Messages))
	rows, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.querySelectorAll("tr[id^='m-']").length`))
	if err != nil || rows != d.Messages {
		t.Errorf("%d messages are listed, want %d (%v)", rows, d.Messages, err)
	}
	text, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS("body")))
	if err != nil {
		t.Fatal(err)
	}
	if q := list[0].Hold; !strings.Contains(text, q.Code) || !strings.Contains(text, q.Text) {
		t.Error("the page does not say why the message waits")
	}
	for _, m := range messages(t, p.ledger, d.ID) {
		if strings.Contains(text, m.Aktenzeichen) || strings.Contains(text, m.UUID) {
			t.Errorf("the page shows the Aktenzeichen or UUID of %s", m.ID)
		}
	}
	picture(t, ctx, "lieferung.png")
}

func picture(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil || len(png) < 20_000 {
		t.Fatalf("screenshot of %d bytes: %v", len(png), err)
	}
	dir := os.Getenv(screenshots)
	if dir == "" {
		dir = t.TempDir()
	}
	if err := os.WriteFile(filepath.Join(dir, name), png, 0o644); err != nil {
		t.Fatal(err)
	}
}

// browser starts Debian's chromium.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium is missing: apt-get install -y chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return ctx
}

// files are all that match below the demo's folder.
func (p *played) files(t *testing.T, pattern string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(p.dir, pattern))
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Errorf("no %s", pattern)
	}
	return list
}

// TestEveryDocument: whatever the demo's gateways published validates with a validator that is not ours.
func TestEveryDocument(t *testing.T) {
	p := playDemo(t)
	for _, kind := range []struct{ name, pattern string }{
		{"receipts", "rz-?/var/accounts/*/out/*.quittung.xml"},
		{"containers of 013", "rz-?/var/accounts/*/out/*.uebermittlung.xml"},
		{"requests at the authorities", "rz-?/var/accounts/*/out/003_*.xml"},
		{"answers at the sender", "rz-?/var/accounts/*/out/004_*.xml"},
		{"withdrawals at the authority", "rz-?/var/accounts/*/out/008_*.xml"},
	} {
		t.Run(kind.name, func(t *testing.T) { lint(t, p.files(t, kind.pattern)...) })
	}
	t.Run("nothing else lies in out/", func(t *testing.T) {
		known := regexp.MustCompile(`(\.quittung|\.uebermittlung)\.xml$|^(003|004|008)_I[0-9]{6}-[0-9A-Z]+\.xml$`)
		for _, f := range p.files(t, "rz-?/var/accounts/*/out/*") {
			if !known.MatchString(filepath.Base(f)) {
				t.Errorf("%s", filepath.Base(f))
			}
		}
	})
}
