package app

import (
	"errors"

	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/sftpd"
	"damtshilfe/spool"
)

type candidate = spool.Candidate

// upload is embedded under a name of its own, so that its methods are those of sftpd.Upload.
type upload = *spool.Upload

// errVanished says that an upload was not claimed although its CLOSE was clean.
var errVanished = errors.New("upload vanished before its claim")

// refusal gives the client a sentence for what it can do something about; everything else stays a failure without details.
func (i sftpIntake) refusal(err error) error {
	for _, known := range []struct {
		err  error
		text string
	}{
		{spool.ErrWaiting, "a file of this name is still waiting to be taken"},
		{spool.ErrName, "this file name is not accepted"},
		{spool.ErrHole, "the upload is incomplete: bytes are missing in the middle"},
		{spool.ErrNeedsRename, "upload under a temporary name (for example name.part) and rename it"},
		{pipeline.ErrNoSpace, "the server has no room for new files at the moment, please try again later"},
	} {
		if errors.Is(err, known.err) {
			return &sftpd.Refusal{Text: known.text, Err: err}
		}
	}
	return err
}
