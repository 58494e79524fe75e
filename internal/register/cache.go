package register

import (
	"slices"
	"strconv"
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
	hausnummer          string
	massnahmen          string // "" = not said; else a separator, and one behind each of them
	glaeubiger, land    string
	betrag              int64
}

// separator stands around each measure of a key; plain takes it out of all text.
const separator = "\x00"

// postfach stands for a street in a question about a post office box, whose number decides nothing.
const postfach = "Postfach"

func (q Question) key() key {
	e, a, u := q.Einnahmeart, q.Anschrift, q.Umstaende
	k := key{betriebsart: q.Betriebsart, list: plain(e.List), version: plain(e.Version), code: plain(e.Code),
		plz: plain(a.Postleitzahl), ort: plain(a.Ort), ortsteil: plain(a.Ortsteil), strasse: plain(a.Strasse), staat: plain(a.Staat),
		hausnummer: plain(a.Hausnummer + a.HausnummerZusatz), glaeubiger: plain(u.Glaeubiger), land: plain(u.Land), betrag: u.Betrag}
	if k.strasse == "" && a.Postfach != "" {
		k.strasse = postfach
	}
	if u.Massnahmen != nil {
		k.massnahmen = separator
	}
	for _, m := range u.Massnahmen {
		k.massnahmen += plain(m) + separator
	}
	return k
}

// says whether the question says more than an address: a 001 has no place for it.
func (k key) says() bool {
	return k.massnahmen != "" || k.glaeubiger != "" || k.land != "" || k.betrag != 0
}

// fields is all that tells questions apart.
func (k key) fields() []string {
	return []string{string(k.betriebsart), k.kennung, k.list, k.version, k.code, k.plz, k.ort, k.ortsteil, k.strasse, k.staat,
		k.hausnummer, k.massnahmen, k.glaeubiger, k.land, strconv.FormatInt(k.betrag, 10)}
}

// size is about how long the question is.
func (k key) size() (n int) {
	for _, f := range k.fields() {
		n += len(f)
	}
	return n
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
