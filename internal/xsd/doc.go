// Package xsd compiles the XML Schema files of a pack into tables, and judges messages with them while the gate scans their
// bytes (xmlgate.Judge). It says yes or says nothing: what it does not accept is explained, or accepted after all, by libxml2
// (package schema).
//
// # What must hold
//
// What a Judge accepts, libxml2 accepts. Two rules keep that true where the specification is wide and libxml2 has its own ideas:
//
//   - Compile refuses a schema with a construct that it does not know exactly, attributes of schema elements included; it names
//     construct, file and line. Such a pack is judged by libxml2 alone.
//   - Everything else is narrower than the specification, never wider: no wildcard matches, no xsi:type or xsi:nil, no names
//     beyond ASCII in names that are values, no number of more than 18 digits, no value equal to a fixed one but written
//     otherwise. Such messages are rare, and libxml2 looks at them.
//
// The differential tests of package schema hold both against libxml2.
//
// # How it works
//
// load reads the files (through the gate as well) into trees; compiler makes declarations and types of them; each content model
// becomes an automaton over numbered element names (model), each pattern one over characters (pattern). Judging a document
// takes no memory from the second one on.
package xsd
