package xta

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// What an answer without a message says.
var (
	ErrNoMessage = errors.New("no message is left")
	ErrRequestID = errors.New("request id is not known (any more): list again")
)

// Selector says which messages of a mailbox are meant. The zero value means all, as many as the server likes to list.
type Selector struct {
	Max      int       // most to list at once, 0 = the server's choice
	New      bool      // only what was never fetched
	IDs      []string  // XTA ids; empty = all
	From, To time.Time // of the entry into the mailbox; zero = open
}

func (o *outgoing) selector(s Selector) {
	if !s.New && len(s.IDs) == 0 && s.From.IsZero() && s.To.IsZero() {
		return
	}
	fresh := ""
	if s.New {
		fresh = "true"
	}
	o.Open("osci:MsgSelector", "newEntry", fresh)
	for _, id := range s.IDs {
		o.Leaf("wsa:MessageID", id)
	}
	o.when("osci:MsgBoxEntryTimeFrom", s.From)
	o.when("osci:MsgBoxEntryTimeTo", s.To)
	o.End("osci:MsgSelector")
}

// StatusList lists at most max waiting messages of the reader's mailbox, oldest first (XTA 2.1.1 getStatusList).
func (c *Client) StatusList(ctx context.Context, url string, reader Party, max int) (List, error) {
	return c.SelectedList(ctx, url, reader, Selector{Max: max})
}

// SelectedList lists what the selector means, oldest first (XTA 2.1.1 getStatusList).
func (c *Client) SelectedList(ctx context.Context, url string, reader Party, s Selector) (List, error) {
	most := ""
	if s.Max > 0 {
		most = strconv.Itoa(s.Max)
	}
	a, err := c.ask(ctx, url, actionStatusList, reader, func(o *outgoing) {
		o.Open("osci:MsgBoxStatusListRequest", "maxListItems", most, "ListForm", "MessageMetaData")
		o.selector(s)
		o.End("osci:MsgBoxStatusListRequest")
	})
	if err != nil {
		return List{}, fmt.Errorf("status list: %w", err)
	}
	l, err := readList(a)
	if err != nil {
		return List{}, fmt.Errorf("status list: %w: %w", errAnswer, err)
	}
	return l, nil
}

// GetMessage fetches one message; it stays in the mailbox until CloseMessage (XTA 2.1.1 getMessage). The caller ends with Release.
func (c *Client) GetMessage(ctx context.Context, url string, reader Party, messageID string) (Message, error) {
	m, err := c.message(ctx, url, actionGetMessage, reader, func(o *outgoing) {
		o.Open("osci:MsgBoxFetchRequest", "MsgPart", "Envelope")
		o.selector(Selector{IDs: []string{messageID}})
		o.End("osci:MsgBoxFetchRequest")
	})
	if err == nil && !strings.EqualFold(m.MetaData.MessageID, messageID) {
		err = errors.Join(fmt.Errorf("%w: it is another message", errAnswer), m.Release())
	}
	if err != nil {
		return Message{}, fmt.Errorf("get message: %w", err)
	}
	return m, nil
}

func (c *Client) message(ctx context.Context, url, action string, reader Party, body func(*outgoing)) (Message, error) {
	a, err := c.ask(ctx, url, action, reader, body)
	if err != nil {
		return Message{}, err
	}
	return a.keep(readMessage(a))
}

// keep makes the message hold the contents of its answer.
func (a answer) keep(m Message, err error) (Message, error) {
	if err != nil && !errors.Is(err, ErrNoMessage) && !errors.Is(err, ErrRequestID) {
		err = fmt.Errorf("%w: %w", errAnswer, err)
	}
	if err != nil {
		return Message{}, errors.Join(err, a.discard())
	}
	m.release = a.discard
	return m, nil
}

// CloseMessage acknowledges a message that is durably stored here (XTA 2.1.1 close). An Unknown *Fault says that it was
// closed before.
func (c *Client) CloseMessage(ctx context.Context, url string, reader Party, requestID, messageID string) error {
	_, err := c.ask(ctx, url, actionClose, reader, func(o *outgoing) {
		o.Open("osci:MsgBoxCloseRequest", "MsgBoxRequestID", requestID)
		o.Leaf("osci:LastMsgReceived", messageID)
		o.End("osci:MsgBoxCloseRequest")
	})
	if err != nil {
		return fmt.Errorf("close message: %w", err)
	}
	return nil
}
