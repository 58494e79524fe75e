package app

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
)

// keeper looks at the files of TLS settings and accounts, and puts them into force when they change. What is broken keeps what was
// there before in force, is said in the log and on the page, and stays there until it is right.
type keeper struct {
	log   *slog.Logger
	every time.Duration
	looks sync.Mutex // one look at a time
	items []kept

	mu      sync.Mutex
	suspect map[string]string // what was wrong at the last look, by name: two files are not replaced at the same moment
	trouble map[string]string // what was wrong at two looks
}

// kept is something that is read from files.
type kept struct {
	name   string
	live   *certs.Live // nil if it is no TLS setting
	reload func() (changed bool, err error)
}

func newKeeper(o Options) *keeper {
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	every := o.Keep
	if every == 0 {
		every = 2 * time.Second
	}
	return &keeper{log: log, every: every, suspect: map[string]string{}, trouble: map[string]string{}}
}

func (k *keeper) add(name string, reload func() (bool, error)) {
	k.items = append(k.items, kept{name: name, reload: reload})
}

// tls keeps TLS settings; renewed, if not nil, tells their user.
func (k *keeper) tls(name string, live *certs.Live, renewed func()) {
	k.items = append(k.items, kept{name, live, func() (bool, error) {
		changed, err := live.Reload()
		if changed && renewed != nil {
			renewed()
		}
		return changed, err
	}})
}

// run looks until ctx ends.
func (k *keeper) run(ctx context.Context) {
	tick := time.NewTicker(k.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			k.look(false)
		}
	}
}

// look reads everything again. Asked for by a person it complains at once, else of what was wrong at two looks.
func (k *keeper) look(asked bool) {
	k.looks.Lock()
	defer k.looks.Unlock()
	for _, i := range k.items {
		changed, err := i.reload()
		if changed {
			k.log.Info("files replaced, the new ones are in force", "what", i.name, "certificate", i.until())
		}
		k.judge(i.name, err, asked)
	}
}

func (i kept) until() string {
	if i.live == nil {
		return ""
	}
	return "valid until " + i.live.Leaf().NotAfter.Format(time.DateOnly)
}

func (k *keeper) judge(name string, err error, asked bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	text := ""
	if err != nil {
		text = err.Error()
	}
	known := k.trouble[name]
	switch {
	case text == "" && known != "":
		k.log.Info("files are right again", "what", name)
		delete(k.trouble, name)
	case text != "" && text != known && (asked || text == k.suspect[name]):
		k.log.Error("files are broken, what was read before stays in force", "what", name, "err", text)
		k.trouble[name] = text
	}
	k.suspect[name] = text
}

// notices say on the page what is broken.
func (k *keeper) notices() (list []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for name, text := range k.trouble {
		list = append(list, fmt.Sprintf("Die Dateien zu %s sind fehlerhaft; bis sie berichtigt sind, gilt der Stand davor: %s", name, strings.ReplaceAll(text, "\n", "; ")))
	}
	slices.Sort(list)
	return list
}

// Reload is what SIGHUP asks for: files are looked at now, and of the new configuration the accounts of the own XTA server and the
// askers of the own authority server come into force; of everything else that is different it is said that it waits for the next start.
func (g *Gateway) Reload(cfg config.Config) {
	if g.accounts != nil {
		changed, err := g.accounts.use(cfg.XTA.Server)
		if changed {
			g.opts.Log.Info("accounts replaced, the new ones are in force", "accounts", len(cfg.XTA.Server.Accounts))
		}
		g.keep.judge("xta.server.accounts", err, true)
	}
	if g.keys != nil {
		changed, err := g.keys.use(cfg.Participants)
		if changed {
			g.opts.Log.Info("encryption keys replaced, the new ones are in force")
		}
		g.keep.judge("encryption keys", err, true)
		cfg.Participants = sameKeys(cfg.Participants, g.Config.Participants)
	}
	if g.authority != nil {
		g.authority.use(cfg.Register.Serve)
		cfg.Register.Serve.Askers = g.Config.Register.Serve.Askers
	}
	g.keep.look(true)
	cfg.XTA.Server.Accounts = g.Config.XTA.Server.Accounts
	if names := differing(cfg, g.Config); len(names) > 0 {
		g.opts.Log.Warn("configuration has changed, this takes effect at the next start", "keys", strings.Join(names, ", "))
	}
	g.opts.Log.Info("reloaded")
	g.recheck()
}

// sameKeys are the participants a with the keys of b, which need no start to come into force.
func sameKeys(a, b []config.Participant) []config.Participant {
	a = slices.Clone(a)
	for i := range min(len(a), len(b)) {
		a[i].Encryption.Keys = b[i].Encryption.Keys
	}
	return a
}

// differing names the sections of config.yaml that are not the same.
func differing(a, b config.Config) (names []string) {
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range va.NumField() {
		if !reflect.DeepEqual(va.Field(i).Interface(), vb.Field(i).Interface()) {
			names = append(names, va.Type().Field(i).Tag.Get("yaml"))
		}
	}
	return names
}
