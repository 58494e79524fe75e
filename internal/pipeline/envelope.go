package pipeline

import (
	"errors"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/xmlgate"
	"damtshilfe/internal/xta"
)

// parties are author and reader of a delivery.
func (p *Pipeline) parties(d *ledger.Delivery) (author, reader xta.Party) {
	requester := d.Kind == amtshilfe.KindErsuchen || d.Kind.FollowsUp()
	address := d.Kanal.Adresse
	if address == "" {
		address = d.Behoerde.Kennung
	}
	return party(d.Absender, p.accounts[d.Account].Title, requester), party(address, d.Behoerde.Name, !requester)
}

// metaData is MessageMetaData of the delivery whose message is doc: the same again for the same row, so that a repetition has the
// same bytes. MessageType names the message's own root element and namespace (profil.md 6), which are those of its pack.
func (p *Pipeline) metaData(d *ledger.Delivery, doc []byte) xta.MetaData {
	author, reader := p.parties(d)
	root, _ := xmlgate.Sniff(doc)
	m := xta.MetaData{MessageID: d.MessageID, Test: d.Betriebsart != amtshilfe.Produktion, Origin: d.Origin.UTC(), Author: author, Reader: reader,
		Service: d.Kanal.Dienst, Type: xta.MessageType{Code: root.Local, PayloadSchema: root.Space}, Size: d.Length}
	if d.InReplyTo != "" {
		m.InReplyTo = []string{d.InReplyTo}
	}
	if m.Service == "" {
		m.Service = xta.ServiceURI
	}
	return m
}

// Up to inMemory a document is read once; what is larger stays in its segment, and of it sniffed bytes are enough for the root.
const (
	inMemory = 256 << 10
	sniffed  = 64 << 10
)

// stored gives the document of a delivery and its beginning.
func (p *Pipeline) stored(d *ledger.Delivery) (head []byte, data xta.Octets, err error) {
	if d.Length <= inMemory || d.Sealed != nil { // what is encrypted is made in memory
		doc, err := p.bytes(d)
		return doc, xta.Bytes(doc), err
	}
	document := p.Spool.Document(d.ID.Drop, d.Offset, d.Length, d.SHA256)
	head, err = document.Head(sniffed)
	return head, document, missing(err)
}

// request builds the exact bytes of the XTA message: from the ledger's row and the document in the segment, whose hash is
// checked, so that the bytes validated are the bytes sent.
func (p *Pipeline) request(d *ledger.Delivery) (xta.Request, error) {
	doc, data, err := p.stored(d)
	if err != nil {
		return xta.Request{}, err
	}
	content := xta.Content{ContentType: "application/xml", Encoding: "UTF-8", Filename: d.UUID + ".xml", Data: data}
	if content, err = sealed(d, content); err != nil {
		return xta.Request{}, err
	}
	r, err := xta.Prepare(p.metaData(d, doc), content, d.Kanal.Rechenzentrum.Send)
	if errors.Is(err, xta.ErrTooLarge) {
		return r, faultTooLarge
	}
	return r, missing(err)
}
