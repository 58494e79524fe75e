package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/register"
	"damtshilfe/internal/register/store"
)

// revocations are the certificates that the authority servers called revoked. They are looked at by whoever looks at certificates, and
// kept over a restart: one without an authority server must not trust again what was revoked. A revocation is for ever, so the list only
// grows; on a server that was told wrongly, the file is taken away.
type revocations struct {
	*certs.Revoked
	dir *durable.Dir // nil: in memory only
	log *slog.Logger

	mu    sync.Mutex
	known map[string]register.Sperre // by fingerprint
}

func newRevocations(log *slog.Logger) *revocations {
	return &revocations{Revoked: certs.NewRevoked(), log: log, known: map[string]register.Sperre{}}
}

// revokedFile holds them under data_dir/register, as JSON.
const revokedFile = "sperrliste.json"

// openRevocations reads those of before. A list that cannot be read is a fault: the gateway would trust what it must not.
func (g *Gateway) openRevocations() error {
	r := newRevocations(g.opts.Log)
	g.revoked = r
	if len(g.Config.Register.Servers) == 0 {
		return nil
	}
	dir, err := g.opts.Disk.MakeDir(filepath.Join(g.Config.DataDir, "register"))
	if err != nil {
		r.log.Warn("revoked certificates are not kept over a restart", "err", err)
		return nil
	}
	r.dir = dir
	g.onClose("revocations", dir.Close)
	list, err := readRevocations(filepath.Join(dir.Path(), revokedFile))
	if err != nil {
		return err
	}
	for _, one := range list {
		r.known[one.Fingerabdruck] = one
	}
	r.Replace(fingerprintsOf(list))
	return nil
}

func readRevocations(path string) (list []register.Sperre, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &list)
	}
	if err != nil {
		return nil, fmt.Errorf("revoked certificates: %w", err)
	}
	return list, nil
}

func fingerprintsOf(list []register.Sperre) (all []string) {
	for _, one := range list {
		all = append(all, one.Fingerabdruck)
	}
	return all
}

// hear takes the list of one authority server: first it counts, then it is kept.
func (r *revocations) hear(list []register.Sperre) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := len(r.known)
	for _, one := range list {
		one.Fingerabdruck = certs.CleanFingerprint(one.Fingerabdruck)
		if _, ok := r.known[one.Fingerabdruck]; !ok {
			r.known[one.Fingerabdruck] = one
			r.log.Warn("certificate is revoked, it counts no longer", "sha256", one.Fingerabdruck, "since", one.Ab, "why", one.Grund)
		}
	}
	if len(r.known) == before {
		return
	}
	all := make([]register.Sperre, 0, len(r.known))
	for _, one := range r.known {
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b register.Sperre) int { return strings.Compare(a.Fingerabdruck, b.Fingerabdruck) })
	r.Replace(fingerprintsOf(all))
	if err := r.write(all); err != nil {
		r.log.Error("revoked certificates are not kept over a restart", "err", err)
	}
}

func (r *revocations) write(all []register.Sperre) error {
	if r.dir == nil {
		return nil
	}
	data, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return err
	}
	return replaceFile(r.dir, revokedFile, data)
}

// replaceFile puts a small file in the place of the one before, or leaves that.
func replaceFile(dir *durable.Dir, name string, data []byte) error {
	half := name + ".tmp"
	if err := dir.Remove(half); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := dir.WriteFile(half, data); err != nil {
		return err
	}
	return errors.Join(dir.Replace(dir, half, name), dir.Sync())
}

// RevokedWithin is how long a revocation takes at most until a gateway of this configuration knows it, while an authority server can be
// reached: that looks into its store, a secondary in between looks at its primary, the gateway looks, and an answer takes its time.
func RevokedWithin(c config.Register) time.Duration {
	return store.WatchEvery + register.FollowEvery + c.Poll + register.AskTimeout
}

// openSperren puts what the store has revoked into force before anything is answered.
func (a *Authority) openSperren() error {
	if a.data.store == nil {
		return nil
	}
	list, err := a.data.store.Sperren()
	if err == nil {
		a.server.SetSperren(list)
	}
	return err
}

// adoptSperren takes over what the primary revoked: first it counts, then it is kept.
func (a *Authority) adoptSperren(list []register.Sperre) {
	known, err := a.data.store.Sperren()
	if err == nil {
		a.server.SetSperren(append(known, list...))
		err = a.data.store.AdoptSperren(context.Background(), list)
	}
	if err != nil {
		a.o.Log.Error("revocations of the primary are not kept over a restart", "err", err)
	}
}

// Report keeps what a participant hands in.
func (v versions) Report(ctx context.Context, raw []byte, m register.Meldung, wer string) (int64, error) {
	id, err := v.store.Report(ctx, raw, m, wer)
	return id, told(err)
}
