package mapping

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"damtshilfe/internal/amtshilfe"
)

// Builtin gives the packs that come with the program. They are read once per process and belong to everybody: Overlay and With copy them.
func Builtin() (*Packs, error) { return builtin() }

var builtin = sync.OnceValues(func() (*Packs, error) {
	dir, err := fs.Sub(builtinFiles, "packs")
	if err != nil {
		return nil, fmt.Errorf("open built-in packs: %w", err)
	}
	packs, err := loadAll(dir)
	if err != nil {
		return nil, err
	}
	for _, p := range packs {
		p.Builtin = true
	}
	return newPacks(packs)
})

// Overlay loads every folder of dir that holds a pack.yaml and lays them over p: they win over the packs of p with the same
// namespace; among themselves the higher version is used.
func (p *Packs) Overlay(dir fs.FS) (*Packs, error) {
	packs, err := loadAll(dir)
	if err != nil {
		return nil, err
	}
	for _, old := range p.all {
		c := *old
		packs = append(packs, &c)
	}
	return newPacks(packs)
}

// With lays one pack over p, as Overlay does with a folder of them.
func (p *Packs) With(pack *Pack) (*Packs, error) {
	packs := []*Pack{pack}
	for _, old := range p.all {
		c := *old
		packs = append(packs, &c)
	}
	return newPacks(packs)
}

func loadAll(dir fs.FS) ([]*Pack, error) {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, fmt.Errorf("list packs: %w", err)
	}
	var packs []*Pack
	for _, e := range entries {
		if _, err := fs.Stat(dir, path.Join(e.Name(), packYAML)); err != nil {
			continue // not a pack
		}
		p, err := LoadPack(dir, e.Name())
		if err != nil {
			return nil, err
		}
		packs = append(packs, p)
	}
	return packs, nil
}

// newPacks decides which pack reads which namespace. Packs that are used have names of their own: messages and schemas go by them.
func newPacks(packs []*Pack) (*Packs, error) {
	slices.SortFunc(packs, func(a, b *Pack) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), compareVersions(a.Version, b.Version))
	})
	used := map[string]*Pack{}
	for _, p := range packs {
		if q := used[p.Namespace]; q == nil || beats(p, q) {
			used[p.Namespace] = p
		}
	}
	names := map[string]string{}
	for _, p := range packs {
		if p.Shadowed = used[p.Namespace] != p; p.Shadowed {
			continue
		}
		if other, ok := names[p.Name]; ok {
			return nil, fmt.Errorf("two packs have the name %s: of namespace %s and of %s", p.Name, other, p.Namespace)
		}
		names[p.Name] = p.Namespace
	}
	return &Packs{all: packs, byNS: used}, nil
}

// beats says that p is used rather than q: packs.dir wins over built-in, then the higher version.
func beats(p, q *Pack) bool {
	if p.Builtin != q.Builtin {
		return q.Builtin
	}
	return compareVersions(p.Version, q.Version) > 0
}

// compareVersions compares dotted numbers; what is no number counts as 0.
func compareVersions(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(x), len(y)) {
		var m, n int
		if i < len(x) {
			m, _ = strconv.Atoi(x[i])
		}
		if i < len(y) {
			n, _ = strconv.Atoi(y[i])
		}
		if c := cmp.Compare(m, n); c != 0 {
			return c
		}
	}
	return 0
}

// LoadPack reads the pack in the folder name of dir. An error names the file and, where there is one, the line.
func LoadPack(dir fs.FS, name string) (*Pack, error) {
	files, err := fs.Sub(dir, name)
	if err != nil {
		return nil, fmt.Errorf("load pack %s: %w", name, err)
	}
	data, err := fs.ReadFile(files, packYAML)
	if err != nil {
		return nil, fmt.Errorf("load pack %s: %w", name, err)
	}
	file := path.Join(name, packYAML)
	if len(data) > maxPackYAML {
		return nil, fmt.Errorf("load pack: %s is larger than %d bytes", file, maxPackYAML)
	}
	p, err := parsePack(file, data)
	if err != nil {
		return nil, fmt.Errorf("load pack: %w", err)
	}
	p.Files = files
	if st, err := fs.Stat(files, p.Entry); err != nil || !st.Mode().IsRegular() {
		return nil, fmt.Errorf("load pack: %s: entry %q is not a file of the pack", file, p.Entry)
	}
	return p, nil
}

func parsePack(file string, data []byte) (*Pack, error) {
	f, err := decodePack(file, data)
	if err != nil {
		return nil, err
	}
	switch {
	case f.Name == "" || len(f.Version) != 1 || f.Version[0].text == "" || f.Namespace == "":
		return nil, fmt.Errorf("%s: name, version and namespace must be given", file)
	case !fs.ValidPath(f.Entry) || f.Entry == ".":
		return nil, fmt.Errorf("%s: entry %q is not a path in the pack", file, f.Entry)
	case len(f.Messages) == 0:
		return nil, fmt.Errorf("%s: no messages", file)
	}
	p := &Pack{Name: f.Name, Version: f.Version[0].text, Namespace: f.Namespace, Entry: f.Entry, maps: map[string]*messageMap{}}
	for _, m := range f.Messages {
		if err := p.addMessage(compiler{file: file, pack: f}, m); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(p.Messages, func(a, b MessageType) int { return cmp.Compare(a.Kind, b.Kind) })
	return p, nil
}

func (p *Pack) addMessage(c compiler, m messageFile) error {
	if len(m.Root) != 1 || !ncName(m.Root[0].text) {
		return fmt.Errorf("%s: a message needs one root, the local name of an element", c.file)
	}
	root, line := m.Root[0].text, m.Root[0].line
	t := MessageType{Root: root, Kind: amtshilfe.Kind(m.Kind), Direction: m.Direction}
	for _, k := range append([]int{m.Kind}, m.AnsweredBy...) {
		if !amtshilfe.Kind(k).Known() {
			return fmt.Errorf("%s:%d: %s: no message has the number %d", c.file, line, root, k)
		}
	}
	for _, k := range m.AnsweredBy {
		t.AnsweredBy = append(t.AnsweredBy, amtshilfe.Kind(k))
	}
	switch t.Direction {
	case DirRegister, DirHin, DirZurueck, DirBeide, DirGateway, DirEigen:
	default:
		return fmt.Errorf("%s:%d: %s: unknown direction %q", c.file, line, root, m.Direction)
	}
	if p.maps[root] != nil {
		return fmt.Errorf("%s:%d: %s stands twice", c.file, line, root)
	}
	compiled, err := c.compile(p.Namespace, root, line, groupFile{Use: m.Use, Fields: m.Fields, Lists: m.Lists})
	if err != nil {
		return err
	}
	compiled.kind = t.Kind
	p.places = append(p.places, compiled.places...)
	p.maps[root], p.Messages = compiled, append(p.Messages, t)
	return nil
}
