package register

import (
	"slices"
	"strings"
)

// asked is a place as somebody wrote it in an address.
type asked struct {
	spelling          // what is compared with the names of the directory
	head     spelling // the same without what stands behind "(", "/" or a small word
	region   []word   // what seems to name the Kreis or the Land: "Hamfelde, Kr. Stormarn"; may be none
	part     spelling // a district: "Dresden OT Cossebaude"; may be empty
	extra    []word   // what stands behind "(" or "/", if that is where head ends; may be none
}

// Words that begin the name of a Kreis or of a district inside a written place.
var (
	kreisWords = map[string]bool{"kreis": true, "landkreis": true, "kr": true, "krs": true, "lkr": true, "lk": true, "landkr": true, "kreises": true}
	partWords  = map[string]bool{"ot": true, "ortsteil": true, "ortst": true, "stadtteil": true, "stt": true}
	// unionWords begin the name of what joins municipalities below a Kreis.
	unionWords = map[string]bool{"samtgemeinde": true, "verbandsgemeinde": true, "verwaltungsgemeinschaft": true, "amt": true, "vg": true, "sg": true}
	// kinds of municipality that people put in front; names begin with them, too ("Stadt Wehlen"), so they go only if nothing fits.
	kindWords = map[string]bool{"stadt": true, "gemeinde": true, "markt": true, "marktgemeinde": true, "flecken": true, "ortsgemeinde": true,
		"grosse": true, "kreisstadt": true}
)

// nicknames are whole names that stand for others.
var nicknames = map[string]string{"ffm": "Frankfurt am Main"}

// maxName is the most bytes of a written place that are looked at; no place of Germany has a tenth of it.
const maxName = 4 * maxFieldRune

// readOrt takes a written place apart. What is too long names no place.
func readOrt(ort, plz string) asked {
	if len(ort) > maxName {
		return asked{}
	}
	ort = strings.TrimSpace(ort)
	if rest, ok := strings.CutPrefix(ort, plz); ok && plz != "" {
		ort = strings.TrimSpace(rest) // the postcode once more
	}
	ort, tail, _ := strings.Cut(ort, ",")
	words := fold(ort)
	for len(words) > 1 && digits(words[0].text) { // "1000 Berlin 61"
		words = words[1:]
	}
	if len(words) > 0 && len(words) <= 2 && nicknames[words[0].text] != "" {
		words = fold(nicknames[words[0].text])
	}
	var a asked
	words, a.region, a.part = split(words)
	if tail != "" {
		names, region, part := split(append([]word{{text: string(mark)}}, fold(tail)...))
		if a.region == nil {
			a.region = append(join(names).core, region...)
		}
		if a.part.all == "" {
			a.part = part
		}
	}
	a.spelling = join(words)
	a.head = a.spelling
	if a.base < len(a.core) {
		a.head = join(a.core[:a.base])
		a.region = append(slices.Clone(a.core[a.base:]), a.region...)
		if i := slices.IndexFunc(words, func(w word) bool { return w.text == string(mark) || small[w.text] }); i > 0 && words[i].text == string(mark) {
			a.extra = a.core[a.base:]
		}
	}
	return a
}

// split takes Kreis and district off the end.
func split(words []word) (name, region []word, part spelling) {
	for i := len(words) - 1; i > 0; i-- {
		switch w := words[i].text; {
		case kreisWords[w]:
			region = join(words[i+1:]).core
		case partWords[w]:
			part = join(words[i+1:])
		default:
			continue
		}
		words = words[:i]
	}
	for len(words) > 0 && words[len(words)-1].text == string(mark) {
		words = words[:len(words)-1]
	}
	return words, region, part
}

// withoutKind takes "Stadt" and the like off the front; false if there is none.
func (a asked) withoutKind() (asked, bool) {
	n := 0
	for n+1 < a.base && kindWords[a.core[n].text] {
		a.all = strings.TrimPrefix(a.all, a.core[n].text)
		n++
	}
	a.core, a.base = a.core[n:], a.base-n
	a.head = join(a.core[:a.base])
	return a, n > 0
}

// fits compares a written place with a name of the directory in a region: "Aach (Konstanz)" is Aach if it lies in that Kreis.
func (a asked) fits(p place, in *gemeinde) closeness {
	m := p.match(a.spelling)
	if m == none && a.base < len(a.core) && in.lies(a.core[a.base:]) {
		return min(p.match(a.head), loose)
	}
	return m
}

// bare leaves the kinds of Kreis and Verband off.
func bare(words []word) []word {
	return slices.DeleteFunc(slices.Clone(words), func(w word) bool { return kreisWords[w.text] || unionWords[w.text] })
}

// lies says whether words name the Kreis, the Land or the municipality that g is in: in order, abbreviated or in part.
func (g *gemeinde) lies(words []word) bool {
	words = bare(words)
	return g != nil && len(words) > 0 && slices.ContainsFunc(g.regions, func(region []word) bool {
		i, long := 0, false
		for _, r := range region {
			if i < len(words) && words[i].same(r) {
				long = long || len(words[i].text) > 3 || words[i].abbr
				i++
			}
		}
		return i == len(words) && long
	})
}
