package register

import "slices"

// A street that no list of the postcode has may be a misspelt one. Where lists decide, everything else belongs to the authority of the rest
// of the town: one wrong letter would then send a person's data to somebody who is not competent. So a name that is nearly one of the list
// is neither that street (Burgstraße is not Bergstraße) nor the rest: both authorities are candidates, and a person looks.

// nearFrom is how many bytes a folded name must have: below, too many streets differ by a letter only (Ring, King).
const nearFrom = 6

// missingName says what would decide then, in the words of a rule.
const missingName = "die genaue Schreibweise der Straße"

// listed says whether a street of the postcode is called as the question writes it.
func (n *inquiry) listed(spots []spot) bool {
	in := func(streets []street) bool {
		return slices.ContainsFunc(streets, func(s street) bool {
			return slices.ContainsFunc(n.address, func(r reading) bool { return r.name == s.name })
		})
	}
	return slices.ContainsFunc(spots, func(p spot) bool { return in(p.streets) }) ||
		slices.ContainsFunc(n.x.byPLZ[n.plz], func(l *local) bool { return in(l.streets) })
}

// inStreets says whether the address lies in one of the streets; open: it does not say it, or only nearly.
func (n *inquiry) inStreets(streets []street) verdict {
	v := n.address.in(streets)
	if v == no && n.unlisted && n.address.nearly(streets) {
		return open
	}
	return v
}

// missing names what the address would have to say more, in German.
func (n *inquiry) missing() string {
	if n.unlisted {
		return missingName
	}
	return n.address.missing()
}

// nearly says whether one of the streets differs by one letter, and has the house number.
func (a address) nearly(streets []street) bool {
	return slices.ContainsFunc(streets, func(s street) bool {
		return slices.ContainsFunc(a, func(r reading) bool { return near(r.name, s.name) && s.has(r.numbers) != no })
	})
}

// near says whether one letter was changed, left out, added, or swapped with the next; a digit is no slip: Weg 7 is not Weg 8.
func near(a, b string) bool {
	if len(a) < len(b) {
		a, b = b, a
	}
	if len(b) < nearFrom || len(a)-len(b) > 1 || a == b {
		return false
	}
	i := 0
	for i < len(b) && a[i] == b[i] {
		i++
	}
	switch {
	case digit(a[i]) || i < len(b) && digit(b[i]):
		return false
	case len(a) > len(b):
		return a[i+1:] == b[i:]
	case a[i+1:] == b[i+1:]:
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
