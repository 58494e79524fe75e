package xta_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/pem"
	"io"
	"net/http"
	"testing"

	"damtshilfe/internal/xta"
)

func TestLookupNamesTheCertificate(t *testing.T) {
	der := newAuthority(t).cert.Raw
	w := newWorld(t, func(o *xta.ServerOptions) {
		readers := o.Readers
		o.Readers = func(kennung string) (xta.Reader, bool) {
			r, ok := readers(kennung)
			if kennung == reader.Kennung {
				r.Certificates = [][]byte{der}
			}
			return r, ok
		}
	}).listen()
	c, ctx := w.client(w.authorCert), context.Background()
	for _, tt := range []struct {
		name    string
		reader  xta.Party
		service string
		want    int
	}{
		{"the reader has one", reader, xta.ServiceURI, 1},
		{"another reader has none", another, xta.ServiceURI, 0},
		{"an unavailable service needs none", reader, "urn:other", 0},
	} {
		a, err := c.LookupService(ctx, w.url+"/xta/management", author, tt.reader, tt.service)
		if err != nil || len(a.Certificates) != tt.want || tt.want == 1 && !bytes.Equal(a.Certificates[0], der) {
			t.Errorf("%s: %d certificates, %v", tt.name, len(a.Certificates), err)
		}
	}
	validate(t, w.records.list)
}

// TestLookupReadsForeignParameters takes what is a certificate, whatever the parameter is called, and keeps an unreadable one.
func TestLookupReadsForeignParameters(t *testing.T) {
	der := newAuthority(t).cert.Raw
	asPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for _, tt := range []struct {
		name, code string
		resource   []byte
		want       []byte
	}{
		{"DER", "EXAMPLE_CODE", der, der},
		{"PEM", "X", asPEM, der},
		{"another parameter", "OSCI_INTERMEDIARY", []byte("https://osci.example.org"), nil},
		{"a certificate that nobody can read", "cipher_certificate", []byte("MIIB"), []byte("MIIB")},
	} {
		parameter := `<xta:ServiceParameter><xta:ParameterType listURI="urn:de:xta:codeliste:service.parameter.type" listVersionID="1.0"><code>` + tt.code +
			`</code></xta:ParameterType><xta:Resource>` + base64.StdEncoding.EncodeToString(tt.resource) + `</xta:Resource></xta:ServiceParameter>`
		w := newWorld(t)
		w.listenOn(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Content-Type", soapType)
			_, _ = io.WriteString(rw, soap(lookupService, "", `<xta:LookupServiceResponse xmlns:xta="http://xoev.de/transport/xta/211" xmlns:oscimeta="http://www.osci.eu/ws/2014/10/transport">`+
				`<xta:LookupServiceResultList><xta:LookupServiceResult><oscimeta:Reader><oscimeta:Identifier type="xoev">vob:1</oscimeta:Identifier></oscimeta:Reader>`+
				`<xta:ServiceType>urn:x</xta:ServiceType><xta:IsServiceAvailableValue><xta:ServiceIsAvailable>true</xta:ServiceIsAvailable></xta:IsServiceAvailableValue>`+
				parameter+`</xta:LookupServiceResult></xta:LookupServiceResultList></xta:LookupServiceResponse>`))
		}))
		a, err := w.client(w.authorCert).LookupService(context.Background(), w.url, author, reader, "urn:x")
		switch {
		case err != nil || a.Availability != xta.ServiceAvailable:
			t.Errorf("%s: %v, %v", tt.name, a.Availability, err)
		case tt.want == nil && len(a.Certificates) != 0, tt.want != nil && (len(a.Certificates) != 1 || !bytes.Equal(a.Certificates[0], tt.want)):
			t.Errorf("%s: %d certificates", tt.name, len(a.Certificates))
		}
	}
}
