// Package pipeline is the way of a drop, from a claimed file to the last receipt. What it needs of others is in parties.go. Read it in this
// order:
//
//	claim.go       Intake: a complete file becomes a Drop in the store                     claiming -> accepted | duplicate
//	open.go        unpack + gate + validate + rules, ONE pass: messages become Deliveries  accepted -> open
//	judge.go       what one message becomes: valid, rejected, duplicate or held
//	finish.go      what concerns the drop as a whole                                       accepted -> open | quarantined | conflict
//	receipt.go     receipt n = 1, and the later ones from the events, in every form the account wants
//	infos.go       the 013 beside a receipt
//	resolve.go     a drop, or what comes back, message by message
//	competent.go   who is competent, and how are they reached                              valid -> resolved | held | rejected
//	ask.go         the directory's answers about the addresses of many requests, each asked once
//	reread.go      a message that came out of its intake with a question is read again    valid -> valid | held | rejected | duplicate
//	follow.go      messages of a case go to its holder, answers to whom they answer        valid -> resolved | waiting | withdrawn
//	forderungen.go claims that a message names have to be those of its request     valid -> rejected
//	forerunner.go  a 007 or 008 that is quicker than its request                           valid -> waiting
//	samecase.go    the same case once more under another UUID                              valid -> held
//	send.go        XTA: reserve an id, book the attempt, send, settle what is unknown      resolved -> reserved -> sending -> sent
//	lookup.go      whether the reader takes such messages at all; asked once for all of them
//	anew.go        how the reader is reached by now: before it is reserved, and when a server shows an unknown certificate
//	seal.go        for whom a message is encrypted, and the same ciphertext again
//	settle.go      an attempt with unknown outcome
//	envelope.go    the exact bytes of an XTA message, the same again for the same row
//	paper.go       what does not get through electronically becomes a letter, for good      resolved, reserved, sent -> resolved
//	report.go      ask for the transport report                                            sent -> delivered | refused | held
//	said.go        the other server's words, cleaned, beside a finding
//	print.go       collect letters into a bundle, and stage it                             resolved -> bundled
//	publish.go     its door, and the rename that publishes it                              bundled -> spooled
//	document.go    a message is read back from where its intake put it
//	printday.go    which letters go today: the print centre's days, its cut-off, its capacity
//	reference.go   what a letter says about its case
//	freigabe.go    production prints only what a person released
//	quittung.go    what print centres acknowledge, and what they do not               spooled -> printed -> enclosed -> posted | returned | held
//	recall.go      a bundle is taken back, or printed again                            spooled -> held | bundled
//	fetch.go       inbound: own mailboxes -> inbox -> out/
//	fetchbox.go    through one mailbox, past what is not ours
//	unseal.go      what is encrypted for us; what no key opens stays in its mailbox
//	inbound.go     what one inbound message becomes: published, sent back, held, repeated
//	roles.go       who may say what in a case
//	sendback.go    the 014: made here, or arrived from the other side
//	decide.go      what people decide about held deliveries and bundles
//	entscheidung.go  what senders decide by a drop about their own messages                valid -> applied | rejected
//	choices.go     what one such choice comes to
//	volume.go      a drop that is larger than usual, or the first, waits whole
//	conflict.go    a drop whose number another one had before: it waits whole
//	verdict.go     what was decided about a whole drop is carried out
//	purge.go       originals are deleted when their time is over
//	runner.go      the lanes that call all of this, and what is done about a Fault
//	backoff.go     when a step that failed is tried again
//	slots.go       who may send and ask at once
//	ids.go         MessageIDs fetched ahead
//	turns.go       the lists that slots are handed out from
//	breaker.go     data centres that cannot be reached: nobody tries them but one, now and then
//	recover.go     what a crash left
//
// The State of a delivery is the program counter: resuming after a crash is running. Every stage may run twice. Intent is
// committed, then the effect happens, then the outcome is committed (design 4).
package pipeline

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/attachment"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/xenc"
	"damtshilfe/internal/xta"
	"damtshilfe/mapping"
	"damtshilfe/printstreet"
	"damtshilfe/spool"
)

// Account is a participant (Mandant) as the pipeline needs to know it.
type Account struct {
	Name         string // of the account and its folder
	Title        string // name for people, "Stadtkasse A"
	Betriebsart  amtshilfe.Betriebsart
	Kennungen    []string // "*" = any, for central creditors and tests
	AllOrNothing bool
	PrintProfile string
	PaperAfter   time.Duration           // how long a data centre may be away before its messages go as letters; 0 = never
	Infos        Infos                   // how it gets the 013; "" = none
	Receipts     []mapping.ReceiptFormat // forms of its receipts; none = XML
	Volume       Volume                  // when its drops are asked about before anything of them is sent
	IBANs        []string                // accounts the Mandant listed; empty = any
	Sealing      Sealing                 // whether its messages are encrypted; "" = SealOffered
	Mappings     []*mapping.FlatMapping  // how its flat files are read; none = it may not drop any
	Letters      *printstreet.Stationery // what its letters show beside the message; nil = nothing
}

// flat says how flat files of the account are read. They have no test flag of their own: the account's Betriebsart says it.
func (a Account) flat() mapping.Flat {
	return mapping.Flat{Mappings: a.Mappings, Test: a.Betriebsart != amtshilfe.Produktion}
}

// formats are the forms of the account's receipts in the order of mapping.ReceiptFormats: another order in the configuration is no
// other receipt.
func (a Account) formats() []string {
	var list []string
	for _, f := range mapping.ReceiptFormats {
		if slices.Contains(a.Receipts, f) {
			list = append(list, string(f))
		}
	}
	if list == nil {
		list = []string{string(mapping.ReceiptXML)}
	}
	return list
}

// Mailboxes are the kennungen whose XTA mailboxes are polled for the account.
func (a Account) Mailboxes() []string {
	var list []string
	for _, k := range a.Kennungen {
		if k != "*" {
			list = append(list, k)
		}
	}
	return list
}

// Owns says whether the kennung is one of the account's own.
func (a Account) Owns(kennung string) bool {
	for _, k := range a.Kennungen {
		if k == kennung {
			return true
		}
	}
	return false
}

// Config says how the pipeline behaves; zero values have the defaults named.
type Config struct {
	Accounts []Account
	Operator amtshilfe.Akteur   // who runs the gateway: absender of the 013
	Produkt  mapping.Produkt    // this program, in the header of its own messages
	Limits   mapping.DropLimits // of one drop
	MinFree  int64              // bytes that must stay free; below, nothing is taken in
	Profiles map[string]printstreet.Profile
	// InstalledPacks names the schema packs and their bytes; when it changes, messages that wait for a pack are read again.
	InstalledPacks string
	// DurableInbox says per profile that a rename into its inbox is durable before anybody can see it (DIRSYNC).
	DurableInbox map[string]bool
	// Workday says whether bundles go on a day in a Land (printstreet.Profile.Land); nil = on every day.
	Workday        func(day time.Time, land string) bool
	NextPrint      func(after time.Time) time.Time // when the print run is due next; nil = when a person asks
	MailboxURL     string                          // msgBoxPort of the own XTA server; "" = nothing is fetched
	SendTimeout    time.Duration                   // of one XTA exchange; default 300 s. An unknown outcome is not repeated before it
	ReportSchedule []time.Duration                 // pauses between questions for the report; the last one repeats; default 1 m, 5 m, 15 m, 1 h
	ReportDeadline time.Duration                   // a report open for longer is a question; default 336 h
	RetrySchedule  []time.Duration                 // pauses between attempts at a data centre, and between probes of one that fails; default 1 m, 5 m, 15 m, 1 h
	BreakerAfter   int                             // failures of a destination in a row after which its deliveries wait without an attempt each; default 5
	LookupKeep     time.Duration                   // how long an answer of lookupService counts; default 1 h
	ResendWindow   time.Duration                   // how long the same bytes may be sent again; default 168 h
	Term           time.Duration                   // of a question to a person; default 336 h
	ScanEvery      time.Duration                   // between two scans of the in folders; default 10 s
	Poll           time.Duration                   // between two looks for due work; default 1 s
	Backoff        time.Duration                   // first pause after a failure, doubled up to 6 h; default 30 s
	OriginalKeep   time.Duration                   // how long originals are kept; default 336 h
	SlotsPerDest   int                             // sends to one destination at once; default 4
	Slots          int                             // sends at once; default 64

	Readers map[string]Sealing // whether messages to these kennungen are encrypted, whoever sends them; see policy
}

// Attachments reads PDFs that others made (attachment.Reader).
type Attachments interface {
	Inspect(ctx context.Context, pdf []byte) (attachment.Report, error)
	Cut(ctx context.Context, pdf []byte) (attachment.Document, attachment.Report, error)
}

// Deps are the packages the pipeline drives.
type Deps struct {
	Ledger   *ledger.Ledger
	Spool    *spool.Spool
	Packs    *mapping.Packs
	Schema   Schema
	Register Register
	Sender   Sender
	Fetcher  Fetcher
	Log      *slog.Logger
	Now      func() time.Time

	Keys func(account string) xenc.Keyring // open what was encrypted for the account, the current one first; nil = nothing is

	Massnahmen []string                   // codes that a request may wish for (rules.Context); nil = any
	Fits       func(plz, ort string) bool // whether a place belongs to a postcode (rules.Context); nil = nobody can say

	Revoked *certs.Revoked // certificates for which nothing is encrypted; nil = none

	ScanPDF     func(pdf []byte) (clean bool, err error) // looks at attachments before a message is valid (rules.Context); nil = nobody does
	Attachments Attachments                              // reads them; nil = nobody does, and none is printed
}

// Pipeline moves drops and deliveries on. Make it with New; its methods may be called from several goroutines.
type Pipeline struct {
	Deps
	cfg      Config
	accounts map[string]Account
	kicks    map[lane]chan struct{}
	inFlight inFlight       // being sent
	asking   inFlight       // being asked for its report
	sends    sync.WaitGroup // of both
	offers   offers
	ways     ways
	breakers breakers
	turns    turns
	stocks   stocks
	claims   claims
	known    known
	fetching mailboxLocks
	keyring  keyring
	printing chan struct{} // one goroutine has bundles in its hands at a time
	telling  chan struct{} // one receipt writer at a time
	large    large
	readers  sync.Pool // of *mapping.Reader: one remembers what names mean from one message to the next

	lastDest    string            // of the send lane: the destination that got the last slot
	lastAccount map[string]string // of the send lane: the account that got the last slot, by destination
	packsKnown  bool              // of the resolve lane: nobody waits for a pack that is installed now
	bundlesAt   time.Time         // of the bundle lane: not before, after a failure
}

// New makes a Pipeline; Run starts it.
func New(cfg Config, deps Deps) *Pipeline {
	cfg = cfg.withDefaults()
	p := &Pipeline{Deps: deps, cfg: cfg, accounts: map[string]Account{}, kicks: map[lane]chan struct{}{}, lastAccount: map[string]string{},
		printing: make(chan struct{}, 1), telling: make(chan struct{}, 1), large: large{largeMessage, make(chan struct{}, largeAtOnce)}}
	p.readers.New = func() any { return deps.Packs.NewReader(cfg.Limits.Message) }
	for _, a := range cfg.Accounts {
		p.accounts[a.Name] = a
	}
	for _, l := range lanes {
		p.kicks[l] = make(chan struct{}, 1)
	}
	return p
}

func (c Config) withDefaults() Config {
	or := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	or(&c.SendTimeout, 300*time.Second)
	or(&c.ReportDeadline, 336*time.Hour)
	or(&c.LookupKeep, time.Hour)
	or(&c.ResendWindow, 168*time.Hour)
	or(&c.Term, 336*time.Hour)
	or(&c.OriginalKeep, 336*time.Hour)
	or(&c.ScanEvery, 10*time.Second)
	or(&c.Poll, time.Second)
	or(&c.Backoff, 30*time.Second)
	if len(c.ReportSchedule) == 0 {
		c.ReportSchedule = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}
	}
	if len(c.RetrySchedule) == 0 {
		c.RetrySchedule = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}
	}
	if c.BreakerAfter == 0 {
		c.BreakerAfter = 5
	}
	if c.SlotsPerDest == 0 {
		c.SlotsPerDest = 4
	}
	if c.Slots == 0 {
		c.Slots = 64
	}
	return c
}

// party is a participant as XTA names it (profil.md 6).
func party(kennung, name string, requester bool) xta.Party {
	category := "Vollstreckungsbehörde"
	if requester {
		category = "Ersuchenersteller"
	}
	return xta.Party{Kennung: kennung, Type: xta.PartyType, Category: category, Name: name}
}

// question makes what a person has to decide.
func (p *Pipeline) question(code, text string, owner amtshilfe.Owner, from amtshilfe.State) *amtshilfe.Question {
	return &amtshilfe.Question{Code: code, Text: text, Owner: owner, Until: p.Now().Add(p.cfg.Term), From: from}
}

// hold makes the delivery wait for a person.
func (p *Pipeline) hold(d *ledger.Delivery, code, text string, owner amtshilfe.Owner, from amtshilfe.State) {
	d.Hold = p.question(code, text, owner, from)
	d.State, d.Lane, d.DueAt = amtshilfe.Held, "", time.Time{}
}

// local is t on the gateway's wall clock: times read back from the ledger must give the same bytes as on the first try.
func (p *Pipeline) local(t time.Time) time.Time { return t.In(p.Now().Location()) }

// rest takes the delivery out of every lane.
func rest(d *ledger.Delivery) { d.Lane, d.DueAt = "", time.Time{} }
