package spool

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/fsnotify/fsnotify"
)

// Watch tells, until ctx ends, which account's files have moved; "" = look at all of them (the kernel dropped events). Hints
// may come late, twice or not at all (network shares send none): the periodic Scan is the truth. The channel is closed at the
// end. Accounts and sources must have been added before.
func (s *Spool) Watch(ctx context.Context) (<-chan string, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch: %w", err)
	}
	owner, err := s.watchAll(w)
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	hints := make(chan string)
	go func() {
		defer close(hints)
		defer w.Close()
		pass(ctx, w, owner, hints)
	}()
	return hints, nil
}

// watchAll gives each watched directory its account. A source that is not there is left to the scan.
func (s *Spool) watchAll(w *fsnotify.Watcher) (map[string]string, error) {
	owner := map[string]string{}
	for _, name := range s.Accounts() {
		a, err := s.account(name)
		if err != nil {
			return nil, err
		}
		in := filepath.Clean(a.in().Path())
		if err := w.Add(in); err != nil {
			return nil, fmt.Errorf("watch account %s: %w", name, err)
		}
		owner[in] = name
		a.mu.Lock()
		for _, f := range a.sources {
			if w.Add(f.source) == nil {
				owner[f.source] = name
			}
		}
		a.mu.Unlock()
	}
	return owner, nil
}

// pass hands hints on. While nobody listens they pile up as a set, so that a burst becomes one hint per account.
func pass(ctx context.Context, w *fsnotify.Watcher, owner map[string]string, hints chan<- string) {
	pending := map[string]bool{}
	for {
		var out chan<- string
		var next string
		for next = range pending {
			out = hints
			break
		}
		select {
		case <-ctx.Done():
			return
		case out <- next:
			delete(pending, next)
		case e, ok := <-w.Events:
			if !ok {
				return
			}
			if name, ok := owner[filepath.Dir(e.Name)]; ok {
				pending[name] = true
			}
		case _, ok := <-w.Errors:
			if !ok {
				return
			}
			pending[""] = true // overflow or worse: only a scan of everything helps
		}
	}
}
