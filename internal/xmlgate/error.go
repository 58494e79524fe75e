package xmlgate

import (
	"fmt"
	"io"
)

// The codes of an Error. They are stable: receipts and docs/findings.md show them.
const (
	CodeLeer           = "XML-LEER"           // nothing but white space
	CodeZuGross        = "XML-ZU-GROSS"       // more than Limits.MaxBytes
	CodeEncoding       = "XML-ENCODING"       // declared or found to be other than UTF-8
	CodeDoctype        = "XML-DOCTYPE"        // a document type or one of its declarations
	CodePI             = "XML-PI"             // a processing instruction, or an XML declaration that is not at the start
	CodeSyntax         = "XML-SYNTAX"         // not well-formed in any other way
	CodeEntitaet       = "XML-ENTITAET"       // a reference other than the five and characters
	CodeZeichen        = "XML-ZEICHEN"        // a character that XML 1.0 does not allow
	CodeTiefe          = "XML-TIEFE"          // more than Limits.MaxDepth elements in one another
	CodeAttribute      = "XML-ATTRIBUTE"      // more than Limits.MaxAttrs attributes, or too many declarations in force
	CodeNamensraum     = "XML-NAMENSRAUM"     // a prefix that is not declared, reserved, or misspelt
	CodeDoppelt        = "XML-DOPPELT"        // one attribute or declaration given twice
	CodeWurzel         = "XML-WURZEL"         // not exactly one root, or for a container not the expected one
	CodeUnvollstaendig = "XML-UNVOLLSTAENDIG" // the document ends before its root does
)

// Error says why a document was refused. The first fault ends the reading.
type Error struct {
	Code   string // one of the codes of this package
	Text   string // one German sentence: what is wrong and what to do; quotes nothing of the document
	Offset int    // byte where the fault was seen, from 0; of a truncated document its length
	Line   int    // from 1
	Column int    // from 1, in characters
}

// Error names the code and the place, for logs.
func (e *Error) Error() string {
	return fmt.Sprintf("%s at line %d, column %d", e.Code, e.Line, e.Column)
}

// Is lets errors.Is find a truncated document as io.ErrUnexpectedEOF.
func (e *Error) Is(target error) bool {
	return target == io.ErrUnexpectedEOF && e.Code == CodeUnvollstaendig
}

// fail makes the Error of a fault at off. Lines and columns are counted by who knows where the document began.
func fail(code string, off int, text string) *Error {
	return &Error{Code: code, Text: text, Offset: off}
}

// stopped ends a walk whose watcher has seen enough; it never leaves the package.
var stopped = &Error{Code: "stopped"}

// The sentences that are used more than once.
const (
	textLeer     = "Die Datei ist leer; bitte übermitteln Sie eine Nachricht."
	textGross    = "Die Nachricht ist größer als erlaubt; bitte teilen Sie sie auf oder verkleinern Sie die Anhänge."
	textUTF8     = "Die Nachricht ist nicht durchgehend in UTF-8 kodiert; bitte speichern Sie sie in UTF-8."
	textLatin1   = "Die Nachricht ist hier nicht in UTF-8 kodiert, vermutlich steht hier ein Umlaut in ISO-8859-1 oder Windows-1252; bitte speichern Sie sie in UTF-8."
	textSurr     = "Hier steht ein einzelnes Surrogat, ein halbes Zeichen aus UTF-16; bitte speichern Sie die Nachricht in UTF-8."
	textDeclared = "Die Nachricht gibt eine andere Kodierung als UTF-8 an; bitte übermitteln Sie sie in UTF-8."
	textDecl     = "Die XML-Deklaration am Anfang ist fehlerhaft; bitte verwenden Sie <?xml version=\"1.0\" encoding=\"UTF-8\"?>."
	textDoctype  = "Dokumenttyp-Angaben (DOCTYPE) sind nicht erlaubt; bitte entfernen Sie sie."
	textPI       = "Verarbeitungsanweisungen sind nicht erlaubt; bitte entfernen Sie sie."
	textDeclLate = "Die XML-Deklaration steht nicht ganz am Anfang; bitte entfernen Sie, was davor steht, auch Leerzeichen."
	textBefore   = "Vor dem ersten Element steht Text; bitte prüfen Sie, ob die Datei wirklich eine XML-Nachricht ist."
	textAfter    = "Nach dem Ende der Nachricht folgt weiterer Inhalt; bitte entfernen Sie ihn oder übermitteln Sie ihn als eigene Nachricht."
	textBetween  = "Zwischen den Nachrichten des Containers steht Text; bitte entfernen Sie ihn."
	textCut      = "Das Dokument endet, bevor es abgeschlossen ist; bitte übermitteln Sie die vollständige Datei noch einmal."
	textMarkup   = "Hier steht ein Kleiner-Zeichen ohne gültiges Element; bitte schreiben Sie es im Text als &lt;."
	textTag      = "Das Element ist fehlerhaft geschrieben; bitte prüfen Sie Name, Attribute und schließende Klammer."
	textAttr     = "Das Attribut ist fehlerhaft geschrieben; bitte verwenden Sie die Form name=\"wert\"."
	textLess     = "Ein Attributwert enthält ein Kleiner-Zeichen; bitte schreiben Sie es als &lt;."
	textEnd      = "Das Ende-Element passt nicht zum zuletzt geöffneten Element; bitte schließen Sie die Elemente in umgekehrter Reihenfolge."
	textSection  = "Die Zeichenfolge ]]> ist im Text nicht erlaubt; bitte schreiben Sie sie als ]]&gt;."
	textComment  = "Ein Kommentar enthält zwei Bindestriche oder endet mit dreien; bitte ändern oder entfernen Sie ihn."
	textEntity   = "Der Verweis mit & ist unbekannt oder unvollständig; bitte verwenden Sie &amp;, &lt;, &gt;, &quot;, &apos; oder eine Zeichennummer."
	textRefChar  = "Die Zeichennummer bezeichnet ein in XML nicht erlaubtes Zeichen; bitte entfernen Sie sie."
	textChar     = "Die Nachricht enthält ein in XML nicht erlaubtes Steuerzeichen; bitte entfernen Sie es."
	textDeep     = "Die Elemente sind tiefer ineinander geschachtelt als erlaubt; bitte prüfen Sie den Aufbau der Nachricht."
	textMany     = "Das Element hat mehr Attribute als erlaubt; bitte prüfen Sie den Aufbau der Nachricht."
	textManyDecl = "Es sind mehr Namensräume deklariert als erlaubt; bitte deklarieren Sie sie einmal am ersten Element."
	textPrefix   = "Das Präfix ist nicht deklariert; bitte ergänzen Sie die Namensraum-Deklaration."
	textQName    = "Der Name enthält Doppelpunkte an falscher Stelle; bitte verwenden Sie die Form präfix:name."
	textReserved = "Die Präfixe xml und xmlns und ihre Namensräume sind vorbehalten; bitte verwenden Sie ein anderes Präfix."
	textUnbind   = "Ein Präfix ist mit einem leeren Namensraum deklariert; bitte geben Sie den Namensraum an."
	textTwice    = "Das Attribut steht in diesem Element doppelt; bitte entfernen Sie eines von beiden."
	textTwiceNS  = "Dieselbe Namensraum-Deklaration steht in diesem Element doppelt; bitte entfernen Sie eine von beiden."
	textRoot     = "Das erste Element gehört nicht zu einem Container; bitte prüfen Sie Name und Namensraum."
	textHead     = "Der Container beginnt nicht mit seinem Kopf; bitte stellen Sie den Kopf vor die erste Nachricht."
)
