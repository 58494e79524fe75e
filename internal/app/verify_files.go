package app

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/config"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/xta"
	"damtshilfe/spool"
)

// bundles: a delivery is in one bundle at most; a published bundle is not staged any more, and what still lies in the inbox is
// what was staged. After published, absence means nothing: the centre took it.
func (v *verifier) bundles() error {
	list, err := v.ledger.Bundles(1 << 30)
	if err != nil {
		return err
	}
	for _, b := range list {
		v.report.Bundles++
		letters, err := v.ledger.BundleDeliveries(b.ID)
		if err != nil {
			return err
		}
		if len(letters)+b.Again != b.Letters {
			v.report.problem("bundle %s: %d letters booked, %d tied to it, %d of them anew to another", b.ID, b.Letters, len(letters), b.Again)
		}
		for _, d := range letters {
			if other, twice := v.bundled[d.ID]; twice {
				v.report.problem("delivery %s: in bundles %s and %s", d.ID, other, b.ID)
			}
			v.bundled[d.ID] = b.ID
		}
		if b.State == amtshilfe.BundlePublished {
			v.publishedBundle(b)
		}
	}
	return nil
}

func (v *verifier) publishedBundle(b ledger.Bundle) {
	where, err := v.spool.BundleWhere(b.Profile, b.ID)
	if err != nil || where == spool.Staged {
		v.report.problem("bundle %s: published, but %v in staging or inbox (%v)", b.ID, where, err)
		return
	}
	if where != spool.InInbox {
		return
	}
	files, err := v.spool.HashBundle(b.Profile, b.ID, where)
	if err != nil {
		v.report.problem("bundle %s: %v", b.ID, err)
		return
	}
	if len(files) != len(b.Hashes) {
		v.report.problem("bundle %s: %d files in the inbox, %d were staged", b.ID, len(files), len(b.Hashes))
	}
	for _, f := range files {
		if b.Hashes[f.Name] != fmt.Sprintf("%x", f.SHA256) {
			v.report.problem("bundle %s: file %s is not the one that was staged", b.ID, f.Name)
		}
	}
}

func (v *verifier) inbox() error {
	list, err := v.ledger.Inbox(1 << 30)
	if err != nil {
		return err
	}
	for _, in := range list {
		v.report.Inbound++
		if in.State == amtshilfe.InboxSealed || in.Length == 0 && in.State == amtshilfe.InboxRefused {
			continue // no key opened it: it was never taken in
		}
		if _, err := v.spool.ReadInbound(in.ID, in.Length, in.SHA256); err != nil {
			v.report.problem("inbound %s: %v", in.ID, err)
		}
		if in.State != amtshilfe.InboxPublished {
			continue
		}
		if sum, err := v.hashOut(in.Account, in.Name); !errors.Is(err, fs.ErrNotExist) && (err != nil || sum != in.SHA256) {
			v.report.problem("inbound %s: the file in out/ is not the one that was fetched (%v)", in.ID, err)
		}
	}
	return nil
}

func (v *verifier) hashOut(account, name string) (sum [32]byte, err error) {
	f, err := v.spool.OpenOut(account, name)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return sum, err
	}
	copy(sum[:], h.Sum(nil))
	return sum, nil
}

// files: originals and segments without a row are adopted by nobody.
func (v *verifier) files() error {
	for f, err := range v.spool.Files() {
		if err != nil {
			return err
		}
		if f.Kind != spool.KindOriginal && f.Kind != spool.KindSegment {
			continue
		}
		if !v.known[f.Drop] {
			v.report.problem("file %s has no row", f.Path)
		}
	}
	return nil
}

// mailbox: every message that was acknowledged to a sender is there with its bytes.
func (v *verifier) mailbox(ctx context.Context, cfg config.Config) error {
	path := cfg.MailboxDir()
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return withMailbox(cfg, func(m *xta.Mailbox) error { return v.messages(ctx, m) })
}

func (v *verifier) messages(ctx context.Context, m *xta.Mailbox) error {
	for entry, err := range m.All(ctx) {
		if err != nil {
			return err
		}
		if entry.State == xta.MailIssued {
			continue
		}
		v.report.Mailbox++
		if entry.Gone {
			continue
		}
		if _, _, err := m.Read(ctx, entry.MessageID); err != nil {
			v.report.problem("mailbox message %s: %v", entry.MessageID, err)
		}
	}
	return nil
}
