package attachment

import (
	"bytes"
	"compress/zlib"
	"math"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// box gives the visible part of a page: what CropBox and MediaBox share.
func (f *file) box(l *leaf) (box [4]float64, err error) {
	if l.media == nil {
		return box, broken("a page without MediaBox")
	}
	if box, err = f.rectangle(l.media); err != nil || l.crop == nil {
		return box, err
	}
	crop, err := f.rectangle(l.crop)
	if err != nil {
		return box, err
	}
	both := [4]float64{max(box[0], crop[0]), max(box[1], crop[1]), min(box[2], crop[2]), min(box[3], crop[3])}
	if both[2] <= both[0] || both[3] <= both[1] {
		return box, nil // a CropBox beside the page says nothing
	}
	return both, nil
}

// maxEdge is the longest edge of a page in points: PDF's own limit.
const maxEdge = 14400

// rectangle reads two opposite corners, in any order.
func (f *file) rectangle(o types.Object) (out [4]float64, err error) {
	a, err := f.DereferenceArray(o)
	if err != nil || len(a) != 4 {
		return out, broken("a box that is none: %w", err)
	}
	for i := range a {
		if out[i], err = f.DereferenceNumber(a[i]); err != nil || math.IsNaN(out[i]) || math.Abs(out[i]) > 1e6 {
			return out, broken("a box that is none: %w", err)
		}
	}
	out = [4]float64{min(out[0], out[2]), min(out[1], out[3]), max(out[0], out[2]), max(out[1], out[3])}
	if w, h := out[2]-out[0], out[3]-out[1]; w < 1 || h < 1 || w > maxEdge || h > maxEdge {
		return out, broken("a page without width, or larger than any")
	}
	return out, nil
}

// turn gives the rotation of a page.
func (f *file) turn(l *leaf) int {
	if l.rotate == nil {
		return 0
	}
	n, err := f.DereferenceNumber(l.rotate)
	if err != nil || math.Abs(n) > 1e6 {
		return 0
	}
	return ((int(n)/90*90)%360 + 360) % 360
}

// unit gives the size of a unit of the page in points.
func (f *file) unit(l *leaf) float64 {
	if n, err := f.DereferenceNumber(l.dict["UserUnit"]); err == nil && n > 0 && n <= 75 {
		return n
	}
	return 1
}

// contents decodes the operators of a page, to know that they can be read, and hands them to keep; left is how much may still be decoded.
func (f *file) contents(l *leaf, left *int64, keep func([]byte)) error {
	o, err := f.Dereference(l.dict["Contents"])
	if err != nil {
		return broken("contents: %w", err)
	}
	parts, ok := o.(types.Array)
	if !ok && o != nil {
		parts = types.Array{o}
	}
	for _, part := range parts {
		sd, err := f.stream(part)
		if err != nil {
			return err
		}
		if sd == nil {
			continue
		}
		if *left <= 0 {
			return problem{Report{Problem: TooCostly}, nil}
		}
		copied := *sd
		if err := copied.DecodeWithLimit(min(*left, maxDecoded)); err != nil {
			return broken("contents: %w", err)
		}
		*left -= int64(len(copied.Content))
		if keep != nil {
			keep(copied.Content)
		}
	}
	return nil
}

// stream gives a stream, nil for null.
func (f *file) stream(o types.Object) (*types.StreamDict, error) {
	o, err := f.Dereference(o)
	switch sd := o.(type) {
	case types.StreamDict:
		return &sd, err
	case *types.StreamDict:
		return sd, err
	case nil:
		if err == nil {
			return nil, nil
		}
	}
	return nil, broken("no stream: %v", err)
}

// cut makes forms of the pages of a PDF. What has a problem is not cut.
func cut(pdf []byte) (Document, error) {
	f, err := open(pdf)
	if err != nil {
		return Document{}, err
	}
	if err := f.active(); err != nil {
		return Document{}, err
	}
	pages, err := f.leaves()
	if err != nil {
		return Document{}, err
	}
	t := &taker{file: f, numbers: map[int]int{}}
	left := int64(maxContents)
	var out Document
	for i := range pages {
		p, err := t.page(&pages[i], &left)
		if err != nil {
			return Document{}, err
		}
		out.Pages = append(out.Pages, p)
	}
	if layers, ok := f.root["OCProperties"]; ok {
		d, err := f.DereferenceDict(layers)
		if err != nil {
			return Document{}, broken("OCProperties: %w", err)
		}
		out.Layers = t.add(d, nil)
	}
	out.Objects, err = t.finish()
	return out, err
}

// page makes one form of a page: its operators, and over them the pictures of what is filled in and remarked.
func (t *taker) page(l *leaf, left *int64) (Page, error) {
	box, err := t.box(l)
	if err != nil {
		return Page{}, err
	}
	var ops bytes.Buffer
	if err := t.contents(l, left, func(b []byte) { ops.Write(b); ops.WriteByte('\n') }); err != nil {
		return Page{}, err
	}
	resources, err := t.DereferenceDict(l.resources)
	if err != nil {
		return Page{}, broken("resources: %w", err)
	}
	over, err := t.appearances(l)
	if err != nil {
		return Page{}, err
	}
	dict := formDict(box)
	if resources != nil {
		dict["Resources"] = resources
	}
	if g, err := t.DereferenceDict(l.dict["Group"]); err == nil && g != nil {
		dict["Group"] = g
	}
	form := t.addStream(dict, ops.Bytes())
	if len(over) > 0 {
		form = t.wrap(form, box, over)
	}
	return Page{Form: form, Box: box, Rotate: t.turn(l), Unit: t.unit(l)}, t.full()
}

// formDict begins the dictionary of a form. All four numbers are real ones, for the sake of one way to write them.
func formDict(box [4]float64) types.Dict {
	bbox := types.Array{}
	for _, v := range box {
		bbox = append(bbox, types.Float(v))
	}
	return types.Dict{"Type": types.Name("XObject"), "Subtype": types.Name("Form"), "BBox": bbox}
}

// deflate packs operators.
func deflate(data []byte) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write(data) // a bytes.Buffer never fails
	_ = w.Close()
	return b.Bytes()
}
