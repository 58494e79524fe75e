//go:build race

package demo_test

import "time"

// patience is longer under the race detector: beside the tests of other packages a scenario needs ten times as long there.
const patience = 180 * time.Second
