package attachment

import "time"

// Here asks in this process, where a test can see what went wrong.
func Here(pdf []byte) (Report, error) {
	r, err := inspect(pdf)
	if err != nil {
		return report(err), err
	}
	return r, nil
}

// Term is how long a child may take for the next PDF.
func (r *Reader) Term() time.Duration { return r.term() }

// SetPatience makes a Reader less patient.
func (r *Reader) SetPatience(d time.Duration) { r.patience = d }
