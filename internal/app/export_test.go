package app

import (
	"time"

	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
)

// WaitingNotice is what the status page says about files that nobody takes.
var WaitingNotice = waitingNotice

// Stuck is what the status page says of bundles that do not get into the inbox of a profile.
func Stuck(s PrintStand, now time.Time) string { return s.stuck(now) }

// Keys are the decryption keys of a participant.
type Keys struct{ *keyFiles }

// NewKeys reads them.
func NewKeys(p config.Participant) (Keys, error) {
	k := Keys{&keyFiles{}}
	_, err := k.use([]config.Participant{p})
	return k, err
}

// Reload looks at the files again.
func (k Keys) Reload() (bool, error) { return k.reload() }

// First is the fingerprint of the current certificate.
func (k Keys) First(account string) string {
	return certs.Fingerprint(k.ring(account)[0].Certificate)
}

// IsRevoked says whether a gateway knows that a certificate is revoked.
func IsRevoked(g *Gateway, fingerprint string) bool { return g.revoked.Has(fingerprint) }

// DirectoryTrouble is what the page says of the authority servers beside a message that waits for them.
var DirectoryTrouble = directoryTrouble
