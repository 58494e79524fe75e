package pipeline_test

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/xta"
)

var (
	errAway  = errors.New("away")
	errReset = &xta.SendError{Written: true, Err: errors.New("connection reset")}
	errDial  = &xta.SendError{Err: errors.New("connection refused")}
	errUsed  = &xta.SendError{Written: true, Err: &xta.Fault{Code: 9024}}
	errGone  = &xta.SendError{Written: true, Err: &xta.Fault{Code: 9070}}
	errNo    = &xta.SendError{Written: true, Err: &xta.Fault{Code: 9010}}
	errBusy  = &xta.SendError{Written: true, Err: &xta.Fault{Code: 9030}}
)

func answers(list ...error) func(int) error {
	return func(n int) error {
		if n > len(list) {
			return errors.New("one attempt too many")
		}
		return list[n-1]
	}
}

// taken says for every id that the server has it; open that it knows of nothing; unknown that the id means nothing.
func taken(id string) (xta.Report, error) { return proof(id, xta.StatusOpen), nil }
func open(id string) (xta.Report, error) {
	return xta.Report{MetaData: xta.MetaData{MessageID: id}}, nil
}
func unknown(string) (xta.Report, error) { return xta.Report{}, &xta.Fault{Code: 9070} }
func away(string) (xta.Report, error)    { return xta.Report{}, errors.New("no route") }

// What is known, and what is not known, after one attempt to send (design 4, XTA send).
func TestAttempt(t *testing.T) {
	for _, tt := range []struct {
		name     string
		send     error
		report   func(string) (xta.Report, error)
		state    amtshilfe.State
		code     string
		attempts int // in all, after the client's time-out has passed once
		then     amtshilfe.State
	}{
		{"the empty answer is the handing over", nil, open, amtshilfe.Sent, "", 1, amtshilfe.Sent},
		{"nothing written is known not sent, and tried again with the same id", errDial, open, amtshilfe.Reserved, "", 2, amtshilfe.Sent},
		{"a reset leaves open what happened; without evidence the same bytes go again", errReset, open, amtshilfe.Sending, "", 2, amtshilfe.Sent},
		{"a reset whose report has evidence was a success", errReset, taken, amtshilfe.Sending, "", 1, amtshilfe.Sent},
		{"a temporary fault leaves it open as well", errBusy, unknown, amtshilfe.Sending, "", 2, amtshilfe.Sent},
		{"9024 with evidence is a success", errUsed, taken, amtshilfe.Sent, "", 1, amtshilfe.Sent},
		{"9024 without evidence is none: it waits, then the same bytes go again", errUsed, open, amtshilfe.Sending, "", 2, amtshilfe.Sent},
		{"an id that the server forgot before it took anything is given up for another", errGone, unknown, amtshilfe.Reserved, "", 2, amtshilfe.Sent},
		{"a refusal of the first attempt is a question", errNo, open, amtshilfe.Held, "XTA-ABGELEHNT", 1, amtshilfe.Held},
		{"while the report cannot be asked nothing is sent again", errReset, away, amtshilfe.Sending, "", 1, amtshilfe.Sending},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.xta.send, w.xta.report = answers(tt.send, nil), tt.report
			id := w.sent(1)
			w.is(id, tt.state, tt.code)
			w.work()
			if n := len(w.xta.bodies); n != 1 {
				t.Fatalf("%d attempts before the time-out has passed", n)
			}
			w.later(301 * time.Second)
			w.work()
			w.is(id, tt.then, tt.code)
			if n := len(w.xta.bodies); n != tt.attempts {
				t.Errorf("%d attempts, want %d", n, tt.attempts)
			}
			sameID := w.xta.issued == 1
			if gone := tt.send == error(errGone); sameID == gone {
				t.Errorf("%d ids issued", w.xta.issued)
			}
			if sameID && len(w.xta.bodies) == 2 && w.xta.bodies[0] != w.xta.bodies[1] {
				t.Error("the repetition has other bytes")
			}
		})
	}
}

// After an attempt with unknown outcome nothing that a repetition meets proves that the first one failed.
func TestRepetition(t *testing.T) {
	for _, tt := range []struct {
		name   string
		second error
	}{
		{"a refused repetition", errNo},
		{"a repetition that was not even written", errDial},
		{"a repetition whose id is unknown", errGone},
		{"a repetition that says the id was used", errUsed},
	} {
		t.Run(tt.name+" leaves the outcome open", func(t *testing.T) {
			w := newWorld(t)
			w.xta.send, w.xta.report = answers(errReset, tt.second, nil), open
			id := w.sent(1)
			w.later(301 * time.Second)
			w.work()
			w.is(id, amtshilfe.Sending)
			w.later(361 * time.Second)
			w.work()
			w.is(id, amtshilfe.Sent)
			if w.xta.issued != 1 || w.xta.bodies[0] != w.xta.bodies[2] {
				t.Errorf("%d ids were issued for one message", w.xta.issued)
			}
		})
	}
}

// What stays unknown ends with a person, and he cannot make it be sent a second time under another id.
func TestResendWindow(t *testing.T) {
	for _, tt := range []struct {
		name   string
		report func(string) (xta.Report, error)
	}{{"when the server knows of nothing", open}, {"when the server cannot be asked", away}} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.xta.send, w.xta.report = func(int) error { return errReset }, tt.report
			id := w.sent(1)
			w.later(169 * time.Hour)
			sends := len(w.xta.bodies)
			w.work()
			w.is(id, amtshilfe.Held, "XTA-UNKLAR")
			must(t, w.Release(t.Context(), id, pipeline.Decision{Wer: "meier", Grund: "-"}))
			w.work()
			w.is(id, amtshilfe.Held, "XTA-UNKLAR")
			if err := w.Release(t.Context(), id, pipeline.Decision{Wer: "meier", Grund: "-", Behoerde: "vb:2"}); err == nil {
				t.Error("it may have been handed over, and was released to another authority")
			}
			if len(w.xta.bodies) != sends || w.xta.issued != 1 {
				t.Errorf("%d attempts after the window, %d ids", len(w.xta.bodies)-sends, w.xta.issued)
			}
		})
	}
}

// Before anything is handed over: what is tried again, and what is a question.
func TestReserve(t *testing.T) {
	errDown := errors.New("no route")
	for _, tt := range []struct {
		name    string
		prepare func(*world)
		state   amtshilfe.State
		code    string
		state2  amtshilfe.State // after a fortnight of this
		code2   string
	}{
		{"an unreachable server is tried until it is a question", func(w *world) { w.xta.create = func() error { return errDown } }, amtshilfe.Resolved, "", amtshilfe.Held, "XTA-UNERREICHBAR"},
		{"a server that dies while it answers is tried, not taken for a damaged document", func(w *world) {
			w.xta.lookup = func() (xta.Availability, error) {
				return xta.ServiceUnknown, fmt.Errorf("read answer: %w", io.ErrUnexpectedEOF)
			}
		}, amtshilfe.Resolved, "", amtshilfe.Held, "XTA-UNERREICHBAR"},
		{"a server that refuses the account is a question at once", func(w *world) { w.xta.create = func() error { return &xta.Fault{Code: 9010} } }, amtshilfe.Held, "XTA-ABGELEHNT", amtshilfe.Held, "XTA-ABGELEHNT"},
		{"a service that the reader does not offer is a question", func(w *world) {
			w.xta.lookup = func() (xta.Availability, error) { return xta.ServiceUnavailable, nil }
		}, amtshilfe.Held, "XTA-NICHT-VERFUEGBAR", amtshilfe.Held, "XTA-NICHT-VERFUEGBAR"},
		{"a server that does not say is tried", func(w *world) {
			w.xta.lookup = func() (xta.Availability, error) { return xta.ServiceUnknown, nil }
		}, amtshilfe.Sent, "", amtshilfe.Held, "XTA-FRIST"},
		{"a channel that nobody serves is a question", func(w *world) { w.reg.kanal = amtshilfe.Kanal{Art: amtshilfe.KanalEGVP} }, amtshilfe.Held, "ZUST-KEIN-KANAL", amtshilfe.Held, "ZUST-KEIN-KANAL"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			tt.prepare(w)
			id := w.sent(1)
			w.is(id, tt.state, tt.code)
			w.later(337 * time.Hour)
			w.work()
			w.is(id, tt.state2, tt.code2)
		})
	}
}

// A request that grew too old while its destination was away is asked about, and sent when somebody says so.
func TestTooOldWhileWaiting(t *testing.T) {
	w := newWorld(t, func(c *pipeline.Config) { c.ReportDeadline = 10000 * time.Hour })
	w.xta.create = func() error { return errors.New("no route") }
	id := w.sent(1)
	w.later(30 * 24 * time.Hour)
	w.xta.create = nil
	w.work()
	w.is(id, amtshilfe.Held, "HINDERNIS-ALTER")
	must(t, w.Release(t.Context(), id, pipeline.Decision{Wer: "meier", Grund: "-"}))
	w.work()
	w.is(id, amtshilfe.Sent)
}

// What the report says, and when (design 3).
func TestReport(t *testing.T) {
	for _, tt := range []struct {
		name   string
		report func(string) (xta.Report, error)
		state  amtshilfe.State
		code   string
	}{
		{"1 is the end", func(id string) (xta.Report, error) { return proof(id, xta.StatusGreen), nil }, amtshilfe.Delivered, ""},
		{"2 is the end with a warning", func(id string) (xta.Report, error) { return proof(id, xta.StatusYellow), nil }, amtshilfe.DeliveredWarned, "XTA-HINWEIS"},
		{"3 is a refusal", func(id string) (xta.Report, error) { return proof(id, xta.StatusRed), nil }, amtshilfe.Refused, "XTA-FEHLSCHLAG"},
		{"0 for a fortnight is a question to the sender", taken, amtshilfe.Held, "XTA-FRIST"},
		{"9070 is a note, and a question when the time is over", unknown, amtshilfe.Held, "XTA-FRIST"},
		{"no answer for a fortnight is a question to the operation", away, amtshilfe.Held, "XTA-BERICHT"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.xta.report = tt.report
			id := w.sent(1)
			w.is(id, amtshilfe.Sent)
			w.later(time.Minute)
			w.work()
			if tt.state == amtshilfe.Held {
				w.is(id, amtshilfe.Sent)
				w.later(337 * time.Hour)
				w.work()
			}
			w.is(id, tt.state, tt.code)
			if n := len(w.xta.bodies); n != 1 {
				t.Errorf("sent %d times", n)
			}
		})
	}
}

// The pause between attempts.
func TestBackoff(t *testing.T) {
	for _, tt := range []struct {
		name     string
		attempts int
		want     time.Duration
	}{
		{"the first failure waits the first pause", 1, 30 * time.Second},
		{"then the wait doubles", 3, 2 * time.Minute},
		{"up to six hours", 11, 6 * time.Hour},
		{"and never overflows", 900, 6 * time.Hour},
		{"without a failure it is the first pause", 0, 30 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := pipeline.Backoff(30*time.Second, tt.attempts); got != tt.want {
				t.Errorf("Backoff(%d) = %v, want %v", tt.attempts, got, tt.want)
			}
		})
	}
}
