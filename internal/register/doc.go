// Package register owns the authority server: the directory that knows which Behoerde is competent for which address, the HTTPS
// service that answers questions about it (messages 001 and 002), and the client that a gateway asks with.
//
// The directory is one YAML file (see File); it is checked as a whole when it is read and never changes afterwards: a changed
// directory is a new Directory. Entries of one Betriebsart are invisible to questions of another.
//
// A Server tells askers, maintainers and secondaries apart by their client certificates. Where its directory comes from a Store
// (internal/register/store) it hands signed versions to secondaries (Follower) and takes changes. A Client asks servers in order, keeps
// answers in memory and in cache.db of a directory (Disk), and says how old each one is.
//
// Reading order: file.go, directory.go, lookup.go (who is competent); server.go, admit.go, answer.go, change.go, stand.go, follow.go (the
// service); client.go, flight.go, fetch.go, cache.go, disk.go, state.go (the client).
//
// The package does not decide what follows from an answer: that nobody, or more than one, is competent is a fact about the
// data; only an authority server that cannot be reached is an error, and its verdict is Retry.
package register
