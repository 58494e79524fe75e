package xsd

import (
	"errors"
	"fmt"
	"strings"
)

// translator writes a pattern of XML Schema in the words of package regexp.
type translator struct {
	in  []rune
	at  int
	out strings.Builder
}

func (t *translator) run() error {
	repeatable := false // the last thing may have a quantifier
	for t.at < len(t.in) {
		r := t.in[t.at]
		t.at++
		var err error
		switch r {
		case '(':
			t.out.WriteString("(?:")
			repeatable = false
			continue
		case '|':
			t.out.WriteByte('|')
			repeatable = false
			continue
		case ')':
			t.out.WriteByte(')')
		case '?', '*', '+', '{':
			if !repeatable {
				return errors.New("a misplaced quantifier")
			}
			if err := t.quantifier(r); err != nil {
				return err
			}
			repeatable = false
			continue
		case '[':
			err = t.class()
		case '.':
			t.out.WriteString(`[^\n\r]`)
		case '\\':
			err = t.outside()
		case ']', '}', '^', '$':
			err = fmt.Errorf("%q that is not escaped", r)
		default:
			literal(&t.out, r)
		}
		if err != nil {
			return err
		}
		repeatable = true
	}
	return nil
}

func literal(out *strings.Builder, r rune) { fmt.Fprintf(out, `\x{%x}`, r) }

// quantifier copies one; a counted one only with its first number.
func (t *translator) quantifier(r rune) error {
	t.out.WriteRune(r)
	if r != '{' {
		return nil
	}
	digits := 0
	for t.at < len(t.in) {
		r := t.in[t.at]
		t.at++
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '}' && digits > 0, r == ',' && digits > 0:
		default:
			return errors.New("a quantifier of another form")
		}
		t.out.WriteRune(r)
		if r == '}' {
			return nil
		}
	}
	return errors.New("a quantifier without end")
}

// outside translates a backslash and what follows it outside of a class.
func (t *translator) outside() error {
	t.out.WriteByte('[')
	_, err := t.escape(false)
	t.out.WriteByte(']')
	return err
}

// escape translates what follows a backslash in a class; many says that it stands for several characters.
func (t *translator) escape(negated bool) (many bool, err error) {
	if t.at == len(t.in) {
		return false, errors.New("a backslash at the end")
	}
	r := t.in[t.at]
	t.at++
	simple, ok := map[rune]rune{'n': '\n', 'r': '\r', 't': '\t'}[r]
	switch {
	case ok:
		literal(&t.out, simple)
	case r == 'd' && !negated: // all decimal digits of Unicode; these are enough
		t.out.WriteString("0-9")
		return true, nil
	case r == 's':
		t.out.WriteString(`\x{20}\t\n\r`)
		return true, nil
	case strings.ContainsRune(`\|.?*+(){}-[]^`, r):
		literal(&t.out, r)
	default:
		return false, fmt.Errorf(`\%c`, r)
	}
	return false, nil
}

// What was read last in a class: it decides what a hyphen means.
const (
	other  = iota // nothing, or a whole range, or several characters
	single        // one character: a hyphen makes a range of it
	hyphen        // the hyphen of a range
)

// class translates a character class from behind its bracket on.
func (t *translator) class() error {
	t.out.WriteByte('[')
	negated := t.at < len(t.in) && t.in[t.at] == '^'
	if negated {
		t.out.WriteByte('^')
		t.at++
	}
	last := other
	for begin := t.at; t.at < len(t.in); {
		r := t.in[t.at]
		first, end := t.at == begin, t.at+1 < len(t.in) && t.in[t.at+1] == ']'
		t.at++
		many := false
		var err error
		switch {
		case r == ']' && !first && last != hyphen:
			t.out.WriteByte(']')
			return nil
		case r == '[' || r == ']' || r == '^':
			return fmt.Errorf("%q in a class", r)
		case r == '-' && last == single && !end:
			t.out.WriteByte('-')
			last = hyphen
			continue
		case r == '-' && !first && !end:
			return errors.New("a hyphen that may mean two things")
		case r == '\\':
			many, err = t.escape(negated)
		default:
			literal(&t.out, r)
		}
		switch {
		case err != nil:
			return err
		case many && last == hyphen:
			return errors.New("a range of a kind that is not known")
		case many || last == hyphen:
			last = other
		default:
			last = single
		}
	}
	return errors.New("a class without end")
}
