package pipeline

import (
	"context"
	"errors"
)

// Work lets every lane do what is due now, until nothing more is: tests drive the lanes by hand, under their own clock.
func (p *Pipeline) Work(ctx context.Context) error {
	var errs error
	for range 6 { // as many as a message has stages that follow each other at once
		for _, work := range []func(context.Context) (bool, error){p.scanAll, p.openDue, p.dropDue, p.resolveDue, p.sendDue, p.reportDue, p.bundlesDue} {
			for more := true; more; {
				var err error
				if more, err = work(ctx); err != nil {
					errs = errors.Join(errs, err)
					break
				}
			}
			p.sends.Wait()
		}
	}
	return errs
}
