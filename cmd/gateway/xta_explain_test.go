package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"

	"damtshilfe/internal/xta"
)

// TestEveryFaultSaysWhatToDo: the words of the server are there, and a sentence that helps.
func TestEveryFaultSaysWhatToDo(t *testing.T) {
	fault := func(code int, text string) error {
		return fmt.Errorf("status list: %w", &xta.Fault{Code: code, Name: "PermissionDeniedException", Text: text, HTTP: 500, Value: "Sender"})
	}
	leaf := &x509.Certificate{DNSNames: []string{"other.example"}}
	for _, tt := range []struct {
		name string
		err  error
		want []string
	}{
		{"another certificate than entered", fault(9014, "Authentisierung/Zertifikat passt nicht"), []string{"9014", `"Authentisierung/Zertifikat passt nicht"`, "gateway xta ping"}},
		{"a locked account", fault(9011, "Account ist gesperrt."), []string{`"Account ist gesperrt."`, "unlock"}},
		{"no account", fault(9012, "Account nicht vorhanden."), []string{"set one up"}},
		{"a server in trouble", fault(9030, "Interner Fehler"), []string{"try again later"}},
		{"words that steer a terminal", fault(9012, "\x1b[2J"), []string{`\x1b[2J`}},
		{"a wrong path", &xta.Fault{HTTP: 404}, []string{"no XTA port under this URL"}},
		{"a proxy", &xta.Fault{HTTP: 403}, []string{"proxy"}},
		{"a refused envelope", &xta.Fault{Value: "Sender", HTTP: 500, Text: "unlesbar"}, []string{`"unlesbar"`, "--trace FILE"}},
		{"half sent", &xta.SendError{Written: true, Err: errors.New("cut")}, []string{"ask for its report"}},
		{"no such name", &net.DNSError{Name: "xta.example", Err: "no such host"}, []string{`"xta.example"`, "DNS"}},
		{"nobody listens", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, []string{"Nothing listens there"}},
		{"no answer", context.DeadlineExceeded, []string{"firewall"}},
		{"an unknown CA", &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{Cert: leaf}}, []string{"xta.client.ca"}},
		{"another name", &tls.CertificateVerificationError{Err: x509.HostnameError{Certificate: leaf, Host: "xta.example"}}, []string{"another name"}},
		{"an expired certificate", &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Cert: leaf, Reason: x509.Expired}}, []string{"must renew it"}},
		{"a certificate that the directory does not name", fmt.Errorf("x: %w", xta.ErrPin), []string{"directory names other certificates"}},
		{"a refused client certificate", &net.OpError{Op: "remote error", Err: errors.New("remote error: tls: unknown certificate authority")}, []string{"refuses our client certificate"}},
		{"anything else", errors.New("strange"), []string{"strange", "--trace FILE"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := explain("inbox", tt.err).Error()
			for _, want := range append(tt.want, "inbox: ") {
				if !strings.Contains(text, want) {
					t.Errorf("%q does not say %q", text, want)
				}
			}
			if strings.Contains(text, "\x1b") {
				t.Errorf("%q", text)
			}
		})
	}
	if explain("inbox", nil) != nil {
		t.Error("nothing is wrong, and is explained")
	}
}
