package register

import "damtshilfe/internal/amtshilfe"

// Read001 reads a question as the server does.
func Read001(doc []byte) (amtshilfe.Einnahmeart, amtshilfe.Postanschrift, error) {
	maps, err := anfrageMaps()
	if err != nil {
		return amtshilfe.Einnahmeart{}, amtshilfe.Postanschrift{}, err
	}
	return (&gate{limit: maxAnfrage}).read001(doc, maps)
}

// Write001 writes a question as the client does.
func Write001(e amtshilfe.Einnahmeart, a amtshilfe.Postanschrift) []byte {
	q := Question{Einnahmeart: e, Anschrift: a}.key().frage().question()
	return write001(q.Einnahmeart, q.Anschrift)
}

// ParseParts and ParseWhole are the two ways of Parse.
var (
	ParseParts = parseParts
	ParseWhole = parseWhole
)

// DoubledKey is what a body of JSON is held against.
var DoubledKey = doubledKey
