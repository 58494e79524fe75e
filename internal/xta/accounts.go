package xta

import (
	"crypto/x509"
	"slices"
	"time"

	"damtshilfe/internal/certs"
)

// Account says for whom a certificate may act. One certificate may stand in several accounts, one account may have several
// certificates (renewal).
type Account struct {
	Kennungen    []string // authors and readers it acts for; "*" = any
	Fingerprints []string // SHA-256 of its certificates (DER), hex
	Locked       bool
	Services     []string // booked services for sending; empty = all
}

func (a Account) has(kennung string) bool {
	return slices.Contains(a.Kennungen, kennung) || slices.Contains(a.Kennungen, "*")
}

// authorise finds the account by which certificate acts for kennung (XTA 2.1.1 PermissionDeniedException). The whole certificate decides, never its names. An
// empty kennung stands for the account's only one (xta.md 5: the Author header may be missing).
func authorise(accounts []Account, certificate *x509.Certificate, kennung string, now time.Time) (Account, string, *Fault) {
	if certificate == nil {
		return Account{}, "", Refuse(9014, "")
	}
	if now.After(certificate.NotAfter) {
		return Account{}, "", Refuse(9010, "")
	}
	fingerprint := certs.Fingerprint(certificate)
	known, locked := false, false
	for _, a := range accounts {
		mine := slices.Contains(a.Fingerprints, fingerprint)
		if mine && kennung == "" && len(a.Kennungen) == 1 && a.Kennungen[0] != "*" {
			kennung = a.Kennungen[0]
		}
		if kennung == "" || !a.has(kennung) {
			continue
		}
		known = true
		switch {
		case mine && a.Locked:
			locked = true
		case mine:
			return a, kennung, nil
		}
	}
	switch {
	case locked:
		return Account{}, "", Refuse(9011, "")
	case known:
		return Account{}, "", Refuse(9014, "")
	}
	return Account{}, "", Refuse(9012, "")
}

// booked says whether the service is among those allowed; an empty list allows all.
func booked(services []string, service string) bool {
	return len(services) == 0 || slices.Contains(services, service)
}
