package store

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// keptQuestions is how many distinct questions the store remembers; the oldest go.
const keptQuestions = 10_000

// Question is what is remembered of a question that was asked: enough to ask it again of another version, nothing about a person.
type Question struct {
	Betriebsart amtshilfe.Betriebsart
	Einnahmeart amtshilfe.Einnahmeart
	PLZ, Ort    string
}

// questions collects in memory what Flush writes: the way of a question must not wait for the disk.
type questions struct {
	mu   sync.Mutex
	seen map[Question]time.Time // when it was last noted for writing
	open map[Question]time.Time // not written yet
}

// flushed is how many questions one Flush writes at most, in a few milliseconds of a processor that answers wait for; more in one second are
// forgotten until they are asked again.
const flushed = 100

// again is how long a question that is asked all the time is not written anew.
const again = time.Hour

// RememberQuestion keeps a question for LastQuestions. It only takes what looks like a postcode and a place: what a sender has put
// there in error (a name, a house number) is not kept. It never waits for the disk.
func (s *Store) RememberQuestion(q Question) {
	if !q.harmless() {
		return
	}
	q.Einnahmeart.Name = ""
	now, m := s.o.Now(), &s.questions
	m.mu.Lock()
	defer m.mu.Unlock()
	if at, ok := m.seen[q]; ok && now.Sub(at) < again {
		return
	}
	if m.seen == nil || len(m.seen) >= keptQuestions {
		m.seen = map[Question]time.Time{}
	}
	if m.open == nil {
		m.open = map[Question]time.Time{}
	}
	if len(m.open) < flushed {
		m.seen[q], m.open[q] = now, now
	}
}

// harmless says whether the question can be kept: a postcode of five digits, a place of letters.
func (q Question) harmless() bool {
	if len(q.PLZ) != 5 || strings.Trim(q.PLZ, "0123456789") != "" || q.Ort == "" || len(q.Ort) > 80 || !q.Betriebsart.Valid() {
		return false
	}
	for _, s := range [...]string{q.Einnahmeart.List, q.Einnahmeart.Version, q.Einnahmeart.Code} {
		if s == "" || len(s) > 250 {
			return false
		}
	}
	return !strings.ContainsFunc(q.Ort, func(r rune) bool { return !unicode.IsLetter(r) && !strings.ContainsRune(" -./()'", r) })
}

// Flush writes the questions that are in memory. Watch does so all the time, and Close at the end.
func (s *Store) Flush() error {
	m := &s.questions
	m.mu.Lock()
	open := m.open
	m.open = nil
	m.mu.Unlock()
	if len(open) == 0 {
		return nil
	}
	return s.write(context.Background(), "remember questions", func(tx *sqlitedb.Tx) error {
		for q, at := range open {
			if _, err := tx.Exec(`INSERT INTO frage(betriebsart, list, list_version, code, plz, ort, am) VALUES(?,?,?,?,?,?,?)
				ON CONFLICT(betriebsart, list, list_version, code, plz, ort) DO UPDATE SET am=excluded.am`,
				string(q.Betriebsart), q.Einnahmeart.List, q.Einnahmeart.Version, q.Einnahmeart.Code, q.PLZ, q.Ort, at.UnixMicro()); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`DELETE FROM frage WHERE am < (SELECT am FROM frage ORDER BY am DESC LIMIT 1 OFFSET ?)`, keptQuestions-1)
		return err
	})
}

// LastQuestions lists the newest questions, at most n.
func (s *Store) LastQuestions(n int) ([]Question, error) {
	rows, err := s.db.Reader().Query(`SELECT betriebsart, list, list_version, code, plz, ort FROM frage ORDER BY am DESC LIMIT ?+0`, n)
	if err != nil {
		return nil, fmt.Errorf("register store: questions: %w", err)
	}
	return collect(rows, func() (q Question, err error) {
		err = rows.Scan(&q.Betriebsart, &q.Einnahmeart.List, &q.Einnahmeart.Version, &q.Einnahmeart.Code, &q.PLZ, &q.Ort)
		return q, err
	})
}
