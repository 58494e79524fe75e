package xta_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/xta"
)

var (
	requestIDs = regexp.MustCompile(`MsgBoxRequestID="([^"]*)"`)
	pendings   = regexp.MustCompile(`<osci:ItemsPending>(\d+)<`)
	messageIDs = regexp.MustCompile(`<wsa:MessageID>(urn:de:xta:messageid:[^<]*)<`)
)

// page is what a test needs of an answer of the mailbox.
type page struct {
	requestID, pending, reason string
	ids                        []string
}

func readPage(t *testing.T, answer string) (p page) {
	t.Helper()
	if code(t, answer) != "" {
		t.Fatal(answer)
	}
	if m := requestIDs.FindStringSubmatch(answer); m != nil {
		p.requestID = m[1]
	}
	if m := pendings.FindStringSubmatch(answer); m != nil {
		p.pending = m[1]
	}
	if _, rest, ok := strings.Cut(answer, "/MsgBox/reasons/"); ok {
		p.reason, _, _ = strings.Cut(rest, `"`)
	}
	for _, m := range messageIDs.FindAllStringSubmatch(answer, -1) {
		p.ids = append(p.ids, m[1])
	}
	return p
}

func (c *clockwork) box(t *testing.T, action, body string) page {
	t.Helper()
	return readPage(t, c.answerAs(c.readerCert, "/xta/msgbox", soap(action, reader.Kennung, body)))
}

func (c *clockwork) next(t *testing.T, action, requestID string, last ...string) page {
	t.Helper()
	body := `<osci:MsgBoxGetNextRequest MsgBoxRequestID="` + requestID + `">`
	for _, id := range last {
		body += "<osci:LastMsgReceived>" + id + "</osci:LastMsgReceived>"
	}
	return c.box(t, action, body+"</osci:MsgBoxGetNextRequest>")
}

// TestListsGoOnByTheirRequestID: XTA 2.1.1 getNextStatusList.
func TestListsGoOnByTheirRequestID(t *testing.T) {
	c := newClockwork(t)
	var all []string
	for range 25 {
		all = append(all, c.put())
	}
	first := c.box(t, statusList, `<osci:MsgBoxStatusListRequest maxListItems="10" ListForm="MessageMetaData"/>`)
	if !slices.Equal(first.ids, all[:10]) || first.pending != "15" {
		t.Fatalf("first page %+v", first)
	}
	// What is closed in between is left out, and LastMsgReceived closes nothing.
	c.close(all[12])
	second := c.next(t, nextList, first.requestID, all[9])
	if want := slices.Concat(all[10:12], all[13:21]); !slices.Equal(second.ids, want) || second.pending != "4" || second.requestID != first.requestID {
		t.Errorf("second page %+v", second)
	}
	third := c.next(t, nextList, first.requestID)
	if !slices.Equal(third.ids, all[21:]) || third.pending != "0" {
		t.Errorf("third page %+v", third)
	}
	if end := c.next(t, nextList, first.requestID); end.reason != "NoMatch" {
		t.Errorf("behind the end %+v", end)
	}
	// The messages of the same request have a place of their own.
	for i := range 3 {
		if got := c.next(t, nextMessage, first.requestID); len(got.ids) != 1 || got.ids[0] != all[i] || got.pending != fmt.Sprint(23-i) {
			t.Errorf("message %d: %+v", i, got)
		}
	}
	c.reported(all[9], "0")
	validate(t, c.records.list)
}

func TestMessagesGoOnByTheirRequestID(t *testing.T) {
	c := newClockwork(t)
	seen, a, gone, b := c.put(), c.put(), c.put(), c.put()
	c.fetch(seen)
	first := c.box(t, getMessage, `<osci:MsgBoxFetchRequest><osci:MsgSelector newEntry="true"/></osci:MsgBoxFetchRequest>`)
	if !slices.Equal(first.ids, []string{a}) || first.pending != "2" {
		t.Fatalf("first %+v", first)
	}
	c.close(gone)
	if got := c.next(t, nextMessage, first.requestID); !slices.Equal(got.ids, []string{b}) || got.pending != "0" {
		t.Errorf("second %+v", got)
	}
	if got := c.next(t, nextMessage, first.requestID); got.reason != "NoMatch" || len(got.ids) > 0 {
		t.Errorf("behind the end %+v", got)
	}
	if got := c.box(t, getMessage, `<osci:MsgBoxFetchRequest><osci:MsgSelector newEntry="true"/></osci:MsgBoxFetchRequest>`); got.reason != "NoMatch" {
		t.Errorf("no new one %+v", got)
	}
	validate(t, c.records.list)
}

func TestRequestIDsThatMeanNothing(t *testing.T) {
	const all = `<osci:MsgBoxStatusListRequest maxListItems="1" ListForm="MessageMetaData"/>`
	for _, tt := range []struct {
		name   string
		change func(c *clockwork, requestID *string)
		want   string
	}{
		{"the real one", func(*clockwork, *string) {}, ""},
		{"one that was never given", func(_ *clockwork, id *string) { *id = "1" }, "RequestIdInvalid"},
		{"none", func(_ *clockwork, id *string) { *id = "" }, "RequestIdInvalid"},
		{"after a restart", func(c *clockwork, _ *string) { c.restart() }, "RequestIdInvalid"},
		{"a little before its end", func(c *clockwork, _ *string) { c.now = c.now.Add(xta.IteratorLife) }, ""},
		{"after its end", func(c *clockwork, _ *string) { c.now = c.now.Add(xta.IteratorLife + time.Second) }, "RequestIdInvalid"},
		{"after a close that freed it", func(c *clockwork, id *string) {
			c.answerAs(c.readerCert, "/xta/msgbox", soap(closeAction, reader.Kennung, `<osci:MsgBoxCloseRequest MsgBoxRequestID="`+*id+`"/>`))
		}, "RequestIdInvalid"},
		{"after somebody else's close", func(c *clockwork, id *string) {
			c.answerAs(c.readerCert, "/xta/msgbox", soap(closeAction, another.Kennung, `<osci:MsgBoxCloseRequest MsgBoxRequestID="`+*id+`"/>`))
		}, ""},
		{"after a close of a message", func(c *clockwork, id *string) {
			got := c.answerAs(c.readerCert, "/xta/msgbox", soap(closeAction, reader.Kennung, `<osci:MsgBoxCloseRequest MsgBoxRequestID="`+*id+`"><osci:LastMsgReceived>`+readPage(t, c.list()).ids[0]+`</osci:LastMsgReceived></osci:MsgBoxCloseRequest>`))
			if code(t, got) != "" {
				t.Error(got)
			}
		}, ""},
		{"of another reader", func(c *clockwork, id *string) {
			c.put(reader.Kennung, another.Kennung)
			*id = readPage(t, c.answerAs(c.readerCert, "/xta/msgbox", soap(statusList, another.Kennung, all))).requestID
		}, "RequestIdInvalid"},
		{"while fewer lists are open than one reader may have", func(c *clockwork, _ *string) {
			for range xta.MaxReaderIterators - 1 {
				c.now = c.now.Add(time.Second)
				c.list()
			}
		}, ""},
		{"of the list that rested longest", func(c *clockwork, _ *string) {
			for range xta.MaxReaderIterators {
				c.now = c.now.Add(time.Second)
				c.list()
			}
		}, "RequestIdInvalid"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newClockwork(t)
			c.put()
			c.put()
			id := c.box(t, statusList, all).requestID
			tt.change(c, &id)
			list, message := c.next(t, nextList, id), c.next(t, nextMessage, id)
			if list.reason != tt.want || message.reason != tt.want || tt.want == "" && len(list.ids)+len(message.ids) != 2 {
				t.Errorf("list %+v, message %+v; want %q", list, message, tt.want)
			}
		})
	}
}

// TestSelection: xta.md 4.4.
func TestSelection(t *testing.T) {
	c := newClockwork(t)
	start := c.now
	var ids []string
	for i := range 5 {
		c.now = start.Add(time.Duration(i) * time.Minute)
		ids = append(ids, c.put())
	}
	c.fetch(ids[0])
	late := c.put(delivery("NotBefore", at(start.Add(10*time.Minute)))...)
	minute := func(n int) string { return at(start.Add(time.Duration(n) * time.Minute)) }
	for _, tt := range []struct {
		name, selector string
		want           []string
		reason         string
	}{
		{"all that is there", ``, ids, ""},
		{"an empty selector", `<osci:MsgSelector/>`, ids, ""},
		{"what was never fetched", `<osci:MsgSelector newEntry="true"/>`, ids[1:], ""},
		{"from a time on", `<osci:MsgSelector><osci:MsgBoxEntryTimeFrom>` + minute(2) + `</osci:MsgBoxEntryTimeFrom></osci:MsgSelector>`, ids[2:], ""},
		{"up to a time", `<osci:MsgSelector><osci:MsgBoxEntryTimeTo>` + minute(2) + `</osci:MsgBoxEntryTimeTo></osci:MsgSelector>`, ids[:3], ""},
		{"new ones between two", `<osci:MsgSelector newEntry="1"><osci:MsgBoxEntryTimeFrom>` + minute(0) + `</osci:MsgBoxEntryTimeFrom><osci:MsgBoxEntryTimeTo>` + minute(1) + `</osci:MsgBoxEntryTimeTo></osci:MsgSelector>`, ids[1:2], ""},
		{"up to a time that NotBefore forbids", `<osci:MsgSelector><osci:MsgBoxEntryTimeTo>` + minute(60) + `</osci:MsgBoxEntryTimeTo></osci:MsgSelector>`, ids, ""},
		{"two by their ids", `<osci:MsgSelector><wsa:MessageID>` + ids[3] + `</wsa:MessageID><wsa:MessageID>` + strings.ToUpper(ids[1]) + `</wsa:MessageID></osci:MsgSelector>`, []string{ids[1], ids[3]}, ""},
		{"one that is not there yet", `<osci:MsgSelector><wsa:MessageID>` + late + `</wsa:MessageID></osci:MsgSelector>`, nil, "NoMatch"},
		{"the end of all time", `<osci:MsgSelector><osci:MsgBoxEntryTimeFrom>9999-12-31T00:00:00Z</osci:MsgBoxEntryTimeFrom></osci:MsgSelector>`, nil, "NoMatch"},
		{"the whole of time", `<osci:MsgSelector><osci:MsgBoxEntryTimeFrom>0001-01-02T00:00:00Z</osci:MsgBoxEntryTimeFrom><osci:MsgBoxEntryTimeTo>9999-12-31T00:00:00Z</osci:MsgBoxEntryTimeTo></osci:MsgSelector>`, ids, ""},
		{"no time", `<osci:MsgSelector><osci:MsgBoxEntryTimeFrom>gestern</osci:MsgBoxEntryTimeFrom></osci:MsgSelector>`, nil, "SearchArgsInvalid"},
		{"by what they answer, which is not offered", `<osci:MsgSelector><wsa:RelatesTo>urn:x</wsa:RelatesTo></osci:MsgSelector>`, nil, "SearchArgsInvalid"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := c.box(t, statusList, `<osci:MsgBoxStatusListRequest ListForm="MessageMetaData">`+tt.selector+`</osci:MsgBoxStatusListRequest>`)
			if !slices.Equal(got.ids, tt.want) || got.reason != tt.reason {
				t.Errorf("got %+v, want %v %s", got, tt.want, tt.reason)
			}
		})
	}
}

// TestListsAreReadAlongAnIndex: a page costs the same in a mailbox of a million; the figures are in make bench.
func TestListsAreReadAlongAnIndex(t *testing.T) {
	w := newWorld(t)
	for _, later := range []bool{false, true} {
		for _, from := range []time.Time{{}, time.Now()} {
			for fresh, index := range map[bool]string{false: "waiting", true: "fresh"} {
				plan := w.mailbox.ListPlan(t, reader.Kennung, fresh, from, later)
				if !strings.Contains(plan, "USING INDEX "+index+" (reader=? AND (entry_at,n)>(?,?)") && !strings.Contains(plan, "USING INDEX "+index+" (reader=? AND entry_at>? AND entry_at<?)") || strings.Contains(plan, "TEMP B-TREE") {
					t.Errorf("newEntry %v, from %v, later %v: %s", fresh, from, later, plan)
				}
			}
		}
	}
}
