package demo

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sample"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// files are the demo's drops; they are made once and kept, so that a second run drops the same bytes.
type files struct{ zip, container []byte }

func (w *World) files() (f files, err error) {
	now := time.Now()
	if f.zip, err = w.once("drops/ersuchen.zip", func() ([]byte, error) { return w.requestZIP(now) }); err != nil {
		return f, err
	}
	f.container, err = w.once("drops/lieferung.xml", func() ([]byte, error) {
		var b bytes.Buffer
		_, err := sample.WriteLieferung(&b, sample.Options{N: 5, Seed: 2, Kennung: w.Sender.Kennung, Name: w.Sender.Name, Now: now, Places: w.Places(amtshilfe.KanalXTA)[:5], UebertragungsID: 1})
		return b.Bytes(), err
	})
	return f, err
}

func (w *World) once(name string, make func() ([]byte, error)) ([]byte, error) {
	data, err := w.read(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return data, err
	}
	if data, err = make(); err != nil {
		return nil, err
	}
	return data, w.write(name, data)
}

// requestZIP makes 20 Ersuchen: 2 invalid, 1 with nobody competent, 1 with a debtor in the sender's own district, the rest to
// authorities that are reached by XTA at both data centres or by post.
func (w *World) requestZIP(now time.Time) ([]byte, error) {
	places := mix(w.Places(amtshilfe.KanalXTA), w.Places(amtshilfe.KanalPost))
	own := w.Dirs.ByKennung(w.Sender.Kennung, amtshilfe.Test).Behoerde.Anschrift
	var b bytes.Buffer
	good := 0
	_, err := sample.WriteZIP(&b, sample.Options{N: 20, Seed: 1, Bad: 2, Kennung: w.Sender.Kennung, Name: w.Sender.Name, Now: now, Places: places, Fix: func(i int, s *sample.Spec) {
		place := places[i%len(places)]
		switch good++; good {
		case 1: // a real municipality that the sample directory leaves out
			place = sample.Place{PLZ: "25849", Ort: "Pellworm"}
		case 2:
			place = sample.Place{PLZ: own.Postleitzahl, Ort: own.Ort}
		}
		settleIn(s, place)
	}})
	return b.Bytes(), err
}

// settleIn moves every debtor of a request to one place, so that one authority is competent.
func settleIn(s *sample.Spec, p sample.Place) {
	for i := range s.Schuldner {
		for k := range s.Schuldner[i].Person.Anschriften {
			a := &s.Schuldner[i].Person.Anschriften[k]
			a.Postleitzahl, a.Ort, a.Ortsteil = p.PLZ, p.Ort, ""
		}
	}
}

func mix(a, b []sample.Place) []sample.Place {
	var list []sample.Place
	for i := range max(len(a), len(b)) {
		list = append(list, a[i%len(a)], b[i%len(b)])
	}
	return list
}

// einstellung is an 008 for a request.
func einstellung(o Office, uuid string) []byte {
	kopf := sample.Kopf(3, 1, time.Now(), sample.Akteur(o.Kennung, o.Name, "DEMO-EINSTELLUNG"))
	return sample.Einstellung(sample.FollowSpec{Kopf: kopf, Bezug: amtshilfe.Bezug{UUID: uuid, Ersuchen: uuid}, Text: "Die Forderung wurde bezahlt."})
}

// upload puts a file into the sender's in folder with a real SFTP client.
func (w *World) upload(ctx context.Context, name string, data []byte) error {
	private, err := w.read("pki/sender.ssh")
	if err != nil {
		return err
	}
	signer, err := ssh.ParsePrivateKey(private)
	if err != nil {
		return err
	}
	host, err := w.read("pki/rz-a-host.pub")
	if err != nil {
		return err
	}
	hostKey, _, _, _, err := ssh.ParseAuthorizedKey(host)
	if err != nil {
		return err
	}
	conn, err := ssh.Dial("tcp", w.A.SFTP, &ssh.ClientConfig{User: w.Sender.Account, Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)},
		HostKeyCallback: ssh.FixedHostKey(hostKey), Timeout: 10 * time.Second})
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	client, err := sftp.NewClient(conn)
	if err != nil {
		return err
	}
	defer client.Close()
	f, err := client.Create("/in/" + name)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

// watchDrop puts a file into the sender's watched folder under a temporary name and renames it, as a careful program does.
func (w *World) watchDrop(name string, data []byte) error {
	if err := w.write(filepath.Join("watched", name+".tmp"), data); err != nil {
		return err
	}
	return os.Rename(filepath.Join(w.Watched(), name+".tmp"), filepath.Join(w.Watched(), name))
}

// foldersEmpty says that nothing waits in an office's in folder or the watched one.
func (w *World) foldersEmpty() bool {
	folders := []string{w.Watched()}
	for _, o := range w.Offices {
		folders = append(folders, o.In)
	}
	for _, f := range folders {
		if entries, err := os.ReadDir(f); err == nil && len(entries) > 0 {
			return false
		}
	}
	return w.Authorities().caughtUp()
}

// Authorities is the authorities' own program: a small loop that only reads out folders and drops 004 files into in folders.
type Authorities struct {
	offices []Office
	dir     string // of the notes which Ersuchen was answered
	world   *World
}

// Authorities makes the program of all offices but the sender.
func (w *World) Authorities() *Authorities {
	a := &Authorities{dir: "answered", world: w}
	for _, o := range w.Offices {
		if o.Kennung != w.Sender.Kennung {
			a.offices = append(a.offices, o)
		}
	}
	return a
}

// Run answers until ctx ends.
func (a *Authorities) Run(ctx context.Context) error {
	for {
		for _, o := range a.offices {
			if err := a.answer(o); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// pending lists the Ersuchen in an office's out folder that have no answer yet.
func (a *Authorities) pending(o Office) ([]string, error) {
	found, err := filepath.Glob(filepath.Join(o.Out, "003_*.xml"))
	if err != nil {
		return nil, err
	}
	var list []string
	for _, f := range found {
		if _, err := a.world.read(a.note(o, f)); errors.Is(err, fs.ErrNotExist) {
			list = append(list, f)
		}
	}
	return list, nil
}

func (a *Authorities) note(o Office, file string) string {
	return filepath.Join(a.dir, o.Account, filepath.Base(file))
}

func (a *Authorities) caughtUp() bool {
	for _, o := range a.offices {
		if list, err := a.pending(o); err != nil || len(list) > 0 {
			return false
		}
	}
	return true
}

// answer drops a 004 for each new Ersuchen of an office.
func (a *Authorities) answer(o Office) error {
	files, err := a.pending(o)
	if err != nil {
		return err
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		var m struct {
			UUID string `xml:"nachrichtenkopf>nachrichtenUUID"`
		}
		if err := xml.Unmarshal(data, &m); err != nil {
			return err
		}
		n := 0
		for _, c := range m.UUID {
			n = n*31 + int(c)
		}
		reference := "VOLL-" + strings.ToUpper(m.UUID[:8])
		kopf := sample.Kopf(4, n&0x7fffffff, time.Now(), sample.Akteur(o.Kennung, o.Name, reference))
		doc := sample.Eingangsbestaetigung(sample.FollowSpec{Kopf: kopf, Bezug: amtshilfe.Bezug{UUID: m.UUID, Ersuchen: m.UUID}, Aktenzeichen: reference})
		name := "004_" + m.UUID + ".xml"
		if err := a.drop(o, name, doc); err != nil {
			return err
		}
		if err := a.world.write(a.note(o, f), nil); err != nil {
			return err
		}
	}
	return nil
}

// drop puts a file into an office's in folder as a careful program does: durably, under another name first.
func (a *Authorities) drop(o Office, name string, doc []byte) (err error) {
	in, err := a.world.disk.OpenDir(o.In)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	tmp := name + ".tmp"
	if err := errors.Join(in.Remove(tmp), in.WriteFile(tmp, doc), in.Rename(in, tmp, name)); err != nil {
		return err
	}
	return in.Sync()
}
