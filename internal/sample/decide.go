package sample

import (
	"strconv"

	"damtshilfe/internal/amtshilfe"
)

// Entscheidung writes an entscheidung: what a sender decided about messages, or drops, that wait.
func Entscheidung(kopf amtshilfe.Nachrichtenkopf, wer string, wahl ...amtshilfe.Wahl) []byte {
	var d doc
	return d.decision("entscheidung", &kopf, func() {
		d.leaf("vh:wer", wer)
		for _, w := range wahl {
			at := "vh:nachricht"
			if w.UUID == "" {
				at = "vh:lieferung"
			}
			d.open(at)
			d.opt("vh:nachrichtenUUID", w.UUID)
			if w.UUID == "" {
				d.open("vh:bezug")
				d.lieferungBezug(w)
				d.close("vh:bezug")
			}
			d.leaf("vh:wahl", w.Wahl)
			d.close(at)
		}
	})
}

// Widerruf writes a widerruf: its sender takes a whole drop back.
func Widerruf(kopf amtshilfe.Nachrichtenkopf, w amtshilfe.Wahl) []byte {
	var d doc
	return d.decision("widerruf", &kopf, func() {
		d.open("vh:lieferung")
		d.lieferungBezug(w)
		d.close("vh:lieferung")
		d.leaf("vh:grund", "Die Lieferung wurde versehentlich erzeugt.")
	})
}

func (d *doc) lieferungBezug(w amtshilfe.Wahl) {
	d.opt("vh:lieferungID", w.LieferungID)
	if w.LieferungID == "" {
		d.opt("vh:verfahren", w.Verfahren)
		d.leaf("vh:uebertragungsID", strconv.FormatInt(w.UebertragungsID, 10))
	}
}
