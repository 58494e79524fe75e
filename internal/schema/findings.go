package schema

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xmlgate"
)

// explain turns libxml2's messages on doc into at most max violations: one per fault, with its place, without a value of doc.
func explain(doc []byte, raws []raw, max int) []Violation {
	faults := merge(raws)
	left := len(faults) - max
	if left > 0 {
		faults = faults[:max]
	}
	marks := make([]mark, len(faults))
	for i, f := range faults {
		marks[i] = f.mark()
	}
	places := locate(doc, marks)
	vs := make([]Violation, len(faults))
	for i, f := range faults {
		p := places[i]
		d := describe(f.raw)
		if d.name == "" {
			d.name = "other"
		}
		code, text := f.words()
		if hint := hint(doc[p.off:]); code == "XSD-TYP" && f.typ == "" && hint != "" {
			text = strings.Replace(text, typeText(""), hint, 1)
		}
		vs[i] = Violation{
			Line: p.line, Column: p.column, Element: f.element, Code: f.code,
			Message: fmt.Sprintf("libxml2 %d: %s", f.code, d.name),
			Finding: amtshilfe.Finding{
				Code: code, Severity: amtshilfe.SeverityFehler, Text: text, Line: p.line, Column: p.column, Path: p.path,
			},
		}
	}
	if left > 0 {
		vs = append(vs, more(left, len(raws) >= maxRaws))
	}
	return vs
}

// more says how many faults are left out; atLeast: libxml2 was stopped before it had seen all.
func more(left int, atLeast bool) Violation {
	text := fmt.Sprintf("%d weitere Verstöße gegen das Schema sind", left)
	switch {
	case atLeast:
		text = fmt.Sprintf("Mindestens %d weitere Verstöße gegen das Schema sind", left)
	case left == 1:
		text = "Ein weiterer Verstoß gegen das Schema ist"
	}
	return Violation{Message: "more faults", Finding: amtshilfe.Finding{Code: "XSD-WEITERE", Severity: amtshilfe.SeverityFehler,
		Text: text + " hier nicht aufgeführt; bitte zuerst die genannten beheben."}}
}

var (
	germanNumber = regexp.MustCompile(`^\s*[-+]?[0-9]+(\.[0-9]{3})*(,[0-9]*)?\s*(EUR|€)?\s*[<"']`)
	germanDate   = regexp.MustCompile(`^\s*[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{2,4}\s*[<"']`)
	dottedNumber = regexp.MustCompile(`^\s*[-+]?[0-9]{1,3}(\.[0-9]{3})+\.[0-9]+\s*[<"']`)
)

// hint guesses from the value what was meant, where libxml2 does not name the type: a German number, a German date.
func hint(value []byte) string {
	value = value[:min(len(value), 64)]
	switch {
	case germanDate.Match(value):
		return typeWords["date"]
	case germanNumber.Match(value), dottedNumber.Match(value):
		return "eine Zahl mit Punkt vor den Nachkommastellen, ohne Tausenderpunkt und Währung"
	}
	return ""
}

// fault is what is wrong in one place: the first message about it, and the name of the type when a later one tells it.
type fault struct {
	raw
	typ string
}

// merge makes one fault of the messages that speak of the same value: facet first, then the type that has the facet, then its base.
func merge(raws []raw) []fault {
	var faults []fault
	for _, r := range raws {
		if echo(faults, r) {
			continue
		}
		typ := ""
		if describe(r).class == value {
			typ = typeName(r.tail)
		}
		if n := len(faults); n > 0 && describe(r).class == value {
			last := &faults[n-1]
			if describe(last.raw).class == value && last.tag == r.tag && last.element == r.element && last.attribute == r.attribute {
				if last.typ == "" {
					last.typ = typ
				}
				continue
			}
		}
		faults = append(faults, fault{r, typ})
	}
	return faults
}

// echo says whether a message only follows from a fault that was found before: a key without a valid value, an element whose
// namespace is not known.
func echo(faults []fault, r raw) bool {
	switch {
	case describe(r).class == key && strings.HasPrefix(r.tail, "Warning: No precomputed value"):
		return true
	case describe(r).class == key && strings.HasPrefix(r.tail, "Not all fields"):
		return slices.ContainsFunc(faults, func(f fault) bool { return f.tag == r.tag })
	case describe(r).class == element && len(faults) > 0:
		last := faults[len(faults)-1]
		return last.parser && last.code == codePrefix && last.tag == r.tag
	}
	return false
}

// mark says which place in the document the fault concerns.
func (f fault) mark() mark {
	m := mark{tag: f.tag}
	switch c := describe(f.raw); {
	case c.class == form:
		m.exact = f.code != codePrefix
	case c.class == key && strings.HasPrefix(f.tail, "No match found for key-sequence"):
		m.element, m.key = f.element, between(f.tail, "key-sequence ['", "'] of keyref ")
	case f.attribute != "":
		m.attribute, m.value = f.attribute, c.class == value
	case c.class == value, c.class == content && strings.HasPrefix(f.tail, "Character content"):
		m.value = true
	}
	return m
}

// words gives the stable code and the German sentence.
func (f fault) words() (code, text string) {
	c := describe(f.raw).class
	switch c {
	case root:
		return word[c], fmt.Sprintf("Das Wurzelelement „%s“ gehört nicht zu den Nachrichten dieses Schemas; bitte Name und Namensraum prüfen.", f.element)
	case element:
		return f.elementWords()
	case content:
		return word[c], f.contentWords()
	case value:
		return f.valueWords()
	case attrMissing:
		return word[c], fmt.Sprintf("Am Element „%s“ fehlt das Attribut „%s“; bitte ergänzen.", f.element, between(f.tail, "The attribute '", "' is required"))
	case attrUnknown:
		return word[c], fmt.Sprintf("Das Attribut „%s“ ist am Element „%s“ nicht erlaubt; bitte entfernen.", f.attribute, f.element)
	case key:
		return word[c], f.keyWords()
	case xsi:
		return word[c], fmt.Sprintf("Am Element „%s“ ist xsi:type oder xsi:nil nicht erlaubt; bitte entfernen.", f.element)
	case form:
		if w, ok := formWords[f.code]; ok {
			return w.code, w.text
		}
		return xmlgate.CodeSyntax, "Die Nachricht ist ab dieser Stelle kein wohlgeformtes XML; bitte die Nachricht neu erzeugen."
	}
	return word[other], fmt.Sprintf("Das Element „%s“ entspricht nicht dem Schema; bitte prüfen.", f.element)
}

func (f fault) elementWords() (code, text string) {
	expected := expectedNames(f.tail)
	if strings.HasPrefix(f.tail, "Missing child element(s).") {
		if len(expected) == 0 {
			return "XSD-FEHLT", fmt.Sprintf("Im Element „%s“ fehlt ein Element; bitte ergänzen.", f.element)
		}
		return "XSD-FEHLT", fmt.Sprintf("Im Element „%s“ fehlt das Element %s; bitte ergänzen.", f.element, alternatives(expected))
	}
	for _, e := range expected {
		if e == f.element {
			return word[element], fmt.Sprintf("Das Element „%s“ steht im falschen Namensraum; bitte den Namensraum des Schemas verwenden.", f.element)
		}
	}
	if len(expected) == 0 {
		return word[element], fmt.Sprintf("Das Element „%s“ ist hier nicht erlaubt; bitte entfernen oder an die richtige Stelle setzen.", f.element)
	}
	return word[element], fmt.Sprintf("Das Element „%s“ ist hier nicht erlaubt; erwartet wird %s.", f.element, alternatives(expected))
}

func (f fault) contentWords() string {
	switch {
	case strings.HasPrefix(f.tail, "Element content"):
		return fmt.Sprintf("Das Element „%s“ ist hier nicht erlaubt, hier darf kein Element stehen; bitte entfernen.", f.element)
	case f.code == codeEmpty:
		return fmt.Sprintf("Das Element „%s“ muss leer sein; bitte den Text entfernen.", f.element)
	}
	return fmt.Sprintf("Im Element „%s“ steht Text, erlaubt sind dort nur Elemente; bitte entfernen.", f.element)
}

func (f fault) keyWords() string {
	if strings.HasPrefix(f.tail, "No match found for key-sequence") {
		constraint := localName(lastBetween(f.tail, "of keyref '", "'"))
		return fmt.Sprintf("Das Element „%s“ verweist auf einen Schlüssel, den es in der Nachricht nicht gibt (Regel „%s“).", f.element, constraint)
	}
	if strings.HasPrefix(f.tail, "Duplicate key-sequence") {
		constraint := localName(lastBetween(f.tail, "identity-constraint '", "'"))
		return fmt.Sprintf("Der Schlüssel am Element „%s“ kommt in der Nachricht mehrfach vor (Regel „%s“).", f.element, constraint)
	}
	return fmt.Sprintf("Am Element „%s“ ist ein Schlüssel nicht vollständig.", f.element)
}

// valueWords speaks of a value without telling it.
func (f fault) valueWords() (code, text string) {
	what := fmt.Sprintf("Der Wert des Elements „%s“", f.element)
	if f.attribute != "" {
		what = fmt.Sprintf("Der Wert des Attributs „%s“ am Element „%s“", f.attribute, f.element)
	}
	code = word[value]
	switch f.code {
	case 1824, 1825, 1826:
		return "XSD-TYP", what + " ist ungültig; verlangt ist " + typeText(f.typ) + "."
	case codeEnum:
		return code, what + " gehört nicht zu den erlaubten Werten" + enumText(f.tail) + "."
	case codePattern:
		return code, what + " hat nicht die verlangte Form" + patternText(f.tail) + "."
	case 1857, 1858, 1864, 1874:
		return code, what + " ist fest vorgegeben" + fixedText(f.tail) + "."
	}
	for _, l := range limits {
		if l.code == f.code {
			n := lastBetween(f.tail, l.before, "'")
			if _, err := strconv.ParseFloat(n, 64); err != nil || !endsWith(f.tail, l.before, n, l.after) {
				break
			}
			return code, what + fmt.Sprintf(l.text, n) + "."
		}
	}
	return code, what + " ist nicht erlaubt; bitte nach dem Schema richten."
}

// limits are the facets with a number. before and after stand around the number at the end of libxml2's message.
var limits = []struct {
	code          int
	before, after string
	text          string
}{
	{1830, "allowed length of '", "'.", " hat nicht die verlangte Länge von %s Zeichen"},
	{codeMinLength, "allowed minimum length of '", "'.", " ist zu kurz, verlangt sind mindestens %s Zeichen"},
	{1832, "allowed maximum length of '", "'.", " ist zu lang, erlaubt sind höchstens %s Zeichen"},
	{1833, "minimum value allowed ('", "').", " ist zu klein, der kleinste erlaubte Wert ist %s"},
	{1834, "maximum value allowed ('", "').", " ist zu groß, der größte erlaubte Wert ist %s"},
	{1835, "must be greater than '", "'.", " ist zu klein, er muss größer als %s sein"},
	{1836, "must be less than '", "'.", " ist zu groß, er muss kleiner als %s sein"},
	{1837, "digits than are allowed ('", "').", " hat zu viele Ziffern, erlaubt sind höchstens %s"},
	{1838, "fractional digits than are allowed ('", "').", " hat zu viele Nachkommastellen, erlaubt sind höchstens %s"},
}
