package xta_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/sqlitedb"
	"damtshilfe/internal/xta"
)

// clockwork is a world whose clock stands until the test moves it, spoken to without a network.
type clockwork struct {
	*world
	now time.Time
}

func newClockwork(t testing.TB) *clockwork {
	c := &clockwork{world: newWorld(t), now: time.Now().UTC().Truncate(time.Millisecond)}
	c.restart()
	return c
}

// restart closes the mailbox and opens it again, with a new server.
func (c *clockwork) restart() {
	c.t.Helper()
	check(c.t, c.mailbox.Close())
	c.openAt(func() time.Time { return c.now }, nil)
	c.build()
}

var codes = regexp.MustCompile(`<code>(9\d\d\d)</code>`)

// code is the XTA code of a fault, "" for an answer that is none.
func code(t testing.TB, answer string) string {
	t.Helper()
	m := codes.FindStringSubmatch(answer)
	switch {
	case m != nil:
		return m[1]
	case strings.Contains(answer, "s:Fault"):
		t.Errorf("a fault without code: %s", answer)
	}
	return ""
}

// post sends an order and gives its id.
func (c *clockwork) put(change ...string) (id string) {
	c.t.Helper()
	id = c.issue()
	if got := c.answerAs(c.authorCert, "/xta/send", order(id, change...)); code(c.t, got) != "" {
		c.t.Fatal(got)
	}
	return id
}

func (c *clockwork) cancel(id string) string {
	return code(c.t, c.answerAs(c.authorCert, "/xta/management", soap(cancelMessage, author.Kennung, "<wsa:MessageID>"+id+"</wsa:MessageID>")))
}

func (c *clockwork) list() string {
	return c.answerAs(c.readerCert, "/xta/msgbox", soap(statusList, reader.Kennung, `<osci:MsgBoxStatusListRequest ListForm="MessageMetaData"/>`))
}

func (c *clockwork) fetch(id string) string {
	return c.answerAs(c.readerCert, "/xta/msgbox", soap(getMessage, reader.Kennung, `<osci:MsgBoxFetchRequest><osci:MsgSelector><wsa:MessageID>`+id+`</wsa:MessageID></osci:MsgSelector></osci:MsgBoxFetchRequest>`))
}

func (c *clockwork) close(id string) string {
	return code(c.t, c.answerAs(c.readerCert, "/xta/msgbox", soap(closeAction, reader.Kennung, `<osci:MsgBoxCloseRequest MsgBoxRequestID="1"><osci:LastMsgReceived>`+id+`</osci:LastMsgReceived></osci:MsgBoxCloseRequest>`)))
}

func (c *clockwork) report(id string) string {
	return c.answerAs(c.authorCert, "/xta/management", soap(transportReport, author.Kennung, "<wsa:MessageID>"+id+"</wsa:MessageID>"))
}

// reported says that the report has the status and holds the records.
func (c *clockwork) reported(id, status string, records ...string) {
	c.t.Helper()
	got := c.report(id)
	if !strings.Contains(got, "<xta:Status>"+status+"</xta:Status>") {
		c.t.Errorf("want status %s: %s", status, got)
	}
	for _, r := range records {
		if !strings.Contains(got, "<code>"+r+"</code>") {
			c.t.Errorf("no record %s: %s", r, got)
		}
	}
}

func at(t time.Time) string { return t.Format("2006-01-02T15:04:05.000Z") }

func TestNotBeforeHidesAMessage(t *testing.T) {
	c := newClockwork(t)
	due := c.now.Add(time.Hour)
	id := c.put(delivery("NotBefore", at(due))...)
	for _, restart := range []bool{false, true} {
		if restart {
			c.restart()
		}
		if got := c.list(); !strings.Contains(got, "reasons/NoMatch") {
			t.Errorf("listed before its time: %s", got)
		}
		if got := code(t, c.fetch(id)); got != "9070" {
			t.Errorf("fetched before its time: %q", got)
		}
		if got := c.close(id); got != "9070" {
			t.Errorf("closed before its time: %q", got)
		}
		c.reported(id, "0", "angenommen")
		if got := c.report(id); strings.Contains(got, "<oscimeta:Delivery>") || !strings.Contains(got, "<oscimeta:InitialSend>") {
			t.Errorf("before its time it is taken, not delivered: %s", got)
		}
	}
	c.now = due
	if got := c.list(); !strings.Contains(got, id) || !strings.Contains(got, "<oscimeta:Delivery>"+at(due)) {
		t.Errorf("not listed at its time: %s", got)
	}
	if got := c.fetch(id); code(t, got) != "" {
		t.Errorf("not fetched at its time: %s", got)
	}
	if got := c.close(id); got != "" {
		t.Errorf("not closed: %s", got)
	}
	c.reported(id, "1", "angenommen", "abgeholt", "quittiert")
	validate(t, c.records.list)
}

// TestCancelMessage: XTA 2.1.1 cancelMessage takes out what may not be delivered yet, and nothing else.
func TestCancelMessage(t *testing.T) {
	c := newClockwork(t)
	due := c.now.Add(time.Hour)
	later := delivery("NotBefore", at(due))
	id := c.put(later...)
	if got := code(t, c.answerAs(c.readerCert, "/xta/management", soap(cancelMessage, reader.Kennung, "<wsa:MessageID>"+id+"</wsa:MessageID>"))); got != "9022" {
		t.Errorf("the reader cancelled: %q", got)
	}
	if got := c.cancel(c.put()); got != "9101" {
		t.Errorf("without NotBefore: %q, want 9101", got)
	}
	if got := c.cancel(c.put(delivery("NotBefore", at(c.now))...)); got != "9100" {
		t.Errorf("NotBefore is now: %q, want 9100", got)
	}
	if got := c.cancel(c.issue()); got != "9022" {
		t.Errorf("an issued id: %q, want 9022", got)
	}
	missed := c.put(later...)
	if got := c.cancel(strings.ToUpper(id)); got != "" {
		t.Errorf("cancel: %s", got)
	}
	c.reported(id, "3", "storniert")
	c.restart()
	if got := c.cancel(id); got != "" {
		t.Errorf("cancel again after a lost answer: %s", got)
	}
	c.now = due
	if got := c.cancel(id); got != "" {
		t.Errorf("cancel again when its time has come: %s", got)
	}
	if got := c.report(id); strings.Contains(got, "<oscimeta:Delivery>") {
		t.Errorf("what was cancelled is told as delivered: %s", got)
	}
	if got := c.cancel(missed); got != "9100" {
		t.Errorf("cancel of another when its time has come: %q, want 9100", got)
	}
	if got := c.list(); strings.Contains(got, id) || !strings.Contains(got, missed) {
		t.Errorf("list: %s", got)
	}
	if got := code(t, c.fetch(id)); got != "9070" {
		t.Errorf("fetch of a cancelled message: %q", got)
	}
	if got := code(t, c.answerAs(c.authorCert, "/xta/send", order(id))); got != "9024" {
		t.Errorf("its id again: %q, want 9024", got)
	}
	if got := code(t, c.answerAs(c.readerCert, "/xta/management", soap(transportReport, "vob:99999999", "<wsa:MessageID>"+id+"</wsa:MessageID>"))); got != "9070" {
		t.Errorf("the report for a stranger: %q", got)
	}
	validate(t, c.records.list)
}

func TestObsoleteMessagesAreTakenOut(t *testing.T) {
	c := newClockwork(t)
	day := c.now.Truncate(24 * time.Hour)
	today, tomorrow := delivery("ObsoleteAfter", day.Format(time.DateOnly)), delivery("ObsoleteAfter", day.AddDate(0, 0, 1).Format(time.DateOnly))
	unseen, seen, other := c.put(today...), c.put(today...), c.put(tomorrow...)
	c.fetch(seen)
	take := func(want int) {
		t.Helper()
		if n, err := c.mailbox.WithdrawObsolete(); err != nil || n != want {
			t.Errorf("took out %d, %v; want %d", n, err, want)
		}
	}
	c.now = day.AddDate(0, 0, 1).Add(-time.Second)
	take(0)
	c.now = day.AddDate(0, 0, 1)
	take(1)
	take(0)
	c.restart()
	c.reported(unseen, "3", "verfallen")
	if got := code(t, c.fetch(unseen)); got != "9070" {
		t.Errorf("fetch of an obsolete message: %q", got)
	}
	if got := c.close(unseen); got != "9070" {
		t.Errorf("close of an obsolete message: %q", got)
	}
	if got := c.close(seen); got != "" {
		t.Errorf("close of what was fetched in time: %q", got)
	}
	c.reported(seen, "1")
	c.reported(other, "0")
	validate(t, c.records.list)
}

// TestAReaderLeaves: what it never fetched goes back at once, nothing comes in any more, and what it has it may still close.
func TestAReaderLeaves(t *testing.T) {
	c := newClockwork(t)
	var fresh []string
	for range 5 {
		fresh = append(fresh, c.put())
	}
	seen := c.put()
	c.fetch(seen)
	kept := c.put(reader.Kennung, another.Kennung)
	promised := c.issue()
	d, err := c.mailbox.Depart(reader.Kennung)
	check(t, err)
	if d != (xta.Departure{Withdrawn: 5, Fetched: 1}) {
		t.Errorf("departure %+v", d)
	}
	if d, err = c.mailbox.Depart(reader.Kennung); err != nil || d.Withdrawn != 0 {
		t.Errorf("again: %+v, %v", d, err)
	}
	for _, id := range fresh {
		c.reported(id, "3", "leser-ausgeschieden")
	}
	c.reported(seen, "0")
	c.reported(kept, "0")
	available := func() bool {
		return strings.Contains(c.answerAs(c.authorCert, "/xta/management", soap(lookupService, author.Kennung, `<xta:LookupServiceRequest><xta:LookupServiceRequestList><xta:LookupService><oscimeta:Reader><oscimeta:Identifier type="xoev">`+
			reader.Kennung+`</oscimeta:Identifier></oscimeta:Reader><xta:ServiceType>`+xta.ServiceURI+`</xta:ServiceType></xta:LookupService></xta:LookupServiceRequestList></xta:LookupServiceRequest>`)),
			"ServiceIsAvailable>true<")
	}
	c.restart()
	if available() {
		t.Error("lookupService offers a reader that left")
	}
	if got := code(t, c.answerAs(c.authorCert, "/xta/send", order(promised))); got != "9022" {
		t.Errorf("a message for a reader that left: %q, want 9022", got)
	}
	if got := c.close(seen); got != "" {
		t.Errorf("close of what it had fetched: %q", got)
	}
	if left, err := c.mailbox.Readmit(reader.Kennung); err != nil || !left || !available() {
		t.Errorf("readmit: %v, %v", left, err)
	}
	if left, err := c.mailbox.Readmit(reader.Kennung); err != nil || left {
		t.Errorf("readmit again: %v, %v", left, err)
	}
	if got := code(t, c.answerAs(c.authorCert, "/xta/send", order(promised))); got != "" {
		t.Errorf("after it came back: %q", got)
	}
	c.reported(fresh[0], "3", "leser-ausgeschieden")
	counts, err := c.mailbox.Counts(t.Context())
	check(t, err)
	if counts.Withdrawn != 5 || counts.Closed != 1 || counts.Stored != 2 || counts.Waiting[reader.Kennung] != 1 || counts.Waiting[another.Kennung] != 1 {
		t.Errorf("counts %+v", counts)
	}
	validate(t, c.records.list)
}

func TestAClockThatIsSetBackHidesNothing(t *testing.T) {
	c := newClockwork(t)
	id := c.put()
	c.now = c.now.Add(-2 * time.Hour)
	c.restart()
	if got := c.list(); !strings.Contains(got, id) {
		t.Errorf("hidden: %s", got)
	}
	if got := code(t, c.fetch(id)); got != "" {
		t.Errorf("not fetched: %s", got)
	}
}

// TestMailboxOfAnOlderVersion: rows from before the counters and the entry time are listed, counted and closed as ever.
func TestMailboxOfAnOlderVersion(t *testing.T) {
	c := newClockwork(t)
	waiting, fetched, closed := c.put(), c.put(), c.put()
	c.fetch(fetched)
	c.close(closed)
	check(t, c.mailbox.Close())
	c.makeOld()
	c.restart()
	if got := c.list(); !strings.Contains(got, waiting) || !strings.Contains(got, fetched) || strings.Contains(got, closed) {
		t.Errorf("list: %s", got)
	}
	c.reported(closed, "1")
	counts, err := c.mailbox.Counts(t.Context())
	check(t, err)
	if counts.Stored != 2 || counts.Closed != 1 || counts.Waiting[reader.Kennung] != 2 {
		t.Errorf("counts %+v", counts)
	}
	if got := c.close(waiting) + c.close(fetched); got != "" {
		t.Errorf("close: %s", got)
	}
}

// makeOld turns the mailbox into one of the first version.
func (c *clockwork) makeOld() {
	c.t.Helper()
	old, present := filepath.Join(c.path, "old.db"), filepath.Join(c.path, "mailbox.db")
	db, err := sqlitedb.Open(old, xta.MailboxMigrations[:1], nil)
	check(c.t, err)
	check(c.t, db.Close())
	plain, err := sql.Open("sqlite", old)
	check(c.t, err)
	plain.SetMaxOpenConns(1)
	for _, statement := range []string{"ATTACH '" + present + "' AS present", `INSERT INTO main.messages SELECT n, id, name, state, author, issued_at, reader, test, meta, parts,
		segment, offset, length, sha256, stored_at, fetched_at, closed_at FROM present.messages`} {
		_, err := plain.Exec(statement)
		check(c.t, err)
	}
	check(c.t, plain.Close())
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(present + suffix); err != nil && !os.IsNotExist(err) {
			c.t.Fatal(err)
		}
	}
	check(c.t, os.Rename(old, present))
}

// TestAReaderLeavesWhileAMessageComesIn: what passed the checks before and is stored after is refused, not forgotten in a closed box.
func TestAReaderLeavesWhileAMessageComesIn(t *testing.T) {
	c := newClockwork(t)
	c.options.Accept = func(context.Context, xta.MetaData, xta.Content) error {
		_, err := c.mailbox.Depart(reader.Kennung)
		return err
	}
	c.build()
	id := c.issue()
	if got := code(t, c.answerAs(c.authorCert, "/xta/send", order(id))); got != "9022" {
		t.Errorf("%q, want 9022", got)
	}
	if got := code(t, c.report(id)); got != "9070" {
		t.Errorf("its report: %q, want 9070: nothing was taken", got)
	}
}

// TestFetchedInTheMomentOfItsWithdrawal: a message goes to its reader or back to its sender, never both.
func TestFetchedInTheMomentOfItsWithdrawal(t *testing.T) {
	c := newClockwork(t)
	var ids []string
	for range 40 {
		ids = append(ids, c.put())
	}
	departed := make(chan error)
	go func() {
		_, err := c.mailbox.Depart(reader.Kennung)
		departed <- err
	}()
	got := map[string]bool{}
	for _, id := range ids {
		got[id] = code(t, c.fetch(id)) == ""
	}
	check(t, <-departed)
	for _, id := range ids {
		if red := strings.Contains(c.report(id), "<xta:Status>3<"); red == got[id] {
			t.Errorf("%s: fetched %v, red %v", id, got[id], red)
		}
	}
}
