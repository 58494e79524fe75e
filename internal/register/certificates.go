package register

import (
	"slices"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
)

// certificates are those of a directory by whom they belong to.
type certificates struct {
	tls      map[string][]Zertifikat   // of data centres, by kennung
	encipher map[entryKey][]Zertifikat // of authorities
}

func newCertificates(list []Zertifikat) certificates {
	c := certificates{tls: map[string][]Zertifikat{}, encipher: map[entryKey][]Zertifikat{}}
	for _, z := range list {
		z.Fingerabdruck, z.Nachfolger = certs.CleanFingerprint(z.Fingerabdruck), certs.CleanFingerprint(z.Nachfolger)
		switch {
		case z.Zweck == ZweckTLS && z.Betriebsart == "":
			c.tls[z.Kennung] = append(c.tls[z.Kennung], z)
		case z.Zweck == ZweckVerschluesselung:
			k := entryKey{z.Kennung, z.Betriebsart}
			c.encipher[k] = append(c.encipher[k], z)
		}
	}
	return c
}

// revokedIn lists the certificates that a directory itself calls revoked.
func revokedIn(d *Directory) (list []Sperre) {
	if d == nil {
		return nil
	}
	for _, z := range d.file.Zertifikate {
		if !z.Gesperrt.IsZero() {
			list = append(list, Sperre{Fingerabdruck: certs.CleanFingerprint(z.Fingerabdruck), Ab: z.Gesperrt, Grund: z.Grund})
		}
	}
	return list
}

// counting are the certificates that count at a moment.
type counting struct {
	certificates
	now     time.Time
	revoked func(fingerprint string) bool
}

// lost says that a certificate is revoked.
func (c counting) lost(z Zertifikat) bool { return !z.Gesperrt.IsZero() || c.revoked(z.Fingerabdruck) }

// into puts them into the answer for a Betriebsart. Of a data centre's servers these are all that are not revoked and not over, so that
// one may take the place of another at any time; of a reader it is one: the newest that is valid. Where all are revoked the answer names
// them still: without a name anything would do.
func (c counting) into(z amtshilfe.Zustaendigkeit, b amtshilfe.Betriebsart) amtshilfe.Zustaendigkeit {
	for i := range z.Kanaele {
		k := &z.Kanaele[i]
		if k.Art != amtshilfe.KanalXTA {
			continue
		}
		k.Rechenzentrum.TLS = c.servers(k.Rechenzentrum.TLS, c.tls[k.Rechenzentrum.Kennung])
		if list := c.encipher[entryKey{z.Behoerde.Kennung, b}]; len(list) > 0 {
			k.Zertifikat = c.newest(list)
		}
	}
	return z
}

// servers joins the fingerprints that stand with a data centre and its certificates.
func (c counting) servers(named []string, list []Zertifikat) []string {
	var all, good []string
	for _, f := range named {
		f = certs.CleanFingerprint(f)
		if !slices.ContainsFunc(list, func(z Zertifikat) bool { return z.Fingerabdruck == f }) {
			list = append(slices.Clip(list), Zertifikat{Fingerabdruck: f})
		}
	}
	for _, z := range list {
		all = append(all, z.Fingerabdruck)
		if over := !z.GueltigBis.IsZero() && c.now.After(z.GueltigBis); !over && !c.lost(z) {
			good = append(good, z.Fingerabdruck)
		}
	}
	if len(good) > 0 {
		return good
	}
	return all
}

// newest is the certificate that a reader's messages are encrypted for.
func (c counting) newest(list []Zertifikat) string {
	grade := func(z Zertifikat) int {
		switch {
		case c.lost(z):
			return 0
		case c.now.After(z.GueltigBis) || c.now.Before(z.GueltigAb):
			return 1
		}
		return 2
	}
	best := list[0]
	for _, z := range list[1:] {
		switch a, b := grade(z), grade(best); {
		case a > b, a == b && best.Nachfolger == z.Fingerabdruck:
			best = z
		case a == b && z.Nachfolger != best.Fingerabdruck && z.GueltigAb.After(best.GueltigAb):
			best = z
		}
	}
	return best.Fingerabdruck
}
