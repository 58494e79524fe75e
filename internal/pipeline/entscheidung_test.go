package pipeline_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/sample"
	"damtshilfe/internal/sqlitedb"
	"damtshilfe/mapping"
)

const (
	free = amtshilfe.WahlFreigeben
	back = amtshilfe.WahlZurueckziehen
)

// deciding is a world in which every request is a question of the sender's: its IBAN is not known. There is a second account.
func deciding(t *testing.T, change ...func(*pipeline.Config)) *world {
	return newWorld(t, append([]func(*pipeline.Config){func(c *pipeline.Config) {
		c.Accounts[0].IBANs = []string{"DE02120300000000202051"}
		c.Accounts[0].Receipts = []mapping.ReceiptFormat{mapping.ReceiptXML, mapping.ReceiptJSON}
		c.Accounts = append(c.Accounts, pipeline.Account{Name: "stadt-b", Title: "Stadtkasse B", Betriebsart: amtshilfe.Test, Kennungen: []string{"kka:2"}, PrintProfile: "std"})
	}}, change...)...)
}

// kopf is the header of the n-th decision of the sender.
func (w *world) kopf(n int) amtshilfe.Nachrichtenkopf {
	return sample.Kopf(int64(50_000+n), 1, w.now, sample.Akteur(own, "Stadtkasse", "-"))
}

// decides drops an entscheidung, and gives its delivery when it was carried out.
func (w *world) decides(n int, wahl ...amtshilfe.Wahl) amtshilfe.DeliveryID {
	w.t.Helper()
	return w.carried(sample.Entscheidung(w.kopf(n), "Sachgebiet Vollstreckung", wahl...))
}

func (w *world) carried(doc []byte) amtshilfe.DeliveryID {
	w.t.Helper()
	id := amtshilfe.DeliveryID{Drop: w.put(doc), Seq: 1}
	w.work()
	return id
}

// about chooses for the request with this number.
func about(n int, wahl string) amtshilfe.Wahl {
	return amtshilfe.Wahl{UUID: sample.UUID(int64(n), 0), Wahl: wahl}
}

// putOther lays a file into the second account's in folder and works.
func (w *world) putOther(data []byte) amtshilfe.DeliveryID {
	w.t.Helper()
	must(w.t, os.WriteFile(filepath.Join(w.dir, "accounts", "stadt-b", "in", "other.xml"), data, 0o600))
	for range 2 {
		_, err := w.Scan(w.t.Context(), "stadt-b")
		must(w.t, err)
		w.later(2 * time.Second)
	}
	list, err := w.ledger.Drops(1)
	must(w.t, err)
	w.work()
	return amtshilfe.DeliveryID{Drop: list[0].ID, Seq: 1}
}

func (w *world) audit(action string) (subjects []string) {
	w.t.Helper()
	rows, err := w.ledger.Audit(action, 100)
	must(w.t, err)
	for _, r := range rows {
		subjects = append(subjects, r.Who+" "+r.Subject)
	}
	return subjects
}

func TestEntscheidung(t *testing.T) {
	for _, tt := range []struct {
		name      string
		before    func(w *world, id amtshilfe.DeliveryID) // what happened to the request
		wahl      []amtshilfe.Wahl
		want      amtshilfe.State // of the request
		is        amtshilfe.State // of the decision
		code      string
		forbidden int // security entries
	}{
		{"the sender releases what it is asked", nil, []amtshilfe.Wahl{about(1, free)}, amtshilfe.Sent, amtshilfe.Applied, "", 0},
		{"the sender takes back what it is asked", nil, []amtshilfe.Wahl{about(1, back)}, amtshilfe.Withdrawn, amtshilfe.Applied, "", 0},
		{"what cannot be done keeps nothing else from being done", nil, []amtshilfe.Wahl{about(99, free), about(1, free)}, amtshilfe.Sent, amtshilfe.Applied, "BEZUG-UNBEKANNT", 0},
		{"an unknown message", nil, []amtshilfe.Wahl{about(99, free)}, amtshilfe.Held, amtshilfe.Rejected, "BEZUG-UNBEKANNT", 0},
		{"the same message twice", nil, []amtshilfe.Wahl{about(1, free), about(1, back)}, amtshilfe.Held, amtshilfe.Rejected, "BEZUG-DOPPELT", 0},
		{"what is asked no more", func(w *world, id amtshilfe.DeliveryID) {
			must(w.t, w.Release(w.t.Context(), id, clerk))
			w.work()
		}, []amtshilfe.Wahl{about(1, free)}, amtshilfe.Sent, amtshilfe.Rejected, "BEZUG-NICHT-OFFEN", 0},
		{"what was decided otherwise", func(w *world, id amtshilfe.DeliveryID) { must(w.t, w.Reject(id, clerk)) },
			[]amtshilfe.Wahl{about(1, free)}, amtshilfe.Rejected, amtshilfe.Rejected, "BEZUG-NICHT-OFFEN", 0},
		{"what the operator decides is not released", askOperator(amtshilfe.Valid), []amtshilfe.Wahl{about(1, free)}, amtshilfe.Held, amtshilfe.Rejected, "BEZUG-ZUSTAENDIG", 0},
		{"what the operator decides can be taken back", askOperator(amtshilfe.Valid), []amtshilfe.Wahl{about(1, back)}, amtshilfe.Withdrawn, amtshilfe.Applied, "", 0},
		{"what may have left cannot be taken back", askOperator(amtshilfe.Sending), []amtshilfe.Wahl{about(1, back)}, amtshilfe.Held, amtshilfe.Rejected, "BEZUG-NUR-EINSTELLUNG", 0},
		{"a drop that does not wait", nil, []amtshilfe.Wahl{{LieferungID: "D261120-AAAAAAAAAA", Wahl: free}}, amtshilfe.Held, amtshilfe.Rejected, "BEZUG-UNBEKANNT", 0},
		{"a message of another account", nil, []amtshilfe.Wahl{about(2, back)}, amtshilfe.Held, amtshilfe.Rejected, "ABS-FREMD", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := deciding(t)
			w.putOther(w.ersuchen(2, func(s *sample.Spec) { s.Kopf.Absender.Kennung = "kka:2" }))
			id := w.carried(w.ersuchen(1))
			w.is(id, amtshilfe.Held, "REGEL-IBAN-UNBEKANNT")
			if tt.before != nil {
				tt.before(w, id)
			}
			decision := w.decides(1, tt.wahl...)
			w.is(id, tt.want)
			w.is(decision, tt.is, tt.code)
			if got := len(w.audit("security")); got != tt.forbidden {
				t.Errorf("%d security entries, want %d", got, tt.forbidden)
			}
			if d, err := w.ledger.Drop(decision.Drop); err != nil || d.State != amtshilfe.DropEnded {
				t.Errorf("%+v, %v: a decision must end", d, err)
			}
		})
	}
}

// askOperator makes the request a question of the operator, held from a state.
func askOperator(from amtshilfe.State) func(w *world, id amtshilfe.DeliveryID) {
	return func(w *world, id amtshilfe.DeliveryID) {
		path := []amtshilfe.State{amtshilfe.Valid, amtshilfe.Resolved, amtshilfe.Reserved, amtshilfe.Sending}
		for _, s := range append(path[:slices.Index(path, from)+1], amtshilfe.Held) {
			d := w.get(id)
			if d.State == s {
				continue
			}
			d.State, d.Lane, d.DueAt = s, "", time.Time{}
			d.Hold = &amtshilfe.Question{Code: "X-Y", Text: "Warum?", Owner: amtshilfe.OwnerBetrieb, Until: w.now.Add(time.Hour), From: from}
			must(w.t, w.ledger.Save(sqlitedb.Outcome, &d))
		}
	}
}

// Receipts tell what a decision did, the audit who decided, and the same decision again is a duplicate.
func TestEntscheidungIsTold(t *testing.T) {
	w := deciding(t)
	one, two := w.carried(w.ersuchen(1)), w.carried(w.ersuchen(2))
	doc := sample.Entscheidung(w.kopf(1), "Sachgebiet Vollstreckung", about(1, free), about(2, back))
	decision := w.carried(doc)
	_, _, err := w.Tell(t.Context())
	must(t, err)
	for id, status := range map[amtshilfe.DeliveryID]string{decision: "ausgefuehrt", one: "uebergeben", two: "zurueckgezogen"} {
		if q := w.quittung(id.Drop, 2); len(q.Nachrichten) != 1 || q.Nachrichten[0].Status != status {
			t.Errorf("receipt of %s: %+v, want %s", id, q, status)
		}
	}
	if got := w.audit("release"); len(got) != 1 || got[0] != account+" "+one.String() {
		t.Errorf("released: %v", got)
	}
	if got := w.audit("withdraw"); len(got) != 1 || got[0] != account+" "+two.String() {
		t.Errorf("withdrawn: %v", got)
	}
	again := w.carried(zipped(t, doc))
	w.is(again, amtshilfe.Duplicate)
	// In a drop with other bytes it is still only what it was; another decision about the same finds nothing open.
	w.is(w.decides(2, about(1, free)), amtshilfe.Rejected, "BEZUG-NICHT-OFFEN")
	if w.xta.issued != 1 {
		t.Errorf("%d messages sent, want 1", w.xta.issued)
	}
}

// The finding of a choice stands where the choice stands, also inside a container.
func TestEntscheidungNamesItsPlace(t *testing.T) {
	w := deciding(t)
	doc := sample.Entscheidung(w.kopf(1), "Sachgebiet", about(98, free), about(99, free))
	root := bytes.Index(doc, []byte("<vh:entscheidung"))
	id := w.carried(slices.Concat([]byte("<v:lieferung xmlns:v=\""+mapping.ProfilNS+"\">\n<v:lieferkopf><v:absender>"+own+"</v:absender><v:verfahren>x</v:verfahren><v:uebertragungsID>1</v:uebertragungsID>"+
		"<v:erstellungszeitpunkt>2026-11-20T10:00:00Z</v:erstellungszeitpunkt><v:anzahlNachrichten>1</v:anzahlNachrichten></v:lieferkopf>\n\n\n"), doc[root:], []byte("</v:lieferung>")))
	d := w.get(id)
	lines := strings.Split(string(doc[root:]), "\n")
	for i, f := range d.Findings {
		n := 0
		for k, l := range lines {
			if strings.Contains(l, "<vh:nachricht>") {
				if n++; n == i+1 && f.Line != 5+k {
					t.Errorf("finding %d is at line %d, its choice at %d", i+1, f.Line, 5+k)
				}
			}
		}
		if want := []string{"/entscheidung/nachricht", "/entscheidung/nachricht[2]"}[i]; f.Path != want {
			t.Errorf("path %s, want %s", f.Path, want)
		}
	}
	if len(d.Findings) != 2 {
		t.Fatalf("%+v", d.Findings)
	}
}

// A drop that waits whole is released, or taken back, by a drop.
func TestEntscheidungAboutADrop(t *testing.T) {
	for _, tt := range []struct {
		wahl string
		want amtshilfe.State
	}{{free, amtshilfe.Sent}, {back, amtshilfe.Withdrawn}} {
		w := asking(t, pipeline.Volume{First: true})
		id := w.requests(1, 3)
		decision := w.decides(1, amtshilfe.Wahl{LieferungID: string(id), Wahl: tt.wahl})
		w.is(decision, amtshilfe.Applied)
		w.allAre(id, tt.want)
		if d, err := w.ledger.Drop(id); err != nil || d.Question != nil || d.Verdict != "" {
			t.Errorf("%+v, %v", d, err)
		}
		w.is(w.decides(2, amtshilfe.Wahl{LieferungID: string(id), Wahl: tt.wahl}), amtshilfe.Rejected, "BEZUG-NICHT-OFFEN")
	}
}

// A decision that is quicker than what it is about waits for it.
func TestDecisionBeforeItsDropIsOpen(t *testing.T) {
	w := deciding(t)
	w.schema.err = os.ErrDeadlineExceeded // nothing can be opened
	id := amtshilfe.DeliveryID{Drop: w.put(w.ersuchen(1)), Seq: 1}
	w.work()
	w.schema.err = nil
	decision := w.carried(sample.Entscheidung(w.kopf(1), "Sachgebiet", about(1, back)))
	w.is(decision, amtshilfe.Valid)
	w.later(w.pause())
	w.work()
	w.later(w.pause())
	w.work()
	w.is(id, amtshilfe.Withdrawn)
	w.is(decision, amtshilfe.Applied)
}
