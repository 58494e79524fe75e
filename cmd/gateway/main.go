// Command gateway is the dAmtshilfe gateway: see README.md. Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 done with
// held or rejected messages.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"damtshilfe/internal/app"
	"damtshilfe/internal/attachment"
	"damtshilfe/internal/config"
	"damtshilfe/internal/schema"

	"github.com/alecthomas/kong"
)

// The exit codes are API.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitOpen   = 3
)

// errOpen says that all was done, and messages are held or were rejected.
var errOpen = errors.New("done, with held or rejected messages")

// usageError is a fault in what the user typed or configured.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// cli is the command line (design 6). A command that is not built yet is not here.
type cli struct {
	Config string `short:"c" placeholder:"FILE" help:"Configuration (default config.yaml where a command needs one)."`
	Quiet  bool   `short:"q" help:"Log errors only."`

	Demo       demoCmd       `cmd:"" help:"Play the main job in a small world of its own: two data centres, SFTP, letters, receipts."`
	Serve      serveCmd      `cmd:"" help:"Run the gateway until it is told to stop."`
	Run        runCmd        `cmd:"" help:"Do one run now: scan, fetch, print, quittung, receipts, purge or deliver."`
	Check      checkCmd      `cmd:"" help:"Check configuration, disk and certificates without starting."`
	Sample     sampleCmd     `cmd:"" help:"Write fictitious, valid messages (test=\"true\")."`
	Validate   validateCmd   `cmd:"" help:"Validate messages, ZIPs and containers; exit 3 if one is faulty."`
	Map        mapCmd        `cmd:"" help:"Turn a flat file into messages; exit 3 if it has faults."`
	Render     renderCmd     `cmd:"" help:"Make the letter of a message as PDF."`
	Lookup     lookupCmd     `cmd:"" help:"Ask who is competent; without --config from the embedded sample directory."`
	Register   registerCmd   `cmd:"" help:"The authority server."`
	Status     statusCmd     `cmd:"" help:"What is in flight, held and ended."`
	Show       showCmd       `cmd:"" help:"Show a drop or a delivery."`
	Trace      traceCmd      `cmd:"" help:"The life of a message, found by id, UUID, MessageID or Aktenzeichen."`
	Held       heldCmd       `cmd:"" help:"What waits for a person."`
	Retry      retryCmd      `cmd:"" help:"Ask again: the directory, the report."`
	Release    releaseCmd    `cmd:"" help:"Let a held delivery go on."`
	Reject     rejectCmd     `cmd:"" help:"End a held delivery."`
	Bundle     bundleCmd     `cmd:"" help:"Print bundles."`
	Print      printCmd      `cmd:"" help:"Print profiles: proof and release."`
	Reprint    reprintCmd    `cmd:"" help:"Print a letter or a bundle again that the print centre has: a new bundle that names the old one."`
	Quarantine quarantineCmd `cmd:"" help:"Drops that yielded no message."`
	Packs      packsCmd      `cmd:"" help:"Schema packs: list, check."`
	XTA        xtaCmd        `cmd:"" name:"xta" help:"XTA by hand: why does a partner get nothing?"`
	Verify     verifyCmd     `cmd:"" help:"Prove that ledger, files, mailboxes and print spool agree."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
}

// env is what commands run in.
type env struct {
	ctx    context.Context
	out    io.Writer
	errOut io.Writer
	log    *slog.Logger
	config string
}

// load reads the configuration; a fault in it is the user's.
func (e *env) load() (config.Config, error) {
	path := e.config
	if path == "" {
		path = "config.yaml"
	}
	c, err := config.Load(path)
	if err != nil {
		return c, usageError{err}
	}
	return c, nil
}

func main() {
	schema.ChildMain()
	attachment.ChildMain()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the first signal asks, the second one ends
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is main without the process: tests call it.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	var c cli
	exited := -1
	parser, err := kong.New(&c, kong.Name("gateway"), kong.Description("Takes dropped files of enforcement requests, delivers them over XTA 2.1.1 or as letters, and writes receipts.\n\nExit codes: 0 done, 1 failed, 2 usage or configuration, 3 done with held or rejected messages."),
		kong.Writers(out, errOut), kong.Exit(func(code int) { exited = code }), kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(errOut, "gateway:", err)
		return exitFailed
	}
	command, err := parser.Parse(args)
	if exited >= 0 { // --help
		return exited
	}
	if err != nil {
		fmt.Fprintf(errOut, "gateway: %v\nRun \"gateway --help\" for the commands.\n", err)
		return exitUsage
	}
	level := slog.LevelInfo
	if c.Quiet {
		level = slog.LevelError
	}
	e := &env{ctx: ctx, out: out, errOut: errOut, config: c.Config, log: slog.New(slog.NewTextHandler(errOut, &slog.HandlerOptions{Level: level}))}
	err = command.Run(e)
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errOpen):
		return exitOpen
	}
	fmt.Fprintln(errOut, "gateway:", err)
	if todo := advice(err); todo != "" {
		fmt.Fprintln(errOut, " ", todo)
	}
	if _, usage := errors.AsType[usageError](err); usage {
		return exitUsage
	}
	return exitFailed
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(e *env) error {
	_, err := fmt.Fprintln(e.out, "gateway", app.Version)
	return err
}
