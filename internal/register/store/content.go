package store

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"damtshilfe/internal/register"
)

// maxContent bounds the JSON of a version: the whole of Germany with every street rule has about 20 MB.
const maxContent = 256 << 20

// encode is JSON because it is ten times faster than YAML; its keys are the names of Go fields, so decode refuses what it does not
// know: a field that was renamed must not be lost in silence.
func encode(f register.File) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err == nil {
		err = json.NewEncoder(z).Encode(f)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("register store: encode: %w", err)
	}
	return b.Bytes(), nil
}

func decode(raw []byte) (f register.File, err error) {
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return f, errors.Join(ErrDamaged, err)
	}
	bounded := &io.LimitedReader{R: z, N: maxContent}
	dec := json.NewDecoder(bounded)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		if bounded.N <= 0 {
			err = fmt.Errorf("larger than %d bytes", maxContent)
		}
		return register.File{}, errors.Join(ErrDamaged, err)
	}
	return f, nil
}

func sum(raw []byte) string {
	h := sha256.Sum256(raw)
	return hex.EncodeToString(h[:])
}
