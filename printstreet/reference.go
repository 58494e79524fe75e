package printstreet

import (
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// Reference names the 003 that a later letter refers to, so that a clerk finds the case without our UUID. Personal data.
type Reference struct {
	Aktenzeichen  string          // the requester's reference in the 003
	Vom           time.Time       // ersuchenVom of the 003
	UUID          string          // nachrichtenUUID of the 003
	Schuldner     []string        // names of its debtors
	Glaeubiger    string          // "" = the requester itself
	Einnahmeart   string          // in words
	Kassenzeichen string          // the different ones of its claims
	Betrag        amtshilfe.Cents // sum of its claims on the day of the 003
	An            string          // name of the authority that the 003 went to, if another one holds the case now; "" otherwise
}

// ReferenceTo says what a later letter has to repeat of a 003.
func ReferenceTo(m *amtshilfe.Message) *Reference {
	r := &Reference{Aktenzeichen: m.Kopf.Absender.Aktenzeichen, UUID: m.Kopf.UUID}
	e := m.Ersuchen
	if e == nil {
		return r
	}
	r.Vom, r.Glaeubiger, r.Einnahmeart, r.Kassenzeichen, r.Betrag = e.Vom, e.Glaeubiger, einnahmeart(e.Einnahmeart), kassenzeichen(e), e.Betrag()
	for i := range e.Schuldner {
		if s := &e.Schuldner[i]; s.Routes() {
			r.Schuldner = append(r.Schuldner, s.Person.Name())
		}
	}
	return r
}

// reference is what is known of the 003: all of it if the case is known, else what the message itself says.
func reference(l *Letter) Reference {
	if l.Reference != nil {
		return *l.Reference
	}
	return Reference{Aktenzeichen: l.Message.Kopf.Absender.Aktenzeichen, UUID: l.Message.Bezug.Case()}
}

// references is the block by which the other side finds the case: who asked whom, when, under which references, and about what.
func (s *setter) references(l *Letter) {
	r := reference(l)
	theirs := "uns nicht bekannt"
	if e := l.Message.Kopf.Empfaenger; e != nil && e.Aktenzeichen != "" {
		theirs = e.Aktenzeichen
	}
	creditor := r.Glaeubiger
	if creditor == "" {
		creditor = l.sender().Person.Name()
	}
	s.heading("Bezug")
	s.row("Unser Ersuchen vom", date(r.Vom))
	s.row("Ersuchende Behörde", l.sender().Person.Name())
	s.row("Ersuchte Behörde", twoLines(addressee(&l.Behoerde)))
	s.row("Ursprünglich gerichtet an", r.An)
	s.row("Unser Aktenzeichen", r.Aktenzeichen)
	s.row("Ihr Aktenzeichen", theirs)
	s.row("Vollstreckungsschuldner(in)", strings.Join(r.Schuldner, "\n"))
	s.row("Gläubiger(in)", creditor)
	if r.Betrag != 0 {
		s.row("Gegenstand", strings.Join(nonEmpty(r.Einnahmeart, "Forderungen von "+r.Betrag.String()+" EUR am "+date(r.Vom)), ", "))
	}
	s.row("Kassenzeichen", r.Kassenzeichen)
	s.row("Kennung des Vorgangs", r.UUID)
	s.row("Kennung dieser Nachricht", l.Message.Kopf.UUID)
}
