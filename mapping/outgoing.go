package mapping

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// Produkt names the program in the nachrichtenkopf of our own messages.
type Produkt struct{ Name, Hersteller, Version string }

// InfoHead is what all 013 of one container have in common.
type InfoHead struct {
	Absender        amtshilfe.Akteur  // the operator of the gateway
	Empfaenger      *amtshilfe.Akteur // the participant, nil = not named
	Produkt         Produkt
	UebertragungsID int64 // of this container, from 1
	CreatedAt       time.Time
	Count           int // number of infos that follow
	Test            bool
}

// Info is one 013: what became of one message.
type Info struct {
	UUID        string // nachrichtenUUID of this 013; the same again for a repetition (InfoUUID)
	Bezug       amtshilfe.Bezug
	Weg         Weg // "" = none yet
	Status      amtshilfe.Status
	Zeitpunkt   time.Time
	Empfaenger  *amtshilfe.Behoerde // nil = not written
	TransportID string              // "" = not written
}

// WriteInfos writes a container v:lieferung of 013 messages.
func WriteInfos(w io.Writer, head InfoHead, infos iter.Seq2[Info, error]) error {
	x := newXMLWriter(w)
	x.open("v:lieferung", namespaces...)
	x.lieferkopf(amtshilfe.Lieferkopf{
		Absender: head.Absender.Kennung, Verfahren: head.Absender.Verfahren, UebertragungsID: head.UebertragungsID,
		Erstellt: head.CreatedAt, Anzahl: head.Count,
	})
	for i, err := range infos {
		if err != nil {
			return fmt.Errorf("write infos: %w", err)
		}
		x.info(head, i)
	}
	x.close("v:lieferung")
	if err := x.flush(); err != nil {
		return fmt.Errorf("write infos: %w", err)
	}
	return nil
}

// WriteInfo writes one 013 as a document of its own.
func WriteInfo(w io.Writer, head InfoHead, i Info) error {
	x := newXMLWriter(w)
	x.info(head, i, namespaces...)
	if err := x.flush(); err != nil {
		return fmt.Errorf("write info: %w", err)
	}
	return nil
}

// info writes one 013.
func (x *xmlWriter) info(head InfoHead, i Info, attrs ...string) {
	const root = "v:vollstreckungshilfe.Uebermittlungsinformation.013"
	x.open(root, attrs...)
	x.nachrichtenkopf(amtshilfe.Nachrichtenkopf{
		UUID: i.UUID, Erstellt: head.CreatedAt, Absender: head.Absender, Empfaenger: head.Empfaenger, Test: head.Test,
	}, head.Produkt)
	x.bezug(i.Bezug)
	x.opt("v:weg", string(i.Weg))
	x.leaf("v:status", string(i.Status))
	x.time("v:zeitpunkt", i.Zeitpunkt)
	if i.Empfaenger != nil {
		x.behoerde("v:empfaenger", *i.Empfaenger)
	}
	x.optZeile("v:transportID", i.TransportID)
	x.close(root)
}

// ValidUUID says whether s has the form of a nachrichtenUUID.
func ValidUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		hex := '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
		if dash != (c == '-') || !dash && !hex {
			return false
		}
	}
	return true
}

// InfoUUID derives the nachrichtenUUID of the 013 about message seq in receipt n of a drop, so that writing it again gives the same.
func InfoUUID(drop amtshilfe.DropID, n, seq int) string {
	return derivedUUID(fmt.Appendf(nil, "013 %s %d %d", drop, n, seq))
}

// RueckweisungUUID derives the nachrichtenUUID of the 014 about an inbound message, so that making it again makes the same.
func RueckweisungUUID(id amtshilfe.InboxID) string {
	return derivedUUID(fmt.Appendf(nil, "014 %s", id))
}

func derivedUUID(from []byte) string {
	h := sha256.Sum256(from)
	h[6], h[8] = h[6]&0x0f|0x80, h[8]&0x3f|0x80 // RFC 9562 version 8: our own derivation
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// RueckweisungCode is why a gateway refuses a message (014 grund/code).
type RueckweisungCode string

// The codes of a 014 (profile schema).
const (
	RueckSchema             RueckweisungCode = "schema"
	RueckVersion            RueckweisungCode = "version"
	RueckEntschluesselung   RueckweisungCode = "entschluesselung"
	RueckTestkennzeichen    RueckweisungCode = "testkennzeichen"
	RueckFalscherEmpfaenger RueckweisungCode = "falscher-empfaenger"
	RueckFremderAbsender    RueckweisungCode = "fremder-absender"
	RueckDuplikat           RueckweisungCode = "duplikat"
	RueckSchadsoftware      RueckweisungCode = "schadsoftware"
	RueckUnbekannterBezug   RueckweisungCode = "unbekannter-bezug"
)

// Rueckweisung is the content of a 014.
type Rueckweisung struct {
	Kopf        amtshilfe.Nachrichtenkopf // absender: the participant the refused message was addressed to
	Produkt     Produkt
	Bezug       *amtshilfe.Bezug // nil = the message could not be read that far
	TransportID string           // XTA MessageID of the refused message, "" = not written
	Code        RueckweisungCode
	Findings    []amtshilfe.Finding // what was wrong, may be empty
}

// WriteRueckweisung writes a 014.
func WriteRueckweisung(w io.Writer, r Rueckweisung) error {
	const root = "v:vollstreckungshilfe.Rueckweisung.014"
	x := newXMLWriter(w)
	x.open(root, namespaces...)
	x.nachrichtenkopf(r.Kopf, r.Produkt)
	if r.Bezug != nil {
		x.bezug(*r.Bezug)
	}
	x.optZeile("v:transportID", r.TransportID)
	x.open("v:grund")
	x.leaf("v:code", string(r.Code))
	for _, f := range r.Findings {
		x.befund("v:befund", f)
	}
	x.close("v:grund")
	x.close(root)
	if err := x.flush(); err != nil {
		return fmt.Errorf("write rueckweisung: %w", err)
	}
	return nil
}

// ErrorReason is the content of <drop>.reason.json beside a quarantined drop. It holds no personal data beyond the file name.
type ErrorReason struct {
	Drop    amtshilfe.DropID `json:"drop"`
	Account string           `json:"account"`
	Name    string           `json:"name"` // as dropped
	Size    int64            `json:"size"`
	SHA256  string           `json:"sha256,omitempty"` // hex
	At      time.Time        `json:"at"`               // when it was refused
	Code    string           `json:"code"`
	Text    string           `json:"text"`
	Line    int              `json:"line,omitempty"`
	Column  int              `json:"column,omitempty"`
}

// MarshalReason gives the bytes of the file, ending in a newline.
func MarshalReason(r ErrorReason) ([]byte, error) {
	r.Name = strings.ToValidUTF8(r.Name, "\uFFFD")
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("marshal reason: %w", err)
	}
	return append(b, '\n'), nil
}
