package spool

import (
	"fmt"
	"io/fs"
	"iter"
	"path"
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// FileKind says what a file below the data directory is.
type FileKind string

// The kinds that Files yields.
const (
	KindOriginal FileKind = "original"
	KindSegment  FileKind = "segment"
	KindReason   FileKind = "reason"
	KindInbound  FileKind = "inbound"
	KindStaged   FileKind = "staged"  // a file of a staged bundle
	KindPrinted  FileKind = "printed" // a file of a bundle in an inbox
	KindIn       FileKind = "in"
	KindOut      FileKind = "out"
	KindStranger FileKind = "stranger" // a name the gateway does not write there
)

// StoredFile is one file that `gateway verify` compares with the ledger.
type StoredFile struct {
	Kind    FileKind
	Path    string // below data_dir
	Size    int64
	Drop    amtshilfe.DropID   // original, segment, reason
	Inbox   amtshilfe.InboxID  // inbound
	Bundle  amtshilfe.BundleID // staged, printed
	Profile string             // printed
	Account string             // in, out
	Name    string             // last element of Path
}

// Files walks store, staging, print inboxes and the accounts' directories. What disappears meanwhile is left out.
func (s *Spool) Files() iter.Seq2[StoredFile, error] {
	return func(yield func(StoredFile, error) bool) {
		for _, top := range []string{"store", "spool-staging", "print", "accounts"} {
			err := fs.WalkDir(s.data.Root().FS(), top, func(p string, e fs.DirEntry, err error) error {
				if err != nil {
					return ignoreNotExist(err)
				}
				if e.IsDir() {
					return nil
				}
				info, err := e.Info()
				if err != nil {
					return ignoreNotExist(err)
				}
				f := classify(p)
				f.Path, f.Name, f.Size = p, path.Base(p), info.Size()
				if !yield(f, nil) {
					return fs.SkipAll
				}
				return nil
			})
			if err != nil {
				yield(StoredFile{}, fmt.Errorf("walk %s: %w", top, err))
				return
			}
		}
	}
}

// classify reads the meaning of a path below data_dir.
func classify(p string) StoredFile {
	part := strings.Split(p, "/")
	switch {
	case part[0] == "store" && len(part) == 5:
		f := classifyStored(part[4])
		if f.Drop != "" && f.Drop.Dir() != strings.Join(part[1:4], "/") || f.Inbox != "" && f.Inbox.Dir() != strings.Join(part[1:4], "/") {
			return StoredFile{Kind: KindStranger}
		}
		return f
	case part[0] == "spool-staging" && len(part) == 3 && amtshilfe.BundleID(part[1]).Valid():
		return StoredFile{Kind: KindStaged, Bundle: amtshilfe.BundleID(part[1])}
	case part[0] == "print" && len(part) == 5 && part[2] == "inbox" && amtshilfe.BundleID(part[3]).Valid():
		return StoredFile{Kind: KindPrinted, Profile: part[1], Bundle: amtshilfe.BundleID(part[3])}
	case part[0] == "accounts" && len(part) == 4 && part[2] == "in":
		return StoredFile{Kind: KindIn, Account: part[1]}
	case part[0] == "accounts" && len(part) == 4 && part[2] == "out":
		return StoredFile{Kind: KindOut, Account: part[1]}
	}
	return StoredFile{Kind: KindStranger}
}

func classifyStored(name string) StoredFile {
	id, kind, _ := strings.Cut(name, ".")
	switch drop := amtshilfe.DropID(id); {
	case drop.Valid() && kind == "orig":
		return StoredFile{Kind: KindOriginal, Drop: drop}
	case drop.Valid() && kind == "seg":
		return StoredFile{Kind: KindSegment, Drop: drop}
	case drop.Valid() && kind == "reason.json":
		return StoredFile{Kind: KindReason, Drop: drop}
	case amtshilfe.InboxID(id).Valid() && kind == "msg":
		return StoredFile{Kind: KindInbound, Inbox: amtshilfe.InboxID(id)}
	}
	return StoredFile{Kind: KindStranger}
}
