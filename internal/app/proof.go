package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/attachment"
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
// sheets, and one more for each text of the operator's own; the same at every time. All are of Betriebsart test, whatever the profile is of: overprinted, and never to be sent.
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
	p.Betriebsart = amtshilfe.Test
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

// proofLetter is one letter of a proof.
type proofLetter struct {
	kind  amtshilfe.Kind
	more  int             // claims beside the usual ones
	lines []string        // of the address, nil = three
	text  printstreet.Use // of a text that the operator added; zero = none
}

// proofLetters are a request of the usual size to a long address, one of many sheets, and every other kind of letter.
var proofLetters = []proofLetter{
	{kind: amtshilfe.KindErsuchen, lines: []string{"Verwaltungsgemeinschaft Mühlbachtal", "Vollstreckungsbehörde", "Sachgebiet 20.3, Zimmer 114", "An der Alten Ziegelei 127 b", "99423 Weimar"}},
	{kind: amtshilfe.KindErsuchen, more: 250},
	{kind: amtshilfe.KindForderungsaenderung}, {kind: amtshilfe.KindEinstellung}, {kind: amtshilfe.KindSachstandAnfrage}, {kind: amtshilfe.KindErgaenzung},
	{kind: amtshilfe.KindEingangsbestaetigung}, {kind: amtshilfe.KindZurueckweisung}, {kind: amtshilfe.KindWeiterleitung},
	{kind: amtshilfe.KindSachstandAntwort}, {kind: amtshilfe.KindZahlungsmitteilung}, {kind: amtshilfe.KindAbschluss},
}

// lettersOfProof are proofLetters, and a request for each text that the operator added: who releases the form of the letters has to see them.
func lettersOfProof(p printstreet.Profile) []proofLetter {
	list := slices.Clone(proofLetters)
	if p.Texts != nil {
		for _, u := range p.Texts.Uses() {
			list = append(list, proofLetter{kind: amtshilfe.KindErsuchen, text: u})
		}
	}
	return list
}

func renderProof(p printstreet.Profile) (printstreet.Bundle, error) {
	packs, err := mapping.Builtin()
	if err != nil {
		return printstreet.Bundle{}, err
	}
	attachments := attachment.NewReader()
	defer attachments.Close()
	m := proofMaker{packs.NewReader(xmlgate.DefaultLimits()), time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC), p}
	job := printstreet.Job{Bundle: proofID, Profile: p, Betriebsart: amtshilfe.Test, Mandant: "probe", Created: m.created, Cut: attachments.Cut}
	for i, spec := range lettersOfProof(p) {
		letter, err := m.letter(i, spec)
		if err != nil {
			return printstreet.Bundle{}, err
		}
		job.Letters = append(job.Letters, letter)
	}
	job.Profile.LettersPerBundle = max(p.LettersPerBundle, len(job.Letters))
	return m.render(job)
}

// render makes the bundle. A letter of many sheets that the profile does not take gets fewer claims until it does; any other one that cannot
// be printed means that the profile cannot print a usual letter.
func (p proofMaker) render(job printstreet.Job) (printstreet.Bundle, error) {
	specs := lettersOfProof(p.profile)
	for {
		b, err := printstreet.Render(job)
		bad, ok := errors.AsType[*printstreet.LetterError](err)
		if !ok {
			return b, err
		}
		spec := &specs[bad.Index]
		if bad.Fault.Code != "DRUCK-UMFANG" || spec.more == 0 {
			return b, fmt.Errorf("profile %s prints no usual letters: letter %d of the proof, a %03d, is refused: %w", p.profile.Name, bad.Index+1, int(spec.kind), err)
		}
		spec.more /= 2
		if job.Letters[bad.Index], err = p.letter(bad.Index, *spec); err != nil {
			return b, err
		}
	}
}

// proofMaker makes the letters of a proof from fictitious messages.
type proofMaker struct {
	reader  *mapping.Reader
	created time.Time
	profile printstreet.Profile
}

func (p proofMaker) read(doc []byte) (*amtshilfe.Message, error) {
	m := &amtshilfe.Message{}
	if findings := p.reader.Read(doc, m); amtshilfe.Failed(findings) {
		return nil, fmt.Errorf("proof: %s", findings[0].Code)
	}
	return m, nil
}

// letter is number i, from 0.
func (p proofMaker) letter(i int, spec proofLetter) (printstreet.Letter, error) {
	o := sample.Options{N: 1, Seed: int64(i + 1), Now: p.created, Fix: func(_ int, s *sample.Spec) {
		s.Anhaenge = nil
		if i == 0 && p.profile.Attachments == printstreet.AttachmentsPrint {
			s.Anhaenge = []amtshilfe.Anhang{sample.PDF("anlage.pdf", "Dies ist die Anlage eines Probeschreibens.")}
		}
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
	request, err := p.read(doc)
	if err != nil {
		return printstreet.Letter{}, err
	}
	letter := printstreet.Letter{Sendung: amtshilfe.SendungID{Bundle: proofID, N: i + 1}, Message: request, Betriebsart: amtshilfe.Test, Datum: p.created,
		Behoerde: amtshilfe.Behoerde{Kennung: fmt.Sprintf("vb:probe-%d", i+1), Name: "Stadt Beispielstadt", Anschriftzeilen: spec.lines}}
	if spec.lines != nil {
		if letter.Behoerde, err = p.longest(letter.Behoerde); err != nil {
			return letter, err
		}
	} else {
		letter.Behoerde.Anschriftzeilen = []string{"Stadt Beispielstadt", "Marktplatz 1", fmt.Sprintf("%05d Beispielstadt", 1067+i%12*7000)}
	}
	if p.profile.Envelope.Per == printstreet.PerAuthority && spec.kind.FollowsUp() { // these go into one envelope
		letter.Behoerde = amtshilfe.Behoerde{Kennung: "vb:probe", Name: "Stadt Beispielstadt", Anschriftzeilen: []string{"Stadt Beispielstadt", "Marktplatz 1", "01067 Beispielstadt"}}
	}
	if u := spec.text; u.Von != "" {
		letter.Stationery, letter.Land = &printstreet.Stationery{Land: u.Von, Art: u.Art}, u.An
	}
	if spec.kind == amtshilfe.KindErsuchen {
		return letter, nil
	}
	letter.Reference = printstreet.ReferenceTo(request)
	letter.Message, err = p.read(sample.Follow(spec.kind, p.about(i, spec.kind, request, sample.New(o, 0))))
	return letter, err
}

// longest takes lines out of an address, from its second one on, until it fits into the window of the profile.
func (p proofMaker) longest(b amtshilfe.Behoerde) (amtshilfe.Behoerde, error) {
	for {
		fault, err := p.profile.WindowFault(b)
		if err != nil || fault == "" || len(b.Anschriftzeilen) <= 2 {
			return b, err
		}
		b.Anschriftzeilen = slices.Delete(slices.Clone(b.Anschriftzeilen), 0, 1)
	}
}

// about is what a letter after the request says.
func (p proofMaker) about(i int, kind amtshilfe.Kind, request *amtshilfe.Message, spec *sample.Spec) sample.FollowSpec {
	sender := sample.Akteur(request.Kopf.Absender.Kennung, "Stadtkasse Beispielstadt", request.Kopf.Absender.Aktenzeichen)
	if kind.Answers() {
		sender = sample.Akteur("vb:probe", "Stadt Musterhausen", "PROBE")
	}
	about := sample.About(spec, sample.Kopf(int64(1000+i), 1, p.created, sender))
	switch kind {
	case amtshilfe.KindErgaenzung:
		about.Text, about.Gefahr, about.GefahrText = "Dies ist ein Probeschreiben.", "liegt-vor", "Dies ist ein Probehinweis."
	case amtshilfe.KindSachstandAntwort:
		about.Text = "Dies ist ein Probeschreiben."
	}
	return about
}
