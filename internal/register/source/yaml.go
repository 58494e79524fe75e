package source

import (
	"strconv"
	"time"

	"damtshilfe/internal/register"
)

// readDirectory reads a whole directory.
func readDirectory(r *Rows, data []byte) error {
	f, err := register.Parse(data)
	if err != nil {
		return err
	}
	r.whole, r.data = &f, data
	r.Lines = count(f)
	return nil
}

func count(f register.File) int {
	return len(f.Rechenzentren) + len(f.Behoerden) + len(f.Gemeinden) + len(f.Verbaende) + len(f.Zertifikate) + len(f.Mandanten)
}

// readEntries reads the entries of a directory file, which needs no version and no stand. Each of them is a row, and replaces the whole
// entry of the same key.
func readEntries(r *Rows, data []byte) error {
	f, err := register.Parse(data)
	if err != nil {
		return err
	}
	r.Lines, r.data = count(f), data
	at := entryLines(data, f)
	rows(r, at, "rechenzentren", f.Rechenzentren, func(e *editor) (*[]register.Rechenzentrum, index) { return &e.f.Rechenzentren, e.rechenzentren }, rzKey)
	rows(r, at, "gemeinden", f.Gemeinden, func(e *editor) (*[]register.Gemeinde, index) { return &e.f.Gemeinden, e.gemeinden }, gemeindeKey)
	rows(r, at, "verbaende", f.Verbaende, func(e *editor) (*[]register.Verband, index) { return &e.f.Verbaende, e.verbaende }, verbandKey)
	rows(r, at, "behoerden", f.Behoerden, func(e *editor) (*[]register.Eintrag, index) { return &e.f.Behoerden, e.behoerden }, behoerdeKey)
	rows(r, at, "zertifikate", f.Zertifikate, func(e *editor) (*[]register.Zertifikat, index) { return &e.f.Zertifikate, e.zertifikate }, zertifikatKey)
	rows(r, at, "mandanten", f.Mandanten, func(e *editor) (*[]register.Mandant, index) { return &e.f.Mandanten, e.mandanten }, mandantKey)
	return nil
}

// entryLines finds the line of each entry.
func entryLines(data []byte, f register.File) map[string]int {
	var asked []*register.Error
	for list, n := range map[string]int{"rechenzentren": len(f.Rechenzentren), "behoerden": len(f.Behoerden), "gemeinden": len(f.Gemeinden),
		"verbaende": len(f.Verbaende), "zertifikate": len(f.Zertifikate), "mandanten": len(f.Mandanten)} {
		for i := range n {
			asked = append(asked, &register.Error{Path: path(list, i)})
		}
	}
	register.Lines(data, asked)
	at := map[string]int{}
	for _, a := range asked {
		at[a.Path] = a.Line
	}
	return at
}

// entry is a whole entry of a list.
type entry[T any] struct {
	name string
	list func(*editor) (*[]T, index)
	key  string
	v    T
}

func (t entry[T]) to(e *editor, line int) string {
	if bad := e.once(t.name, strconv.Quote(t.key), line); bad != "" {
		return bad
	}
	list, x := t.list(e)
	if z, ok := any(t.v).(register.Zertifikat); ok && !z.GueltigBis.IsZero() && !z.GueltigBis.After(e.f.Stand) {
		if _, known := x[t.key]; !known {
			return "the certificate has expired on " + z.GueltigBis.Format(time.DateOnly)
		}
	}
	put(e, t.name, list, x, t.key, t.v, line)
	return ""
}

func rows[T any](r *Rows, at map[string]int, name string, all []T, list func(*editor) (*[]T, index), key func(T) string) {
	for i, v := range all {
		r.add(at[path(name, i)], entry[T]{name, list, key(v), v})
	}
}
