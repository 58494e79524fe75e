// Package config reads config.yaml: strict, every key known, every value checked before anything starts.
//
// Keys are English, terms of the standard German (design 8). Paths are relative to the folder of the file. Secrets are never
// values but paths of files. The comments of the fields are the documentation of the keys.
package config

import (
	"path/filepath"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// Config is config.yaml.
type Config struct {
	DataDir      string                `yaml:"data_dir"`      // run-time data, default ./var; a local ext4, xfs or btrfs
	Ledger       string                `yaml:"ledger"`        // file of the ledger, default data_dir/ledger.db; it may lie on a local disk of its own
	Betriebsart  amtshilfe.Betriebsart `yaml:"betriebsart"`   // default of the accounts: produktion, test or schulung; must be given
	OriginalKeep time.Duration         `yaml:"original_keep"` // how long a drop's original is kept, default 336h; at least 24h
	Operator     Operator              `yaml:"operator"`
	// Participants are the Mandanten: one account each.
	Participants []Participant `yaml:"participants"`
	SFTP         SFTP          `yaml:"sftp"`
	Intake       Intake        `yaml:"intake"`
	Register     Register      `yaml:"register"`
	XTA          XTA           `yaml:"xta"`
	Print        Print         `yaml:"print"`
	Packs        Packs         `yaml:"packs"`
	Runs         Runs          `yaml:"runs"`
	Status       Status        `yaml:"status"`
}

// Operator is the Rechenzentrum that runs the gateway; it is the absender of the 013.
type Operator struct {
	Kennung         string   `yaml:"kennung"`
	Name            string   `yaml:"name"`
	Anschriftzeilen []string `yaml:"anschriftzeilen"` // street and place, for the header of the 013
	Kuerzel         string   `yaml:"kuerzel"`         // short name, part of XTA message ids if xta.server.name is not given
}

// Participant is one account.
type Participant struct {
	Account      string                `yaml:"account"`                   // name of the account and its folder: lower case letters, digits, dash
	Name         string                `yaml:"name"`                      // for people
	Betriebsart  amtshilfe.Betriebsart `yaml:"betriebsart"`               // default: that of the gateway
	Kennungen    []string              `yaml:"kennungen"`                 // whose messages it may drop; "*" = any, for central creditors and tests
	Role         string                `yaml:"role"`                      // ersuchenersteller, vollstreckungsbehoerde or beide (default)
	SFTPKeys     []string              `yaml:"sftp_keys"`                 // files with public keys; none = no SFTP login
	Completeness string                `yaml:"completeness"`              // settle (default), marker, rename or trailer
	Watch        []string              `yaml:"watch"`                     // watched folders elsewhere whose files are taken in for the account
	Receipts     []string              `yaml:"receipts"`                  // forms of the receipts: xml (default), csv, json; all that are named
	Infos        string                `yaml:"uebermittlungsinformation"` // 013: container beside each receipt (default), files (one per message) or none
	AllOrNothing bool                  `yaml:"all_or_nothing"`            // one bad message refuses the whole drop
	PrintProfile string                `yaml:"print_profile"`             // default: print.default
	PaperAfter   *time.Duration        `yaml:"paper_after"`               // how long a data centre may be away before a message that was never handed over goes as a letter, as one whose report is red does at once; 0 = never; default: xta.client.paper_after
	Mappings     []string              `yaml:"mappings"`                  // files that say how flat files become messages (docs/flachdateien.md); none = XML and ZIP only
	// Limits, ConfirmFirst and ConfirmUnusual make a drop wait whole, checked and with receipt 1, until somebody confirms it.
	Limits         Limits   `yaml:"limits"`
	ConfirmFirst   *bool    `yaml:"confirm_first"`   // the first drop of the account; default true where betriebsart is produktion
	ConfirmUnusual *bool    `yaml:"confirm_unusual"` // more than five times the usual; default true where betriebsart is produktion
	IBANs          []string `yaml:"ibans"`           // own accounts; another IBAN in a request is a question; none = any
	// Encryption of contents between author and reader.
	Encryption Encryption `yaml:"encryption"`
	// Letters is what the letters of the account show beside the message.
	Letters Letters `yaml:"letters"`
}

// Limits bound what one drop of an account may ask for without being confirmed; 0 = any.
type Limits struct {
	Messages int   `yaml:"messages"` // requests and changes
	EUR      int64 `yaml:"eur"`      // their sum in whole euros
}

// SFTP is the SFTP server; without listen there is none.
type SFTP struct {
	Listen   string   `yaml:"listen"`
	HostKeys []string `yaml:"host_keys"` // private key files, mode 0600
}

// Intake bounds what is taken in.
type Intake struct {
	Settle     time.Duration `yaml:"settle"`      // how long a file must look the same, default 5s
	ScanEvery  time.Duration `yaml:"scan_every"`  // default 10s
	MaxDrop    Size          `yaml:"max_drop"`    // default 2GiB
	MaxMessage Size          `yaml:"max_message"` // default 30MiB
	MinFree    Size          `yaml:"min_free"`    // below it nothing is taken in, default 2GiB
	// Orte is a table of postcodes, CSV with the columns plz and ort; with it, a place that does not fit its postcode gets a warning.
	Orte string `yaml:"orte"`
	ZIP  ZIP    `yaml:"zip"`
	// Scanner looks at every attachment before its message is valid, or is published if it came by XTA; without it nobody does.
	Scanner Scanner `yaml:"scanner"`
}

// Scanner is a program, or clamd, that says whether an attachment is infected. One that is away, fails or takes too long holds the message.
type Scanner struct {
	Command []string      `yaml:"command"` // program with its arguments, never a shell; gets the PDF on stdin, ends with 0 = clean, 1 = infected
	Clamd   string        `yaml:"clamd"`   // instead: socket of clamd
	Timeout time.Duration `yaml:"timeout"` // for one attachment, 1s to 10m; default 1m
}

// ZIP bounds archives.
type ZIP struct {
	MaxEntries int `yaml:"max_entries"` // default 200000
	MaxRatio   int `yaml:"max_ratio"`   // default 200
}

// Register says where the authority servers are, and whether this process is one.
type Register struct {
	Servers      []string       `yaml:"servers"` // base URLs, tried in order
	Cert         string         `yaml:"cert"`    // own client certificate
	Key          string         `yaml:"key"`
	CA           string         `yaml:"ca"`             // of the servers
	StaleIfError time.Duration  `yaml:"stale_if_error"` // how old a cached answer may be while no server answers, default 24h
	Poll         time.Duration  `yaml:"poll"`           // between two looks at which version each server has, default 20s
	Serve        RegisterServer `yaml:"serve"`
}

// RegisterServer is an authority server in this process; without listen there is none.
type RegisterServer struct {
	Listen    string  `yaml:"listen"`
	Directory string  `yaml:"directory"` // YAML file; none = the embedded sample
	Store     string  `yaml:"store"`     // instead of directory: folder with all versions of the directory, see docs/verzeichnis.md
	Cert      string  `yaml:"cert"`
	Key       string  `yaml:"key"`
	ClientCA  string  `yaml:"client_ca"`
	Askers    []Asker `yaml:"askers"` // which client certificate may do what, and ask for which Betriebsart; SIGHUP reads them again
	Limit     Limit   `yaml:"limit"`

	// SecondPerson: every change of the store waits until somebody else accepts it.
	SecondPerson bool `yaml:"second_person"`
	// SigningKey is a PEM file with the Ed25519 key that signs the versions which secondaries fetch; gateway register key makes one.
	SigningKey string `yaml:"signing_key"`
	Follow     Follow `yaml:"follow"`
	Pages      Pages  `yaml:"pages"`
	Keep       Keep   `yaml:"keep"`
}

// Keep is for how long the content of old versions stays in the store; who put them, when and why stays for ever. A version keeps its content
// while one of both says so.
type Keep struct {
	Versions int `yaml:"versions"` // so many of the newest; default 50, at least 2
	Days     int `yaml:"days"`     // those that are younger; default 400
}

// Follow makes a secondary of an authority server: its store follows that of a primary. Without primary it is one itself.
type Follow struct {
	Primary   string        `yaml:"primary"` // base URL
	Cert      string        `yaml:"cert"`    // client certificate, which the primary lists with rolle secondary
	Key       string        `yaml:"key"`
	CA        string        `yaml:"ca"`         // of the primary
	PublicKey string        `yaml:"public_key"` // PEM file: the public half of the primary's signing_key
	Every     time.Duration `yaml:"every"`      // between two looks at the primary, default 3s
}

// Pages are the maintainers' pages of the directory, without login; without listen they are only below /pflege/ of the server itself, for
// certificates with the role maintainer.
type Pages struct {
	Listen string   `yaml:"listen"` // a loopback address
	Hosts  []string `yaml:"hosts"`  // names of a reverse proxy under which they may be asked for
}

// Limit is how many questions one client certificate may ask; each question of a batch counts. Who asks more is told to wait.
type Limit struct {
	Rate  int `yaml:"rate"`  // a second, in the long run; default 5000
	Burst int `yaml:"burst"` // at once; default ten seconds' worth, at least 1000
}

// Asker is a client certificate of the authority server.
type Asker struct {
	Name          string                  `yaml:"name"`
	Certificate   string                  `yaml:"certificate"` // SHA-256 fingerprint, hex
	Rolle         string                  `yaml:"rolle"`       // asker; maintainer (asks, and changes the directory); secondary (fetches its versions). Default asker
	Betriebsarten []amtshilfe.Betriebsart `yaml:"betriebsarten"`
}

// XTA is the electronic way.
type XTA struct {
	Client XTAClient `yaml:"client"`
	Server XTAServer `yaml:"server"`
}

// XTAClient sends to the readers' data centres and polls the own mailboxes.
type XTAClient struct {
	Cert           string          `yaml:"cert"`
	Key            string          `yaml:"key"`
	CA             string          `yaml:"ca"`
	Mailbox        string          `yaml:"mailbox"`         // msgBoxPort of the own server; default: xta.server.listen
	Management     string          `yaml:"management"`      // managementPort of the own server; default: beside mailbox
	Timeout        time.Duration   `yaml:"timeout"`         // of one exchange, default 300s
	ReportSchedule []time.Duration `yaml:"report_schedule"` // pauses between questions for a transport report; the last repeats; default [1m, 5m, 15m, 1h]
	RetrySchedule  []time.Duration `yaml:"retry_schedule"`  // pauses between attempts at a data centre that fails, and up to a fifth more; the last repeats; default [1m, 5m, 15m, 1h]
	BreakerAfter   int             `yaml:"breaker_after"`   // failures of a data centre in a row after which its messages wait and one is tried per pause; default 5
	ReportDeadline time.Duration   `yaml:"report_deadline"` // default 336h
	ResendWindow   time.Duration   `yaml:"resend_window"`   // default 168h
	PaperAfter     time.Duration   `yaml:"paper_after"`     // default of the participants, 0 = never a letter in place of an electronic message
	LookupKeep     time.Duration   `yaml:"lookup_keep"`     // how long a data centre's word counts that a reader takes our messages, default 1h
	// Encryption for certain readers, beside what each participant wants.
	Encryption []ReaderEncryption `yaml:"encryption"`
}

// XTAServer holds the mailboxes of the participants; without listen there is none.
type XTAServer struct {
	Listen   string       `yaml:"listen"`
	Name     string       `yaml:"name"` // at most 41 characters, part of message ids; default operator.kuerzel
	Cert     string       `yaml:"cert"`
	Key      string       `yaml:"key"`
	ClientCA string       `yaml:"client_ca"`
	Accounts []XTAAccount `yaml:"accounts"`
	Keep     XTAKeep      `yaml:"keep"`
	Relay    bool         `yaml:"relay"` // carry messages of the accounts on to readers at other data centres that the directory names; default false
}

// XTAKeep says how long the own XTA server keeps what is over; the run `purge` removes it.
type XTAKeep struct {
	Content time.Duration `yaml:"content"` // contents after the reader's close or their withdrawal, at least 1h; default 336h
	Reports time.Duration `yaml:"reports"` // reports after the same moment, at least as long as contents; default 2160h
	Unused  time.Duration `yaml:"unused"`  // MessageIDs that were issued and not used, at least 24h; default 720h
}

// XTAAccount says for which identifiers a client certificate may act.
type XTAAccount struct {
	Kennungen    []string `yaml:"kennungen"`    // authors and readers; "*" = any author, but nobody's mailbox
	Certificates []string `yaml:"certificates"` // SHA-256 fingerprints, hex; during a renewal the old and the new one
	// CertificatesDir is a folder with further certificates (.pem, .crt, .cer, .der): what is put in or taken out counts within
	// seconds. The rest of an account is read again at SIGHUP.
	CertificatesDir string   `yaml:"certificates_dir"`
	Locked          bool     `yaml:"locked"`   // refused with 9011
	Services        []string `yaml:"services"` // Dienste-URIs that it may send; default all
}

// Print is the Druckstrasse.
type Print struct {
	ProfilesDir string `yaml:"profiles_dir"` // one YAML file per profile; none = the built-in test profile "standard"
	Default     string `yaml:"default"`      // default standard
	Texts       string `yaml:"texts"`        // file with sentences of letters that name a statute, by Land of both sides and kind of requester; beside the built-in ones
}

// Runs are the cron runs, five fields each; "" = only when a person asks.
type Runs struct {
	Zone     string `yaml:"zone"`     // default Europe/Berlin
	Fetch    string `yaml:"fetch"`    // default */5 * * * *
	Print    string `yaml:"print"`    // default 0 17 * * 1-5
	Quittung string `yaml:"quittung"` // takes in what print centres acknowledged; default */15 * * * *
	Receipts string `yaml:"receipts"` // default */15 * * * *
	Purge    string `yaml:"purge"`    // default 30 3 * * *
}

// Packs are schema packs beside the built-in ones.
type Packs struct {
	Dir string `yaml:"dir"` // one folder per pack; for a namespace that a built-in pack has too, the one from here is used
}

// Status is the web page; without listen there is none.
type Status struct {
	Listen string   `yaml:"listen"`
	Hosts  []string `yaml:"hosts"` // names of a reverse proxy under which it may be asked for
}

// LedgerFile is the path of the ledger.
func (c Config) LedgerFile() string {
	if c.Ledger != "" {
		return c.Ledger
	}
	return filepath.Join(c.DataDir, "ledger.db")
}

// MailboxDir is the folder of the own XTA server's mailbox.
func (c Config) MailboxDir() string { return filepath.Join(c.DataDir, "xta") }
