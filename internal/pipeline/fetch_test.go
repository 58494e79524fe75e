package pipeline_test

import (
	"context"
	"sync"

	"damtshilfe/internal/xta"
)

// mailbox is the own XTA server with one mailbox.
type mailbox struct {
	mu     sync.Mutex
	list   []xta.Message
	closed []string
	close  func(id string) error
}

func (b *mailbox) StatusList(_ context.Context, _ string, _ xta.Party, max int) (xta.List, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var l xta.List
	for _, m := range b.list[:min(max, len(b.list))] {
		l.Items = append(l.Items, m.MetaData)
	}
	l.Pending = len(b.list) - len(l.Items)
	return l, nil
}

func (b *mailbox) GetMessage(_ context.Context, _ string, _ xta.Party, id string) (xta.Message, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.list {
		if m.MetaData.MessageID == id {
			return m, nil
		}
	}
	return xta.Message{}, &xta.Fault{Code: 9070}
}

func (b *mailbox) CloseMessage(_ context.Context, _ string, _ xta.Party, _, id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.close != nil {
		if err := b.close(id); err != nil {
			return err
		}
	}
	for i, m := range b.list {
		if m.MetaData.MessageID == id {
			b.list = append(b.list[:i:i], b.list[i+1:]...)
			b.closed = append(b.closed, id)
			return nil
		}
	}
	return &xta.Fault{Code: 9070}
}
