package register

import (
	"crypto/sha256"
	_ "embed" // the sample directory
	"encoding/hex"
	"fmt"
	"io"
	"reflect"
	"slices"
	"time"
	"unicode/utf8"

	"damtshilfe/internal/amtshilfe"
)

//go:embed sample.yaml
var sampleYAML []byte

// Directory answers questions from a checked File. It never changes, so it may be used by many goroutines at once.
type Directory struct {
	file   File
	etag   string
	size   int64
	stamps stamps // of file
	atlas  *atlas
	all    map[amtshilfe.Betriebsart]*index
}

// Sample is the embedded directory: real municipalities of all Laender, fictitious authorities, Betriebsart test.
func Sample() (*Directory, error) { return Read(sampleYAML) }

// New checks f and builds a Directory from it. The error is an *Error and names the entry by its YAML path.
func New(f File) (*Directory, error) { return Take(f.clone()) }

// Take is New without a copy: f and what it points to must not be changed afterwards.
func Take(f File) (*Directory, error) { return TakeLike(f, Making{}) }

// Making says what helps to make a Directory, and what comes of it beside.
type Making struct {
	// Like is a directory that has much in common with the new one, the version before: what both have alike is not made again, and stands
	// in memory once. nil = none.
	Like *Directory
	// JSON gets what WriteJSON would write, which is written for the fingerprint anyway. nil = nobody does.
	JSON io.Writer
}

// TakeLike is Take with help.
func TakeLike(f File, m Making) (*Directory, error) {
	f.tidy()
	if faults := check(&f, CheckOptions{}); len(faults) > 0 {
		return nil, faults[0]
	}
	d, faults := build(f, m.Like)
	if len(faults) > 0 {
		return nil, faults[0]
	}
	h := sha256.New()
	to := io.MultiWriter(h, (*counter)(&d.size))
	if m.JSON != nil {
		to = io.MultiWriter(to, m.JSON)
	}
	d.stamps = stamps{}
	if err := writeJSON(to, &d.file, d.stamps.note); err != nil { // ten times faster than YAML, and only a fingerprint
		return nil, fmt.Errorf("fingerprint of the directory: %w", err)
	}
	d.etag = hex.EncodeToString(h.Sum(nil)[:12])
	return d, nil
}

// build makes the indexes of a checked file; the faults are overlapping competences. Municipalities change some times a year: where they are
// those of like, so is their atlas.
func build(f File, like *Directory) (*Directory, []*Error) {
	d := &Directory{file: f}
	if like != nil && reflect.DeepEqual(f.Gemeinden, like.file.Gemeinden) && reflect.DeepEqual(f.Verbaende, like.file.Verbaende) {
		d.file.Gemeinden, d.file.Verbaende, d.atlas = like.file.Gemeinden, like.file.Verbaende, like.atlas
	} else {
		d.atlas = newAtlas(&d.file)
	}
	d.all = newIndexes(&d.file, d.atlas, like)
	return d, d.overlaps()
}

// Version is the directory's own version.
func (d *Directory) Version() string { return d.file.Version }

// ETag changes whenever anything in the directory changes.
func (d *Directory) ETag() string { return d.etag }

// Size is how many bytes of JSON the directory is.
func (d *Directory) Size() int64 { return d.size }

// counter counts bytes.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// File is a copy of what the directory was built from, for pages and for changes.
func (d *Directory) File() File { return d.file.clone() }

// View is what the directory was built from, not to be changed: whoever changes something takes File, or Shared.
func (d *Directory) View() *File { return &d.file }

// Shared is File for those who replace entries as a whole: its lists are their own, what the entries point to is the directory's.
func (d *Directory) Shared() File {
	f := d.file
	f.Rechenzentren, f.Behoerden, f.Gemeinden = copied(f.Rechenzentren), copied(f.Behoerden), copied(f.Gemeinden)
	f.Verbaende, f.Zertifikate, f.Mandanten = copied(f.Verbaende), copied(f.Zertifikate), copied(f.Mandanten)
	return f
}

// All lists the entries of one Betriebsart, ordered by kennung; b == "" lists those of all.
func (d *Directory) All(b amtshilfe.Betriebsart) []Eintrag {
	var all []Eintrag
	for _, e := range d.file.clone().Behoerden {
		if b == "" || e.Betriebsart == b {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, compareEintrag)
	return all
}

// WithRechenzentren is a directory in which the given data centres replace those of the same kennung, or are added.
// The demo puts the URLs of its own listeners in with it.
func (d *Directory) WithRechenzentren(rz ...Rechenzentrum) (*Directory, error) {
	f := d.File()
	for _, r := range rz {
		i := slices.IndexFunc(f.Rechenzentren, func(o Rechenzentrum) bool { return o.Kennung == r.Kennung })
		if i < 0 {
			f.Rechenzentren = append(f.Rechenzentren, r)
			continue
		}
		f.Rechenzentren[i] = r
	}
	return New(f)
}

// With is a directory in which the given entries replace those of the same kennung and Betriebsart, or are added.
func (d *Directory) With(entries ...Eintrag) (*Directory, error) {
	f := d.File()
	for _, e := range entries {
		i := slices.IndexFunc(f.Behoerden, func(o Eintrag) bool { return compareEintrag(o, e) == 0 })
		if i < 0 {
			f.Behoerden = append(f.Behoerden, e)
			continue
		}
		f.Behoerden[i] = e
	}
	return New(f)
}

// ByKennung gives the authority with that kennung and the ways to reach it today; zero if this Betriebsart has none.
func (d *Directory) ByKennung(kennung string, b amtshilfe.Betriebsart) amtshilfe.Zustaendigkeit {
	return d.ByKennungAm(kennung, b, time.Now())
}

// ByKennungAm is ByKennung at a moment.
func (d *Directory) ByKennungAm(kennung string, b amtshilfe.Betriebsart, am time.Time) amtshilfe.Zustaendigkeit {
	if x := d.all[b]; x != nil {
		if a := x.byKennung[kennung]; a != nil {
			return d.give("Kennung", a, Day(am), true)
		}
	}
	return d.answer("Kennung unbekannt")
}

// WantedAm is ByKennungAm for a new request to the authority: its mailbox is closed to that from the end of its participation on, while
// answers still reach it.
func (d *Directory) WantedAm(kennung string, b amtshilfe.Betriebsart, am time.Time) amtshilfe.Zustaendigkeit {
	if x := d.all[b]; x != nil {
		if a := x.byKennung[kennung]; a != nil {
			return d.give("Kennung", a, Day(am), false)
		}
	}
	return d.answer("Kennung unbekannt")
}

// Write writes the directory as YAML that Read accepts.
func (d *Directory) Write(w io.Writer) error {
	data, err := encode(d.file)
	if err != nil {
		return fmt.Errorf("write directory: %w", err)
	}
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("write directory: %w", err)
	}
	return nil
}

// answer is nobody, with what every answer says: the rule, the version and the state of the directory.
func (d *Directory) answer(rule string) amtshilfe.Zustaendigkeit {
	version := "; Verzeichnis " + d.file.Version
	return amtshilfe.Zustaendigkeit{
		Regel:      cut(rule, maxRegel-utf8.RuneCountInString(version)) + version,
		Stand:      d.file.Stand,
		GueltigBis: d.file.GueltigBis,
	}
}

// give is the answer a, as it is reached on a day; answers says that what it asked for itself may still go to its mailbox.
func (d *Directory) give(rule string, a *authority, day Datum, answers bool) amtshilfe.Zustaendigkeit {
	last := a.ende.lastDay(answers)
	kanaele := a.reach(day, last)
	way := amtshilfe.Zustaendigkeit{Kanaele: kanaele}
	if k, _ := way.Kanal(); k.Grund != "" {
		rule += "; " + string(k.Art) + ": " + k.Grund
	}
	z := d.answer(rule)
	z.Behoerde, z.Kanaele = a.behoerde, kanaele
	if last != "" && day <= last {
		z.GueltigBis = earlier(z.GueltigBis, last.End())
	}
	return z
}

// entryKey is what an entry is known by.
type entryKey struct {
	kennung     string
	betriebsart amtshilfe.Betriebsart
}

func compareEintrag(a, b Eintrag) int {
	return slices.Compare([]string{a.Kennung, string(a.Betriebsart)}, []string{b.Kennung, string(b.Betriebsart)})
}
