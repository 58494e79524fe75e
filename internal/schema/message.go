package schema

import (
	"fmt"
	"strings"
)

// What may be read out of libxml2's messages. A message is
//
//	[facet 'f'] The value 'VALUE' ... 'something of the schema'.
//
// and VALUE is text of the document: it may hold anything, also what looks like the rest of a message. So only what stands behind the
// last occurrence of a phrase of libxml2 is used, and only if the message ends there as it must.

// between gives the text between the first before and the next after it, or "".
func between(s, before, after string) string {
	_, s, ok := strings.Cut(s, before)
	if !ok {
		return ""
	}
	s, _, ok = strings.Cut(s, after)
	if !ok {
		return ""
	}
	return s
}

// lastBetween is between with the last occurrence of before.
func lastBetween(s, before, after string) string {
	i := strings.LastIndex(s, before)
	if i < 0 {
		return ""
	}
	s, _, ok := strings.Cut(s[i+len(before):], after)
	if !ok {
		return ""
	}
	return s
}

// endsWith says whether message ends with the three parts.
func endsWith(message, before, middle, after string) bool {
	return strings.HasSuffix(strings.TrimRight(message, "\n"), before+middle+after)
}

// localName is what follows the namespace in {namespace}name.
func localName(s string) string {
	return s[strings.LastIndexByte(s, '}')+1:]
}

// expectedNames reads "Expected is ( {ns}a )." and "Expected is one of ( a, {ns}b ).". All names come from the schema.
func expectedNames(message string) []string {
	list := strings.TrimSpace(lastBetween(message, "( ", " )"))
	if list == "" {
		return nil
	}
	var names []string
	for _, n := range strings.Split(list, ", ") {
		n = localName(strings.TrimSpace(n))
		if n != "" && !strings.HasPrefix(n, "*") && !strings.HasPrefix(n, "##") {
			names = append(names, n)
		}
	}
	return names
}

// alternatives writes „a“, „b“ oder „c“.
func alternatives(names []string) string {
	var b strings.Builder
	for i, n := range names {
		switch {
		case i == 0:
		case i == len(names)-1:
			b.WriteString(" oder ")
		default:
			b.WriteString(", ")
		}
		b.WriteString("„" + n + "“")
	}
	return b.String()
}

// typeName reads "... is not a valid value of the atomic type 'xs:date'."; "" for a type without name.
func typeName(message string) string {
	i := strings.LastIndex(message, "is not a valid value of ")
	if i < 0 {
		return ""
	}
	kind, name, ok := strings.Cut(strings.TrimRight(message[i:], "\n"), " type '")
	if !ok || strings.ContainsRune(kind, '\'') || !strings.HasSuffix(name, "'.") {
		return ""
	}
	name = strings.TrimSuffix(name, "'.")
	if strings.ContainsRune(name, '\'') {
		return ""
	}
	return name
}

// typeText says what a value of the type looks like.
func typeText(typ string) string {
	builtin, ok := strings.CutPrefix(typ, "xs:")
	if w := typeWords[builtin]; ok && w != "" {
		return w
	}
	if typ == "" {
		return "die Form, die das Schema vorgibt"
	}
	return fmt.Sprintf("ein Wert des Typs „%s“", strings.TrimPrefix(localName(typ), "xs:"))
}

// enumText reads "... is not an element of the set {'a', 'b'}.", at most twelve of them.
func enumText(message string) string {
	const before = "is not an element of the set {"
	set := lastBetween(message, before, "}")
	if set == "" || !endsWith(message, before, set, "}.") {
		return ""
	}
	values := strings.Split(strings.Trim(set, "'"), "', '")
	if len(values) > 12 {
		values = append(values[:12], "…")
	}
	return ": " + strings.Join(values, ", ")
}

// patternText reads "... is not accepted by the pattern 'p'." and tells short patterns.
func patternText(message string) string {
	const before = "is not accepted by the pattern '"
	i := strings.LastIndex(message, before)
	if i < 0 {
		return ""
	}
	p, ok := strings.CutSuffix(strings.TrimRight(message[i+len(before):], "\n"), "'.")
	if !ok || p == "" || len(p) > 90 {
		return ""
	}
	return ": " + p
}

// fixedText reads "... does not match the fixed value constraint 'v'.".
func fixedText(message string) string {
	const before = "fixed value constraint '"
	v := lastBetween(message, before, "'")
	if v == "" || !endsWith(message, before, v, "'.") {
		return ""
	}
	return ": " + v
}
