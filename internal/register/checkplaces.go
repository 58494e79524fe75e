package register

import "time"

// places checks the facts: municipalities, their successors, and the names of what is above them.
func (c *checker) places() {
	c.covered = map[string]bool{"DE": len(c.f.Gemeinden) > 0}
	ars := map[string]bool{}
	for i := range c.f.Gemeinden {
		g, at := &c.f.Gemeinden[i], item("$.gemeinden", i)
		c.that(len(g.AGS) == 8 && digits(g.AGS), at+".ags", "not eight digits")
		c.that(c.gemeinden[g.AGS] == nil, at+".ags", "twice")
		c.gemeinden[g.AGS] = g
		c.that(g.ARS == "" || len(g.ARS) == 12 && agsOf(g.ARS) == g.AGS, at+".ars", "not twelve digits that fit the AGS")
		c.that(g.ARS == "" || !ars[g.ARS], at+".ars", "twice")
		ars[g.ARS] = true
		c.line(at+".name", g.Name, 250)
		c.datum(at+".bis", g.Bis)
		c.that(len(g.Nachfolger) == 0 || g.Bis != "", at+".bis", "missing: a municipality with nachfolger has ended")
		for j := range g.Orte {
			c.ort(item(at+".orte", j), &g.Orte[j])
		}
		for _, key := range g.schluessel() {
			c.covered[key] = true
		}
	}
	c.nachfolger()
	c.verbaende()
}

// schluessel are the keys that cover a municipality, the widest first.
func (g *Gemeinde) schluessel() []string {
	if len(g.AGS) != 8 {
		return nil
	}
	keys := []string{"DE", g.AGS[:2], g.AGS[:3], g.AGS[:5]}
	if len(g.ARS) == 12 {
		keys = append(keys, g.ARS[:9])
	}
	return append(keys, g.AGS)
}

// nachfolger refuses successors that nobody knows, and circles of them.
func (c *checker) nachfolger() {
	const open, done = 1, 2
	state := make(map[string]int, len(c.f.Gemeinden))
	var walk func(g *Gemeinde) bool
	walk = func(g *Gemeinde) bool {
		if state[g.AGS] != 0 {
			return state[g.AGS] == done
		}
		state[g.AGS] = open
		for _, n := range g.Nachfolger {
			if next := c.gemeinden[n]; next != nil && !walk(next) {
				return false
			}
		}
		state[g.AGS] = done
		return true
	}
	for i := range c.f.Gemeinden {
		g, at := &c.f.Gemeinden[i], item("$.gemeinden", i)+".nachfolger"
		c.distinct(at, g.Nachfolger)
		for j, n := range g.Nachfolger {
			c.that(c.gemeinden[n] != nil, item(at, j), "unknown AGS")
		}
		c.that(walk(g), at, "leads back to "+g.AGS+" or into a circle")
	}
}

func (c *checker) verbaende() {
	seen := map[string]bool{}
	for i, v := range c.f.Verbaende {
		at := item("$.verbaende", i)
		n := len(v.Schluessel)
		c.that(digits(v.Schluessel) && (n == 2 || n == 3 || n == 5 || n == 9), at+".schluessel", "not 2, 3, 5 or 9 digits")
		c.that(!seen[v.Schluessel], at+".schluessel", "twice")
		seen[v.Schluessel] = true
		c.line(at+".name", v.Name, 250)
	}
}

// schluessel wants keys that cover a municipality of the directory: any other could not answer and is a slip.
func (c *checker) schluessel(at string, keys []string) {
	seen := make(map[string]bool, len(keys))
	for i, k := range keys {
		p := item(at, i)
		ags := agsOf(k)
		switch {
		case ags != "":
			g := c.gemeinden[ags]
			c.that(g != nil, p, "unknown AGS")
			c.that(g == nil || len(k) == 8 || g.ARS == k, p, "unknown ARS")
			k = ags
		case k == "DE" || digits(k) && (len(k) == 2 || len(k) == 3 || len(k) == 5 || len(k) == 9):
			c.that(c.covered[k], p, "no municipality of gemeinden has this key")
		default:
			c.that(false, p, "not DE, and not 2, 3, 5, 8, 9 or 12 digits")
		}
		c.that(!seen[k], p, "twice")
		seen[k] = true
	}
}

func (c *checker) ort(at string, o *Ort) {
	c.line(at+".ort", o.Ort, 250)
	c.that(spell(o.Ort).all != "", at+".ort", "has no letter")
	for i, a := range o.Auch {
		c.line(item(at+".auch", i), a, 250)
	}
	c.that(len(o.PLZ) > 0, at+".plz", "missing")
	for i, plz := range o.PLZ {
		c.that(isPLZ(plz), item(at+".plz", i), "not five digits")
	}
	for i := range o.Strassen {
		c.strasse(item(at+".strassen", i), &o.Strassen[i])
	}
}

func (c *checker) strasse(at string, s *Strasse) {
	c.line(at+".name", s.Name, 250)
	von, vonOK := readNumber(s.Von)
	bis, bisOK := readNumber(s.Bis)
	c.that(s.Von == "" || vonOK, at+".von", "no house number like 12 or 12a")
	c.that(s.Bis == "" || bisOK, at+".bis", "no house number like 12 or 12a")
	c.that(s.Von == "" || s.Bis == "" || von.number <= bis.number, at+".bis", "before von")
	c.that(s.Seite == "" || s.Seite == SeiteGerade || s.Seite == SeiteUngerade, at+".seite", "not gerade or ungerade")
}

func (c *checker) zertifikate() {
	type key struct{ fingerprint, purpose string }
	known := map[key]*Zertifikat{}
	for i := range c.f.Zertifikate {
		z, at := &c.f.Zertifikate[i], item("$.zertifikate", i)
		c.fingerprint(at+".fingerabdruck", z.Fingerabdruck)
		c.that(z.Zweck == ZweckTLS || z.Zweck == ZweckVerschluesselung, at+".zweck", "not tls or verschluesselung")
		c.that(known[key{z.Fingerabdruck, z.Zweck}] == nil, at+".fingerabdruck", "twice for the same zweck")
		known[key{z.Fingerabdruck, z.Zweck}] = z
		if z.Betriebsart == "" {
			c.that(c.rz[z.Kennung], at+".kennung", "not one of rechenzentren; that of an authority needs a betriebsart")
		} else {
			c.that(c.entries[entryKey{z.Kennung, z.Betriebsart}], at+".kennung", "no entry of this betriebsart")
		}
		c.that(person(z.GueltigAb) && person(z.GueltigBis) && z.GueltigAb.Before(z.GueltigBis), at+".gueltig_bis", "not after gueltig_ab, or one is missing")
		c.that(z.Gesperrt.IsZero() || person(z.Gesperrt), at+".gesperrt", "not in a year people write")
		c.optional(at+".grund", z.Grund, 250)
		c.that(z.Grund == "" || !z.Gesperrt.IsZero(), at+".grund", "without gesperrt")
	}
	for i := range c.f.Zertifikate {
		z, at := &c.f.Zertifikate[i], item("$.zertifikate", i)+".nachfolger"
		next, steps := z, 0
		for next != nil && next.Nachfolger != "" && steps <= len(c.f.Zertifikate) {
			next, steps = known[key{next.Nachfolger, z.Zweck}], steps+1
			c.that(next != nil || steps > 1, at, "no certificate of the same zweck")
		}
		c.that(steps <= len(c.f.Zertifikate), at, "leads into a circle")
	}
}

// person says whether t is a moment people write: JSON and XML carry years of four digits only.
func person(t time.Time) bool { return t.Year() >= 1970 && t.Year() < 10000 }

func (c *checker) mandanten() {
	seen := map[entryKey]bool{}
	for i, m := range c.f.Mandanten {
		at := item("$.mandanten", i)
		c.line(at+".name", m.Name, 250)
		c.that(m.Betriebsart.Valid(), at+".betriebsart", "not produktion, test or schulung")
		c.that(c.rz[m.Rechenzentrum], at+".rechenzentrum", "not one of rechenzentren")
		c.that(len(m.Kennungen) > 0, at+".kennungen", "missing")
		for j, k := range m.Kennungen {
			c.line(item(at+".kennungen", j), k, 100)
			c.that(!seen[entryKey{k, m.Betriebsart}], item(at+".kennungen", j), "twice in the same betriebsart")
			seen[entryKey{k, m.Betriebsart}] = true
		}
		for j, fp := range m.Zertifikate {
			c.fingerprint(item(at+".zertifikate", j), fp)
		}
	}
}
