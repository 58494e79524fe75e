package register_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// TestThePagesAreAuditedAsTheyAnswer: a page that is not there is none that was shown.
func TestThePagesAreAuditedAsTheyAnswer(t *testing.T) {
	w := newWorld(t)
	maintainer := w.issue("pflege")
	var mu sync.Mutex
	var asked []register.Asked
	pages := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "nirgends") {
			http.NotFound(rw, r)
			return
		}
		rw.Write([]byte("da"))
	})
	s := w.serve(register.ServerOptions{Pages: pages, Askers: []register.Asker{{Name: "p", Fingerprint: fingerprint(t, maintainer), Role: register.RoleMaintainer}},
		Record: func(a register.Asked) { mu.Lock(); asked = append(asked, a); mu.Unlock() }})
	for path, want := range map[string]int{"/pflege/": 200, "/pflege/nirgends": 404} {
		if resp, _, err := w.do(maintainer, "GET", s.url+path, "", ""); err != nil || resp.StatusCode != want {
			t.Fatalf("%s: %v %v", path, resp, err)
		}
		until(t, "the audit has "+path, func() bool {
			mu.Lock()
			defer mu.Unlock()
			return slices.ContainsFunc(asked, func(a register.Asked) bool { return a.Kind == "pflege" && a.Status == want })
		})
	}
}

// TestTenantConflicts: what the directory says of a tenant in one place and otherwise in another is a gap; agreement is none.
func TestTenantConflicts(t *testing.T) {
	key, other := strings.Repeat("ab", 32), strings.Repeat("cd", 32)
	f := landkreis()
	f.Rechenzentren = []register.Rechenzentrum{{Kennung: "rz:a", Management: "https://a.example/m", Send: "https://a.example/s"},
		{Kennung: "rz:b", Management: "https://b.example/m", Send: "https://b.example/s"}}
	e := office("k:mandant")
	e.Kanaele = []register.Kanal{{Art: amtshilfe.KanalXTA, Adresse: "k:mandant", Rechenzentrum: "rz:a", Dienst: "urn:d"}}
	f.Behoerden = append(f.Behoerden, e)
	tenant := func(name, kennung, rz, fp string) register.Mandant {
		return register.Mandant{Name: name, Betriebsart: e.Betriebsart, Kennungen: []string{kennung}, Rechenzentrum: rz, Zertifikate: []string{fp}}
	}
	for _, tt := range []struct {
		name string
		list []register.Mandant
		want []string
	}{
		{"all agree", []register.Mandant{tenant("A", "k:mandant", "rz:a", key), tenant("B", "k:b", "rz:a", other)}, nil},
		{"another data centre", []register.Mandant{tenant("A", "k:mandant", "rz:b", key)}, []string{"k:mandant Mandant im Rechenzentrum rz:b, Kanal im Rechenzentrum rz:a"}},
		{"one certificate for two", []register.Mandant{tenant("A", "k:mandant", "rz:a", key), tenant("B", "k:b", "rz:a", key)},
			[]string{"k:b Client-Zertifikat abababababababab… beanspruchen auch A (test)", "k:mandant Client-Zertifikat abababababababab… beanspruchen auch B (test)"}},
	} {
		f.Mandanten = tt.list
		d, err := register.New(f)
		if err != nil {
			t.Fatal(tt.name, err)
		}
		var got []string
		for _, g := range d.Gaps(register.GapOptions{Now: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}) {
			if g.Kind == register.GapTenant {
				got = append(got, g.Kennung+" "+g.Detail)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
