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

// request builds the exact bytes of the XTA message: from the ledger's row and the document in the segment, whose hash is
// checked, so that the bytes validated are the bytes sent.
func (p *Pipeline) request(d *ledger.Delivery) (xta.Request, error) {
	doc, err := p.bytes(d)
	if err != nil {
		return xta.Request{}, err
	}
	content := xta.Content{ContentType: "application/xml", Encoding: "UTF-8", Filename: d.UUID + ".xml", Data: xta.Bytes(doc)}
	if content, err = sealed(d, content); err != nil {
		return xta.Request{}, err
	}
	r, err := xta.Prepare(p.metaData(d, doc), content, d.Kanal.Rechenzentrum.Send)
	if errors.Is(err, xta.ErrTooLarge) {
		return r, faultTooLarge
	}
	return r, err
}
