package register

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
)

// mandanten is the answer to GET /mandanten.
type mandanten struct {
	ETag      string    `json:"etag"`
	Mandanten []Mandant `json:"mandanten"`
}

// answerMandanten lists the tenants of one data centre, or of all, in the Betriebsarten that the certificate may ask for: whoever runs
// mailboxes lets their certificates act for them.
func (s *Server) answerMandanten(q *question) *refusal {
	etag := q.served.dir.ETag()
	if s.unchanged(q, etag) {
		return nil
	}
	centre := q.r.URL.Query().Get("rechenzentrum")
	out := mandanten{ETag: etag, Mandanten: []Mandant{}}
	for _, m := range q.served.dir.file.Mandanten {
		if (centre == "" || m.Rechenzentrum == centre) && slices.Contains(q.may, m.Betriebsart) {
			out.Mandanten = append(out.Mandanten, m)
		}
	}
	return s.sendJSON(q, out, etag)
}

// Mandanten lists the tenants of the directory, as the first server says that answers. etag is what the answer before was known by, "" =
// there was none; the same etag again means that nothing has changed, and no list.
func (c *Client) Mandanten(ctx context.Context, etag string) (list []Mandant, now string, err error) {
	var errs []error
	for _, server := range c.order() {
		data, _, err := c.do(ctx, request{method: http.MethodGet, target: server + "/mandanten", limit: maxBatchAnswer, known: etag})
		if a, ok := errors.AsType[*statusError](err); ok && a.code == http.StatusNotModified && etag != "" {
			return nil, etag, nil
		}
		var out mandanten
		if err == nil {
			err = json.Unmarshal(data, &out)
		}
		if err == nil && out.ETag == "" {
			err = errors.New("read tenants: no JSON of the agreed form")
		}
		if err == nil {
			return out.Mandanten, out.ETag, nil
		}
		errs = append(errs, err)
	}
	return nil, "", errors.Join(errs...)
}
