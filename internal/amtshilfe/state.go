package amtshilfe

import (
	"fmt"
	"slices"
)

// State says how far a Delivery has come. The ledger stores the word, so renaming one is a migration.
type State string

// The states of a Delivery (design 3). The State is the program counter: resuming after a crash is running.
const (
	Valid           State = "valid"            // checked; nobody has asked yet who is competent
	Resolved        State = "resolved"         // Behoerde and Kanal are known
	Waiting         State = "waiting"          // behind its predecessor in the case
	Reserved        State = "reserved"         // MessageID and exact bytes stored; nothing left yet (a lost id is harmless)
	Sending         State = "sending"          // attempt booked before the first byte; the outcome may be unknown
	Sent            State = "sent"             // handed over; never sent again from here
	Delivered       State = "delivered"        // transport report 1
	DeliveredWarned State = "delivered_warned" // transport report 2
	Bundled         State = "bundled"          // tied to a print bundle for ever
	Spooled         State = "spooled"          // the bundle is published
	Printed         State = "printed"          // said by the print centre
	Enclosed        State = "enclosed"         // said by the print centre
	Posted          State = "posted"           // said by the print centre
	Returned        State = "returned"         // came back; counts as held
	Held            State = "held"             // a person decides; reason, owner and term stand beside it
	Rejected        State = "rejected"         // refused by us
	Refused         State = "refused"          // refused by the other side: report 3 or a 014
	Duplicate       State = "duplicate"        // the same message was accepted before
	Withdrawn       State = "withdrawn"        // by an 008 before the point of no return
	GivenUp         State = "given_up"         // not handed over, and nobody will try again
	Applied         State = "applied"          // a decision of the sender: carried out, as far as its findings do not say otherwise
)

// States lists all states in the order of a message's life; pages and sums use this order.
var States = []State{Valid, Resolved, Waiting, Reserved, Sending, Sent, Delivered, DeliveredWarned, Bundled, Spooled, Printed,
	Enclosed, Posted, Returned, Held, Rejected, Refused, Duplicate, Withdrawn, GivenUp, Applied}

// steps is the table of allowed steps; a step missing here is a bug.
var steps = map[State][]State{
	// A message that is read again after its intake may turn out to be known: Duplicate.
	Valid:    {Resolved, Waiting, Held, Rejected, Duplicate, Withdrawn, GivenUp, Applied},
	Resolved: {Waiting, Reserved, Bundled, Held, Rejected, Withdrawn, GivenUp, Valid},
	Waiting:  {Valid, Resolved, Held, Rejected, Withdrawn, GivenUp},
	Reserved: {Sending, Resolved, Held, Withdrawn, GivenUp},
	Sending:  {Sent, Reserved, Held, Refused},
	// A red report may be followed by a letter (Resolved), by nothing else that is sent.
	Sent: {Delivered, DeliveredWarned, Refused, Held, Resolved},
	// A report that is closed may still be followed by a 014 of the receiving gateway.
	Delivered:       {Refused},
	DeliveredWarned: {Refused},
	Bundled:         {Spooled, Held},
	// A letter that is out goes into another bundle (Bundled) only by a reprint, which the ledger holds against who asked for it.
	Spooled:  {Printed, Enclosed, Posted, Returned, Held, Bundled},
	Printed:  {Enclosed, Posted, Returned, Held, Bundled},
	Enclosed: {Posted, Returned, Held, Bundled},
	Posted:   {Returned, Bundled},
	Returned: {Valid, Resolved, GivenUp, Bundled},
	// A release goes back to where the question arose: Sent and Bundled are never sent or printed again by it.
	// A 014 may come while a person is asked about a report or an outcome.
	Held: {Valid, Resolved, Sending, Sent, Bundled, Rejected, Withdrawn, GivenUp, Refused},
}

// Ended says that nothing more will happen to a delivery in this state by itself. Spooled is no end of its own: it ends
// where the print profile has no acknowledgements (design 3), which the ledger knows.
func (s State) Ended() bool {
	switch s {
	case Delivered, DeliveredWarned, Posted, Rejected, Refused, Duplicate, Withdrawn, GivenUp, Applied:
		return true
	}
	return false
}

// Waits says that a person has to decide: held, or a letter that came back.
func (s State) Waits() bool { return s == Held || s == Returned }

// Step says whether a delivery may go from s to next.
func (s State) Step(next State) error {
	if !slices.Contains(steps[s], next) {
		return fmt.Errorf("no step from %s to %s", s, next)
	}
	return nil
}

// Status is the word of a receipt (profile schema, Uebermittlungsstatus).
type Status string

// The words of a receipt; never "zugestellt", which is a formal act of its own (profil.md 5).
const (
	StatusAngenommen       Status = "angenommen"
	StatusUebergeben       Status = "uebergeben"
	StatusBereitgestellt   Status = "bereitgestellt"
	StatusAbgeholt         Status = "abgeholt"
	StatusAbgeholtHinweis  Status = "abgeholt-mit-hinweis"
	StatusImDruck          Status = "im-druck"
	StatusGedruckt         Status = "gedruckt"
	StatusKuvertiert       Status = "kuvertiert"
	StatusEingeliefert     Status = "eingeliefert"
	StatusRuecklaeufer     Status = "ruecklaeufer"
	StatusInKlaerung       Status = "in-klaerung"
	StatusRueckfrage       Status = "rueckfrage"
	StatusAbgewiesen       Status = "abgewiesen"
	StatusZurueckgewiesen  Status = "zurueckgewiesen-technisch"
	StatusZurueckgezogen   Status = "zurueckgezogen"
	StatusNichtUebermittlt Status = "nicht-uebermittelt"
	StatusDuplikat         Status = "duplikat"
	StatusAusgefuehrt      Status = "ausgefuehrt" // an entscheidung or a widerruf; a word of ours
)

// Statuses lists the words in the order in which a receipt's sums name them.
var Statuses = []Status{StatusAngenommen, StatusUebergeben, StatusBereitgestellt, StatusAbgeholt, StatusAbgeholtHinweis,
	StatusImDruck, StatusGedruckt, StatusKuvertiert, StatusEingeliefert, StatusRuecklaeufer, StatusInKlaerung, StatusRueckfrage,
	StatusAbgewiesen, StatusZurueckgewiesen, StatusZurueckgezogen, StatusNichtUebermittlt, StatusDuplikat, StatusAusgefuehrt}

// Status is the word for a delivery in state s. provided says that the transport report carries Delivery (only for Sent);
// owner says who decides (only for Held).
func (s State) Status(provided bool, owner Owner) Status {
	switch s {
	case Sent:
		if provided {
			return StatusBereitgestellt
		}
		return StatusUebergeben
	case Held:
		if owner == OwnerMandant {
			return StatusRueckfrage
		}
		return StatusInKlaerung
	}
	return statusOf[s]
}

var statusOf = map[State]Status{
	Valid: StatusAngenommen, Resolved: StatusAngenommen, Waiting: StatusAngenommen, Reserved: StatusAngenommen, Sending: StatusAngenommen,
	Delivered: StatusAbgeholt, DeliveredWarned: StatusAbgeholtHinweis, Bundled: StatusImDruck, Spooled: StatusImDruck,
	Printed: StatusGedruckt, Enclosed: StatusKuvertiert, Posted: StatusEingeliefert, Returned: StatusRuecklaeufer,
	Rejected: StatusAbgewiesen, Refused: StatusZurueckgewiesen, Duplicate: StatusDuplikat, Withdrawn: StatusZurueckgezogen,
	GivenUp: StatusNichtUebermittlt, Applied: StatusAusgefuehrt,
}

// DropState says how far a Drop has come. Archive, retire and quarantine are words of the ledger, never moves of a file.
type DropState string

// The states of a Drop (design 3).
const (
	DropClaiming    DropState = "claiming"    // intent: the file is about to be moved into the store
	DropAccepted    DropState = "accepted"    // payload durable and verified; not opened yet
	DropOpen        DropState = "open"        // all its messages are visible
	DropEnded       DropState = "ended"       // nothing in flight or held any more; the last receipt is written
	DropConflict    DropState = "conflict"    // same uebertragungsID as an earlier drop with other bytes: held whole
	DropQuarantined DropState = "quarantined" // yielded no message; original and reason are kept
	DropDuplicate   DropState = "duplicate"   // same bytes as an earlier drop of the account
)

// BundleState says how far a print bundle has come.
type BundleState string

// The states of a bundle (design 3 and 4).
const (
	BundleCollected  BundleState = "collected"  // deliveries are tied to it
	BundleStaged     BundleState = "staged"     // rendered and durable in spool-staging
	BundlePublishing BundleState = "publishing" // the door: from here only the disk, never the ledger, says whether it is out
	BundlePublished  BundleState = "published"  // in the print centre's inbox, or already taken
	BundleRecalling  BundleState = "recalling"  // a person wants it back: the disk says whether the print centre was quicker
	BundleRecalled   BundleState = "recalled"
	BundleHeld       BundleState = "held" // DRUCK-UNKLAR: a person asks the centre
)

// Owner says who decides a question (profile schema, rueckfrage/zustaendig).
type Owner string

// The four owners of a question.
const (
	OwnerMandant        Owner = "mandant"
	OwnerBetrieb        Owner = "betrieb"
	OwnerDruckzentrum   Owner = "druckzentrum"
	OwnerRegisterpflege Owner = "registerpflege"
)

// Left says that a delivery in this state no longer holds back what follows it in its case: it was handed over or spooled,
// or it ended (profil.md 2).
func (s State) Left() bool {
	switch s {
	case Sent, Delivered, DeliveredWarned, Spooled, Printed, Enclosed, Posted, Returned:
		return true
	}
	return s.Ended()
}

// OnItsWay says that a delivery in this state was handed over or tied to a letter, so that a receipt names way and recipient.
func (s State) OnItsWay() bool {
	switch s {
	case Sent, Delivered, DeliveredWarned, Bundled, Spooled, Printed, Enclosed, Posted, Returned, Refused:
		return true
	}
	return false
}
