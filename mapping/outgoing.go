package mapping

import (
	"io"
	"iter"
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
func WriteInfos(w io.Writer, head InfoHead, infos iter.Seq2[Info, error]) error { return nil }

// InfoUUID derives the nachrichtenUUID of the 013 about message seq in receipt n of a drop, so that writing it again gives the same.
func InfoUUID(drop amtshilfe.DropID, n, seq int) string { return "" }

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
func WriteRueckweisung(w io.Writer, r Rueckweisung) error { return nil }

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
func MarshalReason(r ErrorReason) ([]byte, error) { return nil, nil }
