package mapping

import (
	"bytes"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// dateT shortens the setters of the vocabulary.
type dateT = time.Time

// setter puts one value into the domain. v is valid only during the call; off is where it starts in the document.
type setter func(c *cursor, v []byte, off int)

// cursor is the message being filled and, per group, the place in it that the open elements stand for. A group's pointer is valid
// while its element is open: the field map lets nothing append to the same slice in between.
type cursor struct {
	m   *amtshilfe.Message
	doc []byte

	akteur        *amtshilfe.Akteur
	person        *amtshilfe.Person
	anschrift     *amtshilfe.Postanschrift
	postfach      amtshilfe.Postanschrift // the PO box beside the open anschrift
	kommunikation *amtshilfe.Kommunikation
	schuldner     *amtshilfe.Schuldner
	schutzvermerk *amtshilfe.Schutzvermerk
	insolvenz     *amtshilfe.Insolvenz
	titel         *amtshilfe.Titel
	forderung     *amtshilfe.Forderung
	saeumnis      *amtshilfe.Saeumnis
	anhang        *amtshilfe.Anhang
	grund         *amtshilfe.Grund
	wahl          *amtshilfe.Wahl
	buchung       *amtshilfe.Buchung
	rest          *amtshilfe.Restforderung
	beigetrieben  *amtshilfe.Beigetrieben

	behoerde, aktenzeichen string // of the open weiteresErsuchen
	persons                int    // natural and legal persons in the open person
	personAt               int    // where the open person starts
	crowds                 []int  // starts of debtors' persons that name more than one

	arena strings.Builder // short values of this and the next messages: one allocation for many strings
}

// reset makes the cursor fill m from doc.
func (c *cursor) reset(m *amtshilfe.Message, doc []byte) {
	*m = amtshilfe.Message{}
	c.m, c.doc, c.akteur, c.person, c.schuldner = m, doc, nil, nil, nil
	c.crowds = c.crowds[:0]
}

// str copies v. Short values share a chunk: a message has some forty of them.
func (c *cursor) str(v []byte) string {
	const chunk, short = 2048, 256
	switch {
	case len(v) == 0:
		return ""
	case len(v) > short:
		return string(v)
	case c.arena.Cap()-c.arena.Len() < len(v):
		// What was handed out keeps the old chunk alive; the builder starts a new one.
		c.arena = strings.Builder{}
		c.arena.Grow(chunk)
	}
	from := c.arena.Len()
	c.arena.Write(v)
	return c.arena.String()[from:]
}

// slice gives v as part of the document where it is one, else a copy.
func (c *cursor) slice(v []byte, off int) []byte {
	if len(v) == 0 {
		return nil
	}
	if off >= 0 && off+len(v) <= len(c.doc) && &c.doc[off] == &v[0] {
		return c.doc[off : off+len(v) : off+len(v)]
	}
	return bytes.Clone(v)
}

// ersuchen is the body of a 003 or 001, made when the first of its fields appears.
func (c *cursor) ersuchen() *amtshilfe.Ersuchen {
	if c.m.Ersuchen == nil {
		c.m.Ersuchen = new(amtshilfe.Ersuchen)
	}
	return c.m.Ersuchen
}

// anhaenge is where the message keeps its attachments.
func (c *cursor) anhaenge() *[]amtshilfe.Anhang {
	if c.m.Kind == amtshilfe.KindErsuchen {
		return &c.ersuchen().Anhaenge
	}
	return &c.m.Anhaenge
}

// debtors is where the message keeps its debtors: a 015 brings news of some.
func (c *cursor) debtors() *[]amtshilfe.Schuldner {
	if c.m.Kind == amtshilfe.KindErgaenzung {
		return &c.m.Ergaenzung.Schuldner
	}
	return &c.ersuchen().Schuldner
}

// gefahr is where the message keeps its danger notice.
func (c *cursor) gefahr() (stand, text *string) {
	if c.m.Kind == amtshilfe.KindErgaenzung {
		return &c.m.Ergaenzung.Gefahr, &c.m.Ergaenzung.GefahrText
	}
	e := c.ersuchen()
	return &e.Gefahr, &e.GefahrText
}

// bank is where the message says where money goes.
func (c *cursor) bank() *amtshilfe.Bankverbindung {
	if c.m.Kind == amtshilfe.KindAbschluss {
		return &c.m.Abschluss.Bankverbindung
	}
	return &c.ersuchen().Bankverbindung
}

// enterWiderruf opens the one choice of a widerruf.
func (c *cursor) enterWiderruf() {
	c.wahl = add(&c.m.Entscheidung.Wahl)
	c.wahl.Wahl = amtshilfe.WahlZurueckziehen
}

func (c *cursor) newAkteur() *amtshilfe.Akteur {
	c.akteur = new(amtshilfe.Akteur)
	return c.akteur
}

func (c *cursor) enterPerson(p *amtshilfe.Person, off int) {
	c.person, c.persons, c.personAt = p, 0, off
}

// leaveSchuldnerPerson notes a debtor that names several persons: the domain holds one, and losing the others in silence would be
// losing debtors. A party of the message may name the authority and its clerk.
func (c *cursor) leaveSchuldnerPerson() {
	if c.persons > 1 {
		c.crowds = append(c.crowds, c.personAt)
	}
	c.person = nil
}

func (c *cursor) leaveSchuldner() { c.schuldner = nil }

func (c *cursor) enterAnschrift(a *amtshilfe.Postanschrift) {
	c.anschrift, c.postfach = a, amtshilfe.Postanschrift{}
}

// leaveAnschrift lets the PO box count only where there is no address of a house: nobody can be visited in a box.
func (c *cursor) leaveAnschrift() {
	a := c.anschrift
	if a.Strasse == "" && a.Postleitzahl == "" && a.Ort == "" {
		a.Postfach, a.Postleitzahl, a.Ort = c.postfach.Postfach, c.postfach.Postleitzahl, c.postfach.Ort
		if a.Staat == "" {
			a.Staat = c.postfach.Staat
		}
	}
	c.anschrift = nil
}

// enterAnfrage opens the one address of a 001, as that of a debtor without a name.
func (c *cursor) enterAnfrage() {
	c.schuldner = add(&c.ersuchen().Schuldner)
	c.enterAnschrift(add(&c.schuldner.Person.Anschriften))
}

func (c *cursor) leaveAnfrage() {
	c.leaveAnschrift()
	c.schuldner = nil
}

func (c *cursor) leaveWeiteres() {
	e := c.ersuchen()
	e.WeitereErsuchen = append(e.WeitereErsuchen, joined(c.behoerde, ", ", c.aktenzeichen))
}

// add appends a zero element and gives its address.
func add[T any](list *[]T) *T {
	var zero T
	*list = append(*list, zero)
	return &(*list)[len(*list)-1]
}

// joined puts sep between a and b where both are there.
func joined(a, sep, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + sep + b
}

// release lets go of the document and the message.
func (c *cursor) release() { c.m, c.doc = nil, nil }
