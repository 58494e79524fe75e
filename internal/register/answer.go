package register

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// What the header of every answer says beside its ETag.
const (
	seqHeader   = "Verzeichnis-Fassung" // number of the version in the store
	alterHeader = "Verzeichnis-Alter"   // seconds since a secondary last heard from its primary
)

func (s *Server) answer001(q *question) *refusal {
	doc, ref := q.body(maxAnfrage, "application/xml", "text/xml")
	if ref != nil {
		return ref
	}
	e, a, err := s.gate.read001(doc, s.maps)
	if f, ok := errors.AsType[*amtshilfe.Fault](err); ok {
		return &refusal{http.StatusBadRequest, f.Code, f.Text}
	}
	if err != nil {
		return internalError()
	}
	return s.send002(q, s.lookup(q, Question{Einnahmeart: e, Anschrift: a}))
}

// lookup answers one question, and has it remembered.
func (s *Server) lookup(q *question, ask Question) amtshilfe.Zustaendigkeit {
	if s.o.Remember != nil {
		s.o.Remember(ask.Einnahmeart, ask.Anschrift, q.betriebsart)
	}
	ask.Betriebsart, ask.Am = q.betriebsart, s.o.Now()
	return s.certified(q, q.tally.count(q.served.dir.Answer(ask)))
}

// certified puts the certificates of now into an answer.
func (s *Server) certified(q *question, z amtshilfe.Zustaendigkeit) amtshilfe.Zustaendigkeit {
	return counting{q.served.certificates, s.o.Now(), s.locked.Load().has}.into(z, q.betriebsart)
}

func (s *Server) answerKennung(q *question) *refusal {
	if s.unchanged(q, s.etag(q)) {
		return nil
	}
	find := q.served.dir.ByKennungAm
	if q.r.URL.Query().Get("ersuchen") == "1" {
		find = q.served.dir.WantedAm
	}
	return s.send002(q, s.certified(q, q.tally.count(find(q.r.PathValue("kennung"), q.betriebsart, s.o.Now()))))
}

// etag changes with everything that answers follow from: the directory, the day, and the certificates that are revoked.
func (s *Server) etag(q *question) string {
	return q.served.dir.ETag() + "." + string(Day(s.o.Now())) + s.locked.Load().mark
}

// unchanged answers a GET whose asker has the answer already.
func (s *Server) unchanged(q *question, etag string) bool {
	have := strings.Split(q.r.Header.Get("If-None-Match"), ",")
	if !slices.ContainsFunc(have, func(one string) bool { return strings.TrimPrefix(strings.TrimSpace(one), "W/") == strconv.Quote(etag) }) {
		return false
	}
	s.headers(q, "", etag)
	q.w.WriteHeader(http.StatusNotModified)
	return true
}

func (s *Server) answerFragen(q *question) *refusal {
	body, ref := q.body(maxFragen, "application/json")
	if ref != nil {
		return ref
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	var in fragen
	err := dec.Decode(&in)
	if end := dec.InputOffset(); err != nil || len(bytes.TrimSpace(body[end:])) > 0 {
		return &refusal{http.StatusBadRequest, "ZUST-ANFRAGE", "Die Fragen sind kein JSON der verlangten Form."}
	}
	if ref := doubled(body[:dec.InputOffset()]); ref != nil {
		return ref
	}
	if len(in.Fragen) == 0 || len(in.Fragen) > maxQuestions {
		return &refusal{http.StatusBadRequest, "ZUST-ANFRAGE", "Eine Anfrage enthält 1 bis 1000 Fragen."}
	}
	if ref := s.limited(q, len(in.Fragen)-1); ref != nil {
		return ref
	}
	f := q.served.dir.file
	out := antworten{Version: f.Version, Stand: f.Stand, GueltigBis: f.GueltigBis, Antworten: make([]antwort, len(in.Fragen))}
	for i, one := range in.Fragen {
		out.Antworten[i] = antwortOf(s.lookup(q, one.question()))
	}
	return s.sendJSON(q, out, s.etag(q))
}

func (s *Server) sendJSON(q *question, v any, etag string) *refusal {
	data, err := json.Marshal(v)
	if err != nil {
		return internalError()
	}
	s.headers(q, "application/json", etag)
	q.w.Write(data) // an asker that went away asks again
	return nil
}

func (s *Server) send002(q *question, z amtshilfe.Zustaendigkeit) *refusal {
	s.headers(q, "application/xml; charset=utf-8", s.etag(q))
	if z.Behoerde.Land != "" {
		q.w.Header().Set(landHeader, z.Behoerde.Land)
	}
	if len(z.Kanaele) > 0 && z.Kanaele[0].Grund != "" {
		q.w.Header().Set(reasonHeader, url.QueryEscape(z.Kanaele[0].Grund))
	}
	if z.Fehlt != "" {
		q.w.Header().Set(lackHeader, string(z.Fehlt))
	}
	q.w.Write(Write002(z)) // an asker that went away asks again
	return nil
}

// headers says how long the answer may be used, and from which directory it is. etag "" = it must not be kept.
func (s *Server) headers(q *question, contentType, etag string) {
	h := q.w.Header()
	if contentType != "" {
		h.Set("Content-Type", contentType)
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	if etag != "" {
		h.Set("ETag", strconv.Quote(etag))
		h.Set("Cache-Control", "private, max-age="+strconv.Itoa(int(s.o.MaxAge/time.Second)))
	}
	if q.served.version.Seq > 0 {
		h.Set(seqHeader, strconv.FormatInt(q.served.version.Seq, 10))
	}
	if s.o.Following != nil {
		behind, _ := s.o.Following()
		h.Set(alterHeader, strconv.Itoa(int(behind/time.Second)))
	}
}
