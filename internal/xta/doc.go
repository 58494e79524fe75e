// Package xta speaks XTA 2 web service 2.1.1 over mutual TLS: the client that sends to the reader's data centre and polls
// the own mailboxes, and the server with its durable mailbox (docs: standards/xta.md; the clauses are cited as
// "XTA 2.1.1 <operation>").
//
// # Wire
//
// SOAP 1.2 with WS-Addressing and MTOM. The client always sends multipart/related; the server accepts that and plain
// application/soap+xml and answers in the form it was asked. Operations are told apart by their action, never by the body
// element. Envelopes are written by a writer with fixed prefixes and read by a strict, bounded, namespace-aware reader.
//
// # Disk
//
//	<dir>/mailbox.db            one row per issued MessageID: issued -> stored -> closed, metadata, place of the content
//	<dir>/<number>.seg          contents; a row names segment, offset, length and SHA-256
//	<dir>/<uuid>.tray           a large content that is coming in
//
// Contents stream in both directions: over 256 KB they are never in memory as a whole. Small ones are appended to a common segment,
// a large one comes in as a file that becomes its segment, or is removed.
//
// Content is fsynced before the row that names it is committed, and both before sendMessage is answered. What lies in a
// segment without a row was never acknowledged.
//
// # What it leaves to others
//
// Which message goes where, when an attempt is repeated and what a fault means for a delivery is the pipeline's business;
// whose certificates act for whom comes in as Accounts, which mailboxes exist as Readers.
package xta
