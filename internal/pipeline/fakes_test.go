package pipeline_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"sync"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
	"damtshilfe/internal/schema"
	"damtshilfe/internal/xmlgate"
	"damtshilfe/internal/xta"
)

// anything is a Schema that every document fits, unless it is out of order, finds the same in every document, or the document says that
// it does not fit.
type anything struct {
	err   error
	found []schema.Violation // in every document
}

// unfit is what a document holds that the Schema refuses.
const unfit = "does-not-fit"

func (s *anything) Judge(string) xmlgate.Judge { return nil }

func (s *anything) Confirm(ctx context.Context, set string, docs [][]byte, _ []bool) ([][]schema.Violation, error) {
	return s.Validate(ctx, set, docs)
}

func (s *anything) Validate(_ context.Context, _ string, docs [][]byte) ([][]schema.Violation, error) {
	all := make([][]schema.Violation, len(docs))
	for i, doc := range docs {
		all[i] = s.found
		if bytes.Contains(doc, []byte(unfit)) {
			all[i] = []schema.Violation{{Finding: amtshilfe.Finding{Code: "XSD-WERT", Severity: amtshilfe.SeverityFehler, Text: "Der Wert passt nicht.", Line: 7, Column: 3}}}
		}
	}
	return all, s.err
}

var (
	electronic = amtshilfe.Kanal{Art: amtshilfe.KanalXTA, Adresse: theirs, Rechenzentrum: amtshilfe.Rechenzentrum{Kennung: "rz:b",
		Management: "https://rz.example/management", Send: "https://rz.example/send"}}
	postal = amtshilfe.Kanal{Art: amtshilfe.KanalPost}
)

// directory is a Register in which one authority is competent for all, reached by kanal.
type directory struct {
	kanal  amtshilfe.Kanal
	err    error
	answer func(register.Question) amtshilfe.Zustaendigkeit
	only   map[string]amtshilfe.Kanal // by kennung; nil = every kennung, by kanal
	asked  func()                     // told of every ByKennung; nil = nobody
	land   string                     // of every kennung
	// unknown are questions that have no answer while no server is there; nil = none.
	unknown func(register.Question) bool
}

func (r *directory) all() amtshilfe.Zustaendigkeit {
	return amtshilfe.Zustaendigkeit{Behoerde: amtshilfe.Behoerde{Kennung: theirs, Name: "Amt", Anschriftzeilen: []string{"Markt 1", "12345 Ort"}}, Kanaele: []amtshilfe.Kanal{r.kanal}, Regel: "R1"}
}

func (r *directory) LookupAll(_ context.Context, questions []register.Question) ([]amtshilfe.Zustaendigkeit, error) {
	if r.err != nil && len(questions) > 0 {
		return nil, r.err
	}
	var list []amtshilfe.Zustaendigkeit
	var missing register.Unanswered
	for i, q := range questions {
		if r.unknown != nil && r.unknown(q) {
			missing.Questions, missing.Err = append(missing.Questions, i), errors.New("away")
		}
		if r.answer != nil {
			list = append(list, r.answer(q))
		} else {
			list = append(list, r.all())
		}
	}
	if missing.Err != nil {
		return list, &missing
	}
	return list, nil
}

func (r *directory) Wanted(ctx context.Context, kennung string, b amtshilfe.Betriebsart) (amtshilfe.Zustaendigkeit, error) {
	return r.ByKennung(ctx, kennung, b)
}

func (r *directory) ByKennung(ctx context.Context, kennung string, _ amtshilfe.Betriebsart) (amtshilfe.Zustaendigkeit, error) {
	if r.asked != nil {
		r.asked()
	}
	if ctx.Err() != nil {
		return amtshilfe.Zustaendigkeit{}, ctx.Err()
	}
	z := r.all()
	z.Behoerde.Kennung, z.Behoerde.Land = kennung, r.land
	if kanal, ok := r.only[kennung]; ok {
		z.Kanaele = []amtshilfe.Kanal{kanal}
	} else if r.only != nil {
		z = amtshilfe.Zustaendigkeit{}
	}
	return z, r.err
}

// partner is the other side's XTA server, as far as a test describes it; what it does not describe goes well.
type partner struct {
	mu      sync.Mutex
	issued  int
	bodies  [][32]byte // of every attempt, in order
	taken   []letter   // what it took, in order, repetitions too
	reports int
	lookup  func() (xta.Availability, error)
	lookups int
	certs   [][]byte // named by lookupService
	create  func() error
	send    func(attempt int) error
	report  func(id string) (xta.Report, error)
}

func (s *partner) Pin(string, []string) error { return nil }

func (s *partner) LookupService(context.Context, string, xta.Party, xta.Party, string) (xta.Lookup, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lookups++
	if s.lookup != nil {
		answer, err := s.lookup()
		return xta.Lookup{Availability: answer, Certificates: s.certs}, err
	}
	return xta.Lookup{Availability: xta.ServiceAvailable, Certificates: s.certs}, nil
}

func (s *partner) CreateMessageID(context.Context, string, xta.Party) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.create != nil {
		if err := s.create(); err != nil {
			return "", err
		}
	}
	s.issued++
	return fmt.Sprintf("urn:de:xta:messageid:b:%d", s.issued), nil
}

func (s *partner) Send(_ context.Context, r xta.Request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bodies = append(s.bodies, r.SHA256)
	if s.send != nil {
		if err := s.send(len(s.bodies)); err != nil {
			return err
		}
	}
	s.taken = append(s.taken, read(r.Body))
	return nil
}

// letter is a message as the other side sees it.
type letter struct {
	id, replyTo, uuid, body string // XTA id, In-Reply-To, nachrichtenUUID, all bytes
	kind                    amtshilfe.Kind
}

var (
	letterID   = regexp.MustCompile(`MessageID>(urn:de:xta:messageid:[^<]*)<`)
	letterTo   = regexp.MustCompile(`In-Reply-To[^>]*>([^<]*)<`)
	letterUUID = regexp.MustCompile(`nachrichtenUUID>([^<]*)<`)
	letterKind = regexp.MustCompile(`:vollstreckungshilfe\.[A-Za-z]+\.([0-9]{3})[ >]`)
)

func read(o xta.Octets) letter {
	body, err := xta.ReadAll(o)
	if err != nil {
		panic(err)
	}
	first := func(re *regexp.Regexp) string {
		if m := re.FindSubmatch(body); m != nil {
			return string(m[1])
		}
		return ""
	}
	n, _ := strconv.Atoi(first(letterKind))
	return letter{id: first(letterID), replyTo: first(letterTo), uuid: first(letterUUID), body: string(body), kind: amtshilfe.Kind(n)}
}

func (s *partner) TransportReport(_ context.Context, _ string, _ xta.Party, id string) (xta.Report, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reports++
	if s.report != nil {
		return s.report(id)
	}
	return xta.Report{MetaData: xta.MetaData{MessageID: id}}, nil
}

// proof is a report about a request of ours that the server has taken.
func proof(id string, status int) xta.Report {
	return xta.Report{Status: status, MetaData: xta.MetaData{MessageID: id, Reader: xta.Party{Kennung: theirs}, InitialSend: time.Unix(1, 0),
		Type: xta.MessageType{Code: "vollstreckungshilfe.Ersuchen.003"}}}
}
