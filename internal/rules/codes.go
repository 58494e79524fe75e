package rules

import (
	"slices"

	"damtshilfe/internal/amtshilfe"
)

// The codes that this package reports. They are stable: senders' programs match them.
const (
	codeAbsender       = "ABS-FREMD"
	codeTest           = "TEST-KENNZEICHEN"
	codeIBAN           = "REGEL-IBAN"
	codeIBANUnbekannt  = "REGEL-IBAN-UNBEKANNT"
	codeWaehrung       = "REGEL-WAEHRUNG"
	codeBetrag         = "REGEL-BETRAG"
	codeKleinbetrag    = "REGEL-KLEINBETRAG"
	codeTitelUnbekannt = "REGEL-TITEL-UNBEKANNT"
	codeTitelLeer      = "REGEL-TITEL-OHNE-FORDERUNG"
	codePLZ            = "REGEL-PLZ"
	codeOrt            = "REGEL-ORT"
	codeDatum          = "REGEL-DATUM"
	codeMassnahme      = "REGEL-MASSNAHME"
	codeVerjaehrung    = "REGEL-VERJAEHRUNG"
	codePLZOrt         = "REGEL-PLZ-ORT"
	codeRest           = "REGEL-RESTFORDERUNG"
	codeWeitere        = "REGEL-WEITERE"
	codeDuplicate      = "DUP-UUID"
	codeAnzahl         = "LIEF-ANZAHL"
	codeSteuerzeichen  = "ZEICHEN-STEUERZEICHEN"
	codeNFC            = "ZEICHEN-NFC"
	codeName           = "ZEICHEN-NAME"
	codeFirma          = "ZEICHEN-FIRMA"
	codeAnschrift      = "ZEICHEN-ANSCHRIFT"
	codeText           = "ZEICHEN-TEXT"
	codeBase64         = "ANHANG-BASE64"
	codePDF            = "ANHANG-PDF"
	codeHash           = "ANHANG-HASH"
	codeAktiv          = "ANHANG-AKTIV"
	codeVerschluesselt = "ANHANG-VERSCHLUESSELT"
	codeSeiten         = "ANHANG-SEITEN"
	codeVirus          = "ANHANG-VIRUS"
	codeUngeprueft     = "ANHANG-UNGEPRUEFT"
	codeDefekt         = "ANHANG-DEFEKT"
	codeVerstorben     = "HINDERNIS-VERSTORBEN"
	codeInsolvenz      = "HINDERNIS-INSOLVENZ"
	codeEigene         = "HINDERNIS-EIGENE"
	codeAusland        = "HINDERNIS-AUSLAND"
	codeAnschriftFehlt = "HINDERNIS-ANSCHRIFT-FEHLT"
	codePostfach       = "HINDERNIS-ANSCHRIFT-POSTFACH"
	codeAlter          = "HINDERNIS-ALTER"
)

// Code documents one finding code; docs/findings.md is made from it.
type Code struct {
	Code     string
	Severity amtshilfe.Severity
	Owner    amtshilfe.Owner // who decides; "" = nobody: a fehler refuses the message, a warnung is only said
	Text     string          // the sentence in the receipt, German; %s = a detail without personal data; "" = it is written where it is found
	When     string          // when it is reported
	Do       string          // what the sender or the operator does about it
}

// Hold says that the message waits for a decision instead of being refused.
func (c Code) Hold() bool { return c.Owner != "" }

const (
	fehler  = amtshilfe.SeverityFehler
	warnung = amtshilfe.SeverityWarnung
	mandant = amtshilfe.OwnerMandant
)

// Codes lists every code that a finding or a question may carry, those of this package first. The texts of the others are written
// where they are found; a test holds the table against the code of the whole program.
var Codes = slices.Concat(own, others)

// own are the codes of this package in the order of the areas.
var own = []Code{
	{codeAbsender, fehler, "", "Die Kennung des Absenders gehört nicht zu diesem Konto; bitte über das Konto des Absenders einliefern.",
		"absender/identifikator/kennung is none of the account's kennungen", "Drop the file into the right account, or have the kennung added to the account. Written to the audit."},
	{codeTest, fehler, "", "Das Konto ist nicht für den Echtbetrieb zugelassen; die Nachricht muss mit test=\"true\" gekennzeichnet sein.",
		"a message without test=\"true\" from a test or schulung account", "Set the attribute, or use the production account."},

	{codeIBAN, fehler, "", "Die IBAN der Bankverbindung ist falsch (Prüfziffer oder Länge); bitte berichtigen.",
		"the IBAN fails ISO 7064 mod 97, or has not the length of its country", "Correct the IBAN."},
	{codeIBANUnbekannt, fehler, mandant, "Die IBAN gehört nicht zu den hinterlegten Konten des Mandanten; bitte bestätigen oder berichtigen.",
		"the participant listed its accounts and this IBAN is not among them", "Release it, or reject and correct the IBAN. A wrong account is how payments are diverted."},
	{codeWaehrung, fehler, "", "Forderungen sind nur in Euro zulässig; bitte Betrag und Währung in Euro angeben.",
		"the currency of a claim, booking or payment is not EUR", "Convert the claim."},
	{codeBetrag, fehler, "", "Ein Betrag ist negativ; bitte nur angeben, was noch zu zahlen ist oder gezahlt wurde.",
		"brutto, a restforderung or a sum of a 012 is less than zero", "Send a reduced claim instead of a negative one."},
	{codeKleinbetrag, warnung, "", "Die Summe der Forderungen liegt unter 36 Euro, manche Länder nehmen so kleine Ersuchen nicht an; bitte prüfen, ob das Ersuchen sich lohnt.",
		"the claims add up to less than 36 EUR", "Nothing, or collect claims into one request."},
	{codeTitelUnbekannt, fehler, "", "Eine Forderung nennt einen Titel, der in der Nachricht nicht vorkommt; bitte den Verweis berichtigen.",
		"forderung/@titel names no titel/@id", "Correct the reference."},
	{codeTitelLeer, fehler, "", "Ein Titel ist genannt, aber keine Forderung beruht auf ihm; bitte zuordnen oder weglassen.",
		"no forderung refers to a titel", "Leave the titel out, or name it in its claim."},
	{codePLZ, fehler, "", "Die Postleitzahl einer Anschrift in Deutschland fehlt oder besteht nicht aus fünf Ziffern; bitte berichtigen.",
		"a German address of a listed person has no postcode of five digits", "Correct the postcode."},
	{codeOrt, fehler, "", "Der Ort einer Anschrift fehlt; bitte ergänzen.",
		"a German address of a listed person has no place", "Add the place."},
	{codeDatum, fehler, "", "Ein Datum kann nicht stimmen: %s; bitte berichtigen.",
		"dates are not in the order titel, Bekanntgabe, reminder, request, lie in the future (tomorrow is tolerated) or before 1900; death before birth, or an address that ends before it begins", "Correct the date."},
	{codeMassnahme, warnung, "", "Eine gewünschte Maßnahme steht nicht in der Codeliste, die Vollstreckungsbehörde wird sie nicht kennen; bitte einen Code der Liste wählen.",
		"massnahme is not in urn:damtshilfe:codeliste:massnahme", "Use a code of the list."},
	{codeVerjaehrung, warnung, "", "Die Forderungen eines Titels %s; bitte Eile vermerken oder prüfen.",
		"verjaehrtAm is less than six months away, or past", "Check the date, tell the authority."},

	{codePLZOrt, warnung, "", "Der Ort einer Anschrift passt nicht zu ihrer Postleitzahl; bitte beides prüfen.",
		"the configured list of postcodes (intake.orte) knows the postcode, but not for this place", "Check the address."},
	{codeRest, warnung, "", "Die Restforderung zu einer geänderten Forderung %s; bitte je Forderung genau einmal angeben, was noch zu zahlen ist.",
		"a 007 changes a claim without saying what is left of it, or says it twice", "Give each changed claim one restforderung."},
	{codeWeitere, warnung, "", "%s zu dieser Nachricht sind hier nicht aufgeführt; bitte zuerst die genannten beheben.",
		"a message has more than 50 findings of gate and rules; it says how many are left out", "Mend what is named and send the message again."},

	{codeDuplicate, fehler, "", "Die nachrichtenUUID wurde schon für eine andere Nachricht verwendet; bitte für jede neue Nachricht eine neue UUID vergeben.",
		"the nachrichtenUUID was used for other bytes, in this drop or before", "Give each new message a new UUID."},
	{codeAnzahl, warnung, "", "Die Zahl der Nachrichten weicht von der Angabe im Lieferkopf ab; bitte prüfen, ob die Lieferung vollständig ist.",
		"anzahlNachrichten differs from what was there", "Check whether the drop is complete."},

	{codeSteuerzeichen, fehler, "", "Ein Feld enthält ein Zeichen, das kein Text ist: %s; bitte entfernen.",
		"a control character other than tab and line break", "Clean the field."},
	{codeNFC, fehler, "", "Ein Feld ist nicht in der Normalform NFC, Buchstabe und Zusatzzeichen sind getrennt gespeichert: %s; bitte als ein Zeichen schreiben.",
		"text is not in Unicode normal form NFC", "Have the program write NFC."},
	{codeName, fehler, "", "Ein Personenname enthält ein Zeichen, das DIN 91379 (Datentyp A) nicht zulässt: %s; bitte ersetzen.",
		"a person's name leaves DIN 91379 datatype A", "Correct the name."},
	{codeFirma, fehler, "", "Ein Firmenname enthält ein Zeichen, das DIN 91379 (Datentyp B) nicht zulässt: %s; bitte ersetzen.",
		"a firm's name leaves DIN 91379 datatype B", "Correct the name."},
	{codeAnschrift, fehler, "", "Eine Anschrift enthält ein Zeichen, das DIN 91379 (Datentyp B) nicht zulässt: %s; bitte ersetzen.",
		"street, house number, place or addition leaves DIN 91379 datatype B", "Correct the address."},
	{codeText, warnung, "", "Ein Text enthält ein Zeichen, das DIN 91379 (Datentyp C) nicht kennt und das im Druck fehlen kann: %s; bitte ersetzen.",
		"free text leaves DIN 91379 datatype C; dash and German quotes are tolerated", "Nothing, or replace the character."},

	{codeBase64, fehler, "", "Ein Anhang ist nicht lesbar (Base64 fehlerhaft); bitte neu anhängen.",
		"the attachment's content is no base64", "Attach it again."},
	{codePDF, fehler, "", "Ein Anhang ist keine vollständige PDF-Datei; bitte als PDF (am besten PDF/A) anhängen.",
		"the attachment does not begin like a PDF or has no end", "Convert it to PDF (better PDF/A)."},
	{codeHash, fehler, "", "Ein Anhang stimmt nicht mit seiner Prüfsumme (SHA-256) überein; bitte neu anhängen.",
		"sha256 of the decoded bytes differs from the one sent", "Attach it again; the file was changed on the way."},
	{codeAktiv, fehler, mandant, "Ein Anhang enthält aktive Inhalte oder eingebettete Dateien (%s); bitte zurückziehen und als PDF/A gespeichert neu senden.",
		"the PDF has JavaScript, Launch, an OpenAction that is more than a page to show, XFA, embedded or external files and the like, also inside compressed object streams",
		"Take the message back, send it again with the attachment saved as PDF/A-1 or PDF/A-2. It cannot be released."},
	{codeVerschluesselt, fehler, mandant, "Ein Anhang ist verschlüsselt oder mit einem Kennwort geschützt; bitte zurückziehen und ohne Schutz neu senden.",
		"the PDF names /Encrypt, if only with an empty password", "Take the message back, send it again without protection. It cannot be released."},
	{codeDefekt, fehler, mandant, "Ein Anhang ist als PDF beschädigt oder nicht mit vertretbarem Aufwand lesbar; bitte zurückziehen und neu erzeugt (am besten als PDF/A) senden.",
		"cross-reference table, page tree or contents of a page are broken, or reading them takes more time or memory than any honest file",
		"Take the message back, make the PDF anew. It cannot be released: other readers may show something else than this one."},
	{codeSeiten, fehler, mandant, "Ein Anhang hat mehr als 200 Seiten; bitte prüfen, ob er so gemeint ist, und dann freigeben oder zurückziehen.",
		"the page tree of the PDF has more than 200 pages", "Release it if it is meant, else take it back."},
	{codeVirus, fehler, betrieb, "Die Virenprüfung hat einen Anhang beanstandet; der Betrieb klärt das.",
		"the scanner (intake.scanner) says that the attachment is infected", "The operator tells the sender, and rejects the message. It cannot be released."},
	{codeUngeprueft, fehler, betrieb, "Ein Anhang konnte nicht geprüft werden (Aufbau oder Viren); der Betrieb klärt das.",
		"the scanner (intake.scanner) is not there, failed, or took too long; or the process that reads PDFs could not be started", "The operator mends it, then retries (gateway retry). It cannot be released."},

	{codeVerstorben, fehler, "", "Ein Schuldner ist verstorben, und weder Erbe noch Nachlasspfleger ist genannt; bitte die Erben ermitteln und neu ersuchen.",
		"a debtor has a date of death and no heir, Nachlasspfleger or Testamentsvollstrecker is listed", "Find the heirs, send a new request."},
	{codeInsolvenz, fehler, "", "Über das Vermögen eines Schuldners ist das Insolvenzverfahren eröffnet; bitte die Forderung zur Tabelle anmelden oder als Masseverbindlichkeit oder Neuforderung kennzeichnen.",
		"a debtor's insolvency is named and the claim is neither masseverbindlichkeit nor neuforderung", "Register the claim with the administrator, or name the kind of claim."},
	{codeEigene, fehler, "", "Zuständig ist der Absender selbst; bitte ohne Ersuchen vollstrecken.",
		"the directory names the sender as the debtor's authority (decided after resolve)", "Enforce it yourself."},
	{codeAusland, fehler, mandant, "Die maßgebliche Anschrift eines Schuldners liegt im Ausland; bitte zurückziehen oder eine Behörde benennen, in deren Bezirk Vermögen ist.",
		"the address that would route is outside Germany", "Reject it, or name an authority (wunschempfaenger) where property is."},
	{codeAnschriftFehlt, fehler, mandant, "Für einen Schuldner fehlt eine heute gültige Anschrift, oder sie ist unbekannt; bitte die Anschrift ermitteln und neu ersuchen.",
		"a debtor has no address, none valid today, or one that says it is unknown", "Find the address, send a new request."},
	{codePostfach, fehler, mandant, "Für einen Schuldner ist nur ein Postfach genannt; bitte die Anschrift der Wohnung oder des Sitzes angeben.",
		"a debtor has only PO boxes", "Name the street address."},
	{codeAlter, fehler, mandant, "Das Ersuchen ist älter als 21 Tage; bitte prüfen, ob die Beträge noch stimmen.",
		"ersuchenVom is more than 21 days before the day it would be sent", "Release it if the amounts still hold, else reject and send a new one."},
}

// lookup finds a code; an unknown one is a bug of this package.
func lookup(code string) Code {
	for _, c := range own {
		if c.Code == code {
			return c
		}
	}
	panic("rules: code " + code + " is not in the table")
}
