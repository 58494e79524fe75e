package register

import (
	"regexp"
	"strconv"
	"strings"
)

// The sides of a Strasse.
const (
	SeiteGerade   = "gerade"
	SeiteUngerade = "ungerade"
)

// number is a house number: 12a is {12, "a"}.
type number struct {
	number int
	letter string
}

// readNumber reads "12", "12a", "12 A".
func readNumber(s string) (number, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(s)
	}
	n, err := strconv.Atoi(s[:end])
	letter := strings.TrimSpace(s[end:])
	return number{n, letter}, err == nil && n < 100_000 && len(letter) <= 1 && strings.Trim(letter, "abcdefghijklmnopqrstuvwxyz") == ""
}

// verdict is an answer that may have to wait for a fact: the greater, the better it fits.
type verdict int

const (
	no verdict = iota
	open
	yes
)

// street is a Strasse made comparable.
type street struct {
	name     string
	von, bis number // {} = open
	seite    string
}

// address is the street of a question, in every way that it can be read: where a house number begins is not always clear
// ("Straße des 17. Juni 135", "Hauptstr.12, Hinterhaus").
type address []reading

// reading is a street with house numbers.
type reading struct {
	name    string // folded
	numbers []number
}

// missing names what an address would have to say more, in German.
func (a address) missing() string {
	if len(a) == 0 {
		return "Straße"
	}
	return "Hausnummer"
}

func newStreets(list []Strasse) []street {
	out := make([]street, 0, len(list))
	for _, s := range list {
		von, _ := readNumber(s.Von)
		bis, _ := readNumber(s.Bis)
		out = append(out, street{foldStreet(s.Name), von, bis, s.Seite})
	}
	return out
}

// foldStreet writes a street so that "Königstr. 5", "Koenig-Straße" and "KÖNIG STRASSE" agree.
func foldStreet(s string) string {
	var b strings.Builder
	for _, w := range fold(s) {
		switch {
		case w.text == string(mark):
			continue
		case strings.HasSuffix(w.text, "str"):
			b.WriteString(w.text + "asse")
			continue
		case w.abbr && strings.HasSuffix(w.text, "pl"):
			b.WriteString(w.text + "atz")
			continue
		}
		b.WriteString(w.text)
	}
	return b.String()
}

// readAddress reads street and house number, also where the number stands behind the street. Without a letter it is no street.
func readAddress(strasse, hausnummer, zusatz string) address {
	if len(strasse) > maxName || len(hausnummer) > maxFieldRune || len(zusatz) > maxFieldRune {
		return nil // before anything is done with it
	}
	own := readNumbers(hausnummer + " " + zusatz)
	var a address
	add := func(name string, numbers []number) {
		if name = foldStreet(name); strings.Trim(name, "0123456789") != "" {
			a = append(a, reading{name, numbers})
		}
	}
	add(strasse, own)
	for i := 1; i < len(strasse) && len(a) > 0; i++ {
		if !digit(strasse[i]) || digit(strasse[i-1]) {
			continue
		}
		if own != nil {
			add(strasse[:i], own)
		} else {
			add(strasse[:i], readNumbers(strasse[i:]))
		}
	}
	return a
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

// numbers are one house number or two: "12", "12 a", "12a-14", "12 u. 14"; what follows says where in the house.
var numbers = regexp.MustCompile(`^\D*(\d{1,5})\s*([a-z]?)\b(?:\s*(?:-|–|/|\+|u\.|und|bis)\s*(\d{1,5})\s*([a-z]?)\b)?`)

func readNumbers(s string) []number {
	found := numbers.FindStringSubmatch(strings.ReplaceAll(strings.ToLower(s), "c/o", ","))
	if found == nil {
		return nil
	}
	var out []number
	for i := 1; i < len(found); i += 2 {
		if n, ok := readNumber(found[i] + found[i+1]); ok {
			out = append(out, n)
		}
	}
	return out
}

// in says whether the address lies in one of the streets; no streets are all of them. open: the question does not say it.
func (a address) in(streets []street) verdict {
	if len(streets) == 0 {
		return yes
	}
	if len(a) == 0 {
		return open
	}
	best := no
	for _, s := range streets {
		for _, r := range a {
			if s.name == r.name {
				best = max(best, s.has(r.numbers))
			}
		}
	}
	return best
}

// has judges house numbers; several ("12-14") must agree.
func (s street) has(numbers []number) verdict {
	if s.von == (number{}) && s.bis == (number{}) && s.seite == "" {
		return yes
	}
	inside := 0
	for _, n := range numbers {
		if s.covers(n) {
			inside++
		}
	}
	switch {
	case len(numbers) > 0 && inside == 0:
		return no
	case len(numbers) > 0 && inside == len(numbers):
		return yes
	}
	return open
}

func (s street) covers(n number) bool {
	if s.seite != "" && (n.number%2 == 0) != (s.seite == SeiteGerade) {
		return false
	}
	if n.number < s.von.number || n.number == s.von.number && n.letter < s.von.letter {
		return false
	}
	return s.bis == (number{}) || n.number < s.bis.number || n.number == s.bis.number && (s.bis.letter == "" || n.letter <= s.bis.letter)
}

// meets says whether some house could lie in both.
func (s street) meets(o street) bool {
	if s.name != o.name || s.seite != "" && o.seite != "" && s.seite != o.seite {
		return false
	}
	return !s.ends(o) && !o.ends(s)
}

// ends says whether s ends before o begins.
func (s street) ends(o street) bool {
	return s.bis != (number{}) && (s.bis.number < o.von.number || s.bis.number == o.von.number && s.bis.letter != "" && s.bis.letter < o.von.letter)
}
