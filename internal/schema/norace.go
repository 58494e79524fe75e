//go:build !race

package schema

// raceEnabled: see race.go.
const raceEnabled = false
