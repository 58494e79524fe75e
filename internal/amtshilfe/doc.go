// Package amtshilfe holds the words of the project: Ersuchen, Behoerde, Zustaendigkeit, Kanal, Vorgang, Drop, Delivery,
// State, Receipt, Run, Fault, Finding, Betriebsart, and money as int64 cents.
//
// It imports only the standard library, does no I/O and reads no clock. Every other package speaks in these types; the wire
// formats (XML, SQL, SOAP) stay in the packages that own them. German terms are those of the standard
// (docs: README, glossary of the house style); states, ids and verdicts are English.
package amtshilfe
