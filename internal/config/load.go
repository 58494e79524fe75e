package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"damtshilfe/internal/amtshilfe"
)

// Load reads and checks a file. Errors name the line.
func Load(path string) (Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	c, err := Parse(data, dir)
	if err != nil {
		return c, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return c, nil
}

// Parse reads the text of a configuration whose paths are relative to dir, fills in the defaults and checks it.
func Parse(data []byte, dir string) (Config, error) {
	c := defaults()
	if err := yaml.UnmarshalWithOptions(data, &c, yaml.Strict(), yaml.DisallowUnknownField()); err != nil {
		return c, fmt.Errorf("%s", strings.TrimSpace(yaml.FormatError(err, false, true)))
	}
	c.inherit()
	c.anchor(dir)
	return c, c.Validate()
}

func defaults() Config {
	return Config{
		DataDir:      "./var",
		OriginalKeep: 336 * time.Hour,
		Intake:       Intake{Settle: 5 * time.Second, ScanEvery: 10 * time.Second, MaxDrop: 2 << 30, MaxMessage: 30 << 20, MinFree: 2 << 30, ZIP: ZIP{200_000, 200}, Scanner: Scanner{Timeout: time.Minute}},
		Register:     Register{StaleIfError: 24 * time.Hour, Poll: 20 * time.Second},
		XTA: XTA{Client: XTAClient{Timeout: 300 * time.Second, ReportSchedule: schedule(), RetrySchedule: schedule(), BreakerAfter: 5,
			ReportDeadline: 336 * time.Hour, ResendWindow: 168 * time.Hour, LookupKeep: time.Hour},
			Server: XTAServer{Keep: XTAKeep{Content: 336 * time.Hour, Reports: 2160 * time.Hour, Unused: 720 * time.Hour}}},
		Print: Print{Default: "standard"},
		Runs:  Runs{Zone: "Europe/Berlin", Fetch: "*/5 * * * *", Print: "0 17 * * 1-5", Quittung: "*/15 * * * *", Receipts: "*/15 * * * *", Purge: "30 3 * * *"},
	}
}

// schedule is how often something is tried again.
func schedule() []time.Duration {
	return []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}
}

// inherit fills what a participant or the server takes from elsewhere in the file.
func (c *Config) inherit() {
	for i := range c.Participants {
		p := &c.Participants[i]
		or(&p.Betriebsart, c.Betriebsart)
		or(&p.Role, "beide")
		or(&p.Completeness, "settle")
		or(&p.Infos, "container")
		or(&p.Encryption.Send, "offered")
		or(&p.PrintProfile, c.Print.Default)
		or(&p.Name, p.Account)
		if p.PaperAfter == nil {
			p.PaperAfter = &c.XTA.Client.PaperAfter
		}
		real := p.Betriebsart == amtshilfe.Produktion
		if p.ConfirmFirst == nil {
			p.ConfirmFirst = &real
		}
		if p.ConfirmUnusual == nil {
			p.ConfirmUnusual = &real
		}
		if len(p.Receipts) == 0 {
			p.Receipts = []string{"xml"}
		}
	}
	or(&c.XTA.Server.Name, c.Operator.Kuerzel)
	if c.XTA.Client.Mailbox == "" && c.XTA.Server.Listen != "" {
		c.XTA.Client.Mailbox = "https://" + c.XTA.Server.Listen + "/xta/msgbox"
	}
	if base, ours := strings.CutSuffix(c.XTA.Client.Mailbox, "/msgbox"); ours {
		or(&c.XTA.Client.Management, base+"/management")
	}
}

func or[T comparable](v *T, other T) {
	var zero T
	if *v == zero {
		*v = other
	}
}

// anchor resolves every relative path against the folder of the file.
func (c *Config) anchor(dir string) {
	paths := []*string{&c.DataDir, &c.Ledger, &c.Register.Cert, &c.Register.Key, &c.Register.CA, &c.Register.Serve.Directory, &c.Register.Serve.Store, &c.Register.Serve.Cert,
		&c.Register.Serve.Key, &c.Register.Serve.ClientCA, &c.Register.Serve.SigningKey, &c.Register.Serve.Follow.Cert,
		&c.Register.Serve.Follow.Key, &c.Register.Serve.Follow.CA, &c.Register.Serve.Follow.PublicKey, &c.XTA.Client.Cert, &c.XTA.Client.Key, &c.XTA.Client.CA, &c.XTA.Server.Cert,
		&c.XTA.Server.Key, &c.XTA.Server.ClientCA, &c.Print.ProfilesDir, &c.Print.Texts, &c.Intake.Orte, &c.Packs.Dir}
	for i := range c.XTA.Server.Accounts {
		paths = append(paths, &c.XTA.Server.Accounts[i].CertificatesDir)
	}
	for i := range c.SFTP.HostKeys {
		paths = append(paths, &c.SFTP.HostKeys[i])
	}
	for i := range c.Participants {
		for k := range c.Participants[i].SFTPKeys {
			paths = append(paths, &c.Participants[i].SFTPKeys[k])
		}
		for k := range c.Participants[i].Mappings {
			paths = append(paths, &c.Participants[i].Mappings[k])
		}
		for k := range c.Participants[i].Watch {
			paths = append(paths, &c.Participants[i].Watch[k])
		}
	}
	for i := range c.Participants {
		c.Participants[i].Letters.dir = dir
		paths = append(paths, c.Participants[i].Encryption.paths()...)
	}
	for _, p := range paths {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	}
}
