package app_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/config"
	"damtshilfe/internal/demo"
)

// customer is a machine of a customer: a home directory with a key and the drops.
type customer struct {
	*world
	home, key, host, port string
}

func newCustomer(t *testing.T, w *world) *customer {
	t.Helper()
	c := &customer{world: w, home: t.TempDir()}
	key, err := os.ReadFile(filepath.Join(w.Dir, "pki", "sender.ssh"))
	if err != nil {
		t.Fatal(err)
	}
	c.key = filepath.Join(c.home, "key")
	c.write(t, "key", key)
	c.write(t, "rclone.conf", nil)
	if c.host, c.port, err = net.SplitHostPort(w.World.A.SFTP); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *customer) write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(c.home, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// run starts a client and demands exit code 0 and nothing on its standard error that is an error.
func (c *customer) run(t *testing.T, stdin string, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = c.home
	cmd.Env = []string{"HOME=" + c.home, "PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "RCLONE_CONFIG=" + filepath.Join(c.home, "rclone.conf"),
		"RCLONE_CONFIG_GW_TYPE=sftp", "RCLONE_CONFIG_GW_HOST=" + c.host, "RCLONE_CONFIG_GW_PORT=" + c.port, "RCLONE_CONFIG_GW_USER=" + c.Sender.Account,
		"RCLONE_CONFIG_GW_KEY_FILE=" + c.key, "RCLONE_CONFIG_GW_SHELL_TYPE=none"}
	cmd.Stdin = strings.NewReader(stdin)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", name, err, out.Bytes(), errOut.Bytes())
	}
	if complaint.MatchString(errOut.String()) {
		t.Errorf("%s complains:\n%s", name, errOut.Bytes())
	}
	return out.String()
}

// complaint is what clients say when something went wrong although their exit code is 0.
var complaint = regexp.MustCompile(`(?i)error|fail|denied|couldn't|no such|warn|refus`)

func (c *customer) ssh() []string {
	return []string{"-i", c.key, "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
		"-o", "BatchMode=yes", "-F", "/dev/null"}
}

func (c *customer) sftp(t *testing.T, batch string) string {
	return c.run(t, batch, "sftp", append(c.ssh(), "-b", "-", "-P", c.port, c.Sender.Account+"@"+c.host)...)
}

func (c *customer) rclone(t *testing.T, args ...string) string {
	return c.run(t, "", "rclone", args...)
}

func (c *customer) lftp(t *testing.T, script string) string {
	c.write(t, "lftp.script", []byte("set sftp:auto-confirm yes\nset sftp:connect-program \"ssh -a -x "+strings.Join(c.ssh(), " ")+"\"\nset net:max-retries 1\nset cmd:fail-exit yes\nset xfer:clobber yes\n"+
		"open -u "+c.Sender.Account+",x -p "+c.port+" sftp://"+c.host+"\n"+script+"\nbye\n"))
	return c.run(t, "", "lftp", "--norc", "-f", "lftp.script")
}

// python3 is Debian's, the one that python3-paramiko belongs to.
const python3 = "/usr/bin/python3"

func (c *customer) paramiko(t *testing.T, script string) string {
	return c.run(t, `
import os, sys, paramiko
c = paramiko.SSHClient()
c.set_missing_host_key_policy(paramiko.AutoAddPolicy())
c.connect(sys.argv[1], int(sys.argv[2]), sys.argv[3], key_filename=sys.argv[4], look_for_keys=False, allow_agent=False)
s = c.open_sftp()
`+script+`
s.close(); c.close()
`, python3, "-", c.host, c.port, c.Sender.Account, c.key)
}

// client is how one program does the three things that a customer does.
type client struct {
	name string
	put  func(t *testing.T, file string)        // drop a file of home into in/
	list func(t *testing.T) string              // names in out/, one a line
	get  func(t *testing.T, name, local string) // fetch a file of out/
}

func (c *customer) clients() []client {
	sftpList := func(t *testing.T) string { return c.sftp(t, "ls -1 out\n") }
	sftpGet := func(t *testing.T, name, local string) { c.sftp(t, "get out/"+name+" "+local+"\n") }
	rcloneList := func(t *testing.T) string { return c.rclone(t, "lsf", "GW:out") }
	rcloneGet := func(t *testing.T, name, local string) { c.rclone(t, "copyto", "GW:out/"+name, local) }
	lftpList := func(t *testing.T) string { return c.lftp(t, "cls -1 out") }
	lftpGet := func(t *testing.T, name, local string) { c.lftp(t, "get out/"+name+" -o "+local) }
	return []client{
		{"OpenSSH sftp", func(t *testing.T, file string) { c.sftp(t, "put "+file+" in/"+file+"\nls -l in/"+file+"\n") }, sftpList, sftpGet},
		{"OpenSSH sftp that keeps times", func(t *testing.T, file string) { c.sftp(t, "cd in\nput -p "+file+"\n") }, sftpList, sftpGet},
		{"rclone", func(t *testing.T, file string) { c.rclone(t, "copy", file, "GW:in") }, rcloneList, rcloneGet},
		{"rclone with the temporary name of its newer versions", func(t *testing.T, file string) { // Debian's uploads in place
			c.rclone(t, "copyto", file, "GW:in/"+file+".a1b2c3d4.partial")
			c.rclone(t, "moveto", "GW:in/"+file+".a1b2c3d4.partial", "GW:in/"+file)
		}, rcloneList, rcloneGet},
		{"lftp", func(t *testing.T, file string) { c.lftp(t, "put -O in "+file) }, lftpList, lftpGet},
		{"lftp with a temporary name", func(t *testing.T, file string) {
			c.lftp(t, "set xfer:use-temp-file yes\nset xfer:temp-file-name .in.*\nput -O in "+file)
		}, lftpList, lftpGet},
		{"paramiko", func(t *testing.T, file string) {
			c.paramiko(t, `a = s.put("`+file+`", "in/`+file+`")  # confirm=True: stat after the claim
assert a.st_size == os.path.getsize("`+file+`"), a`)
		}, func(t *testing.T) string { return c.paramiko(t, `print("\n".join(s.listdir("out")))`) },
			func(t *testing.T, name, local string) { c.paramiko(t, `s.get("out/`+name+`", "`+local+`")`) }},
	}
}

// TestRealClients: what customers have installed puts a drop and fetches its receipt. Nothing is scanned for here, so a drop can only
// have been claimed by its CLOSE, or its rename.
func TestRealClients(t *testing.T) {
	t.Parallel()
	need(t, "sftp", "openssh-client")
	need(t, "rclone", "rclone")
	need(t, "lftp", "lftp")
	need(t, python3, "python3")
	if err := exec.Command(python3, "-c", "import paramiko").Run(); err != nil {
		t.Fatal("paramiko is missing: apt-get install -y python3-paramiko")
	}
	w := start(t, func(_ *demo.World, _ string, c *config.Config) {
		c.Intake.Settle, c.Intake.ScanEvery = time.Hour, time.Hour
	})
	c := newCustomer(t, w)
	names := strings.NewReplacer(" ", "-")
	for i, client := range c.clients() {
		t.Run(client.name, func(t *testing.T) {
			file := names.Replace(client.name) + ".xml"
			doc := c.ersuchen(2000+int64(i), c.place(amtshilfe.KanalPost), nil)
			c.write(t, file, doc)
			client.put(t, file)
			d := c.drop(t, c.Sender.Account, file) // there at once: the client was told OK
			if d.Size != int64(len(doc)) || d.Source == "" {
				t.Errorf("claimed %d bytes of %d", d.Size, len(doc))
			}
			receipt := awaitReceipt(t, client, regexp.MustCompile(regexp.QuoteMeta(file)+`\.D[0-9A-Z-]+\.1\.quittung\.xml`))
			local := "quittung-" + file
			client.get(t, receipt, local)
			lint(t, filepath.Join(c.home, local))
			data, err := os.ReadFile(filepath.Join(c.home, local))
			if err != nil || !bytes.Contains(data, []byte("<v:ergebnis>angenommen</v:ergebnis>")) {
				t.Errorf("receipt: %v\n%s", err, data)
			}
		})
	}
	if t.Failed() {
		return
	}
	w.settle(t, len(c.clients()))
	if n := len(w.drops(t)); n != len(c.clients()) {
		t.Errorf("%d drops of %d uploads", n, len(c.clients()))
	}
	if left, err := os.ReadDir(c.Sender.In); err != nil || len(left) > 0 {
		t.Errorf("left in in/: %v %v", left, err)
	}
	w.verify(t)
}

// awaitReceipt polls the listing with the client itself.
func awaitReceipt(t *testing.T, client client, name *regexp.Regexp) string {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		listing := client.list(t)
		if found := name.FindString(listing); found != "" {
			return found
		}
		if time.Now().After(deadline) {
			t.Fatalf("no receipt in\n%s", listing)
		}
	}
}
