//go:build race

package attachment

// raceEnabled says that this is a test with the race detector, whose shadow memory no limit would hold.
const raceEnabled = true
