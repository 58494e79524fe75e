package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
	"damtshilfe/internal/register"
	"damtshilfe/internal/xta"
)

// The tenants of this data centre are asked for at the authority servers as often as those are looked at, and kept under
// data_dir/register, so that a restart without them lets nobody out.
const tenantsFile = "mandanten.json"

func tenantsPath(c config.Config) string {
	return filepath.Join(c.DataDir, "register", tenantsFile)
}

// readTenants reads those that were kept; none is no fault.
func readTenants(c config.Config) (list []register.Mandant, err error) {
	data, err := os.ReadFile(tenantsPath(c))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &list)
	}
	if err != nil {
		return nil, fmt.Errorf("tenants of the directory: %w", err)
	}
	return ours(c, list), nil
}

// ours are the tenants whose certificates this gateway's XTA server lets act for them. Whoever has a mailbox here must be a tenant of this
// data centre, in the Betriebsart of that mailbox: a test certificate must open no other. The rest are authors from elsewhere, in the
// gateway's own Betriebsart. Of the kennungen of a tenant each is judged by itself.
func ours(c config.Config, list []register.Mandant) (kept []register.Mandant) {
	in := map[string]amtshilfe.Betriebsart{}
	for _, p := range c.Participants {
		for _, k := range p.Kennungen {
			in[k] = p.Betriebsart
		}
	}
	for _, m := range list {
		all := m.Kennungen
		m.Kennungen = nil
		for _, k := range all {
			b, here := in[k]
			if !here {
				b = c.Betriebsart
			}
			if b == m.Betriebsart && (!here || m.Rechenzentrum == c.Operator.Kennung) {
				m.Kennungen = append(m.Kennungen, k)
			}
		}
		if len(m.Kennungen) > 0 && len(m.Certificates()) > 0 {
			kept = append(kept, m)
		}
	}
	return kept
}

// beside are accounts for tenants, without what the configuration says itself: it wins.
func beside(configured []xta.Account, tenants []register.Mandant) (list []xta.Account) {
	for _, m := range tenants {
		a := xta.Account{Fingerprints: m.Certificates()}
		for _, k := range m.Kennungen {
			if k != "*" && !slices.ContainsFunc(configured, func(o xta.Account) bool { return slices.Contains(o.Kennungen, k) }) {
				a.Kennungen = append(a.Kennungen, k)
			}
		}
		if len(a.Kennungen) > 0 {
			list = append(list, a)
		}
	}
	return list
}

// TenantConflicts says where configuration and directory disagree about whose certificate acts for an identifier: the configuration wins.
// Where no authority server answers, the directory is what was kept of it.
func TenantConflicts(ctx context.Context, c config.Config) ([]string, error) {
	tenants, err := readTenants(c)
	if err != nil {
		return nil, err
	}
	if client, err := RegisterClient(c.Register, nil); err == nil && c.Operator.Kennung != "" {
		now, _, err := client.Mandanten(ctx, "")
		if err == nil {
			tenants = ours(c, now)
		}
		if err := client.Close(); err != nil {
			return nil, err
		}
	}
	book, err := newAccountFiles(c.XTA.Server, nil)
	if err != nil {
		return nil, err
	}
	return conflicts(book.accounts, tenants), nil
}

func conflicts(configured []xta.Account, tenants []register.Mandant) (list []string) {
	for _, m := range tenants {
		for _, k := range m.Kennungen {
			var own []string
			named := false
			for _, a := range configured {
				if slices.Contains(a.Kennungen, k) {
					named = true
					own = append(own, a.Fingerprints...)
				}
			}
			if missing := without(m.Certificates(), own); named && len(missing) > 0 {
				list = append(list, fmt.Sprintf("%s: the directory lets %s act for it, xta.server.accounts does not, and wins", k, strings.Join(missing, ", ")))
			}
			if missing := without(own, m.Certificates()); named && len(missing) > 0 {
				list = append(list, fmt.Sprintf("%s: xta.server.accounts lets %s act for it, the directory does not know it", k, strings.Join(missing, ", ")))
			}
		}
	}
	return list
}

// without are the fingerprints of a that b does not have, cut for people.
func without(a, b []string) (list []string) {
	for _, f := range a {
		if !slices.ContainsFunc(b, func(o string) bool { return certs.SameFingerprint(f, o) }) {
			list = append(list, fmt.Sprintf("%.16s", certs.CleanFingerprint(f)))
		}
	}
	return list
}

// followTenants keeps the accounts of the own XTA server in step with the directory until ctx ends.
func (g *Gateway) followTenants(ctx context.Context) error {
	if g.accounts == nil || g.register == nil || g.Config.Operator.Kennung == "" {
		return nil
	}
	tick := time.NewTicker(max(g.Config.Register.Poll, 100*time.Millisecond))
	defer tick.Stop()
	failing, etag := false, ""
	for {
		var err error
		etag, err = g.askTenants(ctx, etag)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !failing:
			g.opts.Log.Warn("tenants of the directory not known anew, those of before stay", "err", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// askTenants asks for the tenants if the directory is another than etag says.
func (g *Gateway) askTenants(ctx context.Context, etag string) (now string, err error) {
	all, now, err := g.register.Mandanten(ctx, etag)
	if err != nil || now == etag {
		return etag, err
	}
	list := ours(g.Config, all)
	g.accounts.mu.Lock()
	same := len(list) == 0 && len(g.accounts.tenants) == 0 || reflect.DeepEqual(list, g.accounts.tenants)
	g.accounts.mu.Unlock()
	if same {
		return now, nil
	}
	changed, err := g.accounts.settle(list)
	if changed {
		g.opts.Log.Info("accounts replaced, the directory has other tenants", "tenants", len(list))
		g.recheck()
	}
	for _, c := range conflicts(g.accounts.configured(), list) {
		g.opts.Log.Warn("account of the configuration and tenant of the directory differ", "what", c)
	}
	data, encodeErr := json.MarshalIndent(all, "", " ")
	if encodeErr == nil && g.revoked.dir != nil {
		encodeErr = replaceFile(g.revoked.dir, tenantsFile, data)
	}
	return now, errors.Join(err, encodeErr)
}

// configured are the accounts without those of tenants.
func (b *accountFiles) configured() []xta.Account {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.accounts[:min(len(b.config.Accounts), len(b.accounts))]
}
