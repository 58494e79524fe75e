package pipeline

import (
	"context"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
	"damtshilfe/internal/schema"
	"damtshilfe/internal/xmlgate"
	"damtshilfe/internal/xta"
)

// Schema validates documents against the schema of a pack.
type Schema interface {
	Validate(ctx context.Context, set string, docs [][]byte) ([][]schema.Violation, error)
	// Judge makes a judge that follows documents of the pack while they are read, or nil; Confirm ends what it has begun.
	Judge(set string) xmlgate.Judge
	Confirm(ctx context.Context, set string, docs [][]byte, accepted []bool) ([][]schema.Violation, error)
}

// Register is the authority server.
type Register interface {
	// LookupAll answers questions in order; an error says that the server cannot be reached, never that nobody is competent. A
	// *register.Unanswered names the questions that have no answer: the others have.
	LookupAll(ctx context.Context, questions []register.Question) ([]amtshilfe.Zustaendigkeit, error)
	ByKennung(ctx context.Context, kennung string, b amtshilfe.Betriebsart) (amtshilfe.Zustaendigkeit, error)
	// Wanted is ByKennung for a new request.
	Wanted(ctx context.Context, kennung string, b amtshilfe.Betriebsart) (amtshilfe.Zustaendigkeit, error)
}

// Sender hands messages to the XTA server of a reader's data centre.
type Sender interface {
	Pin(url string, fingerprints []string) error
	LookupService(ctx context.Context, url string, author, reader xta.Party, service string) (xta.Lookup, error)
	CreateMessageID(ctx context.Context, url string, author xta.Party) (string, error)
	Send(ctx context.Context, r xta.Request) error
	TransportReport(ctx context.Context, url string, author xta.Party, messageID string) (xta.Report, error)
}

// Fetcher reads the own mailboxes.
type Fetcher interface {
	StatusList(ctx context.Context, url string, reader xta.Party, max int) (xta.List, error)
	NextStatusList(ctx context.Context, url string, reader xta.Party, requestID, last string) (xta.List, error)
	GetMessage(ctx context.Context, url string, reader xta.Party, messageID string) (xta.Message, error)
	CloseMessage(ctx context.Context, url string, reader xta.Party, requestID, messageID string) error
}
