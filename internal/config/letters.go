package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"damtshilfe/printstreet"
)

// Letters is what a participant's letters show beside the message.
type Letters struct {
	Logo        string `yaml:"logo"`         // PNG without transparency, below the folder of config.yaml; printed in grey, at most 40 by 22 mm
	Signature   string `yaml:"signature"`    // PNG without transparency, below the folder of config.yaml; above the name at the end
	ReturnLine  string `yaml:"return_line"`  // in the window, default: name and address of the message's sender
	AnswerSheet bool   `yaml:"answer_sheet"` // a sheet for the answer as last page; a print profile can want it, too
	BankQR      bool   `yaml:"bank_qr"`      // payee, IBAN and purpose as a code, without an amount
	Land        string `yaml:"land"`         // of the participant: BW, BY, ... TH; with art it chooses texts that name a statute
	Art         string `yaml:"art"`          // kommune, land, bund or koerperschaft
	CostCentre  string `yaml:"cost_centre"`  // Kostenstelle in the index of a bundle
	dir         string // folder of config.yaml: nothing outside of it is read
}

var laender = strings.Fields("BW BY BE BB HB HH HE MV NI NW RP SL SN ST SH TH")

// validate refuses what Stationery would refuse at start.
func (l *Letters) validate(bad func(format string, args ...any)) {
	if l.Land != "" && !slices.Contains(laender, l.Land) {
		bad("land: want one of %s, got %q", strings.Join(laender, " "), l.Land)
	}
	if l.Art != "" && !slices.Contains([]string{"kommune", "land", "bund", "koerperschaft"}, l.Art) {
		bad("art: want kommune, land, bund or koerperschaft, got %q", l.Art)
	}
	if len(l.CostCentre) > 40 || strings.ContainsAny(l.CostCentre, ";\n\r") {
		bad("cost_centre: want at most 40 characters on one line, without a semicolon")
	}
	if _, err := l.Stationery(); err != nil {
		bad("%v", err)
	}
}

// Stationery reads the pictures.
func (l *Letters) Stationery() (*printstreet.Stationery, error) {
	out := &printstreet.Stationery{Ruecksende: l.ReturnLine, AnswerSheet: l.AnswerSheet, BankQR: l.BankQR, Land: l.Land, Art: l.Art, Kostenstelle: l.CostCentre}
	for _, f := range []struct {
		key, path string
		to        **printstreet.Picture
	}{{"logo", l.Logo, &out.Logo}, {"signature", l.Signature, &out.Signature}} {
		if f.path == "" {
			continue
		}
		p, err := l.picture(f.path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.key, err)
		}
		*f.to = p
	}
	return out, nil
}

// picture reads a file below the folder of config.yaml: os.Root follows no link out of it.
func (l *Letters) picture(path string) (*printstreet.Picture, error) {
	if !filepath.IsLocal(path) {
		return nil, fmt.Errorf("%s: want a path below the folder of config.yaml", path)
	}
	root, err := os.OpenRoot(l.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	info, err := root.Stat(path)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > 2<<20) {
		err = fmt.Errorf("%s: not a file of at most 2 MiB", path)
	}
	if err != nil {
		return nil, err
	}
	data, err := root.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p, err := printstreet.ReadPicture(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}
