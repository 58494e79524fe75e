package sftpd

import (
	"sync"
	"time"

	"github.com/pkg/sftp"
)

// upload is an open handle of the client on a file in /in. The library calls WriteAt from several goroutines, TransferError if
// the connection broke while it was open, and Close in both cases: only without TransferError was it the client's CLOSE.
type upload struct {
	session *session
	name    string
	to      Upload

	mu     sync.Mutex
	size   int64
	mtime  time.Time // as the client set it; zero = not
	broken error     // why CLOSE will not take the file
}

// WriteAt writes a piece. After a failed piece the upload is lost, whether or not the client looked at the answer.
func (u *upload) WriteAt(p []byte, off int64) (int, error) {
	end := off + int64(len(p))
	if off < 0 || end < off || end > u.session.server.limits.MaxUpload {
		return 0, u.fail(u.session.tooLarge())
	}
	n, err := u.to.WriteAt(p, off)
	if err != nil {
		return n, u.fail(u.session.explain("write", err))
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.size = max(u.size, end)
	return n, nil
}

func (u *upload) fail(err error) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.broken == nil {
		u.broken = err
	}
	return err
}

// TransferError says that the connection broke while the file was open.
func (u *upload) TransferError(error) {
	u.fail(refuse(sftp.ErrSSHFxConnectionLost, "the connection broke"))
}

// Close ends the upload. What it returns is the client's answer to CLOSE.
func (u *upload) Close() (err error) {
	h := u.session
	defer func() {
		h.mu.Lock()
		if h.uploads[u.name] == u {
			delete(h.uploads, u.name)
		}
		h.handles--
		h.mu.Unlock()
		h.server.ended(err)
	}()
	u.mu.Lock()
	broken, size, mtime := u.broken, u.size, u.mtime
	u.mu.Unlock()
	if broken != nil {
		if err := u.to.Abort(); err != nil {
			h.log.Error("sftp abort failed", "err", err)
		}
		return broken
	}
	if err := u.to.Finish(); err != nil {
		return h.explain("close", err)
	}
	h.server.memory.keepName(h.account, u.name, size, mtime)
	return nil
}

func (u *upload) written() int64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.size
}

func (u *upload) setTime(t time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.mtime = t
}

func (u *upload) look() (int64, time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.mtime.IsZero() {
		return u.size, u.session.server.now().Truncate(time.Second)
	}
	return u.size, u.mtime
}
