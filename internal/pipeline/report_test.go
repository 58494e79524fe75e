package pipeline_test

import (
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/xta"
)

// What the other side says beside the colour reaches the sender, cleaned and bounded, and no log.
func TestRecords(t *testing.T) {
	long := strings.Repeat("lang ", 1000)
	for _, tt := range []struct {
		name    string
		status  int
		records []xta.Record
		state   amtshilfe.State
		text    string
	}{
		{"an error with its reason", xta.StatusRed, []xta.Record{{Code: xta.Code{Code: "9032", Name: "Fehler bei der Zustellung"}, Reason: "Postfach von Frau Muster ist voll."}}, amtshilfe.Refused,
			"Angabe des Rechenzentrums: 9032 Fehler bei der Zustellung (Postfach von Frau Muster ist voll.)."},
		{"a warning without a code", xta.StatusYellow, []xta.Record{{Reason: "Signatur\x00 \x1b[31m fehlt\n\u202e"}}, amtshilfe.DeliveredWarned, "Angabe des Rechenzentrums: Signatur [31m fehlt."},
		{"many and long ones", xta.StatusRed, []xta.Record{{Reason: long}, {Reason: long}, {Reason: long}, {Reason: long}, {Reason: long}, {Reason: long}, {Reason: long}}, amtshilfe.Refused, "…; lang lang"},
		{"none", xta.StatusRed, nil, amtshilfe.Refused, "neu einliefern."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.xta.report = func(id string) (xta.Report, error) {
				r := proof(id, tt.status)
				r.Errors, r.Warnings = tt.records, nil
				if tt.status == xta.StatusYellow {
					r.Errors, r.Warnings = nil, tt.records
				}
				return r, nil
			}
			id := w.sent(1)
			w.later(time.Minute)
			w.work()
			w.is(id, tt.state)
			text := w.get(id).Findings[0].Text
			if !strings.Contains(text, tt.text) || len(text) > 2000 || strings.Count(text, "lang lang") > 200 {
				t.Errorf("%q", text)
			}
			w.tell()
			var told string
			for _, name := range w.out() {
				told += w.read(name)
			}
			if !strings.Contains(told, tt.text) {
				t.Errorf("no receipt says %q", tt.text)
			}
			if strings.Contains(w.log.String(), "Muster") {
				t.Error("a foreign server's words are in the log")
			}
		})
	}
}

func (w *world) tell() {
	w.t.Helper()
	_, _, err := w.Tell(w.t.Context())
	must(w.t, err)
}

// A report open past its deadline is a question to the sender: he may wait for as long again, or give up. It is never sent again.
func TestOverdueReport(t *testing.T) {
	w := newWorld(t)
	w.xta.report = taken
	id := w.sent(1)
	w.later(337 * time.Hour)
	w.work()
	w.is(id, amtshilfe.Held, "XTA-FRIST")
	if d := w.get(id); d.Hold.Owner != amtshilfe.OwnerMandant || d.Hold.Until.IsZero() {
		t.Errorf("%+v", d.Hold)
	}
	must(t, w.Release(t.Context(), id, pipeline.Decision{Wer: "meier", Grund: "die Behörde holt morgen ab"}))
	w.work()
	w.is(id, amtshilfe.Sent)
	w.later(335 * time.Hour)
	w.work()
	w.is(id, amtshilfe.Sent)
	w.later(2 * time.Hour)
	w.work()
	w.is(id, amtshilfe.Held, "XTA-FRIST")
	must(t, w.Retry(t.Context(), id, pipeline.Decision{Wer: "meier", Grund: "noch einmal fragen"}))
	w.work()
	w.is(id, amtshilfe.Held, "XTA-FRIST")
	must(t, w.Reject(id, pipeline.Decision{Wer: "meier", Grund: "erledigt"}))
	w.is(id, amtshilfe.GivenUp, "XTA-FRIST")
	if len(w.xta.bodies) != 1 {
		t.Errorf("sent %d times", len(w.xta.bodies))
	}
}

// The sender decides himself, by a drop.
func TestSenderGivesUp(t *testing.T) {
	w := newWorld(t)
	w.xta.report = taken
	id := w.sent(1)
	w.later(337 * time.Hour)
	w.work()
	w.is(w.decides(1, amtshilfe.Wahl{UUID: w.get(id).UUID, Wahl: back}), amtshilfe.Applied)
	w.is(id, amtshilfe.GivenUp, "XTA-FRIST")
}

// Reports are asked for after 1, 5 and 15 minutes, then every hour.
func TestReportSchedule(t *testing.T) {
	w := newWorld(t)
	w.xta.report = taken
	w.sent(1)
	for n, pause := range []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, time.Hour} {
		w.later(pause - time.Second)
		w.work()
		if w.xta.reports != n {
			t.Fatalf("question %d came too early", n+1)
		}
		w.later(time.Second)
		w.work()
		if w.xta.reports != n+1 {
			t.Fatalf("question %d did not come after %s", n+1, pause)
		}
	}
}
