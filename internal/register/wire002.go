package register

import (
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// Write002 writes an answer as message 002 of the profile: behoerde and kanal, or mehrdeutig with candidates, or neither.
// Age is not part of it: the reader knows when it asked.
func Write002(z amtshilfe.Zustaendigkeit) []byte {
	w := newDocument(rootAntwort)
	if z.Behoerde.Kennung != "" {
		w.behoerde("v:behoerde", z.Behoerde)
	}
	for _, k := range z.Kanaele {
		w.kanal(k)
	}
	if len(z.Kandidaten) > 1 {
		w.Open("v:mehrdeutig")
		for _, b := range z.Kandidaten {
			w.behoerde("v:kandidat", b)
		}
		w.End("v:mehrdeutig")
	}
	w.Maybe("v:regel", z.Regel)
	w.time("v:stand", z.Stand)
	w.time("v:gueltigBis", z.GueltigBis)
	w.End("v:" + rootAntwort)
	return w.Out
}

func (d *document) behoerde(tag string, b amtshilfe.Behoerde) {
	d.Open(tag)
	d.Leaf("v:kennung", b.Kennung)
	d.Leaf("v:name", b.Name)
	d.anschrift(b.Anschrift)
	for _, z := range b.Anschriftzeilen {
		d.Leaf("v:anschriftzeile", z)
	}
	d.End(tag)
}

func (d *document) kanal(k amtshilfe.Kanal) {
	d.Open("v:kanal")
	d.Leaf("v:art", string(k.Art))
	d.Maybe("v:adresse", k.Adresse)
	if rz := k.Rechenzentrum; rz.Kennung != "" {
		d.Open("v:rechenzentrum")
		d.Leaf("v:kennung", rz.Kennung)
		d.Leaf("v:management", rz.Management)
		d.Leaf("v:send", rz.Send)
		for _, fp := range rz.TLS {
			d.Leaf("v:tlsZertifikat", fp)
		}
		d.End("v:rechenzentrum")
	}
	d.Maybe("v:dienst", k.Dienst)
	d.Maybe("v:zertifikat", k.Zertifikat)
	d.End("v:kanal")
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
