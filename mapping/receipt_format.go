package mapping

import (
	"fmt"
	"io"
	"iter"
)

// ReceiptFormat is a form in which an account wants its receipts; it is also the end of their file names.
type ReceiptFormat string

// The forms of a receipt (profil.md 5). All say the same.
const (
	ReceiptXML  ReceiptFormat = "xml"  // v:lieferquittung, the profile's schema
	ReceiptCSV  ReceiptFormat = "csv"  // opens right in Excel; columns: CSVColumns
	ReceiptJSON ReceiptFormat = "json" // schema/lieferquittung.schema.json
)

// ReceiptFormats lists the forms in the order in which they are published.
var ReceiptFormats = []ReceiptFormat{ReceiptXML, ReceiptCSV, ReceiptJSON}

// Write writes a receipt in the form. The same input gives the same bytes. An error of lines ends the writing and is returned: the
// file is then incomplete and must not be published.
func (f ReceiptFormat) Write(w io.Writer, r Receipt, lines iter.Seq2[Line, error]) error {
	switch f {
	case ReceiptXML:
		return WriteReceipt(w, r, lines)
	case ReceiptCSV:
		return WriteReceiptCSV(w, r, lines)
	case ReceiptJSON:
		return WriteReceiptJSON(w, r, lines)
	}
	return fmt.Errorf("write receipt: unknown format %q", f)
}
