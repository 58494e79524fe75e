package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"time"

	"damtshilfe/internal/register"
	"damtshilfe/internal/sqlitedb"
)

// Fassung is what is known of a version beside its content.
type Fassung struct {
	Seq      int64     // from 1, each one more than the one before; the highest is in force
	Version  string    // as answers, receipts and letters name it; no two versions have the same
	ETag     string    // of the Directory, as the program computed it that put it
	Angelegt time.Time // when it was put
	Wer      string    // who put or proposed it
	Zweite   string    // who accepted it; "" = nobody had to
	Grund    string    // why
	Quelle   string    // where its content came from
	SHA256   string    // of the stored bytes, hex
	Signatur []byte    // of the primary, on a secondary; nil elsewhere
	Geleert  time.Time // since when its content is not kept any more; zero = it is there
}

const (
	written = `seq, version, etag, angelegt_am, wer, zweite_person, grund, quelle, sha256, signatur`
	columns = written + `, coalesce(geleert_am, 0)`
)

type row interface{ Scan(dest ...any) error }

func scan(r row, more ...any) (v Fassung, err error) {
	var at, emptied int64
	err = r.Scan(append([]any{&v.Seq, &v.Version, &v.ETag, &at, &v.Wer, &v.Zweite, &v.Grund, &v.Quelle, &v.SHA256, &v.Signatur, &emptied}, more...)...)
	v.Angelegt = time.UnixMicro(at).UTC()
	if emptied != 0 {
		v.Geleert = time.UnixMicro(emptied).UTC()
	}
	return v, err
}

// Put checks f, which must not be changed afterwards, and puts it into force. A name of a version that was used before is made new (see rename); a directory equal to the one
// in force, name and all, makes no new version: the answer is the one in force. The error of a faulty f is a *register.Error.
func (s *Store) Put(ctx context.Context, f register.File, by By) (Fassung, error) {
	if s.o.SecondPerson {
		return Fassung{}, ErrSecondPerson
	}
	return s.put(ctx, f, by, put{action: "put"})
}

// Rollback puts the content of an earlier version into force again, as a new version.
func (s *Store) Rollback(ctx context.Context, seq int64, by By) (Fassung, error) {
	if s.o.SecondPerson {
		return Fassung{}, ErrSecondPerson
	}
	f, _, err := s.Get(seq)
	if err != nil {
		return Fassung{}, err
	}
	if by.Quelle == "" {
		by.Quelle = "Fassung " + strconv.FormatInt(seq, 10)
	}
	return s.put(ctx, f, by, put{action: "rollback"})
}

// put says what else is done in the transaction of a new version.
type put struct {
	action string // for the audit
	zweite string // the second person
	exact  bool   // By.Basis counts even if it is 0: the store has to be empty still
	also   func(tx *sqlitedb.Tx, seq int64) error
}

func (s *Store) put(ctx context.Context, f register.File, by By, p put) (Fassung, error) {
	if err := by.check(); err != nil {
		return Fassung{}, fmt.Errorf("register store: %s: %w", p.action, err)
	}
	for {
		n, err := s.next(f, by, p)
		if err != nil {
			return Fassung{}, err
		}
		err = s.write(ctx, p.action, n.insert)
		if errors.Is(err, ErrChanged) && by.Basis == 0 && !p.exact {
			continue // somebody was faster, and the caller does not mind
		}
		if err != nil {
			return Fassung{}, err
		}
		if n.dir != nil {
			s.hold(n.dir, n.v)
		}
		return n.v, nil
	}
}

// version is one about to be written.
type version struct {
	put
	s     *Store
	v     Fassung
	basis int64               // the version that has to be in force still; 0 = none
	dir   *register.Directory // nil: v is in force already, nothing is to be written but what goes with it
	raw   []byte
	now   time.Time
}

// next prepares the version after the one in force.
func (s *Store) next(f register.File, by By, p put) (*version, error) {
	n := &version{put: p, s: s, now: s.o.Now()}
	have, err := s.head()
	if err != nil && !errors.Is(err, ErrEmpty) {
		return nil, err
	}
	n.basis = have.Seq
	if err := s.keepRevoked(&f); err != nil {
		return nil, err
	}
	if (by.Basis != 0 || p.exact) && by.Basis != have.Seq {
		return nil, fmt.Errorf("register store: made from version %d, in force is %d: %w", by.Basis, have.Seq, ErrChanged)
	}
	same, err := s.same(&f, have)
	if err != nil {
		return nil, err
	}
	if same {
		n.v = have
		return n, nil
	}
	if f.Version, err = s.rename(f.Version, have.Seq+1); err != nil {
		return nil, err
	}
	if n.dir, n.raw, err = build(f, s.like()); err != nil {
		return nil, err
	}
	n.v = Fassung{Seq: have.Seq + 1, Version: f.Version, ETag: n.dir.ETag(), Angelegt: n.now.UTC().Truncate(time.Microsecond), Wer: by.Wer,
		Zweite: p.zweite, Grund: by.Grund, Quelle: by.Quelle, SHA256: sum(n.raw)}
	return n, nil
}

// same says whether f is the version in force already, name and all.
func (s *Store) same(f *register.File, have Fassung) (bool, error) {
	if f.Version != have.Version {
		return false, nil
	}
	if h := s.held.Load(); h != nil && h.v.Seq == have.Seq && !f.Stand.Equal(h.dir.View().Stand) {
		return false, nil // most changes have a day of their own: nothing has to be written to see it
	}
	raw, err := encode(func(w io.Writer) error { return register.WriteJSON(w, f) })
	return sum(raw) == have.SHA256, err
}

// build makes a directory and what is stored of it. f is the store's from then on.
func build(f register.File, like *register.Directory) (dir *register.Directory, raw []byte, err error) {
	var faulty error
	raw, err = encode(func(w io.Writer) error {
		dir, faulty = register.TakeLike(f, register.Making{Like: like, JSON: w})
		return faulty
	})
	if faulty != nil {
		err = fmt.Errorf("register store: %w", faulty)
	}
	return dir, raw, err
}

// insert is the switch: with the COMMIT behind it the version is in force.
func (n *version) insert(tx *sqlitedb.Tx) error {
	var have int64
	if err := tx.QueryRow(`SELECT coalesce(max(seq), 0) FROM fassung`, nil, &have); err != nil {
		return err
	}
	if have != n.basis {
		return fmt.Errorf("made from version %d, in force is %d: %w", n.basis, have, ErrChanged)
	}
	if n.dir != nil {
		if err := n.s.insert(tx, n.v, n.raw); err != nil {
			return err
		}
		if err := appendAudit(tx, n.now, Entry{Wer: n.v.Wer, Was: n.action, Gegenstand: "version " + n.v.Version, Grund: n.v.Grund}); err != nil {
			return err
		}
	}
	if n.also == nil {
		return nil
	}
	return n.also(tx, n.v.Seq)
}

func (s *Store) insert(tx *sqlitedb.Tx, v Fassung, raw []byte) error {
	_, err := tx.Exec(`INSERT INTO fassung(`+written+`, inhalt) VALUES(?,?,?,?,?,?,?,?,?,?,?)`,
		v.Seq, v.Version, v.ETag, v.Angelegt.UnixMicro(), v.Wer, v.Zweite, v.Grund, v.Quelle, v.SHA256, v.Signatur, raw)
	if err != nil {
		return err
	}
	return s.prune(tx, v.Seq)
}

var suffix = regexp.MustCompile(`-f[0-9]+$`)

// rename gives the name itself if no version has it, or else one that says the number of the version: "2026-11" becomes "2026-11-f7".
func (s *Store) rename(version string, seq int64) (string, error) {
	var used int
	if err := s.db.Reader().QueryRow(`SELECT count(*) FROM fassung WHERE version=?`, version).Scan(&used); err != nil {
		return "", fmt.Errorf("register store: %w", err)
	}
	if used == 0 {
		return version, nil
	}
	base := []rune(suffix.ReplaceAllString(version, ""))
	return string(base[:min(len(base), 75)]) + "-f" + strconv.FormatInt(seq, 10), nil
}

// head is the version in force, without its content.
func (s *Store) head() (Fassung, error) {
	v, err := scan(s.db.Reader().QueryRow(`SELECT ` + columns + ` FROM fassung ORDER BY seq DESC LIMIT 1`))
	if errors.Is(err, sql.ErrNoRows) {
		return v, ErrEmpty
	}
	if err != nil {
		return v, fmt.Errorf("register store: %w", err)
	}
	return v, nil
}

// collect reads all rows and closes them.
func collect[T any](rows *sql.Rows, one func() (T, error)) (all []T, err error) {
	defer rows.Close()
	for rows.Next() {
		v, err := one()
		if err != nil {
			return nil, fmt.Errorf("register store: %w", err)
		}
		all = append(all, v)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("register store: %w", err)
	}
	return all, nil
}
