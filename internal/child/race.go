//go:build race

package child

// raceEnabled: the race detector maps terabytes of address space, a limit on it would end the child at once.
const raceEnabled = true
