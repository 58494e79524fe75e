package xta_test

import (
	"flag"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/xta"

	"pgregory.net/rapid"
)

// model is what a test believes of one MessageID.
type model struct {
	id        string
	state     xta.MailState
	record    string // why it was withdrawn
	fetched   bool
	entry     time.Time
	issued    time.Time
	ended     time.Time
	gone      bool      // its content was removed
	notBefore time.Time // zero = none
	obsolete  time.Time // end of ObsoleteAfter, zero = none
}

func (m *model) seen(now time.Time) bool {
	return m.state == xta.MailStored && !m.entry.After(now)
}

func (s *story) withdraw(m *model, why string) bool {
	if m.state != xta.MailStored || m.fetched {
		return false
	}
	m.state, m.record, m.ended = xta.MailWithdrawn, why, s.now
	return true
}

// forgotten is the state of an id whose row was removed.
const forgotten xta.MailState = "forgotten"

// story plays calls against a mailbox and against models of its messages.
type story struct {
	*clockwork
	r        *rapid.T
	messages []*model
	departed bool
}

// TestLifeOfAMessageID: whatever is called in whatever order, with restarts and the clock going on, every answer, list, report
// and counter is what the states of design 4 and xta.md allow.
func TestLifeOfAMessageID(t *testing.T) {
	// A fifth of rapid's default is enough for every run; -rapid.checks asks for more.
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		n := "20"
		if testing.Short() {
			n = "8"
		}
		check(t, checks.Value.Set(n))
		defer checks.Value.Set(checks.DefValue) //nolint:errcheck // it was that before
	}
	base := newClockwork(t)
	rapid.Check(t, func(r *rapid.T) {
		base.path, base.now = t.TempDir(), time.Now().UTC().Truncate(time.Millisecond)
		base.restart()
		base.world.records = nil // nobody reads them here
		s := &story{clockwork: base, r: r}
		r.Repeat(map[string]func(*rapid.T){
			"issue":    func(*rapid.T) { s.begin() },
			"put":      func(*rapid.T) { s.send(s.begin()) },
			"put more": func(*rapid.T) { s.send(s.begin()) },
			"send":     func(*rapid.T) { s.about(s.send) },
			"fetch":    func(*rapid.T) { s.about(s.tryFetch) },
			"refetch":  func(*rapid.T) { s.about(s.tryFetch) },
			"close":    func(*rapid.T) { s.about(s.tryClose) },
			"cancel":   func(*rapid.T) { s.about(s.tryCancel) },
			"obsolete": func(*rapid.T) { s.withdrawObsolete() },
			"tidy":     func(*rapid.T) { s.tidy() },
			"depart": func(r *rapid.T) {
				if rapid.IntRange(0, 2).Draw(r, "really") == 0 {
					s.depart()
				}
			},
			"readmit": func(*rapid.T) { s.readmit() },
			"restart": func(*rapid.T) { s.restart() },
			"time":    func(r *rapid.T) { s.now = s.now.Add(time.Duration(rapid.IntRange(0, 30).Draw(r, "hours")) * time.Hour) },
			"":        func(*rapid.T) { s.compare() },
		})
	})
}

func (s *story) about(f func(*model)) {
	if len(s.messages) == 0 {
		s.r.Skip("no message")
	}
	recent := s.messages[max(0, len(s.messages)-4):]
	f(recent[rapid.IntRange(0, len(recent)-1).Draw(s.r, "message")])
}

func (s *story) begin() *model {
	m := &model{id: s.issue(), state: xta.MailIssued, issued: s.now}
	s.messages = append(s.messages, m)
	return m
}

func (s *story) wants(what, got, want string) {
	s.t.Helper()
	if got != want {
		s.r.Fatalf("%s: %q, want %q", what, got, want)
	}
}

func (s *story) send(m *model) {
	var notBefore, obsolete time.Time
	attributes := ""
	if h := rapid.SampledFrom([]int{0, 0, -1, 3, 40}).Draw(s.r, "not before"); h != 0 {
		notBefore = s.now.Add(time.Duration(h) * time.Hour)
		attributes = "<oscimeta:NotBefore>" + at(notBefore) + "</oscimeta:NotBefore>"
	}
	if d := rapid.SampledFrom([]int{-9, -9, -1, 0, 2}).Draw(s.r, "obsolete after"); d != -9 {
		day := s.now.Truncate(24*time.Hour).AddDate(0, 0, d)
		obsolete = day.AddDate(0, 0, 1)
		attributes += "<oscimeta:ObsoleteAfter>" + day.Format(time.DateOnly) + "</oscimeta:ObsoleteAfter>"
	}
	got := code(s.t, s.answerAs(s.authorCert, "/xta/send", order(m.id, "<oscimeta:DeliveryAttributes/>", "<oscimeta:DeliveryAttributes>"+attributes+"</oscimeta:DeliveryAttributes>")))
	switch {
	case s.departed, !obsolete.IsZero() && (!obsolete.After(s.now) || !obsolete.After(notBefore)):
		s.wants("send", got, "9022")
	case m.state == forgotten:
		s.wants("send of a forgotten id", got, "9022")
	case m.state != xta.MailIssued:
		s.wants("send again", got, "9024")
	default:
		s.wants("send", got, "")
		m.state, m.entry, m.notBefore, m.obsolete = xta.MailStored, s.now, notBefore, obsolete
		if notBefore.After(s.now) {
			m.entry = notBefore
		}
	}
}

func (s *story) tryFetch(m *model) {
	got := code(s.t, s.fetch(m.id))
	if !m.seen(s.now) {
		s.wants("fetch of "+string(m.state), got, "9070")
		return
	}
	s.wants("fetch", got, "")
	m.fetched = true
}

func (s *story) tryClose(m *model) {
	got := s.close(m.id)
	if !m.seen(s.now) {
		s.wants("close of "+string(m.state), got, "9070")
		return
	}
	s.wants("close", got, "")
	m.state, m.ended = xta.MailClosed, s.now
}

func (s *story) tryCancel(m *model) {
	got := s.cancel(m.id)
	switch {
	case m.state == xta.MailIssued, m.state == forgotten:
		s.wants("cancel of an issued or forgotten id", got, "9022")
	case m.record == "storniert":
		s.wants("cancel again", got, "")
	case m.notBefore.IsZero():
		s.wants("cancel without NotBefore", got, "9101")
	case m.notBefore.After(s.now) && s.withdraw(m, "storniert"):
		s.wants("cancel", got, "")
	default:
		s.wants("cancel too late", got, "9100")
	}
}

func (s *story) withdrawObsolete() {
	want := 0
	for _, m := range s.messages {
		if !m.obsolete.IsZero() && !m.obsolete.After(s.now) && s.withdraw(m, "verfallen") {
			want++
		}
	}
	got, err := s.mailbox.WithdrawObsolete()
	check(s.t, err)
	s.wants("obsolete", strconv.Itoa(got), strconv.Itoa(want))
}

// tidy removes contents after a day, rows after three and unused ids after two.
func (s *story) tidy() {
	var want xta.Tidied
	day := 24 * time.Hour
	over := func(at time.Time, term time.Duration) bool { return at.Before(s.now.Add(-term)) }
	for _, m := range s.messages {
		if !m.ended.IsZero() && !m.gone && over(m.ended, day) {
			m.gone = true
			want.Contents++
		}
		switch {
		case m.gone && m.state != forgotten && over(m.ended, 3*day):
			m.state = forgotten
			want.Reports++
		case m.state == xta.MailIssued && over(m.issued, 2*day):
			m.state = forgotten
			want.Unused++
		}
	}
	got, err := s.mailbox.Tidy(s.t.Context(), xta.Terms{Content: day, Reports: 3 * day, Unused: 2 * day})
	check(s.t, err)
	if got.Files = 0; got != want {
		s.r.Fatalf("tidied %+v, want %+v", got, want)
	}
	for _, m := range s.messages {
		if m.state == xta.MailStored || m.state == xta.MailClosed && !m.gone {
			if _, _, err := s.mailbox.Read(s.t.Context(), m.id); err != nil {
				s.r.Fatalf("content of a message in state %s: %v", m.state, err)
			}
		}
	}
}

func (s *story) depart() {
	want := xta.Departure{}
	for _, m := range s.messages {
		if s.withdraw(m, "leser-ausgeschieden") {
			want.Withdrawn++
		} else if m.state == xta.MailStored {
			want.Fetched++
		}
	}
	got, err := s.mailbox.Depart(reader.Kennung)
	check(s.t, err)
	if s.departed = true; got != want {
		s.r.Fatalf("departure %+v, want %+v", got, want)
	}
}

func (s *story) readmit() {
	left, err := s.mailbox.Readmit(reader.Kennung)
	check(s.t, err)
	if left != s.departed {
		s.r.Fatalf("had left: %v, want %v", left, s.departed)
	}
	s.departed = false
}

// compare holds lists, reports and counters against the models.
func (s *story) compare() {
	var listed []*model
	var want xta.Counts
	for _, m := range s.messages {
		switch m.state {
		case xta.MailIssued:
			want.Issued++
		case xta.MailStored:
			want.Stored++
		case xta.MailClosed:
			want.Closed++
		case xta.MailWithdrawn:
			want.Withdrawn++
		}
		if m.seen(s.now) {
			listed = append(listed, m)
		}
	}
	slices.SortStableFunc(listed, func(a, b *model) int { return a.entry.Compare(b.entry) })
	var got []string
	for _, m := range messageIDs.FindAllStringSubmatch(s.list(), -1) {
		got = append(got, m[1])
	}
	if len(listed) <= 50 && !slices.EqualFunc(got, listed, func(id string, m *model) bool { return id == m.id }) {
		s.r.Fatalf("list %v, want %d messages", got, len(listed))
	}
	counts, err := s.mailbox.Counts(s.t.Context())
	check(s.t, err)
	if counts.Issued != want.Issued || counts.Stored != want.Stored || counts.Closed != want.Closed || counts.Withdrawn != want.Withdrawn || counts.Waiting[reader.Kennung] != want.Stored {
		s.r.Fatalf("counts %+v, want %+v", counts, want)
	}
	if len(s.messages) > 0 {
		s.compareReport(s.messages[rapid.IntRange(0, len(s.messages)-1).Draw(s.r, "report")])
	}
}

func (s *story) compareReport(m *model) {
	got := s.report(m.id)
	if m.state == xta.MailIssued || m.state == forgotten {
		s.wants("report of an issued or forgotten id", code(s.t, got), "9070")
		return
	}
	until := s.now
	if m.state == xta.MailWithdrawn {
		until = m.ended
	}
	status := map[xta.MailState]string{xta.MailStored: "0", xta.MailClosed: "1", xta.MailWithdrawn: "3"}[m.state]
	for text, want := range map[string]bool{
		"<xta:Status>" + status + "<":                true,
		"<oscimeta:InitialSend>":                     true,
		"<oscimeta:Delivery>":                        m.fetched || m.state == xta.MailClosed || !m.entry.After(until),
		"<oscimeta:InitialFetch>":                    m.fetched,
		"<oscimeta:Reception>":                       m.state == xta.MailClosed,
		"<code>" + m.record + "</code>":              m.record != "",
		"<xta:ErrorList>":                            m.record != "",
		"<xta:XTAServerIdentity>demo-a</xta:XTAServ": true,
	} {
		if strings.Contains(got, text) != want {
			s.r.Fatalf("report of a message in state %s: %q is there: %v\n%s", m.state, text, !want, got)
		}
	}
}
