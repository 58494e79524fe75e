package status

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"damtshilfe/internal/amtshilfe"
)

// readTimeout limits how long a page waits for the Source.
const readTimeout = 5 * time.Second

// csp allows our own style sheet and nothing else.
const csp = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// site answers the requests.
type site struct {
	src   Source
	pages *template.Template
	hosts []string
}

// Handler serves the pages of src. hosts are the names, beside localhost and plain IP addresses, under which it may be asked
// for: those of a reverse proxy. The error says that the embedded pages or the time zone are broken.
func Handler(src Source, hosts ...string) (http.Handler, error) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return nil, fmt.Errorf("status pages: %w", err)
	}
	pages, err := parse(zone)
	if err != nil {
		return nil, fmt.Errorf("status pages: %w", err)
	}
	s := &site{src: src, pages: pages, hosts: hosts}
	registry := prometheus.NewRegistry()
	for _, c := range []prometheus.Collector{newCollector(src), collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})} {
		if err := registry.Register(c); err != nil {
			return nil, fmt.Errorf("status metrics: %w", err)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", s.overview)
	mux.HandleFunc("/lieferung/{id}", s.drop)
	mux.HandleFunc("/status.json", s.json)
	mux.HandleFunc("/status.css", s.style)
	mux.HandleFunc("/healthz", s.health)
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{Timeout: readTimeout}))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { s.notFound(w) })
	return s.guard(mux), nil
}

// guard lets only GET and HEAD for our own host names through and sets the headers of every answer.
func (s *site) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			http.Error(w, "nur GET und HEAD", http.StatusMethodNotAllowed)
			return
		}
		if !s.ours(r.Host) {
			http.Error(w, "unbekannter Hostname", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *site) ours(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	return host == "localhost" || net.ParseIP(host) != nil || slices.Contains(s.hosts, host)
}

func (s *site) overview(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	p, err := s.readOverview(ctx)
	if err != nil {
		s.failed(w, err)
		return
	}
	s.render(w, http.StatusOK, "page.html", p)
}

func (s *site) readOverview(ctx context.Context) (p overviewPage, err error) {
	if p.O, err = s.src.Overview(ctx); err != nil {
		return p, fmt.Errorf("read overview: %w", err)
	}
	if p.Drops, err = s.src.Drops(ctx, listRows); err != nil {
		return p, fmt.Errorf("read drops: %w", err)
	}
	if p.Held, err = s.src.Held(ctx, heldRows); err != nil {
		return p, fmt.Errorf("read held cases: %w", err)
	}
	if p.Bundles, err = s.src.Bundles(ctx, listRows); err != nil {
		return p, fmt.Errorf("read bundles: %w", err)
	}
	if p.Runs, err = s.src.Runs(ctx, listRows); err != nil {
		return p, fmt.Errorf("read runs: %w", err)
	}
	p.Bar, p.Now = bar(p.O), p.O.At
	return p, nil
}

func (s *site) drop(w http.ResponseWriter, r *http.Request) {
	id := amtshilfe.DropID(r.PathValue("id"))
	if !id.Valid() {
		s.notFound(w)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	o, err := s.src.Overview(ctx)
	if err != nil {
		s.failed(w, fmt.Errorf("read overview: %w", err))
		return
	}
	d, ok, err := s.src.Drop(ctx, id, messageRows)
	if err != nil {
		s.failed(w, fmt.Errorf("read drop: %w", err))
		return
	}
	if !ok {
		s.notFound(w)
		return
	}
	s.render(w, http.StatusOK, "drop.html", dropPage{D: d, Name: o.Name, Now: o.At, More: max(d.Messages-len(d.List), 0)})
}

func (s *site) json(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	o, err := s.src.Overview(ctx)
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		writeJSON(w, map[string]string{"error": err.Error()})
		return
	}
	writeJSON(w, o)
}

func writeJSON(w io.Writer, v any) {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(v) // a reader that went away asks again
}

func (s *site) style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Write(styleSheet)
}

// health says whether the ledger can be read: what a supervisor restarts for.
func (s *site) health(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if _, err := s.src.Overview(ctx); err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, "ledger not readable:", err)
		return
	}
	fmt.Fprintln(w, "ok")
}

func (s *site) notFound(w http.ResponseWriter) {
	s.render(w, http.StatusNotFound, "error.html", errorPage{Title: "Nicht gefunden", Text: "Diese Seite oder diese Lieferung gibt es hier nicht."})
}

// failed shows the cause: the reader is the operator, and errors carry no personal data.
func (s *site) failed(w http.ResponseWriter, err error) {
	s.render(w, http.StatusServiceUnavailable, "error.html", errorPage{Title: "Der Stand ist gerade nicht lesbar",
		Text: "Das Gateway arbeitet möglicherweise weiter; die Anzeige versucht es gleich noch einmal. Ursache: " + err.Error()})
}

// render builds the page before the first byte leaves, so that a fault of a template is an error page and not half a table.
func (s *site) render(w http.ResponseWriter, code int, name string, data any) {
	var b bytes.Buffer
	if err := s.pages.ExecuteTemplate(&b, name, data); err != nil {
		http.Error(w, "page: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	w.Write(b.Bytes())
}
