//go:build !race

package demo_test

import "time"

// patience is how long a scenario may take to come to rest: it needs some seconds.
const patience = 60 * time.Second
