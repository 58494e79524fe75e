package mapping

import (
	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xmlgate"
)

// Reader reads messages: the gate and the field map in one pass over the bytes. It is reusable, but not by two goroutines at once.
type Reader struct {
	packs *Packs
	scan  *xmlgate.Scanner
}

// NewReader makes a Reader over the packs; l bounds each document.
func (p *Packs) NewReader(l xmlgate.Limits) *Reader {
	return &Reader{packs: p, scan: xmlgate.NewScanner(l)}
}

// Read resets m and fills it from doc. Findings are in the coordinates of doc; nil means fine. A root without installed schema is
// held with PACK-FEHLT. When the gate refuses the document, m keeps what was read up to there, so that a receipt can name the
// message; nothing else may be concluded from it. Strings in m are copies; only Anhang.Inhalt are slices of doc.
func (r *Reader) Read(doc []byte, m *amtshilfe.Message) []amtshilfe.Finding {
	return nil
}
