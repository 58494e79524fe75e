package printstreet

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// Render makes the files of a bundle. A letter that cannot be printed gives a *LetterError; any other error is one of the job.
func Render(j Job) (Bundle, error) {
	if err := j.validate(); err != nil {
		return Bundle{}, fmt.Errorf("render bundle %s: %w", j.Bundle, err)
	}
	p, err := newPrinting(&j)
	if err != nil {
		return Bundle{}, err
	}
	defer giveBack(p.letters)
	if j.Profile.Container == ContainerEinzeln {
		err = p.drawSingles()
	} else {
		err = p.drawGroups()
	}
	if err == nil {
		err = p.attachments()
	}
	if err == nil {
		err = p.out.check()
	}
	if err != nil {
		return Bundle{}, err
	}
	p.files()
	return p.out, nil
}

// title stands in the PDFs of a bundle.
func (j *Job) title() string { return "Vollstreckungshilfe, Stapel " + string(j.Bundle) }

// RenderLetter makes the PDF of one letter, as a preview: nothing of a bundle is needed, and the reference to the 003 may be
// missing. A letter or a profile that is not produktion is overprinted.
func RenderLetter(l Letter, p Profile) ([]byte, error) {
	fonts, err := loadFonts()
	if err != nil {
		return nil, err
	}
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("render letter: %w", err)
	}
	out, fault := set(&l, &p, fonts)
	if fault == nil && l.Sendung.N > 0 {
		j := Job{Profile: p, Letters: []Letter{l}}
		fault = j.number(&envelope{id: l.Sendung, letters: []int{0}}, []setLetter{out})
	}
	if fault != nil {
		return nil, &LetterError{Sendung: l.Sendung, Fault: *fault}
	}
	const title = "Vollstreckungshilfe, Schreiben"
	c := newCanvas(fonts, title, l.Datum)
	c.note(&out)
	c.use()
	if fault := c.letter(&out, false, false); fault != nil {
		return nil, &LetterError{Sendung: l.Sendung, Fault: *fault}
	}
	raw, err := c.bytes()
	if err != nil {
		return nil, fmt.Errorf("render letter: %w", err)
	}
	pdf, err := finish(raw, c.pages, title, l.Datum)
	if err != nil {
		return nil, fmt.Errorf("render letter: %w", err)
	}
	return pdf.data, nil
}

// validate refuses a job that no letter is to blame for.
func (j *Job) validate() error {
	if err := j.Profile.Validate(); err != nil {
		return fmt.Errorf("profile %q: %w", j.Profile.Name, err)
	}
	switch {
	case !j.Bundle.Valid():
		return errors.New("bundle id is malformed")
	case j.Created.IsZero():
		return errors.New("no time of creation")
	case !j.Betriebsart.Valid() || j.Betriebsart != j.Profile.Betriebsart:
		return fmt.Errorf("profile %q takes %q, not %q", j.Profile.Name, j.Profile.Betriebsart, j.Betriebsart)
	case len(j.Letters) == 0:
		return errors.New("no letters")
	case len(j.Letters) > j.Profile.LettersPerBundle:
		return fmt.Errorf("%d letters, the profile allows %d", len(j.Letters), j.Profile.LettersPerBundle)
	}
	seen := map[int]bool{}
	for i := range j.Letters {
		id := j.Letters[i].Sendung
		if id.Bundle != j.Bundle || id.N < 1 || seen[id.N] {
			return fmt.Errorf("letter %d: Sendung %s is foreign or used twice", i, id)
		}
		seen[id.N] = true
	}
	return nil
}

// Sheets counts the sheets of every letter of a job with its attachments, in its order, without drawing them; 0 for one that cannot be
// printed. The letters need no Sendung yet.
func Sheets(j Job) ([]int, error) {
	fonts, err := loadFonts()
	if err != nil {
		return nil, err
	}
	counts := make([]int, len(j.Letters))
	for i := range j.Letters {
		l, fault, err := j.setOne(i, fonts)
		if err != nil {
			return nil, err
		}
		if fault == nil {
			counts[i] = l.allSheets(&j.Profile)
			giveBack([]setLetter{l})
		}
	}
	return counts, nil
}

// set sets every letter, in job order.
func (j *Job) set(fonts *fontSet) ([]setLetter, error) {
	out := make([]setLetter, len(j.Letters))
	for i := range j.Letters {
		l, fault, err := j.setOne(i, fonts)
		if err != nil {
			return nil, fmt.Errorf("render bundle %s: %w", j.Bundle, err)
		}
		if fault != nil {
			return nil, j.letterError(i, fault)
		}
		out[i] = l
	}
	return out, nil
}

// setOne sets a letter that is going to be printed. The Fault is about it, the error about the job.
func (j *Job) setOne(i int, fonts *fontSet) (out setLetter, fault *amtshilfe.Fault, err error) {
	l := &j.Letters[i]
	if fault = j.admit(l); fault == nil {
		fault, err = j.cut(l)
	}
	if fault == nil && err == nil {
		out, fault = set(l, &j.Profile, fonts)
	}
	if n := out.allSheets(&j.Profile); fault == nil && err == nil && n > j.Profile.Envelope.MaxSheets {
		fault = &amtshilfe.Fault{Verdict: amtshilfe.Hold, Code: "DRUCK-UMFANG", Owner: amtshilfe.OwnerBetrieb,
			Text: fmt.Sprintf("Das Schreiben hätte mit seinen Anlagen %d Blätter; ein Umschlag fasst höchstens %d.", n, j.Profile.Envelope.MaxSheets)}
	}
	return out, fault, err
}

// admit checks what only matters for a letter that is really going to be printed.
func (j *Job) admit(l *Letter) *amtshilfe.Fault {
	switch {
	case l.Betriebsart != j.Betriebsart:
		return &amtshilfe.Fault{Verdict: amtshilfe.Hold, Code: "DRUCK-BETRIEBSART", Owner: amtshilfe.OwnerBetrieb,
			Text: "Die Betriebsart des Schreibens ist nicht die des Stapels."}
	case l.Message != nil && l.Message.Kind != amtshilfe.KindErsuchen && l.Message.Kind != amtshilfe.KindRueckweisung && (l.Reference == nil || l.Reference.Aktenzeichen == "" && l.Reference.UUID == ""):
		return &amtshilfe.Fault{Verdict: amtshilfe.Hold, Code: "DRUCK-BEZUG", Owner: amtshilfe.OwnerBetrieb,
			Text: "Das Ersuchen, auf das sich das Schreiben bezieht, ist nicht bekannt."}
	}
	return nil
}

func (j *Job) letterError(i int, fault *amtshilfe.Fault) error {
	return &LetterError{Index: i, Sendung: j.Letters[i].Sendung, Fault: *fault}
}

// printOrder sorts by postcode, then by addressee, foreign addresses last; equal letters stay in the order of the job.
func printOrder(j *Job, letters []setLetter) []int {
	order := make([]int, len(letters))
	for i := range order {
		order[i] = i
	}
	key := func(i int) string {
		if letters[i].plz == "" {
			return "~" + j.Letters[i].Behoerde.Kennung
		}
		return letters[i].plz + j.Letters[i].Behoerde.Kennung
	}
	slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(key(a), key(b)) })
	return order
}
