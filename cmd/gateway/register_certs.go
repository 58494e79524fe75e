package main

import (
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/register/store"
)

type registerCertsCmd struct {
	List   registerCertsListCmd   `cmd:"" default:"withargs" help:"List the certificates, those that end first at the top; exit 3 if one needs attention."`
	Import registerCertsImportCmd `cmd:"" help:"Enter a certificate: from then on it counts beside those that are there."`
	Revoke registerCertsRevokeCmd `cmd:"" help:"Take a certificate out of use for ever, at once."`
}

type registerCertsListCmd struct {
	storeAt
	JSON bool `name:"json" help:"As JSON."`
}

// Run lists what ends when.
func (c registerCertsListCmd) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	d, _, err := s.Current()
	if err != nil {
		return err
	}
	revoked, err := s.Sperren()
	if err != nil {
		return err
	}
	list := app.DirectoryCertificates(d, revoked, time.Now())
	if c.JSON {
		err = printJSON(e, append([]app.DirectoryCertificate{}, list...))
	} else {
		err = c.table(e, list)
	}
	for _, one := range list {
		if err == nil && one.Warns() {
			err = errOpen
		}
	}
	return err
}

func (c registerCertsListCmd) table(e *env, list []app.DirectoryCertificate) error {
	w := tabwriter.NewWriter(e.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "FINGERPRINT\tOF\tPURPOSE\tUNTIL\tSTATE\tNOTE")
	for _, one := range list {
		whose := or(one.Kennung, "-")
		if one.Betriebsart != "" {
			whose += " (" + one.Betriebsart + ")"
		}
		until, note := "-", "-"
		if !one.NotAfter.IsZero() {
			until = one.NotAfter.Local().Format(time.DateOnly)
		}
		switch {
		case !one.Revoked.IsZero():
			note = "since " + one.Revoked.Local().Format("2006-01-02 15:04") + ": " + or(one.Why, "-")
		case one.Successor != "":
			note = fmt.Sprintf("successor %.16s", one.Successor)
		case one.State == "future":
			note = "from " + one.NotBefore.Local().Format(time.DateOnly)
		}
		fmt.Fprintf(w, "%.16s\t%s\t%s\t%s\t%s\t%s\n", one.Fingerprint, whose, or(one.Purpose, "-"), until, one.State, note)
	}
	return w.Flush()
}

type registerCertsImportCmd struct {
	storeAt
	File          string `arg:"" type:"existingfile" help:"Certificate, PEM or DER."`
	Kennung       string `required:"" help:"Whose it is: a data centre (its servers, tls), or an authority (tls: its client; verschluesselung: what is sent to it)."`
	Zweck         string `required:"" enum:"tls,verschluesselung" help:"tls or verschluesselung."`
	Betriebsart   string `enum:",produktion,test,schulung" default:"" help:"Of the authority, if it has several."`
	NachfolgerVon string `placeholder:"FP" help:"Fingerprint, or its beginning, of the one that it replaces."`
	decision
}

// Run enters the certificate.
func (c registerCertsImportCmd) Run(e *env) error {
	s, err := c.openToChange(e)
	if err != nil {
		return err
	}
	defer s.Close()
	n := app.NewCertificate{File: c.File, Kennung: c.Kennung, Zweck: c.Zweck, NachfolgerVon: c.NachfolgerVon, Betriebsart: amtshilfe.Betriebsart(c.Betriebsart)}
	z, alone, r, err := app.EnterCertificate(e.ctx, s, n, store.By{Wer: c.who(), Grund: c.Grund})
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "%s of %s, %s, valid %s to %s\n", z.Fingerabdruck, z.Kennung, z.Zweck, z.GueltigAb.Format(time.DateOnly), z.GueltigBis.Format(time.DateOnly))
	if alone {
		fmt.Fprintf(e.out, "it is the first one of %s: its servers are trusted with no other from now on\n", z.Kennung)
	}
	return said(e, r)
}

type registerCertsRevokeCmd struct {
	storeAt
	Fingerprint string `arg:"" help:"SHA-256 in hex, or the beginning of one that the directory has."`
	decision
}

// Run revokes.
func (c registerCertsRevokeCmd) Run(e *env) error {
	s, err := c.openToChange(e)
	if err != nil {
		return err
	}
	defer s.Close()
	fp := c.Fingerprint
	d, _, err := s.Current()
	if err != nil && !errors.Is(err, store.ErrEmpty) {
		return err
	}
	if err == nil {
		if fp, err = app.WholeFingerprint(d, fp); err != nil {
			return usageError{err}
		}
	}
	again, err := s.Revoke(e.ctx, fp, store.By{Wer: c.who(), Grund: c.Grund})
	if err != nil {
		return err
	}
	if again {
		_, err = fmt.Fprintf(e.out, "%s was revoked already\n", fp)
		return err
	}
	_, err = fmt.Fprintf(e.out, "%s is revoked; gateways know it at their next look (register.poll, 20 s)\n", fp)
	return err
}
