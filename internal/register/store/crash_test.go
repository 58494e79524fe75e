package store_test

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"damtshilfe/internal/durable"
	"damtshilfe/internal/register/store"
)

// child puts versions 2, 3, ... one after another and says each that is in force; it is killed by its parent, or by itself at the durable
// step STORE_STEP.
func child(dir string) {
	left, err := strconv.Atoi(os.Getenv("STORE_STEP"))
	if err != nil {
		left = -1
	}
	s, err := store.Open(dir, store.Options{Hook: func(durable.Point) {
		if left--; left == 0 {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	v, err := s.History(1)
	for n := 2; err == nil; n++ {
		_, err = s.Put(ctx, file(fmt.Sprintf("%d-%d", v[0].Seq, n), "Dresden", fmt.Sprintf("Ort %d", n)), meyer)
		if left < 0 || err != nil {
			fmt.Println(n, err)
			continue
		}
		a, err := s.Propose(ctx, file("vorschlag", "Dresden", "Radebeul"), meyer)
		if err == nil {
			_, err = s.Accept(ctx, a.ID, schulze)
		}
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(1)
}

func command(t *testing.T, dir string, env ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(exe)
	c.Env = append(append(os.Environ(), "STORE_CHILD="+dir), env...)
	return c
}

// whole says whether what a killed process left is one complete version, and everything that belongs to it.
func whole(t *testing.T, dir string) (seq int64) {
	t.Helper()
	s := open(t, dir, store.Options{})
	defer s.Close()
	_, v, err := s.Current()
	if err != nil {
		t.Fatal(err)
	}
	if who(t, s, "Dresden") != "kka:Dresden" {
		t.Error("the version in force does not answer")
	}
	rows := must[int](t)(s.CheckAudit())
	open, err := s.Pending(10)
	if err != nil {
		t.Fatal(err)
	}
	decided := 0
	for id := int64(1); ; id++ {
		a, _, err := s.Proposed(id)
		if errors.Is(err, store.ErrNotFound) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if a.Zustand == store.Angenommen {
			decided++
			if a.Fassung != v.Seq || v.Zweite != "schulze" {
				t.Errorf("the change was accepted as version %d, in force is %d by %q", a.Fassung, v.Seq, v.Zweite)
			}
		}
	}
	if v.Zweite != "" && decided == 0 {
		t.Error("a change is in force and waits still")
	}
	if want := int(v.Seq) + len(open) + 2*decided; rows != want {
		t.Errorf("%d audit rows for %d versions and changes", rows, want)
	}
	return v.Seq
}

// TestKilledAtEveryStep: a put and a change that is accepted, killed at each durable step, leave the old version in force or the new one
// complete.
func TestKilledAtEveryStep(t *testing.T) {
	for step := 1; ; step++ {
		dir := t.TempDir()
		s := open(t, dir, store.Options{})
		must[store.Fassung](t)(s.Put(ctx, file("1", "Dresden"), meyer))
		s.Close()
		out, err := command(t, dir, fmt.Sprintf("STORE_STEP=%d", step)).CombinedOutput()
		seq := whole(t, dir)
		if err == nil {
			if seq != 3 || step < 6 {
				t.Errorf("after %d steps version %d is in force", step-1, seq)
			}
			return
		}
		if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL || step > 60 {
			t.Fatalf("step %d: %v\n%s", step, err, out)
		}
	}
}

// TestKilledAnywhere: what was said to be in force is in force after a kill at any moment.
func TestKilledAnywhere(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, store.Options{})
	must[store.Fassung](t)(s.Put(ctx, file("1", "Dresden"), meyer))
	s.Close()
	for range 4 {
		before := whole(t, dir)
		c := command(t, dir)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		kill := time.AfterFunc(time.Duration(20+rand.IntN(80))*time.Millisecond, func() { c.Process.Kill() })
		said := int64(0)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			said++
		}
		kill.Stop()
		c.Wait()
		if after := whole(t, dir); after < before+said || after > before+said+1 {
			t.Errorf("version %d was in force, %d more were said, now it is %d", before, said, after)
		}
	}
}
