import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import de.xoev.transport.xta._211.*;
import eu.osci.ws._2008._05.transport.*;
import eu.osci.ws._2014._10.transport.*;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import javax.activation.DataHandler;
import javax.jws.WebService;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.xml.ws.BindingType;
import javax.xml.ws.Endpoint;
import javax.xml.ws.Holder;
import javax.xml.ws.soap.Addressing;
import javax.xml.ws.soap.AddressingFeature;
import org.w3._2005._08.addressing.AttributedURIType;

/**
 * A JAX-WS server of the XTA ports with a mailbox in memory, without any check of ours: whoever calls is believed. Arguments: cert, key
 * and ca. It says READY and its port, and ends with its standard input.
 */
public final class Server {
    private static final String MTOM = "http://www.w3.org/2003/05/soap/bindings/HTTP/?mtom=true";
    private static final String NAMESPACE = "http://xoev.de/transport/xta/211";

    private static final class Stored {
        String author;
        MessageMetaData meta;
        GenericContentContainer content;
        boolean closed;
        boolean deferred;
    }

    private static final Map<String, Stored> ALL = Collections.synchronizedMap(new LinkedHashMap<>());

    public static void main(String[] args) throws Exception {
        SSLContext context = Tls.context(args[0], args[1], args[2]);
        HttpsServer server = HttpsServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.setExecutor(Executors.newFixedThreadPool(4));
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters p) {
                SSLParameters s = context.getDefaultSSLParameters();
                s.setNeedClientAuth(true);
                p.setSSLParameters(s);
            }
        });
        Endpoint.create(new Management()).publish(server.createContext("/management"));
        Endpoint.create(new Send()).publish(server.createContext("/send"));
        Endpoint.create(new Box()).publish(server.createContext("/msgbox"));
        server.start();
        System.out.println("READY " + server.getAddress().getPort());
        while (System.in.read() >= 0) { }
        System.exit(0);
    }

    private static CodeFehlernummer code(int number) {
        CodeFehlernummer code = new CodeFehlernummer();
        code.setListURI("urn:de:xta:webservice:codeliste:fehlernummer");
        code.setListVersionID("1.0");
        code.setCode("" + number);
        return code;
    }

    private static Stored find(String id) throws InvalidMessageIDException {
        Stored s = ALL.get(id);
        if (s == null || s.meta == null) {
            InvalidMessageIDExceptionType info = new InvalidMessageIDExceptionType();
            info.setErrorCode(code(9070));
            throw new InvalidMessageIDException("unbekannt", info);
        }
        return s;
    }

    private static ParameterIsNotValidException refuse(int number) {
        ParameterIsNotValidExceptionType info = new ParameterIsNotValidExceptionType();
        info.setErrorCode(code(number));
        return new ParameterIsNotValidException("abgelehnt", info);
    }

    @WebService(endpointInterface = "de.xoev.transport.xta._211.ManagementPortType", targetNamespace = NAMESPACE)
    @BindingType(MTOM)
    @Addressing(required = true, responses = AddressingFeature.Responses.ANONYMOUS)
    public static final class Management implements ManagementPortType {
        public void checkAccountActive(PartyType author) throws PermissionDeniedException {
            if (author.getIdentifier().getValue().endsWith(":gesperrt")) {
                PermissionDeniedExceptionType info = new PermissionDeniedExceptionType();
                info.setErrorCode(code(9011));
                throw new PermissionDeniedException("gesperrt", info);
            }
        }

        public LookupServiceResponse lookupService(LookupServiceRequest request, PartyType author) {
            LookupServiceType asked = request.getLookupServiceRequestList().get(0).getLookupService();
            IsServiceAvailableValueType value = new IsServiceAvailableValueType();
            value.setServiceIsAvailable(true);
            LookupServiceResultType result = new LookupServiceResultType();
            result.setReader(asked.getReader());
            result.setServiceType(asked.getServiceType());
            result.setIsServiceAvailableValue(value);
            LookupServiceResponse response = new LookupServiceResponse();
            response.setLookupServiceResultList(new LookupServiceResponse.LookupServiceResultList());
            response.getLookupServiceResultList().getLookupServiceResult().add(result);
            return response;
        }

        public AttributedURIType createMessageId(PartyType author) {
            Stored s = new Stored();
            s.author = author.getIdentifier().getValue();
            String id = "urn:de:xta:messageid:peer:" + UUID.randomUUID();
            ALL.put(id, s);
            return Client.uri(id);
        }

        public TransportReport getTransportReport(AttributedURIType id, PartyType author) throws InvalidMessageIDException {
            Stored s = find(id.getValue());
            MessageStatusType status = new MessageStatusType();
            status.setStatus(s.closed ? BigInteger.ONE : BigInteger.ZERO);
            TransportReport report = new TransportReport();
            report.setMessageMetaData(s.meta);
            try {
                report.setReportTime(javax.xml.datatype.DatatypeFactory.newInstance().newXMLGregorianCalendar("2026-11-22T08:00:00+01:00"));
            } catch (javax.xml.datatype.DatatypeConfigurationException e) {
                throw new IllegalStateException(e);
            }
            report.setXTAServerIdentity("peer");
            report.setMessageStatus(status);
            return report;
        }

        public void cancelMessage(AttributedURIType id, PartyType author) throws CancelDeniedException {
            Stored s = ALL.get(id.getValue());
            if (s == null || !s.deferred) {
                CancelDeniedExceptionType info = new CancelDeniedExceptionType();
                info.setErrorCode(code(9101));
                throw new CancelDeniedException("nicht aufgeschoben", info);
            }
            ALL.remove(id.getValue());
        }
    }

    @WebService(endpointInterface = "de.xoev.transport.xta._211.SendPortType", targetNamespace = NAMESPACE)
    @BindingType(MTOM)
    @Addressing(required = true, responses = AddressingFeature.Responses.ANONYMOUS)
    public static final class Send implements SendPortType {
        public void sendMessage(GenericContentContainer content, MessageMetaData meta, X509TokenContainerType tokens) throws ParameterIsNotValidException {
            Stored s = ALL.get(meta.getMsgIdentification().getMessageID().getValue());
            if (s == null || s.meta != null) {
                throw refuse(s == null ? 9022 : 9024);
            }
            try { // a DataHandler of a part lives as long as its request
                copy(content.getContentContainer().getMessage());
                for (ContentType a : content.getContentContainer().getAttachment()) {
                    copy(a);
                }
            } catch (java.io.IOException e) {
                throw new IllegalStateException(e);
            }
            s.content = content;
            s.meta = meta;
            s.deferred = meta.getDeliveryAttributes().getNotBefore() != null;
        }

        private static void copy(ContentType part) throws java.io.IOException {
            ByteArrayOutputStream to = new ByteArrayOutputStream();
            part.getValue().writeTo(to);
            part.setValue(new DataHandler(new Octets(to.toByteArray())));
        }

        /** Answers with what came, from the reader to the author. */
        public void sendMessageSync(Holder<GenericContentContainer> content, Holder<MessageMetaData> meta, Holder<X509TokenContainerType> tokens) {
            PartyType author = meta.value.getOriginators().getAuthor();
            meta.value.getOriginators().setAuthor(meta.value.getDestinations().getReader());
            meta.value.getDestinations().setReader(author);
            if (tokens != null) {
                tokens.value = null;
            }
        }
    }

    @WebService(endpointInterface = "de.xoev.transport.xta._211.MsgBoxPortType", targetNamespace = NAMESPACE)
    @BindingType(MTOM)
    @Addressing(required = true, responses = AddressingFeature.Responses.ANONYMOUS)
    public static final class Box implements MsgBoxPortType {
        private static List<String> waiting(PartyType reader) {
            List<String> ids = new ArrayList<>();
            for (Map.Entry<String, Stored> e : ALL.entrySet()) {
                Stored s = e.getValue();
                if (s.meta != null && !s.closed && !s.deferred && s.meta.getDestinations().getReader().getIdentifier().getValue().equals(reader.getIdentifier().getValue())) {
                    ids.add(e.getKey());
                }
            }
            return ids;
        }

        private static MsgBoxResponseType box(int pending) {
            MsgBoxResponseType box = new MsgBoxResponseType();
            box.setMsgBoxRequestID("urn:uuid:00000000-0000-4000-8000-000000000001");
            if (pending >= 0) {
                box.setItemsPending(BigInteger.valueOf(pending));
                return box;
            }
            box.setNoMessageAvailable(new MsgBoxResponseType.NoMessageAvailable());
            box.getNoMessageAvailable().setReason("http://www.osci.eu/ws/2008/05/transport/MsgBox/reasons/NoMatch");
            return box;
        }

        private static MsgStatusListType page(List<String> ids, int from, int max, Holder<MsgBoxResponseType> box) {
            MsgStatusListType list = new MsgStatusListType();
            for (int i = from; i < Math.min(from + max, ids.size()); i++) {
                list.getMessageMetaData().add(ALL.get(ids.get(i)).meta);
            }
            box.value = box(list.getMessageMetaData().isEmpty() ? -1 : Math.max(0, ids.size() - from - max));
            return list;
        }

        public MsgStatusListType getStatusList(MsgBoxStatusListRequestType request, PartyType reader, Holder<MsgBoxResponseType> box) {
            return page(waiting(reader), 0, request.getMaxListItems().intValue(), box);
        }

        public MsgStatusListType getNextStatusList(MsgBoxGetNextRequestType request, PartyType reader, Holder<MsgBoxResponseType> box) {
            List<String> ids = waiting(reader);
            return page(ids, ids.indexOf(request.getLastMsgReceived().get(0).getValue()) + 1, 1, box);
        }

        public GenericContentContainer getMessage(MsgBoxFetchRequest request, PartyType reader, Holder<MessageMetaData> meta, Holder<MsgBoxResponseType> box)
            throws InvalidMessageIDException {
            Stored s = find(request.getMsgSelector().getMessageID().get(0).getValue());
            if (s.closed) {
                find("");
            }
            meta.value = s.meta;
            box.value = box(0);
            return s.content;
        }

        public GenericContentContainer getNextMessage(MsgBoxGetNextRequestType request, PartyType reader, Holder<MessageMetaData> meta, Holder<MsgBoxResponseType> box) {
            List<String> ids = waiting(reader);
            Stored s = ALL.get(ids.get(ids.indexOf(request.getLastMsgReceived().get(0).getValue()) + 1));
            meta.value = s.meta;
            box.value = box(0);
            return s.content;
        }

        public void close(MsgBoxCloseRequestType request, PartyType reader) throws InvalidMessageIDException {
            for (AttributedURIType id : request.getLastMsgReceived()) {
                find(id.getValue()).closed = true;
            }
        }
    }
}
