package pipeline

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/mapping"
	"damtshilfe/spool"
)

// faultDocument is asked about one message, so that its neighbours go on.
var faultDocument = fault("REGEL-DOKUMENT", amtshilfe.OwnerBetrieb,
	"Das gespeicherte Dokument ist beschädigt oder nicht mehr vorhanden; der Betrieb klärt, ob es wiederhergestellt werden kann.")

// errDocument says that a document is gone or not what was checked. Only reading it can say so: a connection that breaks off
// is an "unexpected EOF" as well, and that one is tried again.
var errDocument = errors.New("document is lost")

// lost says that reading again will not help.
func lost(err error) bool {
	return errors.Is(err, errDocument) || errors.Is(err, ledger.ErrNotFound)
}

// bytes reads a delivery's document back from the segment; its hash is checked there.
func (p *Pipeline) bytes(d *ledger.Delivery) ([]byte, error) {
	doc, err := p.Spool.ReadSegment(d.ID.Drop, d.Offset, d.Length, d.SHA256)
	return doc, missing(err)
}

// missing marks the errors that say that a document is lost or damaged.
func missing(err error) error {
	if errors.Is(err, spool.ErrHash) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %w", errDocument, err)
	}
	return err
}

// document reads a delivery's message back from the segment.
func (p *Pipeline) document(d *ledger.Delivery) (*amtshilfe.Message, error) {
	return p.message(p.sentRequest(d))
}

// message reads a message back.
func (p *Pipeline) message(r request) (*amtshilfe.Message, error) {
	doc, err := r.read()
	if err != nil {
		return nil, err
	}
	m := &amtshilfe.Message{}
	reader := p.readers.Get().(*mapping.Reader)
	defer p.readers.Put(reader)
	if findings := reader.Read(doc, m); amtshilfe.Failed(findings) {
		return nil, fmt.Errorf("%w: read %s back: %s", errDocument, r.id, findings[0].Code)
	}
	return m, nil
}
