package printstreet

import (
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// Per says what goes into one envelope.
type Per string

// An envelope for each letter, or one for all letters of a bundle that have the same address and the same sender.
const (
	PerLetter    Per = "letter"
	PerAuthority Per = "authority"
)

// envelope is one Sendung while it is made: what goes into one envelope, in this order.
type envelope struct {
	id      amtshilfe.SendungID // that of its first letter
	cover   *setLetter          // the list in front of several letters, nil for one
	letters []int               // of the job; the attachments of each behind it
	sheets  int                 // of all
}

// envelopes puts the letters into envelopes, in printing order: by postcode, then by addressee, foreign addresses last.
func (j *Job) envelopes(fonts *fontSet, letters []setLetter) ([]envelope, error) {
	var out []envelope
	for _, group := range j.groups(letters) {
		for len(group) > 0 {
			e, err := j.fill(fonts, letters, group)
			if err != nil {
				return nil, err
			}
			out = append(out, e)
			group = group[len(e.letters):]
		}
	}
	return out, nil
}

// groups gives the letters that may share an envelope. The sender belongs to it: an envelope has one return line.
func (j *Job) groups(letters []setLetter) [][]int {
	var out [][]int
	at := map[string]int{}
	for _, i := range printOrder(j, letters) {
		key := letters[i].party
		n, known := at[key]
		if j.Profile.Envelope.Per != PerAuthority || !known {
			n = len(out)
			at[key], out = n, append(out, nil)
		}
		out[n] = append(out[n], i)
	}
	return out
}

// fill takes as many letters of a group as one envelope holds, at least one.
func (j *Job) fill(fonts *fontSet, letters []setLetter, group []int) (envelope, error) {
	n, sheets := 0, 0
	for n < len(group) {
		more := letters[group[n]].allSheets(&j.Profile)
		if n > 0 && sheets+more+1 > j.Profile.Envelope.MaxSheets {
			break
		}
		n, sheets = n+1, sheets+more
	}
	for ; n > 1; n-- {
		cover, fault := j.coverList(fonts, letters, group[:n])
		if fault != nil {
			return envelope{}, j.letterError(group[0], fault)
		}
		if all := sheets + cover.allSheets(&j.Profile); all <= j.Profile.Envelope.MaxSheets {
			return envelope{j.Letters[group[0]].Sendung, &cover, group[:n], all}, nil
		}
		sheets -= letters[group[n-1]].allSheets(&j.Profile)
	}
	return envelope{j.Letters[group[0]].Sendung, nil, group[:1], sheets}, nil
}

// allSheets are the sheets of a letter and of its attachments.
func (l *setLetter) allSheets(p *Profile) int {
	n, _ := p.sheets(l)
	for i := range l.anlagen {
		n += len(l.anlagen[i].sheets)
	}
	return n
}

// number marks every page of an envelope with its Sendung, and the front of every sheet with the code that the inserting machine reads: n of m
// over all that is in it.
func (j *Job) number(e *envelope, letters []setLetter) *amtshilfe.Fault {
	var fronts []*sheetPage
	mark := func(pages []sheetPage, step int) {
		for i := range pages {
			pages[i] = append(pages[i], markSendung(e.id))
			if i%step == 0 {
				fronts = append(fronts, &pages[i])
			}
		}
	}
	step := 1
	if j.Profile.Duplex {
		step = 2
	}
	if e.cover != nil {
		mark(e.cover.pages, step)
	}
	for _, i := range e.letters {
		mark(letters[i].pages, step)
		for a := range letters[i].anlagen {
			mark(letters[i].anlagen[a].sheets, 1)
		}
	}
	return j.Profile.SheetControl.mark(e.id, fronts)
}

func markSendung(id amtshilfe.SendungID) mark {
	return mark{kind: markText, style: styleSmall, x: marginLeft, y: 284, text: "Sendung " + id.String()}
}

// party names whom a letter goes to and who sends it, as both are printed.
func (s *setter) party(l *Letter) string {
	return strings.Join(append(append(addressee(&l.Behoerde), ""), s.returnText(l), l.sender().Person.Name()), "\n")
}
