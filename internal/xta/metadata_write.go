package xta

import "strconv"

// withDefaults fills what our own messages always carry (profil.md 6).
func (m MetaData) withDefaults() MetaData {
	if m.Scenario.Code == "" {
		m.Scenario = Scenario{Code: ScenarioName}
	}
	if m.Type.List == "" {
		m.Type.List, m.Type.Version = MessageTypeList, MessageTypeIssue
	}
	return m
}

// writeMeta writes oscimeta:MessageMetaData; the order of the elements is the schema's.
func (w *writer) writeMeta(m MetaData) {
	w.open("oscimeta:MessageMetaData", "TestMsg", strconv.FormatBool(m.Test))
	w.writeDelivery(m)
	w.open("oscimeta:Originators")
	w.party("oscimeta:Author", m.Author)
	w.maybeParty("oscimeta:Sender", m.Sender)
	w.maybeParty("oscimeta:ReplyTo", m.ReplyTo)
	w.end("oscimeta:Originators")
	w.open("oscimeta:Destinations")
	w.party("oscimeta:Reader", m.Reader)
	w.otherReaders(m)
	w.end("oscimeta:Destinations")
	w.open("oscimeta:MsgIdentification")
	w.leaf("wsa:MessageID", m.MessageID)
	for _, id := range m.InReplyTo {
		w.leaf("oscimeta:In-Reply-To", id)
	}
	w.processRef(m.ProcessRef)
	w.end("oscimeta:MsgIdentification")
	w.qualifier(m)
	if len(m.Properties) > 0 {
		w.open("oscimeta:MessageProperties")
		for _, p := range m.Properties {
			w.open("oscimeta:Property")
			w.code("oscimeta:Key", p.Key)
			w.leaf("oscimeta:Value", p.Value)
			w.end("oscimeta:Property")
		}
		w.end("oscimeta:MessageProperties")
	}
	if m.Size > 0 {
		w.number("oscimeta:MsgSize", m.Size)
	}
	w.end("oscimeta:MessageMetaData")
}

func (w *writer) writeDelivery(m MetaData) {
	w.open("oscimeta:DeliveryAttributes")
	w.when("oscimeta:Origin", m.Origin)
	w.when("oscimeta:InitialSend", m.InitialSend)
	w.when("oscimeta:NotBefore", m.NotBefore)
	w.maybe("oscimeta:ObsoleteAfter", m.ObsoleteAfter)
	w.when("oscimeta:Delivery", m.Delivery)
	w.when("oscimeta:InitialFetch", m.InitialFetch)
	w.when("oscimeta:Reception", m.Reception)
	w.maybe("oscimeta:ServiceQuality", m.ServiceQuality)
	w.end("oscimeta:DeliveryAttributes")
}

func (w *writer) identifier(name string, p Party) {
	typ := p.Type
	if typ == "" {
		typ = PartyType
	}
	w.leaf(name, p.Kennung, "type", typ, "category", p.Category, "name", p.Name)
}

func (w *writer) party(name string, p Party) {
	w.open(name)
	w.identifier("oscimeta:Identifier", p)
	w.end(name)
}

func (w *writer) maybeParty(name string, p Party) {
	if p.Kennung != "" {
		w.party(name, p)
	}
}

func (w *writer) otherReaders(m MetaData) {
	if len(m.OtherReaders) == 0 {
		return
	}
	w.open("oscimeta:OtherDestinations")
	for _, p := range m.OtherReaders {
		w.identifier("oscimeta:OtherReaders", p)
	}
	for _, p := range m.CcReaders {
		w.identifier("oscimeta:CcReaders", p)
	}
	w.end("oscimeta:OtherDestinations")
}

func (w *writer) processRef(p ProcessRef) {
	if p.Requester == "" && p.Responder == "" {
		return
	}
	w.open("oscimeta:ProcessRef")
	if p.Requester != "" {
		w.leaf("oscimeta:Requester", p.Requester, "ProccesName", p.RequesterProcess) // spelt so in the schema
	}
	if p.Responder != "" {
		w.leaf("oscimeta:Responder", p.Responder, "ProccesName", p.ResponderProcess)
	}
	w.end("oscimeta:ProcessRef")
}

func (w *writer) qualifier(m MetaData) {
	w.open("oscimeta:Qualifier")
	w.maybe("oscimeta:Subject", m.Subject)
	w.leaf("oscimeta:Service", m.Service)
	w.open("oscimeta:BusinessScenario")
	if m.Scenario.List == "" {
		w.leaf("oscimeta:Undefined", m.Scenario.Code)
	} else {
		w.code("oscimeta:Defined", Code{List: m.Scenario.List, Version: m.Scenario.Version, Code: m.Scenario.Code})
	}
	w.end("oscimeta:BusinessScenario")
	w.open("oscimeta:MessageType", "payloadSchema", m.Type.PayloadSchema, "listURI", m.Type.List, "listVersionID", m.Type.Version)
	w.leaf("code", m.Type.Code)
	w.end("oscimeta:MessageType")
	w.end("oscimeta:Qualifier")
}

// code writes a KeyCode; its children have no namespace.
func (w *writer) code(name string, c Code) {
	w.b = append(w.b, '<')
	w.b = append(w.b, name...)
	for _, a := range [...][2]string{{"listURI", c.List}, {"listVersionID", c.Version}} {
		w.b = append(w.b, ' ')
		w.b = append(w.b, a[0]...)
		w.b = append(w.b, '=', '"')
		w.escape(a[1])
		w.b = append(w.b, '"')
	}
	w.b = append(w.b, '>')
	w.leaf("code", c.Code)
	w.maybe("name", c.Name)
	w.end(name)
}
