package app

import (
	"fmt"
	"net/url"

	"damtshilfe/internal/register"
	"damtshilfe/internal/status"
)

// showRegister puts on the page which authority server answers, how old its answers are, and what is wrong with the others.
func (g *Gateway) showRegister(o *status.Overview) {
	if a := g.authority; a != nil && a.follow != nil {
		if _, trouble := a.follow.state(); trouble != "" {
			o.Notices = append(o.Notices, "Das Behördenverzeichnis in diesem Gateway: "+trouble)
		}
	}
	if g.register == nil {
		return
	}
	s := g.register.State()
	o.RegisterAnswer, o.RegisterVersion = s.Heard, s.Version
	for _, one := range s.Servers {
		r := status.RegisterServer{URL: one.URL, Answers: one.URL == s.Server && s.Failing.IsZero(), Heard: one.Heard, Failed: one.Failed, Why: one.Why,
			Second: one.Stand.Zweitserver, Behind: one.Stand.Alter, Seq: one.Stand.Seq, Version: one.Stand.Version, Trouble: one.Stand.Meldung}
		if r.Answers {
			r.Since = s.Since
		}
		o.Register = append(o.Register, r)
	}
	o.Notices = append(o.Notices, registerNotices(s)...)
}

// registerNotices say what a person has to look after.
func registerNotices(s register.State) (list []string) {
	away := 0
	for i, one := range s.Servers {
		if !one.Failed.IsZero() {
			away++
		}
		if one.Stand.Meldung != "" && one.Failed.IsZero() {
			list = append(list, fmt.Sprintf("Zweitserver %s des Behördenverzeichnisses: %s", host(one.URL), one.Stand.Meldung))
		}
		if i > 0 || one.Failed.IsZero() || away == len(s.Servers) {
			continue
		}
		text := fmt.Sprintf("Der Hauptserver %s des Behördenverzeichnisses antwortet nicht seit %s", host(one.URL), one.Failed.Format("02.01.2006 15:04"))
		if !s.First && s.Server != "" && s.Failing.IsZero() {
			text += fmt.Sprintf("; der Zweitserver %s antwortet seit %s", host(s.Server), s.Since.Format("02.01.2006 15:04"))
		}
		list = append(list, text+".")
	}
	if away == len(s.Servers) || !s.Failing.IsZero() {
		list = append(list, "Kein Server des Behördenverzeichnisses antwortet. Neue Zuständigkeiten werden weiter erfragt, zurückgewiesen wird nichts.")
	}
	if s.Disk != nil {
		list = append(list, "Die Antworten des Behördenverzeichnisses werden nicht mehr auf dem Datenträger behalten: "+s.Disk.Error())
	}
	return list
}

func host(base string) string {
	if u, err := url.Parse(base); err == nil && u.Host != "" {
		return u.Host
	}
	return base
}
