package schema_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/schema"
)

// body is the 003 without its XML declaration, so that a marker can stand in front.
func body(t testing.TB) string {
	t.Helper()
	_, s, _ := strings.Cut(message(t, "003"), "?>\n")
	return s
}

func isCrash(vs []schema.Violation) bool {
	return len(vs) == 1 && vs[0].Finding.Code == "ABSTURZ" && vs[0].Finding.Hold && vs[0].Finding.Owner == amtshilfe.OwnerBetrieb
}

func TestCrashIsContained(t *testing.T) {
	good := body(t)
	bad := strings.Replace(good, "<v:ersuchenVom>2026", "<v:ersuchenVom>x", 1)
	for _, tt := range []struct {
		name   string
		marker string
		crash  bool // held in the end
	}{
		{"a document that crashes the child is held", crashMarker, true},
		{"one that hangs it is held", hangMarker, true},
		{"one that takes all memory is held", hungry, true},
		{"one that makes it talk nonsense is held", garbage, true},
		{"one that crashes it once only is judged", "once", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.marker == hungry && raceDetector {
				t.Skip("no memory limit under the race detector")
			}
			v := open(t, schema.Options{Timeout: 300 * time.Millisecond})
			evil := tt.marker + good
			if tt.marker == "once" {
				name := filepath.Join(t.TempDir(), "f")
				if err := os.WriteFile(name, nil, 0o600); err != nil {
					t.Fatal(err)
				}
				evil = onceMarker + name + " -->" + good
			}
			got := judge(t, v, good, bad, evil, good, bad)
			if got[0] != nil || len(got[1]) != 1 || got[3] != nil || len(got[4]) != 1 {
				t.Errorf("the neighbours were not judged: %+v", got)
			}
			if tt.crash != isCrash(got[2]) || !tt.crash && got[2] != nil {
				t.Errorf("got %+v", got[2])
			}
			if got := judge(t, v, good)[0]; got != nil {
				t.Errorf("after it: %+v", got)
			}
		})
	}
}

func TestManyCrashesInOneBatch(t *testing.T) {
	v := open(t, schema.Options{})
	good := body(t)
	docs := []string{crashMarker + good, good, crashMarker + good, crashMarker + good, good}
	for i, got := range judge(t, v, docs...) {
		if crash := strings.HasPrefix(docs[i], crashMarker); crash != isCrash(got) || !crash && got != nil {
			t.Errorf("document %d: %+v", i, got)
		}
	}
}

// A child may be killed at any time, also while it has nothing to do: nobody is to blame, and nobody notices.
func TestKilledChildren(t *testing.T) {
	v := open(t, schema.Options{})
	for range 3 {
		for _, pid := range v.PIDs() {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
		if got := judge(t, v, body(t))[0]; got != nil {
			t.Errorf("%+v", got)
		}
	}
}

func TestParallel(t *testing.T) {
	v := open(t, schema.Options{Workers: 2})
	good, evil := body(t), crashMarker+body(t)
	var wg sync.WaitGroup
	for g := range 6 {
		wg.Go(func() {
			for i := range 20 {
				docs := [][]byte{[]byte(good), []byte(strings.Replace(good, "2026-11-20<", "2026-13-20<", 1)), []byte(good)}
				if g == 0 && i%10 == 0 {
					docs[0] = []byte(evil)
				}
				got, err := v.Validate(context.Background(), profil, docs)
				if err != nil {
					t.Error(err)
					return
				}
				if (got[0] != nil) != (g == 0 && i%10 == 0) || len(got[1]) != 1 || got[2] != nil {
					t.Errorf("%+v", got)
				}
			}
		})
	}
	wg.Wait()
}

func TestContext(t *testing.T) {
	v := open(t, schema.Options{Timeout: time.Minute})
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if _, err := v.Validate(ctx, profil, [][]byte{[]byte(hangMarker + body(t))}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if got := judge(t, v, body(t))[0]; got != nil {
		t.Errorf("afterwards: %+v", got)
	}
}

func TestClose(t *testing.T) {
	v, err := schema.Start([]schema.Set{set(t, profil)}, schema.Options{Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	pids := v.PIDs()
	for range 2 {
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := v.Validate(context.Background(), profil, [][]byte{[]byte(body(t))}); !errors.Is(err, schema.ErrClosed) {
		t.Errorf("got %v", err)
	}
	for _, pid := range pids {
		if _, err := os.Stat(fmt.Sprintf("/proc/%d", pid)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("child %d is still there", pid)
		}
	}
}

// parentEnv makes this test program a parent whose child hangs, for TestParentDies.
const parentEnv = "SCHEMA_TEST_PARENT"

// parent starts a child, tells its number and lets it hang.
func parent() {
	doc := hangMarker
	v, err := schema.Start([]schema.Set{{Name: profil, Files: os.DirFS("../../mapping/packs/" + profil), Entry: "vollstreckungshilfe.xsd"}}, schema.Options{Timeout: time.Hour})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(v.PIDs()[0])
	_, err = v.Validate(context.Background(), profil, [][]byte{[]byte(doc)})
	fmt.Println(err)
	os.Exit(1)
}

// A child does not outlive its parent, not even when it is stuck and the parent is killed.
func TestParentDies(t *testing.T) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), parentEnv+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var child int
	_, err = fmt.Fscanln(out, &child)
	cmd.Process.Kill()
	cmd.Wait()
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(5 * time.Second); ; {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", child))
		if err != nil || bytes.Contains(stat, []byte(") Z ")) { // gone, or dead and not yet buried by init
			return
		}
		if time.Now().After(deadline) {
			syscall.Kill(child, syscall.SIGKILL)
			t.Fatal("the child outlives its parent")
		}
		runtime.Gosched()
	}
}

// Nothing is fetched: what a schema refers to must be in its set.
func TestBrokenSets(t *testing.T) {
	const head = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:b="b" targetNamespace="a">`
	secret := filepath.Join(t.TempDir(), "b.xsd")
	other := []byte(`<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="b"><xs:element name="e"/></xs:schema>`)
	if err := os.WriteFile(secret, other, 0o600); err != nil {
		t.Fatal(err)
	}
	use := func(location string) string {
		return head + `<xs:import namespace="b" schemaLocation="` + location + `"/><xs:element name="r"><xs:complexType><xs:sequence><xs:element ref="b:e"/></xs:sequence></xs:complexType></xs:element></xs:schema>`
	}
	for _, tt := range []struct {
		name   string
		schema string
		ok     bool
	}{
		{"an import from the set", use("sub/b.xsd"), true},
		{"an import that is not there", use("c.xsd"), false},
		{"an import from the disk", use(secret), false},
		{"an import from the disk as URL", use("file://" + secret), false},
		{"an import out of the set", use("../../../../../.." + secret), false},
		{"an import from the network", use("http://127.0.0.1:9/b.xsd"), false},
		{"an entry that is no XML", "kein XML", false},
		{"a type that does not exist", head + `<xs:element name="r" type="b:T"/></xs:schema>`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := fstest.MapFS{"a.xsd": {Data: []byte(tt.schema)}, "sub/b.xsd": {Data: other}}
			v, err := schema.Start([]schema.Set{{Name: "x", Files: files, Entry: "a.xsd"}}, schema.Options{})
			if tt.ok != (err == nil) {
				t.Errorf("got %v", err)
			}
			if err == nil {
				if err := v.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
