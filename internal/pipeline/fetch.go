package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/xta"
)

// mailboxLocks keeps two fetches of one account apart.
type mailboxLocks struct {
	mu   sync.Mutex
	busy map[string]bool
	last map[string]poll
}

// poll is how the last fetch of an account ended.
type poll struct {
	at      time.Time
	foreign int // messages of services that we do not serve, as counted in passing
	err     error
}

func (l *mailboxLocks) take(account string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy[account] {
		return false
	}
	if l.busy == nil {
		l.busy = map[string]bool{}
	}
	l.busy[account] = true
	return true
}

func (l *mailboxLocks) give(account string, p poll) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.busy, account)
	if l.last == nil {
		l.last = map[string]poll{}
	}
	l.last[account] = p
}

// Polled says when the account's mailboxes were last fetched by this process, how many messages of other services lay there, and what
// was wrong; the zero time = not yet.
func (p *Pipeline) Polled(account string) (at time.Time, foreign int, err error) {
	p.fetching.mu.Lock()
	defer p.fetching.mu.Unlock()
	last := p.fetching.last[account]
	return last.at, last.foreign, last.err
}

// Fetch is the run `fetch`: it empties the own mailboxes. A full out folder, or any other fault, blocks only its own mailbox.
func (p *Pipeline) Fetch(ctx context.Context) (done, failed int, err error) {
	if p.cfg.MailboxURL == "" {
		return 0, 0, nil
	}
	for _, a := range p.cfg.Accounts {
		if len(a.Mailboxes()) == 0 || !p.fetching.take(a.Name) {
			continue
		}
		w, fetchErr := p.fetchAccount(ctx, a)
		p.fetching.give(a.Name, poll{p.Now(), w.foreign, fetchErr})
		done += w.taken
		if fetchErr != nil {
			failed, err = failed+1, errors.Join(err, fmt.Errorf("fetch for %s: %w", a.Name, fetchErr))
		}
	}
	return done, failed, err
}

func (p *Pipeline) fetchAccount(ctx context.Context, a Account) (sum walk, err error) {
	open, err := p.Ledger.OpenInbox(a.Name)
	if err != nil {
		return sum, err
	}
	var errs error
	for _, in := range open { // what a crash left goes first
		if err := p.settleInbound(ctx, a, in, ""); !aboutOne(err) {
			return sum, errors.Join(errs, err)
		} else {
			errs = errors.Join(errs, err)
		}
	}
	for _, kennung := range a.Mailboxes() {
		w, err := p.walkBox(ctx, a, party(kennung, a.Title, false))
		sum.taken, sum.foreign, errs = sum.taken+w.taken, sum.foreign+w.foreign, errors.Join(errs, w.errs)
		if err != nil {
			return sum, errors.Join(errs, err)
		}
	}
	return sum, errors.Join(errs, p.judgeWaiting(ctx, a))
}

// aboutOne says that nothing went wrong, or only with one message: the others of its mailbox go on.
func aboutOne(err error) bool {
	fault, ok := errors.AsType[*xta.Fault](err)
	return err == nil || lost(err) || errors.Is(err, errNotBack) || ok && !fault.Temporary()
}

// fetchOne takes one message: get, persist, judge, publish, close, in this order (XTA 2.1.1 getMessage). Only after close does the server forget it.
// known says that it had been taken before.
func (p *Pipeline) fetchOne(ctx context.Context, a Account, reader xta.Party, meta xta.MetaData) (known bool, err error) {
	in, err := p.Ledger.InboundByMessage(a.Name, meta.MessageID)
	switch {
	case err == nil && in.State == amtshilfe.InboxSealed && p.tried(in):
		return true, nil // no key for it: left alone until one is there
	case err == nil && in.State != amtshilfe.InboxSealed:
		in.Closed = false // it is listed, so the server does not know
		return true, p.settleInbound(ctx, a, in, "")
	case err != nil && !errors.Is(err, ledger.ErrNotFound):
		return false, err
	}
	was := in.State
	m, err := p.Fetcher.GetMessage(ctx, p.cfg.MailboxURL, reader, meta.MessageID)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, m.Release()) }()
	if was == "" {
		in = p.arrived(a, reader, meta.MessageID, m.MetaData)
	}
	doc, err := p.opened(a, m.Content)
	if fault, ok := errors.AsType[*amtshilfe.Fault](err); ok {
		return true, p.keepSealed(in, fault)
	}
	if err != nil {
		return false, err
	}
	in.Length = doc.Size()
	if in.SHA256, err = p.Spool.WriteInbound(in.ID, func(w io.Writer) error { return xta.Copy(w, doc) }); err != nil {
		return false, err
	}
	if was == amtshilfe.InboxSealed {
		err = p.Ledger.Unsealed(in)
		in.State, in.Question = amtshilfe.InboxFetched, nil
	} else {
		in, err = p.Ledger.Fetched(in)
	}
	if err != nil {
		return false, err
	}
	return false, p.settleInbound(ctx, a, in, m.RequestID)
}

// arrived is the row of a message that was never seen before.
func (p *Pipeline) arrived(a Account, reader xta.Party, messageID string, m xta.MetaData) ledger.Inbound {
	now := p.Now()
	in := ledger.Inbound{Reader: reader.Kennung, Inbound: amtshilfe.Inbound{ID: amtshilfe.NewInboxID(now), Account: a.Name, MessageID: messageID,
		Author: m.Author.Kennung, Kind: p.kindOf(m.Type), Test: m.Test, ReceivedAt: now}}
	if len(m.InReplyTo) > 0 {
		in.InReplyTo = m.InReplyTo[0]
	}
	return in
}

// settleInbound brings a persisted message to its end: judged, published if it may be, closed.
func (p *Pipeline) settleInbound(ctx context.Context, a Account, in ledger.Inbound, requestID string) error {
	if in.State == amtshilfe.InboxFetched {
		if err := p.judgeInbound(ctx, a, &in); err != nil {
			return fmt.Errorf("inbound %s: %w", in.ID, err)
		}
	}
	if in.Closed {
		return nil
	}
	if requestID == "" {
		requestID = in.MessageID
	}
	err := p.Fetcher.CloseMessage(ctx, p.cfg.MailboxURL, party(in.Reader, a.Title, false), requestID, in.MessageID)
	if fault, ok := errors.AsType[*xta.Fault](err); ok && fault.Unknown() {
		err = nil // closed before: the answer was lost (XTA 2.1.1 close)
	}
	if err != nil {
		return fmt.Errorf("inbound %s: %w", in.ID, err)
	}
	return p.Ledger.Closed(in.ID)
}

// judgeWaiting looks again at the messages that were quicker than the request they are about: it may have come, or their time is over.
func (p *Pipeline) judgeWaiting(ctx context.Context, a Account) error {
	list, err := p.Ledger.WaitingInbox(a.Name)
	if err != nil {
		return err
	}
	for _, in := range list {
		if err := p.judgeInbound(ctx, a, &in); err != nil {
			return fmt.Errorf("inbound %s: %w", in.ID, err)
		}
	}
	return nil
}

// kindOf is the message that an XTA MessageType names, 0 if it names none that a pack knows: what cannot be read may still be a 014.
func (p *Pipeline) kindOf(t xta.MessageType) amtshilfe.Kind {
	pack := p.Packs.ByNamespace(t.PayloadSchema)
	if pack == nil {
		return 0
	}
	for _, m := range pack.Messages {
		if m.Root == t.Code {
			return m.Kind
		}
	}
	return 0
}
