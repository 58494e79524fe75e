package source

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"damtshilfe/internal/register"
)

// readGV100 reads the Gemeindeverzeichnis GV100AD of Destatis: lines of fixed width, positions in characters from 1.
//
//	1-2    Satzart: 10 Land, 20 Regierungsbezirk, 30 Region, 40 Kreis, 50 Gemeindeverband, 60 Gemeinde
//	3-10   Gebietsstand, JJJJMMTT
//	11-12  Land   13 Regierungsbezirk   14-15 Kreis   16-18 Gemeinde   (together the AGS)
//	19-22  Gemeindeverband: with 11-15 in front and 16-18 behind it the ARS
//	23-72  name
//
// What follows (area, inhabitants, postcode of the town hall) is not used. Regions and other kinds are passed over.
func readGV100(r *Rows, data []byte, o Options) (err error) {
	if o.Charset == "" && !utf8.Valid(data) {
		o.Charset = "windows-1252" // what the older files are in
	}
	r.all = true
	var stand register.Datum
	lines(data, o, func(l line) bool {
		if r.Lines++; r.Lines > o.Limits.Rows {
			err = fmt.Errorf("more than %d lines", o.Limits.Rows)
			return false
		}
		if l.bad != "" {
			r.reject(l.no, "%s", l.bad)
			return true
		}
		if day := r.record(l.no, []rune(l.text)); day > stand {
			stand = day
		}
		return true
	})
	if stand != "" {
		r.Stand = stand
	}
	return err
}

// record reads one line and gives its Gebietsstand.
func (r *Rows) record(no int, text []rune) (stand register.Datum) {
	at := func(from, to int) string {
		if from > len(text) {
			return ""
		}
		return strings.TrimSpace(string(text[from-1 : min(to, len(text))]))
	}
	satzart, name := at(1, 2), at(23, 72)
	stand, ok := date(at(3, 10))
	if !ok {
		stand = ""
	}
	key := map[string]string{"10": at(11, 12), "20": at(11, 13), "40": at(11, 15), "50": at(11, 15) + at(19, 22), "60": at(11, 18)}[satzart]
	want := map[string]int{"10": 2, "20": 3, "40": 5, "50": 9, "60": 8}[satzart]
	switch {
	case !digits(satzart, 2):
		r.reject(no, "Satzart %q is not two digits", satzart)
	case want == 0: // a region, or a kind that comes later
	case stand == "":
		r.reject(no, "Gebietsstand %q is not a day", at(3, 10))
	case !digits(key, want):
		r.reject(no, "key %q of Satzart %s is not %d digits", short(key), satzart, want)
	case name == "":
		r.reject(no, "%s has no name", key)
	case satzart == "60":
		ars := key[:5] + at(19, 22) + key[5:]
		if len(ars) != 12 {
			ars = ""
		}
		r.gemeinde(no, key, ars, name, "")
	default:
		r.add(no, verband{key, name})
	}
	return stand
}
