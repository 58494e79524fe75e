package app

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
	"damtshilfe/internal/register"
	"damtshilfe/internal/xta"
)

// XTADesk is the XTA client of a configuration in the hands of a person: it speaks to servers directly, past ledger and lanes.
type XTADesk struct {
	Client *xta.Client
	Me     xta.Party          // who calls
	Own    *x509.Certificate  // that is shown
	As     config.Participant // whose identifier Me is
	// Revoked are the certificates that count no longer, as an authority server says, else as the gateway has kept them; Source says which.
	Revoked *certs.Revoked
	Source  string
	config  config.Config
}

// NewXTADesk makes one that calls as kennung; "" = the only one that the configuration has. trace gets the exchanges, nil = none.
func NewXTADesk(c config.Config, kennung string, trace io.Writer) (*XTADesk, error) {
	x := c.XTA.Client
	if x.Cert == "" {
		return nil, errors.New("xta.client.cert: none configured, so nothing can be asked over XTA")
	}
	d := &XTADesk{config: c}
	if err := d.callAs(kennung); err != nil {
		return nil, err
	}
	if err := d.readRevoked(); err != nil {
		return nil, err
	}
	client, live, err := XTAClient(x, trace, d.Revoked)
	if err != nil {
		return nil, err
	}
	d.Client, d.Own = client, live.Leaf()
	return d, nil
}

// askRevoked is how long a command waits for the list of an authority server.
const askRevoked = 3 * time.Second

// readRevoked reads the revoked certificates: what a person finds reachable must not be what the gateway refuses.
func (d *XTADesk) readRevoked() error {
	list, err := readRevocations(filepath.Join(d.config.DataDir, "register", revokedFile))
	if err != nil {
		return err
	}
	known := fingerprintsOf(list)
	d.Revoked, d.Source = certs.NewRevoked(known...), "as kept by the gateway: no authority server answered"
	if len(d.config.Register.Servers) == 0 {
		d.Source = "none: no authority server is configured"
		return nil
	}
	heard := make(chan []register.Sperre, len(d.config.Register.Servers))
	servers := d.config.Register
	servers.Poll = askRevoked // one look is enough
	client, _, err := registerClient(servers, register.Options{Revoked: d.Revoked, Sperren: func(list []register.Sperre) {
		select {
		case heard <- list:
		default:
		}
	}})
	if err != nil {
		return nil // pinging goes without one; the certificate of this client is checked where it is needed
	}
	defer client.Close()
	select {
	case now := <-heard:
		d.Revoked.Replace(append(known, fingerprintsOf(now)...))
		d.Source = "as an authority server says now"
	case <-time.After(askRevoked):
	}
	return nil
}

// XTAClient makes a client for a command; trace and revoked may be nil.
func XTAClient(c config.XTAClient, trace io.Writer, revoked *certs.Revoked) (*xta.Client, *certs.Live, error) {
	live, err := certs.OpenClient(certs.Files{Cert: c.Cert, Key: c.Key, CA: c.CA}, nil)
	if err != nil {
		return nil, nil, err
	}
	return xta.NewClient(xta.ClientOptions{TLS: live.Config(), Timeout: c.Timeout, Trace: trace, Revoked: revoked}), live, nil
}

// Close gives the connections back.
func (d *XTADesk) Close() { d.Client.Close() }

// callAs chooses who calls: a participant's identifier, or any for one who may use any.
func (d *XTADesk) callAs(kennung string) error {
	var all []string
	for _, p := range d.config.Participants {
		for _, k := range p.Kennungen {
			if k == kennung || k == "*" && kennung != "" {
				d.As, d.Me = p, xta.Party{Kennung: kennung, Type: xta.PartyType, Name: p.Name}
				if k == kennung {
					return nil
				}
			}
			if k != "*" {
				all = append(all, k)
			}
		}
	}
	switch {
	case d.Me.Kennung != "":
		return nil
	case kennung == "" && len(all) == 1:
		return d.callAs(all[0])
	case kennung == "":
		return fmt.Errorf("--as: say which own identifier calls, one of %s", few(all))
	}
	return fmt.Errorf("--as: %q is no identifier of a participant; there are %s", kennung, few(all))
}

// OwnPorts are the addresses of the own server.
func (d *XTADesk) OwnPorts() (config.XTAClient, error) {
	x := d.config.XTA.Client
	if x.Mailbox == "" || x.Management == "" {
		return x, errors.New("xta.client.mailbox and xta.client.management: the own server is not configured; --server names another")
	}
	return x, nil
}

// few is a list that fits a line.
func few(list []string) string {
	slices.Sort(list)
	if len(list) > 12 {
		return strings.Join(list[:12], ", ") + fmt.Sprintf(" and %d more", len(list)-12)
	}
	return strings.Join(list, ", ")
}

// Partner asks the authority servers where kennung is reached by XTA, and trusts what they say of its certificates.
func (d *XTADesk) Partner(ctx context.Context, kennung string) (amtshilfe.Kanal, error) {
	client, err := RegisterClient(d.config.Register, nil)
	if err != nil {
		return amtshilfe.Kanal{}, err
	}
	defer client.Close()
	z, err := client.ByKennung(ctx, kennung, d.As.Betriebsart)
	if err != nil {
		return amtshilfe.Kanal{}, fmt.Errorf("ask the authority server where %s is: %w (with --server URL it need not be asked)", kennung, err)
	}
	for _, k := range z.Kanaele {
		if k.Art != amtshilfe.KanalXTA {
			continue
		}
		r := k.Rechenzentrum
		return k, errors.Join(d.Client.Pin(r.Management, r.TLS), d.Client.Pin(r.Send, r.TLS))
	}
	if z.IsZero() {
		return amtshilfe.Kanal{}, fmt.Errorf("the directory has no %q for Betriebsart %s", kennung, d.As.Betriebsart)
	}
	return amtshilfe.Kanal{}, fmt.Errorf("%s is not reached by XTA, says the directory", kennung)
}
