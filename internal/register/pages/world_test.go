package pages_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
	"damtshilfe/internal/register/pages"
)

var at = time.Date(2026, 11, 21, 16, 5, 9, 0, time.UTC)

// Names as hostile as people's data can be: a script, a change of direction, the longest a directory takes.
var (
	scriptName = `Stadt <script>alert("1")</script> & Söhne`
	rtlName    = "Gemeinde \u202eTXET\u202c שלום"
	longName   = strings.Repeat("Verwaltungsgemeinschaftsvorsitzende", 7) + "-Amt"
)

func authority(kennung, name, land string, change ...func(*register.Eintrag)) register.Eintrag {
	e := register.Eintrag{Kennung: kennung, Name: name, Land: land, Betriebsart: amtshilfe.Produktion,
		Anschrift:       register.Anschrift{Strasse: "Rathausplatz", Hausnummer: "1", Postleitzahl: "24937", Ort: "Flensburg"},
		Anschriftzeilen: []string{"Vollstreckungsstelle", "Rathausplatz 1", "24937 Flensburg"},
		Bestaetigt:      register.Bestaetigung{Von: "Erika Muster", Am: "2026-10-01"},
		Kanaele:         []register.Kanal{{Art: amtshilfe.KanalPost}}}
	for _, f := range change {
		f(&e)
	}
	return e
}

func area(keys ...string) func(*register.Eintrag) {
	return func(e *register.Eintrag) { e.Gebiete = append(e.Gebiete, register.Gebiet{Schluessel: keys}) }
}

func xta(e *register.Eintrag) {
	e.Kanaele = append([]register.Kanal{{Art: amtshilfe.KanalXTA, Adresse: e.Kennung, Rechenzentrum: "rz:a", Dienst: "urn:damtshilfe:vollstreckungshilfe:1"}}, e.Kanaele...)
}

func gemeinde(ags, name string, orte ...register.Ort) register.Gemeinde {
	return register.Gemeinde{AGS: ags, ARS: ags[:5] + "0000" + ags[5:], Name: name, Orte: orte}
}

func ort(name string, plz ...string) register.Ort { return register.Ort{Ort: name, PLZ: plz} }

// file is a small Germany with one of each kind of fault.
func file() register.File {
	codes := func(c ...string) func(*register.Eintrag) {
		return func(e *register.Eintrag) {
			e.Gebiete[0].Einnahmearten = []register.Codeliste{{List: register.EinnahmeartList, Version: register.EinnahmeartVersion, Codes: c}}
		}
	}
	return register.File{Version: "2026-11", Stand: at.Add(-20 * 24 * time.Hour),
		Rechenzentren: []register.Rechenzentrum{{Kennung: "rz:a", Management: "https://a.example/m", Send: "https://a.example/s"}},
		Verbaende:     []register.Verband{{Schluessel: "06633", Name: "Landkreis Kassel"}, {Schluessel: "066", Name: "Regierungsbezirk Kassel"}},
		Gemeinden: []register.Gemeinde{
			gemeinde("01001000", "Flensburg, Stadt", ort("Flensburg", "24937", "24939")),
			gemeinde("01002000", "Kiel, Landeshauptstadt", ort("Kiel", "24103")),
			gemeinde("06611000", "Kassel, documenta-Stadt", ort("Kassel", "34117")),
			gemeinde("06633001", "Ahnatal", ort("Ahnatal", "34292")),
			gemeinde("06633002", scriptName, ort("Köthel", "22929")),
			gemeinde("06633003", rtlName, ort("Köthel", "22929")),
			gemeinde("09162000", "München, Landeshauptstadt"),
			{AGS: "16063105", Name: "Werra-Suhl-Tal, Stadt", Orte: []register.Ort{ort("Berka", "99837")}, Bis: "2024-12-31"},
		},
		Behoerden: []register.Eintrag{
			authority("kka:01001000", "Stadt Flensburg, Vollstreckungsstelle", "SH", xta, area("01001000")),
			authority("kka:06", "Land Hessen, Vollstreckungsstelle", "HE", area("06")),
			authority("kka:06611000", "Stadt Kassel, Vollstreckungsstelle", "HE", xta, area("06611000"), codes("100", "110")),
			authority("kka:06633", scriptName, "HE", area("06633002"), func(e *register.Eintrag) {
				e.Bestaetigt = register.Bestaetigung{}
				e.Kanaele = []register.Kanal{{Art: amtshilfe.KanalEGVP, Grund: `<img src=x onerror=alert(1)>`}}
				e.Gebiete[0].Bedingung = register.Bedingung{Land: []string{"BY"}, BetragVon: 50000}
			}),
			authority("kka:rtl", rtlName, "BY", func(e *register.Eintrag) { e.Bestaetigt.Am = "2024-01-31" }),
			authority("kka:lang", longName, "BY"),
			authority("kka:01001000", "Stadt Flensburg, Übungsstelle", "SH", area("01001000"), func(e *register.Eintrag) { e.Betriebsart = amtshilfe.Test }),
		},
		Zertifikate: []register.Zertifikat{
			{Fingerabdruck: strings.Repeat("ab", 32), Zweck: register.ZweckTLS, Kennung: "rz:a", GueltigAb: at.AddDate(-1, 0, 0), GueltigBis: at.AddDate(1, 0, 0)},
			{Fingerabdruck: strings.Repeat("cd", 32), Zweck: register.ZweckVerschluesselung, Kennung: "kka:01001000", Betriebsart: amtshilfe.Produktion,
				GueltigAb: at.AddDate(-1, 0, 0), GueltigBis: at.AddDate(0, 0, 5)},
		},
	}
}

func directory(t testing.TB, f register.File) *register.Directory {
	t.Helper()
	d, err := register.New(f)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// book is a Book out of files, the newest first.
type book struct {
	files   []register.File
	pending []pages.Change
	next    register.File
	told    []pages.Change
	err     error
}

func (b book) Versions(_ context.Context, limit int) ([]pages.Version, error) {
	var out []pages.Version
	for i, f := range b.files[:min(limit, len(b.files))] {
		seq := int64(len(b.files) - i)
		out = append(out, pages.Version{Seq: seq, Version: f.Version, At: at.Add(-time.Duration(i) * 24 * time.Hour), Who: "mueller", Why: "Fassung " + fmt.Sprint(seq), Source: "behoerden.csv"})
	}
	return out, b.err
}

func (b book) Content(_ context.Context, seq int64) (register.File, bool, error) {
	i := len(b.files) - int(seq)
	if i < 0 || i >= len(b.files) {
		return register.File{}, false, b.err
	}
	return b.files[i], true, b.err
}

func (b book) Pending(context.Context) ([]pages.Change, error) { return b.pending, b.err }
func (b book) Preview(_ context.Context, c pages.Change) (register.File, bool, error) {
	return b.next, !c.Registration, b.err
}
func (b book) Registrations(context.Context) ([]pages.Change, error) { return b.told, b.err }

// withBook has three versions, a change that waits and a registration.
func withBook() book {
	first, second, now := file(), file(), file()
	first.Version, second.Version = "2026-09", "2026-10"
	second.Behoerden[0].Anschriftzeilen = []string{"Alter Weg 9", "24937 Flensburg"}
	first.Behoerden = first.Behoerden[1:]
	next := file()
	next.Behoerden[0].Name = "Stadt Flensburg, Stadtkasse"
	return book{files: []register.File{now, second, first},
		pending: []pages.Change{{ID: 7, At: at, Who: "mueller", Why: "Umbenennung", What: "behoerden.csv"}}, next: next,
		told: []pages.Change{{Registration: true, ID: 7, At: at, Who: "kka:01001000", Why: "neues Postfach", What: "Eintrag kka:01001000"}}}
}

func options(t testing.TB) pages.Options {
	d := directory(t, file())
	return pages.Options{Directory: func() *register.Directory { return d }, Book: withBook(), Now: func() time.Time { return at },
		State: func() pages.State {
			return pages.State{Name: "verzeichnis.example", Role: pages.Primary, Seq: 3, Since: at.Add(-time.Hour)}
		},
		Fits: func(e register.Eintrag) string {
			if len(e.Name) > 100 {
				return "Die Anschrift hat 9 Zeilen; im Sichtfenster ist Platz für 2 bis 6."
			}
			return ""
		}}
}

func handler(t testing.TB, o pages.Options, m pages.Mount) http.Handler {
	t.Helper()
	p, err := pages.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p.Handler(m)
}

func get(h http.Handler, method, target string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if r.Host == "example.com" {
		r.Host = "127.0.0.1:8445"
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
