package demo_test

import (
	"context"

	"damtshilfe/internal/app"
	"damtshilfe/internal/ledger"
)

// state is what a gateway has left to do.
type state struct {
	work                    ledger.Work
	untold, queues, waiting int // drops without their next receipt, print queues, messages in the own mailboxes
}

func (s state) idle() bool { return s.work.Idle() && s.untold+s.queues+s.waiting == 0 }

func stateOf(ctx context.Context, g *app.Gateway) (s state, err error) {
	if s.work, err = g.Ledger.Work(); err != nil {
		return s, err
	}
	untold, err := g.Ledger.Untold(1000)
	if err != nil {
		return s, err
	}
	queues, err := g.Ledger.PrintQueues()
	if err != nil {
		return s, err
	}
	counts, err := g.Mailbox.Counts(ctx)
	for _, n := range counts.Waiting {
		s.waiting += n
	}
	s.untold, s.queues = len(untold), len(queues)
	return s, err
}
