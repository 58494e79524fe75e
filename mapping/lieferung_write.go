package mapping

import (
	"bytes"
	"fmt"
	"io"
	"iter"

	"damtshilfe/internal/amtshilfe"
)

// WriteLieferung writes a container v:lieferung of finished messages. An error of messages ends the writing and is returned.
func WriteLieferung(w io.Writer, kopf amtshilfe.Lieferkopf, messages iter.Seq2[[]byte, error]) error {
	x := newXMLWriter(w)
	x.open("v:lieferung", namespaces...)
	x.lieferkopf(kopf)
	for doc, err := range messages {
		if err != nil {
			return fmt.Errorf("write container: %w", err)
		}
		if off, ok := rootOffset(doc); ok {
			doc = doc[off:]
		}
		x.w.Write(bytes.TrimRight(doc, "\n"))
		x.w.WriteByte('\n')
	}
	x.close("v:lieferung")
	if err := x.flush(); err != nil {
		return fmt.Errorf("write container: %w", err)
	}
	return nil
}
