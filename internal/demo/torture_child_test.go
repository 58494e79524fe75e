package demo_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"damtshilfe/internal/app"
	"damtshilfe/internal/attachment"
	"damtshilfe/internal/config"
	"damtshilfe/internal/durable"
	"damtshilfe/internal/schema"
)

// TestMain lets the test binary be a gateway that ends itself at a chosen point, and the schema child of one.
func TestMain(m *testing.M) {
	schema.ChildMain()
	attachment.ChildMain()
	if path := os.Getenv("DAMT_GATEWAY"); path != "" {
		if err := gateway(path); err != nil {
			fmt.Fprintln(os.Stderr, "gateway:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// killer counts the points of the process and ends it at one of them.
type killer struct {
	n, hits atomic.Int64
	at      int64  // global number of the point, 0 = none
	key     string // or the hit-th point of this key
	hit     int64
	cut     []string // file systems that lose their power first

	mu  sync.Mutex
	log *bufio.Writer // of every point, in a counting run
}

func newKiller() (*killer, error) {
	k := &killer{key: os.Getenv("DAMT_KILL_KEY")}
	for _, v := range []struct {
		name string
		to   *int64
	}{{"DAMT_KILL_AT", &k.at}, {"DAMT_KILL_HIT", &k.hit}} {
		if text := os.Getenv(v.name); text != "" {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return nil, err
			}
			*v.to = n
		}
	}
	if text := os.Getenv("DAMT_CUT"); text != "" {
		k.cut = strings.Split(text, ":")
	}
	if path := os.Getenv("DAMT_POINTS"); path != "" {
		f, err := os.Create(path)
		if err != nil {
			return nil, err
		}
		k.log = bufio.NewWriter(f)
	}
	return k, nil
}

// hook is called before and after every step of the process.
func (k *killer) hook(p durable.Point) {
	n := k.n.Add(1)
	if k.at != 0 && n == k.at {
		k.kill()
	}
	if k.key == "" && k.log == nil {
		return
	}
	key := keyOf(p)
	if key == k.key && k.hits.Add(1) == k.hit {
		k.kill()
	}
	if k.log != nil {
		k.mu.Lock()
		fmt.Fprintln(k.log, key)
		k.mu.Unlock()
	}
}

func (k *killer) kill() {
	for _, path := range k.cut {
		if err := powerOff(path); err != nil {
			fmt.Fprintln(os.Stderr, "power cut:", err)
		}
	}
	syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// powerOff makes a file system forget what it did not write yet: EXT4_IOC_SHUTDOWN, without flushing the log.
func powerOff(path string) error {
	const shutdown, noLogFlush = 2<<30 | 4<<16 | 'X'<<8 | 125, 2
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	flag := uint32(noLogFlush)
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), shutdown, uintptr(unsafe.Pointer(&flag))); errno != 0 {
		return errno
	}
	return nil
}

// keyOf names a point: the step, who does it, and the side. Commits and socket writes happen in goroutines of their own, so
// that they only have the step.
func keyOf(p durable.Point) string {
	side := "before"
	if p.After {
		side = "after"
	}
	var pcs [24]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for more := p.Op != "socket" && p.Op != "commit"; more; {
		var f runtime.Frame
		f, more = frames.Next()
		name, ours := strings.CutPrefix(f.Function, "damtshilfe/")
		if ours && !strings.HasPrefix(name, "internal/durable.") {
			return p.Op + " " + strings.TrimPrefix(name, "internal/") + " " + side
		}
	}
	return p.Op + " - " + side
}

// gateway is one data centre's process. It ends cleanly when its standard input does, and says on its standard output
// every 100 ms whether anything is left to do.
func gateway(path string) (err error) {
	k, err := newKiller()
	if err != nil {
		return err
	}
	cfg, err := config.Load(path)
	if err != nil {
		return err
	}
	disk := durable.New(k.hook)
	if os.Getenv("DAMT_NO_DIRSYNC") != "" {
		disk = durable.TestOnlyNoDirSync(k.hook)
	}
	g, err := app.New(cfg, app.Options{Disk: disk, Poll: 100 * time.Millisecond, Backoff: 100 * time.Millisecond,
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		io.Copy(io.Discard, os.Stdin) //nolint:errcheck // its end is what counts
		cancel()
	}()
	var wg sync.WaitGroup
	wg.Go(func() { tend(ctx, g) })
	wg.Go(func() { tellState(ctx, g) })
	err = g.Run(ctx)
	cancel()
	wg.Wait()
	if closeErr := g.Close(); err == nil {
		err = closeErr
	}
	if k.log != nil {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.log.Flush()
	}
	return err
}

// tend does often what cron does in production, whenever there is something to do.
func tend(ctx context.Context, g *app.Gateway) {
	complain := func(verb string, err error) {
		if err != nil && ctx.Err() == nil {
			fmt.Fprintln(os.Stderr, verb+":", err)
		}
	}
	for ctx.Err() == nil {
		s, err := stateOf(ctx, g)
		complain("state", err)
		if s.waiting > 0 || s.work.Inbox > 0 {
			_, _, err := g.Pipeline.Fetch(ctx)
			complain("fetch", err)
		}
		if s.queues > 0 || s.work.Bundles > 0 {
			_, _, err := g.Pipeline.Print(ctx)
			complain("print", err)
		}
		if s.untold > 0 || s.work.Receipts > 0 {
			_, _, err := g.Pipeline.Tell(ctx)
			complain("receipts", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func tellState(ctx context.Context, g *app.Gateway) {
	for ctx.Err() == nil {
		s, err := stateOf(ctx, g)
		word := "busy"
		if err == nil && s.idle() {
			word = "idle"
		}
		fmt.Printf("%s %+v\n", word, s)
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}
