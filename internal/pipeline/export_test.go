package pipeline

import (
	"context"
	"errors"
)

// Work lets every lane do what is due now, until nothing more is: tests drive the lanes by hand, under their own clock. order is the one
// in which the lanes get their turns, by their numbers; nil = as a message goes through them.
func (p *Pipeline) Work(ctx context.Context, order []int) error {
	var errs error
	lanes := []func(context.Context) (bool, error){p.scanAll, p.openDue, p.dropDue, p.resolveDue, p.sendDue, p.reportDue, p.bundlesDue}
	if order == nil {
		order = []int{0, 1, 2, 3, 4, 5, 6}
	}
	for range 6 { // as many as a message has stages that follow each other at once
		for _, n := range order {
			for more := true; more; {
				var err error
				if more, err = lanes[n](ctx); err != nil {
					errs = errors.Join(errs, err)
					break
				}
			}
			p.sends.Wait()
		}
	}
	return errs
}
