package register

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
)

// mandanten is the answer to GET /mandanten.
type mandanten struct {
	ETag      string    `json:"etag"`
	Mandanten []Mandant `json:"mandanten"`
}

// answerMandanten lists the tenants of one data centre, of the Betriebsarten that the certificate may ask for: its gateway lets them in.
func (s *Server) answerMandanten(q *question) *refusal {
	centre := q.r.URL.Query().Get("rechenzentrum")
	if centre == "" {
		return &refusal{http.StatusBadRequest, "ZUST-ANFRAGE", "Der Parameter rechenzentrum fehlt."}
	}
	etag := q.served.dir.ETag()
	if s.unchanged(q, etag) {
		return nil
	}
	out := mandanten{ETag: etag, Mandanten: []Mandant{}}
	for _, m := range q.served.dir.file.Mandanten {
		if m.Rechenzentrum == centre && slices.Contains(q.may, m.Betriebsart) {
			out.Mandanten = append(out.Mandanten, m)
		}
	}
	return s.sendJSON(q, out, etag)
}

// Mandanten lists the tenants of a data centre, as the first server says that answers.
func (c *Client) Mandanten(ctx context.Context, rechenzentrum string) ([]Mandant, error) {
	var errs []error
	for _, server := range c.order() {
		data, _, err := c.do(ctx, request{http.MethodGet, server + "/mandanten?" + url.Values{"rechenzentrum": {rechenzentrum}}.Encode(), "", nil, maxBatchAnswer})
		var out mandanten
		if err == nil {
			err = json.Unmarshal(data, &out)
		}
		if err == nil && out.ETag == "" {
			err = errors.New("read tenants: no JSON of the agreed form")
		}
		if err == nil {
			return out.Mandanten, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}
