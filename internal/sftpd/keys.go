package sftpd

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"os"

	"golang.org/x/crypto/ssh"
)

// The identity travels in Permissions.Extensions: a variable captured by the callback would hold the last key that was offered,
// not the one that proved possession (CVE-2024-45337).
const (
	extAccount     = "account"
	extFingerprint = "fingerprint"
)

// keyring finds the account that a key opens.
type keyring struct{ entries []keyEntry }

// keyEntry is one key of one account, both as hashes, so that they compare in constant time.
type keyEntry struct {
	account   string
	user, key [32]byte
}

func newKeyring(accounts []Account) (*keyring, error) {
	r := &keyring{}
	seen := map[string]bool{}
	for _, a := range accounts {
		if a.Name == "" || seen[a.Name] {
			return nil, fmt.Errorf("account %q: empty or configured twice", a.Name)
		}
		seen[a.Name] = true
		for _, k := range a.Keys {
			if err := acceptable(k); err != nil {
				return nil, fmt.Errorf("account %s: %w", a.Name, err)
			}
			r.entries = append(r.entries, keyEntry{a.Name, sha256.Sum256([]byte(a.Name)), sha256.Sum256(k.Marshal())})
		}
	}
	return r, nil
}

var errDenied = errors.New("no such account, or the key is not one of its keys")

// check is the server's PublicKeyCallback. It looks at every entry whatever the answer, so that time tells nothing.
func (r *keyring) check(meta ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
	user, print := sha256.Sum256([]byte(meta.User())), sha256.Sum256(key.Marshal())
	found := -1
	for i := range r.entries {
		e := &r.entries[i]
		if subtle.ConstantTimeCompare(e.user[:], user[:])&subtle.ConstantTimeCompare(e.key[:], print[:]) == 1 {
			found = i
		}
	}
	if found < 0 {
		return nil, errDenied
	}
	return &ssh.Permissions{Extensions: map[string]string{
		extAccount: r.entries[found].account, extFingerprint: ssh.FingerprintSHA256(key),
	}}, nil
}

// acceptable refuses keys that are too weak or not plain.
func acceptable(k ssh.PublicKey) error {
	switch k.Type() {
	case ssh.KeyAlgoED25519, ssh.KeyAlgoSKED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoSKECDSA256:
		return nil
	case ssh.KeyAlgoRSA:
		if c, ok := k.(ssh.CryptoPublicKey); ok {
			if p, ok := c.CryptoPublicKey().(*rsa.PublicKey); ok && p.N.BitLen() >= 2048 {
				return nil
			}
		}
		return errors.New("RSA key with fewer than 2048 bits")
	}
	return fmt.Errorf("key type %s is not accepted", k.Type())
}

// ReadKeys reads the public keys of one account from a file in the form of authorized_keys. Options in front of a key (from=,
// command=) are refused: ignoring one would open more than its author meant.
func ReadKeys(path string) ([]ssh.PublicKey, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read public keys: %w", err)
	}
	var keys []ssh.PublicKey
	for len(bytes.TrimSpace(data)) > 0 {
		key, _, options, rest, err := ssh.ParseAuthorizedKey(data)
		if err != nil {
			if len(keys) > 0 && onlyComments(data) {
				break
			}
			return nil, fmt.Errorf("read public keys: %s: %w", path, err)
		}
		if len(options) > 0 {
			return nil, fmt.Errorf("read public keys: %s: options in front of a key are not supported", path)
		}
		if err := acceptable(key); err != nil {
			return nil, fmt.Errorf("read public keys: %s: %w", path, err)
		}
		keys, data = append(keys, key), rest
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("read public keys: %s: no key", path)
	}
	return keys, nil
}

func onlyComments(data []byte) bool {
	for line := range bytes.Lines(data) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			return false
		}
	}
	return true
}

// ReadHostKey reads a private host key (OpenSSH or PEM, without passphrase). A key that others than its owner may read is
// refused.
func ReadHostKey(path string) (ssh.Signer, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read host key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("read host key: %s: mode %04o, want 0600", path, info.Mode().Perm())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read host key: %w", err)
	}
	key, err := ssh.ParsePrivateKey(data)
	if err != nil {
		return nil, fmt.Errorf("read host key: %s: %w", path, err)
	}
	return key, nil
}
