// Package printstreet (Druckstraße) turns messages into letters on paper: one DIN 5008 letter per message, and the files of a
// print bundle with index and job ticket.
//
// It is pure and deterministic: no disk, no clock, no randomness. The same Job gives the same bytes, so that staging a bundle
// again after a crash cannot produce another letter. Who writes the files, in which directory and when the centre may see them
// is the spool's business (design 4, "Print bundle"); this package only says names, bytes and their order.
//
// A letter is first set (text checked against the fonts, lines broken, pages counted) into plain lists of marks on pages, without
// gofpdf; then all letters of a bundle are drawn into ONE gofpdf document, whose output Finish makes a PDF/A-1b file.
// Everything that differs between print centres is data in a Profile.
//
// Files of a bundle, in writing order:
//
//	<bundle>_S0001.pdf ...  envelopes (a letter, or several behind a cover list) in order of the addressees' postcodes, PDF/A-1b; by
//	                        profile split by kind of envelope and size, or one <Sendung>.pdf for each
//	<Sendung>_A01.pdf ...   the sheets of attachments, one file each; no PDF/A
//	<bundle>_index.xml .csv one entry per envelope: pages, sheets, postcode, envelope, hash (xsd/index.xsd)
//	<bundle>_auftrag.xml    job ticket (xsd/auftrag.xsd)
//	<bundle>_sha256sum      all files above, for `sha256sum -c`
//	<bundle>_FERTIG         empty; nothing before it is complete
//
// Index and ticket carry no personal data of debtors: they name letters by Sendung and authorities by kennung.
package printstreet
