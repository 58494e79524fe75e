"""A zeep client of all twelve XTA operations, built from the WSDL alone.

Reads its task as JSON from standard input (wsdl, ca, author and reader with cert and key, url, content in base64) and writes what
it got as JSON. Nothing in here knows how our server is made.
"""

import base64
import datetime
import json
import sys

import lxml.etree
import requests
import zeep
import zeep.exceptions
import zeep.transports

SOAP = "http://www.w3.org/2003/05/soap-envelope"
XTA = "http://xoev.de/transport/xta/211"
OSCI = "http://www.osci.eu/ws/2008/05/transport"
META = "http://www.osci.eu/ws/2014/10/transport"
WSA = "http://www.w3.org/2005/08/addressing"

task = json.load(sys.stdin)


class Transport(zeep.transports.Transport):
    """Loads the schemas from disk; one of them imports SOAP 1.2 from ".xsd", which is nowhere: two attributes are used of it."""

    def load(self, url):
        if url.endswith("/.xsd"):
            return ('<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="%s">'
                    '<xs:attribute name="role" type="xs:anyURI"/><xs:attribute name="mustUnderstand" type="xs:boolean"/></xs:schema>' % SOAP).encode()
        return super().load(url)


class Caller:
    def __init__(self, who):
        session = requests.Session()
        session.trust_env = False  # no proxy, no other CA
        session.cert = (who["cert"], who["key"])
        session.verify = task["ca"]
        self.client = zeep.Client(task["wsdl"], transport=Transport(session=session))
        self.ports = {
            "management": self.client.create_service("{%s}managementHttpsBinding" % XTA, task["url"] + "/xta/management"),
            "send": self.client.create_service("{%s}sendXTAHttpsBinding" % XTA, task["url"] + "/xta/send"),
            "msgbox": self.client.create_service("{%s}msgBoxHttpsBinding" % XTA, task["url"] + "/xta/msgbox"),
        }
        self.kennung = who["kennung"]
        self.party = self.element(META, "Author")(Identifier={"_value_1": self.kennung, "type": "xoev"})

    def element(self, space, name):
        return self.client.get_element("{%s}%s" % (space, name))

    def call(self, port, operation, *args, header=None, **kwargs):
        header = header or [self.element(META, "Author")(Identifier={"_value_1": self.kennung, "type": "xoev"})]
        return getattr(self.ports[port], operation)(*args, _soapheaders=header, **kwargs)


def fault(f):
    """What an application would see of a fault: the exception's element and its code."""
    try:
        f()
    except zeep.exceptions.Fault as e:
        detail = e.detail
        names = [lxml.etree.QName(n).localname for n in detail] if detail is not None else []
        codes = detail.xpath(".//*[local-name()='code']/text()") if detail is not None else []
        return {"code": codes[0] if codes else "", "exception": names[0] if names else "", "subcodes": [str(c) for c in e.subcodes or []]}
    return {"code": "none"}


def metadata(caller, message_id, **delivery):
    identifier = lambda k: {"_value_1": k, "type": "xoev"}
    return caller.element(META, "MessageMetaData")(
        TestMsg=True,
        DeliveryAttributes=delivery,
        Originators={"Author": {"Identifier": identifier(task["author"]["kennung"])}},
        Destinations={"Reader": {"Identifier": identifier(task["reader"]["kennung"])}},
        MsgIdentification={"MessageID": message_id},
        Qualifier={
            "Service": task["service"],
            "BusinessScenario": {"Undefined": "DAMTSHILFE"},
            "MessageType": {"code": "vollstreckungshilfe.Ersuchen.003", "listURI": "urn:de:payloadSchema:elementName", "listVersionID": "1.0",
                            "payloadSchema": "urn:damtshilfe:vollstreckungshilfe:1"},
        },
    )


author, reader = Caller(task["author"]), Caller(task["reader"])
content = base64.b64decode(task["content"])
container = {"Message": {"_value_1": content, "contentType": "application/xml", "filename": "n.xml", "size": len(content)},
             "Attachment": [{"_value_1": b"%PDF-1.4\n", "contentType": "application/pdf"}]}
out = {}

author.call("management", "checkAccountActive")
lookup = author.call("management", "lookupService", [{"LookupService": {
    "Reader": {"Identifier": {"_value_1": reader.kennung, "type": "xoev"}}, "ServiceType": task["service"]}}])
out["available"] = lookup[0].IsServiceAvailableValue.ServiceIsAvailable


def new_id():
    return author.call("management", "createMessageId")["_value_1"]


def send(message_id, operation="sendMessage", **delivery):
    return author.call("send", operation, header=[metadata(author, message_id, **delivery)], ContentContainer=container)


ids = [new_id() for _ in range(3)]
for i in ids:
    send(i)
out["sync"] = fault(lambda: send(new_id(), "sendMessageSync"))
out["used"] = fault(lambda: send(ids[0]))
later = new_id()
send(later, NotBefore=datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1))
author.call("management", "cancelMessage", later)
out["late"] = fault(lambda: author.call("management", "cancelMessage", ids[0]))


def report(message_id, who=author):
    return int(who.call("management", "getTransportReport", message_id).MessageStatus.Status)


def listed(answer):
    return answer.header.FetchResponseHeader.MsgBoxRequestID, [m.MsgIdentification.MessageID._value_1 for m in answer.body.MessageMetaData]


request, first = listed(reader.call("msgbox", "getStatusList", maxListItems=1, ListForm="MessageMetaData"))
_, second = listed(reader.call("msgbox", "getNextStatusList", LastMsgReceived=first, MsgBoxRequestID=request))
out["listed"] = [first == ids[:1], second == ids[1:2]]


def octets(answer):
    c = answer.body.ContentContainer
    return [base64.b64encode(part._value_1).decode() for part in [c.Message] + c.Attachment]


got = reader.call("msgbox", "getMessage", MsgSelector={"MessageID": [ids[0]]}, MsgPart="Envelope")
out["fetched"] = octets(got)
out["filename"] = got.body.ContentContainer.Message.filename
got = reader.call("msgbox", "getNextMessage", LastMsgReceived=[ids[0]], MsgBoxRequestID=request)
out["next"] = octets(got)
out["open"] = report(ids[0])
reader.call("msgbox", "close", MsgBoxRequestID=request, LastMsgReceived=ids[:2])
out["green"] = report(ids[0], reader)
out["gone"] = fault(lambda: reader.call("msgbox", "getMessage", MsgSelector={"MessageID": [ids[0]]}, MsgPart="Envelope"))
out["foreign"] = fault(lambda: reader.call("management", "checkAccountActive", header=[author.party]))
json.dump(out, sys.stdout)
