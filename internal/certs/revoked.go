package certs

import (
	"slices"
	"sync"
)

// Revoked is the set of certificates that must not be used any more, shared by whoever looks at certificates: clients at the server's,
// servers at the caller's, senders at the one that they encrypt for. A nil *Revoked is an empty set; it is safe for concurrent use.
type Revoked struct {
	mu    sync.RWMutex
	all   map[string]bool // SHA-256, lower-case hex
	tells []func(added []string)
}

// NewRevoked makes a set.
func NewRevoked(fingerprints ...string) *Revoked {
	r := &Revoked{}
	r.Replace(fingerprints)
	return r
}

// Has says whether the certificate with this fingerprint is revoked; it may be written as people paste it.
func (r *Revoked) Has(fingerprint string) bool {
	if r == nil || fingerprint == "" {
		return false
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.all) > 0 && r.all[CleanFingerprint(fingerprint)]
}

// List gives the fingerprints in order.
func (r *Revoked) List() (list []string) {
	if r == nil {
		return nil
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	for f := range r.all {
		list = append(list, f)
	}
	slices.Sort(list)
	return list
}

// Replace makes the set be this one, and tells whoever asked for it before it returns what was not in it before.
func (r *Revoked) Replace(fingerprints []string) (added []string) {
	next := make(map[string]bool, len(fingerprints))
	r.mu.Lock()
	for _, f := range fingerprints {
		f = CleanFingerprint(f)
		if !next[f] && !r.all[f] {
			added = append(added, f)
		}
		next[f] = true
	}
	r.all = next
	tells := slices.Clone(r.tells)
	r.mu.Unlock()
	if len(added) > 0 {
		for _, tell := range tells {
			tell(added)
		}
	}
	return added
}

// Tell asks to be told of certificates that are revoked from now on.
func (r *Revoked) Tell(f func(added []string)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tells = append(r.tells, f)
}
