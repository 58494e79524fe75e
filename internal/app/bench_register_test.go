package app_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/app"
	"damtshilfe/internal/certs"
	"damtshilfe/internal/config"
	"damtshilfe/internal/register"
)

// What issue 6 promises of an authority server with all of Germany that eight clients ask.
const (
	registerAskers = 8
	registerP99    = time.Millisecond
	registerMemory = 150 << 20
)

// TestBenchRegister imports all of Germany, starts the real `gateway register serve`, and lets eight clients ask it single questions (001
// and 002) over mutual TLS on loopback, none from a cache: first 50 a second each, at times of their own, then without pause, when
// processors that both sides share decide. These are times of the clock: a busy machine spoils them, cpu does not depend on it so much.
func TestBenchRegister(t *testing.T) {
	full(t)
	w := newGermanRegister(t)
	clients, wg := make([]*register.Client, registerAskers), sync.WaitGroup{}
	for i := range clients {
		clients[i] = w.client(i)
	}
	for _, mode := range []struct {
		name  string
		pause time.Duration // on average
		n     int
		limit time.Duration // of p99; 0 = none
	}{{"50 a second each", 20 * time.Millisecond, 6000, registerP99}, {"without pause", 0, 60_000, 0}} {
		took := make([][]time.Duration, len(clients))
		own, serving, began := ownCPU(t), cpuOf(t, w.pid), time.Now()
		for i, c := range clients {
			wg.Go(func() {
				took[i] = w.ask(c, rand.New(rand.NewPCG(uint64(i), uint64(mode.n))), mode.n/len(clients), mode.pause)
			})
		}
		wg.Wait()
		elapsed := time.Since(began)
		own, serving = ownCPU(t)-own, cpuOf(t, w.pid)-serving
		all := slices.Concat(took...)
		slices.Sort(all)
		p := func(part float64) time.Duration { return all[int(float64(len(all)-1)*part)].Round(time.Microsecond) }
		each := func(d time.Duration) time.Duration { return (d / time.Duration(len(all))).Round(time.Microsecond) }
		t.Logf("%s: p50 %v, p99 %v, longest %v, %.0f questions/s, CPU per question %v of the server, %v of the client", mode.name,
			p(0.5), p(0.99), p(1), float64(len(all))/elapsed.Seconds(), each(serving), each(own))
		if mode.limit > 0 && p(0.99) > mode.limit {
			t.Errorf("%s: p99 %v, want under %v", mode.name, p(0.99), mode.limit)
		}
	}
	most := peak(t, w.pid)
	t.Logf("the server took at most %d MiB", most>>20)
	if most > registerMemory {
		t.Errorf("want under %d MiB", registerMemory>>20)
	}
}

// germanRegister is an authority server for all of Germany, in a process of its own.
type germanRegister struct {
	t      *testing.T
	dir    string
	listen string
	pid    int
	places [][2]string // postcode and place
}

func newGermanRegister(t *testing.T) *germanRegister {
	t.Helper()
	data := os.Getenv("DAMT_ORIGINALS")
	if data == "" {
		data = "../../../shared"
	}
	ags, plz := filepath.Join(data, "data", "ags-2026-04-30.csv"), filepath.Join(data, "data", "plz-ags.csv")
	w := &germanRegister{t: t, dir: t.TempDir(), listen: quietPorts(t).Register}
	w.readPlaces(plz)
	offices, store := filepath.Join(w.dir, "de.yaml"), "--store="+filepath.Join(w.dir, "store")
	for _, args := range [][]string{{"generate", "--ags=" + ags, "--plz=" + plz, "-o", offices}, {"import", store, "--from", "ags", "--stand", "2026-04-30", ags},
		{"import", store, "--from", "plz", "--accept-rejected", plz}, {"import", store, "--from", "verzeichnis", offices}} {
		if out, code := gateway(t, append([]string{"register"}, args...)...); code != 0 && code != 3 { // 3: municipalities that have ended
			t.Fatalf("%v: %d\n%s", args, code, out)
		}
	}
	w.configure()
	program, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	p := &processes{t: t}
	cmd := p.run(filepath.Join(w.dir, "log"), program, "register", "serve", "-c", filepath.Join(w.dir, "config.yaml"))
	w.pid = cmd.Process.Pid
	t.Cleanup(func() {
		if err := errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait()); err != nil {
			t.Errorf("the authority server ended with %v", err)
		}
	})
	return w
}

func (w *germanRegister) readPlaces(table string) {
	w.t.Helper()
	f, err := os.Open(table)
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 10_000 {
		w.t.Fatalf("%d lines, %v", len(rows), err)
	}
	for _, r := range rows[1:] {
		w.places = append(w.places, [2]string{r[3], r[2]})
	}
}

// configure writes certificates and the configuration.
func (w *germanRegister) configure() {
	w.t.Helper()
	ca, err := certs.NewCA("Test CA", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	server, err := ca.Server("register")
	if err != nil {
		w.t.Fatal(err)
	}
	files := map[string][]byte{"ca.pem": ca.Pair.Cert, "server.pem": server.Cert, "server.key": server.Key}
	conf := fmt.Appendf(nil, "betriebsart: test\noperator: {kennung: \"rz:register\", name: Register}\nregister:\n  serve:\n    listen: %q\n    store: store\n"+
		"    cert: server.pem\n    key: server.key\n    client_ca: ca.pem\n    limit: {rate: 1000000, burst: 1000000}\n    askers:\n", w.listen)
	for i := range registerAskers {
		client, err := ca.Client(strconv.Itoa(i))
		if err != nil {
			w.t.Fatal(err)
		}
		fp, err := client.Fingerprint()
		if err != nil {
			w.t.Fatal(err)
		}
		files[fmt.Sprintf("%d.pem", i)], files[fmt.Sprintf("%d.key", i)] = client.Cert, client.Key
		conf = fmt.Appendf(conf, "      - {name: gateway-%d, certificate: %q}\n", i, fp)
	}
	files["config.yaml"] = conf
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(w.dir, name), data, 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
}

// client is one that has connected.
func (w *germanRegister) client(i int) *register.Client {
	w.t.Helper()
	in := func(format string) string { return filepath.Join(w.dir, fmt.Sprintf(format, i)) }
	c, err := app.RegisterClient(config.Register{Servers: []string{"https://" + w.listen}, Cert: in("%d.pem"), Key: in("%d.key"), CA: filepath.Join(w.dir, "ca.pem")}, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = c.Close() })
	waitFor(w.t, "an answer of the authority server", func() bool {
		_, err := c.ByKennung(w.t.Context(), "x", amtshilfe.Test)
		return err == nil
	})
	return c
}

// ask asks n questions and gives how long each took. None of them was asked before.
func (w *germanRegister) ask(c *register.Client, random *rand.Rand, n int, pause time.Duration) (took []time.Duration) {
	art := amtshilfe.Einnahmeart{List: "urn:damtshilfe:codeliste:einnahmeart", Version: "1", Code: "100"}
	for range n {
		if pause > 0 {
			time.Sleep(time.Duration(random.Int64N(int64(2 * pause))))
		}
		place := w.places[random.IntN(len(w.places))]
		began := time.Now()
		_, err := c.Lookup(w.t.Context(), art, amtshilfe.Postanschrift{Postleitzahl: place[0], Ort: place[1], Strasse: fmt.Sprintf("Weg %d", random.Int64())}, amtshilfe.Test)
		if err != nil {
			w.t.Error(err)
			return took
		}
		took = append(took, time.Since(began))
	}
	return took
}

// cpuOf is the user and system time of another process, in steps of 10 ms.
func cpuOf(t *testing.T, pid int) time.Duration {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), ") ") // the name may hold blanks
	fields := strings.Fields(rest)
	var ticks int64
	for _, f := range fields[11:13] { // utime and stime, proc(5) fields 14 and 15
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
