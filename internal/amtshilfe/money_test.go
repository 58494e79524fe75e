package amtshilfe_test

import (
	"math/big"
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
)

func TestParseCents(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       amtshilfe.Cents
		ok         bool
	}{
		{"whole euros", "7", 700, true},
		{"two digits", "123.45", 12345, true},
		{"one digit", "0.5", 50, true},
		{"no digit before the point", ".5", 50, true},
		{"no digit behind it", "5.", 500, true},
		{"zeros behind the cents", "1.5000", 150, true},
		{"a sign", "-0.05", -5, true},
		{"a plus", "+1", 100, true},
		{"leading zeros", "0001.10", 110, true},
		{"the largest", "999999999999999.99", 99999999999999999, true},
		{"blanks around", " 1.00 ", 100, true},
		{"a third digit", "1.234", 0, false},
		{"a comma", "1,50", 0, false},
		{"nothing", "", 0, false},
		{"a point", ".", 0, false},
		{"two signs", "--1", 0, false},
		{"an exponent", "1e3", 0, false},
		{"two points", "1.2.3", 0, false},
		{"digits of another script", "١", 0, false},
		{"too large", "1000000000000000.00", 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := amtshilfe.ParseCents(tt.text); got != tt.want || (err == nil) != tt.ok {
				t.Errorf("ParseCents(%q) = %d, %v", tt.text, got, err)
			}
		})
	}
}

func TestWriteCents(t *testing.T) {
	for _, tt := range []struct {
		cents       amtshilfe.Cents
		xml, german string
	}{
		{0, "0.00", "0,00"}, {5, "0.05", "0,05"}, {-5, "-0.05", "-0,05"}, {100, "1.00", "1,00"},
		{123456, "1234.56", "1.234,56"}, {-123456789, "-1234567.89", "-1.234.567,89"}, {99999, "999.99", "999,99"},
	} {
		if tt.cents.XML() != tt.xml || tt.cents.String() != tt.german {
			t.Errorf("%d: %s, %s", int64(tt.cents), tt.cents.XML(), tt.cents)
		}
	}
}

// What is read has the value that was written, and is written as it is read.
func FuzzParseCents(f *testing.F) {
	for _, s := range []string{"123.45", "-0.5", "7", "1.5000", "+.1", "999999999999999.99"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := amtshilfe.ParseCents(s)
		if err != nil {
			return
		}
		value, ok := new(big.Rat).SetString(strings.TrimSpace(s))
		if !ok || value.Cmp(big.NewRat(int64(c), 100)) != 0 {
			t.Errorf("%q was read as %d", s, int64(c))
		}
		if again, err := amtshilfe.ParseCents(c.XML()); err != nil || again != c {
			t.Errorf("%d is written as %s, which is read as %d, %v", int64(c), c.XML(), int64(again), err)
		}
	})
}
