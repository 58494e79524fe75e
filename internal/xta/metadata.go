package xta

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// metaReader reads a MessageMetaData and remembers the first thing wrong with it. It is lenient where real clients are
// careless (xta.md 17.11): BusinessScenario, Reader/@type and an empty Service.
type metaReader struct{ err error }

func (r *metaReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// one gives the child or an empty node, so that reading can go on.
func (r *metaReader) one(n *node, space, local string) *node {
	k := r.opt(n, space, local)
	if k == nil {
		r.fail("element %s is missing", local)
		return &node{}
	}
	return k
}

func (r *metaReader) opt(n *node, space, local string) *node {
	k, err := n.opt(space, local)
	if err != nil {
		r.fail("%w", err)
	}
	return k
}

func (r *metaReader) when(n *node, local string) time.Time {
	k := r.opt(n, nsMeta, local)
	if k == nil {
		return time.Time{}
	}
	t, err := parseDateTime(k.value())
	if err != nil {
		r.fail("element %s is no dateTime", local)
	}
	return t
}

// readMeta reads oscimeta:MessageMetaData.
func readMeta(n *node) (MetaData, error) {
	r := &metaReader{}
	m := MetaData{Test: isTrue(n.attr("TestMsg"))}
	r.delivery(r.one(n, nsMeta, "DeliveryAttributes"), &m)
	from := r.one(n, nsMeta, "Originators")
	m.Author = r.party(r.one(from, nsMeta, "Author"))
	m.Sender = r.maybeParty(from, "Sender")
	m.ReplyTo = r.maybeParty(from, "ReplyTo")
	to := r.one(n, nsMeta, "Destinations")
	m.Reader = r.party(r.one(to, nsMeta, "Reader"))
	if others := r.opt(to, nsMeta, "OtherDestinations"); others != nil {
		m.OtherReaders = identifiers(others.all(nsMeta, "OtherReaders"))
		m.CcReaders = identifiers(others.all(nsMeta, "CcReaders"))
	}
	r.identification(r.one(n, nsMeta, "MsgIdentification"), &m)
	r.qualifier(r.one(n, nsMeta, "Qualifier"), &m)
	if properties := r.opt(n, nsMeta, "MessageProperties"); properties != nil {
		for _, p := range properties.all(nsMeta, "Property") {
			m.Properties = append(m.Properties, Property{readCode(r.one(p, nsMeta, "Key")), r.one(p, nsMeta, "Value").value()})
		}
	}
	if size := r.opt(n, nsMeta, "MsgSize"); size != nil {
		var err error
		if m.Size, err = strconv.ParseInt(size.value(), 10, 64); err != nil || m.Size < 0 {
			r.fail("element MsgSize is no number")
		}
	}
	return m, r.err
}

func (r *metaReader) delivery(n *node, m *MetaData) {
	m.Origin = r.when(n, "Origin")
	m.InitialSend = r.when(n, "InitialSend")
	m.NotBefore = r.when(n, "NotBefore")
	m.ObsoleteAfter = r.opt(n, nsMeta, "ObsoleteAfter").value()
	m.Delivery = r.when(n, "Delivery")
	m.InitialFetch = r.when(n, "InitialFetch")
	m.Reception = r.when(n, "Reception")
	m.ServiceQuality = r.opt(n, nsMeta, "ServiceQuality").value()
	if m.ObsoleteAfter == "" {
		return
	}
	if _, err := endOf(m.ObsoleteAfter, time.UTC); err != nil {
		r.fail("element ObsoleteAfter is no date")
	}
}

func (r *metaReader) party(n *node) Party {
	p := identifier(r.one(n, nsMeta, "Identifier"))
	if p.Kennung == "" {
		r.fail("element Identifier is empty")
	}
	return p
}

func (r *metaReader) maybeParty(n *node, local string) Party {
	if k := r.opt(n, nsMeta, local); k != nil {
		return r.party(k)
	}
	return Party{}
}

func identifier(n *node) Party {
	return Party{Kennung: n.value(), Type: n.attr("type"), Category: n.attr("category"), Name: n.attr("name")}
}

func identifiers(nodes []*node) (parties []Party) {
	for _, n := range nodes {
		parties = append(parties, identifier(n))
	}
	return parties
}

func (r *metaReader) identification(n *node, m *MetaData) {
	m.MessageID = r.one(n, nsWSA, "MessageID").value()
	if m.MessageID == "" {
		r.fail("element MessageID is empty")
	}
	for _, k := range n.all(nsMeta, "In-Reply-To") {
		m.InReplyTo = append(m.InReplyTo, k.value())
	}
	if ref := r.opt(n, nsMeta, "ProcessRef"); ref != nil {
		requester, responder := r.opt(ref, nsMeta, "Requester"), r.opt(ref, nsMeta, "Responder")
		m.ProcessRef = ProcessRef{requester.value(), requester.attr("ProccesName"), responder.value(), responder.attr("ProccesName")}
	}
}

func (r *metaReader) qualifier(n *node, m *MetaData) {
	m.Subject = r.opt(n, nsMeta, "Subject").value()
	m.Service = r.opt(n, nsMeta, "Service").value()
	if scenario := r.opt(n, nsMeta, "BusinessScenario"); scenario != nil {
		if defined := r.opt(scenario, nsMeta, "Defined"); defined != nil {
			c := readCode(defined)
			m.Scenario = Scenario{c.List, c.Version, c.Code}
		} else {
			m.Scenario.Code = r.opt(scenario, nsMeta, "Undefined").value()
		}
	}
	typ := r.one(n, nsMeta, "MessageType")
	c := readCode(typ)
	m.Type = MessageType{c.List, c.Version, c.Code, typ.attr("payloadSchema")}
	if m.Type.Code == "" || m.Type.PayloadSchema == "" {
		r.fail("element MessageType is incomplete")
	}
}

// readCode reads a KeyCode; its children are looked up by local name, because some write them with a namespace.
func readCode(n *node) Code {
	c := Code{List: n.attr("listURI"), Version: n.attr("listVersionID")}
	for _, k := range n.kids {
		switch k.name.Local {
		case "code":
			c.Code = k.value()
		case "name":
			c.Name = k.value()
		}
	}
	return c
}

func isTrue(s string) bool { s = strings.TrimSpace(s); return s == "true" || s == "1" }
