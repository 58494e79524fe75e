package app_test

import (
	"bytes"
	"context"
	"encoding/xml"
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
	atEnd = append(atEnd, func() {
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

// output runs a tool of Debian in dir.
func output(t *testing.T, dir, apt, tool string, args ...string) string {
	t.Helper()
	need(t, tool, apt)
	cmd := exec.CommandContext(t.Context(), tool, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", tool, err, out)
	}
	return string(out)
}

// TestEveryBundle: what the print centre finds is whole, checks out with its own tools, and shows addresses in the window.
func TestEveryBundle(t *testing.T) {
	p := playDemo(t)
	letters := 0
	for _, dir := range p.files(t, "rz-a/var/print/standard/inbox/*") {
		id := filepath.Base(dir)
		b, err := p.ledger.Bundle(amtshilfe.BundleID(id))
		if err != nil || b.State != amtshilfe.BundlePublished {
			t.Fatalf("bundle %s is %s: %v", id, b.State, err)
		}
		sums := output(t, dir, "coreutils", "sha256sum", "-c", "--strict", id+"_sha256sum")
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		// All but the list itself and the empty marker.
		if n := strings.Count(sums, ": OK\n"); n != len(entries)-2 {
			t.Errorf("%d files have a checksum, %d lie there:\n%s", n, len(entries), sums)
		}
		index := readIndex(t, dir, id)
		if out := output(t, dir, "qpdf", "qpdf", "--check", index.Datei); strings.Contains(out, "WARNING") {
			t.Errorf("qpdf: %s", out)
		}
		fonts := output(t, dir, "poppler-utils", "pdffonts", index.Datei)
		for i, line := range strings.Split(strings.TrimSpace(fonts), "\n") {
			if f := strings.Fields(line); i > 1 && (len(f) < 7 || f[len(f)-5] != "yes") {
				t.Errorf("font not embedded: %s", line)
			}
		}
		deliveries, err := p.ledger.BundleDeliveries(b.ID)
		if err != nil {
			t.Fatal(err)
		}
		if len(deliveries) != len(index.Sendungen) || b.Letters != len(deliveries) {
			t.Errorf("%d letters in the index, %d in the ledger", len(index.Sendungen), len(deliveries))
		}
		pages := readPages(t, dir, index.Datei)
		if len(pages) != b.Pages || index.Seiten != b.Pages {
			t.Errorf("%d pages, the index says %d, the ledger %d", len(pages), index.Seiten, b.Pages)
		}
		for _, d := range deliveries {
			letters++
			index.addressed(t, d, pages)
		}
	}
	if letters == 0 {
		t.Error("no letters: the test shows nothing")
	}
}

// indexXML is the list of letters in a bundle.
type indexXML struct {
	Datei     string `xml:"datei,attr"`
	Seiten    int    `xml:"seiten,attr"`
	Sendungen []struct {
		ID          string `xml:"id,attr"`
		Erste       int    `xml:"ersteSeite,attr"`
		Delivery    string `xml:"uebermittlung,attr"`
		Empfaenger  string `xml:"empfaenger,attr"`
		LetzteSeite int    `xml:"letzteSeite,attr"`
	} `xml:"sendung"`
}

func readIndex(t *testing.T, dir, id string) (index indexXML) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, id+"_index.xml"))
	if err == nil {
		err = xml.Unmarshal(data, &index)
	}
	if err != nil {
		t.Fatal(err)
	}
	return index
}

// word is a word on a page, in points from the top left corner.
type word struct {
	XMin float64 `xml:"xMin,attr"`
	YMin float64 `xml:"yMin,attr"`
	XMax float64 `xml:"xMax,attr"`
	YMax float64 `xml:"yMax,attr"`
	Text string  `xml:",chardata"`
}

func readPages(t *testing.T, dir, file string) [][]word {
	t.Helper()
	var doc struct {
		Pages []struct {
			Words []word `xml:"flow>block>line>word"`
		} `xml:"body>doc>page"`
	}
	d := xml.NewDecoder(strings.NewReader(output(t, dir, "poppler-utils", "pdftotext", "-bbox-layout", file, "-")))
	d.Strict = false
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	var pages [][]word
	for _, p := range doc.Pages {
		pages = append(pages, p.Words)
	}
	return pages
}

// addressed: name and address lines of the authority stand complete on the letter's first page within the part of a DIN 680 window
// that is always visible (x 20 to 100 mm, y 50 to 90 mm, less 3 mm on each side), each on one line.
func (x *indexXML) addressed(t *testing.T, d ledger.Delivery, pages [][]word) {
	t.Helper()
	const mm = 72 / 25.4
	for _, s := range x.Sendungen {
		if s.ID != d.Sendung.String() {
			continue
		}
		if s.Delivery != d.ID.String() || s.Empfaenger != d.Behoerde.Kennung || s.Erste < 1 || s.LetzteSeite > len(pages) {
			t.Errorf("index says %+v of %s to %s", s, d.ID, d.Behoerde.Kennung)
			return
		}
		var in []string
		for _, w := range pages[s.Erste-1] {
			if w.XMin >= 23*mm && w.XMax <= 97*mm && w.YMin >= 53*mm && w.YMax <= 87*mm {
				in = append(in, strings.TrimSpace(w.Text))
			}
		}
		text := strings.Join(in, " ")
		for _, line := range append([]string{d.Behoerde.Name}, d.Behoerde.Anschriftzeilen...) {
			if !strings.Contains(text, line) {
				t.Errorf("letter %s: %q is not in the window: %s", s.ID, line, text)
			}
		}
		return
	}
	t.Errorf("letter %s is not in the index", d.Sendung)
}
