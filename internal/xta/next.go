package xta

import (
	"context"
	"fmt"
)

// NextStatusList goes on in the list that StatusList began, behind its last item, whether that was closed or left alone (XTA 2.1.1
// getNextStatusList). A server that does not know the list any more answers with an empty one.
func (c *Client) NextStatusList(ctx context.Context, url string, reader Party, requestID, last string) (List, error) {
	a, err := c.ask(ctx, url, actionNextList, reader, func(o *outgoing) {
		o.open("osci:MsgBoxGetNextRequest", "MsgBoxRequestID", requestID)
		o.leaf("osci:LastMsgReceived", last)
		o.end("osci:MsgBoxGetNextRequest")
	})
	if err != nil {
		return List{}, fmt.Errorf("next status list: %w", err)
	}
	l, err := readList(a)
	if err != nil {
		return List{}, fmt.Errorf("next status list: %w: %w", errAnswer, err)
	}
	return l, nil
}
