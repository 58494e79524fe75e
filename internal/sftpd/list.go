package sftpd

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pkg/sftp"
)

// target is a path as the client names it: "/", "/in", "/out", or a file in one of the two.
type target struct {
	dir  string // "", "in" or "out"
	name string // "" = the directory itself
}

// maxPath bounds paths: a directory and one name.
const maxPath = 1024

// parse reads a path. It never touches the disk, so that neither ".." nor a link leads anywhere; what lies elsewhere does not
// exist.
func parse(p string) (target, error) {
	if len(p) > maxPath {
		return target{}, refuse(sftp.ErrSSHFxFailure, "path is too long")
	}
	p = path.Clean("/" + p)
	if p == "/" {
		return target{}, nil
	}
	dir, name, _ := strings.Cut(p[1:], "/")
	if dir != "in" && dir != "out" || strings.Contains(name, "/") {
		return target{}, refuse(sftp.ErrSSHFxNoSuchFile, "no such file: there are /in and /out")
	}
	return target{dir, name}, nil
}

// nameError refuses names for new files that receipts, logs and clerks could not show.
func nameError(name string) error {
	switch {
	case len(name) > 255:
		return refuse(sftp.ErrSSHFxFailure, "file name is longer than 255 bytes")
	case !utf8.ValidString(name):
		return refuse(sftp.ErrSSHFxFailure, "file name is not UTF-8")
	case strings.ContainsFunc(name, unicode.IsControl):
		return refuse(sftp.ErrSSHFxFailure, "file name holds control characters")
	}
	return nil
}

// entry is what clients learn of a file: no owner, no inode.
type entry struct {
	name  string
	size  int64
	mode  fs.FileMode
	mtime time.Time
}

// The methods of fs.FileInfo.
func (e entry) Name() string       { return e.name }
func (e entry) Size() int64        { return e.size }
func (e entry) Mode() fs.FileMode  { return e.mode }
func (e entry) ModTime() time.Time { return e.mtime }
func (e entry) IsDir() bool        { return e.mode.IsDir() }
func (e entry) Sys() any           { return nil }

func (h *session) dirEntry(name string) entry {
	mode := fs.ModeDir | 0o700
	if name == "/" {
		mode = fs.ModeDir | 0o500
	}
	return entry{name: name, mode: mode, mtime: h.server.now().Truncate(time.Second)}
}

// Filelist lists a directory or looks at one name.
func (h *session) Filelist(r *sftp.Request) (sftp.ListerAt, error) {
	at, err := parse(r.Filepath)
	if err != nil {
		return nil, err
	}
	switch r.Method {
	case "Stat":
		e, err := h.stat(at)
		if err != nil {
			return nil, err
		}
		return &listing{entries: []os.FileInfo{e}}, nil
	case "List":
		return h.list(at)
	}
	return nil, refuse(sftp.ErrSSHFxOpUnsupported, "not supported by this server")
}

func (h *session) list(at target) (sftp.ListerAt, error) {
	switch {
	case at.name != "":
		return nil, refuse(sftp.ErrSSHFxNoSuchFile, "no such directory")
	case at.dir == "":
		if err := h.take(); err != nil {
			return nil, err
		}
		return &listing{entries: []os.FileInfo{h.dirEntry("in"), h.dirEntry("out")}, session: h}, nil
	}
	if err := h.take(); err != nil {
		return nil, err
	}
	infos, err := h.server.files.List(h.account, at.dir)
	if err != nil {
		h.give()
		return nil, h.explain("list", err)
	}
	l := &listing{entries: make([]os.FileInfo, 0, len(infos)), session: h}
	for _, info := range infos {
		l.entries = append(l.entries, h.shown(at.dir, info))
	}
	return l, nil
}

// shown is how a real file looks to the client: with the time it has set itself.
func (h *session) shown(dir string, info fs.FileInfo) entry {
	e := entry{info.Name(), info.Size(), 0o600, info.ModTime()}
	if dir == "in" {
		if r, ok := h.server.memory.look(h.account, e.name); ok && r.set {
			e.mtime = r.mtime
		}
	}
	return e
}

// stat looks at one name: an upload of this session, a real file, then the memory of claimed files.
func (h *session) stat(at target) (os.FileInfo, error) {
	switch {
	case at.dir == "":
		return h.dirEntry("/"), nil
	case at.name == "":
		return h.dirEntry(at.dir), nil
	}
	if u := h.uploading(at.name); u != nil && at.dir == "in" {
		size, mtime := u.look()
		return entry{at.name, size, 0o600, mtime}, nil
	}
	info, err := h.server.files.Stat(h.account, at.dir, at.name)
	if err == nil {
		return h.shown(at.dir, info), nil
	}
	if r, ok := h.server.memory.look(h.account, at.name); ok && at.dir == "in" && errors.Is(err, fs.ErrNotExist) {
		return entry{at.name, r.size, 0o600, r.mtime}, nil
	}
	return nil, h.explain("stat", err)
}

// listing is a snapshot of a directory with its own cursor: concurrent READDIRs on one handle neither repeat nor miss a name,
// whatever offset the library believes in (peers.md 5.3).
type listing struct {
	session *session // whose handle it is; nil for a stat

	mu      sync.Mutex
	entries []os.FileInfo
}

// ListAt gives the next entries.
func (l *listing) ListAt(to []os.FileInfo, _ int64) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := copy(to, l.entries)
	l.entries = l.entries[n:]
	if len(l.entries) == 0 {
		return n, io.EOF
	}
	return n, nil
}

// Close gives the handle back.
func (l *listing) Close() error {
	if l.session != nil {
		l.session.give()
	}
	return nil
}
