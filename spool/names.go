package spool

import (
	"fmt"
	"slices"
	"strings"
)

// Completeness says how files of an account prove that they are complete (design 2.1).
type Completeness string

// The proofs of completeness.
const (
	// Settle: two scans at least Options.Settle apart saw the same file, or its marker is there. An SFTP upload is complete
	// with its clean CLOSE.
	Settle Completeness = "settle"
	// Marker: <name>.fertig is there and is not older than its file.
	Marker Completeness = "marker"
	// Rename: a file appears under its name only by a rename; an upload to a final name is refused.
	Rename Completeness = "rename"
	// Trailer: as Settle; beyond that every file carries its own end (a trailer record, a ZIP's directory), and who reads it refuses
	// one that has none.
	Trailer Completeness = "trailer"
)

func (c Completeness) validate() error {
	if slices.Contains([]Completeness{Settle, Marker, Rename, Trailer}, c) {
		return nil
	}
	return fmt.Errorf("completeness %q: want settle, marker, rename or trailer", string(c))
}

// MarkerSuffix is what a file's marker is called behind the file's name.
const MarkerSuffix = ".fertig"

// temporarySuffixes are what clients call a file until they rename it (peers.md 5.8).
var temporarySuffixes = []string{".filepart", ".part", ".partial", ".tmp"}

// IsTemporary says that a name waits for its rename: hidden, or one of the suffixes clients use.
func IsTemporary(name string) bool {
	if strings.HasPrefix(name, ".") {
		return true
	}
	lower := strings.ToLower(name)
	return slices.ContainsFunc(temporarySuffixes, func(s string) bool { return strings.HasSuffix(lower, s) })
}

// IsMarker says that a name is the marker of another file.
func IsMarker(name string) bool {
	return strings.HasSuffix(name, MarkerSuffix) && len(name) > len(MarkerSuffix)
}

// Waits says whether a file uploaded under this name stays in in/ after its CLOSE: for its rename, for its marker, or because
// it is a marker itself. A name that does not wait is claimed by its CLOSE.
func (s *Spool) Waits(account, name string) (bool, error) {
	a, err := s.account(account)
	if err != nil {
		return false, err
	}
	return a.waits(name), nil
}

func (a *account) waits(name string) bool {
	return IsTemporary(name) || IsMarker(name) || a.rule == Marker
}
