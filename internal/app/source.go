package app

import (
	"context"
	"fmt"
	"sort"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/status"
	"damtshilfe/spool"
)

// statusSource lets the status page read the gateway.
type statusSource struct{ g *Gateway }

// Overview is the gateway at a glance, from counters.
func (s statusSource) Overview(ctx context.Context) (status.Overview, error) {
	g := s.g
	o := status.Overview{At: g.opts.Now(), Name: g.Config.Operator.Name, Kennung: g.Config.Operator.Kennung, Version: Version, Betriebsart: g.Config.Betriebsart,
		States: map[amtshilfe.State]int{}}
	totals, err := g.Ledger.Totals()
	if err != nil {
		return o, err
	}
	accounts := map[string]*status.Account{}
	for _, p := range g.Config.Participants {
		accounts[p.Account] = &status.Account{Account: p.Account, Name: p.Name, Betriebsart: p.Betriebsart}
	}
	for _, t := range totals {
		a := accounts[t.Account]
		if a == nil {
			a = &status.Account{Account: t.Account, Name: t.Account}
			accounts[t.Account] = a
		}
		o.States[t.State] += t.N
		a.Messages += t.N
		a.Betrag += t.Cents
		switch kindOf(t.State, g.finalSpooled()) {
		case ended:
			a.Ended += t.N
		case held:
			a.Held += t.N
		default:
			a.InFlight += t.N
		}
	}
	drops, err := g.Ledger.DropCounts()
	if err != nil {
		return o, err
	}
	o.DropState = map[amtshilfe.DropState]int{}
	for _, d := range drops {
		o.DropState[d.State] += d.N
		if a := accounts[d.Account]; a != nil {
			a.Drops += d.N
		}
	}
	for _, a := range accounts {
		o.Messages, o.InFlight, o.Held, o.Ended = o.Messages+a.Messages, o.InFlight+a.InFlight, o.Held+a.Held, o.Ended+a.Ended
		o.Accounts = append(o.Accounts, *a)
	}
	sort.Slice(o.Accounts, func(i, k int) bool { return o.Accounts[i].Account < o.Accounts[k].Account })
	return o, s.surroundings(ctx, &o)
}

// surroundings fills what lies around the messages: inbox, bundles, mailboxes, certificates, register, schemas, disk.
func (s statusSource) surroundings(ctx context.Context, o *status.Overview) error {
	if err := s.queues(o); err != nil {
		return err
	}
	if err := s.mailboxes(ctx, o); err != nil {
		return err
	}
	if err := s.g.showCertificates(ctx, o); err != nil {
		return err
	}
	s.g.showRegister(o)
	s.schemas(o)
	return s.disk(o)
}

// queues tells what waits in the ledger beside deliveries.
func (s statusSource) queues(o *status.Overview) (err error) {
	l := s.g.Ledger
	if o.Inbox, err = l.InboxCounts(); err != nil {
		return err
	}
	if o.Bundles, err = l.BundleCounts(); err != nil {
		return err
	}
	asked, err := l.AskedBundles()
	if err != nil {
		return err
	}
	o.AskedBundles = len(asked)
	if o.HeldDrops, err = l.CountHeldDrops(); err != nil {
		return err
	}
	w, err := l.Work()
	if err != nil {
		return err
	}
	o.OldestWaiting = w.Oldest
	outages, err := l.Outages()
	for _, one := range outages {
		o.Outages = append(o.Outages, status.Outage{Dest: one.Dest, Since: one.Since, Probe: one.Probe, Failures: one.Failures, Waiting: one.Waiting})
	}
	return err
}

// mailboxes tells what lies in the mailboxes of our own server, and how the last fetch of each account ended.
func (s statusSource) mailboxes(ctx context.Context, o *status.Overview) error {
	g := s.g
	if g.Mailbox == nil {
		return nil
	}
	c, err := g.Mailbox.Counts(ctx)
	if err != nil {
		return err
	}
	trouble, err := g.Mailbox.RelayTrouble(ctx)
	if err != nil {
		return err
	}
	if trouble > 0 {
		o.Notices = append(o.Notices, fmt.Sprintf("%d XTA-Aufträge für andere Rechenzentren kommen nicht weiter; woran es liegt, zeigt gateway xta relays.", trouble))
	}
	for _, p := range g.Config.Participants {
		m := status.Mailbox{Account: p.Account}
		for _, k := range p.Kennungen {
			m.Waiting += c.Waiting[k]
		}
		if m.LastPoll, m.Foreign, err = g.Pipeline.Polled(p.Account); err != nil {
			m.Trouble = "Der letzte Abruf ist nicht bis zum Ende gekommen; er wird wiederholt. Die Ursache steht im Protokoll."
		}
		g.accountChecked(&m)
		if trouble := g.accountTrouble(p.Account); trouble != "" {
			m.Trouble = trouble
		}
		o.Mailboxes = append(o.Mailboxes, m)
	}
	return nil
}

// schemas tells what our own validator judged alone.
func (s statusSource) schemas(o *status.Overview) {
	own := s.g.validator.Stats()
	o.Schema = status.Schema{Own: int(own.Accepted), Checked: int(own.Checked), Disagreed: int(own.Disagreed), Off: own.Off}
	if own.Off {
		o.Notices = append(o.Notices, "Die eigene Schemaprüfung hat eine Nachricht angenommen, die libxml2 ablehnt; bis zum nächsten Start prüft libxml2 allein. Die Nachricht nennt das Protokoll.")
	}
}

// disk tells what stays in the in folders and whether there is room.
func (s statusSource) disk(o *status.Overview) (err error) {
	g := s.g
	for _, p := range g.Config.Participants {
		waiting, err := g.Spool.Waiting(p.Account)
		if err != nil {
			return err
		}
		if notice := waitingNotice(p.Account, waiting, o.At); notice != "" {
			o.Notices = append(o.Notices, notice)
		}
	}
	if err := s.printing(o); err != nil {
		return err
	}
	waiting, err := unreleased(g.profiles, g.Ledger)
	if err != nil {
		return err
	}
	for _, u := range waiting {
		o.Notices = append(o.Notices, u.notice())
	}
	o.DiskFree, err = g.Spool.Free()
	if o.DiskFree < int64(g.Config.Intake.MinFree) {
		o.Notices = append(o.Notices, "Auf dem Datenträger ist zu wenig Platz: Es wird nichts mehr angenommen, bis wieder Platz ist.")
	}
	return err
}

// printing tells how it stands with the print centres.
func (s statusSource) printing(o *status.Overview) error {
	stands, err := s.g.printDesk().Stands()
	for _, p := range stands {
		o.Print = append(o.Print, status.Print{Profile: p.Profile, Letters: p.Letters, Sheets: p.Sheets, Capacity: p.Capacity, Quittung: p.Quittung, Fehler: p.Fehler, Overdue: p.Overdue, Next: p.Until})
		if p.Fehler > 0 {
			o.Notices = append(o.Notices, fmt.Sprintf("Im Druckprofil %s liegen %d Quittungen in fehler/, die nicht gebucht wurden; den Grund nennt die Datei daneben. Bitte mit dem Druckzentrum klären und die Dateien entfernen.", p.Profile, p.Fehler))
		}
		for _, notice := range []string{p.notice(), p.stuck(s.g.opts.Now())} {
			if notice != "" {
				o.Notices = append(o.Notices, notice)
			}
		}
	}
	return err
}

// waitsLong is how long a file may wait for its rename or marker before somebody should ask its sender.
const waitsLong = 15 * time.Minute

// waitingNotice tells of files in an in folder that will never be taken by themselves; names stay with the sender.
func waitingNotice(account string, waiting []spool.Waiting, now time.Time) string {
	n, oldest := 0, now
	for _, w := range waiting {
		if w.Reason == spool.WaitSettle || now.Sub(w.Since) < waitsLong {
			continue
		}
		if n++; w.Since.Before(oldest) {
			oldest = w.Since
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("Im Eingang von %s liegen %d Dateien, die nicht übernommen werden, die älteste seit %s: Ihnen fehlt die Umbenennung auf den endgültigen Namen oder die Fertig-Marke.",
		account, n, oldest.Format("02.01.2006 15:04"))
}

const (
	inFlight = iota
	held
	ended
)

func kindOf(s amtshilfe.State, spooledEnds bool) int {
	switch {
	case s.Waits():
		return held
	case s.Ended() || s == amtshilfe.Spooled && spooledEnds:
		return ended
	}
	return inFlight
}

// finalSpooled says that no print profile sends acknowledgements, so that a spooled letter is at its end.
func (g *Gateway) finalSpooled() bool {
	for _, p := range g.profiles {
		if p.Acknowledgements {
			return false
		}
	}
	return true
}
