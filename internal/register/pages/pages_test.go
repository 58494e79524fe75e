package pages_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"damtshilfe/internal/register"
	"damtshilfe/internal/register/pages"
)

func TestPagesSay(t *testing.T) {
	h := handler(t, options(t), pages.Mount{})
	for _, tt := range []struct {
		name, target string
		want         []string
	}{
		{"the overview counts the Betriebsart in use", "/", []string{`id="behoerden">6<`, "1 für alle Einnahmearten, ", `aria-label="`, "Hessen"}},
		{"the overview of another Betriebsart", "/?betriebsart=test", []string{`id="behoerden">1<`}},
		{"a search by name finds without umlauts", "/suche?q=muenchen", []string{`id="treffer">1<`, "München, Landeshauptstadt"}},
		{"a search by postcode", "/suche?q=34117", []string{"Kassel, documenta-Stadt"}},
		{"a search by AGS", "/suche?q=06611000&was=gemeinde", []string{`id="treffer">1<`}},
		{"a search by kennung", "/suche?q=kka:06611000", []string{"Stadt Kassel, Vollstreckungsstelle"}},
		{"a search without result says so", "/suche?q=xyzzy", []string{`id="treffer">0<`, "Nichts gefunden"}},
		{"an authority", "/behoerde?kennung=kka:01001000", []string{"Rathausplatz 1", "Flensburg, Stadt", "in weniger als 7 Tagen", "geändert: Anschriftzeilen", ">neu<", "Erika Muster"}},
		{"an authority that nobody confirmed", "/behoerde?kennung=kka:06633", []string{"noch nie", "nur für Ersuchen aus BY", "ab 500,00 €"}},
		{"an authority that does not fit the window", "/behoerde?kennung=kka:lang", []string{"im Sichtfenster ist Platz"}},
		{"a municipality says who answers for what, and why", "/gemeinde?ags=06611000", []string{"100\u00a0Grundsteuer, 110\u00a0Gewerbesteuer", "Stadt Kassel, Vollstreckungsstelle", "Land Hessen, Vollstreckungsstelle"}},
		{"a condition is shown with the answer that holds without it", "/gemeinde?ags=06633002", []string{"nur für Ersuchen aus BY", "Land Hessen, Vollstreckungsstelle"}},
		{"a municipality that has ended", "/gemeinde?ags=16063105", []string{"bestand bis 31.12.2024", "Nachfolger ist nicht eingetragen"}},
		{"the gaps", "/luecken", []string{"Gemeinde ohne zuständige Behörde", "Beendete Gemeinde ohne Nachfolger", "Behörde ohne nutzbaren Kanal", "Zertifikat läuft ab"}},
		{"the gaps of a Land", "/luecken?land=TH", []string{"Werra-Suhl-Tal", `id="anzahl">1<`}},
		{"the certificates that end", "/zertifikate", []string{`id="anzahl">1<`, strings.Repeat("cd", 32)}},
		{"all certificates", "/zertifikate?alle=1", []string{`id="anzahl">2<`}},
		{"changes that wait", "/aenderungen?aenderung=7", []string{"Umbenennung", "Stadt Flensburg, Stadtkasse", "neues Postfach", "<b>1</b> geändert"}},
		{"a report that no longer fits says so", "/aenderungen?meldung=7", []string{"passt nicht mehr"}},
		{"the versions", "/fassungen", []string{"2026-09", "in Kraft", "behoerden.csv"}},
		{"a version against the one before", "/fassung?seq=2", []string{"<b>1</b> neu", "register rollback 2"}},
		{"the first version", "/fassung?seq=1", []string{"keine Fassung davor"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := get(h, http.MethodGet, tt.target, nil)
			if w.Code != 200 {
				t.Fatalf("status %d", w.Code)
			}
			for _, want := range tt.want {
				if !strings.Contains(w.Body.String(), want) {
					t.Errorf("does not contain %q:\n%s", want, w.Body)
				}
			}
		})
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	h := handler(t, options(t), pages.Mount{Hosts: []string{"verzeichnis.example"}})
	for _, tt := range []struct {
		name, method, target string
		code                 int
	}{
		{"posting is possible to the lookup form only", http.MethodPost, "/luecken", 405},
		{"deleting is not possible", http.MethodDelete, "/behoerde?kennung=kka:06", 405},
		{"a foreign host name is refused", http.MethodGet, "http://evil.example/", 421},
		{"a foreign host name cannot ask either", http.MethodPost, "http://evil.example/auskunft", 421},
		{"the proxy's name is allowed", http.MethodGet, "http://verzeichnis.example/", 200},
		{"IPv6 loopback is allowed", http.MethodGet, "http://[::1]:8445/", 200},
		{"HEAD is allowed", http.MethodHead, "/", 200},
		{"an unknown authority is not found", http.MethodGet, "/behoerde?kennung=..%2f..%2fetc%2fpasswd", 404},
		{"an unknown municipality is not found", http.MethodGet, "/gemeinde?ags=%27%20OR%201=1", 404},
		{"a version that is no number is not found", http.MethodGet, "/fassung?seq=1%3b", 404},
		{"a version that never was is not found", http.MethodGet, "/fassung?seq=99999999999999999999", 404},
		{"another page is not found", http.MethodGet, "/admin", 404},
		{"a page number that is none is the first page", http.MethodGet, "/suche?seite=-1", 200},
		{"a page behind the last is the last", http.MethodGet, "/suche?seite=99999999999999999999", 200},
		{"a search of a megabyte is cut", http.MethodGet, "/suche?q=" + strings.Repeat("ä", 1<<19), 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := get(h, tt.method, tt.target, nil)
			if w.Code != tt.code {
				t.Errorf("status %d, want %d", w.Code, tt.code)
			}
			for name, want := range map[string]string{"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"} {
				if !strings.HasPrefix(w.Header().Get(name), want) {
					t.Errorf("header %s is %q", name, w.Header().Get(name))
				}
			}
		})
	}
}

// No value of a directory or a request becomes markup, on no page.
func TestTextIsNeverMarkup(t *testing.T) {
	h := handler(t, options(t), pages.Mount{})
	evil := url.QueryEscape(`"><script>alert(1)</script>`)
	for _, target := range []string{"/", "/suche", "/suche?q=" + evil, "/suche?q=alert", "/behoerde?kennung=kka:06633", "/behoerde?kennung=kka:rtl", "/gemeinde?ags=06633002", "/luecken",
		"/luecken?art=" + evil, "/auskunft?ort=" + evil + "&plz=" + evil, "/aenderungen?aenderung=7", "/fassung?seq=3", "/zertifikate", "/nirgends" + evil} {
		w := get(h, http.MethodGet, target, nil)
		body := w.Body.String()
		for _, bad := range []string{"<script", "<img", "onerror=\"", " style=", "<style", "javascript:", "http://", "https://"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s contains %q", target, bad)
			}
		}
	}
}

func TestTheLookupFormExplains(t *testing.T) {
	h := handler(t, options(t), pages.Mount{})
	for _, tt := range []struct {
		name string
		form url.Values
		want []string
	}{
		{"the answer with its steps", url.Values{"plz": {"34117"}, "ort": {"Kassel"}, "einnahmeart": {"100"}},
			[]string{"Stadt Kassel, Vollstreckungsstelle", "Gelesen als Postleitzahl", "Land 06", ">passt<"}},
		{"another kind of revenue, another authority", url.Values{"plz": {"34117"}, "ort": {"Kassel"}, "einnahmeart": {"300"}}, []string{"Land Hessen, Vollstreckungsstelle"}},
		{"an ambiguous place names the candidates", url.Values{"plz": {"22929"}, "ort": {"Köthel"}}, []string{"Mehrdeutig", "Land Hessen"}},
		{"facts decide a condition", url.Values{"plz": {"22929"}, "ort": {"Köthel"}, "land": {"BY"}, "betrag": {"1.250,50"}}, []string{"keine Zahl in Euro"}},
		{"a day before the directory knew", url.Values{"plz": {"99837"}, "ort": {"Berka"}, "tag": {"2026-02-30"}}, []string{"kein Datum"}},
		{"nobody", url.Values{"plz": {"99837"}, "ort": {"Berka"}}, []string{"Niemand ist zuständig"}},
		{"no place", url.Values{"plz": {"34117"}}, []string{"der Ort fehlt"}},
		{"a place of a script", url.Values{"plz": {"34117"}, "ort": {scriptName}}, []string{"&lt;script&gt;"}},
		{"too many measures", url.Values{"plz": {"34117"}, "ort": {"Kassel"}, "massnahme": make([]string, 500)}, []string{"Vollstreckungsstelle"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := get(h, http.MethodPost, "/auskunft", tt.form)
			if w.Code != 200 {
				t.Fatalf("status %d", w.Code)
			}
			for _, want := range tt.want {
				if !strings.Contains(w.Body.String(), want) {
					t.Errorf("does not contain %q:\n%s", want, w.Body)
				}
			}
			if strings.Contains(w.Body.String(), "<script") {
				t.Error("contains a script")
			}
		})
	}
	if w := get(h, http.MethodPost, "/auskunft", url.Values{"ort": {strings.Repeat("x", 1<<20)}}); !strings.Contains(w.Body.String(), "nicht vollständig") {
		t.Error("a form of a megabyte is read")
	}
}

func TestWithoutABookThePagesSaySo(t *testing.T) {
	o := options(t)
	o.Book, o.State, o.Fits = nil, nil, nil
	h := handler(t, o, pages.Mount{})
	for _, target := range []string{"/aenderungen", "/fassungen", "/behoerde?kennung=kka:06"} {
		if w := get(h, http.MethodGet, target, nil); w.Code != 200 || !strings.Contains(w.Body.String(), "in einer Datei") {
			t.Errorf("%s: status %d", target, w.Code)
		}
	}
	if w := get(h, http.MethodGet, "/fassung?seq=1", nil); w.Code != 404 {
		t.Errorf("a version without a book: status %d", w.Code)
	}
}

func TestABookThatFailsIsSaid(t *testing.T) {
	o := options(t)
	o.Book = book{err: errors.New("database is locked")}
	h := handler(t, o, pages.Mount{})
	for _, target := range []string{"/", "/fassungen", "/fassung?seq=1", "/aenderungen", "/behoerde?kennung=kka:06"} {
		if w := get(h, http.MethodGet, target, nil); w.Code != 503 || !strings.Contains(w.Body.String(), "database is locked") {
			t.Errorf("%s: status %d", target, w.Code)
		}
	}
	if w := get(h, http.MethodGet, "/suche?q=kassel", nil); w.Code != 200 {
		t.Errorf("a search does not need the book: status %d", w.Code)
	}
}

func TestWithoutADirectoryThePagesSaySo(t *testing.T) {
	o := options(t)
	o.Directory = func() *register.Directory { return nil }
	h := handler(t, o, pages.Mount{})
	for _, target := range []string{"/", "/suche?q=a", "/gemeinde?ags=06611000", "/fassungen"} {
		if w := get(h, http.MethodGet, target, nil); w.Code != 503 || !strings.Contains(w.Body.String(), "noch keine Fassung") {
			t.Errorf("%s: status %d", target, w.Code)
		}
	}
}

func TestBelowAPathLinksStayThere(t *testing.T) {
	h := handler(t, options(t), pages.Mount{Base: "/pflege", AnyHost: true})
	for _, target := range []string{"/pflege/", "/pflege/suche?q=stadt", "/pflege/behoerde?kennung=kka:01001000", "/pflege/gemeinde?ags=06611000", "/pflege/luecken", "/pflege/aenderungen", "/pflege/fassungen"} {
		w := get(h, http.MethodGet, "https://verzeichnis.example"+target, nil)
		if w.Code != 200 {
			t.Errorf("%s: status %d", target, w.Code)
		}
		for _, part := range strings.Split(w.Body.String(), `href="`)[1:] {
			if !strings.HasPrefix(part, "/pflege/") && !strings.HasPrefix(part, "#") {
				t.Errorf("%s has a link to %.40q", target, part)
			}
		}
	}
	if w := get(h, http.MethodGet, "/pflege/stil.css", nil); w.Code != 200 || w.Header().Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("style sheet: status %d", w.Code)
	}
}

var _ pages.Book = book{}
