package config

import (
	"strconv"

	"damtshilfe/internal/certs"
)

// Encryption says how the contents of a participant's messages are encrypted between author and reader (docs/encryption.md).
type Encryption struct {
	Send string          `yaml:"send"` // offered (default): for every reader that names a certificate; required: else the message is held; off: never
	Keys []DecryptionKey `yaml:"keys"` // own keys, the current one first: its certificate is what senders are told; the others open what was encrypted for them
}

// DecryptionKey is a private RSA key with its certificate.
type DecryptionKey struct {
	Key          string `yaml:"key"`           // PKCS #12, or PEM; mode 0600
	Cert         string `yaml:"cert"`          // PEM, if the certificate is not in key
	PasswordFile string `yaml:"password_file"` // its first line opens the PKCS #12; mode 0600
}

// ReaderEncryption is what holds for messages to some readers, whoever sends them: required wins over off, off over offered.
type ReaderEncryption struct {
	Readers []string `yaml:"readers"` // kennungen, as the directory names the reader
	Send    string   `yaml:"send"`    // required or off
}

// Files says where the key lies.
func (k DecryptionKey) Files() certs.DecryptionFiles {
	return certs.DecryptionFiles{Key: k.Key, Cert: k.Cert, Password: k.PasswordFile}
}

func (e *Encryption) paths() (list []*string) {
	for i := range e.Keys {
		list = append(list, &e.Keys[i].Key, &e.Keys[i].Cert, &e.Keys[i].PasswordFile)
	}
	return list
}

func (e Encryption) validate(bad func(key, format string, args ...any), key string) {
	oneOf(bad, key+".send", e.Send, "offered", "required", "off")
	for i, k := range e.Keys {
		if k.Key == "" {
			bad(key+".keys["+strconv.Itoa(i)+"].key", "must be given")
		}
	}
}

func (c XTAClient) validateEncryption(bad func(key, format string, args ...any)) {
	seen := map[string]bool{}
	for i, e := range c.Encryption {
		key := "xta.client.encryption[" + strconv.Itoa(i) + "]"
		oneOf(bad, key+".send", e.Send, "required", "off")
		if len(e.Readers) == 0 {
			bad(key+".readers", "none given")
		}
		for _, r := range e.Readers {
			if seen[r] {
				bad(key+".readers", "%q is there twice", r)
			}
			seen[r] = true
		}
	}
}
