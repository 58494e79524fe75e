package pipeline_test

import (
	"fmt"
	"os"
	"path/filepath"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
)

func (st *story) quiet() bool {
	for i := range st.files {
		d := st.find(i)
		if d == nil || !d.State.Ended() && !d.Final && d.State != amtshilfe.Held && (d.State != amtshilfe.Waiting || d.Lane != "") { // one that was woken goes on
			return false
		}
	}
	return true
}

// judge looks at what reached the other side, and at what is left here.
func (st *story) judge(when string) {
	st.t.Helper()
	request, follow := st.find(0), st.find(1)
	problem := func(format string, args ...any) {
		st.t.Helper()
		st.t.Errorf("%s: %s (003 is %s, the other %s)\n%s", when, fmt.Sprintf(format, args...), state(request), state(follow), st.log.String())
	}
	if request == nil || follow == nil {
		problem("a message is missing")
		return
	}
	at := map[string][]int{} // places of each message in the order in which they arrived
	arrived := st.arrivals()
	for i, uuid := range arrived {
		at[uuid] = append(at[uuid], i)
	}
	r, f := at[request.UUID], at[follow.UUID]
	switch {
	case len(r) > 1 || len(f) > 1:
		problem("something arrived twice: %v", arrived)
	case len(f) == 1 && len(r) == 0:
		problem("a message arrived, and its 003 never did")
	case len(f) == 1 && f[0] < r[0]:
		problem("it overtook its 003")
	case st.stopped && len(r) > 0:
		problem("the 003 arrived although its 008 was there before it could not be stopped any more")
	case st.stopped && (request.State != amtshilfe.Withdrawn || follow.State != amtshilfe.Withdrawn):
		problem("not withdrawn")
	case !st.stopped && (len(r) != 1 || len(f) != 1):
		problem("arrived: %v", arrived)
	}
	for _, d := range []*ledger.Delivery{request, follow} {
		if !d.State.Ended() && !d.Final {
			problem("%s has not ended: %s", d.Kind, d.State)
		}
	}
}

func state(d *ledger.Delivery) string {
	if d == nil {
		return "missing"
	}
	return string(d.State)
}

// arrivals are the UUIDs of what the authority got, in order: by XTA, or as letters in published bundles.
func (st *story) arrivals() (uuids []string) {
	for _, l := range st.post.taken[min(st.post.red, len(st.post.taken)):] {
		uuids = append(uuids, l.uuid)
	}
	bundles, err := st.ledger.Bundles(10)
	must(st.t, err)
	for i := len(bundles) - 1; i >= 0; i-- {
		inbox := filepath.Join(st.dir, "print", "std", "inbox", string(bundles[i].ID))
		if _, err := os.Stat(inbox); err != nil {
			continue
		}
		letters, err := st.ledger.BundleDeliveries(bundles[i].ID)
		must(st.t, err)
		for _, d := range letters {
			uuids = append(uuids, d.UUID)
		}
	}
	return uuids
}
