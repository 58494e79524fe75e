package pages

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// difference is what one directory has that another has not.
type difference struct {
	Changes []change // authorities first, each kind by its key
	Other   []string // German: what changed beside authorities and municipalities
}

// change is an authority or a municipality that was added, ended or changed.
type change struct {
	What    string // "Behörde" or "Gemeinde"
	Kind    string // "neu", "entfernt", "geändert"
	Key     string // kennung or AGS
	Name    string
	Betrieb amtshilfe.Betriebsart // of an authority
	Fields  []field
}

// field is a value that changed; Old or New is "" if there was none.
type field struct{ Name, Old, New string }

// compare says what to has that from has not.
func compare(from, to *register.File) difference {
	var d difference
	d.Changes = append(d.Changes, compareLists(from.Behoerden, to.Behoerden, authorityChange)...)
	d.Changes = append(d.Changes, compareLists(from.Gemeinden, to.Gemeinden, municipalityChange)...)
	for _, o := range []struct {
		name     string
		from, to any
	}{{"Rechenzentren", from.Rechenzentren, to.Rechenzentren}, {"Verbände und Kreise", from.Verbaende, to.Verbaende},
		{"Zertifikate", from.Zertifikate, to.Zertifikate}, {"Mandanten", from.Mandanten, to.Mandanten},
		{"Gültigkeit", from.GueltigBis, to.GueltigBis}, {"Datenstand", from.Stand, to.Stand}} {
		if text(o.from) != text(o.to) {
			d.Other = append(d.Other, o.name)
		}
	}
	return d
}

// compareLists goes through two lists by the key of describe. Most entries are equal, and of two versions of one store the same in memory.
func compareLists[T any](from, to []T, describe func(old, new *T) change) []change {
	before := make(map[string]*T, len(from))
	key := func(c change) string { return string(c.Betrieb) + "\x00" + c.Key }
	for i := range from {
		before[key(describe(nil, &from[i]))] = &from[i]
	}
	var out []change
	for i := range to {
		c := describe(nil, &to[i])
		old, ok := before[key(c)]
		delete(before, key(c))
		switch {
		case !ok:
			c.Kind = "neu"
		case reflect.DeepEqual(old, &to[i]):
			continue
		default:
			c = describe(old, &to[i])
			c.Kind = "geändert"
		}
		out = append(out, c)
	}
	for _, old := range before {
		c := describe(nil, old)
		c.Kind = "entfernt"
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b change) int { return cmp.Compare(key(a), key(b)) })
	return out
}

// text is the JSON of v: good to compare and, of small values, to show.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

func authorityChange(old, new *register.Eintrag) change {
	c := change{What: "Behörde", Key: new.Kennung, Name: new.Name, Betrieb: new.Betriebsart}
	if old == nil {
		return c
	}
	c.add("Name", old.Name, new.Name)
	c.add("Land", old.Land, new.Land)
	c.add("Anschrift", addressText(old), addressText(new))
	c.add("Anschriftzeilen", strings.Join(old.Anschriftzeilen, " / "), strings.Join(new.Anschriftzeilen, " / "))
	c.add("Ansprechstelle", contactText(old.Kontakt), contactText(new.Kontakt))
	c.add("Bestätigung", confirmedText(old.Bestaetigt), confirmedText(new.Bestaetigt))
	c.add("gültig ab", old.GueltigAb.German(), new.GueltigAb.German())
	c.add("gültig bis", old.GueltigBis.German(), new.GueltigBis.German())
	c.add("Ende des Versands", old.Ende.Versand.German(), new.Ende.Versand.German())
	c.add("Ende der Annahme", old.Ende.Annahme.German(), new.Ende.Annahme.German())
	c.add("gesperrt", old.Gesperrt, new.Gesperrt)
	c.add("Kanäle", joined(old.Kanaele, channelText), joined(new.Kanaele, channelText))
	c.add("Gebiete", joined(old.Gebiete, areaText), joined(new.Gebiete, areaText))
	return c
}

func municipalityChange(old, new *register.Gemeinde) change {
	c := change{What: "Gemeinde", Key: new.AGS, Name: new.Name}
	if old == nil {
		return c
	}
	c.add("Name", old.Name, new.Name)
	c.add("ARS", old.ARS, new.ARS)
	c.add("Orte", joined(old.Orte, placeText), joined(new.Orte, placeText))
	c.add("bestand bis", old.Bis.German(), new.Bis.German())
	c.add("Nachfolger", strings.Join(old.Nachfolger, ", "), strings.Join(new.Nachfolger, ", "))
	return c
}

func (c *change) add(name, old, new string) {
	if old != new {
		c.Fields = append(c.Fields, field{name, old, new})
	}
}

func joined[T any](list []T, text func(T) string) string {
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = text(v)
	}
	return strings.Join(parts, "; ")
}

func addressText(e *register.Eintrag) string {
	a := e.Anschrift
	return strings.Join(strings.Fields(a.Strasse+" "+a.Hausnummer+", "+a.Postleitzahl+" "+a.Ort), " ")
}

func contactText(k register.Kontakt) string {
	return strings.Join(slices.DeleteFunc([]string{k.Name, k.Telefon, k.EMail}, func(s string) bool { return s == "" }), ", ")
}

func confirmedText(b register.Bestaetigung) string {
	return strings.TrimSpace(b.Am.German() + " " + b.Von)
}

func channelText(k register.Kanal) string {
	return strings.Join(strings.Fields(strings.Join([]string{kanalLabel(k.Art).Text, k.Adresse, k.Rechenzentrum, k.Dienst, k.Zertifikat, k.Grund}, " ")), " ")
}

func areaText(g register.Gebiet) string {
	parts := append([]string{}, g.Schluessel...)
	for _, x := range g.Ausser {
		parts = append(parts, "ohne "+x)
	}
	for _, o := range g.Orte {
		parts = append(parts, placeText(o))
	}
	for _, l := range g.Einnahmearten {
		if len(l.Codes) > 0 {
			parts = append(parts, "Einnahmearten "+strings.Join(l.Codes, " "))
		}
	}
	parts = append(parts, condition(g.Bedingung)...)
	if g.GueltigAb != "" || g.GueltigBis != "" {
		parts = append(parts, "gültig "+g.GueltigAb.German()+" – "+g.GueltigBis.German())
	}
	return strings.Join(parts, ", ")
}

func placeText(o register.Ort) string {
	s := strings.Join(o.PLZ, " ") + " " + o.Ort
	if len(o.Auch) > 0 {
		s += " (" + strings.Join(o.Auch, ", ") + ")"
	}
	for _, st := range o.Strassen {
		s += ", nur " + strings.Join(strings.Fields(st.Name+" "+st.Von+" "+st.Bis+" "+st.Seite), " ")
	}
	return s
}
