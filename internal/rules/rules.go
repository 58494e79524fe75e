// Package rules knows what can be wrong with one message beyond its schema: the business rules and Hindernisse
// (obstacles) of profil.md 2 and 3, as far as they concern that message alone.
//
// It is pure: no disk, no clock, no network; Context brings what lies outside the message. The rules are data: Codes lists
// every code with its severity and meaning, checks.go the functions in the order in which a clerk reads a message. What
// needs the ledger (duplicates, cases) or the directory (who is competent) is decided by the pipeline; Own is worded here.
package rules

import (
	"time"

	"damtshilfe/internal/amtshilfe"
)

// Context is what a message is judged against.
type Context struct {
	Kennungen   []string              // of the account that sent it; "*" = any
	Betriebsart amtshilfe.Betriebsart // of the account
	Now         time.Time             // its location decides which day it is
	IBANs       []string              // accounts that the Mandant listed; empty = any IBAN
}

// Check gives everything that is wrong with m, in the order of the document's parts; nil = nothing. Findings carry Path in the
// form of xmlgate.Path and no position. Texts name no person and quote nothing from the message.
func Check(m *amtshilfe.Message, c Context) []amtshilfe.Finding { return nil }

// RoutingAddresses gives the addresses that decide who is competent: one per distinct address of the debtors who route.
// findings says why an address is missing or unusable (Hindernisse, held for the Mandant); Check reports the same.
func RoutingAddresses(e *amtshilfe.Ersuchen, now time.Time) (addrs []amtshilfe.Postanschrift, findings []amtshilfe.Finding) {
	return nil, nil
}

// Own is the finding of a request whose competent authority is its own sender (HINDERNIS-EIGENE). Only the pipeline can
// know this, after the directory has answered.
func Own() amtshilfe.Finding { return amtshilfe.Finding{Code: "HINDERNIS-EIGENE"} }

// TooOld is HINDERNIS-ALTER: a request older than 21 days at the moment it would be sent. Check asks at intake, the pipeline
// again before it sends or prints.
func TooOld(ersuchenVom, now time.Time) (amtshilfe.Finding, bool) { return amtshilfe.Finding{}, false }

// Code documents one finding code for docs/findings.md.
type Code struct {
	Code     string
	Severity amtshilfe.Severity
	Hold     bool            // the message waits instead of being refused
	Owner    amtshilfe.Owner // who decides, for Hold
	Text     string          // the sentence in the receipt, German
	When     string          // when it is reported, English
	Do       string          // what to do, English
}
