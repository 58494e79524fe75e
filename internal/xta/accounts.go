package xta

import (
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"damtshilfe/internal/certs"
)

// Account says for whom a certificate may act. One certificate may stand in several accounts, one account may have several
// certificates: during a renewal the old and the new one are valid together.
type Account struct {
	Kennungen    []string // authors and readers it acts for; "*" = any author, but nobody's mailbox
	Fingerprints []string // SHA-256 of its certificates (DER), hex
	Locked       bool
	Services     []string // booked services for sending; empty = all
}

// permit is what a call may do: the account it acts by and the kennung it acts for.
type permit struct {
	account     Account
	kennung     string
	fingerprint string // of the certificate, lower-case hex
	notAfter    time.Time
}

// named says that the account names the kennung, not just any: only then it may see what lies there for a reader.
func (p permit) named() bool { return slices.Contains(p.account.Kennungen, p.kennung) }

// accountBook answers for whom a certificate acts. It never changes; Server.SetAccounts replaces it.
type accountBook struct {
	byCertificate map[string][]Account // by fingerprint
	kennungen     map[string]bool      // named by any account
}

// newAccountBook checks the accounts and copies what it keeps.
func newAccountBook(accounts []Account) (*accountBook, error) {
	b := &accountBook{byCertificate: map[string][]Account{}, kennungen: map[string]bool{}}
	for i, a := range accounts {
		a.Kennungen, a.Services = slices.Clone(a.Kennungen), slices.Clone(a.Services)
		for _, k := range a.Kennungen {
			b.kennungen[k] = k != "*"
		}
		for _, f := range a.Fingerprints {
			f = certs.CleanFingerprint(f)
			if len(f) != 64 || strings.Trim(f, "0123456789abcdef") != "" {
				return nil, fmt.Errorf("xta server: account %d: a fingerprint is not the hex of a SHA-256", i+1)
			}
			b.byCertificate[f] = append(b.byCertificate[f], a)
		}
	}
	return b, nil
}

// authorise finds the account by which certificate acts for kennung (XTA 2.1.1 PermissionDeniedException). The whole
// certificate decides, never its names. An empty kennung stands for the certificate's only one (xta.md 5: the Author header
// may be missing).
func (b *accountBook) authorise(certificate *x509.Certificate, kennung string, now time.Time) (permit, *Fault) {
	if certificate == nil {
		return permit{}, Refuse(9014, "")
	}
	if now.After(certificate.NotAfter) {
		return permit{}, Refuse(9010, "")
	}
	p := permit{kennung: kennung, fingerprint: certs.Fingerprint(certificate), notAfter: certificate.NotAfter}
	mine := b.byCertificate[p.fingerprint]
	if kennung == "" {
		p.kennung = onlyKennung(mine)
	}
	locked := false
	for _, a := range mine {
		if p.kennung == "" || !slices.Contains(a.Kennungen, p.kennung) && !slices.Contains(a.Kennungen, "*") {
			continue
		}
		if a.Locked {
			locked = true
			continue
		}
		if p.account = a; p.named() {
			return p, nil
		}
	}
	switch {
	case locked:
		return permit{}, Refuse(9011, "")
	case len(p.account.Kennungen) > 0:
		return p, nil // by "*"
	case b.kennungen[p.kennung]:
		return permit{}, Refuse(9014, "")
	}
	return permit{}, Refuse(9012, "")
}

// onlyKennung is the one that all accounts of a certificate stand for, "" if there is not exactly one.
func onlyKennung(accounts []Account) string {
	only := ""
	for _, a := range accounts {
		for _, k := range a.Kennungen {
			if k == "*" || only != "" && k != only {
				return ""
			}
			only = k
		}
	}
	return only
}

// booked says whether the service is among those allowed; an empty list allows all.
func booked(services []string, service string) bool {
	return len(services) == 0 || slices.Contains(services, service)
}
