package app_test

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/app"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
	"damtshilfe/internal/register"
)

// look asks for a page as a browser with a person's certificate does; without a person at the address alone.
func (a *authorities) look(person, address string, form url.Values) (int, string) {
	a.t.Helper()
	client := &http.Client{Timeout: 10 * time.Second}
	if person != "" {
		pair, err := certs.LoadPair(a.path(person+".pem"), a.path(person+".key"))
		if err != nil {
			a.t.Fatal(err)
		}
		conf, err := certs.ClientTLS(pair, a.ca.Pair.Cert)
		if err != nil {
			a.t.Fatal(err)
		}
		tr := &http.Transport{TLSClientConfig: conf}
		defer tr.CloseIdleConnections()
		client.Transport = tr
	}
	resp, err := client.Get(address)
	if form != nil && err == nil {
		resp.Body.Close()
		resp, err = client.PostForm(address, form)
	}
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

// TestMaintainersSeeTheDirectory: over a real store, on loopback and below /pflege/, to maintainers only; what waits and what was accepted
// is seen without a restart, and a secondary says what it is.
func TestMaintainersSeeTheDirectory(t *testing.T) {
	a := newAuthorities(t)
	a.secondPerson = true
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	own := "http://" + l.Addr().String()
	l.Close()
	a.start("primary", func(c *config.RegisterServer) { c.Pages.Listen = strings.TrimPrefix(own, "http://") })
	_, stopSecondary := a.start("secondary", nil)
	pflege := a.url("primary") + register.PagesPath

	for person, want := range map[string]int{"m1": 200, "asker": 403, "secondary": 403} {
		if code, _ := a.look(person, pflege+"/", nil); code != want {
			t.Errorf("%s gets %d, want %d", person, code, want)
		}
		if code, _ := a.look(person, pflege+"/auskunft", url.Values{"plz": {"24937"}, "ort": {"Flensburg"}}); code != want {
			t.Errorf("%s asks and gets %d, want %d", person, code, want)
		}
	}
	if code, body := a.look("", own+"/behoerde?kennung=kka:01001000", nil); code != 200 || !strings.Contains(body, "Stadt Flensburg, Vollstreckungsstelle") {
		t.Errorf("loopback: %d", code)
	}
	if _, body := a.look("m1", pflege+"/", nil); !strings.Contains(body, "Primärserver") {
		t.Error("the primary does not say that it is one")
	}

	a.post("m1", "/aenderung", rename("Stadt Flensburg, Amt Eins", "neuer Name"))
	if _, body := a.look("m2", pflege+"/aenderungen?aenderung=1", nil); !strings.Contains(body, "neuer Name") || !strings.Contains(body, "Amt Eins") || !strings.Contains(body, "<b>1</b> geändert") {
		t.Errorf("the change that waits is not shown:\n%s", body)
	}
	a.post("m2", "/aenderung/1/annehmen", "grund: passt")
	a.until("the page shows the new name", func() bool {
		_, body := a.look("", own+"/behoerde?kennung=kka:01001000", nil)
		return strings.Contains(body, "Amt Eins") && strings.Contains(body, "geändert: Name")
	})
	if _, body := a.look("", own+"/fassung?seq=2", nil); !strings.Contains(body, "angenommen von") || !strings.Contains(body, "Amt Eins") {
		t.Errorf("the second version is not shown:\n%s", body)
	}
	a.until("the secondary shows it, too", func() bool {
		_, body := a.look("m1", a.url("secondary")+register.PagesPath+"/suche?q=Amt+Eins", nil)
		return strings.Contains(body, `id="treffer">1<`) && strings.Contains(body, "Sekundärserver")
	})
	stopSecondary()
	if strings.Contains(a.log.String(), "24937") {
		t.Error("an address stands in the log")
	}
}

// The address check is the print's own: what it finds a letter would be held for.
func TestTheAddressCheckSetsTheLines(t *testing.T) {
	fits, err := app.NewAddressCheck(config.Print{})
	if err != nil {
		t.Fatal(err)
	}
	if why := fits(register.Eintrag{Name: "Stadt Kiel", Anschriftzeilen: []string{"Rathausplatz 1", "24103 Kiel"}}); why != "" {
		t.Errorf("a usual address: %s", why)
	}
	if why := fits(register.Eintrag{Name: strings.Repeat("Verwaltungsgemeinschaft ", 10), Anschriftzeilen: []string{"Platz 1", "24103 Kiel"}}); !strings.Contains(why, "Druckprofil") {
		t.Errorf("a long name: %q", why)
	}
}
