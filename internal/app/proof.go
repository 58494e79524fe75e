package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/config"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/sample"
	"damtshilfe/internal/xmlgate"
	"damtshilfe/mapping"
	"damtshilfe/printstreet"
)

// proofID is the bundle of a proof: no real one has its date.
const proofID = amtshilfe.BundleID("B000101-PR0BE0")

// PrintProof writes the test bundle of a profile into a new directory: 12 letters with all kinds, both envelopes, a long address and many
// sheets, the same at every time. All are of Betriebsart test, whatever the profile is of: overprinted, and never to be sent.
func PrintProof(cfg config.Config, profile, dir string) (printstreet.Bundle, error) {
	profiles, err := loadProfiles(cfg.Print)
	if err != nil {
		return printstreet.Bundle{}, err
	}
	p, ok := profiles[profile]
	if !ok {
		return printstreet.Bundle{}, fmt.Errorf("no print profile %q", profile)
	}
	if err := outside(dir, cfg.DataDir); err != nil {
		return printstreet.Bundle{}, err
	}
	p.Betriebsart, p.LettersPerBundle = amtshilfe.Test, max(p.LettersPerBundle, len(proofLetters))
	b, err := renderProof(p)
	if err != nil {
		return b, err
	}
	return b, writeNew(dir, b.Files)
}

// outside refuses a directory below data_dir: nothing there is anybody's but the gateway's, least of all a print centre's inbox.
func outside(dir, data string) error {
	at, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if real, err := filepath.EvalSymlinks(filepath.Dir(at)); err == nil {
		at = filepath.Join(real, filepath.Base(at))
	}
	root, err := filepath.Abs(data)
	if err != nil {
		return err
	}
	if real, err := filepath.EvalSymlinks(root); err == nil {
		root = real
	}
	if at == root || strings.HasPrefix(at, root+string(filepath.Separator)) {
		return fmt.Errorf("%s is below data_dir: a proof goes elsewhere", dir)
	}
	return nil
}

func writeNew(dir string, files []printstreet.File) (err error) {
	if entries, err := os.ReadDir(dir); !errors.Is(err, fs.ErrNotExist) && (err != nil || len(entries) > 0) {
		return fmt.Errorf("%s is not empty (%w)", dir, err)
	}
	out, err := durable.New(nil).MakeDir(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	for _, f := range files {
		if err := out.WriteFile(f.Name, f.Data); err != nil {
			return err
		}
	}
	return out.Sync()
}

// proofLetters are the kinds of the letters, and how many claims a 003 among them has more than usual.
var proofLetters = []struct {
	kind  amtshilfe.Kind
	more  int
	lines []string // of the address, nil = three
}{
	{kind: amtshilfe.KindErsuchen}, {kind: amtshilfe.KindErsuchen, more: 40}, {kind: amtshilfe.KindErsuchen, more: 250},
	{kind: amtshilfe.KindErsuchen, lines: []string{"Verwaltungsgemeinschaft Mühlbachtal", "Vollstreckungsbehörde", "Sachgebiet 20.3, Zimmer 114", "An der Alten Ziegelei 127 b", "99423 Weimar"}},
	{kind: amtshilfe.KindErsuchen}, {kind: amtshilfe.KindForderungsaenderung}, {kind: amtshilfe.KindForderungsaenderung},
	{kind: amtshilfe.KindEinstellung}, {kind: amtshilfe.KindEinstellung}, {kind: amtshilfe.KindSachstandAnfrage}, {kind: amtshilfe.KindErgaenzung}, {kind: amtshilfe.KindErgaenzung},
}

func renderProof(p printstreet.Profile) (printstreet.Bundle, error) {
	packs, err := mapping.Builtin()
	if err != nil {
		return printstreet.Bundle{}, err
	}
	reader := packs.NewReader(xmlgate.DefaultLimits())
	read := func(doc []byte) (*amtshilfe.Message, error) {
		m := &amtshilfe.Message{}
		if findings := reader.Read(doc, m); amtshilfe.Failed(findings) {
			return nil, fmt.Errorf("proof: %s", findings[0].Code)
		}
		return m, nil
	}
	created := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	job := printstreet.Job{Bundle: proofID, Profile: p, Betriebsart: amtshilfe.Test, Mandant: "probe", Created: created}
	for i, spec := range proofLetters {
		o := sample.Options{N: 1, Seed: int64(i + 1), Now: created, Fix: func(_ int, s *sample.Spec) {
			for n := range spec.more {
				f := s.Forderungen[0]
				f.Buchungsnummer = fmt.Sprintf("%s-%d", f.Buchungsnummer, n+1)
				s.Forderungen = append(s.Forderungen, f)
			}
		}}
		var doc []byte
		for m := range sample.Generate(o) {
			doc = append(doc, m.XML...)
		}
		request, err := read(doc)
		if err != nil {
			return printstreet.Bundle{}, err
		}
		letter := printstreet.Letter{Sendung: amtshilfe.SendungID{Bundle: proofID, N: i + 1}, Message: request, Betriebsart: amtshilfe.Test, Datum: created,
			Behoerde: amtshilfe.Behoerde{Kennung: fmt.Sprintf("vb:probe-%d", i+1), Name: "Stadt Beispielstadt", Anschriftzeilen: spec.lines}}
		if spec.lines == nil {
			letter.Behoerde.Anschriftzeilen = []string{"Stadt Beispielstadt", "Marktplatz 1", fmt.Sprintf("%05d Beispielstadt", 1067+i*7000)}
		}
		if spec.kind != amtshilfe.KindErsuchen {
			kopf := sample.Kopf(int64(1000+i), 1, created, sample.Akteur(request.Kopf.Absender.Kennung, "Stadtkasse Beispielstadt", "PROBE"))
			about := sample.About(sample.New(o, 0), kopf)
			if spec.kind == amtshilfe.KindErgaenzung {
				about.Text, about.Gefahr, about.GefahrText = "Dies ist ein Probeschreiben.", "liegt-vor", "Dies ist ein Probehinweis."
			}
			if letter.Message, err = read(sample.Follow(spec.kind, about)); err != nil {
				return printstreet.Bundle{}, err
			}
			letter.Reference = printstreet.ReferenceTo(request)
		}
		job.Letters = append(job.Letters, letter)
	}
	return printstreet.Render(job)
}
