package xmlgate

import (
	"errors"
	"io"
)

type Name struct{ Space, Local string }

type Limits struct {
	MaxBytes           int64
	MaxDepth, MaxAttrs int
}

func DefaultLimits() Limits { return Limits{MaxBytes: 30 << 20, MaxDepth: 64, MaxAttrs: 24} }

type Error struct {
	Code, Text           string
	Offset, Line, Column int
}

func (e *Error) Error() string { return e.Code }

type Step struct {
	Name Name
	Attr bool
}

type Field struct {
	Path []Step
	ID   int
	List bool
}

type Map struct{}

func CompileMap(root Name, fields []Field) (*Map, error) { return nil, errors.ErrUnsupported }

type Sink interface {
	Enter(list int, off int)
	Leave(list int)
	Value(field int, text []byte, off int)
}

type Scanner struct{}

func NewScanner(l Limits) *Scanner { return &Scanner{} }

func (s *Scanner) Scan(doc []byte, choose func(root Name) *Map, sink Sink) (root Name, err error) {
	return Name{}, errors.ErrUnsupported
}

func Position(doc []byte, off int) (line, column int) { return 1, 1 }

func Path(doc []byte, off int) string { return "" }

func Find(doc []byte, path string) (off int, ok bool) { return 0, false }

type Splitter struct{}

func NewSplitter(r io.Reader, l Limits, root, head Name) *Splitter { return &Splitter{} }

func (s *Splitter) Head() ([]byte, int, int, error) { return nil, 0, 0, errors.ErrUnsupported }

func (s *Splitter) Next(buf []byte) (p Part, out []byte, err error) {
	return Part{}, buf, errors.ErrUnsupported
}

type Part struct{ Line, Column, InsertAt, InsertLen int }

func (p Part) Locate(line, col int) (int, int) { return line, col }

func Sniff(head []byte) (root Name, ok bool) { return Name{}, false }
