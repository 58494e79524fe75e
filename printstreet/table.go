package printstreet

import (
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// column of a table; widths add up to textWidth.
type column struct {
	title string
	width float64
	right bool // set flush right
}

// table sets rows of cells with a sum in the last column. Its head comes with its first row, never alone at the foot of a page. Over a
// page break it closes with the sum so far, repeats its head and carries the sum, so that every page adds up by itself.
type table struct {
	s    *setter
	open bool // the head is set
	cols []column
	sum  amtshilfe.Cents
	rows int // rows begun
	// above is how many lines stand above the table at least.
	above int
	// below is how much has to fit below the last row beside the closing line, in mm; wants is what has to fit below the next one.
	below, wants float64
	// noSum says that the amounts do not add up to anything.
	noSum bool
}

const (
	cellPad   = 1.5 // left and right of a cell's text
	rowGap    = 1.6 // between two rows
	keepLines = 8   // a row of so many lines is not split over pages
)

// tableRow is a row before it is set.
type tableRow struct {
	amount amtshilfe.Cents
	cells  []string
}

// tableUnder sets what belongs above a table, the table as t says, and its rows; the caller ends it. What stands above and the first two
// rows stay on one page, or the first row at least: a title at the foot of a page with its claims overleaf is read as one without.
func (s *setter) tableUnder(above func(), t table, rows []tableRow) *table {
	var tab *table
	set := func(n int) {
		above()
		tab = s.beginTable(t.cols)
		tab.noSum = t.noSum
		for i, r := range rows[:n] {
			tab.last(i, len(rows), t.below)
			tab.row(r.amount, r.cells...)
		}
	}
	n := min(2, len(rows))
	for n > 0 && !s.together(t.least(rows[:n]), func() { set(n) }) {
		n--
	}
	if n == 0 {
		set(0)
	}
	for i, r := range rows[n:] {
		tab.last(n+i, len(rows), t.below)
		tab.row(r.amount, r.cells...)
	}
	return tab
}

// last reserves what stands below the table when the last of n rows is set, so that it does not stand alone on the next page.
func (t *table) last(i, n int, below float64) {
	if i == n-1 {
		t.wants = below
	}
}

// least is how high the table with what stands above it is at least.
func (t *table) least(rows []tableRow) float64 {
	h := float64(t.above)*styleBody.leading() + 2*t.headHeight()
	for _, r := range rows {
		lines := 1
		for _, c := range r.cells {
			lines = max(lines, strings.Count(c, "\n")+1)
		}
		h += float64(lines)*styleTable.leading() + rowGap
	}
	return h
}

func (s *setter) beginTable(cols []column) *table {
	return &table{s: s, cols: cols}
}

// begin sets the head, on a page where h mm of rows and the closing line fit below it.
func (t *table) begin(h float64) {
	if t.open {
		return
	}
	t.open = true
	t.s.need(2*t.headHeight() + 1.5*rowGap + h)
	t.head()
}

func (t *table) headHeight() float64 { return styleTotal.leading() + rowGap }

func (t *table) head() {
	s := t.s
	s.put(mark{kind: markFill, x: marginLeft, y: s.y, w: textWidth, h: t.headHeight()})
	x := marginLeft
	for _, c := range t.cols {
		t.cell(c, x, styleTotal, c.title, rowGap/2)
		x += c.width
	}
	s.y += t.headHeight()
	t.rule()
	s.y += rowGap / 2
}

func (t *table) rule() {
	t.s.put(mark{kind: markLine, x: marginLeft, y: t.s.y, w: textWidth})
}

func (t *table) cell(c column, x float64, st style, text string, shift float64) {
	y := t.s.y + shift + baseline(st)
	if c.right {
		for st.size > 5 && t.s.fonts.width(text, st) > c.width-cellPad {
			st.size -= 0.5
		}
		t.s.textRight(x+c.width-cellPad, y, st, text)
	} else {
		t.s.text(x+cellPad, y, st, text)
	}
}

// row adds a row whose amount counts.
func (t *table) row(amount amtshilfe.Cents, cells ...string) {
	s := t.s
	lines := make([][]string, len(cells))
	height := 1
	for i, c := range cells {
		if t.cols[i].right {
			lines[i] = []string{c} // an amount is never broken
			continue
		}
		lines[i] = s.wrap(c, styleTable, t.cols[i].width-2*cellPad)
		height = max(height, len(lines[i]))
	}
	t.begin(float64(min(height, keepLines)) * styleTable.leading())
	if height <= keepLines {
		t.room(float64(height) * styleTable.leading())
	}
	for n := range height {
		t.room(styleTable.leading())
		x := marginLeft
		for i, c := range t.cols {
			if n < len(lines[i]) {
				t.cell(c, x, styleTable, lines[i][n], 0)
			}
			x += c.width
		}
		if n == 0 {
			t.sum += amount
			t.rows++
		}
		s.y += styleTable.leading()
	}
	s.y += rowGap / 2
	t.rule()
	s.y += rowGap / 2
}

// room makes sure that h mm and the closing line fit on the page.
func (t *table) room(h float64) {
	s := t.s
	if s.y+h+rowGap+t.headHeight()+t.wants <= bodyBottom || s.fault != nil {
		return
	}
	if t.rows > 0 && !t.noSum {
		t.sumLine("Übertrag", t.sum)
	}
	s.newPage()
	t.head()
	if t.rows > 0 && !t.noSum {
		t.sumLine("Übertrag", t.sum)
		t.rule()
		s.y += rowGap / 2
	}
}

// sumLine draws a label and an amount in the last column.
func (t *table) sumLine(label string, amount amtshilfe.Cents) {
	s := t.s
	s.text(marginLeft+cellPad, s.y+baseline(styleTotal), styleTotal, label)
	s.textRight(marginRight-cellPad, s.y+baseline(styleTotal), styleTotal, amount.String())
	s.y += styleTotal.leading() + rowGap/2
}

// end closes the table with its sum.
func (t *table) end(label string) {
	t.begin(0)
	if !t.noSum {
		t.sumLine(label, t.sum)
		t.rule()
	}
	t.s.y += 2
}
