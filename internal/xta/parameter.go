package xta

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
)

// ServiceParameter of lookupService: the reader's certificate for the encryption of contents. The code list's contents are not public;
// the code is the name that the directory of German authorities (DVDV) has for it. Read is whatever is a certificate.
const (
	parameterList   = "urn:de:xta:codeliste:service.parameter.type"
	parameterIssue  = "1.0"
	parameterCipher = "CIPHER_CERTIFICATE"
	maxParameters   = 16
)

// certificates writes the certificates as ServiceParameters.
func (o *outgoing) certificates(list [][]byte) {
	for _, der := range list {
		o.Open("xta:ServiceParameter")
		o.code("xta:ParameterType", Code{List: parameterList, Version: parameterIssue, Code: parameterCipher})
		o.Leaf("xta:Resource", base64.StdEncoding.EncodeToString(der))
		o.End("xta:ServiceParameter")
	}
}

// certificates reads them out of a LookupServiceResult. Other parameters are nobody's fault and read over.
func (e *envelope) certificates(result *node) (list [][]byte) {
	for _, n := range result.all(nsXTA, "ServiceParameter") {
		r := &metaReader{}
		code, resource := r.one(n, nsXTA, "ParameterType"), r.one(n, nsXTA, "Resource")
		if r.err != nil || len(list) == maxParameters {
			continue
		}
		octets, err := e.small(resource)
		if block, _ := pem.Decode(octets); err == nil && block != nil {
			octets = block.Bytes
		}
		_, bad := x509.ParseCertificate(octets)
		if bad == nil || strings.Contains(strings.ToUpper(readCode(code).Code), "CERT") {
			list = append(list, octets)
		}
	}
	return list
}
