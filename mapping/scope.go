package mapping

// scope is a place in the domain that a field of a pack.yaml may name: the message itself, or the group that a list opens.
type scope int

const (
	inMessage scope = iota
	inAkteur
	inPerson
	inAnschrift
	inKommunikation
	inSchuldner
	inSchutzvermerk
	inInsolvenz
	inWeiteresErsuchen
	inTitel
	inForderung
	inSaeumnis
	inAnhang
	inGrund
	inBuchung
	inRest
	inBeigetrieben
	inWahl
	inCounted // a group that is only counted: no fields
)

// group is what a list opens: the scope of its fields, and what happens to the cursor at its start and end tag.
type group struct {
	in    scope
	enter func(c *cursor, off int)
	leave func(c *cursor) // may be nil
}

// words are the names that a field map may use in one scope.
type words struct {
	fields map[string]setter
	groups map[string]group
}
