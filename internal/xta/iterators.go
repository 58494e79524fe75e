package xta

import (
	"sync"
	"time"
)

// Bounds of iterators. They live in memory alone: after a restart, or when there are too many, the answer is RequestIdInvalid and
// the caller lists again; what it did not close is still there.
const (
	maxIterators       = 256
	maxReaderIterators = 16
	iteratorLife       = 15 * time.Minute // since its last use
)

// iterator goes on where an answer of getStatusList or getMessage ended (xta.md 4.5, 6.7, 6.9). List and messages have a place
// each, so that one may list and then fetch with the same request id.
type iterator struct {
	mu        sync.Mutex // one call at a time goes on
	selection selection
	short     bool   // ListForm MsgAtrributes
	part      string // MsgPart
	list      position
	message   position
	used      time.Time // guarded by iterators
}

// iterators are those of all readers, by MsgBoxRequestID.
type iterators struct {
	mu  sync.Mutex
	all map[string]*iterator
}

// add keeps an iterator; the one of the same reader that rested longest, or of all, makes room.
func (l *iterators) add(id string, it *iterator, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[string]*iterator{}
	}
	mine, oldestMine, oldest := 0, "", ""
	for key, o := range l.all {
		if now.Sub(o.used) > iteratorLife {
			delete(l.all, key)
			continue
		}
		if oldest == "" || o.used.Before(l.all[oldest].used) {
			oldest = key
		}
		if o.selection.reader != it.selection.reader {
			continue
		}
		mine++
		if oldestMine == "" || o.used.Before(l.all[oldestMine].used) {
			oldestMine = key
		}
	}
	switch {
	case mine >= maxReaderIterators:
		delete(l.all, oldestMine)
	case len(l.all) >= maxIterators:
		delete(l.all, oldest)
	}
	it.used = now
	l.all[id] = it
}

// find gives the reader's iterator, nil if it has none of that id (any more).
func (l *iterators) find(id, reader string, now time.Time) *iterator {
	l.mu.Lock()
	defer l.mu.Unlock()
	it := l.all[id]
	if it == nil || it.selection.reader != reader || now.Sub(it.used) > iteratorLife {
		return nil
	}
	it.used = now
	return it
}

// free drops the reader's iterator.
func (l *iterators) free(id, reader string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if it := l.all[id]; it != nil && it.selection.reader == reader {
		delete(l.all, id)
	}
}
