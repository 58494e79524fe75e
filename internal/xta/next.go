package xta

import (
	"context"
	"fmt"
)

// NextStatusList goes on in the list that StatusList began, behind its last item, whether that was closed or left alone (XTA 2.1.1
// getNextStatusList). A server that does not know the list any more answers with an empty one.
func (c *Client) NextStatusList(ctx context.Context, url string, reader Party, requestID, last string) (List, error) {
	a, err := c.ask(ctx, url, actionNextList, reader, func(o *outgoing) { o.next(requestID, last) })
	if err != nil {
		return List{}, fmt.Errorf("next status list: %w", err)
	}
	l, err := readList(a)
	if err != nil {
		return List{}, fmt.Errorf("next status list: %w: %w", errAnswer, err)
	}
	return l, nil
}

// NextMessage fetches the next message under the request id of StatusList, behind the last one that came so, "" = none (XTA 2.1.1
// getNextMessage): ErrNoMessage when there is none left, ErrRequestID when the server has forgotten the id. The caller ends with
// Release.
func (c *Client) NextMessage(ctx context.Context, url string, reader Party, requestID, last string) (Message, error) {
	m, err := c.message(ctx, url, actionNextMessage, reader, func(o *outgoing) { o.next(requestID, last) })
	if err != nil {
		return Message{}, fmt.Errorf("next message: %w", err)
	}
	return m, nil
}

func (o *outgoing) next(requestID, last string) {
	o.Open("osci:MsgBoxGetNextRequest", "MsgBoxRequestID", requestID)
	o.Maybe("osci:LastMsgReceived", last)
	o.End("osci:MsgBoxGetNextRequest")
}
