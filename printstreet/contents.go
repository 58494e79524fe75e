package printstreet

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// hash gives every entry from first on, and its letters, the hash over the content streams of their pages.
func (b *Bundle) hash(first int, pages [][sha256.Size]byte) {
	over := func(from, to int) string {
		h := sha256.New()
		for _, p := range pages[from-1 : to] {
			h.Write(p[:])
		}
		return hex.EncodeToString(h.Sum(nil))
	}
	for i := first; i < len(b.Entries); i++ {
		e := &b.Entries[i]
		e.SHA256 = over(e.FirstPage, e.LastPage)
		for k := range e.Letters {
			x := &e.Letters[k]
			x.SHA256 = over(x.FirstPage, x.LastPage)
		}
	}
}

// files ends the bundle: behind what the index names come index and ticket, then the sums, last the marker.
func (p *printing) files() {
	b := &p.out
	name := func(suffix string) string { return string(p.Bundle) + suffix }
	b.Files = append(b.Files,
		File{name("_index.xml"), indexXML(p.Job, b)},
		File{name("_index.csv"), indexCSV(p.Job, b)},
		File{name("_auftrag.xml"), ticketXML(p.Job, b)})
	var sums strings.Builder
	for _, f := range b.Files {
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(f.Data), f.Name)
	}
	b.Files = append(b.Files, File{name("_sha256sum"), []byte(sums.String())}, File{name("_FERTIG"), nil})
}

// errSums says that a bundle does not add up: a bug of ours, found before anybody prints it.
var errSums = errors.New("the entries do not add up to the bundle")

// check adds up what the index says.
func (b *Bundle) check() error {
	pages, sheets := 0, 0
	for _, e := range b.Entries {
		own := 0
		next := e.FirstPage
		for n, l := range e.Letters {
			if n == 0 {
				own = l.FirstSheet - 1
				next = l.FirstPage
			}
			if l.FirstPage != next || l.FirstSheet != own+1 {
				return errSums
			}
			own, next = own+l.Sheets, l.LastPage+1
			for _, a := range l.Anlagen {
				if a.FirstSheet != own+1 {
					return errSums
				}
				own += a.Sheets
			}
		}
		if own != e.Sheets || next != e.LastPage+1 {
			return errSums
		}
		pages, sheets = pages+e.LastPage-e.FirstPage+1, sheets+e.Sheets
	}
	if pages != b.Pages || sheets != b.Sheets {
		return errSums
	}
	return nil
}

// attachmentNames are the files of attachments in printing order.
func (b *Bundle) attachmentNames() (out []string) {
	for _, e := range b.Entries {
		for _, l := range e.Letters {
			for _, a := range l.Anlagen {
				out = append(out, a.File)
			}
		}
	}
	return out
}
