package schema_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"

	"damtshilfe/internal/schema"
)

// confirm judges docs with our word on them given.
func confirm(t *testing.T, v *schema.Validator, docs []string, accepted ...bool) []bool {
	t.Helper()
	raw := make([][]byte, len(docs))
	for i, d := range docs {
		raw[i] = []byte(d)
	}
	got, err := v.Confirm(context.Background(), profil, raw, accepted)
	if err != nil {
		t.Fatal(err)
	}
	valid := make([]bool, len(docs))
	for i := range got {
		valid[i] = got[i] == nil
	}
	return valid
}

func TestConfirm(t *testing.T) {
	good := message(t, "003")
	bad := with(t, good, `titel="T2"`, `titel="T3"`)
	v := open(t, schema.Options{CheckEvery: 3})
	docs := []string{good, good, bad, good}
	if got := confirm(t, v, docs, true, false, false, true); !got[0] || !got[1] || got[2] || !got[3] {
		t.Errorf("valid: %v", got)
	}
	if got, want := v.Stats(), (schema.Stats{Accepted: 2, Checked: 1, Disagreed: 1}); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
	if v.Judge(profil) == nil {
		t.Error("no judge")
	}
	if got := confirm(t, v, []string{bad}, true); !got[0] {
		t.Error("an accepted document that is not drawn was judged again")
	}
}

// When libxml2 refuses what our own validator accepted, it is not believed any more, not even on the documents beside.
func TestOwnValidatorIsSwitchedOff(t *testing.T) {
	var log bytes.Buffer
	good := message(t, "003")
	bad := with(t, good, `titel="T2"`, `titel="T3"`)
	v := open(t, schema.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if got := confirm(t, v, []string{bad, bad, good}, true, true, true); got[0] || got[1] || !got[2] {
		t.Errorf("valid: %v", got)
	}
	if !v.Stats().Off || v.Judge(profil) != nil {
		t.Errorf("still on: %+v", v.Stats())
	}
	if !strings.Contains(log.String(), "level=ERROR") || strings.Contains(log.String(), "T3") {
		t.Errorf("log: %s", log.String())
	}
	if got := confirm(t, v, []string{bad}, true); got[0] {
		t.Error("believed after all")
	}
}

// A schema with a construct that is not compiled runs on libxml2 alone.
func TestUnknownConstructsRunOnLibxml2(t *testing.T) {
	files := fstest.MapFS{"m.xsd": {Data: []byte(`<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="u" elementFormDefault="qualified">
<xs:element name="a"><xs:complexType><xs:all><xs:element name="b" type="xs:date"/></xs:all></xs:complexType></xs:element></xs:schema>`)}}
	var log bytes.Buffer
	v, err := schema.Start([]schema.Set{{Name: "p", Files: files, Entry: "m.xsd"}}, schema.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	const why = "m.xsd:2: xs:all is not compiled"
	if v.Judge("p") != nil || !strings.Contains(log.String(), why) || !strings.HasSuffix(v.Uncompiled("p").Error(), why) {
		t.Errorf("log: %s, reason: %v", log.String(), v.Uncompiled("p"))
	}
	docs := [][]byte{[]byte(`<a xmlns="u"><b>2026-01-01</b></a>`), []byte(`<a xmlns="u"><b>x</b></a>`)}
	got, err := v.Confirm(context.Background(), "p", docs, []bool{true, true})
	if err != nil || got[0] != nil || got[1] == nil {
		t.Errorf("%v, %v", got, err)
	}
}
