package app

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
	"damtshilfe/internal/register"
	"damtshilfe/internal/xta"
)

// accountFiles are the accounts of the own XTA server: as config.yaml has them, with the certificates of their folders, and beside them
// those of the directory's tenants.
type accountFiles struct {
	set func([]xta.Account) error // of the server

	mu       sync.Mutex
	config   config.XTAServer
	tenants  []register.Mandant           // of this data centre, as the directory said last
	files    map[string]*x509.Certificate // by path, as last read without a fault
	accounts []xta.Account                // in force
}

// newAccountFiles reads the folders; at a start a broken certificate is a fault.
func newAccountFiles(c config.XTAServer, tenants []register.Mandant) (*accountFiles, error) {
	b := &accountFiles{config: c, tenants: tenants, files: map[string]*x509.Certificate{}}
	accounts, files, err := b.read(c)
	b.accounts, b.files = accounts, files
	return b, err
}

// settle puts other tenants into force.
func (b *accountFiles) settle(tenants []register.Mandant) (changed bool, err error) {
	b.mu.Lock()
	b.tenants = tenants
	c := b.config
	b.mu.Unlock()
	return b.use(c)
}

// reload reads the folders again. A file that is broken now counts as it was before; one that is gone, does not.
func (b *accountFiles) reload() (changed bool, err error) {
	b.mu.Lock()
	c := b.config
	b.mu.Unlock()
	return b.use(c)
}

// use puts accounts of another configuration into force.
func (b *accountFiles) use(c config.XTAServer) (changed bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	accounts, files, err := b.read(c)
	if slices.EqualFunc(accounts, b.accounts, sameAccount) {
		b.config, b.files = c, files
		return false, err
	}
	if setErr := b.set(accounts); setErr != nil {
		return false, errors.Join(err, setErr)
	}
	b.config, b.files, b.accounts = c, files, accounts
	return true, err
}

func sameAccount(a, b xta.Account) bool {
	return a.Locked == b.Locked && slices.Equal(a.Kennungen, b.Kennungen) && slices.Equal(a.Fingerprints, b.Fingerprints) && slices.Equal(a.Services, b.Services)
}

// read makes the accounts; what cannot be read is in the error, and is as it was before in the result.
func (b *accountFiles) read(c config.XTAServer) (accounts []xta.Account, files map[string]*x509.Certificate, err error) {
	files = map[string]*x509.Certificate{}
	for _, a := range c.Accounts {
		account := xta.Account{Kennungen: a.Kennungen, Fingerprints: slices.Clone(a.Certificates), Locked: a.Locked, Services: a.Services}
		if a.CertificatesDir != "" {
			found, dirErr := b.folder(a.CertificatesDir)
			err = errors.Join(err, dirErr)
			for _, path := range found {
				cert, certErr := certs.ReadCert(path)
				if certErr != nil {
					err = errors.Join(err, fmt.Errorf("%s: %w", filepath.Base(path), certErr))
					cert = b.files[path]
				}
				if cert != nil {
					files[path] = cert
					account.Fingerprints = append(account.Fingerprints, certs.Fingerprint(cert))
				}
			}
		}
		accounts = append(accounts, account)
	}
	return append(accounts, beside(accounts, b.tenants)...), files, err
}

// folder lists the certificates of a folder. One that cannot be listed holds what it held.
func (b *accountFiles) folder(dir string) (paths []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		for path := range b.files {
			if filepath.Dir(path) == dir {
				paths = append(paths, path)
			}
		}
		slices.Sort(paths)
		return paths, fmt.Errorf("certificates_dir: %w", err)
	}
	for _, e := range entries {
		switch strings.ToLower(filepath.Ext(e.Name())) {
		case ".pem", ".crt", ".cer", ".der":
			if !strings.HasPrefix(e.Name(), ".") {
				paths = append(paths, filepath.Join(dir, e.Name()))
			}
		}
	}
	return paths, nil
}

// list shows the accounts in force with the uses of their certificates, by fingerprint.
func (b *accountFiles) list(uses map[string]xta.CertificateUse) (list []XTAAccount) {
	b.mu.Lock()
	defer b.mu.Unlock()
	named := map[string]string{}
	ends := map[string]*x509.Certificate{}
	for path, c := range b.files {
		named[certs.Fingerprint(c)], ends[certs.Fingerprint(c)] = filepath.Base(path), c
	}
	for _, a := range b.accounts {
		account := XTAAccount{Kennungen: a.Kennungen, Locked: a.Locked}
		for _, f := range a.Fingerprints {
			f = certs.CleanFingerprint(f)
			one := XTACertificate{Fingerprint: f, File: named[f], NotAfter: uses[f].NotAfter, LastUsed: uses[f].Last}
			if c := ends[f]; c != nil {
				one.NotAfter = c.NotAfter
			}
			account.Certificates = append(account.Certificates, one)
		}
		list = append(list, account)
	}
	return list
}
