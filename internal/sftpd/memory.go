package sftpd

import (
	"sync"
	"time"
)

// maxRemembered bounds the memory: the oldest names go first.
const maxRemembered = 100_000

// memory keeps how claimed files looked to their clients. rclone, paramiko and WinSCP stat and setstat a file after they have
// uploaded it and call its absence a failure.
type memory struct {
	keep time.Duration
	now  func() time.Time

	mu    sync.Mutex
	known map[nameKey]remembered
	order []nameKey // oldest first; a key may stand in it more than once
}

type nameKey struct{ account, name string }

type remembered struct {
	size  int64
	mtime time.Time // as the client set it, else when the upload ended
	set   bool      // the client set mtime
	until time.Time
}

func newMemory(keep time.Duration, now func() time.Time) *memory {
	return &memory{keep: keep, now: now, known: map[nameKey]remembered{}}
}

// keepName remembers a file that was taken in, or that waits; mtime zero = now.
func (m *memory) keepName(account, name string, size int64, mtime time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	r := remembered{size: size, mtime: mtime, set: !mtime.IsZero(), until: now.Add(m.keep)}
	if mtime.IsZero() {
		r.mtime = now.Truncate(time.Second)
	}
	k := nameKey{account, name}
	m.known[k] = r
	m.order = append(m.order, k)
	for len(m.order) > 0 {
		oldest := m.known[m.order[0]]
		if len(m.order) <= maxRemembered && now.Before(oldest.until) {
			return
		}
		if len(m.order) > maxRemembered || !now.Before(oldest.until) {
			delete(m.known, m.order[0])
		}
		m.order = m.order[1:]
	}
}

// look gives what is remembered of a name.
func (m *memory) look(account, name string) (remembered, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.known[nameKey{account, name}]
	return r, ok && m.now().Before(r.until)
}

// setTime notes the modification time that the client wants to see; false if the name is not remembered.
func (m *memory) setTime(account, name string, mtime time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := nameKey{account, name}
	r, ok := m.known[k]
	if !ok || !m.now().Before(r.until) {
		return false
	}
	r.mtime, r.set = mtime, true
	m.known[k] = r
	return true
}

// forget drops a name.
func (m *memory) forget(account, name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.known, nameKey{account, name})
}
