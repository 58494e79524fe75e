//go:build !race

package child

// raceEnabled: see race.go.
const raceEnabled = false
