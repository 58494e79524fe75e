package register

import (
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
)

// The purposes of a Zertifikat.
const (
	ZweckTLS              = "tls"
	ZweckVerschluesselung = "verschluesselung"
)

// Zertifikat is a certificate of an authority or a data centre, known by its fingerprint. Fingerprint and purpose are unique together.
type Zertifikat struct {
	Fingerabdruck string                `yaml:"fingerabdruck"`         // SHA-256 of the DER, hex
	Zweck         string                `yaml:"zweck"`                 // tls or verschluesselung
	Kennung       string                `yaml:"kennung"`               // of an entry or a Rechenzentrum
	Betriebsart   amtshilfe.Betriebsart `yaml:"betriebsart,omitempty"` // of the entry; "" for a Rechenzentrum
	GueltigAb     time.Time             `yaml:"gueltig_ab"`
	GueltigBis    time.Time             `yaml:"gueltig_bis"`
	Nachfolger    string                `yaml:"nachfolger,omitempty"` // fingerprint of the one that replaces it, same purpose
	Gesperrt      time.Time             `yaml:"gesperrt,omitempty"`   // revoked since; zero = not
	Grund         string                `yaml:"grund,omitempty"`      // why it is revoked
}

// Mandant says in which data centre the mailbox of a participant is.
type Mandant struct {
	Name          string                `yaml:"name"`
	Betriebsart   amtshilfe.Betriebsart `yaml:"betriebsart"`
	Kennungen     []string              `yaml:"kennungen,flow"`             // each once per Betriebsart
	Rechenzentrum string                `yaml:"rechenzentrum"`              // kennung of one in rechenzentren
	Zertifikate   []string              `yaml:"zertifikate,omitempty,flow"` // fingerprints of its own certificates
}

// Certificates are its fingerprints as certs.Fingerprint writes them.
func (m Mandant) Certificates() (list []string) {
	for _, f := range m.Zertifikate {
		list = append(list, certs.CleanFingerprint(f))
	}
	return list
}
