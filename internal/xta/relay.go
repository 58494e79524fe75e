package xta

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// RelayOptions configure a Relay.
type RelayOptions struct {
	Mailbox  *Mailbox
	Client   RelayClient
	Route    Route
	Name     string           // of this server, marks what went through it
	Schedule []time.Duration  // pauses after failures and between reports, the last repeats; nil = 1m, 5m, 15m, 1h
	Timeout  time.Duration    // of the client: what may be under way is not repeated earlier; 0 = 300 s
	Window   time.Duration    // how long an unknown outcome is repeated; 0 = 7 days
	Now      func() time.Time // nil = time.Now
	Logger   *slog.Logger     // nil = silent
}

// Relay carries orders of our accounts on to the servers of readers who are not ours: once per MessageID as far as the far server
// honours 9024, and its report into ours (design 4, XTA send).
type Relay struct{ o RelayOptions }

// NewRelay makes a Relay.
func NewRelay(o RelayOptions) *Relay {
	if o.Schedule == nil {
		o.Schedule = []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}
	}
	if o.Timeout == 0 {
		o.Timeout = 300 * time.Second
	}
	if o.Window == 0 {
		o.Window = 7 * 24 * time.Hour
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Relay{o}
}

// Bounds of one look for due orders.
const (
	relayPoll  = time.Second
	relayPage  = 64
	relaySlots = 4 // orders at once
)

// Run works until ctx ends.
func (r *Relay) Run(ctx context.Context) error {
	tick := time.NewTicker(relayPoll)
	defer tick.Stop()
	for {
		n, err := r.Work(ctx)
		if err != nil {
			r.o.Logger.Warn("orders to relay not read", "err", err)
		}
		if n == relayPage && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Work does one step of each order that is due, and says of how many.
func (r *Relay) Work(ctx context.Context) (int, error) {
	due, err := r.o.Mailbox.dueRelays(ctx, relayPage)
	if err != nil {
		return 0, err
	}
	var wg sync.WaitGroup
	slots := make(chan struct{}, relaySlots)
	for _, n := range due {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if err := r.one(ctx, n); err != nil && ctx.Err() == nil && !errors.Is(err, errMoved) {
				r.o.Logger.Warn("order not relayed yet", "message", n, "err", err)
			}
		})
	}
	wg.Wait()
	return len(due), nil
}

func (r *Relay) one(ctx context.Context, n int64) error {
	o, err := r.o.Mailbox.onward(ctx, n)
	if err != nil {
		return err
	}
	switch o.state {
	case relayQueued:
		return r.reserve(ctx, o)
	case relayReserved:
		return r.send(ctx, o)
	case relaySending:
		return r.settle(ctx, o)
	case relaySent:
		return r.ask(ctx, o)
	}
	return nil
}

// pause is the time to the next try after so many.
func (r *Relay) pause(tried int) time.Duration {
	return r.o.Schedule[min(tried, len(r.o.Schedule)-1)]
}

// again puts the order off; the cause is told to the log and to whoever asks why it waits.
func (r *Relay) again(o onward, pause time.Duration, cause error) error {
	return r.moved(o.state, o, pause, cause)
}

func (r *Relay) moved(from string, o onward, pause time.Duration, cause error) error {
	if cause != nil {
		o.problem = cause.Error()
	}
	return errors.Join(cause, r.o.Mailbox.advance(from, o, pause))
}

// reserve asks the far server for an id (resolved -> reserved). An id that is lost in a crash is harmless.
func (r *Relay) reserve(ctx context.Context, o onward) error {
	if over, err := r.obsolete(o); over || err != nil {
		return err
	}
	md, err := o.metaData(r.o.Now())
	if err != nil {
		return err
	}
	o.attempts++
	t, ok, err := r.o.Route(ctx, o.Reader, md.Service, o.Test)
	switch {
	case err != nil:
		return r.again(o, r.pause(o.attempts-1), fmt.Errorf("find the way: %w", err))
	case !ok && r.o.Now().Sub(o.Stored) > r.o.Window:
		return r.fail(o, "Das Verzeichnis nennt keinen XTA-Server des Lesers.")
	case !ok:
		return r.again(o, r.pause(o.attempts-1), errors.New("the directory names no way"))
	}
	if err := errors.Join(r.o.Client.Pin(t.Management, t.TLS), r.o.Client.Pin(t.Send, t.TLS)); err != nil {
		return r.again(o, r.pause(o.attempts-1), err)
	}
	o.target = t
	if o.remote, err = r.o.Client.CreateMessageID(ctx, t.Management, md.Author); err != nil {
		return r.notTaken(o, relayQueued, err)
	}
	request, _, err := r.request(o)
	if err != nil {
		return r.fail(o, "Der Auftrag lässt sich nicht weiterleiten: Angaben fehlen.")
	}
	o.sum, o.state, o.attempts = request.SHA256[:], relayReserved, 0
	return r.o.Mailbox.advance(relayQueued, o, 0)
}

// request makes the exact bytes: always the same ones, which the stored hash proves.
func (r *Relay) request(o onward) (Request, MetaData, error) {
	md, c, err := r.o.Mailbox.open(o.row)
	if err != nil {
		return Request{}, md, err
	}
	none := MetaData{}
	md.MessageID, md.InitialSend, md.Delivery, md.InitialFetch, md.Reception = o.remote, none.InitialSend, none.Delivery, none.InitialFetch, none.Reception
	if md.Origin.IsZero() {
		md.Origin = o.Stored
	}
	md.Properties = append(md.Properties, Property{Key: hopKey, Value: r.o.Name})
	request, err := Prepare(md, c, o.target.Send)
	if err == nil && o.sum != nil && !bytes.Equal(o.sum, request.SHA256[:]) {
		err = errors.New("the bytes are not those of before")
	}
	return request, md, err
}

// send books the attempt and makes it (reserved -> sending).
func (r *Relay) send(ctx context.Context, o onward) error {
	if over, err := r.obsolete(o); over || err != nil {
		return err
	}
	request, _, err := r.request(o)
	if err != nil {
		return r.again(o, time.Hour, err)
	}
	return r.attempt(ctx, o, request)
}

func (r *Relay) attempt(ctx context.Context, o onward, request Request) error {
	from := o.state
	o.state, o.attempts = relaySending, o.attempts+1
	if o.since.IsZero() {
		o.since = r.o.Now()
	}
	if err := r.o.Mailbox.advance(from, o, r.o.Timeout); err != nil {
		return err
	}
	err := r.o.Client.Send(ctx, request)
	if err == nil {
		return r.o.Mailbox.handedOver(o)
	}
	wait := max(r.o.Timeout, r.pause(o.attempts-1))
	f, isFault := errors.AsType[*Fault](err)
	e, ok := errors.AsType[*SendError](err)
	switch {
	case from == relayReserved && (ok && !e.Written || isFault && f.Refused()):
		back := relayReserved
		if o.attempts >= newWayAfter {
			back = relayQueued
		}
		return r.notTaken(o, back, err)
	case isFault && f.final() && r.o.Now().Sub(o.since) > firmAfter:
		return r.fail(o, refusal(o.target, f)) // and no report knew of an earlier attempt for so long
	case isFault && f.Used() && from == relayReserved:
		wait = 0 // the report knows
	}
	return r.again(o, wait, err)
}

// notTaken goes on with an order that the far server certainly does not have: back to the state before the attempt, or to its end if
// the order itself is at fault or has waited too long.
func (r *Relay) notTaken(o onward, back string, cause error) error {
	f, isFault := errors.AsType[*Fault](cause)
	switch {
	case isFault && f.final():
		return r.fail(o, refusal(o.target, f))
	case isFault && r.o.Now().Sub(o.Stored) > r.o.Window:
		return r.fail(o, refusal(o.target, f))
	case r.o.Now().Sub(o.Stored) > r.o.Window:
		return r.fail(o, "Der XTA-Server "+o.target.Name+" ist nicht zu erreichen.")
	}
	from := o.state
	o.state, o.since = back, time.Time{}
	if back == relayQueued {
		o.remote, o.sum = "", nil // a new way, a new id; the old one is harmless
	}
	return r.moved(from, o, r.pause(o.attempts-1), cause)
}

// newWayAfter is how many attempts that certainly failed are made before the directory is asked again.
const newWayAfter = 5

// firmAfter is how long an attempt of unknown outcome may still come to light after the far server refuses its repetition.
const firmAfter = 24 * time.Hour

// settle finds out what became of an attempt: evidence in the far report, else the same bytes again (design 4, XTA send).
func (r *Relay) settle(ctx context.Context, o onward) error {
	request, md, err := r.request(o)
	if err != nil {
		return r.again(o, time.Hour, err)
	}
	report, err := r.o.Client.TransportReport(ctx, o.target.Management, md.Author, o.remote)
	f, isFault := errors.AsType[*Fault](err)
	o.asked++
	switch {
	case err == nil && report.Evidence(md):
		return r.o.Mailbox.handedOver(o)
	case err != nil && !(isFault && f.Unknown()):
		return r.again(o, r.pause(o.asked-1), err)
	case r.o.Now().Sub(o.since) > r.o.Window:
		return r.again(o, time.Hour, errors.New("outcome unknown for too long to send again; ask the other side"))
	}
	return r.attempt(ctx, o, request)
}

// ask carries the far report into ours. From sent nothing is ever sent again: an id unknown there is only a note.
func (r *Relay) ask(ctx context.Context, o onward) error {
	md, err := o.metaData(r.o.Now())
	if err != nil {
		return err
	}
	report, err := r.o.Client.TransportReport(ctx, o.target.Management, md.Author, o.remote)
	o.asked++
	pause := r.pause(o.asked - 1)
	switch {
	case err != nil:
		return r.again(o, pause, err)
	case report.Status == StatusOpen:
		return r.o.Mailbox.progress(o, report.MetaData, pause)
	}
	return r.o.Mailbox.arrive(o, report)
}

// obsolete ends an order of which nothing has left when its ObsoleteAfter is over.
func (r *Relay) obsolete(o onward) (bool, error) {
	md, err := o.metaData(r.o.Now())
	if err != nil || md.ObsoleteAfter == "" {
		return false, err
	}
	end, err := endOf(md.ObsoleteAfter, r.o.Mailbox.zone)
	if err != nil || end.After(r.o.Now()) {
		return false, err
	}
	return true, r.o.Mailbox.arrive(o, r.red(recordObsolete))
}
