package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/sqlitedb"
	"damtshilfe/internal/xta"
)

// What a closed report says beside its colour is written by the other side; quoting tells it to the sender.
var (
	findingRed = amtshilfe.Finding{Code: "XTA-FEHLSCHLAG", Severity: amtshilfe.SeverityFehler,
		Text: "Das Rechenzentrum der Vollstreckungsbehörde meldet, dass die Übermittlung gescheitert ist; bitte die Ursache mit dem Betrieb klären und das Anliegen neu einliefern."}
	findingYellow = amtshilfe.Finding{Code: "XTA-HINWEIS", Severity: amtshilfe.SeverityWarnung,
		Text: "Das Rechenzentrum der Vollstreckungsbehörde hat zu der abgeholten Nachricht einen Hinweis vermerkt."}
)

// report asks what became of a message that was handed over (XTA 2.1.1 getTransportReport). A closed report ends the delivery;
// one still open past its deadline is a question to the sender. Nothing is ever sent again from here: 9070 is only a note (the
// server purged it).
func (p *Pipeline) report(ctx context.Context, d ledger.Delivery) error {
	author, _ := p.parties(&d)
	if err := p.pin(d.Kanal.Rechenzentrum); err != nil {
		p.Log.Warn("server certificates of a data centre not known", "delivery", d.ID, "err", err)
	}
	r, err := p.centre(&d).TransportReport(ctx, d.Kanal.Rechenzentrum.Management, author, d.MessageID)
	fault, isFault := errors.AsType[*xta.Fault](err)
	overdue := p.Now().After(p.patience(&d))
	if unanswered := err != nil && !(isFault && fault.Unknown()); unanswered && overdue {
		p.hold(&d, faultNoReport.Code, faultNoReport.Text, faultNoReport.Owner, amtshilfe.Sent)
		return p.Ledger.Save(sqlitedb.Outcome, &d)
	} else if unanswered {
		// A question that failed does not count: the pause is the one that an open report has, not that of so many failures.
		d.DueAt, d.Trouble = p.Now().Add(max(p.retryPause(1), p.reportPause(d.Attempts))), trouble(err)
		return errors.Join(fmt.Errorf("report %s: %w", d.ID, err), p.Ledger.Save(sqlitedb.Outcome, &d))
	}
	d.Trouble = trouble(err)
	switch {
	case err == nil && r.Status == xta.StatusGreen:
		d.State = amtshilfe.Delivered
		rest(&d)
	case err == nil && r.Status == xta.StatusYellow:
		d.State = amtshilfe.DeliveredWarned
		note(&d, quoting(findingYellow, slices.Concat(r.Warnings, r.Errors)))
		rest(&d)
	case err == nil && r.Status == xta.StatusRed:
		red := quoting(findingRed, slices.Concat(r.Errors, r.Warnings))
		if is, err := p.paper(&d, red); is || err != nil {
			return err
		}
		d.State = amtshilfe.Refused
		note(&d, red)
		rest(&d)
	case overdue:
		p.hold(&d, faultOverdue.Code, faultOverdue.Text, faultOverdue.Owner, amtshilfe.Sent)
	default:
		d.Provided = d.Provided || err == nil && !r.MetaData.Delivery.IsZero()
		d.Attempts++
		d.DueAt = p.Now().Add(p.reportPause(d.Attempts))
	}
	return p.Ledger.Save(sqlitedb.Outcome, &d)
}

// patience is until when the report of a message may stay open: as configured, or for as long again from when somebody wanted to wait.
func (p *Pipeline) patience(d *ledger.Delivery) time.Time {
	if !d.Patience.IsZero() {
		return d.Patience
	}
	return d.Origin.Add(p.cfg.ReportDeadline)
}

// reportPause is the time to the next question after so many that found the report open; the last pause repeats.
func (p *Pipeline) reportPause(asked int) time.Duration {
	return p.cfg.ReportSchedule[min(asked, len(p.cfg.ReportSchedule)-1)]
}
