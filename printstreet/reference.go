package printstreet

import (
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// Reference names the 003 that a later letter refers to, so that a clerk finds the case without our UUID. Personal data.
type Reference struct {
	Absender      string          // kennung of the requester; a letter of another sender goes back to it. "" = not known
	Aktenzeichen  string          // the requester's reference in the 003
	Vom           time.Time       // ersuchenVom of the 003
	UUID          string          // nachrichtenUUID of the 003
	Schuldner     []string        // names of its debtors
	Glaeubiger    string          // "" = the requester itself
	Einnahmeart   string          // in words
	Kassenzeichen string          // the different ones of its claims
	Betrag        amtshilfe.Cents // sum of its claims on the day of the 003
	An            string          // name of the authority that the 003 went to, if another one holds the case now; "" otherwise
	// Forderungen says what the claims of the 003 are for, by Buchungsnummer.
	Forderungen map[string]string
	// Antwort is the kind of the message that the letter answers, if that is not the 003; 0 otherwise.
	Antwort amtshilfe.Kind
}

// ReferenceTo says what a later letter has to repeat of a 003.
func ReferenceTo(m *amtshilfe.Message) *Reference {
	r := &Reference{Absender: m.Kopf.Absender.Kennung, Aktenzeichen: m.Kopf.Absender.Aktenzeichen, UUID: m.Kopf.UUID}
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
	r.Forderungen = map[string]string{}
	for i := range e.Forderungen {
		f := &e.Forderungen[i]
		what := f.Buchungstext
		if what == "" {
			what = word(forderungsarten, f.Forderungsart)
		}
		r.Forderungen[f.Buchungsnummer] = strings.Join(nonEmpty(what, prefixed("Kassenzeichen ", f.Kassenzeichen)), "\n")
	}
	return r
}

// reference is what is known of the 003: all of it if the case is known, else what the message itself says.
func reference(l *Letter) Reference {
	if l.Reference != nil {
		return *l.Reference
	}
	r := Reference{Aktenzeichen: l.Message.Kopf.Absender.Aktenzeichen, UUID: l.Message.Bezug.Case()}
	if l.reply() {
		r.Absender, r.Aktenzeichen = l.Behoerde.Kennung, ""
		if e := l.Message.Kopf.Empfaenger; e != nil {
			r.Aktenzeichen = e.Aktenzeichen
		}
	}
	return r
}

// reply says that the letter goes back to the authority that made the 003.
func (l *Letter) reply() bool {
	switch k := l.Message.Kind; {
	case k == amtshilfe.KindErsuchen || k == amtshilfe.KindForderungsaenderung || k == amtshilfe.KindEinstellung:
		return false
	case k.OnlyAnswers():
		return true
	case l.Reference != nil && l.Reference.Absender != "":
		return l.Reference.Absender != l.Message.Kopf.Absender.Kennung
	default:
		return k == amtshilfe.KindSachstandAntwort
	}
}

// ownReference and theirReference are the two references of a case as the sender of the letter sees them.
func (l *Letter) ownReference() string {
	switch m := l.Message; {
	case m.AktenzeichenEmpfaenger != "":
		return m.AktenzeichenEmpfaenger
	case l.reply():
		return m.Kopf.Absender.Aktenzeichen
	}
	return reference(l).Aktenzeichen
}

func (l *Letter) theirReference() string {
	if l.Message.Kind != amtshilfe.KindErsuchen && l.reply() {
		if az := reference(l).Aktenzeichen; az != "" {
			return az
		}
	}
	if e := l.Message.Kopf.Empfaenger; e != nil {
		return e.Aktenzeichen
	}
	return ""
}

// references is the block by which the other side finds the case: who asked whom, when, under which references, and about what.
func (s *setter) references(l *Letter) {
	r := reference(l)
	own, other := l.sender().Person.Name(), twoLines(addressee(&l.Behoerde))
	whose, requester, requested, creditor := "Unser", own, other, own
	if l.reply() {
		whose, requester, requested, creditor = "Ihr", other, own, l.Behoerde.Name
	}
	if r.Glaeubiger != "" {
		creditor = r.Glaeubiger
	}
	theirs := l.theirReference()
	if theirs == "" {
		theirs = "uns nicht bekannt"
	}
	s.heading("Bezug")
	s.row(whose+" Ersuchen vom", date(r.Vom))
	s.row("Ersuchende Behörde", requester)
	s.row("Ersuchte Behörde", requested)
	s.row("Ursprünglich gerichtet an", r.An)
	s.row("Unser Aktenzeichen", l.ownReference())
	s.row("Ihr Aktenzeichen", theirs)
	s.row("Vollstreckungsschuldner(in)", strings.Join(r.Schuldner, "\n"))
	s.row("Gläubiger(in)", creditor)
	if r.Betrag != 0 {
		s.row("Gegenstand", strings.Join(nonEmpty(r.Einnahmeart, "Forderungen von "+r.Betrag.String()+" EUR am "+date(r.Vom)), ", "))
	}
	s.row("Kassenzeichen", r.Kassenzeichen)
	s.row("Kennung des Vorgangs", r.UUID)
	if to := l.Message.Bezug.UUID; l.Message.Kind.Answers() && to != r.UUID {
		s.row("Wir antworten auf", strings.Join(nonEmpty(nachrichten[r.Antwort.String()], "Nachricht "+to), "\n"))
	}
	s.row("Kennung dieser Nachricht", l.Message.Kopf.UUID)
}
