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

// size is about how long the question is.
func (k key) size() int {
	return len(k.list) + len(k.version) + len(k.code) + len(k.plz) + len(k.ort) + len(k.ortsteil) + len(k.strasse) + len(k.staat)
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

// origin says which directory an answer came from.
type origin struct {
	seq  int64  // of the version in the server's store; 0 = the server has none
	etag string // "" = not said
}

// newerThan says that m is another directory than o, and none of before: a secondary that is behind takes nothing back.
func (m origin) newerThan(o origin) bool {
	if m.etag == "" || m.etag == o.etag {
		return false
	}
	return m.seq == 0 || o.seq == 0 || m.seq >= o.seq
}

// entry is a cached answer.
type entry struct {
	z     amtshilfe.Zustaendigkeit
	asked time.Time
	until time.Time     // fresh until
	alter time.Duration // how long before asked the server's directory was known to be the newest: a secondary's delay
	from  origin
}

// answer gives the entry as callers see it, with its age.
func (e entry) answer(now time.Time) amtshilfe.Zustaendigkeit {
	z := share(e.z)
	z.Age = e.age(now)
	return z
}

// share hides the cached slices from callers.
func share(z amtshilfe.Zustaendigkeit) amtshilfe.Zustaendigkeit {
	z.Kanaele, z.Kandidaten = slices.Clone(z.Kanaele), slices.Clone(z.Kandidaten)
	return z
}

func (e entry) age(now time.Time) time.Duration { return e.alter + max(now.Sub(e.asked), 0) }

// valid says whether the directory still stands behind the answer.
func (e entry) valid(now time.Time) bool {
	return e.z.GueltigBis.IsZero() || now.Before(e.z.GueltigBis)
}

// fresh says whether the answer counts without asking again. One from the future was written by another clock.
func (c *Client) fresh(e entry, now time.Time) bool {
	return now.Before(e.until) && !now.Add(c.o.MaxAge).Before(e.until) && e.valid(now) && !c.known.newerThan(e.from)
}

// keep caches an answer for as long as the server, and we, allow.
func (c *Client) keep(k key, h heard, i int, now time.Time) entry {
	age := min(h.maxAge, c.o.MaxAge)
	if h.z[i].Behoerde.Kennung == "" {
		age = min(age, maxNegative)
	}
	e := entry{h.z[i], now, now.Add(age), h.alter, h.from}
	c.remember(k, e)
	return e
}

// remember puts an entry into the memory.
func (c *Client) remember(k key, e entry) {
	for old := range c.cache { // any entry: losing one costs a question
		if len(c.cache) < c.o.MaxEntries {
			break
		}
		delete(c.cache, old)
	}
	c.cache[k] = e
}

// stale gives an old answer instead of an error where that is allowed. "Nobody" is never used stale.
func (c *Client) stale(k key, now time.Time, err error) (amtshilfe.Zustaendigkeit, error) {
	e, ok := c.cache[k]
	if ok && e.z.Behoerde.Kennung != "" && e.age(now) <= c.o.StaleIfError && e.valid(now) {
		return e.answer(now), nil
	}
	return amtshilfe.Zustaendigkeit{}, &amtshilfe.Fault{Verdict: amtshilfe.Retry, Code: "ZUST-REGISTER", Owner: amtshilfe.OwnerBetrieb,
		Text: "Das Behördenverzeichnis ist nicht erreichbar; die Zuständigkeit wird erneut erfragt.", Err: err}
}
