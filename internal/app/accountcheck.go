package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"damtshilfe/internal/config"
	"damtshilfe/internal/status"
	"damtshilfe/internal/xta"
)

// recheckEvery is how often accounts are asked about again while something is wrong with one.
const recheckEvery = 5 * time.Minute

// AccountState is what the own XTA server said about a participant's identifier (XTA 2.1.1 checkAccountActive).
type AccountState struct {
	Account, Kennung string
	At               time.Time
	Err              error // nil = active
}

// CheckAccounts asks the own XTA server about every identifier of every participant. It stops where the server cannot be reached:
// then the last entry says so, and nothing is known of the others.
func CheckAccounts(ctx context.Context, c config.Config, client *xta.Client) (list []AccountState) {
	for _, p := range c.Participants {
		for _, k := range p.Kennungen {
			if k == "*" || ctx.Err() != nil {
				continue
			}
			err := client.CheckAccountActive(ctx, c.XTA.Client.Management, xta.Party{Kennung: k, Type: xta.PartyType, Name: p.Name})
			list = append(list, AccountState{p.Account, k, time.Now(), err})
			if _, answered := errors.AsType[*xta.Fault](err); err != nil && !answered {
				return list
			}
		}
	}
	return list
}

// accountStates is what is known of the participants' accounts.
type accountStates struct {
	mu   sync.Mutex
	list []AccountState
	wake chan struct{}
}

// recheck asks about the accounts again.
func (g *Gateway) recheck() {
	select {
	case g.states.wake <- struct{}{}:
	default:
	}
}

// checkAccounts asks at the start, after a Reload, and every few minutes while something is wrong. What it finds is a warning: the
// gateway works on, and a server that answers later is noticed.
func (g *Gateway) checkAccounts(ctx context.Context) error {
	if g.xtaClient == nil || g.Config.XTA.Client.Management == "" {
		return nil
	}
	for {
		list := CheckAccounts(ctx, g.Config, g.xtaClient)
		if ctx.Err() != nil {
			return nil
		}
		wrong := 0
		for _, s := range list {
			if s.Err != nil {
				wrong++
				g.opts.Log.Warn("xta account is not usable", "account", s.Account, "kennung", s.Kennung, "err", s.Err)
			}
		}
		if wrong == 0 {
			g.opts.Log.Info("xta accounts are active", "accounts", len(list))
		}
		g.states.mu.Lock()
		g.states.list = list
		g.states.mu.Unlock()
		var again <-chan time.Time
		if wrong > 0 {
			again = time.After(recheckEvery)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-again:
		case <-g.states.wake:
		}
	}
}

// accountTrouble is what the page says about an account; "" = nothing is wrong that is known.
func (g *Gateway) accountTrouble(account string) string {
	g.states.mu.Lock()
	defer g.states.mu.Unlock()
	for _, s := range g.states.list {
		if s.Account != account || s.Err == nil {
			continue
		}
		f, answered := errors.AsType[*xta.Fault](s.Err)
		switch {
		case !answered:
			return "Der eigene XTA-Server war bei der Prüfung des Kontos nicht erreichbar; die Ursache steht im Protokoll."
		case f.Code != 0:
			return fmt.Sprintf("Das XTA-Konto von %s ist nicht nutzbar (%d): %s", s.Kennung, f.Code, f.Text)
		}
		return fmt.Sprintf("Der eigene XTA-Server hat die Prüfung des Kontos von %s abgelehnt; die Ursache steht im Protokoll.", s.Kennung)
	}
	return ""
}

// accountChecked is when the account was last found active.
func (g *Gateway) accountChecked(m *status.Mailbox) {
	g.states.mu.Lock()
	defer g.states.mu.Unlock()
	for _, s := range g.states.list {
		if s.Account == m.Account && s.Err == nil {
			m.Active = s.At
		}
	}
}
