package rules

import (
	"time"

	"damtshilfe/internal/amtshilfe"
)

// maxAlter is how many days a request may be old when it is sent.
const maxAlter = 21

// TooOld is HINDERNIS-ALTER: a request older than 21 days at the moment it would be sent. Check asks at intake, the pipeline
// again before it sends or prints.
func TooOld(ersuchenVom, now time.Time) (f amtshilfe.Finding, old bool) {
	if ersuchenVom.IsZero() || day(now)-day(ersuchenVom) <= maxAlter {
		return amtshilfe.Finding{}, false
	}
	return finding(codeAlter, "/vollstreckungshilfe.Ersuchen.003/ersuchenVom", ""), true
}

// dated is one date of a message with the words that a finding uses for it.
type dated struct {
	at   time.Time
	path string // below the part it belongs to
	name string // with article: "die Bekanntgabe"
}

func kopfDatum(k *check) {
	k.possible(k.m.Kopf.Erstellt, "", "/nachrichtenkopf/erstellungszeitpunkt", "der Erstellungszeitpunkt")
}

func ersuchenDatum(k *check) {
	if !k.request() {
		return
	}
	k.possible(k.e.Vom, "", "/ersuchenVom", "das Datum des Ersuchens")
	if f, old := TooOld(k.e.Vom, k.Now); old {
		f.Path = "/" + k.m.Root + "/ersuchenVom"
		k.findings = append(k.findings, f)
	}
}

// lebensdaten judges the dates of the listed persons and of their addresses.
func lebensdaten(k *check) {
	list := k.listed()
	for i := range list {
		s := &list[i]
		at := step("/schuldner", i)
		for j := range s.Person.Anschriften {
			if a := &s.Person.Anschriften[j]; !a.Von.IsZero() && !a.Bis.IsZero() && day(a.Bis) < day(a.Von) {
				k.report(codeDatum, at+"/person"+step("/adressStamm", j)+"/anschrift/gueltigkeit/ende", "die Anschrift endet vor ihrem Beginn")
			}
		}
		if s.Person.Sterbedatum.IsZero() && s.Person.Geburtsdatum.IsZero() && s.Insolvenz == nil {
			continue
		}
		k.leben(s, at)
	}
}

func (k *check) leben(s *amtshilfe.Schuldner, at string) {
	born, died := s.Person.Geburtsdatum, s.Person.Sterbedatum
	if !born.IsZero() && day(born) > k.today {
		k.report(codeDatum, at+"/person"+personNat+"/geburt/datum", "das Geburtsdatum liegt in der Zukunft")
	}
	k.possible(died, at, "/person"+personNat+"/sterbedatum", "das Sterbedatum")
	if !born.IsZero() && !died.IsZero() && day(died) < day(born) {
		k.report(codeDatum, at+"/person"+personNat+"/sterbedatum", "das Sterbedatum liegt vor dem Geburtsdatum")
	}
	if s.Insolvenz != nil {
		k.possible(s.Insolvenz.EroeffnetAm, at, "/insolvenz/eroeffnetAm", "die Eröffnung des Insolvenzverfahrens")
	}
}

// titelDatum holds titel <= bekanntgabe <= reminder <= ersuchenVom, skipping what is not named; the ground of enforceability
// lies before the request too.
func (k *check) titelDatum(t *amtshilfe.Titel, at string) {
	order := [...]dated{
		{t.Datum, "/datum", "das Datum des Titels"},
		{t.BekanntgabeAm, "/bekanntgabe/am", "die Bekanntgabe"},
		{t.MahnungAm, "/mahnung/datum", "die Mahnung"},
	}
	var before *dated
	for i := range order {
		d := &order[i]
		if d.at.IsZero() {
			continue
		}
		if before != nil && day(d.at) < day(before.at) {
			k.report(codeDatum, at+d.path, d.name+" liegt vor "+dativ(before.name))
		}
		if k.possible(d.at, at, d.path, d.name) {
			k.notAfterRequest(d.at, at, d.path, d.name)
		}
		before = d
	}
	v := &t.Vollstreckbarkeit
	k.notAfterRequest(v.UnanfechtbarSeit, at, "/vollstreckbarkeit/unanfechtbarSeit", "die Unanfechtbarkeit")
	k.notAfterRequest(v.SofortigeVollziehungAngeordnetAm, at, "/vollstreckbarkeit/sofortigeVollziehungAngeordnetAm",
		"die Anordnung der sofortigen Vollziehung")
}

func (k *check) notAfterRequest(t time.Time, at, path, name string) {
	if !t.IsZero() && !k.e.Vom.IsZero() && day(t) > day(k.e.Vom) {
		k.report(codeDatum, at+path, name+" liegt nach dem Datum des Ersuchens")
	}
}

// possible refuses what cannot be. Tomorrow is tolerated: nightly exports are dated with the day they are meant for.
func (k *check) possible(t time.Time, at, path, name string) bool {
	switch {
	case t.IsZero():
		return true
	case day(t) > k.today+1:
		k.report(codeDatum, at+path, name+" liegt in der Zukunft")
	case t.Year() < 1900:
		k.report(codeDatum, at+path, name+" liegt vor dem Jahr 1900")
	default:
		return true
	}
	return false
}

// dativ puts the name of a date into the dative: "das Datum" after "vor" becomes "dem Datum".
func dativ(name string) string {
	switch name[:4] {
	case "das ":
		return "dem " + name[4:]
	case "die ":
		return "der " + name[4:]
	}
	return name
}
