package pipeline

import (
	"errors"
	"fmt"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
)

// errNotReleased says that nobody released the form of the letters for production: nothing is set, and nothing leaves.
var errNotReleased = errors.New("its profile waits for gateway print release")

// Released says whether letters may be printed with a profile: for production a person must have released this version of it with this
// form of the letters. A profile that is not configured holds nothing back here.
func (p *Pipeline) Released(name string) (bool, error) {
	profile, ok := p.cfg.Profiles[name]
	if !ok || profile.Betriebsart != amtshilfe.Produktion {
		return true, nil
	}
	return p.Ledger.PrintReleased(ledger.PrintRelease{Profile: profile.Name, Version: profile.Version, Template: profile.Template()})
}

// ReleasePrint releases the profile as it is now, with the letters as this program prints them.
func (p *Pipeline) ReleasePrint(name string, by Decision) error {
	profile, ok := p.cfg.Profiles[name]
	if !ok {
		return fmt.Errorf("print release: profile %q is not configured", name)
	}
	return p.Ledger.ReleasePrint(ledger.PrintRelease{Profile: profile.Name, Version: profile.Version, Template: profile.Template()}, ledger.Who{Wer: by.Wer, Grund: by.Grund})
}
