package register

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
)

// WriteJSON writes what the directory was built from, as the function of that name does.
func (d *Directory) WriteJSON(w io.Writer) error { return WriteJSON(w, &d.file) }

// WriteJSON writes a directory as JSON, entry by entry: all of Germany has 10 MB of it. Its keys are the names of the Go fields; it is for
// stores and fingerprints, not for people.
func WriteJSON(w io.Writer, f *File) error { return writeJSON(w, f, nil) }

// writeJSON tells note every entry of a list: the name of the list, its place there, and its text.
func writeJSON(w io.Writer, f *File, note func(list string, i int, text []byte)) error {
	b := bufio.NewWriterSize(w, 64<<10)
	v := reflect.ValueOf(f).Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		fmt.Fprintf(b, "%c%q:", "{,"[min(i, 1)], name)
		if err := writeValue(b, v.Field(i), func(i int, text []byte) {
			if note != nil {
				note(name, i, text)
			}
		}); err != nil {
			return fmt.Errorf("directory as JSON: %w", err)
		}
	}
	b.WriteString("}\n")
	return b.Flush() // tells what failed before
}

// writeValue writes a list entry by entry.
func writeValue(b *bufio.Writer, v reflect.Value, note func(i int, text []byte)) error {
	if v.Kind() != reflect.Slice || v.IsNil() {
		_, err := writeEntry(b, v)
		return err
	}
	b.WriteByte('[')
	for i := range v.Len() {
		if i > 0 {
			b.WriteByte(',')
		}
		text, err := writeEntry(b, v.Index(i))
		if err != nil {
			return err
		}
		note(i, text)
	}
	return b.WriteByte(']')
}

func writeEntry(b *bufio.Writer, v reflect.Value) ([]byte, error) {
	if v.CanAddr() {
		v = v.Addr() // no copy
	}
	text, err := json.Marshal(v.Interface())
	if err != nil {
		return nil, err
	}
	_, err = b.Write(text)
	return text, err
}

// ReadJSON reads what WriteJSON has written. What it does not know is refused: a field that was renamed must not be lost in silence.
func ReadJSON(r io.Reader) (File, error) { return ReadJSONLike(r, nil) }

// ReadJSONLike is ReadJSON for a directory that has much in common with another one: entries that both have are that one's, so that two
// versions of all of Germany stand in memory once. What is read must then not be changed but by replacing entries.
func ReadJSONLike(r io.Reader, like *Directory) (File, error) {
	var f, known File
	var at stamps
	if like != nil {
		known, at = like.file, like.stamps
	}
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := readObject(dec, reflect.ValueOf(&f).Elem(), reflect.ValueOf(known), at); err != nil {
		return File{}, fmt.Errorf("directory as JSON: %w", err)
	}
	return f, nil
}

func readObject(dec *json.Decoder, f, known reflect.Value, at stamps) error {
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return errors.Join(errors.New("no object"), err)
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		name, _ := key.(string)
		v := f.FieldByName(name)
		if !v.IsValid() {
			return fmt.Errorf("unknown field %q", name)
		}
		if v.Kind() == reflect.Slice {
			err = readList(dec, v, known.FieldByName(name), at[name])
		} else {
			err = dec.Decode(v.Addr().Interface())
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	_, err := dec.Token()
	return err
}

// readList reads a list entry by entry; null is none. Those that known has are taken from it.
func readList(dec *json.Decoder, list, known reflect.Value, at map[stamp]int32) error {
	switch t, err := dec.Token(); {
	case err != nil:
		return err
	case t == nil:
		return nil
	case t != json.Delim('['):
		return errors.New("no list")
	}
	list.Grow(known.Len())
	var text json.RawMessage
	for dec.More() {
		if len(at) == 0 {
			entry := reflect.New(list.Type().Elem())
			if err := dec.Decode(entry.Interface()); err != nil {
				return err
			}
			list.Set(reflect.Append(list, entry.Elem()))
			continue
		}
		if err := dec.Decode(&text); err != nil {
			return err
		}
		if i, ok := at[stampOf(text)]; ok {
			list.Set(reflect.Append(list, known.Index(int(i))))
			continue
		}
		entry := reflect.New(list.Type().Elem())
		if err := strict(text, entry.Interface()); err != nil {
			return err
		}
		list.Set(reflect.Append(list, entry.Elem()))
	}
	_, err := dec.Token()
	return err
}

func strict(text []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	return dec.Decode(v)
}

// stamp is the fingerprint of an entry's JSON.
type stamp [16]byte

func stampOf(text []byte) stamp {
	h := sha256.Sum256(text)
	return stamp(h[:])
}

// stamps says where the entries of a directory are, by the name of their list.
type stamps map[string]map[stamp]int32

func (m stamps) note(list string, i int, text []byte) {
	if m[list] == nil {
		m[list] = map[stamp]int32{}
	}
	m[list][stampOf(text)] = int32(i)
}
