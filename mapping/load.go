package mapping

import (
	"errors"
	"io/fs"
)

// Builtin loads the packs that come with the program.
func Builtin() (*Packs, error) { return nil, errors.ErrUnsupported }

// Overlay loads every folder of dir that holds a pack.yaml and lays them over p: they win over the packs of p with the same
// namespace; among themselves the higher version is used.
func (p *Packs) Overlay(dir fs.FS) (*Packs, error) { return nil, errors.ErrUnsupported }

// LoadPack reads the pack in the folder name of dir. An error names the file and the line.
func LoadPack(dir fs.FS, name string) (*Pack, error) { return nil, errors.ErrUnsupported }
