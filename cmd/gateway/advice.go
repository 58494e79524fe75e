package main

import (
	"errors"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sqlitedb"
)

// advice is what a person can do about an error that names only a code, "" for any other: the sentence of a finding, and what a full
// disk asks for.
func advice(err error) string {
	if sqlitedb.Full(err) {
		return "The disk that data_dir is on is full: make room on it (old backups and logs; never files below data_dir) and give the command again."
	}
	if f, ok := errors.AsType[*amtshilfe.Fault](err); ok {
		return f.Text
	}
	return ""
}
