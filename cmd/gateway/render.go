package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/rules"
	"damtshilfe/internal/xmlgate"
	"damtshilfe/printstreet"
)

type renderCmd struct {
	File     string `arg:"" help:"A message."`
	Output   string `short:"o" required:"" placeholder:"PDF" help:"File to write."`
	Datum    string `help:"Date of the letter, YYYY-MM-DD (default today)."`
	Behoerde string `help:"kennung of the addressee; default: the directory's answer."`
	Ersuchen string `placeholder:"FILE" help:"The 003 that another message is about: what the letter says of the case."`
	Account  string `help:"With --config: whose letterhead and print profile; default: the participant that has the sender's kennung."`
	Profile  string `help:"With --config: another print profile than the participant's."`
}

// Run makes the letter of a message, addressed as the directory says, and with --config as the participant's letters are printed. It is a
// preview: always overprinted, whatever the Betriebsart is.
func (c renderCmd) Run(e *env) error {
	date, err := time.Now(), error(nil)
	if c.Datum != "" {
		if date, err = time.Parse(time.DateOnly, c.Datum); err != nil {
			return usageError{errors.New("--datum: want YYYY-MM-DD")}
		}
	}
	m, request, err := c.read(e)
	if err != nil {
		return err
	}
	preview, err := c.preview(e, m)
	if err != nil {
		return err
	}
	to, err := c.addressee(e, preview.Betriebsart, m, request)
	if err != nil {
		return err
	}
	letter := printstreet.Letter{Message: m, Behoerde: to, Land: to.Land, Datum: date, Betriebsart: amtshilfe.Test, Stationery: preview.Letters}
	if c.Ersuchen != "" {
		letter.Reference = printstreet.ReferenceTo(request)
	}
	pdf, err := printstreet.RenderLetter(letter, preview.Profile)
	if err != nil {
		return err
	}
	return replaceFile(c.Output, pdf)
}

// read reads the message, and the request that it is about; without one the message itself.
func (c renderCmd) read(e *env) (m, request *amtshilfe.Message, err error) {
	if m, err = e.readMessage(c.File); err != nil || c.Ersuchen == "" {
		return m, m, err
	}
	if request, err = e.readMessage(c.Ersuchen); err != nil {
		return nil, nil, err
	}
	if m.Kind == amtshilfe.KindErsuchen || request.Kind != amtshilfe.KindErsuchen || request.Kopf.UUID != m.Bezug.Case() {
		err = usageError{fmt.Errorf("--ersuchen: %s is not the request that %s is about", c.Ersuchen, c.File)}
	}
	return m, request, err
}

// replaceFile writes a file anew.
func replaceFile(path string, data []byte) error {
	dir, err := durable.New(nil).OpenDir(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := dir.Remove(filepath.Base(path)); err != nil {
		return err
	}
	return dir.WriteFile(filepath.Base(path), data)
}

// preview is how the sender's letters look; without a configuration as nobody's do.
func (c renderCmd) preview(e *env, m *amtshilfe.Message) (app.Preview, error) {
	if e.config == "" {
		if c.Account != "" || c.Profile != "" {
			return app.Preview{}, usageError{errors.New("--account and --profile want --config")}
		}
		return app.Preview{Profile: printstreet.TestProfile(), Betriebsart: amtshilfe.Test}, nil
	}
	cfg, err := e.load()
	if err != nil {
		return app.Preview{}, err
	}
	p, err := app.LettersOf(cfg, c.Account, m.Kopf.Absender.Kennung, c.Profile)
	if err != nil {
		return p, usageError{err}
	}
	if m.Kopf.Test && p.Betriebsart == amtshilfe.Produktion {
		p.Betriebsart = amtshilfe.Test
	}
	return p, nil
}

// readMessage reads one message from a file, with the packs of the configuration if one is named.
func (e *env) readMessage(name string) (*amtshilfe.Message, error) {
	packs, err := e.packs("")
	if err != nil {
		return nil, err
	}
	f, _, err := openFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	doc, err := io.ReadAll(io.LimitReader(f, xmlgate.DefaultLimits().MaxBytes+1)) // one byte more is refused as too large
	if err != nil {
		return nil, err
	}
	m := &amtshilfe.Message{}
	if findings := packs.NewReader(xmlgate.DefaultLimits()).Read(doc, m); amtshilfe.Failed(findings) {
		return nil, fmt.Errorf("%s:%d:%d: %s [%s]", name, findings[0].Line, findings[0].Column, findings[0].Text, findings[0].Code)
	}
	return m, nil
}

// addressee is who enforces a request, or who made it if the message goes back.
func (c renderCmd) addressee(e *env, b amtshilfe.Betriebsart, m, request *amtshilfe.Message) (to amtshilfe.Behoerde, err error) {
	directory, err := e.addresses()
	if err != nil {
		return to, err
	}
	defer directory.Close()
	kennung := c.Behoerde
	if kennung == "" {
		kennung = backTo(m, request)
	}
	var z amtshilfe.Zustaendigkeit
	if kennung != "" {
		z, err = directory.ByKennung(e.ctx, kennung, b)
	} else if request.Ersuchen != nil {
		if addresses, _ := rules.RoutingAddresses(request.Ersuchen, time.Now()); len(addresses) > 0 {
			z, err = directory.Lookup(e.ctx, request.Ersuchen.Einnahmeart, addresses[0], b)
		}
	}
	if err == nil && z.Behoerde.Kennung == "" {
		err = errors.New("the directory names no single authority for this message: give --behoerde KENNUNG")
	}
	return z.Behoerde, err
}

// backTo is the kennung of the requester that a message goes back to, "" = it goes to who enforces.
func backTo(m, request *amtshilfe.Message) string {
	switch {
	case m != request && request.Kopf.Absender.Kennung != m.Kopf.Absender.Kennung:
		return request.Kopf.Absender.Kennung
	case m.Kind.Answers() && m.Kopf.Empfaenger != nil:
		return m.Kopf.Empfaenger.Kennung
	}
	return ""
}
