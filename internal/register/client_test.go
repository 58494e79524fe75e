package register_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// A server that refused a body waits half a second before it closes the connection; that is no leak.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

func lookup(t *testing.T, c *register.Client, plz, ort string) (amtshilfe.Zustaendigkeit, error) {
	t.Helper()
	return c.Lookup(t.Context(), grundsteuer, at(plz, ort), amtshilfe.Test)
}

func TestTheClientAnswersAsTheDirectoryDoes(t *testing.T) {
	w := newWorld(t)
	s := w.serve(register.ServerOptions{})
	c := w.ask(register.Options{Servers: []string{s.url}})
	var questions []register.Question
	for _, p := range [][2]string{{"01067", "Dresden"}, {"27568", ""}, {"99999", "X"}, {"01067", "Dresden"}, {"60311", "Frankfurt a. M."}, {"04103", "Leipzig\x00"}} {
		questions = append(questions, register.Question{Einnahmeart: grundsteuer, Anschrift: at(p[0], p[1]), Betriebsart: amtshilfe.Test})
	}
	many, err := c.LookupAll(t.Context(), questions)
	if err != nil {
		t.Fatal(err)
	}
	other := w.ask(register.Options{Servers: []string{s.url}})
	for i, q := range questions {
		one, err := other.Lookup(t.Context(), q.Einnahmeart, q.Anschrift, q.Betriebsart)
		if err != nil {
			t.Fatal(err)
		}
		want := s.Directory().Lookup(q.Einnahmeart, at(q.Anschrift.Postleitzahl, strings.TrimSuffix(q.Anschrift.Ort, "\x00")), q.Betriebsart)
		for way, got := range map[string]amtshilfe.Zustaendigkeit{"many": many[i], "one": one} {
			want := want
			want.Kandidaten = slices.Clone(want.Kandidaten)
			got.Age = 0
			want.Stand = want.Stand.UTC()
			for k := range want.Kandidaten { // a 002 says the Land of one authority only, in a header
				want.Kandidaten[k].Land = map[string]string{"many": want.Kandidaten[k].Land}[way]
			}
			if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
				t.Errorf("question %d by %s:\n got %+v\nwant %+v", i, way, got, want)
			}
		}
	}
	if z, err := c.ByKennung(t.Context(), "kka:01001000", amtshilfe.Test); err != nil || !strings.Contains(z.Behoerde.Name, "Flensburg") {
		t.Errorf("ByKennung: %v, %v", z.Behoerde.Name, err)
	} else if z.Behoerde.Land != "SH" {
		t.Errorf("ByKennung: Land %q", z.Behoerde.Land)
	}
}

func TestADropIsOneRequest(t *testing.T) {
	w := newWorld(t)
	s := w.serve(register.ServerOptions{})
	c := w.ask(register.Options{Servers: []string{s.url}})
	var questions []register.Question
	for i := range 5000 {
		questions = append(questions, register.Question{Einnahmeart: grundsteuer, Anschrift: at("01067", fmt.Sprintf("Ort %d", i%700)), Betriebsart: amtshilfe.Test})
	}
	if _, err := c.LookupAll(t.Context(), questions); err != nil || s.asked.Load() != 1 {
		t.Errorf("%d requests for 700 distinct questions, %v", s.asked.Load(), err)
	}
	if z, err := c.LookupAll(t.Context(), nil); err != nil || len(z) != 0 {
		t.Errorf("no questions: %v, %v", z, err)
	}
}

func TestCacheSaysItsAge(t *testing.T) {
	w := newWorld(t)
	s := w.serve(register.ServerOptions{MaxAge: 10 * time.Minute})
	c := w.ask(register.Options{Servers: []string{s.url}, StaleIfError: 24 * time.Hour})
	for _, step := range []struct {
		name  string
		wait  time.Duration
		away  bool
		age   time.Duration
		asked int64
		fails bool
	}{
		{"the first answer is fresh", 0, false, 0, 1, false},
		{"then it comes from the cache and says so", 4 * time.Minute, false, 4 * time.Minute, 1, false},
		{"after max-age it is asked for again", 6 * time.Minute, false, 0, 2, false},
		{"with the server away the cache still serves", 9 * time.Minute, true, 9 * time.Minute, 2, false},
		{"and an old answer is better than none", 2 * time.Hour, true, 2*time.Hour + 9*time.Minute, 3, false},
		{"but not for ever", 24 * time.Hour, true, 0, 4, true},
		{"when the server is back it is fresh", time.Minute, false, 0, 5, false},
	} {
		t.Run(step.name, func(t *testing.T) {
			w.clock.add(step.wait)
			s.away.Store(step.away)
			z, err := lookup(t, c, "01067", "Dresden")
			if step.fails {
				wantRetry(t, err)
			} else if err != nil || z.Behoerde.Kennung != "kka:14612000" || z.Age != step.age {
				t.Errorf("%q, age %v, %v; want age %v", z.Behoerde.Kennung, z.Age, err, step.age)
			}
			if got := s.asked.Load(); got != step.asked {
				t.Errorf("asked %d times, want %d", got, step.asked)
			}
		})
	}
}

func wantRetry(t *testing.T, err error) {
	t.Helper()
	f, ok := errors.AsType[*amtshilfe.Fault](err)
	if !ok || f.Verdict != amtshilfe.Retry || f.Code != "ZUST-REGISTER" {
		t.Errorf("error %v, want a Fault with verdict Retry", err)
	}
	if strings.Contains(fmt.Sprint(err), "Dresden") {
		t.Error("the error names the address")
	}
}

func TestNobodyIsNotRememberedForLong(t *testing.T) {
	for _, tt := range []struct{ name, plz, ort string }{{"nobody", "12345", "Bstadt"}, {"several", "06484", "Quedlinburg"}} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			s := w.serve(register.ServerOptions{MaxAge: time.Hour})
			c := w.ask(register.Options{Servers: []string{s.url}, StaleIfError: 24 * time.Hour})
			for i, want := range []int64{1, 1, 2} {
				if _, err := lookup(t, c, tt.plz, tt.ort); err != nil || s.asked.Load() != want {
					t.Errorf("question %d: asked %d times, want %d, %v", i, s.asked.Load(), want, err)
				}
				w.clock.add(31 * time.Second)
			}
			w.clock.add(time.Hour)
			s.away.Store(true)
			_, err := lookup(t, c, tt.plz, tt.ort)
			wantRetry(t, err)
		})
	}
}

func TestADirectoryThatEndsIsNotUsedAfterwards(t *testing.T) {
	w := newWorld(t)
	f := sample(t).File()
	f.GueltigBis = w.clock.Now().Add(time.Minute)
	d, err := register.New(f)
	if err != nil {
		t.Fatal(err)
	}
	s := w.serve(register.ServerOptions{Directory: d})
	c := w.ask(register.Options{Servers: []string{s.url}, StaleIfError: 24 * time.Hour})
	if _, err := lookup(t, c, "01067", "Dresden"); err != nil {
		t.Fatal(err)
	}
	w.clock.add(2 * time.Minute)
	s.away.Store(true)
	_, err = lookup(t, c, "01067", "Dresden")
	wantRetry(t, err)
}

func TestTheCacheKeepsBetriebsartenApart(t *testing.T) {
	w := newWorld(t)
	d, err := sample(t).With(entry("k:t", amtshilfe.Test), entry("k:s", amtshilfe.Schulung))
	if err != nil {
		t.Fatal(err)
	}
	fp, _ := w.client.Fingerprint()
	s := w.serve(register.ServerOptions{Directory: d, Askers: []register.Asker{{Name: "a", Fingerprint: fp,
		Betriebsarten: []amtshilfe.Betriebsart{amtshilfe.Test, amtshilfe.Schulung}}}})
	c := w.ask(register.Options{Servers: []string{s.url}})
	q := func(b amtshilfe.Betriebsart) register.Question {
		return register.Question{Einnahmeart: grundsteuer, Anschrift: at("12345", "Bstadt"), Betriebsart: b}
	}
	z, err := c.LookupAll(t.Context(), []register.Question{q(amtshilfe.Test), q(amtshilfe.Schulung), q(amtshilfe.Test)})
	if err != nil || z[0].Behoerde.Kennung != "k:t" || z[1].Behoerde.Kennung != "k:s" || z[2].Behoerde.Kennung != "k:t" {
		t.Errorf("%v, %v", z, err)
	}
	if _, err := c.LookupAll(t.Context(), []register.Question{q(amtshilfe.Produktion)}); err == nil {
		t.Error("production was answered")
	}
}

func TestFailOver(t *testing.T) {
	w := newWorld(t)
	first, second := w.serve(register.ServerOptions{}), w.serve(register.ServerOptions{MaxAge: time.Second})
	c := w.ask(register.Options{Servers: []string{"https://127.0.0.1:1", first.url, second.url + "/"}, MaxAge: time.Second})
	for _, step := range []struct {
		name          string
		wait          time.Duration
		away          bool
		first, second int64
	}{
		{"the first that answers is used", 0, false, 1, 0},
		{"when it fails the next one answers", 5 * time.Second, true, 2, 1},
		{"for a while the failed one is asked last", 5 * time.Second, true, 2, 2},
		{"then it is tried again", 31 * time.Second, false, 3, 2},
	} {
		t.Run(step.name, func(t *testing.T) {
			w.clock.add(step.wait)
			first.away.Store(step.away)
			if z, err := lookup(t, c, "01067", "Dresden"); err != nil || z.Age != 0 {
				t.Errorf("age %v, %v", z.Age, err)
			}
			if f, s := first.asked.Load(), second.asked.Load(); f != step.first || s != step.second {
				t.Errorf("asked %d and %d times, want %d and %d", f, s, step.first, step.second)
			}
		})
	}
	if c.LastAnswer() != w.clock.Now() {
		t.Errorf("last answer %v", c.LastAnswer())
	}
}

func TestEqualQuestionsUnderWayAreAskedOnce(t *testing.T) {
	w := newWorld(t)
	arrived, release := make(chan struct{}, 100), make(chan struct{})
	inner, err := register.NewServer(register.ServerOptions{Directory: sample(t)})
	if err != nil {
		t.Fatal(err)
	}
	url := w.listen(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-release
		inner.Handler().ServeHTTP(rw, r)
	}))
	c := w.ask(register.Options{Servers: []string{url}})
	impatient, cancel := context.WithCancel(t.Context())
	first := make(chan error)
	go func() {
		_, err := c.Lookup(impatient, grundsteuer, at("01067", "Dresden"), amtshilfe.Test)
		first <- err
	}()
	<-arrived
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if z, err := lookup(t, c, "01067", "Dresden"); err != nil || z.IsZero() {
				t.Errorf("%v, %v", z, err)
			}
		})
	}
	cancel() // who asked first goes away; the question goes on for the others
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the impatient one got %v", err)
	}
	close(release)
	wg.Wait()
	if len(arrived) != 0 {
		t.Errorf("asked %d times more", len(arrived))
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	w := newWorld(t)
	for name, body := range map[string]string{
		"another message":    "<a/>",
		"no XML":             "ok",
		"one candidate only": `<v:vollstreckungshilfe.ZustaendigkeitAntwort.002 xmlns:v="urn:damtshilfe:vollstreckungshilfe:1"><v:mehrdeutig/><v:stand>gestern</v:stand></v:vollstreckungshilfe.ZustaendigkeitAntwort.002>`,
		"far too long":       strings.Repeat(" ", 2<<20),
	} {
		t.Run(name, func(t *testing.T) {
			url := w.listen(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.Write([]byte(body)) }))
			c := w.ask(register.Options{Servers: []string{url}})
			_, err := lookup(t, c, "01067", "Dresden")
			wantRetry(t, err)
			_, err = c.LookupAll(t.Context(), []register.Question{{Einnahmeart: grundsteuer, Anschrift: at("1", "a"), Betriebsart: amtshilfe.Test}, {Einnahmeart: grundsteuer, Anschrift: at("2", "b"), Betriebsart: amtshilfe.Test}})
			wantRetry(t, err)
		})
	}
	c := w.ask(register.Options{Servers: []string{"https://127.0.0.1:1"}})
	c.Close()
	if _, err := lookup(t, c, "01067", "Dresden"); err == nil {
		t.Error("a closed client answered")
	}
}

// A Land chooses the statute that a letter names: what is none of the sixteen is not known.
func TestALandThatIsNone(t *testing.T) {
	w := newWorld(t)
	said := "SN"
	url := w.listen(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Behoerde-Land", said)
		rw.Write(register.Write002(sample(t).ByKennung("kka:01001000", amtshilfe.Test)))
	}))
	c := w.ask(register.Options{Servers: []string{url}})
	for _, tt := range []struct{ said, want string }{{"SN", "SN"}, {"Sachsen", ""}, {"XX", ""}, {"", ""}} {
		said = tt.said
		z, err := c.ByKennung(t.Context(), "kka:01001000", amtshilfe.Test)
		if err != nil || z.Behoerde.Land != tt.want {
			t.Errorf("%q: %q, %v", tt.said, z.Behoerde.Land, err)
		}
	}
}

// While no server answers, what is kept is answered and the rest is named.
func TestSomeAnswersAreBetterThanNone(t *testing.T) {
	w := newWorld(t)
	s := w.serve(register.ServerOptions{})
	c := w.ask(register.Options{Servers: []string{s.url}, StaleIfError: 24 * time.Hour})
	if _, err := lookup(t, c, "01067", "Dresden"); err != nil {
		t.Fatal(err)
	}
	w.clock.add(time.Hour)
	s.away.Store(true)
	q := func(plz, ort string) register.Question {
		return register.Question{Einnahmeart: grundsteuer, Anschrift: at(plz, ort), Betriebsart: amtshilfe.Test}
	}
	z, err := c.LookupAll(t.Context(), []register.Question{q("04103", "Leipzig"), q("01067", "Dresden"), q("60311", "Frankfurt am Main")})
	wantRetry(t, err)
	u, ok := errors.AsType[*register.Unanswered](err)
	if !ok || !slices.Equal(u.Questions, []int{0, 2}) || z[1].Behoerde.Kennung != "kka:14612000" || z[1].Age != time.Hour {
		t.Errorf("%+v, %v", z, err)
	}
}

// TestAskedAgain: a server that closes a connection just when it is used again has not read the question, so it is asked again; what a
// participant reports is not.
func TestAskedAgain(t *testing.T) {
	w := newWorld(t)
	var asked atomic.Int64
	url := w.listen(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if asked.Add(1)%2 == 1 {
			rw.Write(register.Write002(sample(t).ByKennung("kka:01001000", amtshilfe.Test)))
			return
		}
		conn, _, err := rw.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		conn.Close()
	}))
	c := w.ask(register.Options{Servers: []string{url}})
	for i, place := range []string{"Dresden", "Leipzig"} {
		if _, err := lookup(t, c, "01067", place); err != nil {
			t.Errorf("question %d: %v", i, err)
		}
	}
	if n := asked.Load(); n != 3 {
		t.Errorf("%d requests, want 3: the second question twice", n)
	}
	if _, err := c.Report(t.Context(), []byte("{}")); err == nil || asked.Load() != 4 {
		t.Errorf("the report: %v, %d requests in sum, want an error and 4", err, asked.Load())
	}
}
