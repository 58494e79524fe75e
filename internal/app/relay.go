package app

import (
	"context"
	"errors"
	"net/url"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/config"
	"damtshilfe/internal/xta"
)

// route is the way of orders that may be accepted for readers who have no mailbox here; nil when nothing is relayed.
func (g *Gateway) route() xta.Route {
	if !g.Config.XTA.Server.Relay {
		return nil
	}
	return g.findTarget
}

// findTarget asks the directory. TestMsg does not tell test and schulung apart, so both are looked at; production never answers a test.
func (g *Gateway) findTarget(ctx context.Context, reader, service string, test bool) (xta.Target, bool, error) {
	betriebsarten := []amtshilfe.Betriebsart{amtshilfe.Produktion}
	if test {
		betriebsarten = []amtshilfe.Betriebsart{amtshilfe.Test, amtshilfe.Schulung}
	}
	var refused []error // the authority server may answer us for one of them only
	for _, b := range betriebsarten {
		z, err := g.register.ByKennung(ctx, reader, b)
		if err != nil {
			refused = append(refused, err)
			continue
		}
		for _, k := range z.Kanaele {
			r := k.Rechenzentrum
			if k.Art == amtshilfe.KanalXTA && k.Adresse == reader && (k.Dienst == "" || k.Dienst == service) && !g.isHere(r) {
				return xta.Target{Name: r.Kennung, Management: r.Management, Send: r.Send, TLS: r.TLS}, true, nil
			}
		}
	}
	if len(refused) == len(betriebsarten) {
		return xta.Target{}, false, errors.Join(refused...)
	}
	return xta.Target{}, false, nil
}

// isHere says that a data centre of the directory is this one: an order for it would come back to us for ever.
func (g *Gateway) isHere(r amtshilfe.Rechenzentrum) bool {
	if r.Kennung == g.Config.Operator.Kennung {
		return true
	}
	here := map[string]bool{g.Config.XTA.Server.Listen: true, g.Address("xta"): true}
	for _, own := range []string{g.Config.XTA.Client.Mailbox, g.Config.XTA.Client.Management} {
		if u, err := url.Parse(own); err == nil && u.Host != "" {
			here[u.Host] = true
		}
	}
	for _, far := range []string{r.Management, r.Send} {
		if u, err := url.Parse(far); err != nil || here[u.Host] {
			return true
		}
	}
	return false
}

// relay carries orders on to readers at other data centres: also those that were accepted before it was turned off.
func (g *Gateway) relay(ctx context.Context) error {
	if g.Mailbox == nil {
		return nil
	}
	waiting, err := g.Mailbox.RelayCounts(ctx)
	if err != nil {
		return err
	}
	if g.xtaClient == nil || g.register == nil {
		if len(waiting) > 0 {
			g.opts.Log.Error("orders wait to be relayed, and there is no XTA client or authority server for it", "orders", waiting)
		}
		return nil
	}
	c := g.Config.XTA.Client
	return xta.NewRelay(xta.RelayOptions{Mailbox: g.Mailbox, Client: g.xtaClient, Route: g.findTarget, Name: g.Config.XTA.Server.Name, Schedule: c.RetrySchedule,
		Timeout: c.Timeout, Window: c.ResendWindow, Now: g.opts.Now, Logger: g.opts.Log}).Run(ctx)
}

// maxRelays bounds the list of orders on their way.
const maxRelays = 1000

// Relays lists the orders of the own XTA server that are on their way to other data centres; it may run beside a serving gateway.
func Relays(ctx context.Context, cfg config.Config) (list []xta.RelayEntry, err error) {
	err = withMailbox(cfg, func(m *xta.Mailbox) (err error) {
		list, err = m.Relays(ctx, maxRelays)
		return err
	})
	return list, err
}
