package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/xta"

	"golang.org/x/sys/unix"
)

type xtaInboxCmd struct {
	xtaCaller
	Max int `default:"100" help:"How many are listed, the oldest first."`
}

// Run lists what waits.
func (c xtaInboxCmd) Run(e *env) error {
	return c.on(e, "", func(d *app.XTADesk, to ports) (err error) {
		if c.Max < 1 || c.Max > 10_000 {
			return usageError{errors.New("--max: want 1 to 10000")}
		}
		list, err := d.Client.StatusList(e.ctx, to.box, d.Me, c.Max)
		if err != nil {
			return explain("inbox", err)
		}
		fmt.Fprintf(e.out, "%d waiting for %s\n", len(list.Items)+list.Pending, d.Me.Kennung)
		for _, m := range list.Items {
			state := "new"
			if !m.InitialFetch.IsZero() {
				state = "fetched"
			}
			test := ""
			if m.Test {
				test = " test"
			}
			fmt.Fprintf(e.out, "%s  %s old, %s%s, from %s, %s, %d bytes\n", plain(m.MessageID), age(m.Delivery), state, test, plain(m.Author.Kennung), plain(m.Type.Code), m.Size)
		}
		return nil
	})
}

// age is how long something waits, for people.
func age(since time.Time) string {
	d := time.Since(since)
	switch {
	case since.IsZero():
		return "?"
	case d > 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	}
	return d.Round(time.Second).String()
}

type xtaFetchCmd struct {
	xtaCaller
	ID     string `arg:"" help:"MessageID."`
	Output string `short:"o" required:"" placeholder:"FILE" help:"File to write; attachments become FILE.1, FILE.2 ..."`
}

// Run writes the content of a message. The server notes that it was fetched; the gateway still gets it.
func (c xtaFetchCmd) Run(e *env) error {
	return c.on(e, "", func(d *app.XTADesk, to ports) (err error) {
		m, err := d.Client.GetMessage(e.ctx, to.box, d.Me, c.ID)
		if err != nil {
			return explain("fetch", err)
		}
		dir, err := durable.New(nil).OpenDir(filepath.Dir(c.Output))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, m.Release(), dir.Close()) }()
		name := filepath.Base(c.Output)
		content, how := m.Content, ""
		if content.Encrypted() {
			if content, how, err = app.Decrypt(d.As, content); err != nil {
				return err
			}
		}
		if err := writeOctets(dir, name, content.Data); err != nil {
			return fmt.Errorf("%s: %w (an existing file is not replaced)", c.Output, err)
		}
		for i, a := range content.Attachments {
			if err := writeOctets(dir, fmt.Sprintf("%s.%d", name, i+1), a.Data); err != nil {
				return err
			}
		}
		fmt.Fprintf(e.out, "%d bytes, %s, %d attachments%s; the message was not closed, the gateway fetches it as ever\n", content.Data.Size(), plain(content.ContentType), len(content.Attachments), how)
		return nil
	})
}

func writeOctets(dir *durable.Dir, name string, o xta.Octets) error {
	f, err := dir.Create(name)
	if err != nil {
		return err
	}
	if err := xta.Copy(f, o); err != nil {
		return errors.Join(err, f.Abort())
	}
	return f.Commit()
}

type xtaCloseCmd struct {
	xtaCaller
	ID  string `arg:"" help:"MessageID."`
	Yes bool   `help:"Do not ask."`
	decision
}

// Run closes a message after it was asked and who did it is in the audit: what is closed, the gateway never sees.
func (c xtaCloseCmd) Run(e *env) error {
	return c.on(e, "", func(d *app.XTADesk, to ports) (err error) {
		requestID, listed, err := c.find(e, d, to.box)
		if err != nil {
			return err
		}
		l, err := e.openLedger()
		if err != nil {
			return fmt.Errorf("the audit must say who closes: %w", err)
		}
		defer func() { err = errors.Join(err, l.Close()) }()
		if err := c.warn(e, l, d.As.Account, listed); err != nil {
			return err
		}
		// Before the effect: a close without a name behind it must not be possible.
		if err := l.Note(c.who(), "xta-close", c.ID, c.Grund); err != nil {
			return err
		}
		if err := d.Client.CloseMessage(e.ctx, to.box, d.Me, requestID, c.ID); err != nil {
			return explain("close", err)
		}
		fmt.Fprintf(e.out, "closed %s for %s, the audit says by %s\n", c.ID, d.Me.Kennung, c.who())
		return nil
	})
}

// find lists the mailbox, because close names the request in which the message was seen.
func (c xtaCloseCmd) find(e *env, d *app.XTADesk, box string) (requestID string, listed bool, err error) {
	list, err := d.Client.StatusList(e.ctx, box, d.Me, 10_000)
	if err != nil {
		return "", false, explain("inbox", err)
	}
	for _, m := range list.Items {
		listed = listed || strings.EqualFold(m.MessageID, c.ID)
	}
	return list.RequestID, listed, nil
}

// warn says what closing does, and asks.
func (c xtaCloseCmd) warn(e *env, l *ledger.Ledger, account string, listed bool) error {
	switch in, err := l.InboundByMessage(account, c.ID); {
	case err == nil && in.State == amtshilfe.InboxSealed:
		fmt.Fprintf(e.out, "The gateway has NOT taken this message in (%s): no key opens it. Closed now, nobody here will ever get it, and its sender is told that it arrived.\n", in.ID)
	case err == nil && in.State != amtshilfe.InboxHeld:
		fmt.Fprintf(e.out, "The gateway has this message as %s (%s): closing it loses nothing.\n", in.ID, in.State)
	case err == nil:
		fmt.Fprintf(e.out, "The gateway has this message as %s, and it waits for a person.\n", in.ID)
	case !errors.Is(err, ledger.ErrNotFound):
		return err
	case !listed:
		fmt.Fprintln(e.out, "This message does not wait in the mailbox (or behind 10000 others).")
	default:
		fmt.Fprintln(e.out, "The gateway has NOT fetched this message: closed now, nobody here will ever get it, and its sender is told that it arrived.")
	}
	if c.Yes {
		return nil
	}
	if _, err := unix.IoctlGetTermios(int(os.Stdin.Fd()), unix.TCGETS); err != nil {
		return usageError{errors.New("nobody can be asked here: --yes closes without asking")}
	}
	fmt.Fprint(e.out, "Close it? Type close: ")
	answer, err := bufio.NewReader(io.LimitReader(os.Stdin, 64)).ReadString('\n')
	if err != nil || strings.TrimSpace(answer) != "close" {
		return errors.New("not closed")
	}
	return nil
}

type xtaSendCmd struct {
	xtaCaller
	File   string `arg:"" help:"A test message, as gateway sample writes it."`
	Reader string `required:"" placeholder:"KENNUNG" help:"Reader."`
}

// Run sends one message past the ledger. Only test messages: what must not be lost or doubled goes through the in folder.
func (c xtaSendCmd) Run(e *env) (err error) {
	m, err := e.readMessage(c.File)
	if err != nil {
		return err
	}
	if !m.Kopf.Test {
		return usageError{fmt.Errorf(`%s has no test="true": only test messages may go past the ledger; drop it into an in folder`, c.File)}
	}
	if err := unknownToLedger(e, m); err != nil {
		return err
	}
	if c.As == "" {
		c.As = m.Kopf.Absender.Kennung
	}
	d, done, err := c.desk(e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	doc, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	to, err := c.at(e, d, c.Reader)
	if err != nil {
		return err
	}
	fmt.Fprintln(e.out, "past the ledger: no receipt, no repetition, and `gateway trace` will not know it")
	id, err := d.Client.CreateMessageID(e.ctx, to.management, d.Me)
	if err != nil {
		return explain("createMessageId", err)
	}
	fmt.Fprintf(e.out, "createMessageId: %s\n", id)
	r, err := xta.Prepare(xta.MetaData{MessageID: id, Test: true, Origin: time.Now().UTC().Truncate(time.Millisecond), Author: d.Me,
		Reader: xta.Party{Kennung: c.Reader, Type: xta.PartyType}, Service: xta.ServiceURI, Type: xta.MessageType{Code: m.Root, PayloadSchema: m.Namespace}},
		xta.Content{ContentType: "application/xml", Encoding: "UTF-8", Filename: m.Kopf.UUID + ".xml", Data: xta.Bytes(doc)}, to.send)
	if err != nil {
		return err
	}
	if err := d.Client.Send(e.ctx, r); err != nil {
		return explain("sendMessage", err)
	}
	fmt.Fprintf(e.out, "sendMessage: taken, %d bytes\nask for its report: gateway xta report %s --reader %s --as %s\n", len(doc), id, c.Reader, d.Me.Kennung)
	return nil
}

// unknownToLedger refuses a message that the gateway has: its reader would get it twice.
func unknownToLedger(e *env, m *amtshilfe.Message) error {
	l, err := e.ledgerIfAny()
	if l == nil || err != nil {
		return err
	}
	defer l.Close()
	list, err := l.AllByUUID(m.Kopf.UUID)
	if err != nil || len(list) == 0 {
		return err
	}
	return fmt.Errorf("this message is in the ledger as %s (%s): its reader could get it twice; see gateway show %s", list[0].ID, list[0].State, list[0].ID)
}
