package register

import (
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

// address is the street of a question.
type address struct {
	name    string // folded; "" = not given
	numbers []number
}

// missing names what an address would have to say more, in German.
func (a address) missing() string {
	if a.name == "" {
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
		case w.text == "pl":
			b.WriteString("platz")
			continue
		}
		b.WriteString(w.text)
	}
	return b.String()
}

// readAddress reads street and house number, also where the number stands behind the street.
func readAddress(strasse, hausnummer, zusatz string) address {
	if len(strasse) > maxName || len(hausnummer) > maxFieldRune {
		return address{}
	}
	strasse, hausnummer = strings.TrimSpace(strasse), strings.TrimSpace(hausnummer+zusatz)
	if i := strings.LastIndexByte(strasse, ' '); hausnummer == "" && i > 0 {
		begin := numberAt(strasse, i)
		strasse, hausnummer = strings.TrimSpace(strasse[:begin]), strasse[begin:]
	}
	a := address{name: foldStreet(strasse)}
	for part := range strings.FieldsFuncSeq(hausnummer, func(r rune) bool { return strings.ContainsRune("-/–+,u", r) }) {
		if n, ok := readNumber(part); ok {
			a.numbers = append(a.numbers, n)
		}
	}
	return a
}

// numberAt gives where the house number at the end of a street begins: "Hauptstr. 12 - 14", "Weg 3 b"; its length if there is none.
func numberAt(s string, last int) int {
	begin := len(s)
	for i := last; i > 0; i = strings.LastIndexByte(s[:i], ' ') {
		word := s[i+1 : begin]
		word = strings.TrimSpace(word)
		if word == "" || word[0] >= '0' && word[0] <= '9' || len(word) == 1 {
			begin = i + 1
			continue
		}
		break
	}
	if begin < len(s) && (s[begin] < '0' || s[begin] > '9') {
		return len(s)
	}
	return begin
}

// in says whether the address lies in one of the streets; no streets are all of them. open: the question does not say it.
func (a address) in(streets []street) verdict {
	if len(streets) == 0 {
		return yes
	}
	if a.name == "" {
		return open
	}
	best := no
	for _, s := range streets {
		if s.name == a.name {
			best = max(best, s.has(a.numbers))
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
