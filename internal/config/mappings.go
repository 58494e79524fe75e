package config

import (
	"fmt"
	"os"
	"path/filepath"

	"damtshilfe/mapping"
)

// maxMapping bounds a mapping file.
const maxMapping = 1 << 20

// FlatMappings reads the participant's mappings. An error names file and line.
func (p Participant) FlatMappings() ([]*mapping.FlatMapping, error) {
	var list []*mapping.FlatMapping
	for _, path := range p.Mappings {
		m, err := ReadMapping(path)
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	return list, nil
}

// ReadMapping reads one mapping file.
func ReadMapping(path string) (*mapping.FlatMapping, error) {
	info, err := os.Stat(path)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > maxMapping) {
		err = fmt.Errorf("%s: not a file of at most %d bytes", path, maxMapping)
	}
	if err != nil {
		return nil, fmt.Errorf("read mapping: %w", err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read mapping: %w", err)
	}
	return mapping.ParseFlat(filepath.Base(path), data)
}

// validateMappings reads every mapping, and refuses one whose files could be taken in half: a clean CLOSE is no proof that a file is
// complete (design 2.1).
func (p Participant) validateMappings(bad func(format string, args ...any)) {
	for _, path := range p.Mappings {
		m, err := ReadMapping(path)
		switch {
		case err != nil:
			bad("%v", err)
		case !m.Trailer() && (p.Completeness == "settle" || p.Completeness == "trailer"):
			bad("%s has no trailer record: completeness must be marker or rename, not %s, or half a file could be taken for the whole", filepath.Base(path), p.Completeness)
		}
	}
	if p.Completeness == "trailer" && len(p.Mappings) == 0 {
		bad("none given: completeness trailer is for accounts with flat files")
	}
}
