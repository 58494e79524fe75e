import de.xoev.transport.xta._211.*;
import eu.osci.ws._2008._05.transport.*;
import eu.osci.ws._2014._10.transport.*;
import java.io.ByteArrayOutputStream;
import java.io.StringReader;
import java.math.BigInteger;
import java.net.URL;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.Callable;
import javax.activation.DataHandler;
import javax.xml.bind.JAXBContext;
import javax.xml.transform.stream.StreamSource;
import javax.xml.ws.BindingProvider;
import javax.xml.ws.Holder;
import javax.xml.ws.soap.MTOMFeature;
import javax.xml.ws.soap.SOAPFaultException;
import org.w3._2005._08.addressing.AttributedURIType;

/**
 * A JAX-WS client of all twelve XTA operations, with the stubs that wsimport makes of the WSDL. Arguments: wsdl, url, ca, service, and
 * kennung, cert and key of author and reader; the content comes as base64 on standard input, what it got goes out as JSON.
 */
public final class Client {
    private static String[] args;

    public static void main(String[] a) throws Exception {
        args = a;
        byte[] content = Base64.getDecoder().decode(new Scanner(System.in).nextLine());
        Client author = new Client(a[4], a[5], a[6]), reader = new Client(a[7], a[8], a[9]);
        StringBuilder out = new StringBuilder("{");

        author.management.checkAccountActive(author.party());
        LookupServiceRequest request = xml(LookupServiceRequest.class, "<x:LookupServiceRequest xmlns:x='http://xoev.de/transport/xta/211' xmlns:m='http://www.osci.eu/ws/2014/10/transport'>"
            + "<x:LookupServiceRequestList><x:LookupService><m:Reader><m:Identifier type='xoev'>" + reader.kennung + "</m:Identifier></m:Reader><x:ServiceType>" + a[3]
            + "</x:ServiceType></x:LookupService></x:LookupServiceRequestList></x:LookupServiceRequest>");
        put(out, "available", "" + author.management.lookupService(request, author.party()).getLookupServiceResultList().getLookupServiceResult().get(0)
            .getIsServiceAvailableValue().isServiceIsAvailable());

        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            ids.add(author.issue());
            author.send.sendMessage(container(content), meta(ids.get(i), reader.kennung, author.kennung, ""), null);
        }
        String other = author.issue();
        put(out, "sync", fault(() -> {
            author.send.sendMessageSync(new Holder<>(container(content)), new Holder<>(meta(other, reader.kennung, author.kennung, "")), new Holder<>());
            return null;
        }));
        put(out, "used", fault(() -> {
            author.send.sendMessage(container(content), meta(ids.get(0), reader.kennung, author.kennung, ""), null);
            return null;
        }));
        author.send.sendMessage(container(content), meta(other, reader.kennung, author.kennung, "<m:NotBefore>" + Instant.now().plusSeconds(3600) + "</m:NotBefore>"), null);
        author.management.cancelMessage(uri(other), author.party());
        put(out, "late", fault(() -> {
            author.management.cancelMessage(uri(ids.get(0)), author.party());
            return null;
        }));

        MsgBoxStatusListRequestType list = new MsgBoxStatusListRequestType();
        list.setMaxListItems(BigInteger.ONE);
        list.setListForm("MessageMetaData");
        Holder<MsgBoxResponseType> box = new Holder<>();
        boolean first = listed(reader.box.getStatusList(list, reader.party(), box)).equals(ids.subList(0, 1));
        String id = box.value.getMsgBoxRequestID();
        boolean second = listed(reader.box.getNextStatusList(next(id, ids.get(0)), reader.party(), box)).equals(ids.subList(1, 2));
        put(out, "listed", Arrays.asList(first, second).toString());

        MsgBoxFetchRequest fetch = fetch(ids.get(0));
        GenericContentContainer got = reader.box.getMessage(fetch, reader.party(), new Holder<>(), box);
        put(out, "fetched", octets(got));
        put(out, "filename", '"' + got.getContentContainer().getMessage().getFilename() + '"');
        put(out, "next", octets(reader.box.getNextMessage(next(id, ids.get(0)), reader.party(), new Holder<>(), box)));
        put(out, "open", "" + author.status(ids.get(0)));
        MsgBoxCloseRequestType close = new MsgBoxCloseRequestType();
        close.setMsgBoxRequestID(id);
        close.getLastMsgReceived().addAll(Arrays.asList(uri(ids.get(0)), uri(ids.get(1))));
        reader.box.close(close, reader.party());
        put(out, "green", "" + reader.status(ids.get(0)));
        put(out, "gone", fault(() -> reader.box.getMessage(fetch, reader.party(), new Holder<>(), new Holder<>())));
        put(out, "foreign", fault(() -> {
            reader.management.checkAccountActive(author.party());
            return null;
        }));
        System.out.println(out + "}");
    }

    private final String kennung;
    private final ManagementPortType management;
    private final SendPortType send;
    private final MsgBoxPortType box;

    private Client(String kennung, String cert, String key) throws Exception {
        this.kennung = kennung;
        XTAService service = new XTAService(new URL("file:" + args[0]));
        javax.net.ssl.SSLSocketFactory sockets = Tls.context(cert, key, args[2]).getSocketFactory();
        management = at(service.getManagementPort(new MTOMFeature()), "/xta/management", sockets);
        send = at(service.getSendXtaPort(new MTOMFeature()), "/xta/send", sockets);
        box = at(service.getMsgBoxPort(new MTOMFeature()), "/xta/msgbox", sockets);
    }

    private static <T> T at(T port, String path, javax.net.ssl.SSLSocketFactory sockets) {
        ((BindingProvider) port).getRequestContext().put(BindingProvider.ENDPOINT_ADDRESS_PROPERTY, args[1] + path);
        ((BindingProvider) port).getRequestContext().put("com.sun.xml.ws.transport.https.client.SSLSocketFactory", sockets);
        return port;
    }

    private PartyType party() {
        PartyIdentifierType identifier = new PartyIdentifierType();
        identifier.setType("xoev");
        identifier.setValue(kennung);
        PartyType party = new PartyType();
        party.setIdentifier(identifier);
        return party;
    }

    private String issue() throws Exception {
        return management.createMessageId(party()).getValue();
    }

    private int status(String id) throws Exception {
        return management.getTransportReport(uri(id), party()).getMessageStatus().getStatus().intValue();
    }

    static AttributedURIType uri(String value) {
        AttributedURIType uri = new AttributedURIType();
        uri.setValue(value);
        return uri;
    }

    static <T> T xml(Class<T> type, String text) throws Exception {
        return JAXBContext.newInstance(type).createUnmarshaller().unmarshal(new StreamSource(new StringReader(text)), type).getValue();
    }

    static MessageMetaData meta(String id, String reader, String author, String delivery) throws Exception {
        return xml(MessageMetaData.class, "<m:MessageMetaData xmlns:m='http://www.osci.eu/ws/2014/10/transport' xmlns:wsa='http://www.w3.org/2005/08/addressing' TestMsg='true'>"
            + "<m:DeliveryAttributes>" + delivery + "</m:DeliveryAttributes>"
            + "<m:Originators><m:Author><m:Identifier type='xoev'>" + author + "</m:Identifier></m:Author></m:Originators>"
            + "<m:Destinations><m:Reader><m:Identifier type='xoev'>" + reader + "</m:Identifier></m:Reader></m:Destinations>"
            + "<m:MsgIdentification><wsa:MessageID>" + id + "</wsa:MessageID></m:MsgIdentification>"
            + "<m:Qualifier><m:Service>" + (args == null ? "urn:x" : args[3]) + "</m:Service><m:BusinessScenario><m:Undefined>DAMTSHILFE</m:Undefined></m:BusinessScenario>"
            + "<m:MessageType listURI='urn:de:payloadSchema:elementName' listVersionID='1.0' payloadSchema='urn:damtshilfe:vollstreckungshilfe:1'>"
            + "<code>vollstreckungshilfe.Ersuchen.003</code></m:MessageType></m:Qualifier></m:MessageMetaData>");
    }

    private static GenericContentContainer container(byte[] content) {
        ContentType message = part(content, "application/xml"), attachment = part("%PDF-1.4\n".getBytes(), "application/pdf");
        message.setFilename("n.xml");
        message.setSize(BigInteger.valueOf(content.length));
        GenericContentContainer.ContentContainer inner = new GenericContentContainer.ContentContainer();
        inner.setMessage(message);
        inner.getAttachment().add(attachment);
        GenericContentContainer c = new GenericContentContainer();
        c.setContentContainer(inner);
        return c;
    }

    private static ContentType part(byte[] content, String type) {
        ContentType part = new ContentType();
        part.setContentType(type);
        part.setValue(new DataHandler(new Octets(content)));
        return part;
    }

    private static MsgBoxGetNextRequestType next(String request, String last) {
        MsgBoxGetNextRequestType next = new MsgBoxGetNextRequestType();
        next.setMsgBoxRequestID(request);
        next.getLastMsgReceived().add(uri(last));
        return next;
    }

    private static MsgBoxFetchRequest fetch(String id) {
        MsgSelector selector = new MsgSelector();
        selector.getMessageID().add(uri(id));
        MsgBoxFetchRequest fetch = new MsgBoxFetchRequest();
        fetch.setMsgPart("Envelope");
        fetch.setMsgSelector(selector);
        return fetch;
    }

    private static List<String> listed(MsgStatusListType list) {
        List<String> ids = new ArrayList<>();
        for (MessageMetaData m : list.getMessageMetaData()) {
            ids.add(m.getMsgIdentification().getMessageID().getValue());
        }
        return ids;
    }

    private static String octets(GenericContentContainer c) throws Exception {
        List<String> list = new ArrayList<>();
        list.add(base64(c.getContentContainer().getMessage()));
        for (ContentType part : c.getContentContainer().getAttachment()) {
            list.add(base64(part));
        }
        return list.toString();
    }

    private static String base64(ContentType part) throws Exception {
        ByteArrayOutputStream to = new ByteArrayOutputStream();
        part.getValue().writeTo(to);
        return '"' + Base64.getEncoder().encodeToString(to.toByteArray()) + '"';
    }

    /** What an application sees of a fault: the class of the exception and its code. */
    private static String fault(Callable<?> call) {
        try {
            call.call();
        } catch (SOAPFaultException e) {
            return "{\"code\":\"soap\",\"exception\":\"" + e.getFault().getFaultCode() + "\",\"subcodes\":[]}";
        } catch (Exception e) {
            try {
                ExceptionType info = (ExceptionType) e.getClass().getMethod("getFaultInfo").invoke(e);
                return "{\"code\":\"" + info.getErrorCode().getCode() + "\",\"exception\":\"" + e.getClass().getSimpleName() + "\",\"subcodes\":[]}";
            } catch (ReflectiveOperationException none) {
                throw new IllegalStateException(e);
            }
        }
        return "{\"code\":\"none\"}";
    }

    private static void put(StringBuilder out, String name, String value) {
        out.append(out.length() > 1 ? "," : "").append('"').append(name).append("\":").append(value);
    }
}
