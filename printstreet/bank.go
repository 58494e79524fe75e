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

// bank says where the money goes, in words and, if wanted, as a code; all of it on one page.
func (s *setter) bank(b *amtshilfe.Bankverbindung, sentence string, wantCode bool) {
	var code *symbol
	if wantCode {
		code = bankCode(b)
	}
	s.block(6*styleBody.leading(), func() {
		s.heading("Bankverbindung")
		s.paragraph(styleBody, sentence)
		s.row("Kontoinhaber(in)", b.Kontoinhaber)
		s.row("IBAN", groups(b.IBAN))
		s.row("BIC", b.BIC)
		s.row("Verwendungszweck", b.Verwendungszweck)
		if code != nil {
			s.bankSymbol(code)
		}
	})
}

// bankSymbol draws the code of an account.
func (s *setter) bankSymbol(code *symbol) {
	s.space(2)
	s.need(qrEdge + 4)
	s.put(mark{kind: markCode, x: marginLeft + labelWidth, y: s.y, w: qrEdge, code: code})
	s.text(marginLeft, s.y+baseline(styleBody), styleBody, "Kontodaten zum Einlesen")
	s.text(marginLeft, s.y+styleBody.leading()+baseline(styleBody), styleBody, "(ohne Betrag)")
	s.y += qrEdge + 3
}

// groups writes an IBAN in groups of four.
func groups(iban string) string {
	var out strings.Builder
	for i, r := range iban {
		if i > 0 && i%4 == 0 {
			out.WriteByte(' ')
		}
		out.WriteRune(r)
	}
	return out.String()
}
