package register_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/register"
)

// in001 puts text where a 001 names its place.
func in001(text string) string { return strings.Replace(profil001, "Dresden &amp; Umland", text, 1) }

// TestHostile001: whatever somebody with a certificate sends, the answer is a refusal with a code or a 002, never a fault of the server,
// and the next question is answered.
func TestHostile001(t *testing.T) {
	w := newWorld(t)
	s := w.serve(register.ServerOptions{})
	deep := strings.Repeat("<a>", 5000) + strings.Repeat("</a>", 5000)
	for _, tt := range []struct {
		name, body string
		code       int
		want       string
	}{
		{"an entity of its own", `<!DOCTYPE x [<!ENTITY a "b">]>` + profil001, 400, "XML-"},
		{"an entity from a file", `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>` + in001("&a;"), 400, "XML-"},
		{"a billion laughs", `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>` + in001("&b;"), 400, "XML-"},
		{"an entity that is not declared", in001("&nbsp;"), 400, "XML-"},
		{"5 000 elements deep", in001(deep), 400, "XML-"},
		{"no UTF-8", in001("M\xfcnchen"), 400, "XML-"},
		{"another encoding", strings.Replace(profil001, "UTF-8", "UTF-16", 1), 400, "XML-"},
		{"a NUL", in001("Dres\x00den"), 400, "XML-"},
		{"two roots", profil001 + "<a/>", 400, "XML-"},
		{"an element that does not end", profil001[:len(profil001)-10], 400, "XML-"},
		{"a place of a megabyte", in001(strings.Repeat("D", 1<<20)), 413, "ZUST-ANFRAGE"},
		{"a place of 200 KB", in001(strings.Repeat("D", 200<<10)), 200, "nicht im Verzeichnis"},
		{"two places", in001("Dresden</ort><ort>Leipzig"), 400, "ZUST-ANFRAGE"},
		{"SQL", in001("'; DROP TABLE fassung; --"), 200, "nicht im Verzeichnis"},
		{"a path", in001("../../../../etc/passwd"), 200, "nicht im Verzeichnis"},
		{"a template", in001("{{.}}${jndi:ldap://x}%s%n"), 200, "nicht im Verzeichnis"},
		{"characters that turn the text", in001("\u202enedserD\u202d"), 200, "nicht im Verzeichnis"},
		{"combining marks without end", in001("D" + strings.Repeat("\u0301", 5000)), 200, "nicht im Verzeichnis"},
		{"nothing", "", 400, "XML-"},
		{"another message", `<v:vollstreckungshilfe.Ersuchen.003 xmlns:v="urn:damtshilfe:vollstreckungshilfe:1"/>`, 400, "ZUST-ANFRAGE"},
		{"the right name in another namespace", strings.Replace(profil001, "urn:damtshilfe:vollstreckungshilfe:1", "urn:x", 1), 400, "ZUST-ANFRAGE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp, body, err := w.do(w.client, "POST", s.url+"/001?betriebsart=test", "application/xml", tt.body)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tt.code || !strings.Contains(body, tt.want) {
				t.Errorf("%d %.300s, want %d %q", resp.StatusCode, body, tt.code, tt.want)
			}
			if strings.Contains(body, "passwd") || strings.Contains(body, "DROP") {
				t.Errorf("the answer repeats what it was sent: %.300s", body)
			}
		})
	}
	if _, err := lookup(t, w.ask(register.Options{Servers: []string{s.url}}), "01067", "Dresden"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if log := w.log.String(); strings.Contains(log, "passwd") || strings.Contains(log, "DROP") || strings.Contains(log, "panic") {
		t.Error("the log repeats what was sent")
	}
}

// TestHostileRequests: paths, parameters, methods and bodies of another kind.
func TestHostileRequests(t *testing.T) {
	w := newWorld(t)
	maintainer := w.issue("m")
	s := w.serve(register.ServerOptions{Store: twoPersons(), Askers: []register.Asker{{Name: "a", Fingerprint: fingerprint(t, w.client)},
		{Name: "m", Fingerprint: fingerprint(t, maintainer), Role: register.RoleMaintainer}}})
	nested := strings.Repeat("[", 100_000)
	for _, tt := range []struct {
		name, method, path, contentType, body string
		code                                  int
	}{
		{"JSON 100 000 deep", "POST", "/fragen?betriebsart=test", "application/json", `{"fragen":` + nested, 400},
		{"JSON after the JSON", "POST", "/fragen?betriebsart=test", "application/json", `{"fragen":[{"plz":"1"}]}{}`, 400},
		{"a number where text is wanted", "POST", "/fragen?betriebsart=test", "application/json", `{"fragen":[{"plz":1067}]}`, 400},
		{"9 MB of questions", "POST", "/fragen?betriebsart=test", "application/json", `{"fragen":[{"ort":"` + strings.Repeat("x", 9<<20) + `"}]}`, 413},
		{"questions as a form", "POST", "/fragen?betriebsart=test", "application/x-www-form-urlencoded", "fragen=1", 415},
		{"no content type", "POST", "/001?betriebsart=test", "", profil001, 415},
		{"XML as JSON", "POST", "/fragen?betriebsart=test", "application/json", profil001, 400},
		{"a kennung of 10 KB", "GET", "/behoerde/" + strings.Repeat("k", 10<<10) + "?betriebsart=test", "", "", 200},
		{"a kennung that is a path", "GET", "/behoerde/..%2F..%2Fetc%2Fpasswd?betriebsart=test", "", "", 200},
		{"a kennung that is SQL", "GET", "/behoerde/%27%20OR%201%3D1?betriebsart=test", "", "", 200},
		{"two betriebsarten", "GET", "/behoerde/x?betriebsart=test&betriebsart=produktion", "", "", 200},
		{"a change that is a list", "POST", "/aenderung", "application/yaml", "[1, 2]", 400},
		{"a change of a billion laughs", "POST", "/aenderung", "application/yaml", "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ngrund: x\n", 400},
		{"a change with a reason of two lines", "POST", "/aenderung", "application/json", `{"grund":"a\nb","entfernen":{"rechenzentren":["rz"]}}`, 400},
		{"a number of a change that is none", "POST", "/aenderung/999999999999999999999/annehmen", "application/yaml", "grund: x", 404},
		{"DELETE", "DELETE", "/aenderung/1", "", "", 404},
		{"PUT", "PUT", "/001?betriebsart=test", "application/xml", profil001, 405},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pair := w.client
			if strings.HasPrefix(tt.path, "/aenderung") {
				pair = maintainer
			}
			resp, body, err := w.do(pair, tt.method, s.url+tt.path, tt.contentType, tt.body)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tt.code {
				t.Errorf("%d %.300s, want %d", resp.StatusCode, body, tt.code)
			}
		})
	}
}

// TestSlowClients: who sends a request drop by drop, or none, does not keep others waiting.
func TestSlowClients(t *testing.T) {
	w := newWorld(t)
	s, err := register.NewServer(register.ServerOptions{Directory: sample(t)})
	if err != nil {
		t.Fatal(err)
	}
	ln, conf := w.open()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, ln, conf) }()
	address := ln.Addr().String()
	var slow []net.Conn
	for i := range 40 {
		conn, err := tls.Dial("tcp", address, w.tls(w.client))
		if err != nil {
			t.Fatal(err)
		}
		slow = append(slow, conn)
		if i%2 == 0 { // half a header; the others promise a body and send a byte of it
			fmt.Fprintf(conn, "POST /001?betriebsart=test HTTP/1.1\r\nHost: x\r\n")
			continue
		}
		fmt.Fprintf(conn, "POST /001?betriebsart=test HTTP/1.1\r\nHost: x\r\nContent-Type: application/xml\r\nContent-Length: 100000\r\n\r\n<")
	}
	c := w.ask(register.Options{Servers: []string{"https://" + address}})
	began := time.Now()
	if _, err := lookup(t, c, "01067", "Dresden"); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("beside slow clients a question took %v", took)
	}
	c.Close()
	for _, conn := range slow {
		conn.Close()
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("the server ended with %v", err)
	}
}

// TestAnEndlessAnswerIsGivenUp: a server that sends without end is given up.
func TestAnEndlessAnswerIsGivenUp(t *testing.T) {
	w := newWorld(t)
	url := w.listen(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := io.WriteString(rw, strings.Repeat(" ", 64<<10)); err != nil {
				return
			}
		}
	}))
	_, err := lookup(t, w.ask(register.Options{Servers: []string{url}}), "01067", "Dresden")
	wantRetry(t, err)
}
