// Package runs owns the cron runs: which wall-clock slot of a job is due when, that each slot runs once, and that a missed one
// is made up for.
//
// A slot is a minute on the wall clock of the configured zone ("2026-11-21T17:00"), not an instant: the run table books one run
// per job and slot, so that neither a restart nor the repeated hour in October runs a job twice. A slot in the hour that
// March leaves out runs once right after it. Of several slots that are due at once only the latest runs: the jobs take all
// work that waits, so the others would find nothing.
//
// robfig/cron only reads the expressions; its scheduler skips and doubles runs at both change-overs.
package runs
