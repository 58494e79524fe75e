package register

import (
	"bytes"
	"regexp"
	"slices"

	"github.com/goccy/go-yaml"
)

// A directory of all of Germany has 5 MB of YAML, and its syntax tree a hundred times as much. Files are therefore written in parts, and
// large ones read in parts: the entries of the lists, some hundred at a time. Only the plain block form is cut that way, which this package and most people write;
// any other file, and every one with a fault, is read as a whole.
const (
	partsFrom = 64 << 10 // bytes of a file that is cut
	partItems = 256      // entries of a part
)

var (
	topKey    = regexp.MustCompile(`^([a-z_]+):[ \t]*(.*)$`)
	reference = regexp.MustCompile(`(?m)(^|[:\-\[,{])[ \t]*[&*!]|^(---|\.\.\.)`) // anchors, aliases, tags, documents
)

// section is a key of the file and the lines below it.
type section struct {
	key   string
	lines [][]byte
}

// parseParts reads a file in parts; ok is false if it cannot be cut, or a part is not what it should be.
func parseParts(data []byte) (f File, ok bool) {
	if len(data) < partsFrom || reference.Match(data) {
		return File{}, false
	}
	head, sections, ok := sectionsOf(data)
	if !ok {
		return File{}, false
	}
	f, err := parseWhole(head)
	if err != nil {
		return File{}, false
	}
	for _, s := range sections {
		if !s.read(&f) {
			return File{}, false
		}
	}
	return f, true
}

// sectionsOf gives the keys that have their value in their line, and the lists.
func sectionsOf(data []byte) (head []byte, sections []section, ok bool) {
	var keys []string
	inHead := true
	for line := range bytes.Lines(data) {
		switch {
		case len(bytes.TrimSpace(line)) == 0 || line[0] == '#':
		case line[0] == ' ' && inHead:
			head = append(head, line...)
		case line[0] == ' ':
			s := &sections[len(sections)-1]
			s.lines = append(s.lines, line)
		default:
			m := topKey.FindSubmatch(bytes.TrimRight(line, "\r\n"))
			if m == nil || slices.Contains(keys, string(m[1])) {
				return nil, nil, false
			}
			keys = append(keys, string(m[1]))
			if inHead = len(m[2]) > 0 && m[2][0] != '#'; inHead {
				head = append(head, line...)
			} else {
				sections = append(sections, section{key: string(m[1])})
			}
		}
	}
	return head, sections, true
}

// read reads the entries of the section into f.
func (s section) read(f *File) bool {
	if len(s.lines) == 0 {
		return false
	}
	indent := len(s.lines[0]) - len(bytes.TrimLeft(s.lines[0], " "))
	dash := append(bytes.Repeat([]byte(" "), indent), "- "...)
	if !bytes.HasPrefix(s.lines[0], dash) {
		return false
	}
	part := append([]byte(s.key), ":\n"...)
	first, items := len(part), 0
	for _, line := range s.lines {
		if bytes.HasPrefix(line, dash) {
			if items++; items > partItems {
				if !f.take(part) {
					return false
				}
				part, items = part[:first], 1
			}
		}
		part = append(part, line...)
	}
	return f.take(part)
}

// take appends the lists of a part.
func (f *File) take(part []byte) bool {
	p, err := parseWhole(part)
	if err != nil {
		return false
	}
	f.Rechenzentren = append(f.Rechenzentren, p.Rechenzentren...)
	f.Behoerden = append(f.Behoerden, p.Behoerden...)
	f.Gemeinden = append(f.Gemeinden, p.Gemeinden...)
	f.Verbaende = append(f.Verbaende, p.Verbaende...)
	f.Zertifikate = append(f.Zertifikate, p.Zertifikate...)
	f.Mandanten = append(f.Mandanten, p.Mandanten...)
	return true
}

// encode gives the YAML of a directory.
func encode(f File) ([]byte, error) {
	out, err := marshal(File{Version: f.Version, Stand: f.Stand, GueltigBis: f.GueltigBis})
	if err != nil {
		return nil, err
	}
	for _, add := range []func([]byte) ([]byte, error){
		list("rechenzentren", f.Rechenzentren), list("behoerden", f.Behoerden), list("gemeinden", f.Gemeinden), list("verbaende", f.Verbaende),
		list("zertifikate", f.Zertifikate), list("mandanten", f.Mandanten)} {
		if out, err = add(out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// list appends a list to the YAML of a directory; nothing if it is empty.
func list[T any](key string, all []T) func([]byte) ([]byte, error) {
	return func(out []byte) ([]byte, error) {
		head := []byte(key + ":\n")
		if len(all) > 0 {
			out = append(out, head...)
		}
		for part := range slices.Chunk(all, partItems) {
			text, err := marshal(map[string][]T{key: part})
			if err != nil {
				return nil, err
			}
			out = append(out, bytes.TrimPrefix(text, head)...)
		}
		return out, nil
	}
}

func marshal(v any) ([]byte, error) {
	return yaml.MarshalWithOptions(v, yaml.Indent(2), yaml.IndentSequence(true))
}
