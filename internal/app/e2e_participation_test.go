package app_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/register"
	"damtshilfe/internal/register/store"
	"damtshilfe/internal/xta"
)

// TestParticipation: what a maintainer does is what gateways do.
func TestParticipation(t *testing.T) {
	t.Parallel()
	m := newMaintained(t, nil)
	t.Run("a report is accepted", func(t *testing.T) { m.reports(t) })
	t.Run("tenants have accounts", func(t *testing.T) { m.tenants(t) })
	t.Run("the end is previewed, a block holds", func(t *testing.T) { m.ends(t) })
}

// reports: A's participant confirms and changes what the directory says of it; a maintainer accepts.
func (m *maintained) reports(t *testing.T) {
	e, err := app.EntryOf(m.Dirs, m.Sender.Kennung, "")
	if err != nil {
		t.Fatal(err)
	}
	var dir bytes.Buffer
	e.Name = "Stadtkasse mit neuem Namen"
	f := register.File{Version: "x", Stand: time.Now(), Behoerden: []register.Eintrag{e}, Rechenzentren: m.Dirs.File().Rechenzentren}
	d, err := register.New(f)
	if err == nil {
		err = d.Write(&dir)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, entries, _ := strings.Cut(dir.String(), "behoerden:")
	file := filepath.Join(m.Dir, "meldung.yaml")
	if err := os.WriteFile(file, []byte("grund: Neuer Name\nbehoerden:"+entries), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := gateway(t, "register", "report", file, "-c", m.A.Config); code != 0 || !strings.Contains(out, "handed in as report 1") {
		t.Fatalf("%d %s", code, out)
	}
	list, err := m.store.Reports(false, 10)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	if _, err := m.store.AcceptReport(t.Context(), list[0].ID, m.by); err != nil {
		t.Fatal(err)
	}
	c, err := app.RegisterClient(m.a.Config.Register, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	m.until("answers say the new name", func() bool {
		z, err := c.ByKennung(t.Context(), m.Sender.Kennung, amtshilfe.Test)
		return err == nil && z.Behoerde.Name == e.Name
	})
}

// tenants: who may act for whom follows the directory while the server runs; the configuration wins.
func (m *maintained) tenants(t *testing.T) {
	tenant, err := m.NewClient("tenant")
	if err != nil {
		t.Fatal(err)
	}
	c := m.client(tenant)
	code := func(kennung string) int {
		err := c.CheckAccountActive(t.Context(), "https://"+m.B.XTA+"/xta/management", xta.Party{Kennung: kennung})
		if f, ok := errors.AsType[*xta.Fault](err); ok {
			return f.Code
		}
		if err != nil {
			t.Fatal(err)
		}
		return 0
	}
	configured := ""
	for _, a := range m.b.Config.XTA.Server.Accounts {
		for _, k := range a.Kennungen {
			if k != "*" {
				configured = k
			}
		}
	}
	const newcomer = "kka:neuling"
	if got := code(newcomer); got != 9012 {
		t.Fatalf("before: %d", got)
	}
	enter := func(kennungen []string, b amtshilfe.Betriebsart) {
		t.Helper()
		_, err := m.store.Change(t.Context(), m.by, func(f *register.File) error {
			f.Mandanten = []register.Mandant{{Name: "Neuling", Betriebsart: b, Kennungen: kennungen, Rechenzentrum: "rz:demo-b", Zertifikate: []string{fingerprintOf(t, tenant)}}}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	enter([]string{newcomer}, amtshilfe.Produktion)
	time.Sleep(3*poll + store.WatchEvery)
	if got := code(newcomer); got != 9012 {
		t.Errorf("a tenant of another Betriebsart: %d", got)
	}
	enter([]string{newcomer, configured}, amtshilfe.Test)
	t.Logf("let in after %s", m.until("the tenant is let in", func() bool { return code(newcomer) == 0 }).Round(time.Millisecond))
	if got := code(configured); got != 9014 {
		t.Errorf("the configuration says who acts for %s: %d", configured, got)
	}
	list, err := app.TenantConflicts(t.Context(), m.b.Config)
	if err != nil || len(list) == 0 || !strings.Contains(strings.Join(list, "\n"), configured) {
		t.Errorf("conflicts: %q %v", list, err)
	}
	if _, err := m.store.Revoke(t.Context(), fingerprintOf(t, tenant), m.by); err != nil {
		t.Fatal(err)
	}
	m.until("a revoked one is not", func() bool { return code(newcomer) == 9014 })
}

// ends: what is open with an authority is seen before it ends; what is sent to one that is blocked waits for a person, with the reason.
func (m *maintained) ends(t *testing.T) {
	place := m.place(amtshilfe.KanalXTA)
	m.put(t, m.Sender.In, "eins.xml", m.ersuchen(11, place, nil))
	var to string
	m.until("it is handed over", func() bool {
		drops := m.drops(t)
		if len(drops) == 0 {
			return false
		}
		m.push(t, m.a)
		list := messages(t, m.a.Ledger, drops[0].ID)
		if len(list) == 1 {
			to = list[0].Behoerde.Kennung
		}
		return len(list) == 1 && list[0].State == amtshilfe.Sent
	})
	u, err := app.LookUnderway(t.Context(), m.a.Config, to)
	if err != nil || !u.Gateway || u.Deliveries() != 1 || u.Holds != 1 || u.Began != 0 {
		t.Errorf("at A: %+v %v", u, err)
	}
	u, err = app.LookUnderway(t.Context(), m.b.Config, to)
	if err != nil || !u.Mailbox.Known || u.Mailbox.Waiting+u.Began == 0 {
		t.Errorf("at B: %+v %v", u, err)
	}
	e, err := app.EntryOf(m.Dirs, to, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.Deactivate(t.Context(), m.store, e, "Umzug des Rechenzentrums", m.by); err != nil {
		t.Fatal(err)
	}
	asked := func() amtshilfe.Zustaendigkeit {
		c, err := app.RegisterClient(m.a.Config.Register, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		z, err := c.ByKennung(t.Context(), to, amtshilfe.Test)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	m.until("answers say so", func() bool { k, _ := asked().Kanal(); return k.Art == amtshilfe.KanalKeiner })
	time.Sleep(2 * poll) // A has looked
	m.put(t, m.Sender.In, "zwei.xml", m.ersuchen(12, place, nil))
	m.until("the next one is held with the reason", func() bool {
		m.push(t, m.a)
		drops := m.drops(t)
		i := slices.IndexFunc(drops, func(d ledger.Drop) bool { return d.Name == "zwei.xml" })
		if i < 0 {
			return false
		}
		list := messages(t, m.a.Ledger, drops[i].ID)
		return len(list) == 1 && list[0].Hold != nil && strings.Contains(list[0].Hold.Text, "Umzug des Rechenzentrums")
	})
}
