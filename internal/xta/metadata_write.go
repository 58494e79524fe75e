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
	w.Open("oscimeta:MessageMetaData", "TestMsg", strconv.FormatBool(m.Test))
	w.writeDelivery(m)
	w.Open("oscimeta:Originators")
	w.party("oscimeta:Author", m.Author)
	w.maybeParty("oscimeta:Sender", m.Sender)
	w.maybeParty("oscimeta:ReplyTo", m.ReplyTo)
	w.End("oscimeta:Originators")
	w.Open("oscimeta:Destinations")
	w.party("oscimeta:Reader", m.Reader)
	w.otherReaders(m)
	w.End("oscimeta:Destinations")
	w.Open("oscimeta:MsgIdentification")
	w.Leaf("wsa:MessageID", m.MessageID)
	for _, id := range m.InReplyTo {
		w.Leaf("oscimeta:In-Reply-To", id)
	}
	w.processRef(m.ProcessRef)
	w.End("oscimeta:MsgIdentification")
	w.qualifier(m)
	if len(m.Properties) > 0 {
		w.Open("oscimeta:MessageProperties")
		for _, p := range m.Properties {
			w.Open("oscimeta:Property")
			w.code("oscimeta:Key", p.Key)
			w.Leaf("oscimeta:Value", p.Value)
			w.End("oscimeta:Property")
		}
		w.End("oscimeta:MessageProperties")
	}
	if m.Size > 0 {
		w.number("oscimeta:MsgSize", m.Size)
	}
	w.End("oscimeta:MessageMetaData")
}

func (w *writer) writeDelivery(m MetaData) {
	w.Open("oscimeta:DeliveryAttributes")
	w.when("oscimeta:Origin", m.Origin)
	w.when("oscimeta:InitialSend", m.InitialSend)
	w.when("oscimeta:NotBefore", m.NotBefore)
	w.Maybe("oscimeta:ObsoleteAfter", m.ObsoleteAfter)
	w.when("oscimeta:Delivery", m.Delivery)
	w.when("oscimeta:InitialFetch", m.InitialFetch)
	w.when("oscimeta:Reception", m.Reception)
	w.Maybe("oscimeta:ServiceQuality", m.ServiceQuality)
	w.End("oscimeta:DeliveryAttributes")
}

func (w *writer) identifier(name string, p Party) {
	typ := p.Type
	if typ == "" {
		typ = PartyType
	}
	w.Leaf(name, p.Kennung, "type", typ, "category", p.Category, "name", p.Name)
}

func (w *writer) party(name string, p Party) {
	w.Open(name)
	w.identifier("oscimeta:Identifier", p)
	w.End(name)
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
	w.Open("oscimeta:OtherDestinations")
	for _, p := range m.OtherReaders {
		w.identifier("oscimeta:OtherReaders", p)
	}
	for _, p := range m.CcReaders {
		w.identifier("oscimeta:CcReaders", p)
	}
	w.End("oscimeta:OtherDestinations")
}

func (w *writer) processRef(p ProcessRef) {
	if p.Requester == "" && p.Responder == "" {
		return
	}
	w.Open("oscimeta:ProcessRef")
	if p.Requester != "" {
		w.Leaf("oscimeta:Requester", p.Requester, "ProccesName", p.RequesterProcess) // spelt so in the schema
	}
	if p.Responder != "" {
		w.Leaf("oscimeta:Responder", p.Responder, "ProccesName", p.ResponderProcess)
	}
	w.End("oscimeta:ProcessRef")
}

func (w *writer) qualifier(m MetaData) {
	w.Open("oscimeta:Qualifier")
	w.Maybe("oscimeta:Subject", m.Subject)
	w.Leaf("oscimeta:Service", m.Service)
	w.Open("oscimeta:BusinessScenario")
	if m.Scenario.List == "" {
		w.Leaf("oscimeta:Undefined", m.Scenario.Code)
	} else {
		w.code("oscimeta:Defined", Code{List: m.Scenario.List, Version: m.Scenario.Version, Code: m.Scenario.Code})
	}
	w.End("oscimeta:BusinessScenario")
	w.Open("oscimeta:MessageType", "payloadSchema", m.Type.PayloadSchema, "listURI", m.Type.List, "listVersionID", m.Type.Version)
	w.Leaf("code", m.Type.Code)
	w.End("oscimeta:MessageType")
	w.End("oscimeta:Qualifier")
}

// code writes a KeyCode; its children have no namespace.
func (w *writer) code(name string, c Code) {
	w.Out = append(append(w.Out, '<'), name...)
	w.Attr("listURI", c.List)
	w.Attr("listVersionID", c.Version)
	w.Out = append(w.Out, '>')
	w.Leaf("code", c.Code)
	w.Maybe("name", c.Name)
	w.End(name)
}
