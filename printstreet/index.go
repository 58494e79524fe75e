package printstreet

import (
	"encoding/csv"
	"strconv"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xmlgate"
)

// Namespace is that of index and job ticket (xsd/index.xsd, xsd/auftrag.xsd).
const Namespace = "urn:damtshilfe:druck:1"

// xmlWriter writes elements with attributes, indented by hand: what it writes is small and fixed.
type xmlWriter struct{ strings.Builder }

// attr is one attribute; an empty value is left out.
type attr struct{ name, value string }

func (w *xmlWriter) tag(indent, name string, end string, attrs ...attr) {
	w.WriteString(indent + "<" + name)
	for _, a := range attrs {
		if a.value != "" {
			w.WriteString(" " + a.name + `="` + escape(a.value) + `"`)
		}
	}
	w.WriteString(end + "\n")
}

func (w *xmlWriter) leaf(indent, name, value string) {
	w.WriteString(indent + "<" + name + ">" + escape(value) + "</" + name + ">\n")
}

// escape makes text fit for element content and attributes.
func escape(s string) string { return string(xmlgate.AppendText(nil, s)) }

func number(n int) string { return strconv.Itoa(n) }

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func yes(b bool) string { return strconv.FormatBool(b) }

// delivery is the id for the index, "" for none.
func delivery(id amtshilfe.DeliveryID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

// positive is a number of which 0 says nothing.
func positive(n int) string {
	if n == 0 {
		return ""
	}
	return number(n)
}

// onlyFile is the PDF if there is only one.
func (b *Bundle) onlyFile() string {
	for _, e := range b.Entries {
		if e.File != b.Entries[0].File {
			return ""
		}
	}
	return b.Entries[0].File
}

// indexXML is the index: one entry per Sendung in printing order.
func indexXML(j *Job, b *Bundle) []byte {
	w := &xmlWriter{}
	w.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	w.tag("", "stapel", ">", attr{"xmlns", Namespace}, attr{"id", string(j.Bundle)}, attr{"profil", j.Profile.Name},
		attr{"betriebsart", string(j.Betriebsart)}, attr{"mandant", j.Mandant}, attr{"erstellt", stamp(j.Created)},
		attr{"datei", b.onlyFile()}, attr{"sendungen", number(len(b.Entries))}, attr{"schreiben", number(b.Letters())}, attr{"seiten", number(b.Pages)}, attr{"blatt", number(b.Sheets)})
	for _, e := range b.Entries {
		own := []attr{{"id", e.Sendung.String()}, {"position", number(e.Position)}, {"datei", e.File},
			{"ersteSeite", number(e.FirstPage)}, {"letzteSeite", number(e.LastPage)}, {"seiten", number(e.Pages)}, {"blatt", number(e.Sheets)},
			{"plz", e.PLZ}, {"empfaenger", e.Kennung}, {"duplex", yes(j.Profile.Duplex)}, {"umschlag", string(e.Umschlag)},
			{"gewicht", positive(e.Grams)}, {"gewichtsklasse", e.Class}, {"fachErstes", j.Profile.Paper.First}, {"fachWeitere", j.Profile.Paper.Next},
			{"frankierung", "druckzentrum"}, {"kostenstelle", e.Kostenstelle}}
		if e.CoverPages == 0 {
			l := &e.Letters[0]
			w.letter("  ", "sendung", append(own, attr{"uebermittlung", delivery(l.Delivery)}, attr{"nachdruckVon", l.Nachdruck}, attr{"sha256", e.SHA256}), l)
			continue
		}
		w.tag("  ", "sendung", ">", append(own, attr{"deckblattSeiten", number(e.CoverPages)}, attr{"sha256", e.SHA256})...)
		for n := range e.Letters {
			l := &e.Letters[n]
			w.letter("    ", "schreiben", []attr{{"id", l.Letter.String()}, {"nr", number(n + 1)}, {"ersteSeite", number(l.FirstPage)}, {"letzteSeite", number(l.LastPage)},
				{"seiten", number(l.Pages)}, {"blatt", number(l.Sheets)}, {"erstesBlatt", number(l.FirstSheet)},
				{"uebermittlung", delivery(l.Delivery)}, {"nachdruckVon", l.Nachdruck}, {"sha256", l.SHA256}}, l)
		}
		w.WriteString("  </sendung>\n")
	}
	w.WriteString("</stapel>\n")
	return []byte(w.String())
}

// letter writes an element with the attachments of a letter in it.
func (w *xmlWriter) letter(indent, name string, attrs []attr, l *Enclosed) {
	if len(l.Anlagen) == 0 {
		w.tag(indent, name, "/>", attrs...)
		return
	}
	w.tag(indent, name, ">", attrs...)
	for _, a := range l.Anlagen {
		w.WriteString(indent + `  <anlage seiten="` + number(a.Pages) + `" blatt="` + number(a.Sheets) + `" erstesBlatt="` + number(a.FirstSheet) + `">` + escape(a.File) + "</anlage>\n")
	}
	w.WriteString(indent + "</" + name + ">\n")
}

// Letters counts those of all envelopes.
func (b *Bundle) Letters() (n int) {
	for _, e := range b.Entries {
		n += len(e.Letters)
	}
	return n
}

// indexCSV is the same index for programs that read no XML: semicolons, CRLF, UTF-8 without BOM, one head line, a line for each letter and
// for each list in front of several (nr 0). The sheets of a letter's line include its attachments, so that the lines add up to the bundle.
func indexCSV(j *Job, b *Bundle) []byte {
	var out strings.Builder
	w := csv.NewWriter(&out)
	w.Comma, w.UseCRLF = ';', true
	rows := [][]string{{"sendung", "position", "erste_seite", "letzte_seite", "seiten", "blatt", "plz", "empfaenger", "duplex", "umschlag", "mandant", "uebermittlung", "anlagen", "sha256",
		"datei", "gewicht", "gewichtsklasse", "fach_erstes", "fach_weitere", "frankierung", "kostenstelle", "nachdruck_von", "schreiben", "nr"}}
	for i := range b.Entries {
		e := &b.Entries[i]
		if e.CoverPages > 0 {
			first := &e.Letters[0]
			rows = append(rows, j.row(e, &Enclosed{FirstPage: e.FirstPage, LastPage: first.FirstPage - 1, Pages: e.CoverPages, Sheets: first.FirstSheet - 1}, 0))
		}
		for n := range e.Letters {
			rows = append(rows, j.row(e, &e.Letters[n], n+1))
		}
	}
	_ = w.WriteAll(rows) // a strings.Builder never fails
	return []byte(out.String())
}

// row is one line of the CSV; nr is the letter's place in its envelope.
func (j *Job) row(e *Entry, l *Enclosed, nr int) []string {
	var files []string
	sheets := l.Sheets
	for _, a := range l.Anlagen {
		files, sheets = append(files, a.File), sheets+a.Sheets
	}
	id := ""
	if nr > 0 {
		id = l.Letter.String()
	}
	return []string{e.Sendung.String(), number(e.Position), number(l.FirstPage), number(l.LastPage), number(l.Pages), number(sheets),
		e.PLZ, e.Kennung, yes(j.Profile.Duplex), string(e.Umschlag), j.Mandant, delivery(l.Delivery), strings.Join(files, " "), l.SHA256,
		e.File, positive(e.Grams), e.Class, j.Profile.Paper.First, j.Profile.Paper.Next, "druckzentrum", e.Kostenstelle, l.Nachdruck, id, number(nr)}
}

// ticketXML is the job ticket: what the centre shall do with the bundle, and how much of it there is.
func ticketXML(j *Job, b *Bundle) []byte {
	p, w := &j.Profile, &xmlWriter{}
	anlagen, c4 := 0, 0
	for _, e := range b.Entries {
		for _, l := range e.Letters {
			anlagen += len(l.Anlagen)
		}
		if e.Umschlag == UmschlagC4 {
			c4++
		}
	}
	sides := "simplex"
	if p.Duplex {
		sides = "duplex"
	}
	w.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	w.tag("", "auftrag", ">", attr{"xmlns", Namespace}, attr{"stapel", string(j.Bundle)}, attr{"betriebsart", string(j.Betriebsart)},
		attr{"test", yes(j.Betriebsart != amtshilfe.Produktion)}, attr{"nachdruckVon", string(j.Nachdruck)}, attr{"mandant", j.Mandant}, attr{"erstellt", stamp(j.Created)})
	w.tag("  ", "profil", "/>", attr{"name", p.Name}, attr{"version", p.Version})
	w.tag("  ", "umfang", "/>", attr{"sendungen", number(len(b.Entries))}, attr{"schreiben", number(b.Letters())}, attr{"seiten", number(b.Pages)}, attr{"blatt", number(b.Sheets)},
		attr{"anlagen", number(anlagen)}, attr{"umschlagDL", number(len(b.Entries) - c4)}, attr{"umschlagC4", number(c4)})
	w.tag("  ", "druck", "/>", attr{"seiten", sides}, attr{"farbe", "schwarz"}, attr{"papier", "A4"}, attr{"gramm", number(p.Paper.Grams)},
		attr{"fachErstes", p.Paper.First}, attr{"fachWeitere", p.Paper.Next}, attr{"blattsteuerung", p.SheetControl.Art}, attr{"vorlage", p.Template()})
	w.tag("  ", "produktion", "/>", attr{"annahmeschluss", p.CutOff}, attr{"blattProTag", positive(p.CapacityPerDay)})
	w.leaf("  ", "frankierung", "druckzentrum")
	w.tag("  ", "rueckmeldung", "/>", attr{"erwartet", yes(p.Acknowledgements)})
	w.tag("  ", "kontakt", "/>", attr{"name", p.Contact.Name}, attr{"telefon", p.Contact.Telefon}, attr{"email", p.Contact.Email})
	w.WriteString("</auftrag>\n")
	return []byte(w.String())
}
