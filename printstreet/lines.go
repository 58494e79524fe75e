package printstreet

import "damtshilfe/internal/amtshilfe"

// text draws one line with its baseline at y.
func (s *setter) text(x, y float64, st style, text string) {
	if text == "" || !s.pass(text) {
		return
	}
	if !hasMarks(text) {
		s.put(mark{kind: markText, style: st, x: x, y: y, text: text})
		return
	}
	runs, ok := s.shaper.shape(s.fonts.face(st), text, st)
	if !ok {
		s.fail("DRUCK-ZEICHEN", amtshilfe.OwnerMandant, "Eine Folge aus Buchstabe und Zusatzzeichen kann die Druckschrift nicht darstellen.")
		return
	}
	for _, r := range runs {
		s.put(mark{kind: markText, style: st, x: x + r.x, y: y + r.y, text: r.text})
	}
}

// textRight draws one line that ends at x.
func (s *setter) textRight(x, y float64, st style, text string) {
	s.text(x-s.fonts.width(text, st), y, st, text)
}

// pass is the text gate.
func (s *setter) pass(text string) bool {
	if s.fault != nil {
		return false
	}
	if why := s.fonts.check(text); why != "" {
		s.fail("DRUCK-ZEICHEN", amtshilfe.OwnerMandant, "%s; das Schreiben kann nicht gedruckt werden.", why)
		return false
	}
	return true
}

// baseline is the distance from the top of a line to its baseline.
func baseline(st style) float64 { return st.size * 1.0 * mmPerPt }

// line draws one line at x and moves down.
func (s *setter) line(x float64, st style, text string) {
	s.need(st.leading())
	s.text(x, s.y+baseline(st), st, text)
	s.y += st.leading()
}

// lines notes where the last two of n lines begin.
func (s *setter) lines(i, n int) {
	if i == 0 || i <= n-2 {
		s.lastLines = s.here()
	}
}

// paragraph draws text over the full width, broken into lines, with a gap after it.
func (s *setter) paragraph(st style, text string) {
	lines := s.wrap(text, st, textWidth)
	if len(lines) > 1 {
		s.need(2 * st.leading()) // no single first line at the foot
	}
	for i, l := range lines {
		s.lines(i, len(lines))
		s.line(marginLeft, st, l)
	}
	s.space(1.8)
}

// heading starts a section; it never stands alone at the foot of a page.
func (s *setter) heading(text string) {
	s.space(2.2)
	s.need(4 * styleHead.leading())
	s.lastSection = s.here()
	s.line(marginLeft, styleHead, text)
	s.space(0.6)
}

// labelWidth is the first column of rows.
const labelWidth = 58.0

// row draws a label and its value; without a value nothing.
func (s *setter) row(label, value string) { s.styledRow(styleBody, label, value) }

// styledRow is a row whose value has a style of its own, as large as the body's.
func (s *setter) styledRow(st style, label, value string) {
	if value == "" {
		return
	}
	lines := s.wrap(value, st, textWidth-labelWidth)
	labels := s.wrap(label, styleBody, labelWidth-3)
	s.need(float64(min(max(len(lines), len(labels)), 4)) * styleBody.leading())
	begun := 0 // line that the label stands beside
	for i := 0; i < max(len(lines), begun+len(labels)) && s.fault == nil; i++ {
		s.lines(i, max(len(lines), begun+len(labels)))
		page := len(s.pages)
		s.need(styleBody.leading())
		if label != "" && i > 0 && len(s.pages) > page { // a page of values alone says nothing
			begun, labels = i, s.wrap(label+" (Fortsetzung)", styleBody, labelWidth-3)
		}
		y := s.y + baseline(styleBody)
		if n := i - begun; n < len(labels) {
			s.text(marginLeft, y, styleBody, labels[n])
		}
		if i < len(lines) {
			s.text(marginLeft+labelWidth, y, st, lines[i])
		}
		s.y += styleBody.leading()
	}
	s.y += 0.5
}

// item draws a line of a list.
func (s *setter) item(bullet, text string) {
	const indent = 6.0
	for i, l := range s.wrap(text, styleBody, textWidth-indent) {
		s.need(styleBody.leading())
		if i == 0 {
			s.text(marginLeft, s.y+baseline(styleBody), styleBody, bullet)
		}
		s.line(marginLeft+indent, styleBody, l)
	}
}
