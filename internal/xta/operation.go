package xta

// Namespaces (xta.md 2).
const (
	nsSOAP = "http://www.w3.org/2003/05/soap-envelope"
	nsWSA  = "http://www.w3.org/2005/08/addressing"
	nsXTA  = "http://xoev.de/transport/xta/211"
	nsOSCI = "http://www.osci.eu/ws/2008/05/transport"
	nsMeta = "http://www.osci.eu/ws/2014/10/transport"
	nsXOP  = "http://www.w3.org/2004/08/xop/include"
	nsXSI  = "http://www.w3.org/2001/XMLSchema-instance"
	nsXEnc = "http://www.w3.org/2001/04/xmlenc#"
)

// Addresses and actions of WS-Addressing.
const (
	anonymous       = nsWSA + "/anonymous"
	actionWSAFault  = nsWSA + "/fault"
	actionSOAPFault = nsWSA + "/soap/fault"
)

// port is one of the three ports of XTAService.
type port int

const (
	managementPort port = iota
	sendPort
	msgBoxPort
)

// The actions are those of the WSDL: request, response and faults of an operation share one (xta.md 5).
const (
	actionCheckAccountActive = "http://www.xta.de/XTA/CheckAccountActive"
	actionLookupService      = "http://www.xta.de/XTA/IsServiceAvailable"
	actionCreateMessageID    = "http://www.xta.de/XTA/CreateMessageID"
	actionCancelMessage      = "http://www.xta.de/XTA/CancelMessage"
	actionTransportReport    = "http://www.xta.de/XTA/GetTransportReport"
	actionSendMessage        = "http://www.xta.de/XTA/SendMessage"
	actionSendMessageSync    = "http://www.xta.de/XTA/SendMessageSync"
	msgBoxTypes              = "http://www.osci.eu/ws/2008/05/transport/urn/messageTypes/"
	actionStatusList         = msgBoxTypes + "MsgBoxStatusListRequest"
	actionGetMessage         = msgBoxTypes + "MsgBoxFetchRequest"
	actionNextList           = msgBoxTypes + "MsgBoxGetNextListRequest"
	actionNextMessage        = msgBoxTypes + "MsgBoxGetNextMsgRequest"
	actionClose              = msgBoxTypes + "MsgBoxCloseRequest"
)

// Reasons of NoMessageAvailable.
const (
	reasonNoMatch    = nsOSCI + "/MsgBox/reasons/NoMatch"
	reasonSearchArgs = nsOSCI + "/MsgBox/reasons/SearchArgsInvalid"
	reasonRequestID  = nsOSCI + "/MsgBox/reasons/RequestIdInvalid"
)

// exception is a row of the Fehlernummer list: the element that carries the code and its text in the schema (xta.md 7).
type exception struct {
	name, text string
}

// XTA 2.1.1 Code.Fehlernummer
var exceptions = map[int]exception{
	9000: {"XTAWSTechnicalProblemException", "Unspezifizierter Fehler, als Freitext beschrieben"},
	9010: {"PermissionDeniedException", "Authentisierung/Zertifikat ist abgelaufen."},
	9011: {"PermissionDeniedException", "Account ist gesperrt."},
	9012: {"PermissionDeniedException", "Account nicht vorhanden."},
	9013: {"PermissionDeniedException", "Dienst ist nicht gebucht."},
	9014: {"PermissionDeniedException", "Authentisierung/Zertifikat passt nicht zur Absenderkennung."},
	9020: {"ParameterIsNotValidException", "Keine Parameter vorhanden"},
	9021: {"ParameterIsNotValidException", "Keine gültige URI"},
	9022: {"ParameterIsNotValidException", "Ungültige Parameterkombination"},
	9023: {"ParameterIsNotValidException", "Die Nachricht überschreitet die Größenbeschränkung."},
	9024: {"ParameterIsNotValidException", "MessageID ist bereits vergeben."},
	9030: {"XTAWSTechnicalProblemException", "Interner Fehler beim XTA-Server bzw. XTA-Dienstleister"},
	9031: {"XTAWSTechnicalProblemException", "Fehler beim externen Verzeichnisdienst"},
	9032: {"XTAWSTechnicalProblemException", "Fehler bei der Zustellung"},
	9050: {"MessageSchemaViolationException", "Fachnachricht ist nicht schemakonform"},
	9051: {"MessageSchemaViolationException", "Fachnachricht trägt ein falsches Encoding."},
	9052: {"MessageSchemaViolationException", "Nachricht verletzt das entsprechende Service Profil."},
	9060: {"MessageVirusDetectionException", "Es wurde schadhafter Code ermittelt."},
	9070: {"InvalidMessageIDException", "MessageID für den Account nicht bekannt."},
	9080: {"SyncAsyncException", "Der Dienst wird nur asynchron angeboten."},
	9081: {"SyncAsyncException", "Der Dienst wird nur synchron angeboten."},
	9100: {"CancelDeniedException", "Der durch den Schalter NotBefore gesetzte Termin ist verstrichen."},
	9101: {"CancelDeniedException", "Der Schalter NotBefore wurde nicht gesetzt."},
}

// Refuse makes the fault of an XTA code, with the text of the schema's list. detail is one German sentence for the other
// side's operators, "" = the list's text; it must not carry personal data. An unknown code becomes 9030.
func Refuse(code int, detail string) *Fault {
	e, ok := exceptions[code]
	if !ok {
		code, e = 9030, exceptions[9030]
	}
	f := &Fault{Code: code, Name: e.name, Text: e.text, Value: "Sender", HTTP: 500, reason: detail}
	if code >= 9030 && code <= 9032 || code == 9000 {
		f.Value = "Receiver"
	}
	return f
}

// addressing makes a WS-Addressing fault about one header.
func addressing(header string, subcodes ...string) *Fault {
	return &Fault{Value: "Sender", Subcode: subcodes, Header: header, HTTP: 500, reason: "WS-Addressing: " + subcodes[len(subcodes)-1]}
}

// malformed makes the fault of a request that is no readable SOAP message.
func malformed(reason string) *Fault {
	return &Fault{Value: "Sender", HTTP: 500, reason: reason}
}
