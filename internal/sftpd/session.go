package sftpd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/pkg/sftp"
)

// session answers the requests of one SFTP session. Requests other than reads and writes come one after the other.
type session struct {
	server  *Server
	account string
	log     *slog.Logger

	mu      sync.Mutex
	handles int
	uploads map[string]*upload // by name, the latest: fstat and fsetstat come with the name only
}

// take counts an open handle.
func (h *session) take() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.handles >= h.server.limits.MaxHandles {
		return refuse(sftp.ErrSSHFxFailure, "too many open files in this session")
	}
	h.handles++
	return nil
}

func (h *session) give() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.handles--
}

func (h *session) uploading(name string) *upload {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.uploads[name]
}

// Fileread opens a file of /out.
func (h *session) Fileread(r *sftp.Request) (io.ReaderAt, error) {
	at, err := parse(r.Filepath)
	if err != nil {
		return nil, err
	}
	if at.dir != "out" || at.name == "" {
		return nil, refuse(sftp.ErrSSHFxPermissionDenied, "only files in /out can be fetched")
	}
	if err := h.take(); err != nil {
		return nil, err
	}
	f, err := h.server.files.OpenOut(h.account, at.name)
	if err != nil {
		h.give()
		return nil, h.explain("open for reading", err)
	}
	return &download{f, h}, nil
}

// download gives its handle back when it is closed.
type download struct {
	*os.File
	session *session
}

// Close ends the download.
func (d *download) Close() error {
	d.session.give()
	return d.File.Close()
}

// Filewrite begins an upload into /in.
func (h *session) Filewrite(r *sftp.Request) (io.WriterAt, error) {
	at, err := parse(r.Filepath)
	if err != nil || at.dir != "in" || at.name == "" {
		return nil, refuse(sftp.ErrSSHFxPermissionDenied, "files can be uploaded into /in only")
	}
	if err := nameError(at.name); err != nil {
		return nil, err
	}
	if flags := r.Pflags(); !flags.Creat {
		return nil, refuse(sftp.ErrSSHFxPermissionDenied, "files can be created, not changed")
	}
	if err := h.take(); err != nil {
		return nil, err
	}
	if !h.server.begin() {
		h.give()
		return nil, refuse(sftp.ErrSSHFxFailure, "the server is stopping: try again later")
	}
	u, err := h.server.intake.Create(h.account, at.name)
	if err != nil {
		h.give()
		h.server.ended(err)
		return nil, h.explain("begin upload", err)
	}
	up := &upload{session: h, name: at.name, to: u}
	h.mu.Lock()
	h.uploads[at.name] = up
	h.mu.Unlock()
	return up, nil
}

func (h *session) tooLarge() error {
	return refuse(sftp.ErrSSHFxFailure, fmt.Sprintf("file is larger than %d bytes, the most this server takes", h.server.limits.MaxUpload))
}

// Filecmd does what is neither reading, writing nor listing.
func (h *session) Filecmd(r *sftp.Request) error {
	if r.Method == "Symlink" || r.Method == "Link" { // their paths may lie anywhere
		return refuse(sftp.ErrSSHFxOpUnsupported, "links are not supported")
	}
	at, err := parse(r.Filepath)
	if err != nil {
		return err
	}
	switch r.Method {
	case "Setstat":
		return h.setstat(at, r)
	case "Rename":
		to, err := parse(r.Target)
		if err != nil {
			return err
		}
		return h.rename(at, to)
	case "Remove":
		return h.remove(at)
	case "Mkdir":
		if at.name == "" {
			return refuse(sftp.ErrSSHFxFailure, "the directory exists already")
		}
		return refuse(sftp.ErrSSHFxPermissionDenied, "directories cannot be made: there are /in and /out")
	case "Rmdir":
		return refuse(sftp.ErrSSHFxPermissionDenied, "directories cannot be removed")
	}
	return refuse(sftp.ErrSSHFxOpUnsupported, "not supported by this server")
}

// setstat keeps the modification time for the eyes of the client; modes and owners are ours and are taken without effect.
// A size can only be confirmed.
func (h *session) setstat(at target, r *sftp.Request) error {
	if at.dir != "in" || at.name == "" {
		return refuse(sftp.ErrSSHFxPermissionDenied, "attributes can be set on uploaded files only")
	}
	flags, attrs := r.AttrFlags(), r.Attributes()
	if attrs == nil { // shorter than its flags say
		return refuse(sftp.ErrSSHFxBadMessage, "attributes are malformed")
	}
	mtime := time.Unix(int64(attrs.Mtime), 0)
	if u := h.uploading(at.name); u != nil {
		if flags.Size && int64(attrs.Size) != u.written() {
			return refuse(sftp.ErrSSHFxOpUnsupported, "the size of a file cannot be set")
		}
		if flags.Acmodtime {
			u.setTime(mtime)
		}
		return nil
	}
	info, err := h.stat(at)
	if err != nil {
		return err
	}
	if flags.Size && int64(attrs.Size) != info.Size() {
		return refuse(sftp.ErrSSHFxPermissionDenied, "the file was taken in already")
	}
	if flags.Acmodtime && !h.server.memory.setTime(h.account, at.name, mtime) {
		h.server.memory.keepName(h.account, at.name, info.Size(), mtime)
	}
	return nil
}

// rename publishes a waiting upload under its final name, or gives it another waiting name.
func (h *session) rename(from, to target) error {
	if from.dir != "in" || to.dir != "in" || from.name == "" || to.name == "" {
		return refuse(sftp.ErrSSHFxPermissionDenied, "files can be renamed inside /in only")
	}
	if err := nameError(to.name); err != nil {
		return err
	}
	info, err := h.server.files.Stat(h.account, "in", from.name)
	if errors.Is(err, fs.ErrNotExist) {
		if _, known := h.server.memory.look(h.account, from.name); known {
			return refuse(sftp.ErrSSHFxPermissionDenied, "the file was taken in already: it keeps its name")
		}
	}
	if err != nil {
		return h.explain("rename", err)
	}
	if err := h.server.intake.Rename(h.account, from.name, to.name); err != nil {
		return h.explain("rename", err)
	}
	var mtime time.Time
	if r, ok := h.server.memory.look(h.account, from.name); ok && r.set {
		mtime = r.mtime
	}
	h.server.memory.forget(h.account, from.name)
	h.server.memory.keepName(h.account, to.name, info.Size(), mtime)
	return nil
}

// remove deletes what is the owner's to delete. A claimed file is not: saying so beats a success that withdraws nothing.
func (h *session) remove(at target) error {
	if at.name == "" {
		return refuse(sftp.ErrSSHFxPermissionDenied, "directories cannot be removed")
	}
	err := h.server.files.Remove(h.account, at.dir, at.name)
	switch _, known := h.server.memory.look(h.account, at.name); {
	case err == nil:
		if at.dir == "in" {
			h.server.memory.forget(h.account, at.name)
		}
		return nil
	case at.dir == "in" && (known && errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)):
		return refuse(sftp.ErrSSHFxPermissionDenied, "the file was taken in already: removing it would withdraw nothing")
	}
	return h.explain("remove", err)
}

// explain turns an error into what the client may read. Refusals keep their text; what nobody foresaw is logged and shown as a
// failure without details.
func (h *session) explain(what string, err error) error {
	var r *Refusal
	switch {
	case errors.As(err, &r):
		return refuse(sftp.ErrSSHFxFailure, r.Text)
	case errors.Is(err, fs.ErrNotExist):
		return refuse(sftp.ErrSSHFxNoSuchFile, "no such file")
	case errors.Is(err, fs.ErrPermission):
		return refuse(sftp.ErrSSHFxPermissionDenied, "permission denied")
	}
	h.log.Error("sftp request failed", "request", what, "err", err)
	return refuse(sftp.ErrSSHFxFailure, "the server could not do this: try again later")
}

// status is an SFTP status with a text: the code is found by errors.As, the text is Error.
type status struct {
	code error
	text string
}

func refuse(code error, text string) error { return &status{code, text} }

func (s *status) Error() string { return s.text }
func (s *status) Unwrap() error { return s.code }
