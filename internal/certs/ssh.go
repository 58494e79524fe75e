package certs

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"

	"golang.org/x/crypto/ssh"
)

// SSHKey is an ed25519 key pair, for a host or for a user.
type SSHKey struct {
	Private    []byte // OpenSSH private key, PEM, without pass phrase; a secret
	Authorized []byte // one line for authorized_keys or known_hosts, with comment and line end
}

// NewSSHKey makes an ed25519 key; comment is written into both parts.
func NewSSHKey(comment string) (SSHKey, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return SSHKey{}, fmt.Errorf("make SSH key: %w", err)
	}
	block, err := ssh.MarshalPrivateKey(private, comment)
	if err != nil {
		return SSHKey{}, fmt.Errorf("write SSH key: %w", err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		return SSHKey{}, fmt.Errorf("write SSH key: %w", err)
	}
	line := bytes.TrimSuffix(ssh.MarshalAuthorizedKey(key), []byte("\n"))
	if comment != "" {
		line = append(append(line, ' '), comment...)
	}
	return SSHKey{Private: pem.EncodeToMemory(block), Authorized: append(line, '\n')}, nil
}

// Signer is the private key ready for use.
func (k SSHKey) Signer() (ssh.Signer, error) {
	s, err := ssh.ParsePrivateKey(k.Private)
	if err != nil {
		return nil, fmt.Errorf("read SSH key: %w", err)
	}
	return s, nil
}
