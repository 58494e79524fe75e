package status

import (
	"context"
	"maps"

	"github.com/prometheus/client_golang/prometheus"

	"damtshilfe/internal/amtshilfe"
)

// collector turns the Overview into metrics at the moment of the scrape, so that they and the page never disagree.
type collector struct {
	src                                  Source
	messages, drops, inbox, bundles      *prometheus.Desc
	account, mailbox, certificate        *prometheus.Desc
	taken, inFlight, held, ended         *prometheus.Desc
	oldest, register, disk, balanced, up *prometheus.Desc
	own, checked, disagreed, ownOff      *prometheus.Desc
	foreign, outage                      *prometheus.Desc
}

func newCollector(src Source) *collector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("damtshilfe_"+name, help, labels, nil)
	}
	return &collector{
		src:         src,
		up:          desc("ledger_up", "1 if the ledger could be read."),
		messages:    desc("messages", "Messages per state.", "state"),
		drops:       desc("drops", "Drops per state.", "state"),
		inbox:       desc("inbox_messages", "Inbound messages per state.", "state"),
		bundles:     desc("bundles", "Print bundles per state.", "state"),
		account:     desc("account_messages", "Messages per account.", "account", "part"),
		mailbox:     desc("mailbox_waiting", "Messages that wait in a mailbox.", "account"),
		foreign:     desc("mailbox_foreign", "Messages of services that are not ours, seen at the last poll.", "account"),
		outage:      desc("destination_out_waiting", "Messages that wait for a data centre that cannot be reached; there is none for one that can.", "destination"),
		certificate: desc("certificate_not_after_timestamp_seconds", "When a certificate ends, in Unix time; those whose end is not known are left out.", "name", "sha256"),
		taken:       desc("messages_taken_total", "Messages ever taken in."),
		inFlight:    desc("messages_in_flight", "Messages that go on by themselves."),
		held:        desc("messages_held", "Messages that wait for a person."),
		ended:       desc("messages_ended_total", "Messages that have ended."),
		oldest:      desc("oldest_in_flight_seconds", "Age of the message longest in flight; 0 = none."),
		register:    desc("register_answer_age_seconds", "Time since the authority server last answered; -1 = not since the start."),
		disk:        desc("disk_free_bytes", "Free space under data_dir."),
		balanced:    desc("messages_balanced", "1 if messages = ended + held + in flight."),

		own:       desc("schema_own_accepted_total", "Messages accepted by our own schema validator since the start."),
		checked:   desc("schema_own_checked_total", "Of these, messages that libxml2 judged as well."),
		disagreed: desc("schema_own_disagreed_total", "Messages that only libxml2 accepted."),
		ownOff:    desc("schema_own_off", "1 if our own validator was wrong and libxml2 judges alone."),
	}
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.up, c.messages, c.drops, c.inbox, c.bundles, c.account, c.mailbox, c.certificate, c.taken, c.inFlight,
		c.held, c.ended, c.oldest, c.register, c.disk, c.balanced, c.own, c.checked, c.disagreed, c.ownOff, c.foreign, c.outage} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), readTimeout)
	defer cancel()
	o, err := c.src.Overview(ctx)
	if err != nil {
		ch <- gauge(c.up, 0)
		return
	}
	ch <- gauge(c.up, 1)
	for _, s := range amtshilfe.States { // all of them: a series that comes and goes cannot be watched
		ch <- gauge(c.messages, o.States[s], string(s))
	}
	perState(ch, c.drops, o.DropState)
	perState(ch, c.inbox, o.Inbox)
	perState(ch, c.bundles, o.Bundles)
	for _, a := range o.Accounts {
		ch <- gauge(c.account, a.InFlight, a.Account, "in_flight")
		ch <- gauge(c.account, a.Held, a.Account, "held")
		ch <- gauge(c.account, a.Ended, a.Account, "ended")
	}
	for _, m := range o.Mailboxes {
		ch <- gauge(c.mailbox, m.Waiting, m.Account)
		ch <- gauge(c.foreign, m.Foreign, m.Account)
	}
	for _, one := range o.Outages {
		ch <- gauge(c.outage, one.Waiting, one.Dest)
	}
	c.certificates(ch, o.Certificates)
	c.totals(ch, o)
	c.schema(ch, o.Schema)
}

// certificates names each once: a certificate may stand in several accounts.
func (c *collector) certificates(ch chan<- prometheus.Metric, list []Certificate) {
	seen := map[[2]string]bool{}
	for _, one := range list {
		key := [2]string{one.Name, one.Fingerprint}
		if one.NotAfter.IsZero() || seen[key] {
			continue
		}
		seen[key] = true
		ch <- gauge(c.certificate, one.NotAfter.Unix(), one.Name, one.Fingerprint)
	}
}

func (c *collector) schema(ch chan<- prometheus.Metric, s Schema) {
	for d, n := range map[*prometheus.Desc]int{c.own: s.Own, c.checked: s.Checked, c.disagreed: s.Disagreed} {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n))
	}
	off := 0
	if s.Off {
		off = 1
	}
	ch <- gauge(c.ownOff, off)
}

func (c *collector) totals(ch chan<- prometheus.Metric, o Overview) {
	ch <- prometheus.MustNewConstMetric(c.taken, prometheus.CounterValue, float64(o.Messages))
	ch <- prometheus.MustNewConstMetric(c.ended, prometheus.CounterValue, float64(o.Ended))
	ch <- gauge(c.inFlight, o.InFlight)
	ch <- gauge(c.held, o.Held)
	oldest, register := 0.0, -1.0
	if !o.OldestWaiting.IsZero() {
		oldest = o.At.Sub(o.OldestWaiting).Seconds()
	}
	if !o.RegisterAnswer.IsZero() {
		register = o.At.Sub(o.RegisterAnswer).Seconds()
	}
	ch <- gauge(c.oldest, oldest)
	ch <- gauge(c.register, register)
	ch <- gauge(c.disk, o.DiskFree)
	balanced := 0
	if o.Balanced() {
		balanced = 1
	}
	ch <- gauge(c.balanced, balanced)
}

func perState[K ~string](ch chan<- prometheus.Metric, d *prometheus.Desc, counts map[K]int) {
	for s, n := range maps.All(counts) {
		ch <- gauge(d, n, string(s))
	}
}

func gauge[N int | int64 | float64](d *prometheus.Desc, v N, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), labels...)
}
