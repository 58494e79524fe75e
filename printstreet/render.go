package printstreet

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// Render makes the files of a bundle. A letter that cannot be printed gives a *LetterError; any other error is one of the job.
func Render(j Job) (Bundle, error) {
	fonts, err := loadFonts()
	if err != nil {
		return Bundle{}, err
	}
	if err := j.validate(); err != nil {
		return Bundle{}, fmt.Errorf("render bundle %s: %w", j.Bundle, err)
	}
	letters, err := j.set(fonts)
	if err != nil {
		return Bundle{}, err
	}
	defer giveBack(letters)
	b := Bundle{}
	if j.Profile.Container == ContainerEinzeln {
		if err := b.drawSingles(&j, fonts, letters); err != nil {
			return Bundle{}, err
		}
		b.files(&j, letters)
		return b, nil
	}
	for _, g := range j.split(letters) {
		if err := b.draw(&j, fonts, letters, g); err != nil {
			return Bundle{}, err
		}
	}
	b.files(&j, letters)
	return b, nil
}

// title stands in the PDFs of a bundle.
func (j *Job) title() string { return "Vollstreckungshilfe, Stapel " + string(j.Bundle) }

// draw makes one PDF of a bundle and the entries of its letters.
func (b *Bundle) draw(j *Job, fonts *fontSet, letters []setLetter, g group) error {
	title := j.title()
	c := newCanvas(fonts, title, j.Created)
	c.use(letters, g.letters)
	first, pages := len(b.Entries), 0
	for _, i := range g.letters {
		if fault := c.letter(&letters[i], j.Profile.Duplex, j.Betriebsart != amtshilfe.Produktion); fault != nil {
			return j.letterError(i, fault)
		}
		pages += b.add(j, i, &letters[i], g.name, pages)
	}
	raw, err := c.bytes()
	if err != nil {
		return fmt.Errorf("render bundle %s: %w", j.Bundle, err)
	}
	pdf, err := finish(raw, c.pages, title, j.Created)
	if err != nil {
		return fmt.Errorf("render bundle %s: %w", j.Bundle, err)
	}
	b.hash(first, pdf.pages)
	b.Files = append(b.Files, File{g.name, pdf.data})
	return nil
}

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
	if fault != nil {
		return nil, &LetterError{Sendung: l.Sendung, Fault: *fault}
	}
	const title = "Vollstreckungshilfe, Schreiben"
	c := newCanvas(fonts, title, l.Datum)
	c.use([]setLetter{out}, []int{0})
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

// Sheets counts the sheets of every letter of a job, in its order, without drawing them; 0 for one that cannot be printed. The letters
// need no Sendung yet.
func Sheets(j Job) ([]int, error) {
	fonts, err := loadFonts()
	if err != nil {
		return nil, err
	}
	counts := make([]int, len(j.Letters))
	for i := range j.Letters {
		if j.admit(&j.Letters[i]) != nil {
			continue
		}
		if l, fault := set(&j.Letters[i], &j.Profile, fonts); fault == nil {
			counts[i], _ = j.Profile.sheets(&l)
			giveBack([]setLetter{l})
		}
	}
	return counts, nil
}

// set sets every letter, in job order.
func (j *Job) set(fonts *fontSet) ([]setLetter, error) {
	out := make([]setLetter, len(j.Letters))
	for i := range j.Letters {
		l := &j.Letters[i]
		fault := j.admit(l)
		if fault == nil {
			out[i], fault = set(l, &j.Profile, fonts)
		}
		if fault != nil {
			return nil, j.letterError(i, fault)
		}
	}
	return out, nil
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

// add notes the entry of a letter that was just drawn behind so many pages of its file, and gives how many it has there.
func (b *Bundle) add(j *Job, i int, l *setLetter, file string, before int) int {
	sheets, drawn := j.Profile.sheets(l)
	in := &j.Letters[i]
	e := Entry{
		Sendung: in.Sendung, Delivery: in.Delivery, Position: len(b.Entries) + 1, File: file,
		FirstPage: before + 1, LastPage: before + drawn, Pages: len(l.pages), Sheets: sheets,
		PLZ: l.plz, Kennung: in.Behoerde.Kennung, Umschlag: j.Profile.umschlag(sheets, len(l.anlagen)), Kostenstelle: in.stationery().Kostenstelle,
	}
	e.Grams, e.Class = j.Profile.weigh(sheets, len(l.anlagen), e.Umschlag)
	if in.Nachdruck.Bundle != "" {
		e.Nachdruck = in.Nachdruck.String()
	}
	for n := range l.anlagen {
		e.Anlagen = append(e.Anlagen, fmt.Sprintf("%s_A%02d.pdf", in.Sendung, n+1))
	}
	b.Entries = append(b.Entries, e)
	b.Pages += drawn
	b.Sheets += sheets
	return drawn
}

// hash gives every entry from first on the hash over the content streams of its pages.
func (b *Bundle) hash(first int, pages [][sha256.Size]byte) {
	for i := first; i < len(b.Entries); i++ {
		e := &b.Entries[i]
		h := sha256.New()
		for _, p := range pages[e.FirstPage-1 : e.LastPage] {
			h.Write(p[:])
		}
		e.SHA256 = hex.EncodeToString(h.Sum(nil))
	}
}

// files lists all files in writing order: first what the index names, then index and ticket, then the sums, last the marker.
func (b *Bundle) files(j *Job, letters []setLetter) {
	name := func(suffix string) string { return string(j.Bundle) + suffix }
	byID := map[amtshilfe.SendungID]*setLetter{}
	for i := range letters {
		byID[j.Letters[i].Sendung] = &letters[i]
	}
	for _, e := range b.Entries {
		for n, a := range byID[e.Sendung].anlagen {
			b.Files = append(b.Files, File{e.Anlagen[n], a.data})
		}
	}
	b.Files = append(b.Files,
		File{name("_index.xml"), indexXML(j, b)},
		File{name("_index.csv"), indexCSV(j, b)},
		File{name("_auftrag.xml"), ticketXML(j, b)})
	var sums strings.Builder
	for _, f := range b.Files {
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(f.Data), f.Name)
	}
	b.Files = append(b.Files, File{name("_sha256sum"), []byte(sums.String())}, File{name("_FERTIG"), nil})
}
