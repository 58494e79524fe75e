package attachment

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// maxTaken bounds what is taken over from one PDF, in bytes.
const maxTaken = 96 << 20

// taker copies what the forms need, with numbers of its own. Objects are numbered as they are met, keys in order of the alphabet: the
// same PDF gives the same bytes.
type taker struct {
	*file
	objects []Object
	numbers map[int]int // of the file's objects, by their number there
	todo    []int       // met and numbered, not copied yet
	size    int
	err     error
}

// number gives the number here of an object there.
func (t *taker) number(n int) int {
	if own, ok := t.numbers[n]; ok {
		return own
	}
	t.objects = append(t.objects, Object{})
	t.numbers[n] = len(t.objects)
	t.todo = append(t.todo, n)
	return len(t.objects)
}

// add makes an object of ours.
func (t *taker) add(d types.Dict, stream []byte) int {
	t.objects = append(t.objects, Object{})
	n := len(t.objects)
	t.write(n, d, stream)
	return n
}

// addStream makes a stream of ours.
func (t *taker) addStream(d types.Dict, data []byte) int {
	packed := deflate(data)
	d["Filter"], d["Length"] = types.Name("FlateDecode"), types.Integer(len(packed))
	return t.add(d, packed)
}

// full says that too much was taken over.
func (t *taker) full() error {
	if t.err == nil && t.size > maxTaken {
		t.err = problem{Report{Problem: TooCostly}, nil}
	}
	return t.err
}

// finish copies what was met and not copied yet, and what that needs.
func (t *taker) finish() ([]Object, error) {
	for len(t.todo) > 0 && t.full() == nil {
		n := t.todo[0]
		t.todo = t.todo[1:]
		t.err = t.take(n)
	}
	return t.objects, t.full()
}

// whole are objects that lead to all of the file; no form needs them.
var whole = map[string]bool{"Page": true, "Pages": true, "Catalog": true}

// dropped are entries of forms and images that lead elsewhere or to other files.
var dropped = []string{"Metadata", "PieceInfo", "StructParent", "StructParents", "AF", "OPI", "Ref", "Alternates", "LastModified"}

func (t *taker) take(n int) error {
	o, err := t.object(n)
	if err != nil {
		return err
	}
	own := t.numbers[n]
	switch o := o.(type) {
	case types.StreamDict:
		return t.takeStream(own, &o)
	case *types.StreamDict:
		return t.takeStream(own, o)
	case types.ObjectStreamDict, *types.ObjectStreamDict, types.XRefStreamDict, *types.XRefStreamDict:
		t.write(own, nil, nil)
	case types.Dict:
		if kind := o.Type(); kind != nil && whole[*kind] {
			o = nil
		}
		t.write(own, o, nil)
	default:
		t.write(own, o, nil)
	}
	return t.err
}

func (t *taker) takeStream(own int, sd *types.StreamDict) error {
	d := maps.Clone(sd.Dict)
	for _, key := range dropped {
		delete(d, key)
	}
	d["Length"] = types.Integer(len(sd.Raw))
	raw := sd.Raw
	if raw == nil {
		raw = []byte{}
	}
	t.write(own, d, raw)
	return t.err
}

// write fills object n. A typed nil dictionary is null.
func (t *taker) write(n int, o types.Object, stream []byte) {
	w := writer{t: t}
	w.object(o, 0)
	if w.err != nil && t.err == nil {
		t.err = w.err
	}
	t.objects[n-1] = Object{Head: w.Bytes(), Refs: w.refs, Stream: stream, Data: stream != nil}
	t.size += w.Len() + len(stream) + 20
}

// writer writes one object.
type writer struct {
	bytes.Buffer
	t    *taker
	refs []int
	err  error
}

func (w *writer) object(o types.Object, depth int) {
	if depth > maxDepth {
		w.err = broken("nested too deep")
		return
	}
	switch o := o.(type) {
	case types.Dict:
		w.dict(o, depth)
	case types.Array:
		w.WriteByte('[')
		for i, e := range o {
			if i > 0 {
				w.WriteByte(' ')
			}
			w.object(e, depth+1)
		}
		w.WriteByte(']')
	case types.IndirectRef:
		w.ref(o.ObjectNumber.Value())
	case types.Float:
		w.WriteString(strconv.FormatFloat(float64(o), 'f', -1, 64))
	case types.Name, types.Integer, types.Boolean, types.StringLiteral, types.HexLiteral:
		w.WriteString(o.PDFString())
	case nil:
		w.WriteString("null")
	default:
		w.err = broken("an object of type %T", o)
	}
}

func (w *writer) dict(d types.Dict, depth int) {
	if d == nil {
		w.WriteString("null")
		return
	}
	w.WriteString("<<")
	for _, key := range slices.Sorted(maps.Keys(d)) {
		fmt.Fprintf(w, "/%s ", types.EncodeName(key))
		w.object(d[key], depth+1)
	}
	w.WriteString(">>")
}

// ref writes a reference to an object there; one of ours has a negative number.
func (w *writer) ref(n int) {
	if n < 0 {
		n = -n
	} else if entry := w.t.Table[n]; entry == nil || entry.Free {
		w.WriteString("null")
		return
	} else {
		n = w.t.number(n)
	}
	w.refs = append(w.refs, w.Len())
	fmt.Fprintf(w, "%*d 0 R", refWidth, n)
}
