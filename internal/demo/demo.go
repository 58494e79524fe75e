package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/config"
)

// Options of a demo.
type Options struct {
	Dir  string // kept after the demo; a second run in it shows duplicates
	Once bool   // end when nothing is in flight; otherwise stay up until ctx ends
	Out  io.Writer
	Log  *slog.Logger
}

// patience is how long the demo waits for the world to come to rest.
const patience = 100 * time.Second

// running is a world whose gateways are up.
type running struct {
	*World
	gateways map[string]*app.Gateway
	out      io.Writer
	bundled  []amtshilfe.BundleID
}

// Run plays the demo and says whether messages were held or rejected: in a demo some always are.
func Run(ctx context.Context, o Options) (open bool, err error) {
	at, listeners, err := Free()
	if err != nil {
		return false, fmt.Errorf("demo: %w", err)
	}
	w, err := Build(o.Dir, at, Timing{Settle: 300 * time.Millisecond, Scan: 300 * time.Millisecond, XTATimeout: 10 * time.Second,
		Reports: []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second}})
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &running{World: w, gateways: map[string]*app.Gateway{}, out: o.Out}
	ended := make(chan error, 8)
	start := func(run func(context.Context) error) { go func() { ended <- run(ctx) }() }
	n := 0

	c := w.RegisterConfig()
	serve, err := app.RegisterServer(config.RegisterServer{Directory: c.Directory, Cert: c.Cert, Key: c.Key, ClientCA: c.ClientCA}, app.Options{Log: o.Log})
	if err != nil {
		return false, fmt.Errorf("demo: authority server: %w", err)
	}
	start(func(ctx context.Context) error { return serve(ctx, listeners["register"]["register"]) })
	n++
	for _, s := range []Site{w.A, w.B} {
		cfg, err := config.Load(s.Config)
		if err != nil {
			return false, fmt.Errorf("demo: %w", err)
		}
		g, err := app.New(cfg, app.Options{Log: o.Log, Listeners: listeners[s.Name], Poll: 100 * time.Millisecond, Backoff: time.Second})
		if err != nil {
			return false, fmt.Errorf("demo: %s: %w", s.Name, err)
		}
		defer func() { err = errors.Join(err, g.Close()) }()
		r.gateways[s.Name] = g
		start(g.Run)
		n++
	}
	offices := w.Authorities()
	start(offices.Run)
	n++
	failed := make(chan error, 1)
	go func() { // a part of the world that ends early ends the demo
		var errs error
		for range n {
			if err := <-ended; err != nil {
				cancel(err)
				errs = errors.Join(errs, err)
			}
		}
		failed <- errs
	}()
	open, err = r.play(ctx, o)
	cancel(nil)
	if partErr := <-failed; partErr != nil {
		err = partErr // what the demo saw of it is only a consequence
	}
	return open, err
}

// play drops the files, waits and reports.
func (r *running) play(ctx context.Context, o Options) (bool, error) {
	say := func(format string, args ...any) { fmt.Fprintf(r.out, format+"\n", args...) }
	say("dAmtshilfe demo in %s", r.Dir)
	say("  authority server %s, data centres %s (A) and %s (B), SFTP %s", r.Register, r.A.XTA, r.B.XTA, r.A.SFTP)
	files, err := r.files()
	if err != nil {
		return false, err
	}
	if err := r.upload(ctx, "ersuchen.zip", files.zip); err != nil {
		return false, fmt.Errorf("demo: upload: %w", err)
	}
	say("dropped ersuchen.zip over SFTP: 20 Ersuchen, 2 of them invalid, 1 with nobody competent, 1 debtor in the sender's own district")
	if err := r.watchDrop("lieferung.xml", files.container); err != nil {
		return false, fmt.Errorf("demo: watched folder: %w", err)
	}
	say("dropped lieferung.xml into the watched folder: a container with 5 Ersuchen")
	if err := r.upload(ctx, "ersuchen-nochmal.zip", files.zip); err != nil {
		return false, fmt.Errorf("demo: upload: %w", err)
	}
	say("dropped the same ZIP again")
	if err := r.settle(ctx); err != nil {
		return false, err
	}
	if err := r.withdraw(ctx, files, say); err != nil {
		return false, err
	}
	if err := r.settle(ctx); err != nil {
		return false, err
	}
	open, err := r.table()
	if err != nil {
		return false, err
	}
	say("\nfolder of the sender   %s", r.Sender.Out)
	for _, id := range r.bundled {
		say("print bundle           %s", filepath.Join(r.Printed(), string(id)))
	}
	say("status page            http://%s/", r.A.Status)
	if o.Once {
		return open, nil
	}
	say("staying up; end with Ctrl-C")
	<-ctx.Done()
	return open, nil
}

// withdraw sends an 008 for a request that was handed over electronically.
func (r *running) withdraw(ctx context.Context, files files, say func(string, ...any)) error {
	name := filepath.Join(r.Dir, "drops", "einstellung.xml")
	doc, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		uuid, findErr := r.sentRequest()
		if findErr != nil {
			return findErr
		}
		doc = einstellung(r.Sender, uuid)
		err = r.write("drops/einstellung.xml", doc)
	}
	if err != nil {
		return err
	}
	if err := r.upload(ctx, "einstellung.xml", doc); err != nil {
		return fmt.Errorf("demo: upload: %w", err)
	}
	say("dropped einstellung.xml: an 008 that withdraws a request that was sent")
	return nil
}

// sentRequest is the first Ersuchen of the sender that reached its authority by XTA.
func (r *running) sentRequest() (string, error) {
	drops, err := r.gateways[r.A.Name].Ledger.Drops(100)
	if err != nil {
		return "", err
	}
	for _, d := range drops {
		for m, err := range r.gateways[r.A.Name].Ledger.AllInDrop(d.ID) {
			if err != nil {
				return "", err
			}
			if d.Account == r.Sender.Account && m.Kind == amtshilfe.KindErsuchen && m.State == amtshilfe.Delivered {
				return m.UUID, nil
			}
		}
	}
	return "", errors.New("demo: no Ersuchen was delivered electronically")
}

// settle lets the runs do their work until nothing is in flight in either data centre.
func (r *running) settle(ctx context.Context) error {
	deadline := time.Now().Add(patience)
	for quiet := 0; quiet < 6; {
		if time.Now().After(deadline) {
			return fmt.Errorf("demo: still at work after %s: %s", patience, r.workText())
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(150 * time.Millisecond):
		}
		idle := r.foldersEmpty()
		for _, g := range r.gateways {
			if err := r.push(ctx, g); err != nil {
				return err
			}
			w, err := g.Ledger.Work()
			if err != nil {
				return err
			}
			idle = idle && w.Idle()
		}
		if quiet++; !idle {
			quiet = 0
		}
	}
	return nil
}

// push does what cron does in production, sooner.
func (r *running) push(ctx context.Context, g *app.Gateway) error {
	if _, _, err := g.Pipeline.Fetch(ctx); err != nil && ctx.Err() == nil {
		fmt.Fprintf(r.out, "fetch: %v (tried again)\n", err)
	}
	w, err := g.Ledger.Work()
	if err != nil {
		return err
	}
	if queues, err := g.Ledger.PrintQueues(); err == nil && w.Drops == 0 && len(queues) > 0 {
		if _, err := g.Runs.Trigger(ctx, "print"); err != nil && ctx.Err() == nil {
			return err
		}
	}
	if _, _, err := g.Pipeline.Tell(ctx); err != nil && ctx.Err() == nil {
		fmt.Fprintf(r.out, "receipts: %v (tried again)\n", err)
	}
	return nil
}

func (r *running) workText() string {
	text := ""
	for name, g := range r.gateways {
		w, err := g.Ledger.Work()
		text += fmt.Sprintf(" %s %+v %v", name, w, err)
	}
	return text
}
