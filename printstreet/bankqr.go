package printstreet

import (
	"strings"
	"unicode/utf8"

	"rsc.io/qr"

	"damtshilfe/internal/amtshilfe"
)

// bankCode is payee, IBAN and purpose in the form that banking programs scan (EPC069-12, version 2), without an amount: what
// was collected is known later. nil if a part is missing or longer than the form allows; the words beside it say it all.
func bankCode(b *amtshilfe.Bankverbindung) *symbol {
	name, purpose := oneLine(b.Kontoinhaber), oneLine(b.Verwendungszweck)
	if name == "" || b.IBAN == "" || utf8.RuneCountInString(name) > 70 || utf8.RuneCountInString(purpose) > 140 {
		return nil
	}
	code, err := qr.Encode(strings.Join([]string{"BCD", "002", "1", "SCT", b.BIC, name, b.IBAN, "", "", "", purpose}, "\n"), qr.M)
	if err != nil || code.Size > 69 { // version 13 is the largest that the form allows
		return nil
	}
	return newSymbol(code.Size, code.Black)
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// qrEdge is the printed edge of the bank's code in mm: 0.43 mm a module at the largest.
const qrEdge = 30.0
