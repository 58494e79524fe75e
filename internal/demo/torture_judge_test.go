package demo_test

import (
	"context"
	"encoding/xml"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"damtshilfe/internal/app"
	"damtshilfe/internal/config"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/xta"
)

// receipt is what we read of a Lieferquittung.
type receipt struct {
	Name     string `xml:"lieferung>dateiname"`
	Drop     string `xml:"lieferungID"`
	Number   int    `xml:"nummer"`
	Closed   bool   `xml:"abgeschlossen"`
	Ergebnis string `xml:"ergebnis"`
	Sums     []struct {
		Status string `xml:"status"`
		Count  int    `xml:"anzahl"`
	} `xml:"summe"`
	Lines []struct {
		Position int    `xml:"position"`
		UUID     string `xml:"nachrichtenUUID"`
		Status   string `xml:"status"`
	} `xml:"nachricht"`
}

func (r receipt) sum() (n int) {
	for _, s := range r.Sums {
		n += s.Count
	}
	return n
}

// verdict is everything that can be seen from outside after both gateways were stopped.
type verdict struct {
	*stage
	problems []string
	receipts map[string][]receipt // by drop, in order
	position map[string]string    // UUID by delivery "<drop>.<seq>"
	final    map[string][]string  // last status of a UUID, one for each drop that holds it
	arrivals map[string]int       // files of kind 003 and 008 in the authorities' out folders, by UUID
	answers  map[string]int       // 004 in the sender's out folder, by the UUID that they answer
	letters  map[string]int       // printed letters, by UUID
}

func (v *verdict) problem(format string, args ...any) {
	v.problems = append(v.problems, fmt.Sprintf(format, args...))
}

// judge says what is wrong; nothing is asked of the gateways but what they left on disk.
func judge(ctx context.Context, st *stage) []string {
	v := &verdict{stage: st, problems: st.problemsSoFar(), receipts: map[string][]receipt{}, position: map[string]string{},
		final: map[string][]string{}, arrivals: map[string]int{}, answers: map[string]int{}, letters: map[string]int{}}
	for _, step := range []struct {
		name string
		do   func() error
	}{{"verify", func() error { return v.verify(ctx) }}, {"mailboxes", func() error { return v.mailboxes(ctx) }},
		{"folders", v.folders}, {"receipts", v.readReceipts}} {
		if err := step.do(); err != nil {
			v.problem("%s: %v", step.name, err)
		}
	}
	v.print()
	v.drops()
	for _, uuid := range slices.Sorted(maps.Keys(st.scenario.fates)) {
		v.message(uuid, st.scenario.fates[uuid])
	}
	for uuid := range v.arrivals {
		if _, ours := st.scenario.fates[uuid]; !ours {
			v.problem("%s arrived, and nobody dropped it", uuid)
		}
	}
	return v.problems
}

func (v *verdict) verify(ctx context.Context) error {
	for _, s := range (&run{stage: v.stage}).sites() {
		cfg, err := config.Load(s.Config)
		if err != nil {
			return err
		}
		report, err := app.Verify(ctx, cfg)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		for _, p := range report.Problems {
			v.problem("verify %s: %s", s.Name, p)
		}
	}
	return nil
}

// mailboxes: every message that was stored was acknowledged by its reader.
func (v *verdict) mailboxes(ctx context.Context) error {
	for _, s := range (&run{stage: v.stage}).sites() {
		dir, err := durable.New(nil).OpenDir(filepath.Join(filepath.Dir(s.Config), "var", "xta"))
		if err != nil {
			return err
		}
		defer dir.Close()
		m, err := xta.OpenMailbox(dir, xta.MailboxOptions{})
		if err != nil {
			return err
		}
		defer m.Close()
		for e, err := range m.All(ctx) {
			if err != nil {
				return err
			}
			if e.State == xta.MailStored {
				v.problem("mailbox %s: %s is not closed", s.Name, e.MessageID)
			}
		}
	}
	return nil
}

// folders reads what arrived at the authorities and at the sender.
func (v *verdict) folders() error {
	for _, o := range v.Offices {
		found, err := filepath.Glob(filepath.Join(o.Out, "0??_I*.xml"))
		if err != nil {
			return err
		}
		for _, f := range found {
			data, err := os.ReadFile(f)
			if err != nil {
				return err
			}
			d, err := readDocument(data)
			if err != nil {
				v.problem("%s: %v", filepath.Base(f), err)
			}
			if o.Kennung == v.Sender.Kennung {
				v.answers[d.Bezug]++
			} else {
				v.arrivals[d.UUID]++
			}
		}
	}
	return nil
}

func (v *verdict) readReceipts() error {
	for _, o := range v.Offices {
		found, err := filepath.Glob(filepath.Join(o.Out, "*.quittung.xml"))
		if err != nil {
			return err
		}
		for _, f := range found {
			data, err := os.ReadFile(f)
			if err != nil {
				return err
			}
			var r receipt
			if err := xml.Unmarshal(data, &r); err != nil {
				v.problem("%s: %v", filepath.Base(f), err)
			}
			v.receipts[r.Drop] = append(v.receipts[r.Drop], r)
		}
	}
	for drop, list := range v.receipts {
		slices.SortFunc(list, func(a, b receipt) int { return a.Number - b.Number })
		v.chain(drop, list)
	}
	return nil
}

// waits are the words of messages that a person has to decide about: such a drop is not at its end.
func waits(status string) bool { return status == "in-klaerung" || status == "rueckfrage" }

// chain: numbered without a gap, the sums add up, the last one says the end and no other does, unless something is held.
func (v *verdict) chain(drop string, list []receipt) {
	last := map[int]string{}
	uuids := map[int]string{}
	for i, r := range list {
		if r.Number != i+1 {
			v.problem("%s (%s): receipt %d is number %d", drop, r.Name, i+1, r.Number)
		}
		if r.sum() != len(list[0].Lines) {
			v.problem("%s (%s): receipt %d sums up to %d, receipt 1 names %d messages", drop, r.Name, r.Number, r.sum(), len(list[0].Lines))
		}
		for _, l := range r.Lines {
			last[l.Position] = l.Status
			if l.UUID != "" {
				uuids[l.Position] = l.UUID
			}
		}
		if r.Closed && i < len(list)-1 {
			v.problem("%s (%s): receipt %d says the end, and %d follow", drop, r.Name, r.Number, len(list)-1-i)
		}
	}
	held, tally := false, map[string]int{}
	for position, status := range last {
		held = held || waits(status)
		tally[status]++
		v.position[fmt.Sprintf("%s.%d", drop, position)] = uuids[position]
		v.final[uuids[position]] = append(v.final[uuids[position]], status)
	}
	end := list[len(list)-1]
	if end.Closed == held {
		v.problem("%s (%s): the last receipt says abgeschlossen=%v, messages held: %v", drop, end.Name, end.Closed, held)
	}
	for _, s := range end.Sums {
		if tally[s.Status] != s.Count {
			v.problem("%s (%s): the last receipt counts %d %s, the lines say %d", drop, end.Name, s.Count, s.Status, tally[s.Status])
		}
	}
}

// print counts letters by the message that they carry.
func (v *verdict) print() {
	v.mu.Lock()
	defer v.mu.Unlock()
	seen := map[string]string{}
	for id, b := range v.bundles {
		for _, d := range b.deliveries {
			if other, twice := seen[d]; twice {
				v.problem("delivery %s is printed twice, in %s and %s", d, other, id)
			}
			seen[d] = id
			uuid := v.position[d]
			if uuid == "" {
				v.problem("delivery %s was printed and no receipt names it", d)
			}
			v.letters[uuid]++
		}
	}
}

// drops: every file that was dropped became a drop, one that was dropped once became one.
func (v *verdict) drops() {
	for _, f := range v.scenario.files {
		n, real := 0, 0
		for drop, list := range v.receipts {
			if list[0].Name != f.name {
				continue
			}
			if n++; list[0].Ergebnis != "duplikat" {
				real++
				if got := len(list[0].Lines); f.messages != nil && got != len(f.messages) {
					v.problem("%s (%s): %d messages were dropped, the receipt names %d", drop, f.name, len(f.messages), got)
				}
			}
		}
		want := 1
		if f.messages == nil {
			want = 0
		}
		if real != want || n == 0 || n > 1 && !v.retried[f.name] {
			v.problem("%s: %d drops, %d of them no duplicates, want %d (dropped again: %v)", f.name, n, real, want, v.retried[f.name])
		}
	}
}

// message compares what became of a message with its fate.
func (v *verdict) message(uuid string, f fate) {
	arrived, printed, answered := v.arrivals[uuid], v.letters[uuid], v.answers[uuid]
	status := strings.Join(v.final[uuid], " ")
	ok := false
	switch f {
	case byXTA:
		ok = arrived == 1 && printed == 0 && status == "abgeholt" && (answered == 1 || !v.scenario.requests[uuid])
	case byPost:
		ok = arrived == 0 && printed == 1 && status == "im-druck"
	case refused:
		ok = arrived+printed+answered == 0 && status == "abgewiesen"
	case nobody:
		ok = arrived+printed+answered == 0 && status == "in-klaerung"
	case withdrawn:
		ok = arrived+printed+answered == 0 && status == "zurueckgezogen"
	case raced:
		ok = arrived+answered == 0 && (printed == 0 && status == "zurueckgezogen" || printed == 1 && status == "im-druck")
		if twin := v.scenario.twin[uuid]; twin != "" {
			ok = ok && v.letters[twin] == printed
		}
	}
	if !ok {
		v.problem("%s should be %s: arrived %d, printed %d, answered %d, receipts say %q", uuid, f, arrived, printed, answered, status)
	}
}
