// Package xmlgate reads XML from outside: one byte scanner that is the gate, knows positions, and hands out the fields of a
// message in the same pass.
//
// # Why one scanner
//
// encoding/xml accepts duplicate attributes, undeclared prefixes and whatever follows the root; libxml2 expands DTDs; a tree
// needs ten times the time. Two parsers that read the same bytes differently are a hole: what the gate allowed may not be what
// the reader sees. So the bytes are read once, by code that knows nothing but XML 1.0 (fifth edition) with Namespaces 1.0, and
// everything else is driven by it:
//
//   - Scanner.Scan refuses what is not well-formed, and on top of that what nobody needs and attackers like: document types,
//     processing instructions, encodings other than UTF-8, versions other than 1.0, too much of anything (Limits).
//   - A Map (CompileMap) is a trie over expanded names. While the scanner walks, the trie walks with it and a Sink receives
//     groups and values. Raw names are resolved once per scope: a cache of 256 names holds the symbol of each and is emptied by
//     every namespace declaration that begins or ends.
//   - Splitter runs the same scanner child by child over a container of any size and copies each child out as a document.
//   - Position, Path, Find and Sniff run it again for a finding; they are the slow path and may cost a pass each.
//
// Offsets are bytes from the start of the document, a byte order mark included. Lines end with a line feed, columns count
// characters, both from 1; a byte order mark has no column. This is how libxml2 counts.
//
// # What is left to others
//
// Whether a well-formed message is a valid one is said by the schema (libxml2, package schema) and the rules. The scanner does
// not judge namespace names (relative ones are in use), does not trim values, and resolves nothing outside the document.
//
// # Errors
//
// What is wrong with a document is an *Error with one of the codes below and one German sentence for its sender. The sentences
// are fixed texts: even a name may be a piece of somebody's data that lost its escaping, so nothing of the document is quoted.
package xmlgate
