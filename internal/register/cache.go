package register

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"damtshilfe/internal/amtshilfe"
)

// key is a question as it is cached. A kennung leaves the other fields empty.
type key struct {
	betriebsart         amtshilfe.Betriebsart
	kennung             string
	list, version, code string
	plz, ort, ortsteil  string
	strasse, staat      string
}

func (q Question) key() key {
	e, a := q.Einnahmeart, q.Anschrift
	return key{betriebsart: q.Betriebsart, list: plain(e.List), version: plain(e.Version), code: plain(e.Code),
		plz: plain(a.Postleitzahl), ort: plain(a.Ort), ortsteil: plain(a.Ortsteil), strasse: plain(a.Strasse), staat: plain(a.Staat)}
}

// plain takes out of a field what neither XML nor JSON can carry and cuts it, so that one odd address cannot spoil a request.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError || r == 0xFFFE || r == 0xFFFF {
			return ' '
		}
		return r
	}, s)
	if utf8.RuneCountInString(s) > maxFieldRune {
		s = string([]rune(s)[:maxFieldRune])
	}
	return strings.TrimSpace(s)
}

// entry is a cached answer.
type entry struct {
	z     amtshilfe.Zustaendigkeit
	asked time.Time
	until time.Time // fresh until
}

// share hides the cached slices from callers.
func share(z amtshilfe.Zustaendigkeit) amtshilfe.Zustaendigkeit {
	z.Kanaele, z.Kandidaten = slices.Clone(z.Kanaele), slices.Clone(z.Kandidaten)
	return z
}

// valid says whether the directory still stands behind the answer.
func (e entry) valid(now time.Time) bool {
	return e.z.GueltigBis.IsZero() || now.Before(e.z.GueltigBis)
}

// keep caches an answer for as long as the server, and we, allow.
func (c *Client) keep(k key, z amtshilfe.Zustaendigkeit, age time.Duration, now time.Time) {
	age = min(age, c.o.MaxAge)
	if z.Behoerde.Kennung == "" {
		age = min(age, maxNegative)
	}
	for old := range c.cache { // any entry: losing one costs a question
		if len(c.cache) < c.o.MaxEntries {
			break
		}
		delete(c.cache, old)
	}
	c.cache[k] = entry{z, now, now.Add(age)}
}

// stale gives an old answer instead of an error where that is allowed. "Nobody" is never used stale.
func (c *Client) stale(k key, now time.Time, err error) (amtshilfe.Zustaendigkeit, error) {
	e, ok := c.cache[k]
	if age := now.Sub(e.asked); ok && e.z.Behoerde.Kennung != "" && age <= c.o.StaleIfError && e.valid(now) {
		z := e.z
		z.Age = max(age, 0)
		return z, nil
	}
	return amtshilfe.Zustaendigkeit{}, &amtshilfe.Fault{Verdict: amtshilfe.Retry, Code: "ZUST-REGISTER", Owner: amtshilfe.OwnerBetrieb,
		Text: "Das Behördenverzeichnis ist nicht erreichbar; die Zuständigkeit wird erneut erfragt.", Err: err}
}
