package register_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/register"
)

func signingKey(t *testing.T) (ed25519.PrivateKey, ed25519.PublicKey) {
	t.Helper()
	private, public, err := register.NewSigningKey()
	if err != nil {
		t.Fatal(err)
	}
	key, err := register.ParseSigningKey(private)
	if err != nil {
		t.Fatal(err)
	}
	pub, err := register.ParsePublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return key, pub
}

func sumOf(content string) string {
	h := sha256.Sum256([]byte(content))
	return hex.EncodeToString(h[:])
}

// A secondary takes what its primary signed, and nothing else: the last good version stays and it says why.
func TestWhatASecondaryTakes(t *testing.T) {
	w := newWorld(t)
	key, pub := signingKey(t)
	other, _ := signingKey(t)
	signed := func(seq int64, content string, k ed25519.PrivateKey) register.Fassung {
		f := register.Fassung{Seq: seq, Version: fmt.Sprint("v", seq), Angelegt: w.clock.Now(), Wer: "Frau Eins", SHA256: sumOf(content), Inhalt: []byte(content)}
		f.Sign(k)
		return f
	}
	stand := func(seq int64, content string) *register.Stand {
		return &register.Stand{Seq: seq, ETag: "e", SHA256: sumOf(content), Sperrliste: []register.Sperre{{Fingerabdruck: "ab"}}}
	}
	for _, tt := range []struct {
		name    string
		stand   *register.Stand // nil = the primary is away
		fassung any
		adopt   error
		alarm   bool
		why     string // "" = all is well
		seq     int64  // in force afterwards
	}{
		{"the next version", stand(6, "six"), signed(6, "six", key), nil, false, "", 6},
		{"several versions later", stand(9, "nine"), signed(9, "nine", key), nil, false, "", 9},
		{"nothing new", stand(5, "five"), nil, nil, false, "", 5},
		{"the primary is away", nil, nil, nil, false, "502", 5},
		{"a version signed by another key", stand(6, "six"), signed(6, "six", other), nil, true, "signature", 5},
		{"a version that is not signed", stand(6, "six"), register.Fassung{Seq: 6, SHA256: sumOf("six"), Inhalt: []byte("six")}, nil, true, "signature", 5},
		{"content that was exchanged", stand(6, "six"), func() register.Fassung { f := signed(6, "six", key); f.Inhalt = []byte("evil"); return f }(), nil, true, "signature", 5},
		{"an older version under a higher number", stand(6, "six"), signed(4, "four", key), nil, true, "asked for version 6, got 4", 5},
		{"a primary from an old backup", stand(3, "three"), nil, nil, true, "has 5 already", 5},
		{"another content of the same version", stand(5, "other five"), nil, nil, true, "another content", 5},
		{"a primary without versions", stand(0, ""), nil, nil, true, "plain file", 5},
		{"a version that is none", stand(6, "six"), "x", nil, true, "no JSON", 5},
		{"a version that cannot be read here", stand(6, "six"), signed(6, "six", key), errors.New("unknown field"), true, "unknown field", 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			url := w.listen(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				switch {
				case tt.stand == nil:
					rw.WriteHeader(http.StatusBadGateway)
				case r.URL.Path == "/stand":
					json.NewEncoder(rw).Encode(tt.stand)
				default:
					json.NewEncoder(rw).Encode(tt.fassung)
				}
			}))
			seq, sum, revoked := int64(5), sumOf("five"), 0
			f, err := register.NewFollower(register.FollowOptions{Primary: url, TLS: w.tls(w.client), Key: pub, Now: w.clock.Now, Heard: w.clock.Now().Add(-time.Hour),
				Current: func() (int64, string, error) { return seq, sum, nil },
				Adopt: func(_ context.Context, f register.Fassung) error {
					if tt.adopt == nil {
						seq, sum = f.Seq, f.SHA256
					}
					return tt.adopt
				},
				Sperren: func(list []register.Sperre) { revoked = len(list) },
			})
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			f.Look(t.Context())
			s := f.State()
			if seq != tt.seq || s.Alarm != tt.alarm || !strings.Contains(s.Why, tt.why) || (s.Why == "") != (tt.why == "") {
				t.Errorf("version %d, state %+v", seq, s)
			}
			if wellTaken := f.Behind() == 0; wellTaken != (tt.why == "") || (s.Text(time.UTC) == "") != (tt.why == "") {
				t.Errorf("behind %v, %q", f.Behind(), s.Text(time.UTC))
			}
			if tt.stand != nil && revoked != 1 {
				t.Error("the revoked certificates did not arrive")
			}
		})
	}
}

// A secondary that never had a version answers nobody that nobody is competent.
func TestASecondaryWithoutAVersion(t *testing.T) {
	w := newWorld(t)
	s, err := register.NewServer(register.ServerOptions{Following: func() (time.Duration, string) { return time.Hour, "" }})
	if err != nil {
		t.Fatal(err)
	}
	url := w.listen(s.Handler())
	for _, path := range []string{"/stand", "/behoerde/k:1?betriebsart=test"} {
		resp, body, err := w.do(w.client, "GET", url+path, "", "")
		if err != nil || resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, "ZUST-LEER") {
			t.Errorf("%s: %v %s %v", path, resp, body, err)
		}
	}
	_, err = lookup(t, w.ask(register.Options{Servers: []string{url}}), "01067", "Dresden")
	wantRetry(t, err)
	s.ReplaceVersion(sample(t), register.Version{Seq: 1})
	if resp, body, err := w.do(w.client, "GET", url+"/behoerde/kka:14612000?betriebsart=test", "", ""); err != nil || resp.StatusCode != 200 || resp.Header.Get("Verzeichnis-Alter") != "3600" {
		t.Errorf("%v %s %v", resp, body, err)
	}
}
