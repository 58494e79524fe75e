package printstreet

import "errors"

const (
	marginLeft      = 25.0
	infoLeft        = 125.0
	windowMinHeight = 33.0
)

var errNotBuilt = errors.New("not built")

// Render makes the files of a bundle. A letter that cannot be printed gives a *LetterError.
func Render(j Job) (Bundle, error) { return Bundle{}, errNotBuilt }

// RenderLetter makes the PDF of one letter, as a preview: nothing of a bundle is needed.
func RenderLetter(l Letter, p Profile) ([]byte, error) { return nil, errNotBuilt }
