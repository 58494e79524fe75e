package register

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// Meldestelle keeps what participants hand in until a maintainer decides. Its errors are ErrNotFound, ErrTooMany, an *Error about the
// directory that would come of it, or something a participant can do nothing about.
type Meldestelle interface {
	Report(ctx context.Context, raw []byte, m Meldung, wer string) (id int64, err error)
}

// ErrTooMany says that too many reports of a participant wait already.
var ErrTooMany = errors.New("too many reports of this participant wait")

// angenommen is the answer to POST /meldung: the report waits under this number.
type angenommen struct {
	Meldung int64 `json:"meldung"`
}

// report takes POST /meldung. A participant reports for the Betriebsarten that its certificate may ask for.
func (s *Server) report(q *question) *refusal {
	if s.o.Meldestelle == nil {
		return &refusal{http.StatusConflict, "ZUST-MELDUNG", "Dieser Server nimmt keine Meldungen an; bitte an den Hauptserver des Verzeichnisses wenden."}
	}
	body, ref := q.body(maxMeldung, "application/yaml", "application/json")
	if ref != nil {
		return ref
	}
	back, ref := s.turn.take(q.r.Context())
	if ref != nil {
		return ref
	}
	defer back()
	m, err := ReadMeldung(body)
	if err != nil {
		return &refusal{http.StatusBadRequest, "ZUST-MELDUNG", "Die Meldung ist nicht lesbar: " + err.Error()}
	}
	for _, b := range m.Betriebsarten() {
		if !slices.Contains(q.may, b) {
			return &refusal{http.StatusForbidden, "ZUST-BETRIEBSART", "Dieses Zertifikat darf für diese Betriebsart nichts melden."}
		}
	}
	id, err := s.o.Meldestelle.Report(q.r.Context(), body, m, q.wer())
	faulty, isFaulty := errors.AsType[*Error](err)
	switch {
	case errors.Is(err, ErrTooMany):
		return &refusal{http.StatusTooManyRequests, "ZUST-MELDUNG", "Es warten schon zu viele Meldungen dieses Teilnehmers; bitte die Entscheidung darüber abwarten."}
	case errors.Is(err, ErrNotFound):
		return &refusal{http.StatusNotFound, "ZUST-UNBEKANNT", "Das gibt es im Verzeichnis nicht: " + err.Error()}
	case isFaulty:
		return &refusal{http.StatusUnprocessableEntity, "ZUST-MELDUNG", "Mit der Meldung wäre das Verzeichnis fehlerhaft: " + faulty.Error()}
	case err != nil:
		s.o.Log.Error("register report not kept", "err", err)
		return internalError()
	}
	return s.sendJSON(q, angenommen{id}, "")
}

// Report hands in what a participant reports, at the first server that takes reports. It waits there under the number for a maintainer.
func (c *Client) Report(ctx context.Context, raw []byte) (id int64, err error) {
	var errs []error
	for _, url := range c.o.Servers {
		data, _, err := c.do(ctx, request{method: http.MethodPost, target: url + "/meldung", contentType: "application/yaml", body: raw, limit: maxAntwort})
		var done angenommen
		if err == nil {
			if err = json.Unmarshal(data, &done); err == nil {
				return done.Meldung, nil
			}
		}
		refused, answered := errors.AsType[*statusError](err)
		if answered && refused.said != "" {
			err = fmt.Errorf("%s: %s", url, refused.said)
		}
		if errs = append(errs, err); answered && refused.code != http.StatusConflict && refused.code < 500 {
			break // it was judged; another server would judge the same
		}
	}
	return 0, fmt.Errorf("report: %w", errors.Join(errs...))
}
