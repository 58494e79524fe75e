package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"damtshilfe/internal/attachment"
	"damtshilfe/internal/schema"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	schema.ChildMain()
	attachment.ChildMain()
	testscript.Main(m, map[string]func(){"gateway": main})
}

// TestScenario plays testdata/scenario: one story of an operator per file, with the command line as users have it. Beside the
// commands of testscript there are
//
//	exits CODE program args...   runs a program and demands its exit code
//	judged FILE                  stdout of validate --json agrees with a FILE.erwartet.json
//	capture NAME REGEXP          puts what the group finds in stdout into a variable
//	unclear DATADIR              leaves what waits for a bundle as a power cut may
func TestScenario(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "../../testdata/scenario",
		Setup: func(e *testscript.Env) error {
			e.Setenv("GOCOVERDIR", os.Getenv("GOCOVERDIR"))
			flach, err := filepath.Abs("../../testdata/flach")
			if err != nil {
				return err
			}
			e.Setenv("FLACH", flach)
			if testing.Short() {
				e.Setenv("SHORT", "1")
			}
			return nil
		},
		Condition:           func(c string) (bool, error) { return c == "short" && testing.Short(), nil },
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "judged": judged, "capture": capture, "unclear": unclear},
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	if neg || err != nil || len(args) < 2 {
		ts.Fatalf("usage: exits CODE program args...")
	}
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got, err = exit.ExitCode(), nil
	}
	if err != nil || got != want {
		ts.Fatalf("exit code %d, want %d (%v)", got, want, err)
	}
}

func judged(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: judged FILE.erwartet.json")
	}
	var expected []struct {
		Position   int
		UUID, Code string
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &expected))
	lines := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	n := 0
	for lines.More() {
		var j struct {
			Datei, UUID string
			Position    int
			OK          bool
			Befunde     []struct {
				Code, Schwere, Text string
				Zeile, Spalte       int
			}
		}
		ts.Check(lines.Decode(&j))
		n++
		i := slices.IndexFunc(expected, func(e struct {
			Position   int
			UUID, Code string
		}) bool {
			return e.Position == j.Position
		})
		if i < 0 {
			if !j.OK {
				ts.Fatalf("message %d must be fine: %+v", j.Position, j)
			}
			continue
		}
		found := false
		for _, b := range j.Befunde {
			found = found || b.Code == expected[i].Code && b.Schwere == "fehler" && b.Text != "" && b.Zeile > 0
		}
		if j.OK || !found || j.UUID != expected[i].UUID {
			ts.Fatalf("message %d must be refused with %s: %+v", j.Position, expected[i].Code, j)
		}
		expected = slices.Delete(expected, i, i+1)
	}
	if n == 0 || len(expected) > 0 {
		ts.Fatalf("%d messages were judged, these were not: %+v", n, expected)
	}
}

// TestHelpListsWhatIsBuilt: every command in the help has a help of its own and is in the table of design 6; none is promised that
// does nothing yet.
func TestHelpListsWhatIsBuilt(t *testing.T) {
	var out, errOut bytes.Buffer
	if code := run(t.Context(), []string{"--help"}, &out, &errOut); code != exitDone {
		t.Fatalf("--help exits %d: %s", code, errOut.String())
	}
	var commands []string
	for _, line := range regexp.MustCompile(`(?m)^  ([a-z]+(?: [a-z]+)*)(?: [<\[-]|  |$)`).FindAllStringSubmatch(out.String(), -1) {
		commands = append(commands, line[1])
	}
	for _, want := range []string{"demo", "serve", "run", "check", "sample", "validate", "map", "render", "lookup", "register serve", "register gaps", "register coverage", "status", "show", "trace", "held list", "retry",
		"release", "reject", "bundle list", "bundle show", "bundle confirm", "bundle republish", "bundle recall", "print proof", "print release", "reprint", "quarantine list", "quarantine show", "packs list", "packs check", "xta ping", "xta lookup", "xta send", "xta report", "xta inbox", "xta fetch", "xta close",
		"xta accounts", "xta withdraw", "xta readmit", "xta relays", "verify", "version"} {
		if !slices.Contains(commands, want) {
			t.Errorf("%q is missing in the help: %q", want, commands)
		}
	}
	for _, c := range commands {
		out.Reset()
		if code := run(t.Context(), append(strings.Fields(c), "--help"), &out, &errOut); code != exitDone || !strings.Contains(out.String(), "Usage: gateway "+c) {
			t.Errorf("%s --help exits %d: %s", c, code, out.String())
		}
	}
	for _, later := range []string{"cancel", "stop", "resume", "reconcile", "backup", "restore", "purge", "account"} {
		if slices.ContainsFunc(commands, func(c string) bool { return strings.Fields(c)[0] == later }) {
			t.Errorf("%q is in the help and not in this list: is it built?", later)
		}
		if code := run(t.Context(), []string{later}, &out, &errOut); code != exitUsage {
			t.Errorf("%s exits %d", later, code)
		}
	}
}
