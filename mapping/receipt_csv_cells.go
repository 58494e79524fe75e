package mapping

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// The cells of a receipt's row as CSV: what the columns show.

func (w csvRow) transfer() string {
	if w.kind() != csvLieferung || w.r.Kopf == nil {
		return ""
	}
	return csvNumber(w.r.Kopf.UebertragungsID)
}

func (w csvRow) position() string {
	if w.line == nil {
		return ""
	}
	return strconv.Itoa(w.line.Position)
}

// of gives a value of the message.
func (w csvRow) of(value func(*Line) string) string {
	if w.line == nil {
		return ""
	}
	return value(w.line)
}

// way gives a value of the message's Uebermittlung.
func (w csvRow) way(value func(*Uebermittlung) string) string {
	if w.line == nil || w.line.Uebermittlung == nil {
		return ""
	}
	return value(w.line.Uebermittlung)
}

func (w csvRow) authority() amtshilfe.Behoerde {
	if w.line == nil || w.line.Uebermittlung == nil || w.line.Uebermittlung.Empfaenger == nil {
		return amtshilfe.Behoerde{}
	}
	return *w.line.Uebermittlung.Empfaenger
}

func (w csvRow) count() string {
	switch {
	case w.sum != nil:
		return strconv.Itoa(w.sum.Count)
	case w.line != nil:
		return "1"
	}
	return ""
}

func (w csvRow) betrag() string {
	switch {
	case w.sum != nil:
		return csvAmount(w.sum.Betrag)
	case w.line != nil:
		return csvAmount(w.line.Betrag)
	}
	return ""
}

func (w csvRow) status() string {
	switch {
	case w.sum != nil:
		return string(w.sum.Status)
	case w.line != nil:
		return string(w.line.Status)
	}
	return ""
}

func (w csvRow) duplicate() string {
	if w.line != nil {
		return csvText(w.line.DuplicateOf)
	}
	return csvText(w.head(string(w.r.DuplicateOf)))
}

// question is what a person is asked about the row, or nil.
func (w csvRow) question() *amtshilfe.Question {
	switch {
	case w.line != nil:
		return w.line.Question
	case w.kind() == csvLieferung:
		return w.r.Question
	}
	return nil
}

// findings are those that the row tells of.
func (w csvRow) findings() []amtshilfe.Finding {
	switch {
	case w.line != nil:
		return w.line.Findings
	case w.find != nil:
		return []amtshilfe.Finding{*w.find}
	}
	return nil
}

// todo is the row's one line for the clerk. The sentence of a question stands first; the finding that it arose from says the same.
func (w csvRow) todo() string {
	var parts []string
	q := w.question()
	if q != nil {
		parts = append(parts, q.Text)
	}
	for _, f := range w.findings() {
		if q == nil || f.Text != q.Text {
			parts = append(parts, f.Text+place(f))
		}
	}
	return csvText(strings.Join(parts, " | "))
}

// place names a finding's position in German.
func place(f amtshilfe.Finding) string {
	switch {
	case f.Line > 0 && f.Column > 0:
		return fmt.Sprintf(" (Zeile %d, Spalte %d)", f.Line, f.Column)
	case f.Line > 0:
		return fmt.Sprintf(" (Zeile %d)", f.Line)
	}
	return ""
}

func (w csvRow) codes() string {
	var codes []string
	q := w.question()
	if q != nil {
		codes = append(codes, q.Code)
	}
	for _, f := range w.findings() {
		if q == nil || f.Code != q.Code {
			codes = append(codes, f.Code)
		}
	}
	return csvText(strings.Join(codes, " "))
}

func (w csvRow) owner() string {
	if q := w.question(); q != nil {
		return csvText(string(q.Owner))
	}
	return ""
}

func (w csvRow) until() string {
	if q := w.question(); q != nil && !q.Until.IsZero() {
		return q.Until.UTC().Format("02.01.2006") // the same day as in the other forms
	}
	return ""
}

func jaNein(b bool) string {
	if b {
		return "ja"
	}
	return "nein"
}

// csvNumber writes n, or nothing for 0.
func csvNumber(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// csvTime writes an instant on the wall clock of its own location.
func csvTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("02.01.2006 15:04:05")
}

// csvAmount writes "1234,50": a number for Excel, also a negative one, and nothing that a formula could hide in.
func csvAmount(c amtshilfe.Cents) string { return strings.Replace(c.XML(), ".", ",", 1) }
