package amtshilfe

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// crockford is Crockford's base 32: no I, L, O, U, so that an id read out on the phone arrives unharmed.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// DropID names a Drop: "D261121-7KQ2M9TX4B". The date is that of the claim (UTC), the rest is random; paths follow from it.
type DropID string

// BundleID names a print bundle: "B261121-0042AB".
type BundleID string

// RunID names one cron pass: "R261121-...".
type RunID string

// InboxID names one message fetched from an XTA mailbox: "I261121-...".
type InboxID string

// NewDropID makes the id of a file claimed at now.
func NewDropID(now time.Time) DropID { return DropID("D" + stamp(now) + "-" + random(10)) }

// NewBundleID makes the id of a bundle collected at now.
func NewBundleID(now time.Time) BundleID { return BundleID("B" + stamp(now) + "-" + random(6)) }

// NewRunID makes the id of a run started at now.
func NewRunID(now time.Time) RunID { return RunID("R" + stamp(now) + "-" + random(6)) }

// NewInboxID makes the id of a message fetched at now.
func NewInboxID(now time.Time) InboxID { return InboxID("I" + stamp(now) + "-" + random(10)) }

func stamp(now time.Time) string { return now.UTC().Format("060102") }

func random(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	for i := range b {
		b[i] = crockford[b[i]&31]
	}
	return string(b)
}

// Dir is the directory of the drop's files below the store, "2026/11/21", or "" if the id is malformed.
// It is a pure function of the id, so no row is needed to find a file.
func (id DropID) Dir() string {
	if !wellFormed(string(id), 'D') {
		return ""
	}
	return "20" + string(id[1:3]) + "/" + string(id[3:5]) + "/" + string(id[5:7])
}

// Valid says whether the id has the form that NewDropID writes.
func (id DropID) Valid() bool { return wellFormed(string(id), 'D') }

// Valid says whether the id has the form that NewBundleID writes.
func (id BundleID) Valid() bool { return wellFormed(string(id), 'B') }

// Valid says whether the id has the form that NewInboxID writes.
func (id InboxID) Valid() bool { return wellFormed(string(id), 'I') }

func wellFormed(id string, prefix byte) bool {
	if len(id) < 9 || len(id) > 40 || id[0] != prefix || id[7] != '-' {
		return false
	}
	for _, c := range []byte(id[1:7]) {
		if c < '0' || c > '9' {
			return false
		}
	}
	for _, c := range []byte(id[8:]) {
		if strings.IndexByte(crockford, c) < 0 {
			return false
		}
	}
	return true
}

// DeliveryID names one message of a drop: the drop and its position from 1, written "<drop>.<seq>".
// Messages that the gateway itself makes (013, 014) have no delivery id.
type DeliveryID struct {
	Drop DropID
	Seq  int // position in the drop, from 1
}

// String is the id as people and logs see it.
func (id DeliveryID) String() string { return string(id.Drop) + "." + strconv.Itoa(id.Seq) }

// IsZero says whether the id names nothing.
func (id DeliveryID) IsZero() bool { return id.Drop == "" }

// ParseDeliveryID reads what String wrote.
func ParseDeliveryID(s string) (DeliveryID, error) {
	drop, seq, ok := strings.Cut(s, ".")
	n, err := strconv.Atoi(seq)
	if !ok || err != nil || n < 1 || !DropID(drop).Valid() {
		return DeliveryID{}, fmt.Errorf("parse delivery id %q: want <drop>.<seq>", s)
	}
	return DeliveryID{DropID(drop), n}, nil
}

// SendungID names one letter of a bundle: the bundle and the letter's number from 1, written "<bundle>.<n>".
type SendungID struct {
	Bundle BundleID
	N      int // number of the letter, from 1; it never changes, whatever the sorting
}

// String is the id as it stands on the letter and in the bundle's index.
func (id SendungID) String() string { return string(id.Bundle) + "." + strconv.Itoa(id.N) }

// ParseSendungID reads what String wrote.
func ParseSendungID(s string) (SendungID, error) {
	bundle, n, ok := strings.Cut(s, ".")
	id := SendungID{Bundle: BundleID(bundle)}
	var err error
	if id.N, err = strconv.Atoi(n); !ok || err != nil || id.N < 1 || !id.Bundle.Valid() || id.String() != s {
		return SendungID{}, fmt.Errorf("parse Sendung %q: want <bundle>.<n>", s)
	}
	return id, nil
}

// Dir is the directory of the inbound message below the store, "2026/11/21", or "" if the id is malformed.
func (id InboxID) Dir() string {
	if !id.Valid() {
		return ""
	}
	return "20" + string(id[1:3]) + "/" + string(id[3:5]) + "/" + string(id[5:7])
}
