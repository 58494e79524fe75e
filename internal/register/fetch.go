package register

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// maxBatchAnswer limits the answer to maxQuestions questions.
const maxBatchAnswer = 64 << 20

// patience is how long a question waits for a server that says it is asked too much, before the next one is tried.
const patience = time.Minute

// heard is what a server answered to a batch.
type heard struct {
	z       []amtshilfe.Zustaendigkeit
	maxAge  time.Duration
	alter   time.Duration // how old its directory is known to be: a secondary's delay
	from    origin
	server  string
	version string // of the directory; "" = not said
}

// fetch asks the servers in order until one answers; one that failed lately is asked last.
func (c *Client) fetch(batch []*flight) (heard, error) {
	var errs []error
	for _, server := range c.order() {
		h, err := c.patiently(server, batch)
		if err == nil {
			return h, nil
		}
		errs = append(errs, err)
		if c.base.Err() != nil {
			break
		}
	}
	return heard{}, errors.Join(errs...)
}

// patiently asks one server, and again when it says that it is asked too much: a limit slows questions down and refuses none.
func (c *Client) patiently(server string, batch []*flight) (heard, error) {
	for waited := time.Duration(0); ; {
		ctx, cancel := context.WithTimeout(c.base, c.o.Timeout)
		h, err := c.fetchFrom(ctx, server, batch)
		cancel()
		h.server = server
		busy, ok := errors.AsType[*statusError](err)
		if !ok || busy.code != http.StatusTooManyRequests {
			c.mark(server, err)
			return h, err
		}
		pause := min(max(busy.after, 50*time.Millisecond), patience)
		if waited += pause; waited > patience {
			return h, err
		}
		select {
		case <-time.After(pause):
		case <-c.base.Done():
			return h, err
		}
	}
}

func (c *Client) order() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.o.Now()
	servers := slices.Clone(c.o.Servers)
	slices.SortStableFunc(servers, func(a, b string) int {
		return boolInt(now.Before(c.servers[a].down)) - boolInt(now.Before(c.servers[b].down))
	})
	return servers
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// fetchFrom asks one server: by kennung, by 001, or many at once.
func (c *Client) fetchFrom(ctx context.Context, server string, batch []*flight) (heard, error) {
	k := batch[0].key
	query := "?" + url.Values{"betriebsart": {string(k.betriebsart)}}.Encode()
	switch {
	case k.kennung != "":
		if k.code == wanted {
			query += "&ersuchen=1"
		}
		return c.fetch002(ctx, http.MethodGet, server+"/behoerde/"+url.PathEscape(k.kennung)+query, nil)
	case len(batch) == 1 && !k.says():
		q := k.frage().question()
		return c.fetch002(ctx, http.MethodPost, server+"/001"+query, write001(q.Einnahmeart, q.Anschrift))
	}
	return c.fetchMany(ctx, server+"/fragen"+query, batch)
}

func (k key) frage() frage {
	f := frage{List: k.list, Version: k.version, Code: k.code, PLZ: k.plz, Ort: k.ort, Ortsteil: k.ortsteil, Strasse: k.strasse, Staat: k.staat,
		Hausnummer: k.hausnummer, Glaeubiger: k.glaeubiger, Land: k.land, Betrag: k.betrag}
	if k.massnahmen != "" {
		list := strings.Split(k.massnahmen, separator)
		list = list[1 : len(list)-1]
		f.Massnahmen = &list
	}
	return f
}

func (c *Client) fetch002(ctx context.Context, method, target string, doc []byte) (heard, error) {
	data, head, err := c.do(ctx, request{method: method, target: target, contentType: "application/xml; charset=utf-8", body: doc, limit: maxAntwort, question: true})
	if err != nil {
		return heard{}, err
	}
	z, err := c.gate.read002(data)
	if err != nil {
		return heard{}, err
	}
	if z.Behoerde.Kennung != "" {
		z.Behoerde.Land = landOf(head.Get(landHeader))
	}
	if len(z.Kanaele) > 0 {
		reason, _ := url.QueryUnescape(head.Get(reasonHeader)) // what cannot be read is no reason
		z.Kanaele[0].Grund = plain(reason)
	}
	z.Fehlt = amtshilfe.Umstand(plain(head.Get(lackHeader)))
	h := heardIn(head)
	h.z = []amtshilfe.Zustaendigkeit{z}
	return h, nil
}

func (c *Client) fetchMany(ctx context.Context, target string, batch []*flight) (heard, error) {
	var in fragen
	for _, f := range batch {
		in.Fragen = append(in.Fragen, f.key.frage())
	}
	body, err := json.Marshal(in)
	if err != nil {
		return heard{}, fmt.Errorf("write questions: %w", err)
	}
	data, head, err := c.do(ctx, request{method: http.MethodPost, target: target, contentType: "application/json", body: body, limit: maxBatchAnswer, question: true})
	if err != nil {
		return heard{}, err
	}
	var out antworten
	if err := json.Unmarshal(data, &out); err != nil {
		return heard{}, errors.New("read answers: no JSON of the agreed form")
	}
	if len(out.Antworten) != len(batch) {
		return heard{}, fmt.Errorf("read answers: %d answers to %d questions", len(out.Antworten), len(batch))
	}
	h := heardIn(head)
	h.version = out.Version
	for _, a := range out.Antworten {
		h.z = append(h.z, a.zustaendigkeit(out.Stand, out.GueltigBis))
	}
	return h, nil
}

// heardIn reads what the header of an answer says about the directory.
func heardIn(head http.Header) heard {
	h := heard{maxAge: maxAge(head.Get("Cache-Control")), alter: seconds(head.Get(alterHeader))}
	h.from.etag, _ = strconv.Unquote(head.Get("ETag"))
	if n, err := strconv.ParseInt(head.Get(seqHeader), 10, 64); err == nil && n > 0 {
		h.from.seq = n
	}
	return h
}

// seconds reads a number of seconds; what is none is 0.
func seconds(s string) time.Duration {
	if n, err := strconv.Atoi(strings.TrimSpace(s)); err == nil && n > 0 && n < 1<<31 {
		return time.Duration(n) * time.Second
	}
	return 0
}

type request struct {
	method, target, contentType string
	body                        []byte
	limit                       int64  // of the answer
	question                    bool   // may be asked twice
	known                       string // ETag of what the asker has; "" = nothing
}

// do sends one request and gives body and header of the answer. Its errors carry no body: an address is personal data.
func (c *Client) do(ctx context.Context, r request) ([]byte, http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, r.target, bytes.NewReader(r.body))
	if err != nil {
		return nil, nil, fmt.Errorf("ask register: %w", err)
	}
	if r.method == http.MethodPost {
		req.Header.Set("Content-Type", r.contentType)
	}
	if r.known != "" {
		req.Header.Set("If-None-Match", strconv.Quote(r.known))
	}
	if r.question {
		req.Header["Idempotency-Key"] = nil // not sent: lets the transport ask again when the server has closed the connection meanwhile
	}
	resp, err := c.way.Load().RoundTrip(req) // a redirect would be an answer of somebody else
	if err != nil {
		return nil, nil, fmt.Errorf("ask register: %w", err)
	}
	defer resp.Body.Close()
	data, err := readAll(io.LimitReader(resp.Body, r.limit+1), resp.ContentLength)
	if err != nil {
		return nil, nil, fmt.Errorf("ask register: %w", err)
	}
	if int64(len(data)) > r.limit {
		return nil, nil, fmt.Errorf("ask register: answer larger than %d bytes", r.limit)
	}
	if resp.StatusCode != http.StatusOK {
		var ref refusal
		_ = json.Unmarshal(data, &ref) // another server may say nothing about it
		return nil, nil, &statusError{resp.StatusCode, resp.Status, plain(ref.Code), plain(ref.Text), seconds(resp.Header.Get("Retry-After"))}
	}
	return data, resp.Header, nil
}

// maxAge reads max-age; without one, or with no-store, an answer is not kept.
func maxAge(header string) time.Duration {
	for d := range strings.SplitSeq(header, ",") {
		d = strings.TrimSpace(d)
		if d == "no-store" || d == "no-cache" {
			return 0
		}
		if v, ok := strings.CutPrefix(d, "max-age="); ok {
			return seconds(v)
		}
	}
	return 0
}
