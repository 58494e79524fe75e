package demo

import (
	"context"
	"slices"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sample"
)

// What the crash tests need of the demo's own means.
var (
	SettleIn    = settleIn
	Mix         = mix
	Einstellung = einstellung
)

// Upload puts a file into the sender's in folder with a real SFTP client.
func (w *World) Upload(ctx context.Context, name string, data []byte) error {
	return w.upload(ctx, name, data)
}

// FoldersEmpty says that no folder holds anything to do.
func (w *World) FoldersEmpty() bool { return w.foldersEmpty() }

// Answer lets every authority answer what it has not answered yet.
func (a *Authorities) Answer() error {
	for _, o := range a.offices {
		if err := a.answer(o); err != nil {
			return err
		}
	}
	return nil
}

// Keep reduces the world to the sender and a few authorities at each data centre, so that a scenario takes less time.
func (w *World) Keep(perSite int, t Timing) error {
	n := map[string]int{}
	for _, e := range w.Dirs.All(amtshilfe.Test) {
		o, ok := w.Offices[e.Kennung]
		if !ok || o.Kennung == w.Sender.Kennung {
			continue
		}
		if n[o.Site]++; n[o.Site] > perSite {
			delete(w.Offices, o.Kennung)
		}
	}
	for _, s := range []Site{w.A, w.B} {
		if err := w.config(s, t); err != nil {
			return err
		}
	}
	return nil
}

// Reached are addresses whose authorities are reached by the Kanal, electronically only those with a mailbox in this world.
func (w *World) Reached(kanal amtshilfe.Kanalart) []sample.Place {
	var kept []string
	for _, e := range w.Dirs.All(amtshilfe.Test) {
		if _, ok := w.Offices[e.Kennung]; (ok || kanal != amtshilfe.KanalXTA) && len(e.Gebiete) > 0 && len(e.Gebiete[0].Orte) > 0 {
			kept = append(kept, e.Gebiete[0].Orte[0].Ort)
		}
	}
	return slices.DeleteFunc(w.Places(kanal), func(p sample.Place) bool { return !slices.Contains(kept, p.Ort) })
}
