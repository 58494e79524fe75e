package register

import "slices"

// clone is a deep copy, so that nobody changes a Directory through the File it was made from.
func (f File) clone() File {
	f.Rechenzentren = copied(f.Rechenzentren)
	for i := range f.Rechenzentren {
		f.Rechenzentren[i].TLS = copied(f.Rechenzentren[i].TLS)
	}
	f.Behoerden = copied(f.Behoerden)
	for i := range f.Behoerden {
		e := &f.Behoerden[i]
		e.Anschriftzeilen, e.Kanaele, e.Gebiete = copied(e.Anschriftzeilen), copied(e.Kanaele), copied(e.Gebiete)
		for j := range e.Gebiete {
			e.Gebiete[j] = e.Gebiete[j].clone()
		}
	}
	f.Gemeinden = copied(f.Gemeinden)
	for i := range f.Gemeinden {
		g := &f.Gemeinden[i]
		g.Nachfolger, g.Orte = copied(g.Nachfolger), cloneOrte(g.Orte)
	}
	f.Verbaende, f.Zertifikate, f.Mandanten = copied(f.Verbaende), copied(f.Zertifikate), copied(f.Mandanten)
	for i := range f.Mandanten {
		m := &f.Mandanten[i]
		m.Kennungen, m.Zertifikate = copied(m.Kennungen), copied(m.Zertifikate)
	}
	return f
}

func (g Gebiet) clone() Gebiet {
	g.Einnahmearten, g.Orte = copied(g.Einnahmearten), cloneOrte(g.Orte)
	for i := range g.Einnahmearten {
		g.Einnahmearten[i].Codes = copied(g.Einnahmearten[i].Codes)
	}
	g.Schluessel, g.Ausser = copied(g.Schluessel), copied(g.Ausser)
	b := &g.Bedingung
	b.Massnahmen, b.Glaeubiger, b.Land = copied(b.Massnahmen), copied(b.Glaeubiger), copied(b.Land)
	return g
}

func cloneOrte(orte []Ort) []Ort {
	orte = copied(orte)
	for i := range orte {
		o := &orte[i]
		o.PLZ, o.Auch, o.Strassen = copied(o.PLZ), copied(o.Auch), copied(o.Strassen)
	}
	return orte
}

// copied is a copy; an empty list and none are the same.
func copied[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return slices.Clone(s)
}

// tidy makes every empty list none, as clone does, so that one content has one text. It writes only where there is such a list, which no
// Directory has: what is shared with one is only read.
func (f *File) tidy() {
	empty(&f.Verbaende)
	empty(&f.Zertifikate)
	empty(&f.Rechenzentren)
	for i := range f.Rechenzentren {
		empty(&f.Rechenzentren[i].TLS)
	}
	empty(&f.Behoerden)
	for i := range f.Behoerden {
		e := &f.Behoerden[i]
		empty(&e.Anschriftzeilen)
		empty(&e.Kanaele)
		empty(&e.Gebiete)
		for j := range e.Gebiete {
			e.Gebiete[j].tidy()
		}
	}
	empty(&f.Gemeinden)
	for i := range f.Gemeinden {
		empty(&f.Gemeinden[i].Nachfolger)
		tidyOrte(&f.Gemeinden[i].Orte)
	}
	empty(&f.Mandanten)
	for i := range f.Mandanten {
		empty(&f.Mandanten[i].Kennungen)
		empty(&f.Mandanten[i].Zertifikate)
	}
}

func (g *Gebiet) tidy() {
	empty(&g.Einnahmearten)
	for i := range g.Einnahmearten {
		empty(&g.Einnahmearten[i].Codes)
	}
	tidyOrte(&g.Orte)
	for _, list := range []*[]string{&g.Schluessel, &g.Ausser, &g.Bedingung.Massnahmen, &g.Bedingung.Glaeubiger, &g.Bedingung.Land} {
		empty(list)
	}
}

func tidyOrte(orte *[]Ort) {
	empty(orte)
	for i := range *orte {
		o := &(*orte)[i]
		empty(&o.PLZ)
		empty(&o.Auch)
		empty(&o.Strassen)
	}
}

func empty[T any](list *[]T) {
	if len(*list) == 0 && *list != nil {
		*list = nil
	}
}
