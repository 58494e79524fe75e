package mapping

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"strconv"

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
