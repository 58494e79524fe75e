// Package status owns the status pages: what waits and why, for the people who run a gateway, in German, without JavaScript.
//
// It reads through one interface, Source, and changes nothing; only GET and HEAD are answered. No name of a debtor, no
// Aktenzeichen and no address appears on any page: messages are named by their ids. The service listens on loopback by
// default and refuses requests for foreign host names, so that no web page can read it through DNS rebinding.
//
//	GET /                 the overview           GET /lieferung/{id}   one drop with its messages
//	GET /status.json      the overview as JSON   GET /metrics          Prometheus     GET /healthz
package status

import (
	"context"
	"slices"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// Source is what the pages read. All lists come newest first, held cases with the nearest term first.
type Source interface {
	Overview(ctx context.Context) (Overview, error)
	Drops(ctx context.Context, limit int) ([]Drop, error)
	Held(ctx context.Context, limit int) ([]Held, error)
	Bundles(ctx context.Context, limit int) ([]Bundle, error)
	Runs(ctx context.Context, limit int) ([]Run, error)
	// Drop gives one drop with its first limit messages; false if there is none of that id.
	Drop(ctx context.Context, id amtshilfe.DropID, limit int) (DropDetail, bool, error)
}

// Overview is the gateway at a glance. Every message is either in flight, held or ended.
type Overview struct {
	At          time.Time             `json:"at"`          // when it was read
	Name        string                `json:"name"`        // of the operator
	Kennung     string                `json:"kennung"`     // of the operator's Rechenzentrum
	Version     string                `json:"version"`     // of the program
	Betriebsart amtshilfe.Betriebsart `json:"betriebsart"` // the gateway's default
	// Notices are sentences an operator must see: fenced after a restore, a stop, a full disk. German.
	Notices []string `json:"notices,omitempty"`

	Messages  int                           `json:"messages"` // ever taken in
	InFlight  int                           `json:"inFlight"`
	Held      int                           `json:"held"`
	Ended     int                           `json:"ended"`
	States    map[amtshilfe.State]int       `json:"states"`    // messages per state
	DropState map[amtshilfe.DropState]int   `json:"dropState"` // drops per state
	Inbox     map[amtshilfe.InboxState]int  `json:"inbox"`     // inbound messages per state
	Bundles   map[amtshilfe.BundleState]int `json:"bundles"`
	// AskedBundles are the bundles that a person is asked about: of which nobody knows, or that are not acknowledged in time.
	AskedBundles int       `json:"askedBundles"`
	HeldDrops    int       `json:"heldDrops"` // drops that wait whole for a decision, those in conflict too; their messages count as in flight
	Accounts     []Account `json:"accounts"`
	Mailboxes    []Mailbox `json:"mailboxes,omitempty"`
	// Certificates are those in force: the own ones, and those by which others call the own XTA server.
	Certificates []Certificate `json:"certificates,omitempty"`
	Outages      []Outage      `json:"outages,omitempty"` // data centres that cannot be reached
	// OldestWaiting is when the message that has been in flight longest was taken in; zero = nothing is in flight.
	OldestWaiting time.Time `json:"oldestWaiting,omitzero"`
	// RegisterAnswer is when the authority server last answered; zero = not since the start.
	RegisterAnswer  time.Time `json:"registerAnswer,omitzero"`
	RegisterVersion string    `json:"registerVersion,omitempty"` // of the directory, as last heard
	// Register are the authority servers in the order in which they are asked.
	Register []RegisterServer `json:"register,omitempty"`
	Print    []Print          `json:"print,omitempty"`    // the print profiles
	DiskFree int64            `json:"diskFree,omitempty"` // bytes under data_dir; 0 = not known
	Schema   Schema           `json:"schema"`
}

// Schema says how the messages of drops were judged since the start.
type Schema struct {
	Own       int  `json:"own"`           // accepted by our own validator
	Checked   int  `json:"checked"`       // of these, by libxml2 as well
	Disagreed int  `json:"disagreed"`     // accepted by libxml2 only
	Off       bool `json:"off,omitempty"` // our own validator was wrong once; libxml2 judges alone
}

// Balanced says whether the conservation law holds in what is shown: messages = ended + held + in flight.
func (o Overview) Balanced() bool { return o.Messages == o.Ended+o.Held+o.InFlight }

// Printing lists the print profiles of which there is something to tell.
func (o Overview) Printing() []Print {
	return slices.DeleteFunc(slices.Clone(o.Print), func(p Print) bool { return !p.Busy() })
}

// OtherQuestions counts what waits for a person and is no message that was taken in: inbound messages, bundles, drops held whole.
func (o Overview) OtherQuestions() int {
	return o.Inbox[amtshilfe.InboxHeld] + o.Inbox[amtshilfe.InboxSealed] + o.AskedBundles + o.HeldDrops
}

// RegisterServer is one authority server that this gateway asks.
type RegisterServer struct {
	URL     string    `json:"url"`
	Answers bool      `json:"answers"`          // it gave the last answer
	Since   time.Time `json:"since,omitzero"`   // of Answers: without interruption
	Heard   time.Time `json:"heard,omitzero"`   // last answer; zero = none since the start
	Failed  time.Time `json:"failed,omitzero"`  // it does not answer since; zero = it does
	Why     string    `json:"why,omitempty"`    // of Failed
	Second  bool      `json:"second,omitempty"` // it follows another one
	Behind  int       `json:"behind,omitempty"` // of Second: seconds since it last heard from that one
	Seq     int64     `json:"seq,omitempty"`    // number of its version of the directory; 0 = a plain file, or not known
	Version string    `json:"version,omitempty"`
	Trouble string    `json:"trouble,omitempty"` // German, what it says of itself
}

// Account is one participant.
type Account struct {
	Account     string                `json:"account"`
	Name        string                `json:"name"`
	Betriebsart amtshilfe.Betriebsart `json:"betriebsart"`
	Drops       int                   `json:"drops"`
	Messages    int                   `json:"messages"`
	InFlight    int                   `json:"inFlight"`
	Held        int                   `json:"held"`
	Ended       int                   `json:"ended"`
	Betrag      amtshilfe.Cents       `json:"betrag"` // of all its messages
}

// Mailbox is one XTA mailbox, ours or one that is polled.
type Mailbox struct {
	Account  string    `json:"account"`
	Waiting  int       `json:"waiting"` // messages not yet fetched or closed
	Foreign  int       `json:"foreign"` // messages of other services seen at the last poll: left alone
	LastPoll time.Time `json:"lastPoll,omitzero"`
	Active   time.Time `json:"active,omitzero"`   // when the XTA server last said that the account is active
	Trouble  string    `json:"trouble,omitempty"` // German, "" = none
}

// Certificate is one that must be renewed in time.
type Certificate struct {
	Name        string    `json:"name"` // of the key in config.yaml
	Fingerprint string    `json:"fingerprint"`
	NotAfter    time.Time `json:"notAfter,omitzero"` // zero = not known: it was never used here
	LastUsed    time.Time `json:"lastUsed,omitzero"` // of an account's; at most an hour too early
	Account     bool      `json:"account,omitempty"` // it belongs to another, who renews it
	Urgency     string    `json:"urgency"`           // fine, soon (90 days), near (30), urgent (7), expired
}

// Outage is a data centre that cannot be reached; the messages to it wait without an attempt each.
type Outage struct {
	Dest     string    `json:"dest"` // host and port
	Since    time.Time `json:"since"`
	Probe    time.Time `json:"probe"` // when one message is tried next
	Failures int       `json:"failures"`
	Waiting  int       `json:"waiting"` // messages
}

// Print is how it stands with a print profile.
type Print struct {
	Profile  string    `json:"profile"`
	Letters  int       `json:"letters"`       // that wait for a bundle
	Next     time.Time `json:"next,omitzero"` // when the oldest of them goes; zero = not known, or none waits
	Sheets   int       `json:"sheets"`        // that the print centre got today
	Capacity int       `json:"capacity"`      // sheets that it takes in a day; 0 = any
	Quittung int       `json:"quittung"`      // files with acknowledgements that are not booked yet
	Fehler   int       `json:"fehler"`        // files that were not booked: somebody takes them away
	Overdue  int       `json:"overdue"`       // bundles that are not acknowledged in time
}

// Busy says that there is something to tell.
func (p Print) Busy() bool { return p.Letters+p.Sheets+p.Capacity+p.Quittung+p.Fehler+p.Overdue > 0 }

// Drop (Lieferung) in the list.
type Drop struct {
	ID          amtshilfe.DropID      `json:"id"`
	Account     string                `json:"account"`
	State       amtshilfe.DropState   `json:"state"`
	Betriebsart amtshilfe.Betriebsart `json:"betriebsart"`
	ReceivedAt  time.Time             `json:"receivedAt"`
	Messages    int                   `json:"messages"`
	InFlight    int                   `json:"inFlight"`
	Held        int                   `json:"held"`
	Rejected    int                   `json:"rejected"` // part of Ended
	Ended       int                   `json:"ended"`
	Betrag      amtshilfe.Cents       `json:"betrag"`
}

// DropDetail is one drop with its messages.
type DropDetail struct {
	Drop
	Format      amtshilfe.Format        `json:"format"`
	Size        int64                   `json:"size"` // bytes
	DuplicateOf amtshilfe.DropID        `json:"duplicateOf,omitempty"`
	States      map[amtshilfe.State]int `json:"states"`             // messages per state
	Findings    []amtshilfe.Finding     `json:"findings,omitempty"` // about the drop as a whole
	Question    *amtshilfe.Question     `json:"question,omitempty"` // why nothing of it is sent yet; nil = nobody is asked about all of it
	Receipts    int                     `json:"receipts"`           // written so far
	List        []Message               `json:"list"`
}

// Message (Übermittlung) is one delivery, without anything that names a person.
type Message struct {
	ID        amtshilfe.DeliveryID `json:"id"`
	Kind      amtshilfe.Kind       `json:"kind"`
	State     amtshilfe.State      `json:"state"`
	Status    amtshilfe.Status     `json:"status"`
	Behoerde  string               `json:"behoerde,omitempty"` // name of the addressee
	Kanal     amtshilfe.Kanalart   `json:"kanal,omitempty"`
	Position  amtshilfe.Position   `json:"position"`
	Findings  []amtshilfe.Finding  `json:"findings,omitempty"`
	Question  *amtshilfe.Question  `json:"question,omitempty"` // why it waits for a person; nil = it does not
	Waits     string               `json:"waits,omitempty"`    // German: what it waits for and until when; "" = for nothing
	UpdatedAt time.Time            `json:"updatedAt"`
}

// Held (Rückfrage) is a case that waits for a person.
type Held struct {
	ID      string           `json:"id"`             // of a delivery, drop, bundle or inbound message
	Drop    amtshilfe.DropID `json:"drop,omitempty"` // whose page shows it; "" = none
	Account string           `json:"account"`
	Code    string           `json:"code"`
	Text    string           `json:"text"` // German
	Owner   amtshilfe.Owner  `json:"owner"`
	Since   time.Time        `json:"since"`
	Until   time.Time        `json:"until"` // the term
}

// Bundle (Stapel) of letters.
type Bundle struct {
	ID        amtshilfe.BundleID    `json:"id"`
	Profile   string                `json:"profile"`
	State     amtshilfe.BundleState `json:"state"`
	Letters   int                   `json:"letters"`
	Pages     int                   `json:"pages"`
	Posted    int                   `json:"posted"` // acknowledged as posted by the centre
	Created   time.Time             `json:"created"`
	Published time.Time             `json:"published,omitzero"`
}

// Run (Lauf) is one cron pass.
type Run struct {
	amtshilfe.Run
	Next time.Time `json:"next,omitzero"` // when the job is due again; only in the newest run of a job
}
