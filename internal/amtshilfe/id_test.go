package amtshilfe_test

import (
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
)

func TestIDs(t *testing.T) {
	// The date in an id is that of UTC: half past midnight in Berlin is still the day before.
	berlin := time.FixedZone("MEZ", 3600)
	id := amtshilfe.NewDropID(time.Date(2026, 11, 22, 0, 30, 0, 0, berlin))
	if !id.Valid() || id.Dir() != "2026/11/21" || id[0] != 'D' {
		t.Errorf("%s in %q", id, id.Dir())
	}
	in := amtshilfe.NewInboxID(time.Date(2031, 2, 3, 0, 0, 0, 0, time.UTC))
	if !in.Valid() || in.Dir() != "2031/02/03" || in[0] != 'I' {
		t.Errorf("%s in %q", in, in.Dir())
	}
	if b := amtshilfe.NewBundleID(time.Now()); !b.Valid() {
		t.Error(b)
	}
	seen := map[amtshilfe.DropID]bool{}
	for range 10000 {
		id := amtshilfe.NewDropID(time.Now())
		if seen[id] || !id.Valid() {
			t.Fatal(id)
		}
		seen[id] = true
	}
}

func TestMalformedIDs(t *testing.T) {
	for _, tt := range []struct{ name, id string }{
		{"nothing", ""},
		{"a path", "D261121-../../etc"},
		{"another kind", "B261121-7KQ2M9TX4B"},
		{"small letters", "d261121-7kq2m9tx4b"},
		{"a letter that Crockford leaves out", "D261121-7KQ2M9TXIB"},
		{"no date", "D26112-17KQ2M9TX4B"},
		{"nothing behind the date", "D261121-"},
		{"too long", "D261121-" + "0123456789012345678901234567890123456789"},
		{"a NUL", "D261121-7KQ\x002M9TX4"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if id := amtshilfe.DropID(tt.id); id.Valid() || id.Dir() != "" {
				t.Errorf("%q is valid, in %q", tt.id, id.Dir())
			}
			if d, err := amtshilfe.ParseDeliveryID(tt.id + ".1"); err == nil {
				t.Errorf("%q was read as %v", tt.id, d)
			}
		})
	}
}

func TestDeliveryIDs(t *testing.T) {
	want := amtshilfe.DeliveryID{Drop: "D261121-7KQ2M9TX4B", Seq: 12}
	if got, err := amtshilfe.ParseDeliveryID(want.String()); err != nil || got != want || want.String() != "D261121-7KQ2M9TX4B.12" {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"D261121-7KQ2M9TX4B", "D261121-7KQ2M9TX4B.", "D261121-7KQ2M9TX4B.0", "D261121-7KQ2M9TX4B.-1", "D261121-7KQ2M9TX4B.1.2"} {
		if got, err := amtshilfe.ParseDeliveryID(bad); err == nil {
			t.Errorf("%q was read as %v", bad, got)
		}
	}
	if !(amtshilfe.DeliveryID{}).IsZero() || want.IsZero() {
		t.Error("zero")
	}
}

func FuzzParseDeliveryID(f *testing.F) {
	f.Add("D261121-7KQ2M9TX4B.12")
	f.Add("D261121-7KQ2M9TX4B.99999999999999999999")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := amtshilfe.ParseDeliveryID(s)
		if err != nil {
			return
		}
		again, err := amtshilfe.ParseDeliveryID(id.String())
		if err != nil || again != id || id.Drop.Dir() == "" {
			t.Errorf("%q is read as %v, and then as %v, %v", s, id, again, err)
		}
	})
}
