package main

import (
	"errors"
	"fmt"
	"os"

	"damtshilfe/internal/register"
)

type registerKeyCmd struct {
	File string `arg:"" help:"File of the private key, for register.serve.signing_key; the public half goes to FILE.pub."`
}

// Run makes a key for signing versions. A file that is there is not overwritten: secondaries know its public half.
func (c registerKeyCmd) Run(e *env) error {
	private, public, err := register.NewSigningKey()
	if err != nil {
		return err
	}
	if err := writeNew(c.File, private, 0o600); err != nil {
		return err
	}
	if err := writeNew(c.File+".pub", public, 0o644); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.out, "%s: signing_key of the primary\n%s.pub: follow.public_key of its secondaries\n", c.File, c.File)
	return err
}

func writeNew(path string, data []byte, mode os.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return errors.Join(err, f.Close())
	}
	return errors.Join(f.Sync(), f.Close())
}
