package app

import (
	"fmt"
	"maps"
	"slices"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/config"
	"damtshilfe/internal/ledger"
	"damtshilfe/printstreet"
)

// Unreleased is a print profile of production that nobody released as it is now.
type Unreleased struct {
	Profile, Version, Template string
	Letters                    int // that wait for it
}

// UnreleasedProfiles lists the profiles whose letters wait for a Freigabe.
func UnreleasedProfiles(cfg config.Config, l *ledger.Ledger) ([]Unreleased, error) {
	profiles, err := loadProfiles(cfg.Print)
	if err != nil {
		return nil, err
	}
	return unreleased(profiles, l)
}

func unreleased(profiles map[string]printstreet.Profile, l *ledger.Ledger) (list []Unreleased, err error) {
	for _, name := range slices.Sorted(maps.Keys(profiles)) {
		p := profiles[name]
		if p.Betriebsart != amtshilfe.Produktion {
			continue
		}
		is, err := l.PrintReleased(ledger.PrintRelease{Profile: p.Name, Version: p.Version, Template: p.Template()})
		if err != nil {
			return nil, err
		}
		if is {
			continue
		}
		n, err := l.LettersWaiting(name)
		if err != nil {
			return nil, err
		}
		list = append(list, Unreleased{name, p.Version, p.Template(), n})
	}
	return list, nil
}

// notice is what the status page says of it.
func (u Unreleased) notice() string {
	return fmt.Sprintf("Das Druckprofil %s (Version %s, Vorlagen %s) ist nicht für die Produktion freigegeben; %d Schreiben warten darauf. Der Betrieb prüft den Probestapel (gateway print proof) und gibt frei (gateway print release).",
		u.Profile, u.Version, u.Template, u.Letters)
}
