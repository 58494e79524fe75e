package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/config"
	"damtshilfe/internal/register"
	"damtshilfe/internal/register/pages"
	"damtshilfe/internal/register/store"
)

// AddressCheck says of an authority in German why its lines do not fit into the window of a letter, by which profile; "" = they do.
type AddressCheck func(register.Eintrag) string

// NewAddressCheck sets the lines of an authority as every print profile of the configuration would; without profiles as the built-in one.
func NewAddressCheck(c config.Print) (AddressCheck, error) {
	profiles, err := loadProfiles(c)
	if err != nil {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(profiles))
	return func(e register.Eintrag) string {
		b := amtshilfe.Behoerde{Name: e.Name, Anschriftzeilen: e.Anschriftzeilen}
		for _, name := range names {
			text, err := profiles[name].WindowFault(b)
			if err != nil {
				text = err.Error()
			}
			if text != "" {
				return fmt.Sprintf("%s (Druckprofil %s)", text, name)
			}
		}
		return ""
	}, nil
}

// newPages makes the maintainers' pages. The server is asked for only when a page is: the pages are part of what it is made from.
func (a *Authority) newPages(primary bool) (*pages.Pages, error) {
	follow := a.follow // Close takes it away
	o := pages.Options{Log: a.o.Log, Now: a.o.Now, Fits: func(e register.Eintrag) string { return a.fits(e) },
		Directory: func() *register.Directory { return a.server.Directory() },
		State: func() pages.State {
			v := a.server.Version()
			s := pages.State{Seq: v.Seq, Since: v.Angelegt}
			if primary {
				s.Role = pages.Primary
			}
			if follow != nil {
				s.Role, s.Heard, s.Notices = pages.Secondary, follow.heard(a.o.Now()), follow.notices()
			}
			return s
		}}
	if a.data.store != nil {
		o.Book = storeBook{a.data.store}
	}
	return pages.New(o)
}

// heard is when the directory was last known to be the newest; zero = never.
func (f *following) heard(now time.Time) time.Time {
	if behind := f.Behind(); behind < neverHeard {
		return now.Add(-behind)
	}
	return time.Time{}
}

// neverHeard is longer than any server follows another one without a word.
const neverHeard = 5 * 365 * 24 * time.Hour

func (f *following) notices() []string {
	if _, trouble := f.state(); trouble != "" {
		return []string{trouble}
	}
	return nil
}

// servePages serves the pages without TLS until ctx ends.
func (a *Authority) servePages(ctx context.Context, l net.Listener) error {
	return serveHTTP(a.pages.Handler(pages.Mount{Hosts: a.own.Hosts}), a.o)(ctx, l)
}

// preparePages readies the pages of every directory that comes into force, and of every new day. A directory of all of Germany is read in
// twice the memory that it needs afterwards; what it took is given back then.
func (a *Authority) preparePages(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var last *register.Directory
	var day register.Datum
	for {
		if d, today := a.server.Directory(), register.Day(a.o.Now()); d != last || today != day {
			last, day = d, today
			if err := a.pages.Prepare(ctx); err != nil && ctx.Err() == nil {
				a.o.Log.Warn("maintainers' pages are not ready", "err", err)
			}
			debug.FreeOSMemory()
			if a.alone {
				limitMemory(d)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// softMemory is what a server with a process of its own wants to stay below while versions are made: with the pages of its program file that
// is under 150 MiB of the machine's memory. The directory of all of Germany takes half of it.
const softMemory = 96 << 20

// limitMemory makes garbage be collected earlier when softMemory is near. A larger directory gets what it needs, or else the collector would run
// all the time: one in memory, with its pages, takes six times its JSON, which all of Germany has 9 MB of.
func limitMemory(d *register.Directory) {
	limit := int64(softMemory)
	if d != nil {
		limit = max(limit, 10*d.Size())
	}
	debug.SetMemoryLimit(limit)
}

// storeBook shows what a store keeps.
type storeBook struct{ s *store.Store }

// maxPending is how many waiting changes are shown.
const maxPending = 200

// Versions lists the last ones.
func (b storeBook) Versions(_ context.Context, limit int) ([]pages.Version, error) {
	list, err := b.s.History(limit)
	out := make([]pages.Version, len(list))
	for i, v := range list {
		out[i] = pages.Version{Seq: v.Seq, Version: v.Version, At: v.Angelegt, Who: v.Wer, Second: v.Zweite, Why: v.Grund, Source: v.Quelle, Emptied: !v.Geleert.IsZero()}
	}
	return out, err
}

// Content reads one.
func (b storeBook) Content(_ context.Context, seq int64) (register.File, bool, error) {
	if dir, v, err := b.s.Current(); err == nil && v.Seq == seq {
		return *dir.View(), true, nil // nobody changes what is shown
	}
	f, _, err := b.s.Get(seq)
	return unless(f, err, store.ErrNotFound, store.ErrPruned)
}

// Pending lists what waits for a second person.
func (b storeBook) Pending(context.Context) ([]pages.Change, error) {
	list, err := b.s.Pending(maxPending)
	out := make([]pages.Change, len(list))
	for i, a := range list {
		out[i] = pages.Change{ID: a.ID, At: a.Angelegt, Who: a.Wer, Why: a.Grund, What: a.Quelle}
	}
	return out, err
}

// Registrations lists what participants handed in and nobody has decided.
func (b storeBook) Registrations(context.Context) ([]pages.Change, error) {
	list, err := b.s.Reports(false, maxPending)
	out := make([]pages.Change, 0, len(list))
	for _, m := range list {
		c := pages.Change{Registration: true, ID: m.ID, At: m.Am, Who: m.Wer, What: "Meldung"}
		if full, err := b.s.Reported(m.ID); err == nil {
			if r, err := register.ReadMeldung(full.Inhalt); err == nil {
				c.Why, c.What = r.Grund, reported(r)
			}
		}
		out = append(out, c)
	}
	slices.Reverse(out)
	return out, err
}

// reported says in German what a report is about.
func reported(m register.Meldung) string {
	var parts []string
	for _, k := range m.Bestaetigen {
		parts = append(parts, "bestätigt "+k.Kennung)
	}
	for _, e := range m.Behoerden {
		parts = append(parts, "Eintrag "+e.Kennung)
	}
	for _, r := range m.Rechenzentren {
		parts = append(parts, "Rechenzentrum "+r.Kennung)
	}
	for _, z := range m.Zertifikate {
		parts = append(parts, "Zertifikat "+z.Kennung)
	}
	for _, one := range m.Mandanten {
		parts = append(parts, "Mandant "+one.Name)
	}
	if len(parts) > 5 {
		parts = append(parts[:5], fmt.Sprintf("und %d weitere", len(parts)-5))
	}
	return strings.Join(parts, ", ")
}

// Preview puts one on top of what is in force; false if it does not fit any more.
func (b storeBook) Preview(_ context.Context, c pages.Change) (register.File, bool, error) {
	if !c.Registration {
		_, f, err := b.s.Preview(c.ID)
		return unless(f, err, store.ErrNotFound, store.ErrChanged)
	}
	m, err := b.s.Reported(c.ID)
	if err != nil {
		return unless(register.File{}, err, store.ErrNotFound)
	}
	dir, _, err := b.s.Current()
	if err != nil {
		return register.File{}, false, err
	}
	r, err := register.ReadMeldung(m.Inhalt)
	if err != nil {
		return register.File{}, false, nil // the store has read it once: another version of the program
	}
	f := dir.Shared()
	if err := r.Apply(&f, m.Wer, time.Now()); err != nil {
		return f, false, nil
	}
	return f, len(register.Check(f, register.CheckOptions{Like: dir})) == 0, nil
}

// unless gives f, or false for one of the errors that only mean that there is none.
func unless(f register.File, err error, none ...error) (register.File, bool, error) {
	if slices.ContainsFunc(none, func(n error) bool { return errors.Is(err, n) }) {
		return register.File{}, false, nil
	}
	return f, err == nil, err
}

// serveHTTP serves pages without TLS until ctx ends.
func serveHTTP(handler http.Handler, o Options) func(context.Context, net.Listener) error {
	return func(ctx context.Context, l net.Listener) error {
		s := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 20 * time.Second, WriteTimeout: 30 * time.Second,
			IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
		stop := context.AfterFunc(ctx, func() {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
			defer cancel()
			if err := s.Shutdown(ctx); err != nil && o.Log != nil {
				o.Log.Warn("page did not end cleanly", "err", err)
			}
		})
		defer stop()
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return serving(err)
		}
		return nil
	}
}
