package store_test

import (
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/register"
	"damtshilfe/internal/register/store"
)

// TestEverythingIsKept: each field that a directory can have comes back as it was put, those that File gets later as well.
func TestEverythingIsKept(t *testing.T) {
	var f register.File
	fill(reflect.ValueOf(&f).Elem())
	got, err := store.Decode(must[[]byte](t)(store.Encode(func(w io.Writer) error { return register.WriteJSON(w, &f) })), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, f) {
		t.Errorf("put %+v\ngot %+v", f, got)
	}
}

// TestJSON: written entry by entry it is the JSON that encoding/json writes, and what is not of it is refused.
func TestJSON(t *testing.T) {
	var f register.File
	for range 2 {
		var got, want strings.Builder
		if err := errors.Join(register.WriteJSON(&got, &f), json.NewEncoder(&want).Encode(f)); err != nil || got.String() != want.String() {
			t.Errorf("%v\n%s\n%s", err, got.String(), want.String())
		}
		fill(reflect.ValueOf(&f).Elem())
	}
	for _, text := range []string{"", "[]", `{"Version":"1"`, `{"Fassung":"1"}`, `{"Behoerden":{}}`, `{"Behoerden":[{"Namen":"x"}]}`, `{"Behoerden":[{}`, `{"Version":1}`} {
		if _, err := register.ReadJSON(strings.NewReader(text)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

// fill sets every field to something, lists to two elements.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0))
		fill(v.Index(1))
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2026, 11, 1, 1, 2, 3, 0, time.UTC)))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	default:
		panic(v.Type().String() + ": tell this test how to fill it")
	}
}
