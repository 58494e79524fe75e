package amtshilfe

import "time"

// Format is the form of a dropped file.
type Format string

// The forms of a drop (profil.md 4).
const (
	FormatXML       Format = "xml"
	FormatZIP       Format = "zip"
	FormatContainer Format = "lieferung"
	FormatFlach     Format = "flach" // a flat file, or a ZIP of the files that a mapping reads together
)

// Lieferkopf is the header of a drop, if it has one.
type Lieferkopf struct {
	Absender        string // kennung
	Verfahren       string
	UebertragungsID int64 // from 1, ascending, gapless per absender and verfahren
	Erstellt        time.Time
	Anzahl          int // anzahlNachrichten
}

// Drop is one claimed input file.
type Drop struct {
	ID          DropID
	Account     string // the participant (Mandant)
	Name        string // file name as dropped, already cut to what the account showed; may hold any byte but / and NUL
	Device      uint64
	Inode       uint64
	Size        int64
	ModTime     time.Time
	SHA256      [32]byte
	State       DropState
	Betriebsart Betriebsart
	Format      Format
	Kopf        *Lieferkopf
	ReceivedAt  time.Time
	DuplicateOf DropID
	Findings    []Finding // about the drop as a whole
	Messages    int
}

// Position says where a message stands in the dropped file.
type Position struct {
	Entry  string // name of the ZIP entry, "" otherwise
	Line   int    // of the root's start tag, from 1, in the entry or file
	Column int    // from 1
}

// Delivery is one message on its way to one Behoerde.
type Delivery struct {
	ID               DeliveryID
	Account          string
	Kind             Kind
	State            State
	Betriebsart      Betriebsart
	Offset           int64 // of the document in the drop's segment
	Length           int64
	SHA256           [32]byte
	Position         Position
	UUID             string
	Absender         string // kennung
	Aktenzeichen     string
	Kassenzeichen    string
	Betrag           Cents
	Case             CaseKey // zero for messages without a case
	Einnahmeart      Einnahmeart
	Anschriften      []Postanschrift // what the routing asks for: one per distinct debtor
	Wunschempfaenger string
	ErsuchenVom      time.Time
	Buchungen        []string // 003: haushaltsjahr and buchungsnummer of its claims, what the same case is known by beside its Aktenzeichen
	Behoerde         Behoerde
	Kanal            Kanal
	Regel            string // rule and version of the directory
	Findings         []Finding
	DuplicateOf      DeliveryID
	Hold             *Question // held: why, who, until when
	MessageID        string    // XTA message id once reserved
	InReplyTo        string    // XTA message id of the message this one answers
	Sendung          SendungID
	After            DeliveryID // predecessor in the case that must leave first; zero = none
	Attempts         int
	DueAt            time.Time // zero = at rest
	Provided         bool      // the transport report carries Delivery
	UpdatedAt        time.Time
}

// CaseKey identifies a Vorgang: the requester and the UUID of its 003.
type CaseKey struct {
	Absender string // kennung of the requester
	UUID     string // nachrichtenUUID of the 003
}

// IsZero says that there is no case.
func (k CaseKey) IsZero() bool { return k.UUID == "" }

// Vorgang (case): a 003 and all that follows it, with the Behoerde that holds it.
type Vorgang struct {
	Key    CaseKey
	Holder string   // kennung of the haltende Behoerde, "" = nobody yet
	Kanal  Kanalart // the way the 003 went
}

// Question is why a delivery waits for a person.
type Question struct {
	Code  string
	Text  string // German, no personal data
	Owner Owner
	Until time.Time // term; never zero
	// From is the state it was held in, to which a release goes back.
	From State
}

// Inbound is one message fetched from an own mailbox.
type Inbound struct {
	ID             InboxID
	Account        string // participant whose mailbox it was
	MessageID      string // XTA message id
	Author         string // kennung of the XTA author
	InReplyTo      string
	Test           bool
	State          InboxState
	Kind           Kind
	UUID           string
	Case           CaseKey
	Offset, Length int64
	SHA256         [32]byte
	Name           string // file name in out/
	Question       *Question
	ReceivedAt     time.Time
}

// InboxState says how far an inbound message has come.
type InboxState string

// The states of an inbound message (design 2, Inbound).
const (
	InboxFetched   InboxState = "fetched"   // persisted, not judged yet
	InboxPublished InboxState = "published" // lies, or lay, in out/
	InboxWaiting   InboxState = "waiting"   // about a request that has not come yet; looked at again with each fetch, for 7 days
	InboxSealed    InboxState = "sealed"    // encrypted for a key that is not here: not taken in, not closed, tried again
	InboxHeld      InboxState = "held"      // a person decides; not published
	InboxRefused   InboxState = "refused"   // sent back with a 014, or ended by a person
	InboxRepeated  InboxState = "repeated"  // same UUID, author and hash as before: dropped
)

// Run is one cron pass with its counts (Lauf).
type Run struct {
	ID             RunID
	Job            string
	Slot           string // wall-clock slot "2026-11-21T17:00"; one run per job and slot
	Trigger        string // cron, catch-up, person
	Started, Ended time.Time
	Done, Failed   int
	Error          string
}
