package pipeline_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
	"damtshilfe/internal/schema"
	"damtshilfe/internal/xmlgate"
	"damtshilfe/internal/xta"
)

// anything is a Schema that every document fits, unless it is out of order.
type anything struct {
	err   error
	found []schema.Violation // in every document
}

func (s *anything) Judge(string) xmlgate.Judge { return nil }

func (s *anything) Confirm(ctx context.Context, set string, docs [][]byte, _ []bool) ([][]schema.Violation, error) {
	return s.Validate(ctx, set, docs)
}

func (s *anything) Validate(_ context.Context, _ string, docs [][]byte) ([][]schema.Violation, error) {
	all := make([][]schema.Violation, len(docs))
	for i := range all {
		all[i] = s.found
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
}

func (r *directory) all() amtshilfe.Zustaendigkeit {
	return amtshilfe.Zustaendigkeit{Behoerde: amtshilfe.Behoerde{Kennung: theirs, Name: "Amt", Anschriftzeilen: []string{"Markt 1", "12345 Ort"}}, Kanaele: []amtshilfe.Kanal{r.kanal}, Regel: "R1"}
}

func (r *directory) LookupAll(_ context.Context, questions []register.Question) ([]amtshilfe.Zustaendigkeit, error) {
	if r.err != nil && len(questions) > 0 {
		return nil, r.err
	}
	var list []amtshilfe.Zustaendigkeit
	for _, q := range questions {
		if r.answer != nil {
			list = append(list, r.answer(q))
		} else {
			list = append(list, r.all())
		}
	}
	return list, nil
}

func (r *directory) ByKennung(_ context.Context, kennung string, _ amtshilfe.Betriebsart) (amtshilfe.Zustaendigkeit, error) {
	z := r.all()
	z.Behoerde.Kennung = kennung
	return z, r.err
}

// partner is the other side's XTA server, as far as a test describes it; what it does not describe goes well.
type partner struct {
	mu      sync.Mutex
	issued  int
	bodies  [][32]byte // of every attempt, in order
	reports int
	lookup  func() (xta.Availability, error)
	create  func() error
	send    func(attempt int) error
	report  func(id string) (xta.Report, error)
}

func (s *partner) Pin(string, []string) error { return nil }

func (s *partner) LookupService(context.Context, string, xta.Party, xta.Party, string) (xta.Availability, error) {
	if s.lookup != nil {
		return s.lookup()
	}
	return xta.ServiceAvailable, nil
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
		return s.send(len(s.bodies))
	}
	return nil
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
