package amtshilfe

// Entscheidung is what a sender decided about its own messages: the body of an entscheidung, and that of a widerruf, which names the one
// drop it takes back. The reasons stay in the document.
type Entscheidung struct {
	Wer  string // who decided in the sender's house; may be personal data
	Wahl []Wahl // in the order sent; a widerruf has one
}

// Wahl is one choice: about a message, or about a drop.
type Wahl struct {
	UUID            string // nachrichtenUUID, lower case; "" = it is about a drop
	LieferungID     string // id of the drop as receipts name it, "" = by the number of its lieferkopf
	Verfahren       string // of the lieferkopf, "" = any
	UebertragungsID int64  // of the lieferkopf, 0 = none
	Wahl            string // freigeben or zurueckziehen
}

// The choices.
const (
	WahlFreigeben     = "freigeben"
	WahlZurueckziehen = "zurueckziehen"
)
