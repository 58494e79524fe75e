package sqlitedb

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"damtshilfe/internal/durable"
)

// private makes the file before SQLite does, readable for its owner only: what lies beside it (WAL, index) gets the same mode.
func private(path string, hook durable.Hook) (err error) {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	dir, err := durable.New(hook).OpenDir(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	f, err := dir.Append(filepath.Base(path))
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), dir.Sync())
}
