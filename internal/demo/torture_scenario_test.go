package demo_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/demo"
	"damtshilfe/internal/sample"
)

// fate is what must become of a message, whatever is killed meanwhile.
type fate string

const (
	byXTA     fate = "handed over electronically"
	byPost    fate = "printed"
	refused   fate = "refused"
	nobody    fate = "held, because nobody is competent"
	withdrawn fate = "withdrawn before it was sent"
	// raced is a letter whose withdrawal came at about the time of the print run: both withdrawn, or both printed.
	raced fate = "printed or withdrawn"
)

// file is one drop.
type file struct {
	name     string
	data     []byte
	sftp     bool              // over SFTP, else by a program on the same machine
	watched  bool              // into the watched folder, else into in/
	messages []string          // UUIDs in order of their position; nil for a duplicate
	after    func(*stage) bool // dropped when this holds; nil = at once
}

// scenario is what is dropped and what must become of it.
type scenario struct {
	files    []file
	fates    map[string]fate   // by nachrichtenUUID, of all messages of the sender
	requests map[string]bool   // the 003 among them
	twin     map[string]string // of a raced pair: 008 -> 003
}

// places are where debtors live in turn: electronic and post by turns.
type places struct{ xta, post []sample.Place }

func placesOf(w *demo.World) places {
	// The sample directory also has places with several authorities; those of the first ones are clear.
	return places{w.Reached(amtshilfe.KanalXTA), w.Reached(amtshilfe.KanalPost)[:16]}
}

// at is the i-th place and what becomes of a request there.
func (p places) at(i int) (sample.Place, fate) {
	if i%2 == 0 {
		return p.xta[i/2%len(p.xta)], byXTA
	}
	return p.post[i/2%len(p.post)], byPost
}

var pellworm = sample.Place{PLZ: "25849", Ort: "Pellworm"} // real, and not in the sample directory

// mixed is the scenario of 40 messages of the sender; the authorities' answers come on top.
func mixed(w *demo.World) (*scenario, error) {
	s := &scenario{fates: map[string]fate{}, requests: map[string]bool{}, twin: map[string]string{}}
	p := placesOf(w)
	zip, err := s.zip(w, "ersuchen.zip", 101, 18, 2, func(i int) (sample.Place, fate) {
		own := w.Dirs.ByKennung(w.Sender.Kennung, amtshilfe.Test).Behoerde.Anschrift
		switch i {
		case 1, 2:
			return pellworm, nobody
		case 3:
			return sample.Place{PLZ: own.Postleitzahl, Ort: own.Ort}, refused
		}
		return p.at(i)
	})
	if err != nil {
		return nil, err
	}
	zip.sftp = true
	one, err := s.container(w, "lieferung-1.xml", 1, 8, p)
	if err != nil {
		return nil, err
	}
	two, err := s.container(w, "lieferung-2.xml", 2, 3, p)
	if err != nil {
		return nil, err
	}
	two.sftp = true
	s.files = append(s.files, zip, one, two)
	for i := range 6 {
		s.files = append(s.files, s.single(w, i, p))
	}
	s.bad(w)
	first := s.files[3]
	s.files = append(s.files, file{name: "ersuchen-0-nochmal.xml", data: first.data, after: told(first.name)})
	s.withdrawals(w, zip)
	return s, nil
}

func options(w *demo.World, seed int64, n int) sample.Options {
	return sample.Options{N: n, Seed: seed, Kennung: w.Sender.Kennung, Name: w.Sender.Name, Now: time.Now()}
}

// fix settles a request where its fate is decided and notes it.
func (s *scenario) fix(at func(i int) (sample.Place, fate)) func(int, *sample.Spec) {
	return func(i int, spec *sample.Spec) {
		place, fate := at(i)
		demo.SettleIn(spec, place)
		s.expect(spec.Kopf.UUID, fate)
	}
}

func (s *scenario) expect(uuid string, f fate) { s.fates[uuid], s.requests[uuid] = f, true }

// zip makes a ZIP of n requests, bad of them faulty.
func (s *scenario) zip(w *demo.World, name string, seed int64, n, bad int, at func(int) (sample.Place, fate)) (file, error) {
	f := file{name: name}
	o := options(w, seed, n)
	o.Bad, o.Fix = bad, s.fix(at)
	var b bytes.Buffer
	faulty, err := sample.WriteZIP(&b, o)
	for _, e := range faulty {
		s.expect(e.UUID, refused)
	}
	for i := range n {
		f.messages = append(f.messages, sample.New(o, i).Kopf.UUID)
	}
	f.data = b.Bytes()
	return f, err
}

func (s *scenario) container(w *demo.World, name string, id int64, n int, p places) (file, error) {
	f := file{name: name}
	o := options(w, 200+id, n)
	o.UebertragungsID = id
	o.Fix = s.fix(func(i int) (sample.Place, fate) { return p.at(i + 4*int(id)) })
	var b bytes.Buffer
	_, err := sample.WriteLieferung(&b, o)
	for i := range n {
		f.messages = append(f.messages, sample.New(o, i).Kopf.UUID)
	}
	f.data = b.Bytes()
	return f, err
}

// single is a request in a file of its own.
func (s *scenario) single(w *demo.World, i int, p places) file {
	spec := sample.New(options(w, 301, 6), i)
	place, fate := p.at(i + 14)
	demo.SettleIn(spec, place)
	s.expect(spec.Kopf.UUID, fate)
	return file{name: fmt.Sprintf("ersuchen-%d.xml", i), data: spec.XML(), sftp: i == 4, watched: i == 2, messages: []string{spec.Kopf.UUID}}
}

func (s *scenario) bad(w *demo.World) {
	o := options(w, 401, 1)
	o.Bad = 1
	for m := range sample.Generate(o) {
		s.expect(m.UUID, refused)
		s.files = append(s.files, file{name: "fehlerhaft.xml", data: bytes.Clone(m.XML), messages: []string{m.UUID}})
	}
}

// withdrawals are three 008: of a request that was sent, of one that waits for a person, and of a letter that may be on its
// way to the print centre at that moment.
func (s *scenario) withdrawals(w *demo.World, zip file) {
	withdraw := func(n int, name, request string, f fate, after func(*stage) bool) {
		kopf := sample.Kopf(501, n, time.Now(), sample.Akteur(w.Sender.Kennung, w.Sender.Name, "RUECKNAHME"))
		doc := sample.Einstellung(sample.FollowSpec{Kopf: kopf, Bezug: amtshilfe.Bezug{UUID: request, Ersuchen: request}})
		s.fates[kopf.UUID] = f
		s.files = append(s.files, file{name: name, data: doc, messages: []string{kopf.UUID}, after: after})
		if f == raced {
			s.twin[kopf.UUID] = request
		}
	}
	sent := zip.messages[4]
	withdraw(1, "einstellung-gesendet.xml", sent, byXTA, func(st *stage) bool { return st.arrived(sent) })
	held := zip.messages[2]
	s.fates[held] = withdrawn
	withdraw(2, "einstellung-gehalten.xml", held, withdrawn, told(zip.name))
	letter := s.files[6] // ersuchen-3.xml
	s.fates[letter.messages[0]] = raced
	withdraw(3, "einstellung-brief.xml", letter.messages[0], raced, told(letter.name))
}

// told waits for the first receipt of a drop.
func told(name string) func(*stage) bool { return func(st *stage) bool { return st.receipted(name) } }

// document is what we read of any message.
type document struct {
	UUID  string `xml:"nachrichtenkopf>nachrichtenUUID"`
	Bezug string `xml:"bezug>nachrichtenUUID"`
}

func readDocument(data []byte) (d document, err error) {
	err = xml.Unmarshal(data, &d)
	return d, err
}
