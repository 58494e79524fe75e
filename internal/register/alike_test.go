package register_test

import (
	"bytes"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"damtshilfe/internal/register"
)

// Whatever directory comes after whatever other: made with the help of the one before it is the same, says the same, and is refused for the
// same reason; and the one before stays what it was.
func TestWithTheHelpOfAnother(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, f := randomDirectory(t)
		was := text(t, before)
		next := before.Shared()
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			alter(t, &next)
		}
		var raw bytes.Buffer
		alone, err := register.New(next)
		helped, err2 := register.TakeLike(next, register.Making{Like: before, JSON: &raw})
		if err != nil || err2 != nil {
			if err == nil || err2 == nil || err.Error() != err2.Error() {
				t.Fatalf("alone: %v\nwith help: %v", err, err2)
			}
			return
		}
		if alone.ETag() != helped.ETag() || raw.String() != text(t, alone) || helped.Size() != int64(raw.Len()) {
			t.Fatal("it is not the same directory")
		}
		for range 5 {
			q := randomQuestion(t)
			if q.Am.IsZero() {
				q.Am = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
			}
			if a, b := alone.Answer(q), helped.Answer(q); !reflect.DeepEqual(a, b) {
				t.Fatalf("%+v: alone %s, with help %s", q, told(a), told(b))
			}
		}
		again, err := register.ReadJSONLike(strings.NewReader(raw.String()), before)
		if err != nil {
			t.Fatal(err)
		}
		if read, err := register.New(again); err != nil || read.ETag() != alone.ETag() {
			t.Fatalf("read with the help of another it is not the same: %v", err)
		}
		if text(t, before) != was || !reflect.DeepEqual(f.Gemeinden, before.View().Gemeinden) {
			t.Fatal("the directory before was altered")
		}
	})
}

func alter(t *rapid.T, f *register.File) {
	switch i := rapid.IntRange(0, len(f.Behoerden)).Draw(t, "which"); {
	case i == len(f.Behoerden):
		f.Gemeinden[0].Orte = randomPlaces(t)
	case rapid.Bool().Draw(t, "remove"):
		f.Behoerden = slices.Delete(f.Behoerden, i, i+1)
	default:
		f.Behoerden[i].Gebiete = []register.Gebiet{randomGebiet(t)}
	}
}

func text(t interface{ Fatal(...any) }, d *register.Directory) string {
	var b bytes.Buffer
	if err := d.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestVersionsShare: a version that differs in one entry takes a small part of what the one before takes; a copy would take all of it again.
func TestVersionsShare(t *testing.T) {
	f := manyOffices(3000)
	first := heap()
	d, err := register.New(f)
	if err != nil {
		t.Fatal(err)
	}
	whole := heap() - first
	all := []*register.Directory{d}
	for i := range 4 {
		next := all[i].Shared()
		next.Behoerden[7*i].Name = "Kasse mit neuem Namen"
		n, err := register.TakeLike(next, register.Making{Like: all[i]})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, n)
	}
	each := (heap() - first - whole) / 4
	t.Logf("%d KiB, each further one %d KiB", whole>>10, each>>10)
	if each > whole/2 {
		t.Errorf("a version takes %d KiB, the one before %d", each>>10, whole>>10)
	}
	runtime.KeepAlive(all)
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// manyOffices has as many municipalities, each with an office of its own.
func manyOffices(n int) register.File {
	f := register.File{Version: "1", Stand: time.Unix(1_780_000_000, 0).UTC()}
	for i := range n {
		ags := fmt.Sprintf("14%06d", i)
		f.Gemeinden = append(f.Gemeinden, register.Gemeinde{AGS: ags, Name: "Gemeinde " + ags,
			Orte: []register.Ort{{Ort: "Ort " + ags, PLZ: []string{fmt.Sprintf("%05d", i)}}}})
		f.Behoerden = append(f.Behoerden, office("k:"+ags, register.Gebiet{Schluessel: []string{ags}}))
	}
	return f
}
