package register

import (
	"bufio"
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
func WriteJSON(w io.Writer, f *File) error {
	b := bufio.NewWriterSize(w, 64<<10)
	v := reflect.ValueOf(f).Elem()
	for i := range v.NumField() {
		fmt.Fprintf(b, "%c%q:", "{,"[min(i, 1)], v.Type().Field(i).Name)
		if err := writeValue(b, v.Field(i)); err != nil {
			return fmt.Errorf("directory as JSON: %w", err)
		}
	}
	b.WriteString("}\n")
	return b.Flush() // tells what failed before
}

// writeValue writes a list entry by entry.
func writeValue(b *bufio.Writer, v reflect.Value) error {
	if v.Kind() != reflect.Slice || v.IsNil() {
		return writeEntry(b, v)
	}
	b.WriteByte('[')
	for i := range v.Len() {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := writeEntry(b, v.Index(i)); err != nil {
			return err
		}
	}
	return b.WriteByte(']')
}

func writeEntry(b *bufio.Writer, v reflect.Value) error {
	if v.CanAddr() {
		v = v.Addr() // no copy
	}
	text, err := json.Marshal(v.Interface())
	if err != nil {
		return err
	}
	_, err = b.Write(text)
	return err
}

// ReadJSON reads what WriteJSON has written. What it does not know is refused: a field that was renamed must not be lost in silence.
func ReadJSON(r io.Reader) (File, error) {
	var f File
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := readObject(dec, reflect.ValueOf(&f).Elem()); err != nil {
		return File{}, fmt.Errorf("directory as JSON: %w", err)
	}
	return f, nil
}

func readObject(dec *json.Decoder, f reflect.Value) error {
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
			err = readList(dec, v)
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

// readList reads a list entry by entry; null is none.
func readList(dec *json.Decoder, list reflect.Value) error {
	switch t, err := dec.Token(); {
	case err != nil:
		return err
	case t == nil:
		return nil
	case t != json.Delim('['):
		return errors.New("no list")
	}
	for dec.More() {
		entry := reflect.New(list.Type().Elem())
		if err := dec.Decode(entry.Interface()); err != nil {
			return err
		}
		list.Set(reflect.Append(list, entry.Elem()))
	}
	_, err := dec.Token()
	return err
}
