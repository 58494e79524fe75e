package mapping

import (
	"bufio"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xmlgate"
)

// Bounds of the profile's simple types, in characters.
const (
	maxKennung = 100  // Kennung
	maxZeile   = 250  // Zeile
	maxText    = 4000 // Text
)

// xmlWriter writes indented XML. Element names are ours and written as they are; texts are escaped. Errors stick in the buffer and
// show up in flush.
type xmlWriter struct {
	w     *bufio.Writer
	depth int
}

func newXMLWriter(w io.Writer) *xmlWriter {
	x := &xmlWriter{w: bufio.NewWriterSize(w, 32<<10)}
	x.w.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	return x
}

func (x *xmlWriter) indent() {
	for range x.depth {
		x.w.WriteString("  ")
	}
}

// open writes a start tag; attrs are pairs of name and value.
func (x *xmlWriter) open(name string, attrs ...string) {
	x.indent()
	x.tag(name, attrs)
	x.w.WriteString(">\n")
	x.depth++
}

func (x *xmlWriter) tag(name string, attrs []string) {
	x.w.WriteByte('<')
	x.w.WriteString(name)
	for i := 0; i+1 < len(attrs); i += 2 {
		x.w.WriteByte(' ')
		x.w.WriteString(attrs[i])
		x.w.WriteString(`="`)
		x.escape(attrs[i+1])
		x.w.WriteByte('"')
	}
}

func (x *xmlWriter) close(name string) {
	x.depth--
	x.indent()
	x.w.WriteString("</")
	x.w.WriteString(name)
	x.w.WriteString(">\n")
}

// leaf writes an element with text.
func (x *xmlWriter) leaf(name, text string, attrs ...string) {
	x.indent()
	x.tag(name, attrs)
	x.w.WriteByte('>')
	x.escape(text)
	x.w.WriteString("</")
	x.w.WriteString(name)
	x.w.WriteString(">\n")
}

// opt writes an element unless text is empty.
func (x *xmlWriter) opt(name, text string) {
	if text != "" {
		x.leaf(name, text)
	}
}

func (x *xmlWriter) num(name string, n int64) { x.leaf(name, strconv.FormatInt(n, 10)) }

func (x *xmlWriter) bool(name string, v bool) { x.leaf(name, strconv.FormatBool(v)) }

func (x *xmlWriter) time(name string, t time.Time) { x.leaf(name, xmlTime(t)) }

// date writes a day; days of the domain are midnight UTC.
func (x *xmlWriter) date(name string, t time.Time) {
	if !t.IsZero() {
		x.leaf(name, t.UTC().Format(time.DateOnly))
	}
}

func (x *xmlWriter) flush() error { return x.w.Flush() }

// xmlTime is an xs:dateTime in UTC, without fractions: the same instant always has the same bytes.
func xmlTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// escape writes text: a dropped name may have any byte.
func (x *xmlWriter) escape(s string) { x.w.Write(xmlgate.AppendText(x.w.AvailableBuffer(), s)) }

// zeile fits s into the type Zeile: one line, bounded; an empty one becomes "-".
func zeile(s string) string { return bounded(strings.Join(strings.Fields(s), " "), maxZeile) }

// kennung fits s into the type Kennung.
func kennung(s string) string { return bounded(strings.Join(strings.Fields(s), " "), maxKennung) }

// freeText fits s into the type Text.
func freeText(s string) string { return bounded(s, maxText) }

func bounded(s string, most int) string {
	if s == "" {
		return "-"
	}
	if len(s) <= most || utf8.RuneCountInString(s) <= most {
		return s
	}
	n := 0
	for i := range s {
		if n++; n == most {
			return s[:i] + "…"
		}
	}
	return s
}

// optZeile is a Zeile, or nothing for nothing.
func (x *xmlWriter) optZeile(name, s string) {
	if s != "" {
		x.leaf(name, zeile(s))
	}
}

// befund writes a Befund.
func (x *xmlWriter) befund(name string, f amtshilfe.Finding) {
	schwere := amtshilfe.SeverityFehler
	if f.Severity == amtshilfe.SeverityWarnung {
		schwere = f.Severity
	}
	x.open(name, "schwere", string(schwere))
	x.leaf("v:code", kennung(f.Code))
	x.leaf("v:text", freeText(f.Text))
	if f.Line > 0 {
		x.num("v:zeile", int64(f.Line))
		if f.Column > 0 {
			x.num("v:spalte", int64(f.Column))
		}
	}
	x.opt("v:pfad", f.Path)
	x.close(name)
}

// lieferkopf writes a Lieferkopf.
func (x *xmlWriter) lieferkopf(k amtshilfe.Lieferkopf) {
	x.open("v:lieferkopf")
	x.leaf("v:absender", kennung(k.Absender))
	x.leaf("v:verfahren", zeile(k.Verfahren))
	x.num("v:uebertragungsID", max(k.UebertragungsID, 1))
	x.time("v:erstellungszeitpunkt", k.Erstellt)
	x.num("v:anzahlNachrichten", int64(k.Anzahl))
	x.close("v:lieferkopf")
}

// behoerde writes a BehoerdeAntwort.
func (x *xmlWriter) behoerde(name string, b amtshilfe.Behoerde) {
	x.open(name)
	x.leaf("v:kennung", kennung(b.Kennung))
	x.leaf("v:name", zeile(b.Name))
	x.postanschrift("v:anschrift", b.Anschrift)
	for _, l := range windowLines(b) {
		x.leaf("v:anschriftzeile", l)
	}
	x.close(name)
}

// windowLines is an authority's address as printed in the window, one to five lines.
func windowLines(b amtshilfe.Behoerde) []string {
	lines := b.Anschriftzeilen
	if len(lines) == 0 {
		lines = anschriftzeilen(b.Anschrift)
	}
	out := make([]string, min(len(lines), 5))
	for i := range out {
		out[i] = zeile(lines[i])
	}
	return out
}

// anschriftzeilen is an address as it stands in a window; never empty.
func anschriftzeilen(a amtshilfe.Postanschrift) []string {
	var lines []string
	if street := joined(a.Strasse, " ", joined(a.Hausnummer, " ", a.HausnummerZusatz)); street != "" {
		lines = append(lines, street)
	} else if a.Postfach != "" {
		lines = append(lines, "Postfach "+a.Postfach)
	}
	return append(lines, joined(a.Postleitzahl, " ", a.Ort))
}

// postanschrift writes an XFinanz Postanschrift; the order of the children is that of the schema.
func (x *xmlWriter) postanschrift(name string, a amtshilfe.Postanschrift) {
	x.open(name)
	x.opt("x:hausnummer", a.Hausnummer)
	x.opt("x:hausnummernzusatz", a.HausnummerZusatz)
	x.opt("x:ort", a.Ort)
	x.opt("x:ortsteil", a.Ortsteil)
	x.opt("x:postleitzahl", a.Postleitzahl)
	x.opt("x:strasse", a.Strasse)
	for _, t := range a.Typen {
		x.code("x:typ", t)
	}
	if a.Staat != "" {
		x.open("x:staat")
		x.code("x:staat", a.Staat, "listVersionID", "0")
		x.close("x:staat")
	}
	x.opt("x:adressierungszusatz", a.Zusatz)
	x.close(name)
}

// code writes an XFinanz code: its child is in no namespace.
func (x *xmlWriter) code(name, code string, attrs ...string) {
	x.open(name, attrs...)
	x.leaf("code", code)
	x.close(name)
}
