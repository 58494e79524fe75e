package store

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"damtshilfe/internal/register"
)

// maxContent bounds the JSON of a version: the whole of Germany with every street rule has about 20 MB.
const maxContent = 256 << 20

// encode is JSON because it is ten times faster than YAML.
func encode(write func(io.Writer) error) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err == nil {
		err = write(z)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("register store: encode: %w", err)
	}
	return b.Bytes(), nil
}

// decode reads a version; entries that like has, too, are those of like, which may be nil.
func decode(raw []byte, like *register.Directory) (register.File, error) {
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return register.File{}, errors.Join(ErrDamaged, err)
	}
	bounded := &io.LimitedReader{R: z, N: maxContent}
	f, err := register.ReadJSONLike(bounded, like)
	if err != nil && bounded.N <= 0 {
		err = fmt.Errorf("larger than %d bytes", maxContent)
	}
	if err != nil {
		return register.File{}, errors.Join(ErrDamaged, err)
	}
	return f, nil
}

func sum(raw []byte) string {
	h := sha256.Sum256(raw)
	return hex.EncodeToString(h[:])
}
