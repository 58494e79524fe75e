package printstreet

import "damtshilfe/internal/amtshilfe"

// WindowFault says in German why name and lines of an authority cannot be printed in the window of the letters of p; "" = they can. It
// sets them as a letter would.
func (p Profile) WindowFault(b amtshilfe.Behoerde) (text string, err error) {
	fonts, err := loadFonts()
	if err != nil {
		return "", err
	}
	s := &setter{fonts: fonts, profile: &p, pages: []sheetPage{{}}}
	s.address(&Letter{Behoerde: b, Ruecksende: "-", Message: &amtshilfe.Message{}})
	if s.fault != nil {
		return s.fault.Text, nil
	}
	return "", nil
}
