package xta

import (
	"encoding/xml"
	"fmt"

	"damtshilfe/internal/amtshilfe"
)

// Fault is what the other side answered instead of doing it: an XTA exception, a WS-Addressing or SOAP fault, or an HTTP
// status without an envelope.
type Fault struct {
	Code int    // XTA Fehlernummer 9000..9101; 0 if there is no XTA detail
	Name string // local name of the exception element, "" if Code is 0
	Text string // name of the code, else the SOAP reason; written by the other side, so never for logs
	HTTP int    // HTTP status

	Value   string   // local name of s:Code/s:Value: Sender, Receiver, MustUnderstand, VersionMismatch; "" = no envelope
	Subcode []string // local names of the subcodes (WS-Addressing), outermost first
	Header  string   // local name of the header a WS-Addressing fault complains about

	reason string   // s:Reason that our server writes, "" = Text
	missed xml.Name // header that was not understood
}

// Error names codes only: texts of the other side may carry anything.
func (f *Fault) Error() string {
	switch {
	case f.Code != 0:
		return fmt.Sprintf("xta fault %d %s", f.Code, f.Name)
	case len(f.Subcode) > 0:
		return fmt.Sprintf("soap fault %s %s", f.Value, f.Subcode[len(f.Subcode)-1])
	case f.Value != "":
		return "soap fault " + f.Value
	}
	return fmt.Sprintf("http status %d", f.HTTP)
}

// Used says that the MessageID was used before (9024): no proof that our message arrived, ask for the report.
func (f *Fault) Used() bool { return f.Code == 9024 }

// Unknown says that the MessageID means nothing to the server for this account (9070).
func (f *Fault) Unknown() bool { return f.Code == 9070 }

// Temporary says that the same call may succeed later: 9030 to 9032, and an HTTP error of the server without a SOAP fault
// of the sender.
func (f *Fault) Temporary() bool {
	switch {
	case f.Code != 0:
		return f.Code >= 9030 && f.Code <= 9032
	case f.Value == "":
		return f.HTTP >= 500 || f.HTTP == 408 || f.HTTP == 429
	}
	return f.Value == "Receiver" && len(f.Subcode) == 0
}

// Refused says that the order was certainly not accepted. 9024 and everything temporary leave that open.
func (f *Fault) Refused() bool { return !f.Temporary() && !f.Used() && f.Code != 9000 }

// Verdict is what a Runner does about the fault where nothing else decides: wait, or show it to a person.
func (f *Fault) Verdict() amtshilfe.Verdict {
	if f.Temporary() {
		return amtshilfe.Retry
	}
	return amtshilfe.Hold
}

// SendError is a sendMessage without the empty answer.
type SendError struct {
	// Written says that at least one byte of the body may have left. If not, the message is known not to be sent. If so,
	// the outcome is unknown unless Err is a *Fault with Refused.
	Written bool
	Err     error
}

// Error says what is known about the attempt.
func (e *SendError) Error() string {
	if e.Written {
		return fmt.Sprintf("send message: %v", e.Err)
	}
	return fmt.Sprintf("send message: nothing sent: %v", e.Err)
}

// Unwrap gives the cause.
func (e *SendError) Unwrap() error { return e.Err }
