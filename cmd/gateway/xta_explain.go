package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"damtshilfe/internal/xta"
)

// explained says what a person can do about an error.
type explained struct {
	what, todo string
	err        error
}

func (e explained) Error() string { return fmt.Sprintf("%s: %v\n  %s", e.what, e.err, e.todo) }
func (e explained) Unwrap() error { return e.err }

// explain adds to an error of a call what to do about it; a server's own words are quoted. Nil stays nil.
func explain(what string, err error) error {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*xta.Fault](err); ok {
		if f.Text != "" {
			err = fmt.Errorf("%w: the server says %q", err, f.Text)
		}
		return explained{what, aboutFault(f), err}
	}
	if s, ok := errors.AsType[*xta.SendError](err); ok && s.Written {
		return explained{what, "It is not known whether the server took the message; ask for its report.", err}
	}
	return explained{what, aboutConnection(err), err}
}

// faultHints say what to do about an XTA fault of these numbers.
var faultHints = map[int]string{
	9010: "Our client certificate has expired for the server: renew it (docs/certificates.md) and give the server's operator the new fingerprint.",
	9011: "The account is locked at the server: its operator must unlock it.",
	9012: "The server has no account for this identifier: its operator must set one up. Is --as the right one, and the server, too?",
	9013: "The service is not booked for the account: the server's operator must book it.",
	9014: "The server does not know our certificate for this identifier: its operator must enter the fingerprint that `gateway xta ping` shows as client.",
	9023: "The message is larger than the server takes.",
	9024: "The MessageID was used before: ask for its report.",
	9070: "The server does not know the id for this identifier: another server, another --as, or long forgotten?",
}

func aboutFault(f *xta.Fault) string {
	hint, known := faultHints[f.Code]
	switch {
	case known:
		return hint
	case f.Temporary():
		return "The server cannot do it now: try again later, and ask its operator if that does not help."
	case f.Code != 0 || f.Value != "":
		return "The server does not accept the request as it is: repeat it with --trace FILE and give the file to its operator."
	case f.HTTP == 404 || f.HTTP == 405:
		return "There is no XTA port under this URL: compare the path with what its operator says."
	}
	return "What answered is no XTA server, or a proxy before it: repeat it with --trace FILE, and ask the operator."
}

func aboutConnection(err error) string {
	if errors.Is(err, xta.ErrRevoked) {
		return "The authority server's list has this certificate as revoked, so nothing is sent to this server: its operator must renew it (docs/certificates.md)."
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return fmt.Sprintf("The name %q cannot be resolved here: is it right, and does this machine ask the right DNS server?", dns.Name)
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "The server's certificate is of no CA in xta.client.ca: add its CA there if the certificate shown is the right one."
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "The server's certificate is for another name: a wrong URL, a wrong certificate there, or something in between."
	}
	if c, ok := errors.AsType[x509.CertificateInvalidError](err); ok && c.Reason == x509.Expired {
		return "The server's certificate is out of date (or the clock here is wrong): its operator must renew it."
	}
	text := err.Error()
	_, alert := errors.AsType[tls.AlertError](err)
	switch {
	case errors.Is(err, xta.ErrPin):
		return "The directory names other certificates for this server than the one shown: tell whoever keeps the directory, after the operator confirmed it."
	case alert, strings.Contains(text, "remote error: tls:"):
		return "The server refuses our client certificate or our TLS settings: its operator must trust the CA of the certificate shown as client, and see that it is not out of date."
	case errors.Is(err, syscall.ECONNREFUSED):
		return "Nothing listens there: is the port right, and does the server run?"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, syscall.ETIMEDOUT), strings.Contains(text, "timeout"):
		return "No answer in time: a firewall between here and there, or a server that hangs."
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "There is no route to this address: a matter of the network here."
	}
	return "Repeat it with --trace FILE; `gateway xta ping` shows how far the way goes."
}
