package xta_test

const (
	soapType         = "application/soap+xml; charset=utf-8"
	msgBoxTypes      = "http://www.osci.eu/ws/2008/05/transport/urn/messageTypes/"
	statusList       = msgBoxTypes + "MsgBoxStatusListRequest"
	getMessage       = msgBoxTypes + "MsgBoxFetchRequest"
	closeAction      = msgBoxTypes + "MsgBoxCloseRequest"
	checkAccount     = "http://www.xta.de/XTA/CheckAccountActive"
	lookupService    = "http://www.xta.de/XTA/IsServiceAvailable"
	createMessageID  = "http://www.xta.de/XTA/CreateMessageID"
	sendMessage      = "http://www.xta.de/XTA/SendMessage"
	cancelMessage    = "http://www.xta.de/XTA/CancelMessage"
	nextList         = msgBoxTypes + "MsgBoxGetNextListRequest"
	nextMessage      = msgBoxTypes + "MsgBoxGetNextMsgRequest"
	transportReport  = "http://www.xta.de/XTA/GetTransportReport"
	anonymousReplyTo = `<wsa:ReplyTo><wsa:Address>http://www.w3.org/2005/08/addressing/anonymous</wsa:Address></wsa:ReplyTo>`
)

const soapStart = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:wsa="http://www.w3.org/2005/08/addressing"
	xmlns:xta="http://xoev.de/transport/xta/211" xmlns:osci="http://www.osci.eu/ws/2008/05/transport"
	xmlns:oscimeta="http://www.osci.eu/ws/2014/10/transport" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">`

// soap is a plain request for an operation.
func soap(action, kennung, body string) string {
	author := ""
	if kennung != "" {
		author = `<oscimeta:Author><oscimeta:Identifier type="xoev">` + kennung + `</oscimeta:Identifier></oscimeta:Author>`
	}
	return envelope(addressing(action)+author, body)
}

func addressing(action string) string {
	return `<wsa:Action s:mustUnderstand="true">` + action + `</wsa:Action><wsa:MessageID>uuid:1</wsa:MessageID>` + anonymousReplyTo
}

func envelope(header, body string) string {
	return soapStart + "<s:Header>" + header + "</s:Header><s:Body>" + body + "</s:Body></s:Envelope>"
}
