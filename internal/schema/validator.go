package schema

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xsd"
)

// Validator runs the children. It may be used by several goroutines; each call of Validate uses one child.
type Validator struct {
	opts  Options
	sets  map[string]int
	hello hello

	grammars   map[string]*xsd.Grammar // of the sets that could be compiled
	uncompiled map[string]error        // of the others
	own        ownStats

	idle   chan *worker // all workers; one that is missing is at work
	closed chan struct{}
	once   sync.Once
	starts chan start // to the goroutine that starts children
	ended  chan struct{}
}

// worker is a place for a child; process is nil after a crash, until the next use.
type worker struct{ process *process }

// start asks for a child.
type start struct{ reply chan<- started }

type started struct {
	p   *process
	err error
}

// Start compiles sets in o.Workers children and returns when all are ready.
func Start(sets []Set, o Options) (*Validator, error) {
	o = o.withDefaults()
	v := &Validator{
		opts: o, sets: map[string]int{}, grammars: map[string]*xsd.Grammar{}, uncompiled: map[string]error{}, idle: make(chan *worker, o.Workers),
		closed: make(chan struct{}), starts: make(chan start), ended: make(chan struct{}),
		hello: hello{maxFindings: o.MaxFindings, memoryMiB: int(o.MaxMemory >> 20)},
	}
	for i, s := range sets {
		w, err := s.load()
		if err != nil {
			return nil, err
		}
		if _, ok := v.sets[s.Name]; ok {
			return nil, fmt.Errorf("schema set %s given twice", s.Name)
		}
		v.sets[s.Name] = i
		v.hello.sets = append(v.hello.sets, w)
		v.compile(s)
	}
	go v.starter()
	var failed error
	for range o.Workers {
		w := &worker{}
		if failed == nil {
			w.process, failed = v.spawn()
		}
		v.idle <- w
	}
	if failed != nil {
		return nil, errors.Join(failed, v.Close())
	}
	return v, nil
}

// starter starts all children on one thread, which lives until Close (see spawn).
func (v *Validator) starter() {
	defer close(v.ended)
	runtime.LockOSThread()
	for s := range v.starts {
		p, err := spawn(v.hello)
		s.reply <- started{p, err}
	}
}

func (v *Validator) spawn() (*process, error) {
	reply := make(chan started, 1)
	v.starts <- start{reply}
	s := <-reply
	return s.p, s.err
}

// Close waits for running calls of Validate and ends the children. Further calls do nothing.
func (v *Validator) Close() error {
	v.once.Do(func() {
		close(v.closed)
		for range v.opts.Workers {
			if w := <-v.idle; w.process != nil {
				w.process.End()
				w.process.forget()
			}
		}
		close(v.starts)
		<-v.ended
	})
	return nil
}

// Validate judges docs against the named set, in order. A nil result is a valid document. An error says nothing about the documents:
// the child could not be started, or ctx or the Validator ended.
func (v *Validator) Validate(ctx context.Context, set string, docs [][]byte) ([][]Violation, error) {
	n, ok := v.sets[set]
	if !ok {
		return nil, fmt.Errorf("validate: no schema set %q", set)
	}
	for _, d := range docs {
		if len(d) > maxDocument {
			return nil, fmt.Errorf("validate: document of %d bytes", len(d))
		}
	}
	w, err := v.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { v.idle <- w }()
	return v.run(ctx, w, n, docs)
}

func (v *Validator) acquire(ctx context.Context) (*worker, error) {
	select {
	case <-v.closed:
		return nil, ErrClosed
	default:
	}
	select {
	case w := <-v.idle:
		select {
		case <-v.closed:
			v.idle <- w
			return nil, ErrClosed
		default:
			return w, nil
		}
	case <-v.closed:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// A document may crash a child twice: beside others, and once more alone. A child that dies without a document to blame is replaced
// as often; then the machine is to blame.
const maxCrashes = 2

// run works docs off, over as many children as it takes.
func (v *Validator) run(ctx context.Context, w *worker, set int, docs [][]byte) ([][]Violation, error) {
	results := make([][]Violation, len(docs))
	crashes := map[int]int{} // by document
	blameless := 0
	for next := 0; next < len(docs); {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := v.ready(w); err != nil {
			return nil, err
		}
		end := next + 1
		for crashes[next] == 0 && end < len(docs) && crashes[end] == 0 {
			end++
		}
		b := batch{set: set, docs: docs[next:end], maxFindings: v.opts.MaxFindings, timeout: v.opts.Timeout}
		answered, culprit, err := w.process.validate(ctx, b, results[next:end])
		if err == nil {
			next = end
			continue
		}
		w.process.forget()
		w.process = nil
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		culprit += next
		next += answered
		if answered > 0 {
			blameless = 0
		}
		if culprit < next { // nobody
			if blameless++; blameless > maxCrashes {
				return nil, fmt.Errorf("validate: schema child: %w", err)
			}
			continue
		}
		if crashes[culprit]++; crashes[culprit] == maxCrashes {
			results[culprit] = []Violation{crashed()}
			if culprit == next {
				next++
			}
		}
	}
	return results, nil
}

// ready gives w a child if it has none.
func (v *Validator) ready(w *worker) (err error) {
	if w.process == nil {
		w.process, err = v.spawn()
	}
	return err
}

// crashed is what is said of a document that ended its child twice.
func crashed() Violation {
	return Violation{Message: "schema child crashed or ran out of time twice", Finding: amtshilfe.Finding{
		Code:     "ABSTURZ",
		Severity: amtshilfe.SeverityFehler,
		Text:     "Die Nachricht konnte nicht geprüft werden, weil das Prüfprogramm an ihr zweimal abgebrochen ist; der Betrieb klärt das.",
		Hold:     true,
		Owner:    amtshilfe.OwnerBetrieb,
	}}
}
