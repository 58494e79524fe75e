package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/config"
	"damtshilfe/internal/register"
	"damtshilfe/printstreet"
)

// Preview is how a participant's letters are printed.
type Preview struct {
	Profile     printstreet.Profile
	Letters     *printstreet.Stationery
	Betriebsart amtshilfe.Betriebsart // of the account; the directory is asked for it
}

// ErrNoAccount says that no participant, or more than one, is meant.
var ErrNoAccount = errors.New("name one with --account")

// LettersOf reads how the letters of an account are printed, "" = of the one that has the sender's kennung. profile is the name of another
// print profile than the account's, "" = its own.
func LettersOf(cfg config.Config, account, kennung, profile string) (Preview, error) {
	p, err := participant(cfg.Participants, account, kennung)
	if err != nil {
		return Preview{}, err
	}
	profiles, err := loadProfiles(cfg.Print)
	if err != nil {
		return Preview{}, err
	}
	if profile == "" {
		profile = p.PrintProfile
	}
	found, ok := profiles[profile]
	if !ok {
		return Preview{}, fmt.Errorf("no print profile %q", profile)
	}
	letters, err := p.Letters.Stationery()
	if err != nil {
		return Preview{}, fmt.Errorf("account %s: letters: %w", p.Account, err)
	}
	return Preview{found, letters, p.Betriebsart}, nil
}

// participant finds an account by its name, or by a kennung: one that names it comes before one that may send for all.
func participant(list []config.Participant, account, kennung string) (*config.Participant, error) {
	if account != "" {
		i := slices.IndexFunc(list, func(p config.Participant) bool { return p.Account == account })
		if i < 0 {
			return nil, fmt.Errorf("no participant %q: %w", account, ErrNoAccount)
		}
		return &list[i], nil
	}
	for _, k := range []string{kennung, "*"} {
		var found []*config.Participant
		for i := range list {
			if slices.Contains(list[i].Kennungen, k) {
				found = append(found, &list[i])
			}
		}
		if len(found) == 1 {
			return found[0], nil
		}
		if len(found) > 1 {
			return nil, fmt.Errorf("several participants may send as %q: %w", kennung, ErrNoAccount)
		}
	}
	return nil, fmt.Errorf("no participant may send as %q: %w", kennung, ErrNoAccount)
}

// Addresses is a directory of authorities, the own one or that of an authority server.
type Addresses interface {
	Lookup(ctx context.Context, e amtshilfe.Einnahmeart, a amtshilfe.Postanschrift, b amtshilfe.Betriebsart) (amtshilfe.Zustaendigkeit, error)
	ByKennung(ctx context.Context, kennung string, b amtshilfe.Betriebsart) (amtshilfe.Zustaendigkeit, error)
	Close() error
}

// OpenAddresses opens the directory that the gateway of this configuration gets its answers from: the own authority server's, else the
// servers are asked; without either the embedded sample.
func OpenAddresses(cfg config.Config) (Addresses, error) {
	own := cfg.Register.Serve
	if own.Listen == "" && own.Directory == "" && own.Store == "" && len(cfg.Register.Servers) > 0 {
		return RegisterClient(cfg.Register, nil)
	}
	d, err := ReadDirectory(own)
	return local{d}, err
}

// SampleAddresses is the embedded sample directory.
func SampleAddresses() (Addresses, error) {
	d, err := register.Sample()
	return local{d}, err
}

// local answers without a server.
type local struct{ d *register.Directory }

func (l local) Lookup(_ context.Context, e amtshilfe.Einnahmeart, a amtshilfe.Postanschrift, b amtshilfe.Betriebsart) (amtshilfe.Zustaendigkeit, error) {
	return l.d.Lookup(e, a, b), nil
}

func (l local) ByKennung(_ context.Context, kennung string, b amtshilfe.Betriebsart) (amtshilfe.Zustaendigkeit, error) {
	return l.d.ByKennung(kennung, b), nil
}

func (l local) Close() error { return nil }
