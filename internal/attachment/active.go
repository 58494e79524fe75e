package attachment

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// actions are what must not happen, by the name that says so: an action's S, an annotation's Subtype, a stream's Type.
var actions = map[types.Name]bool{"JavaScript": true, "Launch": true, "SubmitForm": true, "ImportData": true, "Rendition": true, "Movie": true, "Sound": true,
	"GoToE": true, "RichMedia": true, "RichMediaExecute": true, "Screen": true, "3D": true, "FileAttachment": true, "EmbeddedFile": true, "PS": true}

// carriers are keys whose presence says it already.
var carriers = map[string]bool{"JS": true, "JavaScript": true, "EmbeddedFiles": true, "XFA": true, "RichMediaContent": true, "RichMediaSettings": true}

// said are the keys under which an action, or what carries one, says what it is.
var said = []string{"S", "Subtype", "Type"}

// active looks at every object of the file, used or not: what is not used now can be by another reader.
func (f *file) active() error {
	if err := f.openAction(); err != nil {
		return err
	}
	for _, n := range slices.Sorted(maps.Keys(f.Table)) {
		o, err := f.object(n)
		if err == nil {
			err = f.acts(o, 0)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// object reads an object by its number, nil for a free one.
func (f *file) object(n int) (types.Object, error) {
	entry := f.Table[n]
	if entry == nil || entry.Free {
		return nil, nil
	}
	if lazy, ok := entry.Object.(types.LazyObjectStreamObject); ok {
		o, err := lazy.DecodedObject(context.Background())
		if err != nil {
			return nil, broken("object %d: %w", n, err)
		}
		entry.Object = o
	}
	return entry.Object, nil
}

// openAction refuses what happens when the file is opened, unless it only shows a page.
func (f *file) openAction() error {
	o, ok := f.root["OpenAction"]
	if !ok {
		return nil
	}
	if o, err := f.Dereference(o); err != nil {
		return broken("OpenAction: %w", err)
	} else if d, ok := o.(types.Dict); ok {
		if s := d.NameEntry("S"); s == nil || *s != "GoTo" {
			return act("OpenAction")
		}
	}
	return nil
}

func act(name string) error {
	return problem{Report{Problem: Active, Detail: name}, errors.New("found")}
}

// acts looks at one object and what stands in it.
func (f *file) acts(o types.Object, depth int) error {
	if depth > maxDepth {
		return broken("nested too deep")
	}
	switch o := o.(type) {
	case types.StreamDict:
		return f.streamActs(o.Dict, depth)
	case *types.StreamDict:
		return f.streamActs(o.Dict, depth)
	case types.Dict:
		return f.dictActs(o, depth)
	case types.Array:
		for _, e := range o {
			if err := f.acts(e, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// streamActs also refuses a stream whose bytes stand in another file.
func (f *file) streamActs(d types.Dict, depth int) error {
	if _, ok := d["F"]; ok {
		return act("ExternalStream")
	}
	return f.dictActs(d, depth)
}

func (f *file) dictActs(d types.Dict, depth int) error {
	for _, key := range said {
		if n, ok := d[key].(types.Name); ok && actions[n] {
			return act(string(n))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(d)) {
		value := d[key]
		if carriers[key] || key == "EF" && (d["F"] != nil || d["UF"] != nil) {
			return act(key)
		}
		if err := f.acts(value, depth+1); err != nil {
			return err
		}
	}
	return nil
}
