package register_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"damtshilfe/internal/register"
)

// What issue 6 promises of the directory in process: whole of Germany, a fictitious cash office for each municipality.
const (
	wantLookups = 20_000          // per second and core
	wantBuild   = 5 * time.Second // well under the 10 s of an import
	wantMemory  = 150             // MiB
)

// benchFigures is what the child process measures.
type benchFigures struct {
	Gemeinden, Behoerden int
	Build, Read          time.Duration // CPU: New, and Parse with New of the same as YAML
	YAML                 int           // bytes
	Heap, RSS, Peak      int           // MiB with the directory built, then of the process, and at its most before the YAML
	Lookups, Explains    float64       // per CPU second
	Allocs, AllocBytes   float64       // per lookup
	Longest              time.Duration // of one lookup
}

// TestBenchDirectory measures in a process of its own, so that nothing else counts.
func TestBenchDirectory(t *testing.T) {
	if os.Getenv("DAMT_BENCH") != "1" {
		t.Skip("DAMT_BENCH=1 measures")
	}
	if os.Getenv("DAMT_BENCH_CHILD") == "1" {
		f := measure(t)
		data, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("\nfigures %s\n", data)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^TestBenchDirectory$", "-test.v")
	cmd.Env = append(os.Environ(), "DAMT_BENCH_CHILD=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, line, ok := bytes.Cut(out, []byte("\nfigures "))
	if !ok {
		t.Skipf("nothing measured:\n%s", out)
	}
	var f benchFigures
	if err := json.NewDecoder(bytes.NewReader(line)).Decode(&f); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d municipalities, %d authorities: index in %v of CPU; read from %d MB of YAML in %v of CPU", f.Gemeinden, f.Behoerden,
		f.Build.Round(time.Millisecond), f.YAML>>20, f.Read.Round(time.Millisecond))
	t.Logf("heap %d MiB, process %d MiB, at most %d MiB", f.Heap, f.RSS, f.Peak)
	t.Logf("%.0f lookups per CPU second (%.1f allocations, %.0f bytes each; the longest %v), %.0f explained", f.Lookups, f.Allocs, f.AllocBytes, f.Longest, f.Explains)
	if f.Lookups < wantLookups || f.Build > wantBuild || f.Heap > wantMemory || f.RSS > wantMemory {
		t.Errorf("want %d lookups/s, the index in %v, heap and process under %d MiB", wantLookups, wantBuild, wantMemory)
	}
}

func measure(t *testing.T) (m benchFigures) {
	questions := benchQuestions(t)
	var d *register.Directory
	func() { // the file is garbage behind it
		f, _, _ := germany(t)
		m.Gemeinden, m.Behoerden = len(f.Gemeinden), len(f.Behoerden)
		runtime.GC()
		began := cpu(t)
		var err error
		if d, err = register.New(f); err != nil {
			t.Fatal(err)
		}
		m.Build = cpu(t) - began
	}()
	forgetGermany()
	m.lookups(t, d, questions)
	runtime.GC()
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	m.Heap = int(s.HeapAlloc >> 20)
	m.RSS, m.Peak = status(t, "VmRSS"), status(t, "VmHWM")
	var text bytes.Buffer
	if err := d.Write(&text); err != nil {
		t.Fatal(err)
	}
	m.YAML = text.Len()
	began := cpu(t)
	if _, err := register.Read(text.Bytes()); err != nil {
		t.Fatal(err)
	}
	m.Read = cpu(t) - began
	return m
}

// lookups asks for 4 seconds of CPU, and explains for one.
func (m *benchFigures) lookups(t *testing.T, d *register.Directory, questions []register.Question) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began, n := cpu(t), 0
	for cpu(t)-began < 4*time.Second {
		for range 1000 {
			one := time.Now()
			d.Answer(questions[n%len(questions)])
			m.Longest = max(m.Longest, time.Since(one))
			n += 7
		}
	}
	took := cpu(t) - began
	runtime.ReadMemStats(&after)
	asked := float64(n / 7)
	m.Lookups = asked / took.Seconds()
	m.Allocs, m.AllocBytes = float64(after.Mallocs-before.Mallocs)/asked, float64(after.TotalAlloc-before.TotalAlloc)/asked
	began, n = cpu(t), 0
	for cpu(t)-began < time.Second {
		d.Explain(questions[n%len(questions)])
		n++
	}
	m.Explains = float64(n) / (cpu(t) - began).Seconds()
}

// benchQuestions are all pairs of the table, and every twentieth of the odd spellings.
func benchQuestions(t *testing.T) (all []register.Question) {
	_, pairs, _ := germany(t)
	file, err := os.Open("testdata/schreibweisen.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range pairs {
		all = append(all, p.question())
		if i%20 == 0 {
			r := rows[1+i/20%(len(rows)-1)]
			all = append(all, pair{plz: r[0], ort: r[1]}.question())
		}
	}
	return all
}

// cpu is the user and system time of this process.
func cpu(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// status reads a size of this process, in MiB.
func status(t testing.TB, key string) int {
	t.Helper()
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(key + `:\s+(\d+) kB`).FindSubmatch(data)
	if found == nil {
		t.Fatalf("no %s", key)
	}
	kb, _ := strconv.Atoi(string(found[1]))
	return kb >> 10
}
