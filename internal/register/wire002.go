package register

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/beevik/etree"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xmlgate"
)

// Write002 writes an answer as message 002 of the profile: behoerde and kanal, or mehrdeutig with candidates, or neither.
// Age is not part of it: the reader knows when it asked.
func Write002(w io.Writer, z amtshilfe.Zustaendigkeit) error {
	doc := newDocument()
	root := doc.CreateElement("v:" + rootAntwort)
	root.CreateAttr("xmlns:v", nsProfil)
	root.CreateAttr("xmlns:x", nsFinanz)
	if z.Behoerde.Kennung != "" {
		writeBehoerde(root.CreateElement("v:behoerde"), z.Behoerde)
	}
	for _, k := range z.Kanaele {
		writeKanal(root.CreateElement("v:kanal"), k)
	}
	if len(z.Kandidaten) > 1 {
		many := root.CreateElement("v:mehrdeutig")
		for _, b := range z.Kandidaten {
			writeBehoerde(many.CreateElement("v:kandidat"), b)
		}
	}
	optional(root, "v:regel", z.Regel)
	writeTime(root, "v:stand", z.Stand)
	writeTime(root, "v:gueltigBis", z.GueltigBis)
	if _, err := doc.WriteTo(w); err != nil {
		return fmt.Errorf("write 002: %w", err)
	}
	return nil
}

func writeTime(parent *etree.Element, tag string, t time.Time) {
	if !t.IsZero() {
		text(parent, tag, t.UTC().Format(time.RFC3339))
	}
}

func writeBehoerde(el *etree.Element, b amtshilfe.Behoerde) {
	text(el, "v:kennung", b.Kennung)
	text(el, "v:name", b.Name)
	writeAnschrift(el, b.Anschrift)
	for _, z := range b.Anschriftzeilen {
		text(el, "v:anschriftzeile", z)
	}
}

func writeKanal(el *etree.Element, k amtshilfe.Kanal) {
	text(el, "v:art", string(k.Art))
	optional(el, "v:adresse", k.Adresse)
	if rz := k.Rechenzentrum; rz.Kennung != "" {
		r := el.CreateElement("v:rechenzentrum")
		text(r, "v:kennung", rz.Kennung)
		text(r, "v:management", rz.Management)
		text(r, "v:send", rz.Send)
		for _, fp := range rz.TLS {
			text(r, "v:tlsZertifikat", fp)
		}
	}
	optional(el, "v:dienst", k.Dienst)
	optional(el, "v:zertifikat", k.Zertifikat)
}

// Read002 reads what Write002 wrote, or what another authority server answered in the profile's namespace.
func Read002(doc []byte) (amtshilfe.Zustaendigkeit, error) {
	return (&gate{limit: maxAntwort}).read002(doc)
}

func (g *gate) read002(doc []byte) (amtshilfe.Zustaendigkeit, error) {
	if _, err := g.scan(doc, func(xmlgate.Name) *xmlgate.Map { return nil }, nil); err != nil {
		return amtshilfe.Zustaendigkeit{}, fmt.Errorf("read 002: %w", err)
	}
	tree := etree.NewDocument()
	if err := tree.ReadFromBytes(doc); err != nil {
		return amtshilfe.Zustaendigkeit{}, fmt.Errorf("read 002: %w", err)
	}
	root := tree.Root()
	if root == nil || root.Tag != rootAntwort || root.NamespaceURI() != nsProfil {
		return amtshilfe.Zustaendigkeit{}, errors.New("read 002: the root is another message")
	}
	r := &reader{}
	z := r.answer(root)
	if r.err != nil {
		return amtshilfe.Zustaendigkeit{}, fmt.Errorf("read 002: %w", r.err)
	}
	return z, nil
}

// reader reads elements and keeps the first error.
type reader struct{ err error }

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

func (r *reader) answer(root *etree.Element) (z amtshilfe.Zustaendigkeit) {
	if b := child(root, "behoerde"); b != nil {
		z.Behoerde = r.behoerde(b)
	}
	for _, k := range children(root, nsProfil, "kanal") {
		z.Kanaele = append(z.Kanaele, r.kanal(k))
	}
	if m := child(root, "mehrdeutig"); m != nil {
		for _, b := range children(m, nsProfil, "kandidat") {
			z.Kandidaten = append(z.Kandidaten, r.behoerde(b))
		}
	}
	if len(z.Kandidaten) == 1 || len(z.Kandidaten) > 0 && z.Behoerde.Kennung != "" {
		r.fail("candidates and an authority at once, or one candidate only")
	}
	z.Regel = value(root, "regel")
	for i := range z.Kanaele {
		z.Kanaele[i].Grund = reasonIn(z.Regel, z.Kanaele[i].Art)
	}
	z.Stand, z.GueltigBis = r.time(root, "stand"), r.time(root, "gueltigBis")
	return z
}

// reasonIn finds in a rule why an authority is not reached: a 002 has no other place for it (Directory.give).
func reasonIn(rule string, art amtshilfe.Kanalart) string {
	if art != amtshilfe.KanalKeiner && art != amtshilfe.KanalEGVP {
		return ""
	}
	_, why, ok := strings.Cut(rule, "; "+string(art)+": ")
	if !ok {
		return ""
	}
	if i := strings.LastIndex(why, "; Verzeichnis "); i >= 0 {
		why = why[:i]
	}
	return why
}

func (r *reader) behoerde(el *etree.Element) amtshilfe.Behoerde {
	b := amtshilfe.Behoerde{Kennung: value(el, "kennung"), Name: value(el, "name")}
	if a := child(el, "anschrift"); a != nil {
		b.Anschrift = readAnschrift(a)
	}
	for _, z := range children(el, nsProfil, "anschriftzeile") {
		b.Anschriftzeilen = append(b.Anschriftzeilen, z.Text())
	}
	if b.Kennung == "" || b.Name == "" || len(b.Anschriftzeilen) == 0 || len(b.Anschriftzeilen) > 5 {
		r.fail("an authority without kennung, name or address lines")
	}
	return b
}

func readAnschrift(el *etree.Element) amtshilfe.Postanschrift {
	get := func(tag string) string {
		if c := children(el, nsFinanz, tag); len(c) > 0 {
			return c[0].Text()
		}
		return ""
	}
	a := amtshilfe.Postanschrift{Hausnummer: get("hausnummer"), Ort: get("ort"), Ortsteil: get("ortsteil"),
		Postleitzahl: get("postleitzahl"), Strasse: get("strasse")}
	if s := children(el, nsFinanz, "staat"); len(s) > 0 {
		if s = children(s[0], nsFinanz, "staat"); len(s) > 0 {
			if c := children(s[0], "", "code"); len(c) > 0 {
				a.Staat = c[0].Text()
			}
		}
	}
	return a
}

func (r *reader) kanal(el *etree.Element) amtshilfe.Kanal {
	k := amtshilfe.Kanal{Art: amtshilfe.Kanalart(value(el, "art")), Adresse: value(el, "adresse"),
		Dienst: value(el, "dienst"), Zertifikat: value(el, "zertifikat")}
	if !slices.Contains([]amtshilfe.Kanalart{amtshilfe.KanalXTA, amtshilfe.KanalPost, amtshilfe.KanalEGVP, amtshilfe.KanalKeiner}, k.Art) {
		r.fail("a kanal of unknown art")
	}
	if rz := child(el, "rechenzentrum"); rz != nil {
		k.Rechenzentrum = amtshilfe.Rechenzentrum{Kennung: value(rz, "kennung"), Management: value(rz, "management"), Send: value(rz, "send")}
		for _, fp := range children(rz, nsProfil, "tlsZertifikat") {
			k.Rechenzentrum.TLS = append(k.Rechenzentrum.TLS, fp.Text())
		}
	}
	return k
}

func (r *reader) time(el *etree.Element, tag string) time.Time {
	s := value(el, tag)
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		r.fail("%s is no time with zone", tag)
	}
	return t.UTC()
}

func children(el *etree.Element, space, tag string) []*etree.Element {
	var out []*etree.Element
	for _, c := range el.ChildElements() {
		if c.Tag == tag && c.NamespaceURI() == space {
			out = append(out, c)
		}
	}
	return out
}

func child(el *etree.Element, tag string) *etree.Element {
	if c := children(el, nsProfil, tag); len(c) > 0 {
		return c[0]
	}
	return nil
}

func value(el *etree.Element, tag string) string {
	if c := child(el, tag); c != nil {
		return c.Text()
	}
	return ""
}
