package mapping

import (
	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xmlgate"
)

// PlaceLater is Place for findings that arise after the intake, when only the document and the place of its root in the dropped file
// are at hand. Paths stay those of the document.
func PlaceLater(doc []byte, root amtshilfe.Position, findings []amtshilfe.Finding) {
	Place(doc, Document{Position: root}, findings)
	off, ok := rootOffset(doc)
	if !ok {
		return
	}
	line, column := xmlgate.Position(doc, off)
	for i := range findings {
		f := &findings[i]
		if f.Line == line {
			f.Column += root.Column - column
		}
		f.Line += root.Line - line
	}
}
