package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/register"
	"damtshilfe/internal/register/store"
	"damtshilfe/internal/xenc"
)

// DirectoryCertificate is a certificate of the directory and how it stands.
type DirectoryCertificate struct {
	Fingerprint string    `json:"fingerprint"`
	Purpose     string    `json:"purpose"` // tls, verschluesselung; "" = only its revocation is known
	Kennung     string    `json:"kennung,omitempty"`
	Betriebsart string    `json:"betriebsart,omitempty"`
	NotBefore   time.Time `json:"not_before,omitzero"`
	NotAfter    time.Time `json:"not_after,omitzero"`
	Successor   string    `json:"successor,omitempty"`
	Revoked     time.Time `json:"revoked,omitzero"`
	Why         string    `json:"why,omitempty"`
	State       string    `json:"state"` // fine, soon, near, urgent, expired; future, replaced, revoked
}

// Warns says that somebody has to do something about the certificate.
func (c DirectoryCertificate) Warns() bool {
	return slices.Contains([]string{"soon", "near", "urgent", "expired"}, c.State)
}

// DirectoryCertificates lists the certificates of a directory, those that end first at the top, with what was revoked since.
func DirectoryCertificates(d *register.Directory, revoked []register.Sperre, now time.Time) (list []DirectoryCertificate) {
	lost := map[string]register.Sperre{}
	for _, one := range revoked {
		lost[certs.CleanFingerprint(one.Fingerabdruck)] = one
	}
	known := map[string]bool{}
	for _, z := range d.View().Zertifikate {
		c := DirectoryCertificate{Fingerprint: certs.CleanFingerprint(z.Fingerabdruck), Purpose: z.Zweck, Kennung: z.Kennung, Betriebsart: string(z.Betriebsart),
			NotBefore: z.GueltigAb, NotAfter: z.GueltigBis, Successor: certs.CleanFingerprint(z.Nachfolger), Revoked: z.Gesperrt, Why: z.Grund}
		if one, ok := lost[c.Fingerprint]; ok && c.Revoked.IsZero() {
			c.Revoked, c.Why = one.Ab, one.Grund
		}
		known[c.Fingerprint] = true
		list = append(list, c)
	}
	for fp, one := range lost {
		if !known[fp] {
			list = append(list, DirectoryCertificate{Fingerprint: fp, Revoked: one.Ab, Why: one.Grund})
		}
	}
	usable := map[string]bool{}
	for _, c := range list {
		usable[c.Fingerprint] = c.Revoked.IsZero() && now.Before(c.NotAfter)
	}
	for i := range list {
		list[i].State = list[i].judge(now, usable[list[i].Successor])
	}
	slices.SortFunc(list, func(a, b DirectoryCertificate) int {
		if by := a.NotAfter.Compare(b.NotAfter); by != 0 {
			return by
		}
		return strings.Compare(a.Fingerprint+a.Purpose, b.Fingerprint+b.Purpose)
	})
	return list
}

// judge gives the state; replaced says that the successor can be used.
func (c DirectoryCertificate) judge(now time.Time, replaced bool) string {
	switch {
	case !c.Revoked.IsZero():
		return "revoked"
	case replaced:
		return "replaced"
	case now.Before(c.NotBefore):
		return "future"
	}
	return certs.UrgencyOf(c.NotAfter, now).String()
}

// NewCertificate is one to be entered into the directory.
type NewCertificate struct {
	File          string                // PEM or DER
	Kennung       string                // of a data centre or an authority
	Betriebsart   amtshilfe.Betriebsart // of the authority; "" = it has only one, or it is a data centre
	Zweck         string
	NachfolgerVon string // fingerprint, or the beginning of it, of the one that it replaces; "" = of none
}

// EnterCertificate puts a certificate into the directory: from then on it counts beside those that are there. alone says that it is the
// first one of a data centre's servers, so that no other is accepted from now on.
func EnterCertificate(ctx context.Context, s *store.Store, n NewCertificate, by store.By) (z register.Zertifikat, alone bool, r store.Result, err error) {
	if z, err = n.read(s, time.Now()); err != nil {
		return z, false, r, err
	}
	by.Quelle = "Zertifikat " + z.Fingerabdruck[:16]
	r, err = s.Change(ctx, by, func(f *register.File) (err error) {
		alone, err = n.enter(f, &z)
		return err
	})
	return z, alone, r, err
}

// read judges the certificate by itself.
func (n NewCertificate) read(s *store.Store, now time.Time) (z register.Zertifikat, err error) {
	cert, err := certs.ReadCert(n.File)
	if err != nil {
		return z, err
	}
	z = register.Zertifikat{Fingerabdruck: certs.Fingerprint(cert), Zweck: n.Zweck, Kennung: n.Kennung, GueltigAb: cert.NotBefore.UTC(), GueltigBis: cert.NotAfter.UTC()}
	revoked, err := s.Sperren()
	if err != nil {
		return z, err
	}
	switch {
	case slices.Contains(fingerprintsOf(revoked), z.Fingerabdruck):
		return z, errors.New("this certificate is revoked, and stays so")
	case now.After(cert.NotAfter):
		return z, fmt.Errorf("this certificate has ended on %s", cert.NotAfter.Format(time.DateOnly))
	case n.Zweck == register.ZweckVerschluesselung:
		if err := xenc.Usable(cert, cert.NotBefore); err != nil {
			return z, err
		}
	case cert.IsCA:
		return z, errors.New("this is the certificate of a CA, not of a server or a client")
	}
	return z, nil
}

// enter puts it into a directory, next to the one that it replaces.
func (n NewCertificate) enter(f *register.File, z *register.Zertifikat) (alone bool, err error) {
	if z.Betriebsart, err = n.whose(f); err != nil {
		return false, err
	}
	servers := z.Zweck == register.ZweckTLS && z.Betriebsart == ""
	if servers {
		i := slices.IndexFunc(f.Rechenzentren, func(r register.Rechenzentrum) bool { return r.Kennung == n.Kennung })
		alone = len(f.Rechenzentren[i].TLS) == 0 && !slices.ContainsFunc(f.Zertifikate, func(o register.Zertifikat) bool { return o.Kennung == z.Kennung && o.Zweck == z.Zweck })
	}
	if n.NachfolgerVon != "" {
		old, err := oneOfThem(f, *z, n.NachfolgerVon)
		if err != nil {
			return false, err
		}
		f.Zertifikate[old].Nachfolger = z.Fingerabdruck
	}
	if i := slices.IndexFunc(f.Zertifikate, func(o register.Zertifikat) bool {
		return certs.SameFingerprint(z.Fingerabdruck, o.Fingerabdruck) && o.Zweck == z.Zweck
	}); i < 0 {
		f.Zertifikate = append(f.Zertifikate, *z)
	} else if o := f.Zertifikate[i]; o.Kennung != z.Kennung || o.Betriebsart != z.Betriebsart {
		return false, fmt.Errorf("this certificate belongs to %s already", o.Kennung)
	}
	for i, m := range f.Mandanten { // the client certificate of a tenant
		if z.Zweck == register.ZweckTLS && z.Betriebsart == m.Betriebsart && slices.Contains(m.Kennungen, z.Kennung) && !slices.Contains(m.Zertifikate, z.Fingerabdruck) {
			f.Mandanten[i].Zertifikate = append(slices.Clip(m.Zertifikate), z.Fingerabdruck)
		}
	}
	return alone, nil
}

// whose finds the Betriebsart of the entry; "" for a data centre.
func (n NewCertificate) whose(f *register.File) (amtshilfe.Betriebsart, error) {
	centre := slices.ContainsFunc(f.Rechenzentren, func(r register.Rechenzentrum) bool { return r.Kennung == n.Kennung })
	var found []amtshilfe.Betriebsart
	for _, e := range f.Behoerden {
		if e.Kennung == n.Kennung && (n.Betriebsart == "" || e.Betriebsart == n.Betriebsart) {
			found = append(found, e.Betriebsart)
		}
	}
	switch {
	case centre && n.Zweck == register.ZweckTLS && n.Betriebsart == "":
		return "", nil
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return "", fmt.Errorf("%s is there for %v: say which with --betriebsart", n.Kennung, found)
	}
	return "", fmt.Errorf("the directory has no %s", n.Kennung)
}

// oneOfThem finds the certificate with that fingerprint, or the only one that begins so, of the same owner and purpose.
func oneOfThem(f *register.File, z register.Zertifikat, begin string) (int, error) {
	begin = certs.CleanFingerprint(begin)
	at := -1
	for i, o := range f.Zertifikate {
		if o.Zweck != z.Zweck || o.Kennung != z.Kennung || o.Betriebsart != z.Betriebsart || !strings.HasPrefix(certs.CleanFingerprint(o.Fingerabdruck), begin) {
			continue
		}
		if at >= 0 {
			return 0, fmt.Errorf("several certificates of %s begin with %s", z.Kennung, begin)
		}
		at = i
	}
	if at < 0 || len(begin) < 8 {
		return 0, fmt.Errorf("%s has no certificate %s for %s (say at least 8 digits)", z.Kennung, begin, z.Zweck)
	}
	return at, nil
}

// WholeFingerprint completes the beginning of a fingerprint from what the directory has; whole ones need not be there.
func WholeFingerprint(d *register.Directory, begin string) (string, error) {
	begin = certs.CleanFingerprint(begin)
	if len(begin) == 64 {
		return begin, nil
	}
	found := map[string]bool{}
	f := d.View()
	note := func(fp string) {
		if fp = certs.CleanFingerprint(fp); strings.HasPrefix(fp, begin) {
			found[fp] = true
		}
	}
	for _, z := range f.Zertifikate {
		note(z.Fingerabdruck)
	}
	for _, r := range f.Rechenzentren {
		for _, fp := range r.TLS {
			note(fp)
		}
	}
	for _, e := range f.Behoerden {
		for _, k := range e.Kanaele {
			note(k.Zertifikat)
		}
	}
	for _, m := range f.Mandanten {
		for _, fp := range m.Zertifikate {
			note(fp)
		}
	}
	if len(begin) < 8 || len(found) != 1 {
		return "", fmt.Errorf("%d certificates of the directory begin with %q: want all 64 digits, or at least 8 that tell", len(found), begin)
	}
	for fp := range found {
		begin = fp
	}
	return begin, nil
}

// ending lists the certificates of the served directory that somebody has to renew: of the others nobody need be told.
func (a *Authority) ending() (list []Certificate) {
	d := a.server.Directory()
	if d == nil {
		return nil
	}
	now := time.Now
	if a.o.Now != nil {
		now = a.o.Now
	}
	var revoked []register.Sperre
	if a.data.store != nil {
		revoked, _ = a.data.store.Sperren() // one that is revoked need not be renewed; without the list it is said all the same
	}
	for _, c := range DirectoryCertificates(d, revoked, now()) {
		if c.Warns() {
			list = append(list, Certificate{Name: "directory: " + c.Kennung + " (" + c.Purpose + ")", Fingerprint: c.Fingerprint, NotAfter: c.NotAfter})
		}
	}
	return list
}
