package config

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/runs"
)

// Validate checks everything that can be known without starting; all faults are named at once.
func (c *Config) Validate() error {
	var errs []error
	bad := func(key, format string, args ...any) { errs = append(errs, fmt.Errorf(key+": "+format, args...)) }
	if !c.Betriebsart.Valid() {
		bad("betriebsart", "want produktion, test or schulung, got %q", c.Betriebsart)
	}
	if c.OriginalKeep < 24*time.Hour {
		bad("original_keep", "at least 24h, so that a sender can still be asked")
	}
	if c.Operator.Kennung == "" || c.Operator.Name == "" {
		bad("operator", "kennung and name must be given")
	}
	c.validateParticipants(bad)
	c.validateServers(bad)
	c.XTA.Client.validateEncryption(bad)
	for key, d := range map[string]time.Duration{"intake.settle": c.Intake.Settle, "intake.scan_every": c.Intake.ScanEvery, "register.stale_if_error": c.Register.StaleIfError, "register.poll": c.Register.Poll,
		"xta.client.timeout": c.XTA.Client.Timeout, "xta.client.report_deadline": c.XTA.Client.ReportDeadline, "xta.client.resend_window": c.XTA.Client.ResendWindow, "xta.client.paper_after": c.XTA.Client.PaperAfter, "xta.client.lookup_keep": c.XTA.Client.LookupKeep} {
		if d < 0 {
			bad(key, "must not be negative")
		}
	}
	for key, list := range map[string][]time.Duration{"xta.client.report_schedule": c.XTA.Client.ReportSchedule, "xta.client.retry_schedule": c.XTA.Client.RetrySchedule} {
		if len(list) == 0 || slices.Min(list) <= 0 {
			bad(key, "want at least one pause, each longer than nothing")
		}
	}
	if c.XTA.Client.BreakerAfter < 1 {
		bad("xta.client.breaker_after", "want a number from 1 on")
	}
	c.Intake.Scanner.validate(bad)
	c.validateRuns(bad)
	return errors.Join(errs...)
}

func (s Scanner) validate(bad func(key, format string, args ...any)) {
	if len(s.Command) > 0 && s.Clamd != "" {
		bad("intake.scanner", "command and clamd exclude each other")
	}
	if len(s.Command) > 0 && !strings.HasPrefix(s.Command[0], "/") {
		bad("intake.scanner.command", "want an absolute path, got %q", s.Command[0])
	}
	if s.Timeout < time.Second || s.Timeout > 10*time.Minute {
		bad("intake.scanner.timeout", "want 1s to 10m, got %s", s.Timeout)
	}
}

func (c *Config) validateRuns(bad func(key, format string, args ...any)) {
	zone, err := time.LoadLocation(c.Runs.Zone)
	if err != nil {
		bad("runs.zone", "no such time zone %q", c.Runs.Zone)
		zone = time.UTC
	}
	for _, r := range []struct{ key, expression string }{{"fetch", c.Runs.Fetch}, {"print", c.Runs.Print}, {"quittung", c.Runs.Quittung}, {"receipts", c.Runs.Receipts}} {
		if r.expression == "" {
			continue
		}
		if _, err := runs.Parse(r.expression, zone); err != nil {
			bad("runs."+r.key, "%v", err)
		}
	}
}

func (c *Config) validateParticipants(bad func(key, format string, args ...any)) {
	seen, owner := map[string]bool{}, map[string]string{}
	for i, p := range c.Participants {
		key := "participants[" + strconv.Itoa(i) + "]"
		switch {
		case !accountName(p.Account):
			bad(key+".account", "%q: want lower case letters, digits and dashes", p.Account)
		case seen[p.Account]:
			bad(key+".account", "%q is there twice", p.Account)
		}
		seen[p.Account] = true
		if !p.Betriebsart.Valid() && p.Betriebsart != c.Betriebsart { // the default is complained of above
			bad(key+".betriebsart", "want produktion, test or schulung, got %q", p.Betriebsart)
		}
		if len(p.Kennungen) == 0 {
			bad(key+".kennungen", "none given: nobody could drop anything")
		}
		for _, k := range p.Kennungen {
			if other, taken := owner[k]; taken && k != "*" {
				bad(key+".kennungen", "%q belongs to account %s already", k, other)
			}
			if k == "*" && p.Betriebsart == amtshilfe.Produktion && p.Role != "ersuchenersteller" {
				bad(key+".kennungen", `"*" is for central creditors (role ersuchenersteller) and tests`)
			}
			owner[k] = p.Account
		}
		if p.PaperAfter != nil && *p.PaperAfter < 0 {
			bad(key+".paper_after", "must not be negative")
		}
		oneOf(bad, key+".role", p.Role, "ersuchenersteller", "vollstreckungsbehoerde", "beide")
		oneOf(bad, key+".completeness", p.Completeness, "settle", "marker", "rename", "trailer")
		p.Letters.validate(func(format string, args ...any) { bad(key+".letters", format, args...) })
		p.validateMappings(func(format string, args ...any) { bad(key+".mappings", format, args...) })
		p.Encryption.validate(bad, key+".encryption")
		oneOf(bad, key+".uebermittlungsinformation", p.Infos, "none", "container", "files")
		if p.Limits.Messages < 0 || p.Limits.EUR < 0 || p.Limits.EUR > 1e12 {
			bad(key+".limits", "want numbers from 0 (no limit) on")
		}
		for _, f := range p.Receipts {
			oneOf(bad, key+".receipts", f, "xml", "csv", "json")
		}
	}
}

func (c *Config) validateServers(bad func(key, format string, args ...any)) {
	listen := func(key, address string, needs map[string]string) {
		if address == "" {
			return
		}
		if _, _, err := net.SplitHostPort(address); err != nil {
			bad(key+".listen", "%q: want host:port", address)
		}
		for name, value := range needs {
			if value == "" {
				bad(key+"."+name, "must be given with listen")
			}
		}
	}
	listen("sftp", c.SFTP.Listen, map[string]string{"host_keys": strings.Join(c.SFTP.HostKeys, "")})
	s, r := c.XTA.Server, c.Register.Serve
	for key, address := range map[string]string{"status": c.Status.Listen, "register.serve.pages": r.Pages.Listen} {
		listen(key, address, nil)
		if host, _, err := net.SplitHostPort(address); err == nil && host != "localhost" && !net.ParseIP(host).IsLoopback() {
			bad(key+".listen", "%q: the page knows no login, want a loopback address (a reverse proxy may stand before it)", address)
		}
	}
	listen("xta.server", s.Listen, map[string]string{"cert": s.Cert, "key": s.Key, "client_ca": s.ClientCA, "name": s.Name})
	listen("register.serve", r.Listen, map[string]string{"cert": r.Cert, "key": r.Key, "client_ca": r.ClientCA})
	if r.Store != "" && r.Directory != "" {
		bad("register.serve.store", "given together with directory: want one of the two")
	}
	if r.SecondPerson && r.Store == "" {
		bad("register.serve.second_person", "needs register.serve.store")
	}
	if k := r.Keep; k.Versions < 0 || k.Versions == 1 || k.Days < 0 {
		bad("register.serve.keep", "want at least 2 versions and no days below 0; 0 = the default")
	}
	c.validateFollow(bad)
	for i, a := range r.Askers {
		if a.Rolle != "" {
			oneOf(bad, "register.serve.askers["+strconv.Itoa(i)+"].rolle", a.Rolle, "asker", "maintainer", "secondary")
		}
	}
	if r.Limit.Rate < 0 || r.Limit.Burst < 0 {
		bad("register.serve.limit", "want numbers of questions, or nothing for the defaults")
	}
	if len(c.Participants) > 0 && len(c.Register.Servers) == 0 {
		bad("register.servers", "none given: nobody could say who is competent")
	}
	for i, a := range s.Accounts {
		key := "xta.server.accounts[" + strconv.Itoa(i) + "]"
		if len(a.Kennungen) == 0 {
			bad(key+".kennungen", "none given: the certificate could do nothing")
		}
		for _, f := range a.Certificates {
			if len(certs.CleanFingerprint(f)) != 64 {
				bad(key+".certificates", "%q is no SHA-256 fingerprint in hex", f)
			}
		}
	}
	if k := s.Keep; k.Content < time.Hour || k.Reports < k.Content || k.Unused < 24*time.Hour {
		bad("xta.server.keep", "want content at least 1h, reports at least as long as content, unused at least 24h")
	}
	if s.Relay && (s.Listen == "" || c.XTA.Client.Cert == "" || len(c.Register.Servers) == 0) {
		bad("xta.server.relay", "needs xta.server.listen, xta.client.cert and register.servers")
	}
	if len(s.Name) > 41 {
		bad("xta.server.name", "longer than 41 characters (XTA 2.1.1 message ids)")
	}
}

// validateFollow judges what makes an authority server a secondary.
func (c *Config) validateFollow(bad func(key, format string, args ...any)) {
	r, f := c.Register.Serve, c.Register.Serve.Follow
	if f.Primary == "" {
		if f != (Follow{}) {
			bad("register.serve.follow.primary", "missing")
		}
		return
	}
	if u, err := url.Parse(f.Primary); err != nil || u.Scheme != "https" || u.Host == "" {
		bad("register.serve.follow.primary", "%q: want an https URL", f.Primary)
	}
	if f.Cert == "" || f.Key == "" || f.CA == "" || f.PublicKey == "" {
		bad("register.serve.follow", "needs cert, key, ca and public_key")
	}
	if r.Store == "" {
		bad("register.serve.follow", "needs register.serve.store: what the primary has is kept there")
	}
	if r.SecondPerson || r.SigningKey != "" {
		bad("register.serve.follow", "given together with second_person or signing_key: changes are made and signed at the primary")
	}
	if f.Every < 0 {
		bad("register.serve.follow.every", "negative")
	}
}

func oneOf(bad func(key, format string, args ...any), key, value string, allowed ...string) {
	for _, a := range allowed {
		if a == value {
			return
		}
	}
	bad(key, "want one of %s, got %q", strings.Join(allowed, ", "), value)
}

func accountName(s string) bool {
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= 64 && fs.ValidPath(s)
}
