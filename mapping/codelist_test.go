package mapping_test

import (
	"slices"
	"testing"

	"damtshilfe/mapping"
)

func TestCodes(t *testing.T) {
	packs, err := mapping.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"arbeitgeberermittlung", "durchsuchung", "forderungspfaendung", "kfz-parkkralle", "kontenabruf", "ratenzahlung", "sachpfaendung", "vermoegensauskunft"}
	if got, err := packs.Codes("urn:damtshilfe:codeliste:massnahme"); err != nil || !slices.Equal(got, want) {
		t.Errorf("massnahmen: %v, %v", got, err)
	}
	if got, err := packs.Codes("urn:damtshilfe:codeliste:einnahmeart"); err != nil || len(got) != 14 || got[0] != "100" {
		t.Errorf("einnahmearten: %v, %v", got, err)
	}
	if got, err := packs.Codes("urn:nobody:knows"); err != nil || got != nil {
		t.Errorf("a list that no pack brings: %v, %v", got, err)
	}
}
