package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"
	"unicode"

	"damtshilfe/internal/app"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/xta"
)

// xtaCmd is XTA by hand, for people who must find out why a partner gets nothing, and the care of the own server. The first speaks to
// servers directly: nothing of it is in the ledger, but that somebody closed a message.
type xtaCmd struct {
	Ping   xtaPingCmd   `cmd:"" help:"Go the way to a server step by step: DNS, TCP, TLS, account."`
	Lookup xtaLookupCmd `cmd:"" help:"Ask a reader's server whether it takes messages of a service (lookupService); exit 3 if not."`
	Send   xtaSendCmd   `cmd:"" help:"Send one test message by hand, past the ledger."`
	Report xtaReportCmd `cmd:"" help:"What a server says became of a message (getTransportReport); exit 3 if it failed."`
	Inbox  xtaInboxCmd  `cmd:"" help:"List an own mailbox; fetches nothing."`
	Fetch  xtaFetchCmd  `cmd:"" help:"Write a message of an own mailbox to a file; it stays in the mailbox."`
	Close  xtaCloseCmd  `cmd:"" help:"Close a message of an own mailbox: the gateway will never see it."`

	Accounts xtaAccountsCmd `cmd:"" help:"Accounts of the own server, and when each of their certificates was used last."`
	Withdraw xtaWithdrawCmd `cmd:"" help:"An authority leaves: what it has not fetched goes back to its senders, nothing comes in any more."`
	Relays   xtaRelaysCmd   `cmd:"" help:"Orders on their way to other data centres, and why one does not get further."`
	Readmit  xtaReadmitCmd  `cmd:"" help:"Let messages come in again for a reader that had left."`
}

// xtaCaller is what every XTA command takes.
type xtaCaller struct {
	As     string `placeholder:"KENNUNG" help:"Own identifier that calls (default: the only one there is)."`
	Server string `placeholder:"URL" help:"Ask this port of a server instead of the one that directory or configuration names."`
	Trace  string `placeholder:"FILE" help:"Write the exchanges: headers and envelopes, of contents the length and SHA-256 only."`
}

// desk opens what the command works with; call the function when done.
func (c xtaCaller) desk(e *env) (*app.XTADesk, func() error, error) {
	cfg, err := e.load()
	if err != nil {
		return nil, nil, err
	}
	if u, err := url.Parse(c.Server); c.Server != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
		return nil, nil, usageError{fmt.Errorf("--server: %q is no https URL", c.Server)}
	}
	var trace io.Writer
	closeTrace := func() error { return nil }
	if c.Trace != "" {
		f, err := os.OpenFile(c.Trace, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, nil, fmt.Errorf("--trace: %w", err)
		}
		trace, closeTrace = f, f.Close
	}
	d, err := app.NewXTADesk(cfg, c.As, trace)
	if err != nil {
		return nil, nil, errors.Join(usageError{err}, closeTrace())
	}
	return d, func() error { d.Close(); return closeTrace() }, nil
}

// ports are the three addresses of a server, as far as they are known.
type ports struct{ management, send, box string }

// portsOf finds the others beside one of them; of an address that is none of ours only itself is known, for whatever is asked.
func portsOf(one string) ports {
	one = strings.TrimSuffix(one, "/")
	for _, name := range []string{"/management", "/send", "/msgbox"} {
		if base, ok := strings.CutSuffix(one, name); ok {
			return ports{base + "/management", base + "/send", base + "/msgbox"}
		}
	}
	return ports{one, one, one}
}

// at finds a server: --server, else that of the partner kennung, else the own one.
func (c xtaCaller) at(e *env, d *app.XTADesk, kennung string) (ports, error) {
	switch {
	case c.Server != "":
		return portsOf(c.Server), nil
	case kennung != "":
		k, err := d.Partner(e.ctx, kennung)
		return ports{management: k.Rechenzentrum.Management, send: k.Rechenzentrum.Send}, err
	}
	own, err := d.OwnPorts()
	return ports{management: own.Management, box: own.Mailbox}, err
}

// on does f with the server of the kennung ("" = the own one), and closes what was opened for it.
func (c xtaCaller) on(e *env, kennung string, f func(*app.XTADesk, ports) error) error {
	d, done, err := c.desk(e)
	if err != nil {
		return err
	}
	to, err := c.at(e, d, kennung)
	if err == nil {
		err = f(d, to)
	}
	return errors.Join(err, done())
}

type xtaPingCmd struct {
	xtaCaller
	Target string `arg:"" optional:"" help:"kennung of a partner, or URL of a managementPort; default the own server."`
}

// Run goes step by step and stops at the first that fails.
func (c xtaPingCmd) Run(e *env) error {
	if strings.HasPrefix(c.Target, "https://") {
		c.Server, c.Target = c.Target, ""
	}
	return c.on(e, c.Target, func(d *app.XTADesk, to ports) (err error) {
		fmt.Fprintf(e.out, "%s as %s\n", to.management, d.Me.Kennung)
		r := d.Client.Probe(e.ctx, to.management)
		for _, s := range r.Steps {
			printStep(e, s)
		}
		if r.Server != nil {
			printCertificate(e, "server", r.Server)
		}
		printCertificate(e, "client", d.Own)
		fmt.Fprintf(e.out, "revoked certificates: %d, %s\n", len(d.Revoked.List()), d.Source)
		if d.Revoked.Has(certs.Fingerprint(d.Own)) {
			fmt.Fprintln(e.out, "the own client certificate is revoked: no partner accepts it")
		}
		if last := r.Steps[len(r.Steps)-1]; last.Err != nil {
			return explain(last.Name, last.Err)
		}
		began := time.Now()
		err = d.Client.CheckAccountActive(e.ctx, to.management, d.Me)
		printStep(e, xta.Step{Name: "account", Took: time.Since(began), Text: "active", Err: err})
		return explain("account", err)
	})
}

func printStep(e *env, s xta.Step) {
	word, text := "ok", s.Text
	if s.Err != nil {
		word, text = "FAILED", ""
	}
	fmt.Fprintf(e.out, "%-8s %-6s %6d ms  %s\n", s.Name, word, s.Took.Milliseconds(), text)
}

func printCertificate(e *env, whose string, c *x509.Certificate) {
	left := time.Until(c.NotAfter)
	until := fmt.Sprintf("valid until %s (%d days)", c.NotAfter.Format(time.DateOnly), int(left.Hours()/24))
	if left < 0 {
		until = "EXPIRED on " + c.NotAfter.Format(time.DateOnly)
	}
	fmt.Fprintf(e.out, "  %s certificate %q, issued by %q, %s\n    sha256 %s\n", whose, c.Subject.String(), c.Issuer.String(), until, certs.Fingerprint(c))
}

type xtaLookupCmd struct {
	xtaCaller
	Reader  string `arg:"" help:"kennung of the reader."`
	Service string `default:"urn:damtshilfe:vollstreckungshilfe:1" help:"URI of the service."`
}

// Run asks; exit 3 unless the service is available.
func (c xtaLookupCmd) Run(e *env) error {
	return c.on(e, c.Reader, func(d *app.XTADesk, to ports) (err error) {
		a, err := d.Client.LookupService(e.ctx, to.management, d.Me, xta.Party{Kennung: c.Reader, Type: xta.PartyType}, c.Service)
		if err != nil {
			return explain("lookup", err)
		}
		fmt.Fprintf(e.out, "%s at %s: %s for %s\n", c.Service, to.management, a.Availability, c.Reader)
		for _, der := range a.Certificates {
			if cert, err := x509.ParseCertificate(der); err == nil {
				printCertificate(e, "encryption", cert)
			} else {
				fmt.Fprintf(e.out, "  its encryption certificate (%d bytes) cannot be read: %v\n", len(der), err)
			}
		}
		if a.Availability != xta.ServiceAvailable {
			return errOpen
		}
		return nil
	})
}

type xtaReportCmd struct {
	xtaCaller
	ID     string `arg:"" help:"MessageID, or a delivery."`
	Reader string `placeholder:"KENNUNG" help:"Reader whose server is asked; default: the ledger knows, else the own server."`
}

// Run shows the report; exit 3 if it is red.
func (c xtaReportCmd) Run(e *env) (err error) {
	known, err := c.known(e)
	if err != nil {
		return err
	}
	d, done, err := c.desk(e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	to := ports{management: known}
	if known == "" || c.Server != "" || c.Reader != "" {
		if to, err = c.at(e, d, c.Reader); err != nil {
			return err
		}
	}
	r, err := d.Client.TransportReport(e.ctx, to.management, d.Me, c.ID)
	if err != nil {
		return explain("report", err)
	}
	printReport(e, r)
	if r.Status == xta.StatusRed {
		return errOpen
	}
	return nil
}

// known looks the message up in the ledger, if there is one: who sent it, under which MessageID, and where.
func (c *xtaReportCmd) known(e *env) (management string, err error) {
	l, err := e.ledgerIfAny()
	if l == nil || err != nil {
		return "", err
	}
	defer l.Close()
	list, err := findDeliveries(l, c.ID)
	if err != nil || len(list) == 0 || list[0].MessageID == "" {
		return "", err
	}
	c.ID = list[0].MessageID
	if c.As == "" {
		c.As = list[0].Absender
	}
	fmt.Fprintf(e.out, "in the ledger: delivery %s, %s\n", list[0].ID, list[0].State)
	return list[0].Kanal.Rechenzentrum.Management, nil
}

func printReport(e *env, r xta.Report) {
	word := [...]string{"open: not closed by the reader yet", "green: closed by the reader", "yellow: closed with warnings", "red: closed with errors"}[r.Status]
	m := r.MetaData
	fmt.Fprintf(e.out, "%s\n  %s\n  from %s to %s, %s, %d bytes, test %t\n", plain(m.MessageID), word, plain(m.Author.Kennung), plain(m.Reader.Kennung), plain(m.Type.Code), m.Size, m.Test)
	for _, t := range []struct {
		name string
		at   time.Time
	}{{"made", m.Origin}, {"taken by the server", m.InitialSend}, {"in the mailbox", m.Delivery}, {"first fetched", m.InitialFetch}, {"closed", m.Reception}, {"last change", r.Time}} {
		if !t.at.IsZero() {
			fmt.Fprintf(e.out, "  %-20s %s\n", t.name, t.at.Format(time.RFC3339))
		}
	}
	for _, list := range []struct {
		name    string
		records []xta.Record
	}{{"error", r.Errors}, {"warning", r.Warnings}, {"info", r.Infos}} {
		for _, one := range list.records {
			fmt.Fprintf(e.out, "  %s %s %q %q\n", list.name, one.Time.Format(time.RFC3339), one.Code.Code, one.Reason)
		}
	}
	if r.Server != "" {
		fmt.Fprintf(e.out, "  says %q\n", r.Server)
	}
}

// plain takes what could steer a terminal out of another's words.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}
