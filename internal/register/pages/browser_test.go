package pages_test

import (
	"context"
	"flag"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"damtshilfe/internal/register/pages"
)

var shots = flag.String("screenshots", "", "directory to write screenshots of the pages to")

// browser starts Debian's chromium; without it the test fails, because nothing else shows that the pages work.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium is missing: apt-get install chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return ctx
}

// everyPage is shown at the width of a desk and of a telephone: none may need sideways scrolling.
var everyPage = []struct{ name, path string }{
	{"overview", "/"}, {"search", "/suche?q=stadt"}, {"authority", "/behoerde?kennung=kka:01001000"}, {"hostile", "/behoerde?kennung=kka:06633"},
	{"long", "/behoerde?kennung=kka:lang"}, {"municipality", "/gemeinde?ags=06611000"}, {"ended", "/gemeinde?ags=16063105"}, {"answer", "/auskunft"}, {"gaps", "/luecken"},
	{"certificates", "/zertifikate"}, {"changes", "/aenderungen?aenderung=7"}, {"versions", "/fassungen"}, {"version", "/fassung?seq=3"}, {"nowhere", "/nirgends"},
}

func TestInABrowser(t *testing.T) {
	srv := httptest.NewServer(handler(t, options(t), pages.Mount{}))
	t.Cleanup(srv.Close)
	ctx := browser(t) // one for all: starting it is what takes long
	t.Run("a search leads to an authority and on to a municipality", func(t *testing.T) { followsLinks(t, ctx, srv.URL) })
	t.Run("a question is answered with the reason", func(t *testing.T) { asks(t, ctx, srv.URL) })
	t.Run("the keyboard reaches the content first", func(t *testing.T) { keyboard(t, ctx, srv.URL) })
	for i, p := range everyPage {
		if testing.Short() && i%3 != 0 {
			continue // the race detector makes each three times as long
		}
		t.Run(p.name+" fits, is labelled and can be read", func(t *testing.T) { looks(t, ctx, srv.URL+p.path, p.name) })
	}
	t.Run("paper needs no navigation", func(t *testing.T) { paper(t, ctx, srv.URL) })
}

// looks shows a page on a desk, in the dark and on a telephone.
func looks(t *testing.T, ctx context.Context, url, name string) {
	t.Helper()
	if err := chromedp.Do(ctx, scheme("light"), chromedp.EmulateViewport(1280, 900), chromedp.Navigate(url)); err != nil {
		t.Fatal(err)
	}
	for _, look := range []struct {
		name, scheme, ground string
		width                int64
	}{{"desk", "light", "rgb(244, 245, 247)", 1280}, {"dark", "dark", "rgb(18, 22, 28)", 1280}, {"telephone", "light", "rgb(244, 245, 247)", 380}} {
		if err := chromedp.Do(ctx, scheme(look.scheme), chromedp.EmulateViewport(look.width, 900)); err != nil {
			t.Fatal(err)
		}
		shot(t, ctx, look.name+"-"+name+".png")
		got := evaluate[map[string]string](t, ctx, `({ground: getComputedStyle(document.body).backgroundColor, unlabelled: `+unlabelled+`, faint: `+faint+`,
			wide: document.documentElement.scrollWidth > document.documentElement.clientWidth ? "the page is wider than the window" : ""})`)
		if want := (map[string]string{"ground": look.ground, "unlabelled": "", "faint": "", "wide": ""}); !maps.Equal(got, want) {
			t.Errorf("%s: %q", look.name, got)
		}
	}
}

func scheme(value string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, target *chromedp.Target) (none chromedp.Void, err error) {
		return none, target.Call(ctx, "Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": value}}}, nil)
	}
}

// unlabelled finds what a screen reader could not name: fields without label, tables without heads, pictures without text.
const unlabelled = `(() => {
  const bad = [];
  for (const e of document.querySelectorAll("input, select")) if (!e.labels.length) bad.push(e.id);
  for (const e of document.querySelectorAll("table")) if (!e.querySelector("thead th[scope=col]")) bad.push("table " + e.id);
  for (const e of document.querySelectorAll("svg")) if (!e.getAttribute("aria-label")) bad.push("svg");
  for (const e of document.querySelectorAll("a, button")) if (!e.textContent.trim() && !e.getAttribute("aria-label")) bad.push(e.outerHTML);
  if (document.querySelectorAll("h1").length !== 1) bad.push("h1");
  return bad.join("; ");
})()`

// faint finds text whose contrast to what it stands on is below what WCAG 2.1 AA wants.
const faint = `(() => {
  const rgb = s => (s.match(/[\d.]+/g) || []).map(Number);
  const light = c => { const [r, g, b] = c.map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] === 1) return c.slice(0, 3); } return [255, 255, 255]; };
  const bad = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n; n = walk.nextNode();) {
    if (!n.data.trim()) continue;
    const e = n.parentElement, a = light(rgb(getComputedStyle(e).color).slice(0, 3)), b = light(ground(e));
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) bad.add(e.tagName + "." + e.className + " " + contrast.toFixed(2));
  }
  return [...bad].join("; ");
})()`

func followsLinks(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(url+"/"), chromedp.Click(chromedp.CSS(`nav a[href="/suche"]`)),
		chromedp.WaitVisible(chromedp.CSS("#q")), chromedp.SendKeys(chromedp.CSS("#q"), "vollstreckungsstelle kassel\r"),
		chromedp.WaitVisible(chromedp.CSS("#liste")), chromedp.Click(chromedp.CSS("#liste tbody a")), chromedp.WaitVisible(chromedp.CSS("#gemeinden"))); err != nil {
		t.Fatal(err)
	}
	if got := text(t, ctx, "h1"); got != "Stadt Kassel, Vollstreckungsstelle\nkka:06611000 · Produktion · Hessen" {
		t.Errorf("the first hit leads to %q", got)
	}
	if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS("#gebiete tbody a")), chromedp.WaitVisible(chromedp.CSS("#zustaendig"))); err != nil {
		t.Fatal(err)
	}
	if got := text(t, ctx, "#zustaendig tbody tr:nth-child(2) th"); !strings.HasPrefix(got, "120\u00a0Hundesteuer, 200\u00a0Bußgeld, ") {
		t.Errorf("the second row is for %q", got)
	}
}

func asks(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.Navigate(url+"/auskunft"), chromedp.SendKeys(chromedp.CSS("#plz"), "34117"), chromedp.SendKeys(chromedp.CSS("#ort"), "Kassel"),
		chromedp.Click(chromedp.CSS("form.ask button")), chromedp.WaitVisible(chromedp.CSS("#antwort"))); err != nil {
		t.Fatal(err)
	}
	shot(t, ctx, "desk-answered.png")
	if got := evaluate[string](t, ctx, "location.search"); got != "" {
		t.Errorf("the address stands in the URL: %s", got)
	}
	if got := text(t, ctx, "#antwort"); got == "" {
		t.Error("no answer")
	}
}

func keyboard(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.Navigate(url+"/luecken"), chromedp.KeyEvent("\t")); err != nil {
		t.Fatal(err)
	}
	if got := evaluate[string](t, ctx, "document.activeElement.textContent"); got != "Zum Inhalt" {
		t.Errorf("the first stop of the tab key is %q", got)
	}
}

func evaluate[T any](t *testing.T, ctx context.Context, script string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func text(t *testing.T, ctx context.Context, selector string) string {
	t.Helper()
	s, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS(selector)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func shot(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	if *shots == "" {
		return
	}
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*shots, name), png, 0o644); err != nil {
		t.Fatal(err)
	}
}

// paper prints a page.
func paper(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	if err := chromedp.Do(ctx, scheme("dark"), chromedp.Navigate(url+"/luecken")); err != nil {
		t.Fatal(err)
	}
	pdf, err := chromedp.Run(ctx, chromedp.PrintToPDF())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "luecken.pdf")
	if *shots != "" {
		file = filepath.Join(*shots, "luecken.pdf")
	}
	if err := os.WriteFile(file, pdf, 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-layout", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string]bool{"22929 auch in": true, "Betriebsart": true, "Zum Inhalt": false, "Anzeigen": false, "Fassungen": false} {
		if strings.Contains(string(out), word) != want {
			t.Errorf("that %q is printed should be %v:\n%s", word, want, out)
		}
	}
}
