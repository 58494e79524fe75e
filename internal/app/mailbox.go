package app

import (
	"context"
	"time"
)

// tidyEvery is the pause between two looks into the own mailbox for what has run out.
const tidyEvery = time.Minute

// tidyMailbox takes out of the own mailbox what nobody fetched in time. A fault waits for the next look: late beats lost.
func (g *Gateway) tidyMailbox(ctx context.Context) error {
	if g.Mailbox == nil {
		return nil
	}
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	for {
		n, err := g.Mailbox.WithdrawObsolete()
		if err != nil {
			g.opts.Log.Warn("mailbox not tidied", "err", err)
		}
		if n > 0 {
			g.opts.Log.Info("obsolete messages withdrawn", "messages", n)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
