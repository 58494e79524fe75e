package status_test

import (
	"encoding/json"
	"errors"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"damtshilfe/internal/status"
)

var update = flag.Bool("update", false, "write the golden files anew")

func serve(t *testing.T, src status.Source, hosts ...string) http.Handler {
	t.Helper()
	h, err := status.Handler(src, hosts...)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func get(h http.Handler, method, target string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	if r.Host == "example.com" {
		r.Host = "127.0.0.1:8080"
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPages(t *testing.T) {
	broken := idle()
	broken.overview = func() (status.Overview, error) { return status.Overview{}, errors.New("ledger is locked") }
	unbalanced := idle()
	unbalanced.overview = func() (status.Overview, error) {
		o := overview()
		o.Ended--
		return o, nil
	}
	for _, tt := range []struct {
		name   string
		src    fake
		target string
		code   int
	}{
		{"a busy gateway shows its numbers", busy(), "/", 200},
		{"an idle gateway says that nothing is there", idle(), "/", 200},
		{"a balance that does not add up is an alarm", unbalanced, "/", 200},
		{"a drop shows its messages and findings", busy(), "/lieferung/" + string(bigDrop), 200},
		{"an unknown drop is not found", busy(), "/lieferung/D261121-0000000000", 404},
		{"an unreadable ledger is said and not shown as zeros", broken, "/", 503},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := get(serve(t, tt.src), http.MethodGet, tt.target)
			if w.Code != tt.code {
				t.Errorf("status %d, want %d", w.Code, tt.code)
			}
			golden(t, strings.ReplaceAll(tt.name, " ", "-")+".html", w.Body.Bytes())
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("page differs (-golden +got; -update writes it):\n%s", d)
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	h := serve(t, busy(), "status.rz.example")
	for _, tt := range []struct {
		name, method, target string
		code                 int
	}{
		{"posting is not possible", http.MethodPost, "/", 405},
		{"deleting is not possible", http.MethodDelete, "/lieferung/" + string(bigDrop), 405},
		{"a foreign host name is refused", http.MethodGet, "http://evil.example/", 421},
		{"a foreign host name gets no JSON either", http.MethodGet, "http://evil.example:8080/status.json", 421},
		{"the proxy's name is allowed", http.MethodGet, "http://status.rz.example/", 200},
		{"localhost is allowed", http.MethodGet, "http://localhost:8080/", 200},
		{"IPv6 loopback is allowed", http.MethodGet, "http://[::1]:8080/", 200},
		{"HEAD is allowed", http.MethodHead, "http://localhost/", 200},
		{"an id with a path in it is not found", http.MethodGet, "http://localhost/lieferung/..%2f..%2fetc", 404},
		{"any other page is not found", http.MethodGet, "http://localhost/admin", 404},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := get(h, tt.method, tt.target)
			if w.Code != tt.code {
				t.Errorf("status %d, want %d", w.Code, tt.code)
			}
			for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cache-Control"} {
				if w.Header().Get(name) == "" {
					t.Errorf("header %s is missing", name)
				}
			}
		})
	}
}

func TestTheJSONIsTheOverview(t *testing.T) {
	w := get(serve(t, busy()), http.MethodGet, "/status.json")
	var got status.Overview
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(overview(), got); d != "" {
		t.Error(d)
	}
}

func TestMetricsAgreeWithThePage(t *testing.T) {
	body := get(serve(t, busy()), http.MethodGet, "/metrics").Body.String()
	for _, line := range []string{
		`damtshilfe_ledger_up 1`,
		`damtshilfe_messages{state="sent"} 325`,
		`damtshilfe_messages{state="given_up"} 0`,
		`damtshilfe_messages_in_flight 1289`,
		`damtshilfe_messages_ended_total 8958`,
		`damtshilfe_oldest_in_flight_seconds 720`,
		`damtshilfe_register_answer_age_seconds 95`,
		`damtshilfe_account_messages{account="kreis-b",part="held"} 12`,
		`damtshilfe_mailbox_waiting{account="kka:01001000"} 4`,
		`damtshilfe_mailbox_foreign{account="kka:01001000"} 120`,
		`damtshilfe_destination_out_waiting{destination="xta.rz-demo-c.example:8443"} 311`,
		`damtshilfe_messages_balanced 1`,
		`damtshilfe_schema_own_accepted_total 10221`,
		`damtshilfe_schema_own_disagreed_total 3`,
		`damtshilfe_schema_own_off 0`,
	} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("no line %q", line)
		}
	}
}

func TestHealthFollowsTheLedger(t *testing.T) {
	if w := get(serve(t, busy()), http.MethodGet, "/healthz"); w.Code != 200 {
		t.Errorf("healthy: %d", w.Code)
	}
	src := idle()
	src.overview = func() (status.Overview, error) { return status.Overview{}, errors.New("locked") }
	if w := get(serve(t, src), http.MethodGet, "/healthz"); w.Code != 503 {
		t.Errorf("broken: %d", w.Code)
	}
	if w := get(serve(t, src), http.MethodGet, "/metrics"); !strings.Contains(w.Body.String(), "damtshilfe_ledger_up 0") {
		t.Error("the metrics do not say that the ledger is away")
	}
}
