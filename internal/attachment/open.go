package attachment

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pdfcpu/pdfcpu/pkg/log"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// What pdfcpu may take of one PDF. A message has 30 MiB at most.
const (
	maxStream   = 64 << 20
	maxDecoded  = 32 << 20
	maxObjects  = 1_000_000
	maxDepth    = 64
	maxContents = 64 << 20 // of all pages together, decoded
)

// problem is an error that is a Report.
type problem struct {
	Report
	err error
}

func (p problem) Error() string {
	return fmt.Sprintf("%s %s: %v", p.Problem, p.Detail, p.err)
}

func broken(format string, args ...any) error {
	return problem{Report{Problem: Broken}, fmt.Errorf(format, args...)}
}

// report turns what went wrong into words; what nobody named is a broken file.
func report(err error) Report {
	if p, ok := errors.AsType[problem](err); ok {
		return p.Report
	}
	return Report{Problem: Broken}
}

// file is one PDF while it is read.
type file struct {
	*model.XRefTable
	ctx  *model.Context
	root types.Dict
}

// open reads the objects of a PDF. pdfcpu mends what it can; a file of which it had to guess where its objects are, or leave some out, is
// broken: other readers may guess otherwise, and paper cannot be taken back.
func open(pdf []byte) (*file, error) {
	mends := &mended{}
	log.SetCLILogger(mends)
	ctx, err := pdfcpu.ReadWithContext(context.Background(), bytes.NewReader(pdf), configuration())
	switch {
	case ctx != nil && ctx.XRefTable != nil && ctx.Encrypt != nil, err != nil && bytes.Contains(pdf, []byte("/Encrypt")):
		return nil, problem{Report{Problem: Encrypted}, err}
	case err != nil:
		return nil, broken("read: %w", err)
	case mends.doubtful:
		return nil, broken("read: it had to be mended")
	}
	f := &file{XRefTable: ctx.XRefTable, ctx: ctx}
	if f.root, err = f.Catalog(); err != nil || f.root == nil {
		return nil, broken("no catalog: %w", err)
	}
	return f, nil
}

func configuration() *model.Configuration {
	model.ConfigPath = "disable" // or it writes files into the home directory
	c := model.NewDefaultConfiguration()
	c.ValidationMode = model.ValidationRelaxed
	c.Offline, c.DecodeAllStreams, c.Optimize = true, false, false
	c.Limits = model.ResourceLimits{MaxStreamBytes: maxStream, MaxDecodeBytes: maxDecoded, MaxImagePixels: 1 << 20, MaxImageBytes: 1 << 20, MaxObjectCount: maxObjects,
		MaxObjectStreamCount: maxObjects, MaxObjectStreamFirst: 16 << 20, MaxXRefEntries: maxObjects, MaxRecursionDepth: maxDepth}
	return c
}

// mended listens to what pdfcpu tells a person at a terminal: the only place where it says what it guessed.
type mended struct{ doubtful bool }

func (m *mended) say(text string) {
	if strings.Contains(text, "xreftable") || strings.Contains(text, "catalog") || strings.HasPrefix(strings.TrimSpace(text), "skipped") || strings.Contains(text, "skipped:") {
		m.doubtful = true
	}
}

func (m *mended) Printf(format string, args ...any) { m.say(fmt.Sprintf(format, args...)) }
func (m *mended) Println(args ...any)               { m.say(fmt.Sprintln(args...)) }
func (m *mended) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (m *mended) Fatalln(args ...any)               { panic(fmt.Sprintln(args...)) }

// silent is a logger of which pdfcpu asks only whether it is there: with one for statistics it reads objects in order of their numbers.
type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}
func (silent) Fatalf(format string, args ...any) {
	panic(fmt.Sprintf(format, args...))
}
func (silent) Fatalln(args ...any) { panic(fmt.Sprintln(args...)) }

// leaf is a page with what it inherits.
type leaf struct {
	dict      types.Dict
	resources types.Object
	media     types.Object
	crop      types.Object
	rotate    types.Object
}

// branch is a node of the page tree that is still to be looked at.
type branch struct {
	leaf
	node  types.Object
	depth int
}

// leaves walks the page tree and gives its pages, MaxPages+1 at most. A node that comes twice is a circle, or a page that the tree counts
// twice: no reader agrees with another about these.
func (f *file) leaves() (out []leaf, err error) {
	root, ok := f.root["Pages"]
	if !ok {
		return nil, broken("no page tree")
	}
	seen := map[int]bool{}
	todo := []branch{{node: root}}
	for len(todo) > 0 && len(out) <= MaxPages {
		b := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if ref, ok := b.node.(types.IndirectRef); ok {
			if n := ref.ObjectNumber.Value(); seen[n] {
				return nil, broken("page tree: object %d twice", n)
			} else {
				seen[n] = true
			}
		}
		d, err := f.DereferenceDict(b.node)
		if err != nil || d == nil || b.depth > maxDepth {
			return nil, broken("page tree: bad node: %w", err)
		}
		b.inherit(d)
		kids, err := f.kids(d)
		if err != nil {
			return nil, err
		}
		if kids == nil {
			out = append(out, b.leaf)
			continue
		}
		for i := min(len(kids), MaxPages+2) - 1; i >= 0; i-- {
			todo = append(todo, branch{leaf: b.leaf, node: kids[i], depth: b.depth + 1})
		}
	}
	if len(out) == 0 {
		return nil, broken("no page")
	}
	return out, nil
}

func (l *leaf) inherit(d types.Dict) {
	l.dict = d
	for key, to := range map[string]*types.Object{"Resources": &l.resources, "MediaBox": &l.media, "CropBox": &l.crop, "Rotate": &l.rotate} {
		if o, ok := d[key]; ok && o != nil {
			*to = o
		}
	}
}

// kids gives the nodes below one, nil for a page. Type is not believed alone: some programs leave it out.
func (f *file) kids(d types.Dict) (types.Array, error) {
	o, has := d["Kids"]
	if t := d.Type(); !has || t != nil && *t == "Page" {
		if t != nil && *t == "Pages" {
			return nil, broken("page tree: a node without kids")
		}
		return nil, nil
	}
	kids, err := f.DereferenceArray(o)
	if err != nil || kids == nil {
		return nil, broken("page tree: bad kids: %w", err)
	}
	return kids, nil
}

// inspect is everything that is asked of a PDF before its message is valid.
func inspect(pdf []byte) (Report, error) {
	f, err := open(pdf)
	if err != nil {
		return Report{}, err
	}
	if err := f.active(); err != nil {
		return Report{}, err
	}
	pages, err := f.leaves()
	if err != nil {
		return Report{}, err
	}
	left := int64(maxContents)
	for i := range pages {
		if _, err := f.box(&pages[i]); err != nil {
			return Report{}, err
		}
		if err := f.contents(&pages[i], &left, nil); err != nil {
			return Report{}, err
		}
	}
	return Report{Pages: len(pages)}, nil
}
