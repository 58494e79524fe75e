package pipeline

import (
	"context"
	"errors"

	"damtshilfe/internal/xta"
)

const (
	// fetchPage is how many messages one list names.
	fetchPage = 100
	// maxPages bounds one walk through a mailbox; the next run goes on.
	maxPages = 10_000
)

// walk is one way through a mailbox, from the oldest message to the newest.
type walk struct {
	taken   int // messages that were new here
	foreign int // messages of services that we do not serve: another application's, never fetched nor closed
	errs    error
}

// walkBox takes what is ours out of a mailbox. It goes on behind what it leaves alone (XTA 2.1.1 getNextStatusList), so that foreign
// messages, which stay, do not hide ours behind them. The error ends the walk; what concerns one message alone is in errs.
func (p *Pipeline) walkBox(ctx context.Context, a Account, reader xta.Party) (w walk, err error) {
	list, err := p.Fetcher.StatusList(ctx, p.cfg.MailboxURL, reader, fetchPage)
	for range maxPages {
		if err != nil || len(list.Items) == 0 || ctx.Err() != nil {
			return w, err
		}
		for _, meta := range list.Items {
			if meta.Service != xta.ServiceURI {
				w.foreign++
				continue
			}
			known, err := p.fetchOne(ctx, a, reader, meta)
			if !aboutOne(err) {
				return w, err
			}
			if w.errs = errors.Join(w.errs, err); err == nil && !known {
				w.taken++
			}
		}
		last := list.Items[len(list.Items)-1].MessageID
		if list.Pending == 0 {
			break
		}
		id := list.RequestID
		if list, err = p.Fetcher.NextStatusList(ctx, p.cfg.MailboxURL, reader, id, last); err == nil && list.RequestID == "" {
			list.RequestID = id
		}
		if len(list.Items) > 0 && list.Items[len(list.Items)-1].MessageID == last {
			break // a server that does not move on must not keep us here
		}
	}
	return w, nil
}
