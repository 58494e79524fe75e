package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync"
	"time"

	"damtshilfe/internal/durable"
	"damtshilfe/internal/xta"
)

// server is the reader's XTA server in the tests of crashes: it remembers what it took, as the real one does, so a copy of it is what it
// knows at that moment.
type server struct {
	mu     sync.Mutex
	hook   durable.Hook // told before and after it takes a message
	script []outcome    // of the next attempts to send; afterwards all goes well
	noIDs  int          // so many requests for an id fail first
	issued int
	certs  [][]byte // named by lookupService
	red    int      // so many of the first that it takes never get to their reader: their reports are red
	taken  []letter // in order, each id once
}

// outcome is how an attempt to send ends.
type outcome int

const (
	refused outcome = iota // no connection: known not sent
	lost                   // the connection broke before the server had it all
	silent                 // the server took it, and its answer was lost
)

// clone is the server as it is now.
func (s *server) clone() *server {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &server{script: slices.Clone(s.script), noIDs: s.noIDs, red: s.red, issued: s.issued, certs: s.certs, taken: slices.Clone(s.taken)}
}

func (s *server) Pin(string, []string) error { return nil }

func (s *server) LookupService(context.Context, string, xta.Party, xta.Party, string) (xta.Lookup, error) {
	return xta.Lookup{Availability: xta.ServiceAvailable, Certificates: s.certs}, nil
}

func (s *server) CreateMessageID(context.Context, string, xta.Party) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.noIDs > 0 {
		s.noIDs--
		return "", errors.New("away")
	}
	s.issued++
	return fmt.Sprintf("urn:de:xta:messageid:b:%d", s.issued), nil
}

func (s *server) Send(_ context.Context, r xta.Request) (err error) {
	return s.hook.Step("socket", func() error { return s.send(read(r.Body)) })
}

func (s *server) send(l letter) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := outcome(-1)
	if len(s.script) > 0 {
		next, s.script = s.script[0], s.script[1:]
	}
	switch next {
	case refused:
		return errDial
	case lost:
		return errReset
	}
	if s.has(l.id) {
		return errUsed
	}
	s.taken = append(s.taken, l)
	if next == silent {
		return errReset
	}
	return nil
}

func (s *server) has(id string) bool {
	return slices.ContainsFunc(s.taken, func(l letter) bool { return l.id == id })
}

var letterRoot = regexp.MustCompile(`[:>](vollstreckungshilfe\.[A-Za-z]+\.[0-9]{3})[ <>]`)

func (s *server) TransportReport(_ context.Context, _ string, _ xta.Party, id string) (xta.Report, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n, l := range s.taken {
		if l.id == id {
			status := xta.StatusGreen
			if n < s.red {
				status = xta.StatusRed
			}
			return xta.Report{Status: status, MetaData: xta.MetaData{MessageID: id, Reader: xta.Party{Kennung: theirs}, InitialSend: time.Unix(1, 0),
				Type: xta.MessageType{Code: letterRoot.FindStringSubmatch(l.body)[1]}}}, nil
		}
	}
	return xta.Report{MetaData: xta.MetaData{MessageID: id}}, nil
}
