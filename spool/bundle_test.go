package spool_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/durable"
	"damtshilfe/spool"
)

func writeString(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

func letters(write func(string, []byte) error) error {
	return errors.Join(write("letters.pdf", []byte("pdf")), write("ticket.xml", []byte("ticket")))
}

func TestBundle(t *testing.T) {
	d := newDesk(t, spool.Settle)
	if _, err := d.AddProfile("standard"); err != nil {
		t.Fatal(err)
	}
	id := amtshilfe.NewBundleID(d.clock())
	where := func(want spool.BundlePlace) {
		t.Helper()
		if got, err := d.BundleWhere("standard", id); err != nil || got != want {
			t.Errorf("bundle is %v, %v, want %v", got, err, want)
		}
	}
	where(spool.Gone)
	var staged []spool.BundleFile
	for range 2 {
		var err error
		if staged, err = d.StageBundle(id, letters); err != nil || len(staged) != 2 {
			t.Fatalf("stage: %v, %v", staged, err)
		}
	}
	where(spool.Staged)
	if ids, err := d.StagedBundles(); err != nil || !slices.Equal(ids, []amtshilfe.BundleID{id}) {
		t.Errorf("staged: %v, %v", ids, err)
	}
	if err := d.PublishBundle("standard", id); err != nil {
		t.Fatal(err)
	}
	where(spool.InInbox)
	if got, err := d.HashBundle("standard", id, spool.InInbox); err != nil || !slices.Equal(got, staged) {
		t.Errorf("hashes %v, %v", got, err)
	}
	wantError(t, "again", d.PublishBundle("standard", id), fs.ErrNotExist)
	if err := d.RecallBundle("standard", id); err != nil {
		t.Fatal(err)
	}
	where(spool.Staged)
	t.Run("a stranger with our name is never replaced", func(t *testing.T) {
		if err := os.Mkdir(d.path("print/standard/inbox", string(id)), 0o700); err != nil {
			t.Fatal(err)
		}
		wantError(t, "publish", d.PublishBundle("standard", id), fs.ErrExist)
		_, err := d.BundleWhere("standard", id)
		wantError(t, "where", err, fs.ErrExist)
	})
	if err := d.DropStaged(id); err != nil {
		t.Error(err)
	}
	wantError(t, "malformed id", d.DropStaged(".."), spool.ErrName)
	_, err := d.StageBundle(amtshilfe.NewBundleID(d.clock()), func(write func(string, []byte) error) error { return write("../x", nil) })
	wantError(t, "name", err, spool.ErrName)
	wantError(t, "profile", d.PublishBundle("other", id), spool.ErrNoProfile)
	if boot, mount, err := d.StagingIdentity(); err != nil || len(boot) != 36 || mount == 0 {
		t.Errorf("identity: %q, %d, %v", boot, mount, err)
	}
}

func TestAcknowledgements(t *testing.T) {
	d := newDesk(t, spool.Settle)
	if _, err := d.AddProfile("standard"); err != nil {
		t.Fatal(err)
	}
	write(t, d.path("print/standard/quittung/q.xml"), "ack")
	write(t, d.path("print/standard/quittung/bad.xml"), "bad")
	list := func() []string {
		t.Helper()
		names, _, err := d.Acknowledgements("standard")
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(names)
		return names
	}
	if got := list(); len(got) != 0 {
		t.Errorf("at first sight: %q", got)
	}
	d.pass(5 * time.Second)
	if got := list(); !slices.Equal(got, []string{"bad.xml", "q.xml"}) {
		t.Errorf("settled: %q", got)
	}
	if data, err := d.ReadAcknowledgement("standard", "q.xml", 3); err != nil || string(data) != "ack" {
		t.Errorf("read: %q, %v", data, err)
	}
	write(t, d.path("print/standard/fehler/bad.xml"), "older")
	if err := errors.Join(d.RemoveAcknowledgement("standard", "q.xml"), d.FailAcknowledgement("standard", "bad.xml", "why")); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(d.path("print/standard/fehler/bad.xml.2")); err != nil || string(data) != "bad" {
		t.Errorf("fehler: %q, %v", data, err)
	}
	if data, err := os.ReadFile(d.path("print/standard/fehler/bad.xml.2.grund.txt")); err != nil || string(data) != "why" {
		t.Errorf("reason: %q, %v", data, err)
	}
	if n, err := d.Failed("standard"); n != 2 || err != nil {
		t.Errorf("%d in fehler/, %v", n, err)
	}
	if got := list(); len(got) != 0 {
		t.Errorf("left: %q", got)
	}
}

// What a print centre puts into quittung/ leaves it, whatever it is and however it is called: it would lie there for ever, and nobody knew why.
func TestStrangeAcknowledgements(t *testing.T) {
	d := newDesk(t, spool.Settle)
	if _, err := d.AddProfile("standard"); err != nil {
		t.Fatal(err)
	}
	in := d.path("print/standard/quittung") + "/"
	long := strings.Repeat("ä", 125) + ".xml"
	write(t, in+long, "bad")
	write(t, in+"b"+long, "good")
	if err := errors.Join(os.Mkdir(in+"dir", 0o700), syscall.Mkfifo(in+"fifo", 0o600), os.Symlink("/etc/passwd", in+"link")); err != nil {
		t.Fatal(err)
	}
	if n, err := d.Unbooked("standard"); n != 5 || err != nil {
		t.Errorf("%d unbooked, %v; want 5", n, err)
	}
	if _, _, err := d.Acknowledgements("standard"); err != nil {
		t.Fatal(err)
	}
	d.pass(5 * time.Second)
	names, _, err := d.Acknowledgements("standard")
	if want := []string{"b" + long, "dir", "fifo", "link", long}; err != nil || !slices.Equal(names, want) {
		t.Errorf("settled: %q, %v", names, err)
	}
	for _, name := range []string{"dir", "fifo", "link"} {
		if _, err := d.ReadAcknowledgement("standard", name, 3); !errors.Is(err, durable.ErrNotRegular) {
			t.Errorf("%s: %v", name, err)
		}
		if err := d.FailAcknowledgement("standard", name, "why"); err != nil {
			t.Error(err)
		}
	}
	if err := errors.Join(d.RemoveAcknowledgement("standard", "b"+long), d.FailAcknowledgement("standard", long, "why")); err != nil {
		t.Error(err)
	}
	left, err := os.ReadDir(in)
	if n, failed := d.Failed("standard"); n != 4 || len(left) != 0 || err != nil || failed != nil {
		t.Errorf("%d in fehler/, left %v, %v, %v", n, left, err, failed)
	}
}

func TestSweep(t *testing.T) {
	dir := t.TempDir()
	first := openDesk(t, dir, spool.Marker)
	id, bundle := first.id(), amtshilfe.NewBundleID(first.clock())
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Hour)
	left := func(name, text string) string {
		t.Helper()
		path := dir + "/" + name
		if text == "/" {
			if err := os.MkdirAll(path, 0o700); err != nil {
				t.Fatal(err)
			}
		} else {
			write(t, path, text)
		}
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
		return path
	}
	day := "store/" + id.Dir()
	if err := os.MkdirAll(dir+"/"+day, 0o700); err != nil {
		t.Fatal(err)
	}
	doomed := []string{
		left(".partial/u-dead", "half"), left("spool-staging/"+string(bundle)+".tmp", "/"),
		left(day+"/"+string(id)+".orig.tmp", "half"), left("accounts/a/in/gone.xml.fertig", ""),
	}
	kept := []string{
		left("spool-staging/"+string(bundle), "/"), left(day+"/"+string(id)+".orig", "x"), left(day+"/"+string(id)+".seg", "x"),
		left("accounts/a/in/x.xml", "x"), left("accounts/a/in/x.xml.fertig", ""), left("accounts/a/in/y.part", "x"),
	}
	d := openDesk(t, dir, spool.Marker)
	u, err := d.NewUpload("a", "z.part")
	if err != nil {
		t.Fatal(err)
	}
	n, err := d.Sweep()
	if err != nil || n != len(doomed) {
		t.Errorf("swept %d, %v, want %d", n, err, len(doomed))
	}
	for _, path := range doomed {
		gone(t, path)
	}
	for _, path := range kept {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	if err := u.Publish(); err != nil {
		t.Errorf("an upload in flight was swept: %v", err)
	}
}

func TestCheck(t *testing.T) {
	d := newDesk(t, spool.Settle)
	if _, err := d.AddProfile("standard"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(d.AddSource("a", "/nowhere"), d.AddSource("a", d.path("store"))); err != nil {
		t.Fatal(err)
	}
	levels := map[string][]spool.Level{}
	for _, l := range d.Check() {
		levels[l.What] = append(levels[l.What], l.Level)
		t.Logf("%s %s: %s", l.Level, l.What, l.Text)
	}
	for what, want := range map[string][]spool.Level{
		"claim a":  {spool.OK},
		"source a": {spool.Warning, spool.Failure},
	} {
		if !slices.Equal(levels[what], want) {
			t.Errorf("%s: %v, want %v", what, levels[what], want)
		}
	}
	if len(levels["file system"]) != 1 || len(levels["print standard"]) != 1 {
		t.Errorf("lines are missing: %v", levels)
	}
	for _, dir := range []string{d.in(""), d.path("store")} {
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
			t.Errorf("the probe left %v, %v", entries, err)
		}
	}
	if free, err := d.Free(); err != nil || free <= 0 {
		t.Errorf("free: %d, %v", free, err)
	}
}

func TestWatch(t *testing.T) {
	defer goleak.VerifyNone(t)
	d := newDesk(t, spool.Settle)
	ctx, cancel := context.WithCancel(t.Context())
	hints, err := d.Watch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	d.drop("a.xml", "x")
	select {
	case account := <-hints:
		if account != "a" {
			t.Errorf("hint for %q", account)
		}
	case <-time.After(5 * time.Second):
		t.Error("no hint")
	}
	cancel()
	for range hints { // a last hint may be on its way; then the channel closes
	}
}
