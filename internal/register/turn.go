package register

import (
	"context"
	"net/http"
	"time"
)

// turn lets one change of a directory be made at a time. Each is built and checked as a whole: of all of Germany that takes a second and
// some hundred megabytes, and of several at once all but one are in vain.
type turn chan struct{}

// maxWait is how long a change waits for those before it; what is left of the server's write timeout is for its own work.
const maxWait = 12 * time.Second

// take waits for the turn, or says that others come first. The caller gives it back.
func (t turn) take(ctx context.Context) (back func(), ref *refusal) {
	late := time.NewTimer(maxWait)
	defer late.Stop()
	select {
	case t <- struct{}{}:
		return func() { <-t }, nil
	case <-late.C:
	case <-ctx.Done():
	}
	return nil, &refusal{http.StatusServiceUnavailable, "ZUST-AENDERUNG", "Das Verzeichnis wird gerade von anderen geändert; bitte in einer Minute wiederholen."}
}
