package xta_test

import (
	"testing"
)

// The client goes on behind what it has seen, whether that was closed or left alone (XTA 2.1.1 getNextStatusList).
func TestClientPagesOn(t *testing.T) {
	ctx := t.Context()
	w := newWorld(t).listen()
	sender, receiver := w.client(w.authorCert), w.client(w.readerCert)
	box := w.url + "/xta/msgbox"
	var ids []string
	for range 5 {
		ids = append(ids, w.send(sender, "<a/>").MessageID)
	}
	list, err := receiver.StatusList(ctx, box, reader, 2)
	check(t, err)
	check(t, receiver.CloseMessage(ctx, box, reader, list.RequestID, ids[0]))
	var seen []string
	for len(list.Items) > 0 {
		for _, m := range list.Items {
			seen = append(seen, m.MessageID)
		}
		list, err = receiver.NextStatusList(ctx, box, reader, list.RequestID, seen[len(seen)-1])
		check(t, err)
	}
	if len(seen) != 5 || seen[0] != ids[0] || seen[4] != ids[4] {
		t.Errorf("%v, want %v", seen, ids)
	}
	if list, err = receiver.NextStatusList(ctx, box, reader, "urn:uuid:unknown", ids[4]); err != nil || len(list.Items) != 0 {
		t.Errorf("a list that nobody began: %+v, %v", list, err)
	}
}
