// Package demo builds a small world and lets the gateway do its main job in it: a certificate authority, an authority server,
// two data centres as two complete gateways, SFTP, a watched folder, a print spool; all of Betriebsart test.
//
// Everything is real but the cities' messages: real SFTP, mutual TLS, files, bundles. The folder keeps it all, so that a second
// run shows duplicates and the same held cases. World is also what the kill and power-cut tests run their scenarios in.
package demo

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/register"
	"damtshilfe/internal/sample"
)

// SenderKennung is the participant that drops files: a city whose mailbox is at data centre A.
const SenderKennung = "kka:01001000"

// World is the folder with everything in it.
type World struct {
	Dir      string
	Sender   Office            // drops Ersuchen; account at site A
	Offices  map[string]Office // all authorities with an XTA mailbox, by kennung
	A, B     Site
	Register string // address of the authority server
	Dirs     *register.Directory

	disk *durable.Disk
}

// Site is one data centre.
type Site struct {
	Name              string // "rz-a"
	Config            string // path of its config.yaml
	SFTP, XTA, Status string // addresses
}

// Office is a participant.
type Office struct {
	Kennung, Name, Account string
	Site                   string // "rz-a" or "rz-b"
	In, Out                string // its folders
}

// Addresses are where the servers of a world listen.
type Addresses struct{ Register, SFTPA, XTAA, StatusA, SFTPB, XTAB, StatusB string }

// Timing makes a world quick for a demo or patient for a test.
type Timing struct {
	Settle, Scan, XTATimeout time.Duration
	Reports                  []time.Duration
	Now                      func() time.Time // dates the certificates; nil = time.Now
}

// Free finds loopback ports that are free now. The listeners are given along, so that nobody takes them meanwhile.
func Free() (Addresses, map[string]map[string]net.Listener, error) {
	var a Addresses
	listeners := map[string]map[string]net.Listener{"register": {}, "rz-a": {}, "rz-b": {}}
	for _, p := range []struct {
		address  *string
		who, key string
	}{{&a.Register, "register", "register"}, {&a.SFTPA, "rz-a", "sftp"}, {&a.XTAA, "rz-a", "xta"}, {&a.StatusA, "rz-a", "status"},
		{&a.SFTPB, "rz-b", "sftp"}, {&a.XTAB, "rz-b", "xta"}, {&a.StatusB, "rz-b", "status"}} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return a, nil, err
		}
		*p.address, listeners[p.who][p.key] = l.Addr().String(), l
	}
	return a, listeners, nil
}

// Build makes or reuses the world in dir for the given addresses: keys and certificates stay, configurations and directory
// are written anew.
func Build(dir string, at Addresses, t Timing) (*World, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	w := &World{Dir: dir, disk: durable.New(nil), Offices: map[string]Office{}, Register: at.Register,
		A: Site{Name: "rz-a", Config: filepath.Join(dir, "rz-a", "config.yaml"), SFTP: at.SFTPA, XTA: at.XTAA, Status: at.StatusA},
		B: Site{Name: "rz-b", Config: filepath.Join(dir, "rz-b", "config.yaml"), SFTP: at.SFTPB, XTA: at.XTAB, Status: at.StatusB}}
	if err := w.keys(t.Now); err != nil {
		return nil, fmt.Errorf("demo keys: %w", err)
	}
	if err := w.directory(); err != nil {
		return nil, fmt.Errorf("demo directory: %w", err)
	}
	// For `gateway register serve`; the demo itself serves the directory in its own process.
	if err := w.write("register/config.yaml", fmt.Appendf(nil, registerText, w.Register)); err != nil {
		return nil, err
	}
	for _, s := range []Site{w.A, w.B} {
		if err := w.config(s, t); err != nil {
			return nil, fmt.Errorf("demo configuration: %w", err)
		}
	}
	return w, nil
}

// write replaces a file of the world.
func (w *World) write(name string, data []byte) error {
	dir, err := w.disk.MakeDir(filepath.Join(w.Dir, filepath.Dir(name)))
	if err != nil {
		return err
	}
	defer dir.Close()
	base := filepath.Base(name)
	if err := dir.Remove(base); err != nil {
		return err
	}
	if err := dir.WriteFile(base, data); err != nil {
		return err
	}
	return dir.Sync()
}

func (w *World) read(name string) ([]byte, error) { return os.ReadFile(filepath.Join(w.Dir, name)) }

// keys makes the CA, the certificates and the SSH keys once.
func (w *World) keys(now func() time.Time) error {
	if _, err := w.read("pki/complete"); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	ca, err := certs.NewCA("dAmtshilfe Demo CA", now)
	if err != nil {
		return err
	}
	files := map[string][]byte{"pki/ca.pem": ca.Pair.Cert, "pki/ca.key": ca.Pair.Key}
	for _, name := range []string{"register", "rz-a", "rz-b"} {
		server, err := ca.Server(name)
		if err != nil {
			return err
		}
		client, err := ca.Client(name)
		if err != nil {
			return err
		}
		files["pki/"+name+"-server.pem"], files["pki/"+name+"-server.key"] = server.Cert, server.Key
		files["pki/"+name+"-client.pem"], files["pki/"+name+"-client.key"] = client.Cert, client.Key
	}
	for _, name := range []string{"rz-a-host", "rz-b-host", "sender", "office"} {
		key, err := certs.NewSSHKey(name)
		if err != nil {
			return err
		}
		files["pki/"+name+".ssh"], files["pki/"+name+".pub"] = key.Private, key.Authorized
	}
	for name, data := range files {
		if err := w.write(name, data); err != nil {
			return err
		}
	}
	return w.write("pki/complete", nil)
}

// NewClient issues a further client certificate of the world's CA, as for a renewal.
func (w *World) NewClient(name string) (certs.Pair, error) {
	ca, err := w.ca()
	if err != nil {
		return certs.Pair{}, err
	}
	return ca.Client(name)
}

// NewServer issues a further server certificate.
func (w *World) NewServer(name string) (certs.Pair, error) {
	ca, err := w.ca()
	if err != nil {
		return certs.Pair{}, err
	}
	return ca.Server(name)
}

func (w *World) ca() (*certs.CA, error) {
	pair, err := certs.LoadPair(filepath.Join(w.Dir, "pki", "ca.pem"), filepath.Join(w.Dir, "pki", "ca.key"))
	if err != nil {
		return nil, err
	}
	return certs.OpenCA(pair, nil)
}

// directory writes the sample directory with the URLs of this world's data centres.
func (w *World) directory() error {
	d, err := register.Sample()
	if err != nil {
		return err
	}
	url := func(address, port string) string { return "https://" + address + "/xta/" + port }
	d, err = d.WithRechenzentren(
		register.Rechenzentrum{Kennung: "rz:demo-a", Management: url(w.A.XTA, "management"), Send: url(w.A.XTA, "send")},
		register.Rechenzentrum{Kennung: "rz:demo-b", Management: url(w.B.XTA, "management"), Send: url(w.B.XTA, "send")})
	if err != nil {
		return err
	}
	w.Dirs = d
	var text strings.Builder
	if err := d.Write(&text); err != nil {
		return err
	}
	for _, e := range d.All(amtshilfe.Test) {
		for _, k := range e.Kanaele {
			if k.Art == amtshilfe.KanalXTA {
				w.office(e, strings.TrimPrefix(k.Rechenzentrum, "rz:demo-"))
			}
		}
	}
	w.Sender = w.Offices[SenderKennung]
	if w.Sender.Site != w.A.Name {
		return fmt.Errorf("the sample directory does not have %s at data centre A", SenderKennung)
	}
	return w.write("register/directory.yaml", []byte(text.String()))
}

func (w *World) office(e register.Eintrag, site string) {
	account := "amt-" + strings.ReplaceAll(strings.TrimPrefix(e.Kennung, "kka:"), ":", "-")
	folder := filepath.Join(w.Dir, "rz-"+site, "var", "accounts", account)
	w.Offices[e.Kennung] = Office{Kennung: e.Kennung, Name: e.Name, Account: account, Site: "rz-" + site, In: filepath.Join(folder, "in"), Out: filepath.Join(folder, "out")}
}

// Watched is the sender's folder elsewhere that is watched.
func (w *World) Watched() string { return filepath.Join(w.Dir, "watched") }

// Printed is the print centre's inbox at site A.
func (w *World) Printed() string {
	return filepath.Join(w.Dir, "rz-a", "var", "print", "standard", "inbox")
}

// RegisterConfig is the authority server of the world.
func (w *World) RegisterConfig() (c struct{ Directory, Cert, Key, ClientCA string }) {
	c.Directory, c.ClientCA = filepath.Join(w.Dir, "register", "directory.yaml"), filepath.Join(w.Dir, "pki", "ca.pem")
	c.Cert, c.Key = filepath.Join(w.Dir, "pki", "register-server.pem"), filepath.Join(w.Dir, "pki", "register-server.key")
	return c
}

// Places are addresses for debtors, by the way that reaches their authority; the sender's own district is left out.
func (w *World) Places(kanal amtshilfe.Kanalart) []sample.Place {
	var list []sample.Place
	for _, e := range w.Dirs.All(amtshilfe.Test) {
		if e.Kennung == SenderKennung || len(e.Kanaele) == 0 || e.Kanaele[0].Art != kanal || len(e.Gebiete) == 0 || len(e.Gebiete[0].Orte) == 0 {
			continue
		}
		o := e.Gebiete[0].Orte[0]
		list = append(list, sample.Place{PLZ: o.PLZ[0], Ort: o.Ort})
	}
	return list
}
