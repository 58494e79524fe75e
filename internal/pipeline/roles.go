package pipeline

import "damtshilfe/internal/amtshilfe"

// role is what somebody is to a case.
type role int

const (
	stranger  role = iota // neither of the two
	holder                // the authority that has the request
	requester             // who made it
)

var roleNames = [...]string{"stranger", "holder", "requester"}

// String is the role as logs and tests show it.
func (r role) String() string { return roleNames[r] }

// maySend is the table of profil.md 2: what each of the two may say in a case. A 003 begins one, a 014 goes by the message that it
// sends back, and 001, 002 and 013 belong to none.
func (r role) maySend(k amtshilfe.Kind) bool {
	switch k {
	case amtshilfe.KindEingangsbestaetigung, amtshilfe.KindZurueckweisung, amtshilfe.KindWeiterleitung, amtshilfe.KindZahlungsmitteilung, amtshilfe.KindAbschluss:
		return r == holder
	case amtshilfe.KindForderungsaenderung, amtshilfe.KindEinstellung:
		return r == requester
	case amtshilfe.KindSachstandAnfrage, amtshilfe.KindSachstandAntwort, amtshilfe.KindErgaenzung:
		return r != stranger
	}
	return false
}
