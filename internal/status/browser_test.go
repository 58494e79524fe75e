package status_test

import (
	"context"
	"flag"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

var shots = flag.String("screenshots", "", "directory to write screenshots of the pages to")

// browser starts Debian's chromium; without it the test fails, because nothing else shows that the page works.
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

func TestInABrowser(t *testing.T) {
	srv := httptest.NewServer(serve(t, busy()))
	t.Cleanup(srv.Close)
	ctx := browser(t) // one for all: starting it is what takes long
	t.Run("the overview shows the numbers", func(t *testing.T) { showsNumbers(t, ctx, srv.URL) })
	t.Run("the link leads to the drop", func(t *testing.T) { followsLink(t, ctx, srv.URL) })
	t.Run("a small screen needs no sideways scrolling", func(t *testing.T) { smallScreen(t, ctx, srv.URL) })
}

func showsNumbers(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 1000), chromedp.Navigate(url+"/")); err != nil {
		t.Fatal(err)
	}
	shot(t, ctx, "overview.png")
	for _, tt := range []struct{ name, selector, want string }{
		{"what is in flight", "#in-flight", "1.289"},
		{"what is held", "#held", "15"},
		{"what has ended", "#ended", "8.958"},
		{"how old the register's answer is", "#register", "vor 1 Minute"},
		{"the count of a state", "#state-sent b", "325"},
		{"the drop's sum", "#lieferungen tbody tr:first-child td:last-child", "1.234.567,89"},
		{"the question's owner", "#rueckfragen tbody tr:first-child td:nth-child(3)", "Registerpflege"},
		{"the bundle's state", "#stapel tbody tr:first-child .tag", "Rückfrage"},
		{"the run that is under way", "#laeufe tbody tr:first-child td:nth-child(4)", "läuft"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS(tt.selector)))
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("%s shows %q, want %q", tt.selector, got, tt.want)
			}
		})
	}
	// The style sheet must have passed the content security policy.
	if bg, err := chromedp.Run(ctx, chromedp.Evaluate[string](`getComputedStyle(document.querySelector("header")).backgroundColor`)); err != nil || bg != "rgb(18, 48, 79)" {
		t.Errorf("header background %q, %v: the style sheet is not applied", bg, err)
	}
	fits(t, ctx)
}

func followsLink(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 800), chromedp.Navigate(url+"/"),
		chromedp.Click(chromedp.CSS("#lieferungen tbody tr:first-child a")), chromedp.WaitVisible(chromedp.CSS("#messages"))); err != nil {
		t.Fatal(err)
	}
	shot(t, ctx, "drop.png")
	if got, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS("#messages"))); err != nil || got != "10.000" {
		t.Errorf("messages %q, %v", got, err)
	}
	finding, err := chromedp.Run(ctx, chromedp.Text(chromedp.CSS("tr.detail li")))
	if want := "REGEL-IBAN Die IBAN der Bankverbindung ist falsch (Prüfziffer); bitte berichtigen und neu einliefern. <b>& Zeile 88, Spalte 14"; err != nil || finding != want {
		t.Errorf("finding %q, %v", finding, err)
	}
}

func smallScreen(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(400, 800), chromedp.Navigate(url+"/")); err != nil {
		t.Fatal(err)
	}
	shot(t, ctx, "small.png")
	fits(t, ctx)
}

func fits(t *testing.T, ctx context.Context) {
	t.Helper()
	if wide, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > document.documentElement.clientWidth`)); err != nil || wide {
		t.Errorf("the page is wider than the window (%v)", err)
	}
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
