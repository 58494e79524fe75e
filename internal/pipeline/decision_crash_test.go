package pipeline_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/sample"
	"damtshilfe/mapping"
)

// decisionStory is a drop whose messages are asked about, an entscheidung about two of them, and a widerruf of the whole drop after the
// released one was printed; every receipt in all forms. It is killed at durable steps.
type decisionStory struct {
	*world
	mu     sync.Mutex
	dying  bool
	rng    *rand.Rand
	share  float64 // of the steps that kill
	points int
	deaths []death
}

func (st *decisionStory) step(p durable.Point) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.points++; !st.dying || st.rng.Float64() >= st.share {
		return
	}
	dir := fast(st.t)
	copyDir(st.t, st.dir, dir)
	st.deaths = append(st.deaths, death{point: fmt.Sprintf("%s after=%v, number %d", p.Op, p.After, st.points), dir: dir, now: st.now})
}

// on starts a gateway on a directory.
func (st *decisionStory) on(dir string, now time.Time) {
	w := &world{t: st.t, dir: dir, now: now, xta: &partner{}, reg: &directory{kanal: postal}, box: &mailbox{}, hook: st.step, cfg: worldConfig()}
	a := &w.cfg.Accounts[0]
	a.IBANs, a.Receipts, a.Infos = []string{"DE02120300000000202051"}, mapping.ReceiptFormats, pipeline.InfosContainer
	st.world = w
	w.open()
}

// dropOnce drops a file unless that was done before the death.
func (st *decisionStory) dropOnce(name string, data []byte) {
	list, err := st.ledger.Drops(10)
	must(st.t, err)
	for _, d := range list {
		if d.Name == name && d.State != amtshilfe.DropClaiming {
			return
		}
	}
	must(st.t, os.WriteFile(filepath.Join(st.dir, "accounts", account, "in", name), data, 0o600))
	for range 2 {
		_, err := st.Scan(st.t.Context(), account)
		must(st.t, err)
		st.later(2 * time.Second)
	}
}

func (st *decisionStory) play() {
	when := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	var b bytes.Buffer
	_, err := sample.WriteLieferung(&b, sample.Options{N: 3, Seed: 1, Now: when, UebertragungsID: 7})
	must(st.t, err)
	kopf := func(n int64) amtshilfe.Nachrichtenkopf {
		return sample.Kopf(n, 1, when, sample.Akteur(own, "Stadtkasse", "-"))
	}
	st.dropOnce("a.xml", b.Bytes())
	st.work()
	st.dropOnce("b.xml", sample.Entscheidung(kopf(50), "Sachgebiet", amtshilfe.Wahl{UUID: sample.UUID(1, 0), Wahl: free}, amtshilfe.Wahl{UUID: sample.UUID(1, 1), Wahl: back}))
	st.tellAll()
	st.printAll()
	st.dropOnce("c.xml", sample.Widerruf(kopf(51), amtshilfe.Wahl{UebertragungsID: 7}))
	st.tellAll()
}

func (st *decisionStory) tellAll() {
	for range 2 {
		st.work()
		_, _, err := st.Tell(st.t.Context())
		must(st.t, err)
		st.later(st.pause())
	}
}

// judge looks at the end.
func (st *decisionStory) judge(when string) {
	st.t.Helper()
	bad := func(format string, args ...any) { st.t.Errorf(when+": "+format, args...) }
	drops, err := st.ledger.Drops(10)
	must(st.t, err)
	want := map[string][]amtshilfe.State{"a.xml": {amtshilfe.Spooled, amtshilfe.Withdrawn, amtshilfe.Withdrawn}, "b.xml": {amtshilfe.Applied}, "c.xml": {amtshilfe.Applied}}
	if len(drops) != len(want) {
		bad("%d drops", len(drops))
	}
	for _, d := range drops {
		list, err := st.ledger.InDrop(d.ID, 0, 10)
		must(st.t, err)
		var states []amtshilfe.State
		for _, m := range list {
			states = append(states, m.State)
			n := 0
			for _, f := range m.Findings {
				if f.Code == "BEZUG-NUR-EINSTELLUNG" {
					n++
				}
			}
			if told := m.State == amtshilfe.Spooled; told != (n == 1) || n > 1 {
				bad("%s is told %d times that an 008 is needed", m.ID, n)
			}
		}
		if !slices.Equal(states, want[d.Name]) || d.Verdict != "" || !d.Closed {
			bad("%s: %v, verdict %q, closed %v", d.Name, states, d.Verdict, d.Closed)
		}
		st.toldOf(d, bad)
	}
	if r, w := st.audit("release"), st.audit("withdraw"); len(r) != 1 || len(w) != 2 {
		bad("released %v, withdrawn %v", r, w)
	}
}

// toldOf holds the files of a drop's receipts against what was booked, and gives their number.
func (st *decisionStory) toldOf(d ledger.Drop, bad func(string, ...any)) int {
	booked, err := st.ledger.Receipts(d.ID)
	must(st.t, err)
	for _, r := range booked {
		if !r.Published || len(r.Files) != 3 {
			bad("%s: receipt %+v", d.Name, r)
		}
		for _, f := range r.Files {
			if sum := fmt.Sprintf("%x", sha256.Sum256([]byte(st.read(f.Name)))); sum != f.SHA256 {
				bad("%s has other bytes than were booked", f.Name)
			}
		}
	}
	return len(booked)
}

// TestDecisionCrash: wherever the gateway is killed, a decision is carried out once, and the three forms of each receipt are in out/ with
// the bytes that were booked. DAMT_TORTURE=all kills at every step, DAMT_SEED chooses others.
func TestDecisionCrash(t *testing.T) {
	share, seed := 0.01, int64(20261122)
	if os.Getenv("DAMT_TORTURE") == "all" {
		share = 1
	}
	if text := os.Getenv("DAMT_SEED"); text != "" {
		seed, _ = strconv.ParseInt(text, 10, 64)
	}
	for name, tell := range map[string]func(*decisionStory) (play func(), judge func(string)){
		"decision": func(st *decisionStory) (func(), func(string)) { return st.play, st.judge },
		"conflict": func(st *decisionStory) (func(), func(string)) { return st.playConflict, st.judgeConflict },
	} {
		t.Run(name, func(t *testing.T) {
			st := &decisionStory{rng: rand.New(rand.NewPCG(uint64(seed), 1)), share: share}
			play, judge := tell(st)
			st.world = &world{t: t}
			st.on(fast(t), time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC))
			st.dying = true
			play()
			st.dying = false
			judge("no kill")
			st.close()
			for _, d := range st.deaths {
				st.on(d.dir, d.now.Add(time.Second))
				must(t, st.Recover())
				play()
				judge("killed at " + d.point)
				st.close()
				os.RemoveAll(d.dir)
			}
			t.Logf("seed %d, %d kills at %d points", seed, len(st.deaths), st.points)
		})
	}
}
