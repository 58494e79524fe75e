package config

import (
	"fmt"
	"strconv"
	"strings"
)

// Size is a number of bytes, written as 30MiB, 2GiB, 500KB or a plain number.
type Size int64

// UnmarshalText reads a size.
func (s *Size) UnmarshalText(text []byte) error {
	units := []struct {
		suffix string
		factor int64
	}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}, {"", 1}}
	v := strings.TrimSpace(string(text))
	for _, u := range units {
		if number, ok := strings.CutSuffix(v, u.suffix); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
			if err != nil || n < 0 || n > (1<<62)/u.factor {
				return fmt.Errorf("%q is no size like 30MiB", v)
			}
			*s = Size(n * u.factor)
			return nil
		}
	}
	return nil
}

// String is the size as it is written.
func (s Size) String() string { return strconv.FormatInt(int64(s), 10) }
