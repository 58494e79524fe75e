package register_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"damtshilfe/internal/register"
)

func TestPlaces(t *testing.T) {
	for _, table := range []string{
		"plz,ort,kreis\n60311,Frankfurt am Main,x\n01067,Dresden,x\n14943,Luckenwalde,x\n14943,Nuthe-Urstromtal,x\n",
		"\ufeffOrt;PLZ\nFrankfurt am Main;60311\nDresden;01067\nLuckenwalde;14943\nNuthe-Urstromtal;14943\n",
	} {
		p, err := register.ReadPlaces(strings.NewReader(table))
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			plz, ort string
			want     bool
		}{
			{"60311", "Frankfurt am Main", true}, {"60311", "FRANKFURT A.M.", true}, {"60311", "Frankfurt", true}, {"60311", "Offenbach", false},
			{"01067", "Dresden-Neustadt", true}, {"01067", "Kiel", false}, {"14943", "Nuthe-Urstromtal", true}, {"99999", "Nirgendwo", true},
		} {
			if got := p.Fits(tt.plz, tt.ort); got != tt.want {
				t.Errorf("%s %s: %v", tt.plz, tt.ort, got)
			}
		}
	}
	for _, bad := range []string{"", "plz;name\n1;2\n", "plz,ort\n\"1\n", "plz,ort\n1\n"} {
		if _, err := register.ReadPlaces(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// TestPlacesOfGermany: no postcode of the sample's own data is out of place in the table of all Germany.
func TestPlacesOfGermany(t *testing.T) {
	_, pairs, _ := germany(t)
	dir := os.Getenv("DAMT_ORIGINALS")
	if dir == "" {
		dir = "../../../shared"
	}
	f, err := os.Open(filepath.Join(dir, "data", "plz-ags.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := register.ReadPlaces(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range pairs {
		if !p.Fits(at.plz, at.ort) {
			t.Errorf("%v does not fit itself", at)
		}
	}
	if p.Fits("24103", "München") {
		t.Error("24103 is no postcode of München")
	}
}
