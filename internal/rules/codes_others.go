package rules

import "damtshilfe/internal/amtshilfe"

const (
	betrieb  = amtshilfe.OwnerBetrieb
	register = amtshilfe.OwnerRegisterpflege
)

// others are the codes of the other packages: gate, schema, drop, cases, directory, transport, print.
var others = []Code{
	{"XML-LEER", fehler, "", "", "the file holds nothing but white space", "Send a message."},
	{"XML-ZU-GROSS", fehler, "", "", "a message of a container is larger than intake.max_message", "Make attachments smaller, or split the request."},
	{"XML-ENCODING", fehler, "", "", "another encoding than UTF-8 is declared, or a byte is no UTF-8 (Latin-1, a lone surrogate)", "Write UTF-8 and declare it, or nothing."},
	{"XML-DOCTYPE", fehler, "", "", "a document type, or one of its declarations", "Leave it out."},
	{"XML-PI", fehler, "", "", "a processing instruction, or an XML declaration that is not at the very start", "Leave it out."},
	{"XML-SYNTAX", fehler, "", "", "not well-formed in any other way", "Have the file written anew; it was edited by hand or cut."},
	{"XML-ENTITAET", fehler, "", "", "a reference other than the five of XML and character numbers", "Write the character itself."},
	{"XML-ZEICHEN", fehler, "", "", "a character that XML 1.0 does not allow, written or as number", "Leave it out."},
	{"XML-TIEFE", fehler, "", "", "more than 64 elements in one another", "Check the program that wrote it."},
	{"XML-ATTRIBUTE", fehler, "", "", "more than 24 attributes in an element, or too many namespace declarations", "Declare namespaces once, at the root."},
	{"XML-NAMENSRAUM", fehler, "", "", "a prefix that is not declared, is reserved, or misspelt", "Declare the prefix."},
	{"XML-DOPPELT", fehler, "", "", "an attribute or namespace declaration twice in one element", "Leave one out."},
	{"XML-WURZEL", fehler, "", "", "not exactly one root element, or text around it", "Send each message for itself, or a container."},
	{"XML-UNVOLLSTAENDIG", fehler, "", "", "the document ends before its root does", "Send it again; the transfer was cut."},
	{"XML-FEHLER", fehler, "", "", "the document could not be read for a reason without a code of its own", "Tell the operator."},

	{"XSD-WURZEL", fehler, "", "", "the root is none of the schema's messages", "Check name and namespace."},
	{"XSD-FEHLT", fehler, "", "", "an element is missing; the text names which", "Add it."},
	{"XSD-UNERWARTET", fehler, "", "", "an element is not expected here; the text names what is", "Put it in its place, or leave it out. What follows it in the same element is not judged."},
	{"XSD-INHALT", fehler, "", "", "text or children where none may be", "Leave it out."},
	{"XSD-WERT", fehler, "", "", "a value is too long, too short, or not in the allowed form or list", "Correct the value."},
	{"XSD-TYP", fehler, "", "", "a value is no date, number, boolean or whatever its type asks for", "Correct the value."},
	{"XSD-ATTRIBUT", fehler, "", "", "an attribute that the element does not have", "Leave it out."},
	{"XSD-ATTRIBUT-FEHLT", fehler, "", "", "a required attribute is missing", "Add it."},
	{"XSD-SCHLUESSEL", fehler, "", "", "a key twice, or a reference to a key that is not there (forderung/@titel)", "Correct the reference."},
	{"XSD-XSI", fehler, "", "", "xsi:type or xsi:nil where it is not allowed", "Leave it out."},
	{"XSD-FEHLER", fehler, "", "", "a fault of the schema without a code of its own", "Check the element."},
	{"XSD-WEITERE", fehler, "", "", "more than 20 faults of the schema; it says how many are left out", "Mend what is named and send the message again."},

	{"LIEF-FORMAT", fehler, "", "", "the file is neither XML nor ZIP, or a receipt or a container where a message belongs", "Drop messages, ZIPs or containers."},
	{"LIEF-LEER", fehler, "", "", "a file, entry, ZIP or container without a message", "Drop it again with its content."},
	{"LIEF-ZU-GROSS", fehler, "", "", "the file is larger than intake.max_drop, or a message larger than intake.max_message", "Spread it over several drops."},
	{"LIEF-KOPF", fehler, "", "", "the lieferkopf is missing, incomplete, given twice, or has messages beside it in a lieferung.xml", "Correct the head."},
	{"LIEF-KEINE-DATEI", fehler, "", "", "a folder, link, pipe or device in an in folder", "Put files there."},
	{"LIEF-NACHRICHTENART", fehler, "", "", "a message that participants do not send: 001, 002, 013, 014", "Leave it to the gateways."},
	{"LIEF-GANZ", fehler, "", "", "the account is all_or_nothing and another message of the drop was refused", "Correct the other message, drop all again."},
	{"LIEF-LUECKE", warnung, "", "", "numbers are missing before this uebertragungsID", "Check whether a drop was lost."},
	{"LIEF-UEBERTRAGUNGSID", fehler, mandant, "", "the same uebertragungsID came with other bytes before: the drop is held whole", "Drop it again with a new number."},
	{"LIEF-ERSTE", fehler, mandant, "", "the first drop of an account with requests or changes (participants: confirm_first); the drop is checked and waits whole",
		"Look at receipt 1, then release the drop (gateway release DROP, or an entscheidung) or reject it."},
	{"LIEF-MENGE", fehler, mandant, "", "more than five times as many messages, or EUR, as the account usually drops (median of its last ten drops; participants: confirm_unusual)",
		"Release the drop if it is meant, else reject it."},
	{"LIEF-GRENZE", fehler, mandant, "", "the drop is above the limits of the account (participants: limits)", "Release the drop if it is meant, else reject it."},

	{"ZIP-KAPUTT", fehler, "", "", "the ZIP, or an entry, is damaged, cut, overlapping or on several disks", "Pack it again."},
	{"ZIP-PRUEFSUMME", fehler, "", "", "an entry does not have its CRC-32", "Pack it again."},
	{"ZIP-BOMBE", fehler, "", "", "an entry inflates to more than intake.zip.max_ratio, or than it says", "Pack it again; if it was no mistake, find out who wrote it."},
	{"ZIP-PFAD", fehler, "", "", "an entry's name is absolute, leads out with .., is empty or too long", "Pack it again without such names."},
	{"ZIP-VERFAHREN", fehler, "", "", "an entry is packed with something else than Deflate or Store", "Pack it with Deflate."},
	{"ZIP-VERSCHACHTELT", fehler, "", "", "an entry is an archive itself", "Pack the messages themselves."},
	{"ZIP-VERSCHLUESSELT", fehler, "", "", "an entry is encrypted", "Pack it without a password; the transport is protected."},
	{"ZIP-ZU-VIELE", fehler, "", "", "more entries than intake.zip.max_entries", "Spread them over several drops."},

	{"PACK-FEHLT", fehler, betrieb, "", "no installed pack knows root and namespace", "The operator installs the pack, or rejects the message."},

	{"REGEL-PERSONEN", fehler, "", "", "one schuldner names several persons", "Name each person in a schuldner of its own."},
	{"REGEL-DOKUMENT", fehler, betrieb, "", "the stored document of a message is damaged or gone", "The operator finds the original."},

	{"BEZUG-UNBEKANNT", fehler, "", "", "the case that a message refers to is not known (held for the operator where the message came by XTA)", "Check the UUID in bezug."},
	{"BEZUG-ERLEDIGT", fehler, "", "", "the case has ended before anything was sent", "Nothing is left to say."},
	{"BEZUG-FREMD", fehler, "", "", "the sender is not the one who may say this in the case (held for the operator where the message came by XTA)", "Only the requester changes or ends a request, only the holder answers."},
	{"BEZUG-VORLAEUFER", fehler, mandant, "", "a 007 came before its 003", "Release the request, or reject it."},
	{"BEZUG-NUR-EINSTELLUNG", warnung, "", "", "the sender took a drop or a message back that had left already, or may have", "Send an Einstellung (008) for it."},

	{"ZUST-NIEMAND", fehler, register, "", "the directory knows nobody for this Einnahmeart and address", "The directory is completed, or the sender names an authority."},
	{"ZUST-MEHRDEUTIG", fehler, register, "", "the directory knows several authorities", "Complete the address, or name an authority."},
	{"ZUST-VERSCHIEDENE-BEHOERDEN", fehler, mandant, "", "debtors live in districts of different authorities", "One request per authority."},
	{"ZUST-KEIN-KANAL", fehler, betrieb, "", "the authority has neither XTA nor post, or no sink of this Betriebsart", "The operator finds the way."},
	{"ZUST-KEINE-ANTWORT", fehler, betrieb, "", "no authority server answered for a fortnight", "The operator finds the fault, then releases."},
	{"ZUST-UNBEKANNT", fehler, register, "", "the wanted authority (wunschempfaenger) is not in the directory", "Check the kennung."},
	{"ZUST-ANFRAGE", fehler, "", "", "answer of the authority server: the question cannot be read", "Correct the client."},
	{"ZUST-BETRIEBSART", fehler, "", "", "answer of the authority server: Betriebsart unknown, or not for this certificate", "Correct the client."},
	{"ZUST-ZERTIFIKAT", fehler, "", "", "answer of the authority server: no certificate, or one that is not admitted", "Have the certificate admitted."},
	{"ZUST-SERVER", fehler, "", "", "answer of the authority server: it could not answer", "It is asked again."},
	{"ZUST-REGISTER", fehler, betrieb, "", "no authority server can be reached and the cache is too old", "It is asked again; the operator looks after the server."},

	{"XTA-NICHT-VERFUEGBAR", fehler, betrieb, "", "the reader's data centre offers no such service for the reader", "The operator finds the way."},
	{"XTA-ABGELEHNT", fehler, betrieb, "", "the reader's data centre refused the message", "The operator finds the cause."},
	{"XTA-UNKLAR", fehler, betrieb, "", "it is not certain whether a message was handed over", "The operator asks the other side before anything is sent again."},
	{"XTA-UNERREICHBAR", fehler, betrieb, "", "the reader's data centre cannot be reached for long; nothing was handed over", "The operator finds the way."},
	{"XTA-BERICHT", fehler, betrieb, "", "no report can be had for long", "The operator asks the other side."},
	{"XTA-FRIST", fehler, mandant, "", "the authority has not fetched the message in time", "Ask the authority."},
	{"XTA-FEHLSCHLAG", fehler, "", "", "the report says that the transport failed", "Find the cause with the operator, send a new message."},
	{"XTA-HINWEIS", warnung, "", "", "the report carries a warning", "The operator can read it."},
	{"XTA-RUECKWEISUNG", fehler, "", "", "the receiving gateway sent the message back (014)", "The 014 in out/ says why."},

	{"DRUCK-INHALT", fehler, betrieb, "", "a letter cannot be made from what the message says", "Correct the message, or tell the operator."},
	{"DRUCK-ABSENDER", fehler, mandant, "", "name or address of the sender does not fit the letter", "Shorten it."},
	{"DRUCK-ANSCHRIFT", fehler, register, "", "the authority's address lines do not fit the window", "The directory is corrected."},
	{"DRUCK-ANHANG", fehler, mandant, "", "an attachment cannot be printed", "Attach it again."},
	{"DRUCK-ZEICHEN", fehler, mandant, "", "a character that the print font does not have, or an endless word", "Replace the character."},
	{"DRUCK-UMFANG", fehler, betrieb, "", "the letter has more pages than the profile allows", "The operator finds another way."},
	{"DRUCK-BETRIEBSART", fehler, betrieb, "", "a letter of another Betriebsart than its profile", "The operator finds the fault."},
	{"DRUCK-BEZUG", fehler, betrieb, "", "a letter without the data of its case", "The operator finds the fault."},
	{"DRUCK-FEHLER", fehler, betrieb, "", "the letter could not be made", "The operator finds the fault."},
	{"DRUCK-UNKLAR", fehler, betrieb, "", "it is not certain whether a bundle was published", "bundle confirm, or bundle republish, after asking the print centre."},

	{"ABSTURZ", fehler, betrieb, "", "the validator crashed twice at a message, or took too long", "The operator looks at the message."},
	{"ABSTURZ-LIEFERUNG", fehler, betrieb, "", "a drop could not be opened five times", "The operator finds the cause."},
}
