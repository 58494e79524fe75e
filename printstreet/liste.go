package printstreet

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// listeColumns are those of FormatListe: a day's export of a print centre that knows letters, but neither our bundles nor kinds of
// acknowledgements.
var listeColumns = []string{"sendung", "status", "zeit", "grund"}

// parseListe reads such a list: an acknowledgement for each bundle, in the order in which the list names them first. The checks are those of
// every other acknowledgement. A list has no id, so its content is one: the same list again is the same acknowledgement.
func parseListe(data []byte) ([]Quittung, error) {
	if len(data) > MaxQuittung {
		return nil, quittungFault("sie ist größer als %d Byte", MaxQuittung)
	}
	rows, err := csvRows(data, listeColumns, "keine Liste")
	if err != nil {
		return nil, err
	}
	var order []amtshilfe.BundleID
	parts := map[amtshilfe.BundleID]*rawQuittung{}
	for i, row := range rows {
		letter, at, err := listeRow(row)
		if err != nil {
			return nil, quittungFault("Zeile %d: zeit ist weder ein Zeitpunkt noch ein Tag", i+2)
		}
		id, err := amtshilfe.ParseSendungID(letter["id"])
		if err != nil {
			return nil, quittungFault("Zeile %d: sendung fehlt oder hat eine falsche Form", i+2)
		}
		part := parts[id.Bundle]
		if part == nil {
			part = &rawQuittung{head: map[string]string{"id": "L", "stapel": string(id.Bundle), "art": string(ArtListe), "erstellt": "0001-01-01T00:00:00Z"}}
			parts[id.Bundle], order = part, append(order, id.Bundle)
		}
		part.letters = append(part.letters, letter)
		part.head["erstellt"] = max(part.head["erstellt"], at)
	}
	if len(order) == 0 {
		return nil, quittungFault("sie nennt keine Sendung")
	}
	var out []Quittung
	for _, id := range order {
		part := parts[id]
		part.head["anzahl"] = strconv.Itoa(len(part.letters))
		q, err := part.quittung()
		if err != nil {
			return nil, err
		}
		sum := q.Sum()
		q.ID = "L-" + hex.EncodeToString(sum[:16])
		out = append(out, q)
	}
	return out, nil
}

// listeRow gives a line in the words of a letter of the XML form, and its time in UTC ("" = none). The day is the one that is written.
func listeRow(row []string) (letter map[string]string, at string, err error) {
	for i := range row {
		row[i] = strings.TrimSpace(row[i])
	}
	letter = map[string]string{"id": row[0], "stand": row[1], "datum": row[2], "grund": row[3]}
	if len(row[2]) <= len(time.DateOnly) {
		return letter, at, nil // a day, or nothing: letter checks it
	}
	t, err := dateTime(row[2])
	letter["datum"] = row[2][:len(time.DateOnly)]
	return letter, t.Format(time.RFC3339), err
}
