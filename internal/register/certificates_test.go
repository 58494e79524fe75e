package register_test

import (
	"crypto/tls"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/register"
)

func fp(hex string) string { return strings.Repeat(hex, 32) }

// shown is the fingerprint of a server's certificate.
func shown(t *testing.T, w *world, url string) string {
	t.Helper()
	conn, err := tls.Dial("tcp", strings.TrimPrefix(url, "https://"), w.tls(w.client))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return certs.Fingerprint(conn.ConnectionState().PeerCertificates[0])
}

// TestWhoseCertificatesCount: of a data centre's servers all that may come, of a reader the one to encrypt for.
func TestWhoseCertificatesCount(t *testing.T) {
	const dresden = "kka:14612000"
	at := func(days int) time.Time { return time.Unix(1_900_000_000, 0).UTC().AddDate(0, 0, days) } // the world's clock stands at 0
	cert := func(hex, zweck string, from, to int) register.Zertifikat {
		z := register.Zertifikat{Fingerabdruck: fp(hex), Zweck: zweck, Kennung: "rz:demo-a", GueltigAb: at(from), GueltigBis: at(to)}
		if zweck == register.ZweckVerschluesselung {
			z.Kennung, z.Betriebsart = dresden, amtshilfe.Test
		}
		return z
	}
	srv := func(hex string, from, to int) register.Zertifikat { return cert(hex, register.ZweckTLS, from, to) }
	enc := func(hex string, from, to int) register.Zertifikat {
		return cert(hex, register.ZweckVerschluesselung, from, to)
	}
	gone := func(z register.Zertifikat) register.Zertifikat { z.Gesperrt = at(-1); return z }
	heir := func(z register.Zertifikat, hex string) register.Zertifikat { z.Nachfolger = fp(hex); return z }
	for _, tt := range []struct {
		name    string
		named   []string // with the data centre
		list    []register.Zertifikat
		revoked []string // beside the directory
		tls     []string
		enc     string
	}{
		{"nobody names any", nil, nil, nil, nil, ""},
		{"only the data centre's own", []string{"aa"}, nil, nil, []string{"aa"}, ""},
		{"an overlap", nil, []register.Zertifikat{heir(srv("aa", -9, 9), "bb"), srv("bb", -1, 99)}, nil, []string{"aa", "bb"}, ""},
		{"one that begins tomorrow may be shown then", nil, []register.Zertifikat{srv("aa", -9, 9), srv("bb", 1, 99)}, nil, []string{"aa", "bb"}, ""},
		{"one is over", nil, []register.Zertifikat{srv("aa", -9, -1), srv("bb", -1, 99)}, nil, []string{"bb"}, ""},
		{"one is revoked, the directory says", []string{"aa"}, []register.Zertifikat{gone(srv("aa", -9, 9)), srv("bb", -1, 99)}, nil, []string{"bb"}, ""},
		{"one is revoked, since a moment ago", []string{"aa", "bb"}, nil, []string{"aa"}, []string{"bb"}, ""},
		{"all are revoked: none is no way out", []string{"aa"}, nil, []string{"aa"}, []string{"aa"}, ""},
		{"a reader's one", nil, []register.Zertifikat{enc("cc", -9, 9)}, nil, nil, "cc"},
		{"its successor", nil, []register.Zertifikat{heir(enc("cc", -9, 9), "dd"), enc("dd", -1, 99)}, nil, nil, "dd"},
		{"its successor, whatever the dates say", nil, []register.Zertifikat{enc("dd", -9, 99), heir(enc("cc", -1, 9), "dd")}, nil, nil, "dd"},
		{"whose time has not come", nil, []register.Zertifikat{heir(enc("cc", -9, 9), "dd"), enc("dd", 1, 99)}, nil, nil, "cc"},
		{"the newest", nil, []register.Zertifikat{enc("dd", -1, 99), enc("cc", -9, 9)}, nil, nil, "dd"},
		{"the newest is revoked", nil, []register.Zertifikat{enc("cc", -9, 9), enc("dd", -1, 99)}, []string{"dd"}, nil, "cc"},
		{"all are revoked: it is named, so that nothing goes in the clear", nil, []register.Zertifikat{enc("cc", -9, 9)}, []string{"cc"}, nil, "cc"},
		{"all are over", nil, []register.Zertifikat{enc("cc", -9, -8)}, nil, nil, "cc"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := sample(t).File()
			for i := range f.Rechenzentren {
				if f.Rechenzentren[i].Kennung == "rz:demo-a" {
					for _, n := range tt.named {
						f.Rechenzentren[i].TLS = append(f.Rechenzentren[i].TLS, fp(n))
					}
				}
			}
			for i := range f.Behoerden {
				if f.Behoerden[i].Kennung == dresden {
					f.Behoerden[i].Kanaele[0].Rechenzentrum = "rz:demo-a"
				}
			}
			f.Zertifikate = tt.list
			d, err := register.New(f)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t)
			s := w.serve(register.ServerOptions{Directory: d, Now: w.clock.Now})
			var sperren []register.Sperre
			for _, r := range tt.revoked {
				sperren = append(sperren, register.Sperre{Fingerabdruck: fp(r), Ab: at(0)})
			}
			s.SetSperren(sperren)
			z, err := w.ask(register.Options{Servers: []string{s.url}}).ByKennung(t.Context(), dresden, amtshilfe.Test)
			if err != nil || len(z.Kanaele) == 0 {
				t.Fatal(z, err)
			}
			var want []string
			for _, n := range tt.tls {
				want = append(want, fp(n))
			}
			got := slices.Sorted(slices.Values(z.Kanaele[0].Rechenzentrum.TLS))
			if !slices.Equal(got, want) || z.Kanaele[0].Zertifikat != strings.Repeat(tt.enc, 32) {
				t.Errorf("servers %.2s, reader %.2s", got, z.Kanaele[0].Zertifikat)
			}
		})
	}
}

// TestRevocationsTravel: what the directory says and what was said since reaches a client at its next look; the revoked asker is refused on
// the connection that it has, and a client leaves an authority server whose own certificate is revoked.
func TestRevocationsTravel(t *testing.T) {
	w := newWorld(t)
	f := sample(t).File()
	f.Zertifikate = []register.Zertifikat{{Fingerabdruck: fp("aa"), Zweck: register.ZweckTLS, Kennung: "rz:demo-a", GueltigAb: time.Unix(1e9, 0), GueltigBis: time.Unix(2e9, 0),
		Gesperrt: time.Unix(1.8e9, 0), Grund: "Schlüssel verloren"}}
	d, err := register.New(f)
	if err != nil {
		t.Fatal(err)
	}
	s := w.serve(register.ServerOptions{Directory: d})
	heard := make(chan []register.Sperre, 100)
	revoked := certs.NewRevoked()
	c := w.ask(register.Options{Servers: []string{s.url}, Poll: 10 * time.Millisecond, Revoked: revoked, Sperren: func(l []register.Sperre) { heard <- l }})
	if l := <-heard; len(l) != 1 || l[0].Fingerabdruck != fp("aa") || l[0].Grund != "Schlüssel verloren" {
		t.Errorf("%+v", l)
	}
	s.SetSperren([]register.Sperre{{Fingerabdruck: fp("BB")}})
	for l := range heard {
		if len(l) == 2 {
			break
		}
	}
	s.Replace(sample(t)) // another version, which does not name it
	for l := range heard {
		if len(l) == 1 {
			break
		}
	}
	ask := func() error {
		_, err := c.ByKennung(t.Context(), "kka:14612000", amtshilfe.Test)
		w.clock.add(time.Hour) // so that it is asked again
		return err
	}
	if err := ask(); err != nil {
		t.Fatal(err)
	}
	own := fingerprint(t, w.client)
	s.SetSperren([]register.Sperre{{Fingerabdruck: own}})
	resp, body, err := w.do(w.client, http.MethodGet, s.url+"/behoerde/kka:14612000?betriebsart=test", "", "")
	if err != nil || resp.StatusCode != http.StatusForbidden || !strings.Contains(body, "gesperrt") {
		t.Errorf("%v %s", err, body)
	}
	if err := ask(); err == nil {
		t.Error("a revoked asker was answered on the connection that it had")
	}
	s.SetSperren(nil)
	if err := ask(); err != nil {
		t.Error(err)
	}
	revoked.Replace([]string{shown(t, w, s.url)})
	if err := ask(); err == nil {
		t.Error("an authority server with a revoked certificate was asked")
	}
}
