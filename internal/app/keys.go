package app

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
	"damtshilfe/internal/xenc"
	"damtshilfe/internal/xta"
)

// keyFiles are the decryption keys of all accounts. Files that are replaced, and at SIGHUP those that config.yaml names now, come into
// force while the gateway works: a message that waits for its key is opened by the next fetch.
type keyFiles struct {
	mu    sync.Mutex
	files map[string][]config.DecryptionKey // by account
	seen  string                            // the files as last read
	rings map[string]xenc.Keyring           // in force
}

// openKeys reads the keys. One that cannot be read keeps the gateway from starting: messages would be held that could be opened.
func (g *Gateway) openKeys() error {
	g.keys = &keyFiles{}
	if _, err := g.keys.use(g.Config.Participants); err != nil {
		return err
	}
	g.keep.add("encryption keys", g.keys.reload)
	return nil
}

// ring is the account's keys, the current one first.
func (k *keyFiles) ring(account string) xenc.Keyring {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.rings[account]
}

// use puts the keys of these participants into force, all or none.
func (k *keyFiles) use(participants []config.Participant) (changed bool, err error) {
	files := map[string][]config.DecryptionKey{}
	for _, p := range participants {
		files[p.Account] = p.Encryption.Keys
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.read(files)
}

// reload reads the files again if one of them is another.
func (k *keyFiles) reload() (changed bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if stamps(k.files) == k.seen {
		return false, nil
	}
	return k.read(k.files)
}

func (k *keyFiles) read(files map[string][]config.DecryptionKey) (changed bool, err error) {
	seen, rings := stamps(files), map[string]xenc.Keyring{}
	for account, list := range files {
		for _, f := range list {
			d, loadErr := certs.LoadDecryption(f.Files())
			if loadErr != nil {
				err = errors.Join(err, fmt.Errorf("account %s: %w", account, loadErr))
				continue
			}
			rings[account] = append(rings[account], xenc.Key{Private: d.Private, Certificate: d.Certificate})
		}
	}
	if err != nil {
		return false, err
	}
	for account, ring := range rings {
		changed = changed || !slices.EqualFunc(ring, k.rings[account], func(a, b xenc.Key) bool { return a.Certificate.Equal(b.Certificate) })
	}
	changed = changed || len(rings) != len(k.rings)
	k.files, k.seen, k.rings = files, seen, rings
	return changed, nil
}

// stamps tells files apart without reading them.
func stamps(files map[string][]config.DecryptionKey) string {
	var list []string
	for _, keys := range files {
		for _, f := range keys {
			for _, path := range []string{f.Key, f.Cert, f.PasswordFile} {
				if info, err := os.Stat(path); err == nil {
					list = append(list, fmt.Sprint(path, info.Size(), info.ModTime().UnixNano(), info.Mode()))
				}
			}
		}
	}
	slices.Sort(list)
	return strings.Join(list, "\n")
}

// encryptFor are the certificates that lookupService hands out for the account: the current one first, then those of old keys that are
// still valid, so that a sender whose directory still names an old one finds it. The current one is named even when it has expired:
// senders then hold their messages and ask, instead of sending in the clear.
func (g *Gateway) encryptFor(account string) (list [][]byte) {
	for i, k := range g.keys.ring(account) {
		if i == 0 || xenc.Usable(k.Certificate, g.opts.Now()) == nil {
			list = append(list, k.Certificate.Raw)
		}
	}
	return list
}

// expiring lists the current keys' certificates: senders stop when they end.
func (k *keyFiles) expiring() (list []Certificate) {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for account, ring := range k.rings {
		c := ring[0].Certificate
		list = append(list, Certificate{Name: "encryption of " + account, Fingerprint: certs.Fingerprint(c), NotAfter: c.NotAfter})
	}
	slices.SortFunc(list, func(a, b Certificate) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// KeyLine is what `gateway check` says about one decryption key.
type KeyLine struct {
	What, Text string
	Bad        bool
}

// CheckKeys looks at the decryption keys: files, modes, whether key and certificate belong together, dates, strength, and how many
// messages wait for each. It may run beside a serving gateway.
func CheckKeys(ctx context.Context, c config.Config, now time.Time) (list []KeyLine) {
	waiting := waitingFor(ctx, c)
	for _, p := range c.Participants {
		for i, k := range p.Encryption.Keys {
			line := KeyLine{What: fmt.Sprintf("encryption key %d of %s", i+1, p.Account)}
			if d, err := certs.LoadDecryption(k.Files()); err != nil {
				line.Text, line.Bad = err.Error(), true
			} else {
				line.Text, line.Bad = judgeKey(d.Certificate, i == 0, now)
				line.Text += waiting(certs.Fingerprint(d.Certificate))
			}
			list = append(list, line)
		}
	}
	return list
}

// waitingFor says of a certificate how many messages in the own mailboxes are encrypted for it.
func waitingFor(ctx context.Context, c config.Config) func(fingerprint string) string {
	if _, err := os.Stat(c.MailboxDir()); err != nil {
		return func(string) string { return "" } // no mailbox yet, or none here
	}
	var counts map[string]int
	err := withMailbox(c, func(m *xta.Mailbox) (err error) {
		counts, err = m.SealedFor(ctx)
		return err
	})
	return func(fingerprint string) string {
		switch n := counts[fingerprint]; {
		case err != nil:
			return "; the mailbox cannot be read: " + err.Error()
		case n > 0:
			return fmt.Sprintf("; messages waiting for it: %d", n)
		}
		return "; messages waiting for it: none"
	}
}

func judgeKey(c *x509.Certificate, current bool, now time.Time) (text string, bad bool) {
	text = "certificate " + certs.Fingerprint(c)[:16] + " valid until " + c.NotAfter.Format(time.DateOnly)
	err := xenc.Usable(c, now)
	switch {
	case !current && err != nil:
		return text + ", " + err.Error() + "; the key still opens what was encrypted for it", false
	case !current:
		return text + ", an older key", false
	case err != nil:
		return text + ", but " + err.Error() + ": senders hold their messages", true
	case certs.UrgencyOf(c.NotAfter, now) != certs.Fine:
		text += ", expires soon: renew it (docs/encryption.md)"
	}
	if xenc.Weak(c) {
		text += ", RSA shorter than the 3072 bits of BSI TR-02102-1"
	}
	return text, false
}

// Decrypt opens an encrypted content with a participant's keys. Without a key that opens it the content is the XML that came; how says
// in English what was done.
func Decrypt(p config.Participant, c xta.Content) (content xta.Content, how string, err error) {
	k := &keyFiles{}
	if _, err := k.use([]config.Participant{p}); err != nil {
		return c, "", err
	}
	d, err := c.Sealed()
	if err != nil {
		return c, "", err
	}
	element := xta.Content{ContentType: "application/xml", Data: xta.Bytes(slices.Concat(d.Head, base64.StdEncoding.AppendEncode(nil, d.Cipher), d.Tail))}
	plain, err := k.ring(p.Account).Open(d)
	if err != nil {
		return element, fmt.Sprintf(", still encrypted (%v)", err), nil
	}
	if content, err = xta.ReadContainer(plain, d.Head); err != nil {
		return element, fmt.Sprintf(", still encrypted (%v)", err), nil
	}
	return content, ", decrypted", nil
}
