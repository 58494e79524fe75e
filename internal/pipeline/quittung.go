package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/ledger"
	"damtshilfe/printstreet"
)

// The questions that acknowledgements lead to. None of them is answered by printing anything by itself.
const (
	textReturned = "Das Schreiben kam als unzustellbar zurück (Grund: %s); bitte die Anschrift der Behörde klären und dann freigeben (es wird neu gedruckt) oder zurückziehen."
	textDeleted  = "Das Druckzentrum hat das Schreiben gelöscht, ohne es einzuliefern (Grund: %s); bitte dort nachfragen und dann neu drucken (reprint) oder abweisen."
	textRejected = "Das Druckzentrum hat den Stapel abgelehnt (Code %s); bitte die Ursache klären und dann neu drucken (reprint) oder abweisen."
	textMissing  = "Von %d Schreiben des Stapels hat das Druckzentrum %d nicht bis zu ihrer Einlieferung quittiert; bitte dort nachfragen und dann weiter warten (bundle confirm) oder neu drucken (reprint)."
)

// Quittungen is the run `quittung`: it books what print centres acknowledged, and asks about what they did not. waiting is the number of
// files that may not be complete yet.
func (p *Pipeline) Quittungen(ctx context.Context) (done, failed, waiting int, err error) {
	p.printing <- struct{}{}
	defer func() { <-p.printing }()
	_, failed, err = p.finishBundles(ctx) // the centre may be quicker than our row
	for name := range p.cfg.Profiles {
		names, open, listErr := p.Spool.Acknowledgements(name)
		waiting, err = waiting+open, errors.Join(err, listErr)
		for _, file := range names {
			if ctx.Err() != nil {
				return done, failed, waiting, errors.Join(err, ctx.Err())
			}
			one := p.acknowledge(name, file)
			if errors.Is(one, durable.ErrBusy) { // the centre still writes it
				waiting++
				continue
			}
			if one != nil {
				failed, err = failed+1, errors.Join(err, fmt.Errorf("acknowledgement of profile %s: %w", name, one))
				continue
			}
			done++
		}
	}
	return done, failed, waiting, errors.Join(err, p.askMissing())
}

// acknowledge takes one file in: booked and then removed, so that a crash between both finds it booked; or, if it cannot be, moved aside with
// the reason beside it.
func (p *Pipeline) acknowledge(profile, file string) error {
	data, err := p.Spool.ReadAcknowledgement(profile, file, printstreet.MaxQuittung+1)
	if errors.Is(err, durable.ErrNotRegular) {
		return p.setAside(profile, file, "DRUCK-QUITTUNG", "Die Quittung ist nicht lesbar: sie ist keine Datei, sondern ein Verzeichnis, ein Verweis oder Ähnliches.")
	}
	if err != nil {
		return err
	}
	conf := p.cfg.Profiles[profile]
	list, err := printstreet.ParseQuittungen(conf.AcknowledgementFormat, data)
	if phrase := printstreet.QuittungFault(err); phrase != "" {
		return p.setAside(profile, file, "DRUCK-QUITTUNG", "Die Quittung ist nicht lesbar: "+strings.TrimSuffix(phrase, ".")+".")
	}
	if err != nil {
		return err
	}
	if !conf.Acknowledgements {
		return p.setAside(profile, file, "DRUCK-QUITTUNG", "Für das Druckprofil sind keine Quittungen vereinbart (acknowledgements).")
	}
	wrong, err := p.untimely(profile, list)
	if err != nil {
		return err
	}
	if wrong != "" {
		return p.setAside(profile, file, "DRUCK-QUITTUNG-WIDERSPRUCH", "Die Quittung nennt einen Zeitpunkt, der nicht stimmen kann: "+wrong+".")
	}
	var all []ledger.Acknowledgement
	for _, q := range list {
		if err := p.provenBy(profile, q); err != nil {
			return err
		}
		all = append(all, p.acknowledgement(profile, q))
	}
	switch err = p.Ledger.Acknowledge(all...); {
	case err == nil, errors.Is(err, ledger.ErrRepeated):
		return p.Spool.RemoveAcknowledgement(profile, file)
	case errors.Is(err, ledger.ErrUnknown):
		return p.setAside(profile, file, "DRUCK-QUITTUNG-UNBEKANNT", "Die Quittung nennt einen Stapel oder ein Schreiben, das dem Druckzentrum nicht übergeben wurde.")
	case errors.Is(err, ledger.ErrContradicts):
		return p.setAside(profile, file, "DRUCK-QUITTUNG-WIDERSPRUCH", "Die Quittung widerspricht einer früheren, oder sie kam unter derselben Kennung schon mit anderem Inhalt.")
	case errors.Is(err, ledger.ErrSums):
		return p.setAside(profile, file, "DRUCK-QUITTUNG-SUMME", "Die Quittung zählt eine andere Zahl von Schreiben als der Stapel hat.")
	}
	return err
}

// clockSkew is how far the clocks of the centre and the gateway, and their days, may differ.
const clockSkew = 24 * time.Hour

// untimely says in German which time of acknowledgements cannot be: before their bundle was made, or still to come. "" = all can.
func (p *Pipeline) untimely(profile string, list []printstreet.Quittung) (string, error) {
	for _, q := range list {
		b, err := p.Ledger.Bundle(q.Bundle)
		if errors.Is(err, ledger.ErrNotFound) || err == nil && b.Profile != profile {
			continue // Acknowledge does not know it
		}
		if err != nil {
			return "", err
		}
		from, to := b.CreatedAt.Add(-clockSkew), p.Now().Add(clockSkew)
		if at := q.Erstellt; q.Art != printstreet.ArtListe && (at.Before(from) || at.After(to)) {
			return "erstellt liegt " + before(at, from), nil
		}
		for _, s := range q.Sendungen {
			if day := s.Datum; !day.IsZero() && (day.Before(from.Add(-24*time.Hour)) || day.After(to)) {
				return fmt.Sprintf("das Datum der Sendung %d liegt %s", s.N, before(day, from)), nil
			}
		}
	}
	return "", nil
}

func before(at, from time.Time) string {
	if at.Before(from) {
		return "vor der Erstellung des Stapels"
	}
	return "in der Zukunft"
}

// setAside moves a file that is not booked to fehler/, where the status page counts it.
func (p *Pipeline) setAside(profile, file, code, text string) error {
	p.Log.Warn("acknowledgement set aside", "profile", profile, "code", code)
	return p.Spool.FailAcknowledgement(profile, file, code+": "+text+"\n")
}

// provenBy settles a bundle of which nobody knew whether the centre has seen it: an acknowledgement proves that it has.
func (p *Pipeline) provenBy(profile string, q printstreet.Quittung) error {
	b, err := p.Ledger.Bundle(q.Bundle)
	if errors.Is(err, ledger.ErrNotFound) || err == nil && (b.State != amtshilfe.BundleHeld || b.Profile != profile) {
		return nil
	}
	if err != nil {
		return err
	}
	conf := p.cfg.Profiles[profile]
	b.Final, b.Deadline = !conf.Acknowledgements, p.deadline(conf)
	return p.Ledger.Confirm(b, "gateway", "acknowledged by the print centre")
}

// acknowledgement says in the ledger's words what the centre says.
func (p *Pipeline) acknowledgement(profile string, q printstreet.Quittung) ledger.Acknowledgement {
	a := ledger.Acknowledgement{Profile: profile, ID: q.ID, Sum: q.Sum(), Bundle: q.Bundle, Art: string(q.Art), Accepted: q.Angenommen}
	if q.Art == printstreet.ArtEingang {
		a.Letters = q.Anzahl
		a.Refusal = p.question("DRUCK-ABGELEHNT", fmt.Sprintf(textRejected, q.Code), amtshilfe.OwnerBetrieb, amtshilfe.Spooled)
	}
	for _, s := range q.Sendungen {
		a.Said = append(a.Said, p.said(s))
	}
	return a
}

func (p *Pipeline) said(s printstreet.Rueckmeldung) ledger.Said {
	out := ledger.Said{N: s.N, Note: "said by the print centre"}
	switch s.Stand {
	case printstreet.StandGedruckt:
		out.State = amtshilfe.Printed
	case printstreet.StandKuvertiert:
		out.State = amtshilfe.Enclosed
	case printstreet.StandEingeliefert:
		out.State, out.Note = amtshilfe.Posted, "posted on "+s.Datum.Format(time.DateOnly)
	case printstreet.StandRuecklaeufer:
		out.State = amtshilfe.Returned
		out.Question = p.question("DRUCK-RUECKLAUF", fmt.Sprintf(textReturned, printstreet.GrundText(s.Grund)), amtshilfe.OwnerMandant, amtshilfe.Returned)
	case printstreet.StandGeloescht:
		out.State = amtshilfe.Held
		out.Question = p.question("DRUCK-GELOESCHT", fmt.Sprintf(textDeleted, printstreet.GrundText(s.Grund)), amtshilfe.OwnerBetrieb, amtshilfe.Spooled)
	}
	return out
}

// askMissing asks a person about bundles that are not acknowledged in time.
func (p *Pipeline) askMissing() error {
	list, err := p.Ledger.Overdue()
	for _, m := range list {
		q := p.question("DRUCK-RUECKMELDUNG", fmt.Sprintf(textMissing, m.Letters, m.Open), amtshilfe.OwnerDruckzentrum, amtshilfe.Spooled)
		err = errors.Join(err, p.Ledger.AskBundle(m.ID, *q))
	}
	return err
}

// deadline is by when a bundle that is published now must be acknowledged; zero = the profile's centre acknowledges nothing.
func (p *Pipeline) deadline(profile printstreet.Profile) time.Time {
	if !profile.Acknowledgements {
		return time.Time{}
	}
	return p.Now().Add(profile.AcknowledgeWithin)
}
