package app

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/attachment"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/register"
	"damtshilfe/internal/schema"
	"damtshilfe/internal/xmlgate"
	"damtshilfe/internal/xta"
	"damtshilfe/mapping"
	"damtshilfe/printstreet"
	"damtshilfe/spool"
)

func (g *Gateway) openPacks() (err error) {
	g.packs, err = Packs(g.Config.Packs.Dir)
	return err
}

// Packs loads the built-in schema packs and those of the folder dir over them; "" = only the built-in ones.
func Packs(dir string) (*mapping.Packs, error) {
	packs, err := mapping.Builtin()
	if err != nil || dir == "" {
		return packs, err
	}
	return packs.Overlay(os.DirFS(dir))
}

// SchemaSets are the schemas of the packs that are used.
func SchemaSets(packs *mapping.Packs) []schema.Set {
	var sets []schema.Set
	for _, p := range packs.List() {
		if !p.Shadowed {
			sets = append(sets, schema.Set{Name: p.Name, Files: p.Files, Entry: p.Entry})
		}
	}
	return sets
}

// openLetters reads logo and signature of the accounts.
func (g *Gateway) openLetters() (err error) {
	g.letters = map[string]*printstreet.Stationery{}
	for _, p := range g.Config.Participants {
		if g.letters[p.Account], err = p.Letters.Stationery(); err != nil {
			return fmt.Errorf("account %s: letters: %w", p.Account, err)
		}
	}
	return nil
}

// openMappings reads how flat files of the accounts become messages.
func (g *Gateway) openMappings() (err error) {
	g.mappings = map[string][]*mapping.FlatMapping{}
	for _, p := range g.Config.Participants {
		if g.mappings[p.Account], err = p.FlatMappings(); err != nil {
			return fmt.Errorf("account %s: %w", p.Account, err)
		}
	}
	return nil
}

func (g *Gateway) openSpool() error {
	s, err := spool.Open(spool.Options{DataDir: g.Config.DataDir, Disk: g.opts.Disk, Now: g.opts.Now, Settle: g.Config.Intake.Settle})
	if err != nil {
		return err
	}
	g.Spool = s
	g.onClose("spool", s.Close)
	for _, p := range g.Config.Participants {
		if err := s.AddAccount(p.Account, spool.Completeness(p.Completeness)); err != nil {
			return err
		}
		for _, dir := range p.Watch {
			if err := s.AddSource(p.Account, dir); err != nil {
				return err
			}
		}
	}
	if g.profiles, err = loadProfiles(g.Config.Print); err != nil {
		return err
	}
	g.durable = map[string]bool{}
	for name := range g.profiles {
		if g.durable[name], err = s.AddProfile(name); err != nil {
			return err
		}
	}
	for _, p := range g.Config.Participants {
		if _, ok := g.profiles[p.PrintProfile]; !ok {
			return fmt.Errorf("account %s: no print profile %q", p.Account, p.PrintProfile)
		}
	}
	return nil
}

func loadProfiles(c config.Print) (map[string]printstreet.Profile, error) {
	profiles := map[string]printstreet.Profile{}
	if c.ProfilesDir == "" {
		p := printstreet.TestProfile()
		profiles[p.Name] = p
		return profiles, withTexts(profiles, c.Texts)
	}
	files, err := filepath.Glob(filepath.Join(c.ProfilesDir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		p, err := printstreet.ParseProfile(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
		profiles[p.Name] = p
	}
	return profiles, withTexts(profiles, c.Texts)
}

// withTexts gives all profiles the operator's own texts; "" = there are none.
func withTexts(profiles map[string]printstreet.Profile, file string) error {
	if file == "" {
		return nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("print.texts: %w", err)
	}
	texts, err := printstreet.ReadTexts(data)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	for name, p := range profiles {
		p.Texts = texts
		profiles[name] = p
	}
	return nil
}

func (g *Gateway) openLedger() (err error) {
	g.Ledger, err = ledger.Open(g.Config.LedgerFile(), g.opts.Disk.Hook, g.opts.Now)
	if err != nil {
		return err
	}
	g.onClose("ledger", g.Ledger.Close)
	return nil
}

func (g *Gateway) openPipeline() error {
	installed, err := g.packs.Fingerprint()
	if err != nil {
		return err
	}
	validator, err := schema.Start(SchemaSets(g.packs), schema.Options{Log: g.opts.Log})
	if err != nil {
		return err
	}
	g.validator = validator
	g.onClose("schema validator", validator.Close)
	deps := pipeline.Deps{Keys: g.keys.ring, Revoked: g.revoked.Revoked, Ledger: g.Ledger, Spool: g.Spool, Packs: g.packs, Schema: validator, Log: g.opts.Log, Now: g.opts.Now}
	reader := attachment.NewReader()
	g.onClose("reader of attachments", reader.Close)
	deps.Attachments = reader
	deps.ScanPDF = newScanner(g.Config.Intake.Scanner, g.opts.Now)
	if deps.Massnahmen, err = g.packs.Codes("urn:damtshilfe:codeliste:massnahme"); err != nil {
		return err
	}
	if deps.Fits, err = loadPlaces(g.Config.Intake.Orte); err != nil {
		return err
	}
	if g.register != nil {
		deps.Register = g.register
	}
	x := g.Config.XTA.Client
	if x.Cert != "" {
		live, err := certs.OpenClient(certs.Files{Cert: x.Cert, Key: x.Key, CA: x.CA}, g.opts.Now)
		if err != nil {
			return err
		}
		answers, err := g.opts.Disk.MakeDir(filepath.Join(g.Config.DataDir, "work", "xta"))
		if err != nil {
			return err
		}
		g.onClose("directory of answers", answers.Close)
		client := xta.NewClient(xta.ClientOptions{TLS: live.Config(), Timeout: x.Timeout, Hook: g.opts.Disk.Hook, Now: g.opts.Now, Spool: answers, Revoked: g.revoked.Revoked})
		g.onClose("xta client", func() error { client.Close(); return nil })
		g.keep.tls("xta.client", live, func() { client.Renew(live.Config()) })
		g.xtaClient = client
		deps.Sender, deps.Fetcher = client, client
	}
	conf := g.pipelineConfig()
	conf.InstalledPacks = installed
	g.Pipeline = pipeline.New(conf, deps)
	return nil
}

// loadPlaces reads the table of postcodes; without one nobody can say what fits.
func loadPlaces(file string) (func(plz, ort string) bool, error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("intake.orte: %w", err)
	}
	defer f.Close()
	places, err := register.ReadPlaces(f)
	if err != nil {
		return nil, fmt.Errorf("intake.orte: %w", err)
	}
	return places.Fits, nil
}

func (g *Gateway) pipelineConfig() pipeline.Config {
	c := g.Config
	limits := xmlgate.DefaultLimits()
	limits.MaxBytes = int64(c.Intake.MaxMessage)
	cfg := pipeline.Config{
		Operator: amtshilfe.Akteur{Kennung: c.Operator.Kennung, Verfahren: "dAmtshilfe-Gateway", Aktenzeichen: "-", Person: operatorPerson(c.Operator)},
		Produkt:  mapping.Produkt{Name: "dAmtshilfe-Gateway", Hersteller: c.Operator.Name, Version: Version},
		Limits:   mapping.DropLimits{Message: limits, MaxBytes: int64(c.Intake.MaxDrop), MaxEntries: c.Intake.ZIP.MaxEntries, MaxRatio: c.Intake.ZIP.MaxRatio},
		Readers:  map[string]pipeline.Sealing{},
		MinFree:  int64(c.Intake.MinFree), Profiles: g.profiles, DurableInbox: g.durable, Workday: workday, NextPrint: nextPrint(c.Runs),
		SendTimeout: c.XTA.Client.Timeout, ReportSchedule: c.XTA.Client.ReportSchedule, ReportDeadline: c.XTA.Client.ReportDeadline,
		ResendWindow: c.XTA.Client.ResendWindow, LookupKeep: c.XTA.Client.LookupKeep, RetrySchedule: c.XTA.Client.RetrySchedule, BreakerAfter: c.XTA.Client.BreakerAfter, OriginalKeep: c.OriginalKeep, ScanEvery: c.Intake.ScanEvery, Poll: g.opts.Poll, Backoff: g.opts.Backoff,
	}
	if g.opts.Backoff != 0 {
		cfg.RetrySchedule = []time.Duration{g.opts.Backoff}
	}
	if c.XTA.Client.Cert != "" {
		cfg.MailboxURL = c.XTA.Client.Mailbox
	}
	for _, e := range c.XTA.Client.Encryption {
		for _, r := range e.Readers {
			cfg.Readers[r] = pipeline.Sealing(e.Send)
		}
	}
	for _, p := range c.Participants {
		var formats []mapping.ReceiptFormat
		for _, f := range p.Receipts {
			formats = append(formats, mapping.ReceiptFormat(f))
		}
		cfg.Accounts = append(cfg.Accounts, pipeline.Account{Name: p.Account, Title: p.Name, Betriebsart: p.Betriebsart, Kennungen: p.Kennungen,
			AllOrNothing: p.AllOrNothing, PrintProfile: p.PrintProfile, PaperAfter: paperAfter(p.PaperAfter), Infos: pipeline.Infos(p.Infos), Receipts: formats, IBANs: p.IBANs,
			Volume:   pipeline.Volume{Messages: p.Limits.Messages, Betrag: amtshilfe.Cents(p.Limits.EUR * 100), First: isSet(p.ConfirmFirst), Unusual: isSet(p.ConfirmUnusual)},
			Mappings: g.mappings[p.Account], Sealing: pipeline.Sealing(p.Encryption.Send), Letters: g.letters[p.Account]})
	}
	return cfg
}

// paperAfter reads a term; one that Parse did not see is never over.
func paperAfter(d *time.Duration) time.Duration {
	if d == nil {
		return 0
	}
	return *d
}

// isSet reads a switch; one that Parse did not see is off.
func isSet(b *bool) bool { return b != nil && *b }

func operatorPerson(o config.Operator) amtshilfe.Person {
	p := amtshilfe.Person{Firma: o.Name}
	if len(o.Anschriftzeilen) > 0 {
		p.Anschriften = []amtshilfe.Postanschrift{{Zusatz: o.Anschriftzeilen[0]}}
	}
	return p
}
