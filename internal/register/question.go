package register

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// question is one request under way.
type question struct {
	w           http.ResponseWriter
	r           *http.Request
	served      *served
	betriebsart amtshilfe.Betriebsart   // "" where none is asked for
	fingerprint string                  // of the client certificate
	may         []amtshilfe.Betriebsart // that the certificate may ask for
	name        string                  // of it in the configuration, or the beginning of fingerprint
	tally       tally
	status      int // that a page has answered with; 0 = not a page, or nothing was said, which is 200
}

// watched remembers the status of an answer for the audit.
type watched struct {
	http.ResponseWriter
	status int
}

func (w *watched) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// tally counts answers for the audit log.
type tally struct{ found, ambiguous, nobody int }

func (t *tally) count(z amtshilfe.Zustaendigkeit) amtshilfe.Zustaendigkeit {
	switch {
	case len(z.Kandidaten) > 0:
		t.ambiguous++
	case z.IsZero():
		t.nobody++
	default:
		t.found++
	}
	return z
}

// refusal is an answer other than 200.
type refusal struct {
	Status int    `json:"-"`
	Code   string `json:"code"`
	Text   string `json:"text"`
}

func (q *question) body(limit int64, types ...string) ([]byte, *refusal) {
	t, _, _ := mime.ParseMediaType(q.r.Header.Get("Content-Type"))
	if !slices.Contains(types, t) {
		return nil, &refusal{http.StatusUnsupportedMediaType, "ZUST-ANFRAGE", "Der Content-Type ist nicht " + strings.Join(types, " oder ") + "."}
	}
	data, err := readAll(http.MaxBytesReader(q.w, q.r.Body, limit), q.r.ContentLength)
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, &refusal{http.StatusRequestEntityTooLarge, "ZUST-ANFRAGE", "Die Anfrage ist zu groß."}
	}
	if err != nil {
		return nil, &refusal{http.StatusBadRequest, "ZUST-ANFRAGE", "Die Anfrage kam nicht vollständig an."}
	}
	return data, nil
}

// readAll is io.ReadAll with room for as many bytes as were announced, if these are few.
func readAll(r io.Reader, announced int64) ([]byte, error) {
	b := bytes.NewBuffer(make([]byte, 0, bytes.MinRead+min(max(announced, 0), 32<<10)))
	_, err := b.ReadFrom(r)
	return b.Bytes(), err
}

func (q *question) refuse(ref *refusal) {
	q.w.Header().Set("Content-Type", "application/json")
	q.w.Header().Set("Cache-Control", "no-store")
	q.w.WriteHeader(ref.Status)
	json.NewEncoder(q.w).Encode(ref)
}

func internalError() *refusal {
	return &refusal{http.StatusInternalServerError, "ZUST-SERVER", "Das Behördenverzeichnis konnte nicht antworten."}
}
