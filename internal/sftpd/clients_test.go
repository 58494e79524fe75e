package sftpd_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"damtshilfe/spool"
)

func contextSeconds(n int) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), time.Duration(n)*time.Second)
}

// need fails the test if a program is missing: these clients are what our customers use, a skip would prove nothing.
func need(t *testing.T, program, apt string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Fatalf("%s is missing: apt-get install -y %s", program, apt)
	}
}

// run starts a real client and demands exit code 0 and silence about errors.
func (w *world) run(t *testing.T, stdin string, env []string, name string, args ...string) string {
	t.Helper()
	out, err := w.try(stdin, env, name, args...)
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	for _, bad := range []string{"rror", "ailed", "denied", "Couldn't", "No such"} {
		if strings.Contains(out, bad) {
			t.Errorf("%s complains:\n%s", name, out)
		}
	}
	return out
}

func (w *world) try(stdin string, env []string, name string, args ...string) (string, error) {
	ctx, cancel := contextSeconds(20)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = w.home
	cmd.Env = append([]string{"HOME=" + w.home, "PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}, env...)
	cmd.Stdin = strings.NewReader(stdin)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// local writes a file of the client's side.
func (w *world) local(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(w.home, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	past := time.Now().Add(-48 * time.Hour)
	if err := os.Chtimes(filepath.Join(w.home, name), past, past); err != nil {
		t.Fatal(err)
	}
}

func (w *world) fetched(t *testing.T, name, want string) {
	t.Helper()
	got, err := os.ReadFile(filepath.Join(w.home, name))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("fetched %d bytes, want %d", len(got), len(want))
	}
}

// claimedOnce demands that exactly one file of this name was claimed and that nothing else is left.
func (w *world) claimedOnce(t *testing.T, name, want string) {
	t.Helper()
	got := w.got("stadt-a/" + name)
	if len(got) != 1 || got[0] != want {
		t.Errorf("%s: claimed %d times, want once with the bytes that were sent", name, len(got))
	}
	if left := w.left(t, "stadt-a"); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// big is larger than one packet and than WinSCP's threshold for temporary names.
func big(tag string) string { return strings.Repeat(tag+" 0123456789abcdef\n", 20_000) }

func sshOptions(w *world) []string {
	return []string{
		"-i", w.key, "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
		"-o", "LogLevel=ERROR", "-o", "BatchMode=yes", "-F", "/dev/null",
	}
}

func TestOpenSSH(t *testing.T) {
	need(t, "sftp", "openssh-client")
	w := newWorld(t, spool.Settle)
	w.local(t, "a.xml", big("a"))
	w.local(t, "b.xml", big("b"))
	w.local(t, "Übermittlung 1.xml", "umlaut")
	w.publish(t, "r.quittung.xml", big("r"))
	batch := `put a.xml in/a.xml
put -p b.xml in/b.xml
ls -l in/a.xml
cd in
put "Übermittlung 1.xml"
cd ..
ls -l out
get -p out/r.quittung.xml r.xml
rm out/r.quittung.xml
put a.xml in/c.xml.part
rename in/c.xml.part in/c.xml
`
	w.run(t, batch, nil, "sftp", append(sshOptions(w), "-b", "-", "-P", w.port(), "stadt-a@"+w.host())...)
	w.claimedOnce(t, "a.xml", big("a"))
	w.claimedOnce(t, "b.xml", big("b"))
	w.claimedOnce(t, "c.xml", big("a"))
	w.claimedOnce(t, "Übermittlung 1.xml", "umlaut")
	w.fetched(t, "r.xml", big("r"))
	if there, err := w.OutExists("stadt-a", "r.quittung.xml"); there || err != nil {
		t.Errorf("removed file: %v, %v", there, err)
	}
}

// OpenSSH shows the status, not the server's sentence; its exit code is what scripts look at.
func TestOpenSSHSeesARefusal(t *testing.T) {
	need(t, "sftp", "openssh-client")
	w := newWorld(t, spool.Settle)
	w.local(t, "a.xml", "a")
	out, err := w.try("put a.xml in/a.part\nput a.xml in/a.part\n", nil, "sftp", append(sshOptions(w), "-b", "-", "-P", w.port(), "stadt-a@"+w.host())...)
	if err == nil || !strings.Contains(out, "Failure") {
		t.Errorf("second upload of a waiting name: %v\n%s", err, out)
	}
}

func TestRclone(t *testing.T) {
	need(t, "rclone", "rclone")
	w := newWorld(t, spool.Settle)
	env := []string{
		"RCLONE_CONFIG=" + filepath.Join(w.home, "rclone.conf"), "RCLONE_CONFIG_GW_TYPE=sftp", "RCLONE_CONFIG_GW_HOST=" + w.host(),
		"RCLONE_CONFIG_GW_PORT=" + w.port(), "RCLONE_CONFIG_GW_USER=stadt-a", "RCLONE_CONFIG_GW_KEY_FILE=" + w.key,
		"RCLONE_CONFIG_GW_SHELL_TYPE=none",
	}
	w.local(t, "rclone.conf", "")
	w.local(t, "a.xml", big("a"))
	w.local(t, "b.xml", big("b"))
	w.publish(t, "r.quittung.xml", big("r"))
	w.run(t, "", env, "rclone", "mkdir", "GW:in")
	w.run(t, "", env, "rclone", "copy", "a.xml", "GW:in")
	w.run(t, "", env, "rclone", "copyto", "b.xml", "GW:in/b.xml.a1b2c3d4.partial")
	w.run(t, "", env, "rclone", "moveto", "GW:in/b.xml.a1b2c3d4.partial", "GW:in/b.xml")
	w.run(t, "", env, "rclone", "copyto", "GW:out/r.quittung.xml", "r.xml")
	if out := w.run(t, "", env, "rclone", "lsf", "GW:out"); strings.TrimSpace(out) != "r.quittung.xml" {
		t.Errorf("lsf: %q", out)
	}
	w.run(t, "", env, "rclone", "move", "GW:out", "got")
	w.claimedOnce(t, "a.xml", big("a"))
	w.claimedOnce(t, "b.xml", big("b"))
	w.fetched(t, "r.xml", big("r"))
	w.fetched(t, "got/r.quittung.xml", big("r"))
	if there, err := w.OutExists("stadt-a", "r.quittung.xml"); there || err != nil {
		t.Errorf("moved file is still there: %v, %v", there, err)
	}
}

// A fresh rclone does not know the shell of the other side: it asks for commands, which are refused.
func TestRcloneWithoutShellType(t *testing.T) {
	need(t, "rclone", "rclone")
	w := newWorld(t, spool.Settle)
	env := []string{
		"RCLONE_CONFIG=" + filepath.Join(w.home, "rclone.conf"), "RCLONE_CONFIG_GW_TYPE=sftp", "RCLONE_CONFIG_GW_HOST=" + w.host(),
		"RCLONE_CONFIG_GW_PORT=" + w.port(), "RCLONE_CONFIG_GW_USER=stadt-a", "RCLONE_CONFIG_GW_KEY_FILE=" + w.key,
	}
	w.local(t, "rclone.conf", "")
	w.local(t, "a.xml", big("a"))
	if out, err := w.try("", env, "rclone", "copy", "a.xml", "GW:in"); err != nil {
		t.Fatalf("rclone: %v\n%s", err, out)
	}
	w.claimedOnce(t, "a.xml", big("a"))
}

func TestLftp(t *testing.T) {
	need(t, "lftp", "lftp")
	need(t, "ssh", "openssh-client")
	w := newWorld(t, spool.Settle)
	w.local(t, "a.xml", big("a"))
	w.local(t, "b.xml", big("b"))
	w.local(t, "c.xml", big("c"))
	w.publish(t, "r.quittung.xml", big("r"))
	script := fmt.Sprintf(`set sftp:auto-confirm yes
set sftp:connect-program "ssh -a -x %s"
set net:max-retries 1
set cmd:fail-exit yes
open -u stadt-a,x -p %s sftp://%s
put -O in a.xml
cls -l out
get out/r.quittung.xml -o r.xml
set xfer:use-temp-file yes
set xfer:temp-file-name .in.*
put -O in b.xml
set xfer:temp-file-name *.part
put -O in c.xml
rm out/r.quittung.xml
bye
`, strings.Join(sshOptions(w), " "), w.port(), w.host())
	w.local(t, "script", script)
	w.run(t, "", nil, "lftp", "--norc", "-f", "script")
	w.claimedOnce(t, "a.xml", big("a"))
	w.claimedOnce(t, "b.xml", big("b"))
	w.claimedOnce(t, "c.xml", big("c"))
	w.fetched(t, "r.xml", big("r"))
}

func TestParamiko(t *testing.T) {
	const python = "/usr/bin/python3"
	need(t, python, "python3")
	w := newWorld(t, spool.Settle)
	if out, err := w.try("", nil, python, "-c", "import paramiko"); err != nil {
		t.Fatalf("paramiko is missing: apt-get install -y python3-paramiko\n%s", out)
	}
	w.local(t, "a.xml", big("a"))
	w.local(t, "b.xml", big("b"))
	w.publish(t, "r.quittung.xml", big("r"))
	script := `
import os, sys, paramiko
host, port, key = sys.argv[1], int(sys.argv[2]), sys.argv[3]
c = paramiko.SSHClient()
c.set_missing_host_key_policy(paramiko.AutoAddPolicy())
c.connect(host, port, "stadt-a", key_filename=key, look_for_keys=False, allow_agent=False)
s = c.open_sftp()
a = s.put("a.xml", "in/a.xml")                      # confirm=True: stat after the claim
assert a.st_size == os.path.getsize("a.xml"), a
s.utime("in/a.xml", (1700000000, 1700000000))
assert s.stat("in/a.xml").st_mtime == 1700000000
s.put("b.xml", "in/b.xml.tmp")
s.posix_rename("in/b.xml.tmp", "in/b.xml")
assert s.stat("in/b.xml").st_size == os.path.getsize("b.xml")
with s.open("in/c.xml", "w") as f:
    f.write(b"c" * 100000)
    f.flush()
    assert f.stat().st_size == 100000
assert s.listdir("out") == ["r.quittung.xml"]
s.get("out/r.quittung.xml", "r.xml")
s.remove("out/r.quittung.xml")
assert sorted(s.listdir("/")) == ["in", "out"]
assert s.normalize(".") == "/"
try:
    s.remove("in/a.xml")
    assert False, "a claimed file was removed"
except IOError as e:
    pass
s.close(); c.close()
`
	w.run(t, script, nil, python, "-", w.host(), w.port(), w.key)
	w.claimedOnce(t, "a.xml", big("a"))
	w.claimedOnce(t, "b.xml", big("b"))
	w.claimedOnce(t, "c.xml", strings.Repeat("c", 100_000))
	w.fetched(t, "r.xml", big("r"))
}
