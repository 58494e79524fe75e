// Package mapping translates between bytes and the domain: what arrives becomes amtshilfe.Message, what we say becomes XML.
//
// It owns the schema packs (packs/<name>: XSD files and pack.yaml with the field maps), the reading of a drop (a single message, a
// ZIP, a container v:lieferung), the receipts and the messages 013 and 014 that the gateway itself writes. It is pure: no disk, no clock, no SQL. Two
// calls with the same input give the same bytes.
//
// It leaves XSD validation to internal/schema, business rules to internal/rules, and 001/002 as wire of the authority server to
// internal/register.
package mapping
