package spool_test

import (
	"io"
	"os"
	"slices"
	"testing"

	"damtshilfe/spool"
)

func TestFoldersThatAreReplaced(t *testing.T) {
	for _, tt := range []struct {
		name    string
		replace func(folder string) error
	}{
		{"one that is removed is made again", os.RemoveAll},
		{"one that is removed and made by somebody else is used", func(folder string) error {
			if err := os.RemoveAll(folder); err != nil {
				return err
			}
			return os.Mkdir(folder, 0o700)
		}},
		{"one that is moved away is left alone", func(folder string) error {
			if err := os.Rename(folder, folder+".old"); err != nil {
				return err
			}
			return os.Mkdir(folder, 0o700)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t, spool.Rename)
			for _, side := range []string{"in", "out"} {
				if err := tt.replace(d.path("accounts", "a", side)); err != nil {
					t.Fatal(err)
				}
			}
			d.scan()
			d.drop("x.xml", "x")
			if got := d.scan(); !slices.Equal(got, []string{"x.xml"}) {
				t.Errorf("complete %q, want x.xml", got)
			}
			_, err := d.PublishOut("a", "x.quittung.xml", func(w io.Writer) error { _, err := io.WriteString(w, "ok"); return err })
			if err != nil {
				t.Error(err)
			}
			if data, err := os.ReadFile(d.path("accounts", "a", "out", "x.quittung.xml")); string(data) != "ok" {
				t.Errorf("out/: %q %v", data, err)
			}
		})
	}
	t.Run("a link in its place is refused", func(t *testing.T) {
		d := newDesk(t, spool.Rename)
		in := d.path("accounts", "a", "in")
		if err := os.Remove(in); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("../b/in", in); err != nil {
			t.Fatal(err)
		}
		if list, err := d.Scan("a"); err == nil {
			t.Errorf("complete: %v, want an error", list)
		}
	})
}
