package register

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// closeness says how well a written place fits one of the directory; the greater the better.
type closeness int

const (
	none  closeness = iota
	loose           // one has an addition that the other lacks: "Frankfurt" for "Frankfurt am Main", "Dresden-Neustadt" for "Dresden"
	short           // the same with abbreviated words or without the small ones: "Frankfurt a. M.", "Halle/S.", "Halle Saale"
	exact           // the same but for case, umlauts written out, punctuation, titles, "St." for "Sankt"
)

// spelling is a name cut into comparable words.
type spelling struct {
	all  string // every word, glued: what exact compares
	core []word // without the small words of an addition ("am", "an der", "bei")
	base int    // how many words of core stand before the addition; len(core) without one
}

// word is one folded word.
type word struct {
	text   string
	abbr   bool // it may stand for a longer one
	hyphen bool // a hyphen follows: "Halle-Neustadt"
}

// place is a name of the directory with the further names that mean it.
type place struct {
	name  string // as the directory has it
	names []spelling
}

func newPlace(name string, also []string) place {
	p := place{name: name, names: []spelling{spell(name)}}
	for _, a := range also {
		p.names = append(p.names, spell(a))
	}
	if one, other, ok := strings.Cut(name, " - "); ok { // in two languages: "Weißwasser/O.L. - Běła Woda"
		p.names = append(p.names, spell(one), spell(other))
	}
	return p
}

func (p place) match(q spelling) closeness {
	best := none
	for _, name := range p.names {
		best = max(best, q.match(name))
	}
	return best
}

// match compares what somebody wrote (q) with a name of the directory.
func (q spelling) match(name spelling) closeness {
	if q.all == "" || name.all == "" {
		return none
	}
	if q.all == name.all {
		return exact
	}
	same := 0 // leading words that are equal without abbreviation
	for same < min(len(q.core), len(name.core)) && q.core[same].text == name.core[same].text {
		same++
	}
	switch {
	case len(q.core) == len(name.core) && abbreviated(q.core, name.core):
		return short
	case len(q.core) == name.base && same == name.base && q.base == len(q.core):
		return loose
	// More than the name may be written only if the surplus does not tell two places apart: a district, not "am Kulm".
	case same == len(name.core) && len(q.core) > same && (q.base > same || q.base == name.base && name.base < len(name.core)):
		return loose
	// A district hangs on a name without its addition: "Halle-Neustadt" is in Halle (Saale).
	case same == name.base && name.base < len(name.core) && same < len(q.core) && q.base == len(q.core) && q.core[same-1].hyphen:
		return loose
	}
	return none
}

// abbreviated says whether the words are the same but for abbreviations.
func abbreviated(q, name []word) bool {
	if len(q) == 0 || !first(q[0], name[0], len(q)) {
		return false
	}
	for i := 1; i < len(q); i++ {
		if !q[i].same(name[i]) {
			return false
		}
	}
	return true
}

// first compares the first words of two names. Too many names begin alike, so it may be shortened only if the directory itself has it
// so ("Hann. Münden"), or by little and with other words behind it ("Schwäb. Gmünd").
func first(q, name word, words int) bool {
	short, long := name, q
	limit := 3
	if len(q.text) < len(name.text) {
		short, long, limit = q, name, 5
	}
	return q.text == name.text || words > 1 && short.abbr && len(short.text) >= limit && strings.HasPrefix(long.text, short.text)
}

// same says whether two words are equal or one may stand for the other.
func (w word) same(o word) bool {
	return w.text == o.text || w.abbr && abbreviates(w.text, o.text) || o.abbr && abbreviates(o.text, w.text)
}

// abbreviates says whether short begins like long and has its letters in order: "schw", "opf" (Oberpfalz), "oldb" (Oldenburg).
func abbreviates(short, long string) bool {
	if short == "" || len(short) >= len(long) || short[0] != long[0] {
		return false
	}
	i := 0
	for j := 0; i < len(short) && j < len(long); j++ {
		if short[i] == long[j] {
			i++
		}
	}
	return i == len(short)
}

// small are the words that begin or join the addition of a German place name.
var small = map[string]bool{"a": true, "am": true, "an": true, "auf": true, "b": true, "bei": true, "i": true, "im": true, "in": true,
	"o": true, "ob": true, "u": true, "unter": true, "v": true, "vor": true, "vorm": true,
	"d": true, "der": true, "dem": true, "den": true, "zu": true, "zum": true, "zur": true}

// titles are left off in front: they belong to the municipality, not to the place. "Stadt" is none, places begin with it.
var titles = map[string]bool{"hansestadt": true, "landeshauptstadt": true, "lutherstadt": true, "universitaetsstadt": true,
	"universitaets": true, "bundesstadt": true, "und": true, "freie": true, "barlachstadt": true, "reuterstadt": true, "fontanestadt": true,
	"welterbestadt": true, "wissenschaftsstadt": true, "klingenstadt": true, "kreisstadt": true, "wallfahrtsstadt": true, "ostseebad": true,
	"nordseebad": true, "ostseeheilbad": true, "nordseeheilbad": true, "seebad": true, "kurort": true}

// written are words that stand for others wherever they come.
var written = map[string]string{"st": "sankt", "skt": "sankt", "gr": "gross", "kl": "klein", "bd": "bad"}

// shorts are abbreviations that people also write without a full stop.
var shorts = map[string]bool{"opf": true, "ndb": true, "obb": true, "ofr": true, "mfr": true, "ufr": true, "odw": true, "oldb": true, "westf": true,
	"holst": true, "schw": true, "thuer": true, "erzgeb": true, "vogtl": true, "allg": true, "meckl": true, "wuertt": true, "rhld": true,
	"hess": true, "sachs": true, "brsg": true, "ol": true, "nl": true, "niederbay": true, "oberbay": true, "weinstr": true, "han": true, "hann": true, "brdb": true}

// mark stands in the folded text where an addition begins, joint behind a word that a hyphen follows.
const (
	mark  = '\x01'
	joint = '\x02'
)

// spell folds a name: NFC, lower case, umlauts written out, other accents off, "St." as "sankt", what follows a comma off
// ("Lübeck, Hansestadt"), punctuation as blanks.
func spell(s string) spelling {
	s, _, _ = strings.Cut(s, ",")
	return join(fold(s))
}

// join makes the spelling of folded words.
func join(words []word) spelling {
	sp := spelling{base: -1}
	var all strings.Builder
	for i, w := range words {
		if w.text == string(mark) || i > 0 && small[w.text] {
			if sp.base < 0 && len(sp.core) > 0 {
				sp.base = len(sp.core)
			}
			if w.text != string(mark) {
				all.WriteString(w.text)
			}
			continue
		}
		all.WriteString(w.text)
		sp.core = append(sp.core, w)
	}
	if sp.base < 0 {
		sp.base = len(sp.core)
	}
	sp.all = all.String()
	return sp
}

// fold gives the words of s, titles off. A word that was followed by a full stop, or has one or two letters, may be an abbreviation.
func fold(s string) []word {
	var b strings.Builder
	rest := []rune(norm.NFC.String(s))
	for i, r := range rest {
		dash := r == '-' && i > 0 && i+1 < len(rest) && rest[i-1] == ' ' && rest[i+1] == ' '
		if r == '(' || r == '/' || dash {
			b.WriteString(" " + string(mark) + " ")
			continue
		}
		if r == '-' && i > 0 && rest[i-1] != ' ' {
			b.WriteString(string(joint) + " ")
			continue
		}
		foldRune(&b, unicode.ToLower(r))
	}
	var out []word
	for _, f := range strings.Fields(b.String()) {
		text, hyphen := strings.CutSuffix(f, string(joint))
		text, dotted := strings.CutSuffix(text, ".")
		if text == "" || len(out) == 1 && titles[out[0].text] && text == string(mark) {
			continue
		}
		if long, ok := written[text]; ok && (dotted || long == "sankt") {
			text, dotted = long, false
		}
		if len(out) == 1 && titles[out[0].text] {
			out = out[:0]
		}
		if i := len(out) - 1; text == "l" && i > 0 && (out[i].text == "o" || out[i].text == "n") {
			text = out[i].text + text // O.L., Oberlausitz: no "ob"
			out = out[:i]
		}
		out = append(out, word{text, dotted || len(text) <= 2 || shorts[text], hyphen})
	}
	return out
}

func foldRune(b *strings.Builder, r rune) {
	switch r {
	case 'ä':
		b.WriteString("ae")
	case 'ö':
		b.WriteString("oe")
	case 'ü':
		b.WriteString("ue")
	case 'ß':
		b.WriteString("ss")
	case 'ł':
		b.WriteByte('l')
	case 'ø', 'œ':
		b.WriteString("oe")
	case 'æ':
		b.WriteString("ae")
	case '.':
		b.WriteString(". ")
	default:
		for _, d := range norm.NFD.String(string(r)) {
			switch {
			case unicode.IsLetter(d), unicode.IsDigit(d):
				b.WriteRune(d)
			case unicode.Is(unicode.Mn, d):
			default:
				b.WriteByte(' ')
			}
		}
	}
}
