package register

import (
	"slices"
	"strings"

	"damtshilfe/internal/certs"
)

// tenantConflicts finds tenants about which the directory says two things. That two tenants of one Betriebsart have the same kennung is
// refused when it is built.
func (d *Directory) tenantConflicts() []Gap {
	var gaps []Gap
	add := func(m *Mandant, kennung, detail string) {
		gap := Gap{Kind: GapTenant, Betriebsart: m.Betriebsart, Kennung: kennung, Name: m.Name, Detail: detail}
		if e := d.entry(kennung, m); e != nil {
			gap.Land = e.Land
		}
		gaps = append(gaps, gap)
	}
	holders := map[string][]*Mandant{} // by fingerprint: a certificate acts for whoever it belongs to
	for i := range d.file.Mandanten {
		m := &d.file.Mandanten[i]
		for _, fp := range m.Certificates() {
			if fp = certs.CleanFingerprint(fp); !slices.Contains(holders[fp], m) {
				holders[fp] = append(holders[fp], m)
			}
		}
		for _, k := range m.Kennungen {
			if rz := d.mailboxElsewhere(k, m); rz != "" {
				add(m, k, "Mandant im Rechenzentrum "+m.Rechenzentrum+", Kanal im Rechenzentrum "+rz)
			}
		}
	}
	for fp, list := range holders {
		for _, m := range list {
			var others []string
			for _, o := range list {
				if o != m {
					others = append(others, o.Name+" ("+string(o.Betriebsart)+")")
				}
			}
			if len(others) > 0 {
				add(m, m.Kennungen[0], "Client-Zertifikat "+fp[:16]+"… beanspruchen auch "+strings.Join(others, ", "))
			}
		}
	}
	return gaps
}

func (d *Directory) entry(kennung string, m *Mandant) *Eintrag {
	i := slices.IndexFunc(d.file.Behoerden, func(e Eintrag) bool { return e.Kennung == kennung && e.Betriebsart == m.Betriebsart })
	if i < 0 {
		return nil
	}
	return &d.file.Behoerden[i]
}

// mailboxElsewhere gives the data centre of an authority's channel, if it is not that of its tenant.
func (d *Directory) mailboxElsewhere(kennung string, m *Mandant) string {
	if e := d.entry(kennung, m); e != nil {
		for _, k := range e.Kanaele {
			if k.Rechenzentrum != "" && k.Rechenzentrum != m.Rechenzentrum {
				return k.Rechenzentrum
			}
		}
	}
	return ""
}
