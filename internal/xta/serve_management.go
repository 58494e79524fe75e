package xta

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"damtshilfe/internal/certs"
)

func codeText(code int) string { return strconv.Itoa(code) }

// caller authorises the oscimeta:Author header: authors and readers both call under that name.
func (x *exchange) caller() (permit, error) {
	kennung := ""
	switch authors := x.envelope.header(nsMeta, "Author"); len(authors) {
	case 0:
	case 1:
		r := &metaReader{}
		if kennung = r.party(authors[0]).Kennung; r.err != nil {
			return permit{}, Refuse(9012, "")
		}
	default:
		return permit{}, Refuse(9012, "Der Header Author ist mehrfach vorhanden.")
	}
	return x.permit(kennung)
}

// permit authorises a call for the kennung and notes the use of the certificate.
func (x *exchange) permit(kennung string) (permit, error) {
	if c := x.certificate(); c != nil && x.server.o.Revoked.Has(certs.Fingerprint(c)) {
		return permit{}, Refuse(9014, "Das Zertifikat ist gesperrt.")
	}
	p, fault := x.server.accounts.Load().authorise(x.certificate(), kennung, x.server.o.Now())
	if fault != nil {
		return permit{}, fault
	}
	if err := x.server.o.Mailbox.noteUse(p); err != nil {
		x.server.o.Logger.Warn("use of a certificate not noted", "err", err)
	}
	return p, nil
}

// reader authorises a call to the mailbox of the caller, who must be named by the account.
func (x *exchange) reader() (string, error) {
	p, err := x.caller()
	if err == nil && !p.named() {
		err = Refuse(9014, "")
	}
	return p.kennung, err
}

// XTA 2.1.1 checkAccountActive
func (x *exchange) checkAccountActive(context.Context) (reply, error) {
	_, err := x.caller()
	return reply{}, err
}

// XTA 2.1.1 createMessageId: the id is durable before it is given out, bound to its author.
func (x *exchange) createMessageID(context.Context) (reply, error) {
	author, err := x.caller()
	if err != nil {
		return reply{}, err
	}
	id := "urn:de:xta:messageid:" + x.server.o.Name + ":" + uuid()
	if err := x.server.o.Mailbox.issue(author.kennung, id); err != nil {
		return reply{}, err
	}
	return reply{body: func(o *outgoing) { o.Leaf("wsa:MessageID", id) }}, nil
}

// mailbox is the reader's on this server; ok is false for strangers and for those who left.
func (x *exchange) mailbox(kennung string) (r Reader, ok bool, err error) {
	if r, ok = x.server.o.Readers(kennung); !ok {
		return r, false, nil
	}
	left, err := x.server.o.Mailbox.departed(kennung)
	return r, !left, err
}

func isURI(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.IsAbs() && !strings.ContainsAny(s, " <>\"{}|\\^`")
}

// XTA 2.1.1 cancelMessage: only before NotBefore. Its faults know no InvalidMessageIDException, so an unknown id is a parameter.
func (x *exchange) cancelMessage(context.Context) (reply, error) {
	author, err := x.caller()
	if err != nil {
		return reply{}, err
	}
	n := x.envelope.payload()
	if n == nil || !n.is(nsWSA, "MessageID") || n.value() == "" {
		return reply{}, Refuse(9020, "Die MessageID fehlt.")
	}
	err = x.server.o.Mailbox.cancel(author.kennung, n.value())
	switch {
	case errors.Is(err, errNoMessage):
		err = Refuse(9022, "Zu dieser MessageID liegt dem Account kein Transportauftrag vor.")
	case errors.Is(err, errNotDeferred):
		err = Refuse(9101, "")
	case errors.Is(err, errLate):
		err = Refuse(9100, "")
	}
	return reply{}, err
}
