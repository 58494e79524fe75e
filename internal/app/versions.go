package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"damtshilfe/internal/register"
	"damtshilfe/internal/register/store"
)

// versions lets an authority server read and change its store.
type versions struct {
	store   *store.Store
	now     func() time.Time
	changed func() // another version may be in force; what others change is seen within a second anyway
}

// Fassung gives a version with its content.
func (v versions) Fassung(_ context.Context, seq int64) (register.Fassung, error) {
	f, raw, err := v.store.Raw(seq)
	if err != nil {
		return register.Fassung{}, told(err)
	}
	return register.Fassung{Seq: f.Seq, Version: f.Version, ETag: f.ETag, Angelegt: f.Angelegt, Wer: f.Wer, Zweite: f.Zweite, Grund: f.Grund,
		Quelle: f.Quelle, SHA256: f.SHA256, Signatur: f.Signatur, Inhalt: raw}, nil
}

func versionOf(f store.Fassung) register.Version {
	return register.Version{Seq: f.Seq, SHA256: f.SHA256, Angelegt: f.Angelegt}
}

// adopt stores a version of the primary.
func (v versions) adopt(ctx context.Context, f register.Fassung) error {
	err := v.store.Adopt(ctx, store.Fassung{Seq: f.Seq, Version: f.Version, ETag: f.ETag, Angelegt: f.Angelegt, Wer: f.Wer, Zweite: f.Zweite,
		Grund: f.Grund, Quelle: f.Quelle, SHA256: f.SHA256, Signatur: f.Signatur}, f.Inhalt)
	v.changed()
	return told(err)
}

// current is the version in force, 0 if there is none.
func (v versions) current() (seq int64, sha256 string, err error) {
	_, f, err := v.store.Current()
	if errors.Is(err, store.ErrEmpty) {
		return 0, "", nil
	}
	return f.Seq, f.SHA256, err
}

// sourceService names where changes over HTTPS come from.
const sourceService = "POST /aenderung"

// Change puts a change into force, or keeps it for a second person.
func (v versions) Change(ctx context.Context, a register.Aenderung, wer string) (register.Beschluss, error) {
	r, err := v.store.Change(ctx, store.By{Wer: wer, Grund: a.Grund, Quelle: sourceService}, func(f *register.File) error { return a.Apply(f, v.now()) })
	if err != nil {
		return register.Beschluss{}, told(err)
	}
	v.changed()
	return register.Beschluss{Seq: r.Fassung.Seq, Version: r.Fassung.Version, Aenderung: r.Proposed.ID, Gleich: r.Unchanged}, nil
}

// pendingShown is how many changes are listed: there is always a handful.
const pendingShown = 1000

// Open lists the changes that wait for a second person.
func (v versions) Open(context.Context) ([]register.OffeneAenderung, error) {
	list, err := v.store.Pending(pendingShown)
	if err != nil {
		return nil, told(err)
	}
	var open []register.OffeneAenderung
	for _, a := range list {
		open = append(open, register.OffeneAenderung{ID: a.ID, Basis: a.Basis, Angelegt: a.Angelegt, Wer: a.Wer, Grund: a.Grund, Quelle: a.Quelle})
	}
	return open, nil
}

// Accept puts a change into force.
func (v versions) Accept(ctx context.Context, id int64, wer, grund string) (register.Beschluss, error) {
	f, err := v.store.Accept(ctx, id, store.By{Wer: wer, Grund: grund, Quelle: sourceService})
	if err != nil {
		return register.Beschluss{}, told(err)
	}
	v.changed()
	return register.Beschluss{Seq: f.Seq, Version: f.Version, Aenderung: id}, nil
}

// Reject ends a change.
func (v versions) Reject(ctx context.Context, id int64, wer, grund string) error {
	return told(v.store.Reject(ctx, id, store.By{Wer: wer, Grund: grund, Quelle: sourceService}))
}

// told gives an error of the store in the words of the server.
func told(err error) error {
	for ours, theirs := range map[error]error{store.ErrNotFound: register.ErrNotFound, store.ErrSamePerson: register.ErrSamePerson,
		store.ErrTooMany: register.ErrTooMany, store.ErrChanged: register.ErrChanged, store.ErrDecided: register.ErrDecided} {
		if errors.Is(err, ours) {
			return fmt.Errorf("%w: %w", theirs, err)
		}
	}
	return err
}
