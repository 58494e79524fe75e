package printstreet

import (
	"context"
	"fmt"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/attachment"
)

// Letter is one message on its way to paper, with everything that the message itself does not know.
type Letter struct {
	Sendung     amtshilfe.SendungID   // identity of the letter in its bundle; zero in a preview
	Message     *amtshilfe.Message    // 003 to 012 or 015
	Behoerde    amtshilfe.Behoerde    // addressee: name and 1 to 5 Anschriftzeilen, the last one with the postcode
	Absender    amtshilfe.Akteur      // whose letterhead it is; zero = the message's own sender
	Ruecksende  string                // return line in the window; "" = made from Absender
	Datum       time.Time             // date of the letter
	Betriebsart amtshilfe.Betriebsart // must be that of the job; anything but produktion is overprinted
	Delivery    amtshilfe.DeliveryID  // for the index; zero = none
	Ersetzt     string                // MessageID of the electronic message that this letter replaces, usually ""
	ErsetztVom  time.Time             // when that was made
	Stationery  *Stationery           // what the Mandant wants on its letters; nil = nothing
	Land        string                // of the addressee: BW, BY, ... TH; "" = not known
	Nachdruck   amtshilfe.SendungID   // the earlier letter that this one is printed in place of; zero = it was never printed
	Reference   *Reference            // the 003 that any other message refers to; required by Render for these, nil for a 003

	documents []attachment.Document // pages of its attachments, cut by the job
}

// stationery is never nil.
func (l *Letter) stationery() *Stationery {
	if l.Stationery != nil {
		return l.Stationery
	}
	return &Stationery{}
}

// Job is what one bundle is made from.
type Job struct {
	Bundle      amtshilfe.BundleID
	Profile     Profile
	Betriebsart amtshilfe.Betriebsart // must be that of the profile and of every letter
	Mandant     string                // account whose letters these are; goes to index and ticket
	Nachdruck   amtshilfe.BundleID    // a person had this bundle printed again, "" = none; goes to the ticket
	Created     time.Time             // the only time in the files: PDF dates and ticket
	Letters     []Letter              // in Sendung order; the order of printing is decided here
	// Cut reads the pages of an attachment (attachment.Reader); the same PDF must give the same Document. nil = none can be printed.
	Cut func(ctx context.Context, pdf []byte) (attachment.Document, attachment.Report, error)
}

// File is one file of a bundle.
type File struct {
	Name string // no slash
	Data []byte
}

// Bundle is what Render gives: files in writing order (the marker last) and the entries of the index in printing order.
type Bundle struct {
	Files   []File
	Entries []Entry
	Pages   int // pages of the PDFs, blank backs included
	Sheets  int // sheets of paper, attachments included
}

// Entry is one Sendung of the index: what goes into one envelope. By profile that is one letter, or all letters of a bundle for one
// authority behind a list of them.
type Entry struct {
	Sendung      amtshilfe.SendungID
	Position     int        // place in the bundle, from 1
	File         string     // PDF that its letters stand in
	FirstPage    int        // in that PDF, from 1; odd if the profile prints on both sides
	LastPage     int        // of the last letter's last sheet: in duplex a blank back counts
	Pages        int        // printed pages, the list's and the letters'
	Sheets       int        // of paper, attachments included
	PLZ          string     // postcode of the addressee, "" for a foreign address
	Kennung      string     // kennung of the addressee
	Umschlag     Umschlag   // envelope
	Grams        int        // with envelope
	Class        string     // standard, kompakt, gross, maxi; "" = heavier than all
	Kostenstelle string     // of the Mandant
	SHA256       string     // hex, over the SHA-256 sums (32 bytes each) of the pages' uncompressed content streams
	CoverPages   int        // printed pages of the list in front of several letters, 0 = none
	Letters      []Enclosed // at least one, in their order
}

// Enclosed is one letter in an envelope.
type Enclosed struct {
	Letter     amtshilfe.SendungID // number of the letter in the bundle; that of the first one is the Sendung's
	Delivery   amtshilfe.DeliveryID
	FirstPage  int    // in the Sendung's PDF
	LastPage   int    // a blank back counts
	Pages      int    // printed
	Sheets     int    // without attachments
	FirstSheet int    // in the envelope, from 1
	SHA256     string // as the Sendung's, over the pages of this letter
	Nachdruck  string // Sendung of the earlier letter that this one is printed in place of, "" = none
	Anlagen    []Anlage
}

// Anlage is one attachment, behind its letter.
type Anlage struct {
	File       string // PDF of its sheets
	Pages      int    // of the attachment, each on the front of a sheet
	Sheets     int
	FirstSheet int // in the envelope, from 1
}

// Umschlag is a kind of envelope.
type Umschlag string

// The two envelopes: folded twice, or flat.
const (
	UmschlagDL Umschlag = "DL"
	UmschlagC4 Umschlag = "C4"
)

// LetterError says which letter cannot be printed, and why. The caller takes it out, holds its delivery and renders again.
type LetterError struct {
	Index   int                 // in Job.Letters
	Sendung amtshilfe.SendungID // of that letter
	Fault   amtshilfe.Fault     // Hold, code DRUCK-...; the text carries no personal data
}

// Error names the letter by its id and the code, never a person.
func (e *LetterError) Error() string {
	return fmt.Sprintf("set letter %d (%s): %v", e.Index, e.Sendung, &e.Fault)
}

// Unwrap gives the Fault, so that amtshilfe.VerdictOf works.
func (e *LetterError) Unwrap() error { return &e.Fault }
