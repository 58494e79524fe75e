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

// fetch asks the servers in order until one answers; one that failed lately is asked last. age is its max-age.
func (c *Client) fetch(batch []*flight) (z []amtshilfe.Zustaendigkeit, age time.Duration, err error) {
	var errs []error
	for _, server := range c.order() {
		ctx, cancel := context.WithTimeout(c.base, c.o.Timeout)
		z, age, err := c.fetchFrom(ctx, server, batch)
		cancel()
		c.mark(server, err)
		if err == nil {
			return z, age, nil
		}
		errs = append(errs, err)
		if c.base.Err() != nil {
			break
		}
	}
	return nil, 0, errors.Join(errs...)
}

func (c *Client) order() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.o.Now()
	servers := slices.Clone(c.o.Servers)
	slices.SortStableFunc(servers, func(a, b string) int {
		return boolInt(now.Before(c.down[a])) - boolInt(now.Before(c.down[b]))
	})
	return servers
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (c *Client) mark(server string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.down, server)
	if err != nil {
		c.down[server] = c.o.Now().Add(downFor)
	}
}

// fetchFrom asks one server: by kennung, by 001, or many at once.
func (c *Client) fetchFrom(ctx context.Context, server string, batch []*flight) ([]amtshilfe.Zustaendigkeit, time.Duration, error) {
	k := batch[0].key
	query := "?" + url.Values{"betriebsart": {string(k.betriebsart)}}.Encode()
	switch {
	case k.kennung != "":
		return c.fetch002(ctx, http.MethodGet, server+"/behoerde/"+url.PathEscape(k.kennung)+query, nil)
	case len(batch) == 1:
		doc, err := write001(k.question())
		if err != nil {
			return nil, 0, err
		}
		return c.fetch002(ctx, http.MethodPost, server+"/001"+query, doc)
	}
	return c.fetchMany(ctx, server+"/fragen"+query, batch)
}

func (k key) question() (amtshilfe.Einnahmeart, amtshilfe.Postanschrift) { return k.frage().question() }

func (k key) frage() frage {
	return frage{List: k.list, Version: k.version, Code: k.code, PLZ: k.plz, Ort: k.ort, Ortsteil: k.ortsteil, Strasse: k.strasse, Staat: k.staat}
}

func (c *Client) fetch002(ctx context.Context, method, target string, doc []byte) ([]amtshilfe.Zustaendigkeit, time.Duration, error) {
	data, head, err := c.do(ctx, request{method, target, "application/xml; charset=utf-8", doc, maxAntwort})
	if err != nil {
		return nil, 0, err
	}
	z, err := Read002(data)
	if err != nil {
		return nil, 0, err
	}
	if z.Behoerde.Kennung != "" {
		z.Behoerde.Land = landOf(head.Get(landHeader))
	}
	return []amtshilfe.Zustaendigkeit{z}, maxAge(head.Get("Cache-Control")), nil
}

func (c *Client) fetchMany(ctx context.Context, target string, batch []*flight) ([]amtshilfe.Zustaendigkeit, time.Duration, error) {
	var in fragen
	for _, f := range batch {
		in.Fragen = append(in.Fragen, f.key.frage())
	}
	body, err := json.Marshal(in)
	if err != nil {
		return nil, 0, fmt.Errorf("write questions: %w", err)
	}
	data, head, err := c.do(ctx, request{http.MethodPost, target, "application/json", body, maxBatchAnswer})
	if err != nil {
		return nil, 0, err
	}
	var out antworten
	if err := json.Unmarshal(data, &out); err != nil {
		return nil, 0, errors.New("read answers: no JSON of the agreed form")
	}
	if len(out.Antworten) != len(batch) {
		return nil, 0, fmt.Errorf("read answers: %d answers to %d questions", len(out.Antworten), len(batch))
	}
	z := make([]amtshilfe.Zustaendigkeit, len(batch))
	for i, a := range out.Antworten {
		z[i] = a.zustaendigkeit(out.Stand, out.GueltigBis)
	}
	return z, maxAge(head.Get("Cache-Control")), nil
}

type request struct {
	method, target, contentType string
	body                        []byte
	limit                       int64 // of the answer
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
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, nil, fmt.Errorf("ask register: %w", err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, r.limit+1))
	if err != nil {
		return nil, nil, fmt.Errorf("ask register: %w", err)
	}
	if int64(len(data)) > r.limit {
		return nil, nil, fmt.Errorf("ask register: answer larger than %d bytes", r.limit)
	}
	if resp.StatusCode != http.StatusOK {
		var ref refusal
		_ = json.Unmarshal(data, &ref) // another server may say nothing about it
		return nil, nil, fmt.Errorf("ask register: %s %s", resp.Status, plain(ref.Code))
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
			if n, err := strconv.Atoi(v); err == nil && n > 0 && n < 1<<30 {
				return time.Duration(n) * time.Second
			}
		}
	}
	return 0
}
