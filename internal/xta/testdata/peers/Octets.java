import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import javax.activation.DataSource;

/** Bytes as a DataHandler wants them. */
final class Octets implements DataSource {
    private final byte[] data;

    Octets(byte[] data) {
        this.data = data;
    }

    public InputStream getInputStream() {
        return new ByteArrayInputStream(data);
    }

    public OutputStream getOutputStream() {
        throw new UnsupportedOperationException();
    }

    public String getContentType() {
        return "application/octet-stream";
    }

    public String getName() {
        return "content";
    }
}
