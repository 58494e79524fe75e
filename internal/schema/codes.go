package schema

import "damtshilfe/internal/xmlgate"

// class is what kind of fault a code of libxml2 tells.
type class int

const (
	other   class = iota
	root          // the root element is not one of the schema's
	element       // an element is missing or not expected
	content       // text or children where none may be
	value         // a value its type refuses; libxml2 has several messages for one such fault
	attrMissing
	attrUnknown
	key  // key, keyref or unique
	xsi  // xsi:type or xsi:nil
	form // not well-formed
)

// word is the stable code of a class in findings.
var word = map[class]string{
	other: "XSD-FEHLER", root: "XSD-WURZEL", element: "XSD-UNERWARTET", content: "XSD-INHALT", value: "XSD-WERT",
	attrMissing: "XSD-ATTRIBUT-FEHLT", attrUnknown: "XSD-ATTRIBUT", key: "XSD-SCHLUESSEL", xsi: "XSD-XSI",
}

// xmlCode describes one code of libxml2 (xmlerror.h, XML_SCHEMAV_*).
type xmlCode struct {
	class class
	name  string // as the recommendation calls the rule, for logs
}

// Codes that the findings treat by themselves.
const (
	codeMinLength = 1831
	codePattern   = 1839
	codeEnum      = 1840
	codeEmpty     = 1841
	codeElement   = 1871 // both "missing" and "not expected"
)

// Codes of the XML parser that deserve words of their own.
const (
	codeChar    = 9
	codeEntity  = 26
	codeDoctype = 61
	codeTag     = 76
	codeUTF8    = 81
	codePrefix  = 201
)

// formWord is what is said of a document that is not well-formed. The gate in front refuses such documents, so that this is its
// second line; the codes are the gate's.
type formWord struct{ code, text string }

var formWords = map[int]formWord{
	codeChar:    {xmlgate.CodeZeichen, "An dieser Stelle steht ein Zeichen, das in XML nicht erlaubt oder kein gültiges UTF-8 ist; bitte die Nachricht in UTF-8 erzeugen."},
	codeEntity:  {xmlgate.CodeEntitaet, "Die Nachricht verwendet eine Entität, die es nicht gibt; bitte das Zeichen selbst oder eine Zeichenreferenz schreiben."},
	codeDoctype: {xmlgate.CodeDoctype, "Die Nachricht enthält eine DOCTYPE-Angabe, das ist nicht erlaubt; bitte entfernen."},
	codeTag:     {xmlgate.CodeSyntax, "Anfang und Ende eines Elements passen an dieser Stelle nicht zusammen; bitte die Nachricht neu erzeugen."},
	codeUTF8:    {xmlgate.CodeEncoding, "Die Nachricht ist an dieser Stelle kein gültiges UTF-8; bitte die Nachricht in UTF-8 erzeugen."},
	codePrefix:  {xmlgate.CodeNamensraum, "An dieser Stelle steht ein Namensraum-Präfix, das nicht erklärt ist; bitte die Angabe xmlns ergänzen."},
}

var xmlCodes = map[int]xmlCode{
	1824: {value, "cvc-datatype-valid.1.2.1"}, 1825: {value, "cvc-datatype-valid.1.2.2"}, 1826: {value, "cvc-datatype-valid.1.2.3"},
	1827: {attrUnknown, "cvc-type.3.1.1"}, 1828: {content, "cvc-type.3.1.2"},
	1829: {value, "cvc-facet-valid"}, 1830: {value, "cvc-length-valid"}, codeMinLength: {value, "cvc-minLength-valid"},
	1832: {value, "cvc-maxLength-valid"}, 1833: {value, "cvc-minInclusive-valid"}, 1834: {value, "cvc-maxInclusive-valid"},
	1835: {value, "cvc-minExclusive-valid"}, 1836: {value, "cvc-maxExclusive-valid"}, 1837: {value, "cvc-totalDigits-valid"},
	1838: {value, "cvc-fractionDigits-valid"}, codePattern: {value, "cvc-pattern-valid"}, codeEnum: {value, "cvc-enumeration-valid"},
	codeEmpty: {content, "cvc-complex-type.2.1"}, 1842: {content, "cvc-complex-type.2.2"}, 1843: {content, "cvc-complex-type.2.3"},
	1844: {element, "cvc-complex-type.2.4"}, 1845: {root, "cvc-elt.1"},
	1847: {xsi, "cvc-elt.3.1"}, 1848: {xsi, "cvc-elt.3.2.1"}, 1849: {xsi, "cvc-elt.3.2.2"},
	1850: {xsi, "cvc-elt.4.1"}, 1851: {xsi, "cvc-elt.4.2"}, 1852: {xsi, "cvc-elt.4.3"},
	1857: {value, "cvc-elt.5.2.2.2.1"}, 1858: {value, "cvc-elt.5.2.2.2.2"},
	1861: {attrUnknown, "cvc-attribute.1"}, 1864: {value, "cvc-attribute.4"},
	1865: {attrUnknown, "cvc-complex-type.3.1"}, 1866: {attrUnknown, "cvc-complex-type.3.2.1"}, 1867: {attrUnknown, "cvc-complex-type.3.2.2"},
	1868: {attrMissing, "cvc-complex-type.4"}, codeElement: {element, "element content"}, 1872: {root, "document element missing"},
	1874: {value, "cvc-au"}, 1877: {key, "identity constraint"}, 1878: {element, "cvc-wildcard"},
}

// describe finds the entry of a message.
func describe(r raw) xmlCode {
	if r.parser {
		return xmlCode{form, "not well-formed"}
	}
	return xmlCodes[r.code]
}

// typeWords says in German what a value of a built-in type looks like.
var typeWords = map[string]string{
	"date":               "ein gültiges Datum in der Form JJJJ-MM-TT",
	"dateTime":           "ein gültiger Zeitpunkt in der Form JJJJ-MM-TTThh:mm:ss",
	"time":               "eine gültige Uhrzeit in der Form hh:mm:ss",
	"gYear":              "eine Jahreszahl mit vier Ziffern",
	"decimal":            "eine Zahl, mit Punkt vor den Nachkommastellen",
	"integer":            "eine ganze Zahl",
	"positiveInteger":    "eine ganze Zahl ab 1",
	"nonNegativeInteger": "eine ganze Zahl ab 0",
	"boolean":            "true oder false",
	"base64Binary":       "ein Inhalt in Base64",
	"anyURI":             "eine URI",
	"NCName":             "ein Name ohne Leerzeichen und Doppelpunkt, der mit einem Buchstaben beginnt",
}
