package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestImportGermany takes all of Germany from the official lists, and offices for every municipality, each import in a process of its own:
// under 10 s of CPU together, and none of them over 150 MiB.
func TestImportGermany(t *testing.T) {
	if testing.Short() {
		t.Skip("not in short tests: its CPU and memory are those of the program as it is, without the race detector")
	}
	data := os.Getenv("DAMT_ORIGINALS")
	if data == "" {
		data = "../../../shared"
	}
	ags, plz := filepath.Join(data, "data", "ags-2026-04-30.csv"), filepath.Join(data, "data", "plz-ags.csv")
	if _, err := os.Stat(ags); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("DAMT_ORIGINALS: no data/ags-2026-04-30.csv")
	}
	dir := t.TempDir()
	store, offices := "--store="+filepath.Join(dir, "register"), filepath.Join(dir, "de.yaml")
	var spent time.Duration
	for _, tt := range []struct {
		args string
		code int
		want string
	}{
		{"generate --ags=" + ags + " --plz=" + plz + " -o " + offices, 3, "10944 municipalities, 10740 offices, 62 lines rejected"},
		{"import " + store + " --from ags --stand 2026-04-30 " + ags, 0, "11227 lines, state of 2026-04-30, 283 parts of towns left out"},
		{"import " + store + " --from plz --accept-rejected " + plz, 3, "62 rejected"},
		{"import " + store + " --from verzeichnis " + offices, 0, "10740 added, 0 changed, 0 ended, 0 removed"},
	} {
		verb, _, _ := strings.Cut(tt.args, " ")
		out, used := gateway(t, tt.code, append([]string{"register"}, strings.Fields(tt.args)...))
		if !strings.Contains(out, tt.want) {
			t.Errorf("%s: want %q in\n%s", verb, tt.want, out)
		}
		cpu, peak := time.Duration(used.Utime.Nano()+used.Stime.Nano()), used.Maxrss>>10
		t.Logf("%s: %v of CPU, %d MiB", tt.args[:min(len(tt.args), 60)], cpu.Round(10*time.Millisecond), peak)
		if verb == "import" {
			spent += cpu
			if peak > 150 {
				t.Errorf("an import took %d MiB", peak)
			}
		}
	}
	if spent > 10*time.Second {
		t.Errorf("the imports took %v of CPU", spent)
	}
}

// gateway runs this test's program as gateway.
func gateway(t *testing.T, code int, args []string) (string, *syscall.Rusage) {
	t.Helper()
	c := exec.Command("gateway", args...) // TestMain puts it into PATH
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	if err := c.Run(); c.ProcessState == nil || c.ProcessState.ExitCode() != code {
		t.Fatalf("%v: %v, want code %d\n%s", args, err, code, out.String())
	}
	return out.String(), c.ProcessState.SysUsage().(*syscall.Rusage)
}
