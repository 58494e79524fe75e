package printstreet

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"damtshilfe/internal/amtshilfe"
)

// wrap breaks text into lines of at most width mm. Line breaks of the text stay; a word that is too long is hyphenated, anything
// else that long is broken anywhere but before a combining mark.
func (s *setter) wrap(text string, st style, width float64) []string {
	var lines []string
	text = tidy(text)
	for part := range strings.SplitSeq(text, "\n") {
		if !s.pass(part) {
			return lines
		}
		lines = s.wrapPart(lines, part, st, width)
	}
	return lines
}

func (s *setter) wrapPart(lines []string, text string, st style, width float64) []string {
	if strings.Contains(text, "  ") {
		text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' }), " ")
	}
	blank := s.fonts.width(" ", st)
	line, used, start := "", 0.0, 0 // line is the piece of text from start
	for at := 0; at < len(text); at++ {
		word, w := s.unit(text[at:], st, width)
		if word == "" {
			continue
		}
		at += len(word)
		if line != "" && used+blank+w <= width {
			line, used = text[start:at], used+blank+w
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for w > width {
			if len(word) > 4*maxWord || utf8.RuneCountInString(word) > maxWord {
				s.fail("DRUCK-ZEICHEN", amtshilfe.OwnerMandant, "Ein Wort hat mehr als %d Zeichen und kann nicht gedruckt werden.", maxWord)
				return lines
			}
			n, hyphen := hyphenate(word, s.fit(word, st, width-s.fonts.width("-", st)))
			lines = append(lines, word[:n])
			if hyphen {
				lines[len(lines)-1] += "-"
			}
			word = word[n:]
			w = s.fonts.width(word, st)
		}
		line, used, start = word, w, at-len(word)
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// unit is the first word of text, with those that belong in its line if they fit into one.
func (s *setter) unit(text string, st style, width float64) (word string, w float64) {
	last, _, _ := strings.Cut(text, " ")
	word, w = last, s.fonts.width(last, st)
	for last != "" && len(word)+1 < len(text) && bound(last, text[len(word)+1:]) {
		last, _, _ = strings.Cut(text[len(word)+1:], " ")
		more := w + s.fonts.width(" ", st) + s.fonts.width(last, st)
		if more > width {
			break
		}
		word, w = text[:len(word)+1+len(last)], more
	}
	return word, w
}

// bound says that rest goes on in the line of word: the number of a paragraph or its part, the next part, the unit of a number.
func bound(word, rest string) bool {
	if digit(rest[0]) {
		switch word {
		case "§", "§§", "Art.", "Abs.", "Satz", "Nr.", "Seite":
			return true
		}
		return false
	}
	if !digit(word[len(word)-1]) {
		return false
	}
	for _, next := range []string{"EUR", "%", "Abs.", "Satz", "Nr."} {
		if after, ok := strings.CutPrefix(rest, next); ok {
			return after == "" || strings.IndexByte(" .,;)", after[0]) >= 0
		}
	}
	return false
}

func digit(b byte) bool { return '0' <= b && b <= '9' }

// fit gives the number of bytes of word that fill width: at least one rune, never ending before a mark, and rather behind a
// hyphen, dot or the like.
func (s *setter) fit(word string, st style, width float64) int {
	widths := s.fonts.face(st).widths
	limit := int(math.Floor(width / (st.size * mmPerPt / 1000)))
	sum, soft := 0, 0
	for i, r := range word {
		sum += int(widths[r])
		if sum > limit && i > 0 && !unicode.Is(unicode.Mn, r) {
			if soft > i/3 {
				return soft
			}
			return i
		}
		if strings.ContainsRune("-/@._,;:", r) {
			soft = i + 1
		}
	}
	return len(word)
}

// tidy turns the white space of free text into spaces and line breaks, and drops soft hyphens, which a printed line must not show.
func tidy(text string) string {
	plain := true
	for i := range len(text) { // strings.ContainsAny looks for each letter of its own
		plain = plain && text[i] >= ' ' && (text[i] != 0xAD || i == 0 || text[i-1] != 0xC2)
	}
	if plain {
		return text
	}
	return strings.Trim(whiteSpace.Replace(text), "\n")
}

var whiteSpace = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", " ", "\u00AD", "")

// maxWord is the longest word that is broken over lines; more is no word but garbage.
const maxWord = 500
