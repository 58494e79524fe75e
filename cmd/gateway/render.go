package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/register"
	"damtshilfe/internal/rules"
	"damtshilfe/internal/xmlgate"
	"damtshilfe/mapping"
	"damtshilfe/printstreet"
)

type renderCmd struct {
	File     string `arg:"" help:"A message."`
	Output   string `short:"o" required:"" placeholder:"PDF" help:"File to write."`
	Datum    string `help:"Date of the letter, YYYY-MM-DD (default today)."`
	Behoerde string `help:"kennung of the addressee; default: the directory's answer."`
	Ersuchen string `placeholder:"FILE" help:"The 003 that a 007, 008, 009 or 015 is about: what the letter says of the case."`
}

// Run makes the letter of a message, addressed as the directory says.
func (c renderCmd) Run(e *env) error {
	date, err := time.Now(), error(nil)
	if c.Datum != "" {
		if date, err = time.Parse(time.DateOnly, c.Datum); err != nil {
			return usageError{errors.New("--datum: want YYYY-MM-DD")}
		}
	}
	m, err := readMessage(c.File)
	if err != nil {
		return err
	}
	request := m
	if c.Ersuchen != "" {
		if request, err = readMessage(c.Ersuchen); err != nil {
			return err
		}
		if !m.Kind.FollowsUp() || request.Kopf.UUID != m.Bezug.Case() {
			return usageError{fmt.Errorf("--ersuchen: %s is not the request that %s is about", c.Ersuchen, c.File)}
		}
	}
	directory, err := e.directory()
	if err != nil {
		return err
	}
	to, err := c.addressee(directory, request)
	if err != nil {
		return err
	}
	letter := printstreet.Letter{Message: m, Behoerde: to, Datum: date, Betriebsart: amtshilfe.Test}
	if c.Ersuchen != "" {
		letter.Reference = printstreet.ReferenceTo(request)
	}
	pdf, err := printstreet.RenderLetter(letter, printstreet.TestProfile())
	if err != nil {
		return err
	}
	dir, err := durable.New(nil).OpenDir(filepath.Dir(c.Output))
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := dir.Remove(filepath.Base(c.Output)); err != nil {
		return err
	}
	return dir.WriteFile(filepath.Base(c.Output), pdf)
}

// readMessage reads one message from a file.
func readMessage(name string) (*amtshilfe.Message, error) {
	f, _, err := openFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	doc, err := io.ReadAll(io.LimitReader(f, xmlgate.DefaultLimits().MaxBytes+1)) // one byte more is refused as too large
	if err != nil {
		return nil, err
	}
	packs, err := mapping.Builtin()
	if err != nil {
		return nil, err
	}
	m := &amtshilfe.Message{}
	if findings := packs.NewReader(xmlgate.DefaultLimits()).Read(doc, m); amtshilfe.Failed(findings) {
		return nil, fmt.Errorf("%s:%d:%d: %s [%s]", name, findings[0].Line, findings[0].Column, findings[0].Text, findings[0].Code)
	}
	return m, nil
}

func (c renderCmd) addressee(d *register.Directory, m *amtshilfe.Message) (amtshilfe.Behoerde, error) {
	var z amtshilfe.Zustaendigkeit
	switch {
	case c.Behoerde != "":
		z = d.ByKennung(c.Behoerde, amtshilfe.Test)
	case m.Ersuchen != nil:
		addresses, _ := rules.RoutingAddresses(m.Ersuchen, time.Now())
		if len(addresses) > 0 {
			z = d.Lookup(m.Ersuchen.Einnahmeart, addresses[0], amtshilfe.Test)
		}
	}
	if z.Behoerde.Kennung == "" {
		return z.Behoerde, errors.New("the directory names no single authority for this message: give --behoerde KENNUNG")
	}
	return z.Behoerde, nil
}
