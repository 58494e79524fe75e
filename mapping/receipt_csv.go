package mapping

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// CSVColumn is one column of a receipt as CSV.
type CSVColumn struct {
	Name string // heading, German
	What string // what stands in it, for docs/receipts.md
	cell func(csvRow) string
}

// csvRow is one row: the Lieferung, a sum of it, a Befund about it as a whole, or a message. Exactly one of the pointers but r is set,
// none for the row of the Lieferung.
type csvRow struct {
	r    *Receipt
	sum  *Sum
	find *amtshilfe.Finding
	line *Line
}

// csvRows says what the first column calls a row.
const (
	csvLieferung = "Lieferung"
	csvSumme     = "Summe"
	csvBefund    = "Befund"
	csvNachricht = "Nachricht"
)

func (w csvRow) kind() string {
	switch {
	case w.sum != nil:
		return csvSumme
	case w.find != nil:
		return csvBefund
	case w.line != nil:
		return csvNachricht
	}
	return csvLieferung
}

// head gives what only the row of the Lieferung says.
func (w csvRow) head(s string) string {
	if w.kind() == csvLieferung {
		return s
	}
	return ""
}

// CSVColumns are the columns of a receipt as CSV, in order; docs/receipts.md is made from them.
var CSVColumns = []CSVColumn{
	{"Zeilenart", "Lieferung (first row), Summe (one per status), Befund (about the drop as a whole) or Nachricht", csvRow.kind},
	{"Lieferung", "id of the drop, in every row", func(w csvRow) string { return csvText(string(w.r.Drop)) }},
	{"Quittung", "number of the receipt, in every row", func(w csvRow) string { return strconv.Itoa(w.r.Number) }},
	{"Dateiname", "Lieferung: file name as dropped", func(w csvRow) string { return csvText(w.head(w.r.Name)) }},
	{"Eingegangen am", "Lieferung: date and time on the gateway's wall clock", func(w csvRow) string { return w.head(csvTime(w.r.ReceivedAt)) }},
	{"Erstellt am", "Lieferung: of this receipt", func(w csvRow) string { return w.head(csvTime(w.r.CreatedAt)) }},
	{"Betriebsart", "Lieferung: produktion, test or schulung", func(w csvRow) string { return w.head(string(w.r.Betriebsart)) }},
	{"Ergebnis", "Lieferung: angenommen, teilweise, abgewiesen, duplikat or rueckfrage", func(w csvRow) string { return w.head(string(w.r.Ergebnis)) }},
	{"Abgeschlossen", "Lieferung: ja = no further receipt", func(w csvRow) string { return w.head(jaNein(w.r.Closed)) }},
	{"Übertragungs-ID", "Lieferung: of the Lieferkopf", csvRow.transfer},
	{"Nächste Übertragungs-ID", "Lieferung: number to use next", func(w csvRow) string { return w.head(csvNumber(w.r.NextID)) }},
	{"Position", "Nachricht: place in the drop, from 1", csvRow.position},
	{"Eintrag", "Nachricht: name in the ZIP", func(w csvRow) string { return csvText(w.of(func(l *Line) string { return l.Entry })) }},
	{"Nachrichten-UUID", "Nachricht", func(w csvRow) string { return csvText(w.of(func(l *Line) string { return l.UUID })) }},
	{"Aktenzeichen", "Nachricht: of the sender", func(w csvRow) string { return csvText(w.of(func(l *Line) string { return l.Aktenzeichen })) }},
	{"Kassenzeichen", "Nachricht: of the first claim", func(w csvRow) string { return csvText(w.of(func(l *Line) string { return l.Kassenzeichen })) }},
	{"Anzahl", "Summe: messages of the status; Nachricht: 1", csvRow.count},
	{"Betrag in EUR", "Summe and Nachricht: 1234,50", csvRow.betrag},
	{"Status", "Summe and Nachricht: word of the profile (uebergeben, abgeholt, im-druck, rueckfrage, abgewiesen ...)", csvRow.status},
	{"Duplikat von", "Nachricht: the message it repeats; Lieferung: the drop it repeats", csvRow.duplicate},
	{"Was zu tun ist", "what is wrong or asked, why, and what to do; several sentences are parted by |", csvRow.todo},
	{"Codes", "codes of the findings and the question, parted by a blank", csvRow.codes},
	{"Zuständig", "who decides what is asked: mandant, betrieb, druckzentrum or registerpflege", csvRow.owner},
	{"Bis", "until when it has to be decided", csvRow.until},
	{"Weg", "Nachricht: elektronisch or postalisch", func(w csvRow) string { return w.way(func(u *Uebermittlung) string { return string(u.Weg) }) }},
	{"Zeitpunkt", "Nachricht: when the status was reached", func(w csvRow) string { return w.way(func(u *Uebermittlung) string { return csvTime(u.Zeitpunkt) }) }},
	{"Empfänger", "Nachricht: name of the authority", func(w csvRow) string { return csvText(w.authority().Name) }},
	{"Empfänger-Kennung", "Nachricht", func(w csvRow) string { return csvText(w.authority().Kennung) }},
	{"Transport-ID", "Nachricht: XTA MessageID or number of the letter", func(w csvRow) string {
		return csvText(w.way(func(u *Uebermittlung) string { return u.TransportID }))
	}},
	{"Registerstand", "Nachricht: rule and state of the directory", func(w csvRow) string {
		return csvText(w.way(func(u *Uebermittlung) string { return u.Registerstand }))
	}},
	{"SHA-256", "Lieferung: of the dropped file", func(w csvRow) string { return csvText(w.head(hex.EncodeToString(w.r.SHA256[:]))) }},
	{"Prüfkette", "Lieferung: head of the audit chain, receipt 1 only", func(w csvRow) string { return csvText(w.head(w.r.AuditHead)) }},
}

// WriteReceiptCSV writes a receipt as CSV that Excel opens by a double click: UTF-8 with BOM, semicolons, CRLF, amounts with comma.
// The same input gives the same bytes; an error of lines is returned, and the file is then incomplete.
func WriteReceiptCSV(w io.Writer, r Receipt, lines iter.Seq2[Line, error]) error {
	out := bufio.NewWriterSize(w, 32<<10)
	out.WriteString("\xef\xbb\xbf")
	for i, c := range CSVColumns {
		csvCell(out, i, csvText(c.Name))
	}
	out.WriteString("\r\n")
	csvWrite(out, csvRow{r: &r})
	for _, s := range orderedSums(r.Sums) {
		csvWrite(out, csvRow{r: &r, sum: &s})
	}
	for _, f := range r.DropFindings {
		csvWrite(out, csvRow{r: &r, find: &f})
	}
	if lines != nil {
		for l, err := range lines {
			if err != nil {
				return fmt.Errorf("write receipt: %w", err)
			}
			csvWrite(out, csvRow{r: &r, line: &l})
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write receipt: %w", err)
	}
	return nil
}

func csvWrite(out *bufio.Writer, row csvRow) {
	for i, c := range CSVColumns {
		csvCell(out, i, c.cell(row))
	}
	out.WriteString("\r\n")
}

func csvCell(out *bufio.Writer, i int, s string) {
	if i > 0 {
		out.WriteByte(';')
	}
	out.WriteString(s)
}

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
