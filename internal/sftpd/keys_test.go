package sftpd_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"damtshilfe/internal/certs"
	"damtshilfe/internal/sftpd"
	"damtshilfe/spool"
)

func TestLogin(t *testing.T) {
	w := newWorld(t, spool.Settle, func(o *sftpd.Options) { o.Limits.MaxSessions = 2; o.Limits.MaxHandles = 3 })
	stranger, _ := newKey(t, t.TempDir(), "stranger")
	for _, tt := range []struct {
		name, user string
		keys       []ssh.Signer
		ok         bool
	}{
		{"the account's key opens it", "stadt-a", []ssh.Signer{w.signer}, true},
		{"a foreign key before it does no harm", "stadt-a", []ssh.Signer{stranger, w.signer}, true},
		{"a foreign key does not", "stadt-a", []ssh.Signer{stranger}, false},
		{"the key opens no other account", "stadt-b", []ssh.Signer{w.signer}, false},
		{"nor one that does not exist", "root", []ssh.Signer{w.signer}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := w.dialAs(tt.user, tt.keys...)
			if (err == nil) != tt.ok {
				t.Errorf("login: %v", err)
			}
			if err == nil {
				c.Close()
			}
		})
	}
	t.Run("passwords are not offered", func(t *testing.T) {
		_, err := ssh.Dial("tcp", w.addr, &ssh.ClientConfig{User: "stadt-a", Auth: []ssh.AuthMethod{ssh.Password("x")}, HostKeyCallback: ssh.InsecureIgnoreHostKey()})
		if err == nil {
			t.Error("a password opened the account")
		}
	})
	conn := w.dial(t)
	t.Run("no commands, no forwarding", func(t *testing.T) {
		s, err := conn.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if err := s.Run("id"); err == nil {
			t.Error("a command ran")
		}
		if _, err := conn.Dial("tcp", w.addr); err == nil {
			t.Error("a connection was forwarded")
		}
		if _, err := conn.Listen("tcp", "127.0.0.1:0"); err == nil {
			t.Error("a port was forwarded")
		}
	})
	t.Run("sessions and handles are counted", func(t *testing.T) {
		c, err := sftp.NewClient(conn)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		second, err := conn.NewSession()
		if err != nil {
			t.Fatal(err)
		}
		defer second.Close()
		if _, err := conn.NewSession(); err == nil {
			t.Error("a third session was accepted")
		}
		var files []*sftp.File
		for i := range 3 {
			f, err := c.Create(fmt.Sprintf("in/%d", i))
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
		_, err = c.Create("in/4")
		wantRefusal(t, "fourth handle", err, "too many open files")
		for _, f := range files {
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
		if err := put(c, "in/4", "x"); err != nil {
			t.Errorf("handles are not given back: %v", err)
		}
	})
}

func TestKeys(t *testing.T) {
	dir := t.TempDir()
	key, err := certs.NewSSHKey("host")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "host"), key.Private, 0o600); err != nil {
		t.Fatal(err)
	}
	host, err := sftpd.ReadHostKey(filepath.Join(dir, "host"))
	if err != nil {
		t.Fatal(err)
	}
	line := string(bytes.TrimSpace(ssh.MarshalAuthorizedKey(host.PublicKey())))
	for _, tt := range []struct {
		name, text string
		keys       int
	}{
		{"two keys, comments and blank lines", "# stadt-a\n" + line + " one\n\n" + line + "\n# end\n", 2},
		{"options are refused", `from="10.0.0.1" ` + line, 0},
		{"an empty file is refused", "# nothing\n", 0},
		{"a private key is refused", "-----BEGIN OPENSSH PRIVATE KEY-----\n", 0},
		{"rubbish behind a key is refused", line + "\nrubbish\n", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(dir, "keys")
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			keys, err := sftpd.ReadKeys(path)
			if len(keys) != tt.keys || (err == nil) != (tt.keys > 0) {
				t.Errorf("ReadKeys = %d keys, %v", len(keys), err)
			}
		})
	}
	if err := os.Chmod(filepath.Join(dir, "host"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := sftpd.ReadHostKey(filepath.Join(dir, "host")); err == nil {
		t.Error("a host key that anybody may read was accepted")
	}
}
