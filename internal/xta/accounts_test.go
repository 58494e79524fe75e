package xta_test

import (
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/certs"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/xta"
)

func fingerprints(list ...tls.Certificate) (found []string) {
	for _, c := range list {
		found = append(found, certs.Fingerprint(c.Leaf))
	}
	return found
}

func TestForWhomACertificateActs(t *testing.T) {
	now := time.Now()
	w := newWorld(t)
	old, renewed, creditor, both := w.ca.issue("old"), w.ca.issue("new"), w.ca.issue("creditor"), w.ca.issue("both")
	w.options.Now = func() time.Time { return now }
	w.options.Accounts = []xta.Account{
		{Kennungen: []string{"kka:a"}, Fingerprints: fingerprints(old, renewed)},
		{Kennungen: []string{"kka:b", "kka:c"}, Fingerprints: fingerprints(both)},
		{Kennungen: []string{"kka:locked"}, Fingerprints: fingerprints(both, creditor), Locked: true},
		{Kennungen: []string{"*"}, Fingerprints: fingerprints(creditor)},
	}
	w.build()
	for _, tt := range []struct {
		name, kennung string
		cert          tls.Certificate
		at            time.Duration
		path, action  string
		want          string
	}{
		{"the old certificate during a renewal", "kka:a", old, 0, "/xta/management", checkAccount, ""},
		{"the new one beside it", "kka:a", renewed, 0, "/xta/management", checkAccount, ""},
		{"no author, one kennung", "", renewed, 0, "/xta/management", checkAccount, ""},
		{"no author, several kennungen", "", both, 0, "/xta/management", checkAccount, "9012"},
		{"one of several", "kka:c", both, 0, "/xta/management", checkAccount, ""},
		{"somebody else's kennung", "kka:a", both, 0, "/xta/management", checkAccount, "9014"},
		{"a kennung that nobody has", "kka:x", both, 0, "/xta/management", checkAccount, "9012"},
		{"a locked account", "kka:locked", both, 0, "/xta/management", checkAccount, "9011"},
		{"a locked account of somebody who may be anybody", "kka:locked", creditor, 0, "/xta/management", checkAccount, "9011"},
		{"a certificate without account", "kka:a", w.strangerCert, 0, "/xta/management", checkAccount, "9014"},
		{"any author", "kka:x", creditor, 0, "/xta/management", checkAccount, ""},
		{"any author, nobody's mailbox", "kka:a", creditor, 0, "/xta/msgbox", statusList, "9014"},
		{"the own mailbox", "kka:a", old, 0, "/xta/msgbox", statusList, ""},
		{"a certificate that ended while its connection lived", "kka:a", old, 301 * 24 * time.Hour, "/xta/management", checkAccount, "9010"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w.options.Now = func() time.Time { return now.Add(tt.at) }
			w.build()
			body := ""
			if tt.action == statusList {
				body = `<osci:MsgBoxStatusListRequest ListForm="MessageMetaData"/>`
			}
			got := w.answerAs(tt.cert, tt.path, soap(tt.action, tt.kennung, body))
			if tt.want == "" && strings.Contains(got, "s:Fault") || !strings.Contains(got, "<code>"+tt.want) && tt.want != "" {
				t.Errorf("want %q: %s", tt.want, got)
			}
		})
	}
}

func TestAccountsChangeWhileTheServerRuns(t *testing.T) {
	w := newWorld(t).listen()
	c := w.client(w.strangerCert)
	ask := func() int {
		if f := fault(c.CheckAccountActive(t.Context(), w.url+"/xta/management", author)); f != nil {
			return f.Code
		}
		return 0
	}
	if got := ask(); got != 9014 {
		t.Errorf("before: %d, want 9014", got)
	}
	if err := w.server.SetAccounts([]xta.Account{{Kennungen: []string{author.Kennung}, Fingerprints: []string{"short"}}}); err == nil {
		t.Error("a cut off fingerprint was taken")
	}
	if got := ask(); got != 9014 {
		t.Errorf("after a refused change: %d, want 9014", got)
	}
	check(t, w.server.SetAccounts([]xta.Account{{Kennungen: []string{author.Kennung}, Fingerprints: fingerprints(w.strangerCert)}}))
	if got := ask(); got != 0 {
		t.Errorf("after the change: %d", got)
	}
	if f := fault(w.client(w.authorCert).CheckAccountActive(t.Context(), w.url+"/xta/management", author)); f == nil || f.Code != 9014 {
		t.Errorf("the certificate that was taken out: %v", f)
	}
}

// TestLastUseOfCertificates: both certificates of a renewal are told apart, over a restart, with one write an hour.
func TestLastUseOfCertificates(t *testing.T) {
	now := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
	w := newWorld(t)
	check(t, w.mailbox.Close())
	commits := 0
	w.openAt(func() time.Time { return now }, func(p durable.Point) {
		if p.Op == "commit" && p.After {
			commits++
		}
	})
	renewed := w.ca.issue("renewed")
	w.options.Accounts = []xta.Account{{Kennungen: []string{author.Kennung}, Fingerprints: fingerprints(w.authorCert, renewed)}}
	w.build()
	call := func(cert tls.Certificate) {
		t.Helper()
		if got := w.answerAs(cert, "/xta/management", soap(checkAccount, author.Kennung, "")); strings.Contains(got, "s:Fault") {
			t.Fatal(got)
		}
	}
	for range 5 {
		call(w.authorCert)
	}
	if commits != 1 {
		t.Errorf("%d commits for five calls, want 1", commits)
	}
	now = now.Add(2 * time.Hour)
	call(renewed)
	w.answerAs(w.strangerCert, "/xta/management", soap(checkAccount, author.Kennung, ""))
	check(t, w.mailbox.Close())
	w.openAt(func() time.Time { return now }, nil)
	w.build()
	uses, err := w.mailbox.CertificateUses(t.Context())
	check(t, err)
	if len(uses) != 2 || uses[0].Fingerprint != fingerprints(w.authorCert)[0] || uses[1].Fingerprint != fingerprints(renewed)[0] {
		t.Fatalf("uses %+v", uses)
	}
	if !uses[0].Last.Equal(now.Add(-2*time.Hour)) || !uses[1].Last.Equal(now) || !uses[1].NotAfter.Equal(renewed.Leaf.NotAfter) {
		t.Errorf("uses %+v", uses)
	}
	now = now.Add(time.Hour)
	call(w.authorCert)
	if uses, err = w.mailbox.CertificateUses(t.Context()); err != nil || !uses[1].Last.Equal(now) || !uses[1].First.Equal(now.Add(-3*time.Hour)) {
		t.Errorf("uses %+v, %v", uses, err)
	}
}
