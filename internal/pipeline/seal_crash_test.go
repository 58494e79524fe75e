package pipeline_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/xenc"
)

// sealedStory is a request that is encrypted, cannot be handed over at first, and is encrypted anew because its reader's certificate
// changed; and an encrypted answer that waits for its key. It is killed at durable steps and at the socket.
type sealedStory struct {
	*world
	server *server
	phase  int
	doc    []byte
	reply  []byte
	mu     sync.Mutex
	dying  bool
	rng    *rand.Rand
	share  float64 // of the steps that kill
	points int
	deaths []sealedDeath
}

// sealedDeath is what is left when the power goes: the disk, and what the others know.
type sealedDeath struct {
	point, dir string
	now        time.Time
	phase      int
	server     *server
	box        *mailbox
}

func (st *sealedStory) step(p durable.Point) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.points++; !st.dying || st.rng.Float64() >= st.share {
		return
	}
	dir := fast(st.t)
	copyDir(st.t, st.dir, dir)
	st.box.mu.Lock()
	box := &mailbox{list: slices.Clone(st.box.list), closed: slices.Clone(st.box.closed)}
	st.box.mu.Unlock()
	st.deaths = append(st.deaths, sealedDeath{fmt.Sprintf("%s after=%v, number %d in phase %d", p.Op, p.After, st.points, st.phase), dir, st.now, st.phase, st.server.clone(), box})
}

// on starts a gateway on a directory.
func (st *sealedStory) on(d sealedDeath) {
	st.server, st.phase = d.server, d.phase
	st.server.hook = st.step
	st.world = &world{t: st.t, dir: d.dir, now: d.now, xta: &partner{}, reg: &directory{kanal: electronic}, box: d.box, hook: st.step, cfg: worldConfig(), post: st.server}
	st.open()
	must(st.t, st.Recover())
}

func (st *sealedStory) play() {
	for ; st.phase < 4; st.phase++ {
		switch st.phase {
		case 0: // reserved, and not handed over
			st.server.certs = [][]byte{readerKey(0).Certificate.Raw}
			st.dropOnce()
			st.work()
		case 1: // the certificate is another
			st.server.certs = [][]byte{readerKey(1).Certificate.Raw}
			for range 4 {
				st.later(7 * time.Hour)
				st.work()
			}
		case 2: // an answer for a key that is not here
			st.keys = xenc.Keyring{readerKey(1)}
			st.fetchTwice()
		case 3: // the key is there
			st.keys = xenc.Keyring{readerKey(1), readerKey(0)}
			st.fetchTwice()
		}
	}
}

func (st *sealedStory) fetchTwice() {
	for range 2 {
		must(st.t, st.fetch())
	}
}

func (st *sealedStory) dropOnce() {
	list, err := st.ledger.Drops(10)
	must(st.t, err)
	if len(list) == 0 {
		must(st.t, os.WriteFile(filepath.Join(st.dir, "accounts", account, "in", "a.xml"), st.doc, 0o600))
	}
	for range 2 {
		_, err := st.Scan(st.t.Context(), account)
		must(st.t, err)
		st.later(2 * time.Second)
	}
}

// judge looks at the end: handed over once, published once, closed once, and nothing secret is left.
func (st *sealedStory) judge(when string) {
	st.t.Helper()
	bad := func(format string, args ...any) { st.t.Errorf(when+": "+format, args...) }
	if len(st.server.taken) != 1 {
		bad("%d messages handed over", len(st.server.taken))
		return
	}
	got, sealed := st.server.taken[0].unseal(st.t, xenc.Keyring{readerKey(0), readerKey(1)})
	if !sealed || !strings.Contains(string(st.doc), got) {
		bad("handed over %d bytes, sealed %v", len(got), sealed)
	}
	drops, err := st.ledger.Drops(10)
	must(st.t, err)
	if len(drops) != 1 {
		bad("%d drops", len(drops))
		return
	}
	d := st.get(amtshilfe.DeliveryID{Drop: drops[0].ID, Seq: 1})
	if !d.State.Left() || d.Sealed != nil || d.MessageID != st.server.taken[0].id {
		bad("%s, id %q, content key kept %v", d.State, d.MessageID, d.Sealed != nil)
	}
	in := st.inbound("m")
	if in.State != amtshilfe.InboxPublished || !in.Closed || !slices.Equal(st.box.closed, []string{"m"}) {
		bad("answer %s, closed %v %v", in.State, in.Closed, st.box.closed)
		return
	}
	if st.read(in.Name) != string(st.reply) {
		bad("the answer was published with other bytes")
	}
	if n := len(slices.DeleteFunc(st.out(), func(name string) bool { return !strings.HasPrefix(name, "004") })); n != 1 {
		bad("%d answers in out/", n)
	}
}

// TestSealedCrash: wherever the gateway is killed, an encrypted message is handed over once, and one that waited for its key is published
// and closed once. DAMT_TORTURE=all kills at every step, DAMT_SEED chooses others.
func TestSealedCrash(t *testing.T) {
	share, seed := 0.04, int64(20261122)
	if os.Getenv("DAMT_TORTURE") == "all" {
		share = 1
	}
	if text := os.Getenv("DAMT_SEED"); text != "" {
		seed, _ = strconv.ParseInt(text, 10, 64)
	}
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	st := &sealedStory{rng: rand.New(rand.NewPCG(uint64(seed), 1)), share: share}
	st.world = &world{t: t, now: now}
	st.doc, st.reply = st.ersuchen(1), st.world.reply(amtshilfe.KindEingangsbestaetigung, theirs, 1)
	st.box = &mailbox{}
	st.arrivesSealed("m", theirs, st.reply, readerKey(0))
	st.on(sealedDeath{dir: fast(t), now: now, server: &server{script: []outcome{refused, silent}}, box: st.box})
	st.dying = true
	st.play()
	st.dying = false
	st.judge("no kill")
	st.close()
	for _, d := range st.deaths {
		d.now = d.now.Add(time.Second)
		st.on(d)
		st.play()
		st.judge("killed at " + d.point)
		st.close()
		os.RemoveAll(d.dir)
	}
	t.Logf("seed %d, %d kills at %d points", seed, len(st.deaths), st.points)
}
