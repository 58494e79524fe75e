package status_test

import (
	"context"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/status"
)

// fake is a Source out of functions; a nil one answers with nothing.
type fake struct {
	overview func() (status.Overview, error)
	drop     func(amtshilfe.DropID) (status.DropDetail, bool, error)
	drops    []status.Drop
	held     []status.Held
	bundles  []status.Bundle
	runs     []status.Run
}

func (f fake) Overview(context.Context) (status.Overview, error) { return f.overview() }
func (f fake) Drops(_ context.Context, n int) ([]status.Drop, error) {
	return f.drops[:min(n, len(f.drops))], nil
}
func (f fake) Held(_ context.Context, n int) ([]status.Held, error) {
	return f.held[:min(n, len(f.held))], nil
}
func (f fake) Bundles(_ context.Context, n int) ([]status.Bundle, error) { return f.bundles, nil }
func (f fake) Runs(_ context.Context, n int) ([]status.Run, error)       { return f.runs, nil }
func (f fake) Drop(_ context.Context, id amtshilfe.DropID, _ int) (status.DropDetail, bool, error) {
	return f.drop(id)
}

var at = time.Date(2026, 11, 21, 16, 5, 9, 0, time.UTC)

const bigDrop = amtshilfe.DropID("D261121-7KQ2M9TX4B")

// busy is a gateway in the middle of its day.
func busy() fake {
	drops := []status.Drop{
		{ID: bigDrop, Account: "stadt-a", State: amtshilfe.DropOpen, Betriebsart: amtshilfe.Test, ReceivedAt: at.Add(-12 * time.Minute),
			Messages: 10000, InFlight: 1289, Held: 3, Rejected: 41, Ended: 8708, Betrag: 123456789},
		{ID: "D261121-0A1B2C3D4E", Account: "kreis-b", State: amtshilfe.DropConflict, Betriebsart: amtshilfe.Test, ReceivedAt: at.Add(-2 * time.Hour), Messages: 12, Held: 12, Betrag: 99000},
		{ID: "D261120-ZZ22YY33XX", Account: "stadt-a", State: amtshilfe.DropEnded, Betriebsart: amtshilfe.Test, ReceivedAt: at.Add(-26 * time.Hour), Messages: 250, Ended: 250, Betrag: 4711042},
		{ID: "D261120-QW56ER78TZ", Account: "beitragsservice", State: amtshilfe.DropDuplicate, Betriebsart: amtshilfe.Test, ReceivedAt: at.Add(-30 * time.Hour)},
	}
	message := func(seq int, s amtshilfe.State, w amtshilfe.Status) status.Message {
		return status.Message{ID: amtshilfe.DeliveryID{Drop: bigDrop, Seq: seq}, Kind: amtshilfe.KindErsuchen, State: s, Status: w,
			Behoerde: "Stadt Kiel, Vollstreckungsstelle", Kanal: amtshilfe.KanalXTA, Position: amtshilfe.Position{Entry: "b/0001.xml", Line: 2, Column: 1}, UpdatedAt: at}
	}
	waiting := message(3, amtshilfe.Resolved, amtshilfe.StatusAngenommen)
	waiting.Waits = "Das Rechenzentrum der Behörde ist nicht erreichbar; nächster Versuch 21.11.2026 16:20."
	rejected := message(2, amtshilfe.Rejected, amtshilfe.StatusAbgewiesen)
	rejected.Behoerde, rejected.Kanal = "", ""
	rejected.Findings = []amtshilfe.Finding{{Code: "REGEL-IBAN", Severity: amtshilfe.SeverityFehler, Line: 88, Column: 14,
		Text: "Die IBAN der Bankverbindung ist falsch (Prüfziffer); bitte berichtigen und neu einliefern. <b>&"}}
	asked := message(17, amtshilfe.Held, amtshilfe.StatusInKlaerung)
	asked.Question = &amtshilfe.Question{Code: "ZUST-NIEMAND", Text: "Niemand ist zuständig; die Registerpflege prüft das.", Owner: amtshilfe.OwnerRegisterpflege, Until: at.Add(240 * time.Hour)}
	return fake{
		overview: func() (status.Overview, error) { return overview(), nil },
		drops:    drops,
		held: []status.Held{
			{ID: "D261121-7KQ2M9TX4B.17", Drop: bigDrop, Account: "stadt-a", Code: "ZUST-MEHRDEUTIG", Owner: amtshilfe.OwnerRegisterpflege, Since: at.Add(-time.Hour), Until: at.Add(-5 * time.Minute),
				Text: "Für die Anschrift kommen mehrere Behörden in Frage; bitte im Verzeichnis klären."},
			{ID: "D261121-7KQ2M9TX4B.2044", Drop: bigDrop, Account: "stadt-a", Code: "HINDERNIS-AUSLAND", Owner: amtshilfe.OwnerMandant, Since: at, Until: at.Add(72 * time.Hour),
				Text: "Die Anschrift des Schuldners liegt im Ausland; bitte eine inländische Anschrift nachliefern oder zurückziehen."},
			{ID: "B261121-0042AB", Account: "stadt-a", Code: "DRUCK-UNKLAR", Owner: amtshilfe.OwnerDruckzentrum, Since: at, Until: at.Add(24 * time.Hour),
				Text: "Es ist unklar, ob der Stapel das Druckzentrum erreicht hat; bitte dort nachfragen."},
		},
		bundles: []status.Bundle{
			{ID: "B261121-0042AB", Profile: "standard", State: amtshilfe.BundleHeld, Letters: 500, Pages: 1012, Created: at, Published: time.Time{}},
			{ID: "B261120-0041XY", Profile: "standard", State: amtshilfe.BundlePublished, Letters: 87, Pages: 174, Posted: 87, Created: at, Published: at.Add(-23 * time.Hour)},
		},
		runs: []status.Run{
			{Run: amtshilfe.Run{ID: "R261121-1A2B3C", Job: "scan", Trigger: "cron", Started: at.Add(-4 * time.Second)}, Next: at.Add(10 * time.Second)},
			{Run: amtshilfe.Run{ID: "R261121-XXYYZZ", Job: "print", Trigger: "person", Started: at.Add(-5 * time.Minute), Ended: at.Add(-3 * time.Minute), Done: 500}, Next: at.Add(24 * time.Hour)},
			{Run: amtshilfe.Run{ID: "R261121-0P0P0P", Job: "fetch", Trigger: "catch-up", Started: at.Add(-6 * time.Minute), Ended: at.Add(-6*time.Minute + 1300*time.Millisecond), Done: 3, Failed: 1, Error: "fetch rz:demo-b: connection refused"}},
		},
		drop: func(id amtshilfe.DropID) (status.DropDetail, bool, error) {
			if id != bigDrop {
				return status.DropDetail{}, false, nil
			}
			return status.DropDetail{Drop: drops[0], Format: amtshilfe.FormatZIP, Size: 7 << 20, Receipts: 2,
				States: map[amtshilfe.State]int{amtshilfe.Valid: 1289, amtshilfe.Rejected: 41, amtshilfe.Delivered: 8667, amtshilfe.Held: 3},
				List:   []status.Message{message(1, amtshilfe.Delivered, amtshilfe.StatusAbgeholt), rejected, waiting, asked}}, true, nil
		},
	}
}

func overview() status.Overview {
	return status.Overview{
		At: at, Name: "Rechenzentrum Demo A", Kennung: "rz:demo-a", Version: "0.1", Betriebsart: amtshilfe.Test,
		Notices:  []string{"Versand an kka:04012000 ist angehalten: Postfach dort gesperrt."},
		Messages: 10262, InFlight: 1289, Held: 15, Ended: 8958,
		States: map[amtshilfe.State]int{amtshilfe.Valid: 800, amtshilfe.Resolved: 100, amtshilfe.Sending: 64, amtshilfe.Sent: 325,
			amtshilfe.Delivered: 8667, amtshilfe.Posted: 250, amtshilfe.Held: 15, amtshilfe.Rejected: 41},
		HeldDrops: 1,
		DropState: map[amtshilfe.DropState]int{amtshilfe.DropOpen: 1, amtshilfe.DropConflict: 1, amtshilfe.DropEnded: 1, amtshilfe.DropDuplicate: 1},
		Inbox:     map[amtshilfe.InboxState]int{amtshilfe.InboxPublished: 7},
		Bundles:   map[amtshilfe.BundleState]int{amtshilfe.BundleHeld: 1, amtshilfe.BundlePublished: 1}, AskedBundles: 1,
		Accounts: []status.Account{
			{Account: "stadt-a", Name: "Stadtkasse A", Betriebsart: amtshilfe.Test, Drops: 2, Messages: 10250, InFlight: 1289, Held: 3, Ended: 8958, Betrag: 128167831},
			{Account: "kreis-b", Name: "Kreis B, Vollstreckung", Betriebsart: amtshilfe.Test, Drops: 1, Messages: 12, Held: 12, Betrag: 99000},
		},
		Mailboxes:     []status.Mailbox{{Account: "kka:01001000", Waiting: 4, Foreign: 120, LastPoll: at.Add(-4 * time.Minute)}, {Account: "kka:01002000", LastPoll: at.Add(-4 * time.Minute), Trouble: "Der Ordner out/ ist voll."}},
		Outages:       []status.Outage{{Dest: "xta.rz-demo-c.example:8443", Since: at.Add(-20 * time.Minute), Probe: at.Add(10 * time.Minute), Failures: 8, Waiting: 311}},
		Print:         []status.Print{{Profile: "dz-nord", Letters: 412, Next: at.Add(23 * time.Hour), Sheets: 39_998, Capacity: 40_000, Quittung: 2, Fehler: 1, Overdue: 1}, {Profile: "standard"}},
		OldestWaiting: at.Add(-12 * time.Minute), RegisterAnswer: at.Add(-95 * time.Second), RegisterVersion: "muster-1",
		Register: []status.RegisterServer{
			{URL: "https://verzeichnis-1.example:8443", Heard: at.Add(-time.Hour), Failed: at.Add(-40 * time.Minute), Why: "no answer in time", Seq: 7, Version: "muster-1"},
			{URL: "https://verzeichnis-2.example:8443", Answers: true, Since: at.Add(-40 * time.Minute), Heard: at.Add(-95 * time.Second), Second: true, Behind: 2400, Seq: 7, Version: "muster-1",
				Trouble: "Der Hauptserver antwortet dem Zweitserver nicht; es gilt der letzte gute Stand."},
		},
		DiskFree: 212 << 30,
		Certificates: []status.Certificate{
			{Name: "xta.server", Fingerprint: strings.Repeat("ab", 32), NotAfter: at.Add(400 * 24 * time.Hour), Urgency: "fine"},
			{Name: "xta.client", Fingerprint: strings.Repeat("cd", 32), NotAfter: at.Add(6 * 24 * time.Hour), Urgency: "urgent"},
			{Name: "xta.server.accounts kka:01002000", Fingerprint: strings.Repeat("ef", 32), NotAfter: at.Add(80 * 24 * time.Hour), LastUsed: at.Add(-time.Hour), Account: true, Urgency: "soon"},
			{Name: "xta.server.accounts kka:01002000", Fingerprint: strings.Repeat("01", 32), Account: true, Urgency: "fine"},
		},
		Schema: status.Schema{Own: 10221, Checked: 11, Disagreed: 3},
	}
}

// idle is a gateway that has seen nothing yet.
func idle() fake {
	return fake{overview: func() (status.Overview, error) {
		return status.Overview{At: at, Name: "Rechenzentrum Demo A", Betriebsart: amtshilfe.Produktion}, nil
	}}
}
