package printstreet

import (
	"fmt"

	"damtshilfe/internal/amtshilfe"
)

// printing is a job with everything set, while its files are made.
type printing struct {
	*Job
	fonts     *fontSet
	letters   []setLetter
	envelopes []envelope // in printing order
	out       Bundle
}

// newPrinting sets the letters, puts them into envelopes and numbers their sheets.
func newPrinting(j *Job) (*printing, error) {
	fonts, err := loadFonts()
	if err != nil {
		return nil, err
	}
	p := &printing{Job: j, fonts: fonts}
	if p.letters, err = j.set(fonts); err != nil {
		return nil, err
	}
	if p.envelopes, err = j.envelopes(fonts, p.letters); err != nil {
		return nil, err
	}
	for i := range p.envelopes {
		e := &p.envelopes[i]
		if fault := j.number(e, p.letters); fault != nil {
			return nil, j.letterError(e.letters[0], fault)
		}
	}
	return p, nil
}

// documents are what stands in the PDF of an envelope: the list of a cover, and the letters.
func (p *printing) documents(e *envelope) []*setLetter {
	var out []*setLetter
	if e.cover != nil {
		out = append(out, e.cover)
	}
	for _, i := range e.letters {
		out = append(out, &p.letters[i])
	}
	return out
}

// test says that everything is overprinted.
func (p *printing) test() bool { return p.Betriebsart != amtshilfe.Produktion }

// drawGroups makes the PDFs of a bundle.
func (p *printing) drawGroups() error {
	for _, g := range p.split() {
		if err := p.draw(g); err != nil {
			return err
		}
	}
	return nil
}

// draw makes one PDF with these envelopes, and their entries.
func (p *printing) draw(g group) error {
	c := newCanvas(p.fonts, p.title(), p.Created)
	for _, k := range g.envelopes {
		c.note(p.documents(&p.envelopes[k])...)
	}
	c.use()
	first, pages := len(p.out.Entries), 0
	for _, k := range g.envelopes {
		if err := p.envelope(c, &p.envelopes[k]); err != nil {
			return err
		}
		pages += p.add(&p.envelopes[k], g.name, pages)
	}
	raw, err := c.bytes()
	if err != nil {
		return fmt.Errorf("render bundle %s: %w", p.Bundle, err)
	}
	pdf, err := finish(raw, c.pages, p.title(), p.Created)
	if err != nil {
		return fmt.Errorf("render bundle %s: %w", p.Bundle, err)
	}
	p.out.hash(first, pdf.pages)
	p.out.Files = append(p.out.Files, File{g.name, pdf.data})
	return nil
}

// envelope draws what is in one.
func (p *printing) envelope(c *canvas, e *envelope) error {
	if e.cover != nil {
		if fault := c.letter(e.cover, p.Profile.Duplex, p.test()); fault != nil {
			return p.letterError(e.letters[0], fault)
		}
	}
	for _, i := range e.letters {
		if fault := c.letter(&p.letters[i], p.Profile.Duplex, p.test()); fault != nil {
			return p.letterError(i, fault)
		}
	}
	return nil
}

// add notes the entry of an envelope that was just drawn behind so many pages of its file, and gives how many it has there.
func (p *printing) add(e *envelope, file string, before int) int {
	in, l := &p.Job.Letters[e.letters[0]], &p.letters[e.letters[0]]
	entry := Entry{Sendung: e.id, Position: len(p.out.Entries) + 1, File: file, FirstPage: before + 1, Sheets: e.sheets,
		PLZ: l.plz, Kennung: in.Behoerde.Kennung, Umschlag: p.Profile.umschlag(e.sheets), Kostenstelle: in.stationery().Kostenstelle}
	entry.Grams, entry.Class = p.Profile.weigh(e.sheets, entry.Umschlag)
	page, sheet := before, 1
	if e.cover != nil {
		sheets, drawn := p.Profile.sheets(e.cover)
		entry.CoverPages, page, sheet = len(e.cover.pages), page+drawn, sheet+sheets
		entry.Pages = entry.CoverPages
	}
	for _, i := range e.letters {
		x := p.enclosed(i, page, sheet)
		entry.Letters = append(entry.Letters, x)
		entry.Pages += x.Pages
		page, sheet = x.LastPage, sheet+x.Sheets
		for _, a := range x.Anlagen {
			sheet += a.Sheets
		}
	}
	entry.LastPage = page
	p.out.Entries = append(p.out.Entries, entry)
	p.out.Pages += page - before
	p.out.Sheets += e.sheets
	return page - before
}

// enclosed is the entry of a letter, behind so many pages of its file and from that sheet of its envelope on.
func (p *printing) enclosed(i, before, sheet int) Enclosed {
	in, l := &p.Job.Letters[i], &p.letters[i]
	sheets, drawn := p.Profile.sheets(l)
	x := Enclosed{Letter: in.Sendung, Delivery: in.Delivery, FirstPage: before + 1, LastPage: before + drawn, Pages: len(l.pages), Sheets: sheets, FirstSheet: sheet}
	if in.Nachdruck.Bundle != "" {
		x.Nachdruck = in.Nachdruck.String()
	}
	sheet += sheets
	for n := range l.anlagen {
		m := len(l.anlagen[n].sheets)
		x.Anlagen = append(x.Anlagen, Anlage{File: fmt.Sprintf("%s_A%02d.pdf", in.Sendung, n+1), Pages: m, Sheets: m, FirstSheet: sheet})
		sheet += m
	}
	return x
}

// attachments makes a PDF of the sheets of each attachment. They are no PDF/A: nobody can promise that for pages of others, so they stand in no
// file that does. gofpdf writes all of them once, as for single letters.
func (p *printing) attachments() error {
	var all []*setLetter
	var of []*anlage
	for k := range p.envelopes {
		for _, i := range p.envelopes[k].letters {
			for n := range p.letters[i].anlagen {
				a := &p.letters[i].anlagen[n]
				all, of = append(all, &setLetter{pages: p.backs(a.sheets)}), append(of, a)
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	cuts, c, err := p.drawAll(all)
	if err != nil {
		return err
	}
	at := 0
	for k, name := range p.out.attachmentNames() {
		n := len(all[k].pages)
		pdf, err := finishGuest(cuts.cut(at, n), c.pages[at:at+n], &of[k].doc)
		if err != nil {
			return fmt.Errorf("render bundle %s: %w", p.Bundle, err)
		}
		p.out.Files = append(p.out.Files, File{name, pdf})
		at += n
	}
	return nil
}

// backs puts a blank back behind every sheet if both sides are printed: the next page is on a sheet of its own.
func (p *printing) backs(fronts []sheetPage) []sheetPage {
	if !p.Profile.Duplex {
		return fronts
	}
	var out []sheetPage
	for _, f := range fronts {
		out = append(out, f, p.back())
	}
	return out
}

func (p *printing) back() sheetPage {
	if p.test() {
		return sheetPage{{kind: markOverprint}}
	}
	return nil
}

// drawAll draws documents one behind the other, to be cut into files.
func (p *printing) drawAll(list []*setLetter) (cutter, *canvas, error) {
	c := newCanvas(p.fonts, p.title(), p.Created)
	c.note(list...)
	c.use()
	for _, l := range list {
		if fault := c.letter(l, false, p.test()); fault != nil {
			return cutter{}, nil, fmt.Errorf("render bundle %s: %w", p.Bundle, fault)
		}
	}
	cuts, err := p.cutter(c)
	return cuts, c, err
}

// cutter ends a document that is cut into files.
func (p *printing) cutter(c *canvas) (cutter, error) {
	raw, err := c.bytes()
	if err != nil {
		return cutter{}, fmt.Errorf("render bundle %s: %w", p.Bundle, err)
	}
	src, err := source(raw, len(c.pages))
	if err != nil {
		return cutter{}, fmt.Errorf("render bundle %s: %w", p.Bundle, err)
	}
	return cutter{src: src, pages: len(c.pages), tails: map[int][][]byte{}}, nil
}
