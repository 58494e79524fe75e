package app_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"damtshilfe/internal/sample"
)

// xmllint gives the CPU seconds that one xmllint needs for all files of the folder.
func xmllint(t *testing.T, folder string) float64 {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	schema, err := filepath.Abs("../../mapping/packs/damtshilfe-profil-1.0/vollstreckungshilfe.xsd")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"--noout", "--schema", schema}
	for _, e := range entries {
		args = append(args, e.Name())
	}
	cmd := exec.Command("xmllint", args...)
	cmd.Dir = folder
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("xmllint: %v: %s", err, stderr.Bytes()[:min(stderr.Len(), 500)])
	}
	if valid := strings.Count(stderr.String(), " validates\n"); valid != len(entries) {
		t.Fatalf("xmllint accepts %d of %d files", valid, len(entries))
	}
	return (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
}

// makeZIP writes n Ersuchen into one ZIP, in a folder of its own on the disk of the work tree's temporary files.
func makeZIP(t *testing.T, n int) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "ersuchen.zip")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sample.WriteZIP(f, sample.Options{N: n, Seed: int64(n)}); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

// makeLieferung writes n Ersuchen into one container, in a folder of its own.
func makeLieferung(t *testing.T, n int) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "ersuchen.xml")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	if _, err := sample.WriteLieferung(w, sample.Options{N: n, Seed: int64(n)}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return name
}

// makeFolder writes the same messages as makeZIP as files.
func makeFolder(t *testing.T, n int) string {
	t.Helper()
	dir := t.TempDir()
	_, err := sample.WriteFolder(sample.Options{N: n, Seed: int64(n)}, func(name string, data []byte) error {
		return os.WriteFile(filepath.Join(dir, name), data, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func ownCPU(t *testing.T) time.Duration { return cpu(t, syscall.RUSAGE_SELF) }

// cpu is user and system time of this process or of the children it waited for.
func cpu(t *testing.T, who int) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak is the largest resident size a process ever had. Unlike ru_maxrss it does not count what the process was forked from.
func peak(t *testing.T, pid int) int64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kb << 10
		}
	}
	t.Fatal("no VmHWM")
	return 0
}

// schemaChild is the pid of the one child of this process, the schema child.
func schemaChild(t *testing.T) int {
	t.Helper()
	lists, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	var pids []string
	for _, list := range lists {
		data, err := os.ReadFile(list)
		if err != nil {
			t.Fatal(err)
		}
		for _, pid := range strings.Fields(string(data)) {
			if env, err := os.ReadFile("/proc/" + pid + "/environ"); err == nil && strings.Contains(string(env), "DAMTSHILFE_CHILD=schema") {
				pids = append(pids, pid) // others read attachments
			}
		}
	}
	if len(pids) != 1 {
		t.Fatalf("children of this process: %v, want the schema child alone", pids)
	}
	pid, err := strconv.Atoi(pids[0])
	if err != nil {
		t.Fatal(err)
	}
	return pid
}
