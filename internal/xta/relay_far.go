package xta

import (
	"context"
	"fmt"
)

// Target is the data centre at which a reader of somewhere else has its mailbox.
type Target struct {
	Name             string   // its kennung, for reports and logs
	Management, Send string   // URLs of its ports
	TLS              []string // allowed server certificates (SHA-256, hex); none = the CA decides
}

// Route finds the data centre of a reader who is not ours. ok is false if the directory knows none, or names this one: an order must
// never come back. The error says that the directory cannot be asked.
type Route func(ctx context.Context, reader, service string, test bool) (t Target, ok bool, err error)

// RelayClient is what relaying needs of a Client.
type RelayClient interface {
	// Pin limits the certificates that are accepted of a server.
	Pin(rawURL string, fingerprints []string) error
	// CreateMessageID reserves an id.
	CreateMessageID(ctx context.Context, url string, author Party) (string, error)
	// Send performs the exchange once; every error is a *SendError.
	Send(ctx context.Context, r Request) error
	// TransportReport asks what became of an order.
	TransportReport(ctx context.Context, url string, author Party, messageID string) (Report, error)
}

// fail ends an order that certainly was not taken.
func (r *Relay) fail(o onward, reason string) error {
	return r.o.Mailbox.arrive(o, r.red(Record{Code: ownCode("nicht-weitergeleitet"), Reason: reason}))
}

func (r *Relay) red(why Record) Report {
	why.Time = r.o.Now()
	return Report{Status: StatusRed, Errors: []Record{why}}
}

// final says that the fault is about the order and that the order was certainly not taken. What is about our account there (9010 to
// 9014), or about the way, its operator or ours can mend: the order waits for that.
func (f *Fault) final() bool { return f.Refused() && f.Code != 0 && (f.Code < 9010 || f.Code > 9014) }

func refusal(t Target, f *Fault) string {
	if f.Code == 0 {
		return "Der XTA-Server " + t.Name + " hat den Auftrag nicht angenommen."
	}
	return fmt.Sprintf("Der XTA-Server %s hat den Auftrag abgewiesen: %d %s", t.Name, f.Code, exceptions[f.Code].text)
}

// Bounds of what is taken over from a report that somebody else wrote.
const (
	maxCarried = 20 // records of each list
	maxReason  = 500
)

// carried are the records of a far report, with one of ours where its colour would not follow from them.
func carried(far Report) (list []levelled) {
	for _, l := range []struct {
		level   int
		records []Record
	}{{levelError, far.Errors}, {levelWarning, far.Warnings}, {levelInfo, far.Infos}} {
		for _, r := range l.records[:min(len(l.records), maxCarried)] {
			if text := []rune(r.Reason); len(text) > maxReason {
				r.Reason = string(text[:maxReason])
			}
			if r.Time.IsZero() {
				r.Time = far.Time
			}
			list = append(list, levelled{l.level, r})
		}
	}
	switch {
	case far.Status == StatusRed && len(far.Errors) == 0:
		list = append(list, levelled{levelError, Record{far.Time, ownCode("fern-rot"), "Der Bericht des anderen XTA-Servers ist rot, ohne Angabe von Gründen."}})
	case far.Status == StatusYellow && len(far.Warnings) == 0:
		list = append(list, levelled{levelWarning, Record{far.Time, ownCode("fern-gelb"), "Der Bericht des anderen XTA-Servers ist gelb, ohne Angabe von Gründen."}})
	}
	return list
}

// hopKey marks an order with each server that relayed it.
var hopKey = Code{List: "urn:damtshilfe:codeliste:eigenschaft", Version: "1", Code: "weitergeleitet-von"}

// maxHops bounds the way of an order through servers that do not know each other.
const maxHops = 3

// circles says that the order came through this server before, or through too many.
func (m MetaData) circles(name string) bool {
	hops := 0
	for _, p := range m.Properties {
		if p.Key.List == hopKey.List && p.Key.Code == hopKey.Code {
			if hops++; p.Value == name {
				return true
			}
		}
	}
	return hops >= maxHops
}
