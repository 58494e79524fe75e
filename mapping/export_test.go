package mapping

import (
	"io"
	"reflect"
	"slices"
	"strings"
)

// DecodeFlat decodes one byte of a charset; false: it is refused.
func DecodeFlat(name string, b byte) (string, bool) {
	c, err := charsetNamed(name)
	if err != nil {
		return "", false
	}
	out, _, ok := c.decode(nil, []byte{b})
	return string(out), ok
}

// FlatDate reads a date written like pattern.
func FlatDate(pattern, text string, pivot int) (string, bool) {
	p, ok := parseDatePattern(pattern)
	if !ok {
		return "bad pattern", false
	}
	out, ok := p.read(nil, []byte(text), pivot)
	return string(out), ok
}

// FlatAmount reads an amount in cents.
func FlatAmount(style, text string, decimals int) (int64, bool) {
	c := column{amount: amountStyles[style], decimals: decimals}
	return c.cents([]byte(text))
}

// FlatRecords cuts a CSV file into records.
func FlatRecords(r io.Reader, separator, quote byte) (records [][]string, lines []int, err error) {
	m := &FlatMapping{csv: true, lines: true, dialect: dialect{separator: separator, quote: quote, quoted: quote != 0}}
	m.charset, _ = charsetNamed("utf-8")
	reader := newRecordReader(r, m)
	reader.start()
	for {
		_, line, err := reader.next()
		if err != nil {
			return records, lines, err
		}
		var fields []string
		for _, f := range reader.fields {
			fields = append(fields, string(f.bytes))
		}
		records, lines = append(records, fields), append(lines, line)
	}
}

// FlatKeys are the keys of a mapping, as "record.columns.at".
func FlatKeys() []string {
	seen := map[string]bool{}
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
			t = t.Elem()
		}
		if t == reflect.TypeFor[flatExpr]() {
			t = reflect.TypeFor[flatAlt]()
		}
		if t.Kind() != reflect.Struct || seen[t.Name()] {
			return
		}
		seen[t.Name()] = true
		for i := range t.NumField() {
			if key := t.Field(i).Tag.Get("yaml"); key != "" {
				seen["."+key] = true
				walk(t.Field(i).Type)
			}
		}
	}
	walk(reflect.TypeFor[flatFile]())
	var keys []string
	for k := range seen {
		if key, ok := strings.CutPrefix(k, "."); ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// FlatTargets are the fields that a mapping can fill, with their group, and the vocabulary's opinion of each.
func FlatTargets() map[string]bool {
	scopes := [nodeKinds]string{nodeErsuchen: "", nodeAbsender: "absender", nodeSchuldner: "schuldner", nodeAnschrift: "schuldner.person.anschrift",
		nodeKommunikation: "schuldner.person.kommunikation", nodeSchutzvermerk: "schuldner.schutzvermerk", nodeInsolvenz: "schuldner.insolvenz",
		nodeWeiteres: "weiteresErsuchen", nodeTitel: "titel", nodeForderung: "forderung", nodeSaeumnis: "forderung.saeumnis"}
	all := map[string]bool{}
	for k, t := range nodeTypes {
		for _, f := range t.fields {
			path := strings.TrimPrefix(scopes[k]+"."+f.name, ".")
			all[path] = inVocabulary(inMessage, path)
		}
	}
	return all
}

func inVocabulary(in scope, path string) bool {
	if _, ok := vocabulary[in].fields[path]; ok {
		return true
	}
	for name, g := range vocabulary[in].groups {
		if rest, ok := strings.CutPrefix(path, name+"."); ok && inVocabulary(g.in, rest) {
			return true
		}
	}
	return false
}
