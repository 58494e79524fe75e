package xta

import "time"

// The profile's values (profil.md 6).
const (
	PartyType        = "xoev"                                 // Identifier/@type of all our parties
	ServiceURI       = "urn:damtshilfe:vollstreckungshilfe:1" // Qualifier/Service
	ScenarioName     = "DAMTSHILFE"                           // BusinessScenario/Undefined
	MessageTypeList  = "urn:de:payloadSchema:elementName"     // MessageType/@listURI
	MessageTypeIssue = "1.0"                                  // MessageType/@listVersionID
)

// MaxContent is the largest content of one message, in bytes as they are (XTA 2.1.1 GenericContentContainer: 40 MB).
const MaxContent = 40 << 20

// Party is an author, reader or sender.
type Party struct {
	Kennung  string // Identifier, opaque: never parsed
	Type     string // @type; "" is written as "xoev"
	Category string // @category, "" = left out
	Name     string // @name, "" = left out
}

// Code is a value of a code list.
type Code struct {
	List    string // listURI
	Version string // listVersionID
	Code    string
	Name    string // optional
}

// Scenario is the BusinessScenario: Undefined if List is "", else Defined.
type Scenario struct {
	List, Version string // empty for Undefined
	Code          string // "" is written as Undefined DAMTSHILFE
}

// MessageType says what the payload is.
type MessageType struct {
	List          string // listURI; "" is written as MessageTypeList
	Version       string // listVersionID; "" is written as MessageTypeIssue
	Code          string // root element name of the payload
	PayloadSchema string // namespace of the payload, never empty
}

// Property is one of the MessageProperties.
type Property struct {
	Key   Code
	Value string
}

// ProcessRef holds both sides' file numbers. We never write one: an Aktenzeichen is personal data (profil.md 6).
type ProcessRef struct {
	Requester, RequesterProcess string // value and @ProccesName
	Responder, ResponderProcess string
}

// MetaData is oscimeta:MessageMetaData. Receipt requests, security tokens and parties' tokens are read over and not kept.
type MetaData struct {
	MessageID string // the XTA id "urn:de:xta:messageid:<server>:<uuid>", never the SOAP header's; compared without case
	Test      bool   // @TestMsg

	Origin        time.Time // content produced; set by the author
	InitialSend   time.Time // set by the server that took the order
	NotBefore     time.Time // zero = at once
	ObsoleteAfter string    // xs:date, "" = never
	Delivery      time.Time // entry in the reader's mailbox
	InitialFetch  time.Time // first getMessage
	Reception     time.Time // close

	ServiceQuality string
	Author         Party
	Sender         Party // zero = none
	ReplyTo        Party // zero = the author
	Reader         Party
	OtherReaders   []Party // informational
	CcReaders      []Party // informational

	InReplyTo  []string // XTA ids of the messages this one answers
	ProcessRef ProcessRef
	Subject    string // "" = left out; never personal data
	Service    string // Dienste-URI
	Scenario   Scenario
	Type       MessageType
	Properties []Property
	Size       int64 // MsgSize in bytes, 0 = left out
}

// Content is one part of the ContentContainer: the Message, or an Attachment of it.
type Content struct {
	ContentType string // MIME type, required
	Encoding    string // character set
	Filename    string
	Description string
	ID          string
	Lang        string
	Data        Octets // the octets themselves, never base64; nil = none
	// Head and Tail are the xenc:EncryptedData around Data, its octets, where the container is encrypted; nothing else is set then.
	Head, Tail []byte
	// Attachments of the Message. Our own messages have none: attachments stay inside the XML (profil.md 6).
	Attachments []Content
}

// Message is what getMessage gives.
type Message struct {
	MetaData  MetaData
	Content   Content
	RequestID string // MsgBoxRequestID to close with
	Pending   int    // how many more are waiting under it

	release func() error
}

// Release gives up what holds the content, which can no longer be read then.
func (m Message) Release() error {
	if m.release == nil {
		return nil
	}
	return m.release()
}

// List is one answer of getStatusList.
type List struct {
	RequestID string     // MsgBoxRequestID
	Items     []MetaData // oldest first
	Pending   int        // how many more are waiting
}

// Lookup is lookupService's answer about one reader and service.
type Lookup struct {
	Availability Availability
	// Certificates are the ServiceParameters that are the reader's encryption certificates, as DER; one that cannot be read stays as
	// it came: whoever names one wants to be encrypted for. None = none named.
	Certificates [][]byte
}

// Availability says whether the service can be reached.
type Availability int

// The three answers of lookupService.
const (
	ServiceUnknown Availability = iota
	ServiceAvailable
	ServiceUnavailable
)

// String is the answer as logs show it.
func (a Availability) String() string {
	return [...]string{"unknown", "available", "unavailable"}[a]
}

// The values of Report.Status.
const (
	StatusOpen   = 0 // not closed by the reader yet
	StatusGreen  = 1
	StatusYellow = 2 // closed with warnings
	StatusRed    = 3 // closed with errors
)

// Record is one entry of a report's lists.
type Record struct {
	Time   time.Time
	Code   Code
	Reason string // free text of the server
}

// Report is a TransportReport.
type Report struct {
	MetaData MetaData
	Status   int       // StatusOpen to StatusRed
	Time     time.Time // last change
	Server   string    // XTAServerIdentity
	Errors   []Record
	Warnings []Record
	Infos    []Record
}
