package attachment

import (
	"bytes"
	"fmt"
	"math"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// overlay is the picture of an annotation with the matrix that puts it into its place.
type overlay struct {
	form   types.IndirectRef
	matrix [6]float64
}

// Flags of an annotation (PDF 32000-1, table 165).
const (
	flagHidden = 1 << 1
	flagPrint  = 1 << 2
)

// unseen are annotations that show nothing on paper.
var unseen = map[string]bool{"Link": true, "Popup": true}

// appearances gives the pictures of what is filled in and remarked on a page, as a printer shows them: those with the flag Print.
func (t *taker) appearances(l *leaf) (out []overlay, err error) {
	list, err := t.DereferenceArray(l.dict["Annots"])
	if err != nil {
		return nil, broken("annotations: %w", err)
	}
	if len(list) > maxObjects {
		return nil, problem{Report{Problem: TooCostly}, nil}
	}
	for _, a := range list {
		d, err := t.DereferenceDict(a)
		if err != nil {
			return nil, broken("annotation: %w", err)
		}
		if d == nil {
			continue
		}
		subtype := d.NameEntry("Subtype")
		flags := d.IntEntry("F")
		if subtype != nil && unseen[*subtype] || flags == nil || *flags&flagHidden != 0 || *flags&flagPrint == 0 {
			continue
		}
		o, err := t.appearance(d)
		if err != nil {
			return nil, err
		}
		if o != nil {
			out = append(out, *o)
		}
	}
	return out, nil
}

// appearance gives the picture of one annotation. A field without content needs none.
func (t *taker) appearance(d types.Dict) (*overlay, error) {
	ref, err := t.normal(d)
	if err != nil {
		return nil, err
	}
	if ref == nil {
		if v, _ := t.Dereference(d["V"]); d.NameEntry("Subtype") != nil && *d.NameEntry("Subtype") == "Widget" && empty(v) {
			return nil, nil
		}
		return nil, problem{Report{Problem: NoForm}, nil}
	}
	sd, err := t.stream(*ref)
	if err != nil || sd == nil {
		return nil, err
	}
	rect, err := t.rectangle(d["Rect"])
	if err != nil {
		return nil, nil // without width there is nothing to see
	}
	bbox, err := t.rectangle(sd.Dict["BBox"])
	if err != nil {
		return nil, nil
	}
	return &overlay{*ref, place(t.matrix(sd.Dict["Matrix"]), bbox, rect)}, nil
}

func empty(o types.Object) bool {
	switch v := o.(type) {
	case nil:
		return true
	case types.StringLiteral:
		return v == ""
	case types.HexLiteral:
		return v == ""
	case types.Name:
		return v == "Off" || v == ""
	}
	return false
}

// normal finds the normal appearance: a stream, or one of several by the state AS.
func (t *taker) normal(d types.Dict) (*types.IndirectRef, error) {
	ap, err := t.DereferenceDict(d["AP"])
	if err != nil {
		return nil, broken("appearance: %w", err)
	}
	n := ap["N"]
	o, err := t.Dereference(n)
	if err != nil {
		return nil, broken("appearance: %w", err)
	}
	if states, ok := o.(types.Dict); ok {
		as := d.NameEntry("AS")
		if as == nil {
			return nil, nil
		}
		if n = states[*as]; n == nil && *as == "Off" {
			return t.nothing(), nil
		}
	}
	if ref, ok := n.(types.IndirectRef); ok {
		return &ref, nil
	}
	return nil, nil
}

// nothing refers to no object: a box that is not ticked.
func (t *taker) nothing() *types.IndirectRef { return types.NewIndirectRef(math.MaxInt32, 0) }

func (t *taker) matrix(o types.Object) [6]float64 {
	m := [6]float64{1, 0, 0, 1, 0, 0}
	a, err := t.DereferenceArray(o)
	if err != nil || len(a) != 6 {
		return m
	}
	for i := range a {
		v, err := t.DereferenceNumber(a[i])
		if err != nil {
			return [6]float64{1, 0, 0, 1, 0, 0}
		}
		m[i] = v
	}
	return m
}

// place is the matrix that maps the transformed box of an appearance to the annotation's rectangle (PDF 32000-1, 12.5.5).
func place(m [6]float64, box, rect [4]float64) [6]float64 {
	x0, y0, x1, y1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, c := range [4][2]float64{{box[0], box[1]}, {box[2], box[1]}, {box[0], box[3]}, {box[2], box[3]}} {
		x, y := m[0]*c[0]+m[2]*c[1]+m[4], m[1]*c[0]+m[3]*c[1]+m[5]
		x0, x1, y0, y1 = min(x0, x), max(x1, x), min(y0, y), max(y1, y)
	}
	if x1-x0 < 1e-6 || y1-y0 < 1e-6 {
		return [6]float64{1, 0, 0, 1, rect[0] - x0, rect[1] - y0}
	}
	sx, sy := (rect[2]-rect[0])/(x1-x0), (rect[3]-rect[1])/(y1-y0)
	return [6]float64{sx, 0, 0, sy, rect[0] - x0*sx, rect[1] - y0*sy}
}

// wrap makes a form that draws the page and then what lies over it.
func (t *taker) wrap(page int, box [4]float64, over []overlay) int {
	var ops bytes.Buffer
	objects := types.Dict{"P": *types.NewIndirectRef(-page, 0)}
	ops.WriteString("q /P Do Q\n")
	for i, o := range over {
		name := fmt.Sprint("N", i)
		objects[name] = o.form
		m := o.matrix
		fmt.Fprintf(&ops, "q %.5f %.5f %.5f %.5f %.5f %.5f cm /%s Do Q\n", m[0], m[1], m[2], m[3], m[4], m[5], name)
	}
	dict := formDict(box)
	dict["Resources"] = types.Dict{"XObject": objects}
	return t.addStream(dict, ops.Bytes())
}
