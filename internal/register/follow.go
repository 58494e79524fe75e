package register

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// FollowEvery is the pause between two looks at the primary, if FollowOptions do not say it.
const FollowEvery = 3 * time.Second

const (
	// maxFassung limits a version on its way: the whole of Germany has a few MB, in Base64.
	maxFassung = 512 << 20
	// fetchFassung is how long a version may take.
	fetchFassung = 2 * time.Minute
)

// FollowOptions says whom a secondary follows, and what it does with what it gets.
type FollowOptions struct {
	Primary string            // base URL
	TLS     *tls.Config       // from certs.ClientTLS
	Key     ed25519.PublicKey // of the primary's signing key
	Every   time.Duration     // between two looks; default 3 s
	// Current is the version in force here; seq 0 = none yet.
	Current func() (seq int64, sha256 string, err error)
	// Adopt stores a version, whose signature is right, and puts it into force.
	Adopt func(ctx context.Context, f Fassung) error
	// Sperren is told of the revoked certificates each time; nil = nobody is.
	Sperren func([]Sperre)
	// Heard is when what is in force here was last known to be the newest, before this start; zero = never.
	Heard time.Time
	Log   *slog.Logger     // nil = none
	Now   func() time.Time // nil = time.Now
}

// Follower keeps a secondary at the version of its primary. What is not signed by the primary's key, or has a lower number than what is in
// force, is refused; the last good version stays, and State says why.
type Follower struct {
	o      FollowOptions
	client *Client

	mu    sync.Mutex
	state FollowState
}

// FollowState says how a secondary stands to its primary.
type FollowState struct {
	Primary string
	Heard   time.Time // when what is in force here was last known to be the newest; zero = never
	Failed  time.Time // since when that cannot be known; zero = it can
	Why     string    // of Failed, English
	Alarm   bool      // of Failed: the primary answers, and what it answers must not be used: a person has to look
}

// errAlarm marks what a person has to look at.
var errAlarm = errors.New("refused")

// NewFollower checks the options; it asks nothing before Run. Close ends it.
func NewFollower(o FollowOptions) (*Follower, error) {
	if len(o.Key) != ed25519.PublicKeySize {
		return nil, errors.New("follow: no public key of the primary")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Every = positive(o.Every, FollowEvery)
	c, err := NewClient(Options{Servers: []string{o.Primary}, TLS: o.TLS, Now: o.Now})
	if err != nil {
		return nil, fmt.Errorf("follow: %w", err)
	}
	return &Follower{o: o, client: c, state: FollowState{Primary: c.o.Servers[0], Heard: o.Heard}}, nil
}

// Renew shows another certificate to the primary from the next look on.
func (f *Follower) Renew(config *tls.Config) { f.client.Renew(config) }

// Close gives the connections back.
func (f *Follower) Close() error { return f.client.Close() }

// Run looks at the primary until ctx ends.
func (f *Follower) Run(ctx context.Context) {
	tick := time.NewTicker(f.o.Every)
	defer tick.Stop()
	for {
		f.Look(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Look asks the primary once, and fetches its version if it is another one.
func (f *Follower) Look(ctx context.Context) {
	err := f.look(ctx)
	if ctx.Err() != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	was, now := f.state, f.o.Now()
	if err == nil {
		f.state.Heard, f.state.Failed, f.state.Why, f.state.Alarm = now, time.Time{}, "", false
		if !was.Failed.IsZero() {
			f.o.Log.Info("primary is followed again", "primary", was.Primary, "missed", now.Sub(was.Failed).Round(time.Second))
		}
		return
	}
	f.state.Why, f.state.Alarm = reasonOf(err), errors.Is(err, errAlarm)
	if was.Failed.IsZero() {
		f.state.Failed = now
	}
	if was.Why != f.state.Why {
		f.o.Log.Error("primary is not followed, the last version stays in force", "primary", was.Primary, "refused", f.state.Alarm, "err", err)
	}
}

func (f *Follower) look(ctx context.Context) error {
	one, cancel := context.WithTimeout(ctx, f.client.o.Timeout)
	defer cancel()
	stand, err := f.client.stand(one, f.state.Primary)
	if err != nil {
		return err
	}
	if f.o.Sperren != nil {
		f.o.Sperren(stand.Sperrliste)
	}
	seq, sum, err := f.o.Current()
	if err != nil {
		return fmt.Errorf("follow: own store: %w", err)
	}
	switch {
	case stand.Seq == 0:
		return fmt.Errorf("follow: %w: the primary answers from a plain file and has no versions", errAlarm)
	case stand.Seq < seq:
		return fmt.Errorf("follow: %w: the primary has version %d, this server has %d already", errAlarm, stand.Seq, seq)
	case stand.Seq == seq && stand.SHA256 != sum:
		return fmt.Errorf("follow: %w: version %d of the primary has another content than here", errAlarm, seq)
	case stand.Seq == seq:
		return nil
	}
	return f.fetch(ctx, stand.Seq)
}

// fetch adopts a version of the primary.
func (f *Follower) fetch(ctx context.Context, seq int64) error {
	ctx, cancel := context.WithTimeout(ctx, fetchFassung)
	defer cancel()
	data, _, err := f.client.do(ctx, request{method: http.MethodGet, target: f.state.Primary + "/fassung/" + strconv.FormatInt(seq, 10), contentType: "", body: nil, limit: maxFassung})
	if err != nil {
		return err
	}
	var v Fassung
	if err := json.Unmarshal(data, &v); err != nil {
		return fmt.Errorf("follow: %w: version %d is no JSON of the agreed form", errAlarm, seq)
	}
	if v.Seq != seq {
		return fmt.Errorf("follow: %w: asked for version %d, got %d", errAlarm, seq, v.Seq)
	}
	if err := v.Verify(f.o.Key); err != nil {
		return fmt.Errorf("follow: %w: %w", errAlarm, err)
	}
	if err := f.o.Adopt(ctx, v); err != nil {
		return fmt.Errorf("follow: %w: adopt version %d: %w", errAlarm, seq, err)
	}
	f.o.Log.Info("version adopted", "seq", v.Seq, "version", v.Version, "who", v.Wer)
	return nil
}

// State says how the secondary stands to its primary.
func (f *Follower) State() FollowState {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state
}

// Behind is how long ago what is in force here was last known to be the newest.
func (f *Follower) Behind() time.Duration {
	s := f.State()
	if s.Heard.IsZero() {
		return maxBehind
	}
	return max(f.o.Now().Sub(s.Heard), 0)
}

// maxBehind stands for "never heard": longer than any answer may be old.
const maxBehind = 10 * 365 * 24 * time.Hour

// Text is the state in German, for pages and GET /stand; "" = all is well.
func (s FollowState) Text(zone *time.Location) string {
	since := "noch nie"
	if !s.Heard.IsZero() {
		since = "zuletzt am " + s.Heard.In(zone).Format("02.01.2006 15:04:05")
	}
	switch {
	case s.Failed.IsZero():
		return ""
	case s.Alarm:
		return "Der Zweitserver nimmt den Stand des Hauptservers nicht an (" + s.Why + "); es gilt der letzte gute Stand, abgeglichen " + since + "."
	}
	return "Der Hauptserver antwortet dem Zweitserver nicht; es gilt der letzte gute Stand, abgeglichen " + since + "."
}
