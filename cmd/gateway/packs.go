package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/schema"
	"damtshilfe/internal/xmlgate"
	"damtshilfe/mapping"
)

type packsCmd struct {
	List  packsListCmd  `cmd:"" default:"1" help:"List the schema packs: the built-in ones and those of packs.dir."`
	Check packsCheckCmd `cmd:"" help:"Check a pack, or a folder of packs, before it is installed."`
}

type packsListCmd struct{}

// Run lists all packs, shadowed ones too. Without a configuration only the built-in ones are known.
func (packsListCmd) Run(e *env) error {
	dir, err := e.packsDir()
	if err != nil {
		return err
	}
	packs, err := app.Packs(dir)
	if err != nil {
		return usageError{err}
	}
	w := tabwriter.NewWriter(e.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "PACK\tVERSION\tNAMESPACE\tFROM\tUSED\tMESSAGES")
	for _, p := range packs.List() {
		from, used := "packs.dir", "yes"
		if p.Builtin {
			from = "built in"
		}
		if p.Shadowed {
			used = "no, shadowed by " + packs.ByNamespace(p.Namespace).Name
		}
		var kinds []string
		for _, m := range p.Messages {
			kinds = append(kinds, m.Kind.String())
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", p.Name, p.Version, p.Namespace, from, used, strings.Join(kinds, " "))
	}
	return w.Flush()
}

// packsDir is the configured folder of packs; no configuration file at all is no error, only a named one that is missing.
func (e *env) packsDir() (string, error) {
	if e.config == "" {
		if _, err := os.Stat("config.yaml"); errors.Is(err, fs.ErrNotExist) {
			return "", nil
		}
	}
	c, err := e.load()
	return c.Packs.Dir, err
}

// packs loads the built-in schema packs with those of dir, or else of a configuration that was named, over them.
func (e *env) packs(dir string) (*mapping.Packs, error) {
	if dir == "" && e.config != "" {
		c, err := e.load()
		if err != nil {
			return nil, err
		}
		dir = c.Packs.Dir
	}
	packs, err := app.Packs(dir)
	if err != nil {
		return nil, usageError{err}
	}
	return packs, nil
}

type packsCheckCmd struct {
	Dir string `arg:"" type:"existingdir" help:"Folder with a pack.yaml, or a folder of such folders."`
}

// Run checks packs as the gateway would use them: pack.yaml and field maps, the schema, and the samples in the pack's folder samples.
func (c packsCheckCmd) Run(e *env) error {
	parent, names := c.Dir, []string(nil)
	if _, err := os.Stat(filepath.Join(c.Dir, "pack.yaml")); err == nil {
		dir, err := filepath.Abs(c.Dir)
		if err != nil {
			return err
		}
		parent, names = filepath.Dir(dir), []string{filepath.Base(dir)}
	} else {
		entries, err := os.ReadDir(c.Dir)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			if _, err := os.Stat(filepath.Join(c.Dir, entry.Name(), "pack.yaml")); err == nil {
				names = append(names, entry.Name())
			}
		}
	}
	if len(names) == 0 {
		return usageError{fmt.Errorf("%s: no pack.yaml in it or in a folder of it", c.Dir)}
	}
	faults := 0
	for _, name := range names {
		p := packCheck{e: e, dir: os.DirFS(parent), name: name}
		if err := p.run(); err != nil {
			return err
		}
		faults += p.faults
	}
	if faults > 0 {
		return fmt.Errorf("%d faults", faults)
	}
	return nil
}

// packCheck is the check of one pack.
type packCheck struct {
	e       *env
	dir     fs.FS // of the pack's folder
	name    string
	faults  int
	samples int
}

// run prints every fault it finds; its error says that it could not check.
func (c *packCheck) run() error {
	p, err := mapping.LoadPack(c.dir, c.name)
	if err != nil {
		c.fault("%s", strings.TrimPrefix(err.Error(), "load pack: "))
		return nil
	}
	set := schema.Set{Name: p.Name, Files: p.Files, Entry: p.Entry}
	if err := c.paths(p, set); err != nil {
		return err
	}
	v, err := schema.Start([]schema.Set{set}, schema.Options{})
	if err != nil {
		// libxml2 knows the files under an address of ours; what comes behind it is file:line: what.
		if _, said, ok := strings.Cut(err.Error(), "set:/"); ok {
			c.fault("%s/%s", c.name, strings.TrimSpace(said))
		} else {
			c.fault("%s: %v", path.Join(c.name, p.Entry), err)
		}
		return nil
	}
	defer v.Close()
	if err := c.messages(p, v); err != nil {
		return err
	}
	if c.faults == 0 {
		_, err = fmt.Fprintf(c.e.out, "%s: ok, version %s, %d messages, %d paths, %d samples\n", c.name, p.Version, len(p.Messages), len(p.Places()), c.samples)
		if why := v.Uncompiled(p.Name); why != nil && err == nil {
			_, err = fmt.Fprintf(c.e.out, "%s: slower than others, libxml2 judges it alone: %v\n", c.name, why)
		}
	}
	return err
}

func (c *packCheck) fault(format string, args ...any) {
	c.faults++
	fmt.Fprintf(c.e.out, format+"\n", args...)
}

// paths follows every path of the field maps in the schema.
func (c *packCheck) paths(p *mapping.Pack, set schema.Set) error {
	outline, err := schema.NewOutline(set)
	if err != nil {
		c.fault("%s: %v", c.name, err)
		return nil
	}
	places := slices.SortedFunc(slices.Values(p.Places()), func(a, b mapping.FieldPlace) int { return a.Line - b.Line })
	for _, f := range places {
		if err := outline.Check(xmlgate.Name{Space: p.Namespace, Local: f.Root}, f.Path, f.List); err != nil {
			c.fault("%s:%d: %s: %s: %v", path.Join(c.name, "pack.yaml"), f.Line, f.Root, f.At, err)
		}
	}
	return nil
}

// messages runs the samples: each has to be a valid message of the pack.
func (c *packCheck) messages(p *mapping.Pack, v *schema.Validator) error {
	builtin, err := mapping.Builtin()
	if err != nil {
		return err
	}
	// Only this pack: the others in the folder may be broken.
	packs, err := builtin.With(p)
	if err != nil {
		c.fault("%s: %v", c.name, err)
		return nil
	}
	reader := packs.NewReader(xmlgate.DefaultLimits())
	files, err := fs.Glob(p.Files, "samples/*.xml")
	if err != nil {
		return err
	}
	if len(files) == 0 {
		fmt.Fprintf(c.e.errOut, "%s: no samples/*.xml: nothing shows that the field maps read what they should\n", c.name)
	}
	for _, file := range files {
		if err := c.sample(file, p, reader, v); err != nil {
			return err
		}
	}
	return nil
}

func (c *packCheck) sample(file string, p *mapping.Pack, reader *mapping.Reader, v *schema.Validator) error {
	doc, err := fs.ReadFile(p.Files, file)
	if err != nil {
		return err
	}
	c.samples++
	var m amtshilfe.Message
	findings := reader.Read(doc, &m)
	if findings == nil && m.Pack != p.Name {
		c.fault("%s:1:1: a message of pack %s", path.Join(c.name, file), m.Pack)
		return nil
	}
	if m.Pack == p.Name {
		violations, err := v.Validate(c.e.ctx, p.Name, [][]byte{doc})
		if err != nil {
			return err
		}
		for _, bad := range violations[0] {
			findings = append(findings, bad.Finding)
		}
	}
	for _, f := range findings {
		c.fault("%s:%d:%d: %s: %s [%s]", path.Join(c.name, file), f.Line, f.Column, f.Severity, f.Text, f.Code)
	}
	return nil
}
