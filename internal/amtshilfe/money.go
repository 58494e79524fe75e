package amtshilfe

import (
	"fmt"
	"strconv"
	"strings"
)

// Cents is an amount of money in euro cents. Amounts are never floats.
type Cents int64

// ParseCents reads an xs:decimal with at most two fraction digits ("123.45", "-0.5", "7"); trailing zeros beyond are tolerated.
func ParseCents(s string) (Cents, error) {
	s = strings.TrimSpace(s)
	rest, neg := strings.CutPrefix(s, "-")
	if !neg {
		rest = strings.TrimPrefix(rest, "+")
	}
	whole, frac, _ := strings.Cut(rest, ".")
	frac = strings.TrimRight(frac, "0")
	if whole == "" && frac == "" && !strings.ContainsAny(rest, "0123456789") || len(frac) > 2 || len(whole) > 15 {
		return 0, fmt.Errorf("parse amount: not a decimal with two fraction digits")
	}
	for len(frac) < 2 {
		frac += "0"
	}
	n, err := strconv.ParseUint("0"+whole+frac, 10, 62)
	if err != nil {
		return 0, fmt.Errorf("parse amount: not a decimal with two fraction digits")
	}
	if neg {
		return -Cents(n), nil
	}
	return Cents(n), nil
}

// XML is the amount as xs:decimal: "1234.50".
func (c Cents) XML() string {
	sign := ""
	if c < 0 {
		sign, c = "-", -c
	}
	return fmt.Sprintf("%s%d.%02d", sign, c/100, c%100)
}

// String is the amount as Germans write it, without the currency: "1.234,50".
func (c Cents) String() string {
	sign := ""
	if c < 0 {
		sign, c = "-", -c
	}
	whole := strconv.FormatInt(int64(c/100), 10)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "." + whole[i:]
	}
	return fmt.Sprintf("%s%s,%02d", sign, whole, c%100)
}
