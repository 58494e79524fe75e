package sample

import (
	"strconv"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// doc writes one document: indented, a line per element, values escaped.
type doc struct {
	b     []byte
	depth int
}

const spaces = "                                        "

func (d *doc) indent() { d.b = append(d.b, spaces[:d.depth]...) }

// open starts an element; attrs are pairs of name and value.
func (d *doc) open(name string, attrs ...string) {
	d.start(name, attrs)
	d.b = append(d.b, ">\n"...)
	d.depth++
}

func (d *doc) close(name string) {
	d.depth--
	d.indent()
	d.b = append(append(append(d.b, "</"...), name...), ">\n"...)
}

// empty writes an element without content, which XFinanz requires in some places.
func (d *doc) empty(name string) {
	d.start(name, nil)
	d.b = append(d.b, "/>\n"...)
}

// leaf writes an element with text.
func (d *doc) leaf(name, value string) {
	d.start(name, nil)
	d.b = append(d.b, '>')
	d.text(value)
	d.b = append(append(append(d.b, "</"...), name...), ">\n"...)
}

// opt writes an element with text if there is text.
func (d *doc) opt(name, value string) {
	if value != "" {
		d.leaf(name, value)
	}
}

// date writes an xs:date if there is a date.
func (d *doc) date(name string, t time.Time) {
	if !t.IsZero() {
		var buf [16]byte
		d.leaf(name, string(t.AppendFormat(buf[:0], time.DateOnly)))
	}
}

func (d *doc) money(name string, c amtshilfe.Cents) { d.leaf(name, c.XML()) }

func (d *doc) boolean(name string, v bool) { d.leaf(name, strconv.FormatBool(v)) }

// code writes an XFinanz code; code and name are in no namespace.
func (d *doc) code(element, code, name string, attrs ...string) {
	d.open(element, attrs...)
	d.leaf("code", code)
	d.opt("name", name)
	d.close(element)
}

func (d *doc) start(name string, attrs []string) {
	d.indent()
	d.b = append(append(d.b, '<'), name...)
	for i := 0; i < len(attrs); i += 2 {
		d.b = append(append(append(d.b, ' '), attrs[i]...), `="`...)
		d.text(attrs[i+1])
		d.b = append(d.b, '"')
	}
}

func (d *doc) text(s string) {
	from := 0
	for i := range len(s) {
		var escape string
		switch s[i] {
		case '&':
			escape = "&amp;"
		case '<':
			escape = "&lt;"
		case '>':
			escape = "&gt;"
		case '"':
			escape = "&quot;"
		default:
			continue
		}
		d.b = append(append(d.b, s[from:i]...), escape...)
		from = i + 1
	}
	d.b = append(d.b, s[from:]...)
}

const namespaceVH, namespaceXFN = "urn:damtshilfe:vollstreckungshilfe:1", "xFinanz310"

// message writes the root around body.
func (d *doc) message(root string, kopf *amtshilfe.Nachrichtenkopf, body func()) []byte {
	return d.decision("vollstreckungshilfe."+root, kopf, body)
}

// decision writes a root of the profile's namespace that is none of the numbered messages.
func (d *doc) decision(root string, kopf *amtshilfe.Nachrichtenkopf, body func()) []byte {
	d.b = append(d.b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"...)
	root = "vh:" + root
	d.open(root, "xmlns:vh", namespaceVH, "xmlns:xfn", namespaceXFN)
	d.kopf(kopf)
	body()
	d.close(root)
	return d.b
}

func (d *doc) kopf(k *amtshilfe.Nachrichtenkopf) {
	attrs := [12]string{"produkt", "Musterkasse", "produkthersteller", "Beispielsoftware", "produktversion", "1.0",
		"standard", "dAmtshilfe-Profil", "version", "1.0", "test", "true"}
	n := len(attrs)
	if !k.Test {
		n -= 2
	}
	d.open("vh:nachrichtenkopf", attrs[:n]...)
	d.leaf("vh:nachrichtenUUID", k.UUID)
	d.leaf("vh:erstellungszeitpunkt", k.Erstellt.Format(time.RFC3339))
	d.akteur("vh:absender", &k.Absender)
	if k.Empfaenger != nil {
		d.akteur("vh:empfaenger", k.Empfaenger)
	}
	d.close("vh:nachrichtenkopf")
}

func (d *doc) akteur(element string, a *amtshilfe.Akteur) {
	d.open(element)
	d.open("vh:identifikator")
	d.leaf("vh:kennung", a.Kennung)
	d.leaf("vh:verfahren", a.Verfahren)
	d.close("vh:identifikator")
	d.person("vh:behoerdeAdresse", &a.Person)
	d.leaf("vh:aktenzeichen", a.Aktenzeichen)
	d.close(element)
}

func (d *doc) person(element string, p *amtshilfe.Person) {
	d.open(element)
	if p.Firma != "" {
		d.firma(p)
	} else if p.Familienname != "" {
		d.natuerlich(p)
	}
	for i := range p.Anschriften {
		d.open("xfn:adressStamm")
		d.anschrift(&p.Anschriften[i])
		d.empty("xfn:personenNummern")
		d.close("xfn:adressStamm")
	}
	d.close(element)
}

func (d *doc) firma(p *amtshilfe.Person) {
	d.open("xfn:personJur")
	d.opt("xfn:empfaenger", p.Empfaenger)
	d.open("xfn:organisation")
	if p.Rechtsform != "" {
		d.code("xfn:rechtsform", p.Rechtsform, "")
	}
	d.name("xfn:name", p.Firma)
	d.kommunikation(p.Kommunikation)
	d.close("xfn:organisation")
	d.empty("xfn:personenNummern")
	d.close("xfn:personJur")
}

func (d *doc) natuerlich(p *amtshilfe.Person) {
	d.open("xfn:personNat")
	d.empty("xfn:personenNummern")
	d.open("xfn:natuerlichePerson")
	d.open("xfn:nameNatuerlichePerson")
	d.opt("xfn:anrede", p.Anrede)
	d.opt("xfn:titel", p.Titel)
	if p.Vorname != "" {
		d.name("xfn:vorname", p.Vorname)
	}
	d.name("xfn:familienname", p.Familienname)
	if p.Geburtsname != "" {
		d.name("xfn:geburtsname", p.Geburtsname)
	}
	d.close("xfn:nameNatuerlichePerson")
	if !p.Geburtsdatum.IsZero() {
		d.open("xfn:geburt")
		d.date("xfn:datum", p.Geburtsdatum)
		d.close("xfn:geburt")
	}
	d.kommunikation(p.Kommunikation)
	d.date("xfn:sterbedatum", p.Sterbedatum)
	d.close("xfn:natuerlichePerson")
	d.close("xfn:personNat")
}

// name writes an XFinanz AllgemeinerName.
func (d *doc) name(element, value string) {
	d.open(element)
	d.leaf("xfn:name", value)
	d.close(element)
}

func (d *doc) kommunikation(list []amtshilfe.Kommunikation) {
	for _, k := range list {
		d.open("xfn:kommunikation")
		d.leaf("xfn:kennung", k.Kennung)
		d.code("xfn:kanal", k.Kanal, "")
		d.close("xfn:kommunikation")
	}
}

func (d *doc) anschrift(a *amtshilfe.Postanschrift) {
	d.open("xfn:anschrift")
	if a.Postfach != "" {
		d.open("xfn:anschriftPostfach")
		d.staat(a.Staat)
		d.opt("xfn:postleitzahl", a.Postleitzahl)
		d.opt("xfn:ort", a.Ort)
		d.leaf("xfn:postfach", a.Postfach)
		d.close("xfn:anschriftPostfach")
	} else {
		d.postanschrift("xfn:postanschrift", a)
	}
	d.empty("xfn:anschriftNummern")
	if !a.Von.IsZero() || !a.Bis.IsZero() {
		d.open("xfn:gueltigkeit")
		d.date("xfn:beginn", a.Von)
		d.date("xfn:ende", a.Bis)
		d.close("xfn:gueltigkeit")
	}
	d.close("xfn:anschrift")
}

// postanschrift writes the elements in the order of XFinanz, which is its own.
func (d *doc) postanschrift(element string, a *amtshilfe.Postanschrift) {
	d.open(element)
	d.opt("xfn:hausnummer", a.Hausnummer)
	d.opt("xfn:hausnummernzusatz", a.HausnummerZusatz)
	d.opt("xfn:ort", a.Ort)
	d.opt("xfn:ortsteil", a.Ortsteil)
	d.opt("xfn:postleitzahl", a.Postleitzahl)
	d.opt("xfn:strasse", a.Strasse)
	for _, typ := range a.Typen {
		d.code("xfn:typ", typ, "")
	}
	d.staat(a.Staat)
	d.opt("xfn:adressierungszusatz", a.Zusatz)
	d.close(element)
}

func (d *doc) staat(code string) {
	if code == "" {
		return
	}
	d.open("xfn:staat")
	d.code("xfn:staat", code, "", "listVersionID", "2022-01-01")
	d.close("xfn:staat")
}
