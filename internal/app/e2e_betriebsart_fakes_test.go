package app_test

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"sync"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
	"damtshilfe/internal/schema"
	"damtshilfe/internal/xmlgate"
	"damtshilfe/internal/xta"
)

// outbox is the Sender: it takes everything, and remembers what the envelope said.
type outbox struct {
	mu   sync.Mutex
	next int
	sent map[string]posted // by MessageID
}

type posted struct {
	host, reader string
	test         bool
}

func (*outbox) Pin(string, []string) error { return nil }

func (*outbox) LookupService(context.Context, string, xta.Party, xta.Party, string) (xta.Lookup, error) {
	return xta.Lookup{Availability: xta.ServiceAvailable}, nil
}

func (o *outbox) CreateMessageID(context.Context, string, xta.Party) (string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.next++
	return fmt.Sprintf("urn:de:xta:messageid:probe:%d", o.next), nil
}

var (
	testMsg  = regexp.MustCompile(`TestMsg="(\w+)"`)
	inReader = regexp.MustCompile(`(?s)<oscimeta:Reader>.*?<oscimeta:Identifier[^>]*>([^<]*)<`)
	inID     = regexp.MustCompile(`urn:de:xta:messageid:probe:\d+`)
)

func (o *outbox) Send(_ context.Context, r xta.Request) error {
	u, err := url.Parse(r.URL)
	if err != nil {
		return err
	}
	body, err := xta.ReadAll(r.Body)
	if err != nil {
		return err
	}
	test, reader := testMsg.FindSubmatch(body), inReader.FindSubmatch(body)
	if test == nil || reader == nil {
		return fmt.Errorf("no flag or reader in %s", body)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sent[string(inID.Find(body))] = posted{host: u.Host, reader: string(reader[1]), test: string(test[1]) == "true"}
	return nil
}

func (*outbox) TransportReport(context.Context, string, xta.Party, string) (xta.Report, error) {
	return xta.Report{Status: xta.StatusGreen}, nil
}

// ask is the Register: the real directory without the network.
type ask struct{ d *register.Directory }

func (a ask) LookupAll(_ context.Context, questions []register.Question) ([]amtshilfe.Zustaendigkeit, error) {
	list := make([]amtshilfe.Zustaendigkeit, len(questions))
	for i, q := range questions {
		list[i] = a.d.Lookup(q.Einnahmeart, q.Anschrift, q.Betriebsart)
	}
	return list, nil
}

func (a ask) Wanted(ctx context.Context, kennung string, b amtshilfe.Betriebsart) (amtshilfe.Zustaendigkeit, error) {
	return a.ByKennung(ctx, kennung, b)
}

func (a ask) ByKennung(_ context.Context, kennung string, b amtshilfe.Betriebsart) (amtshilfe.Zustaendigkeit, error) {
	return a.d.ByKennung(kennung, b), nil
}

// anything is the Schema.
type anything struct{}

func (anything) Judge(string) xmlgate.Judge { return nil }

func (a anything) Confirm(ctx context.Context, set string, docs [][]byte, _ []bool) ([][]schema.Violation, error) {
	return a.Validate(ctx, set, docs)
}

func (anything) Validate(_ context.Context, _ string, docs [][]byte) ([][]schema.Violation, error) {
	return make([][]schema.Violation, len(docs)), nil
}
