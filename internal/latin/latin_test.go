package latin_test

import (
	"slices"
	"strings"
	"testing"

	"damtshilfe/internal/latin"
)

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name string
		s    string
		t    latin.Type
		at   int // -1 = fine
	}{
		{"a German name is a name", "Jürgen Müller-Weiß", latin.A, -1},
		{"nothing is fine", "", latin.A, -1},
		{"an apostrophe of either kind is part of names", "O'Neill D’Angelo", latin.A, -1},
		{"a doctor's dot is part of names", "Dr. med.", latin.A, -1},
		{"a Vietnamese name is a name", "Nguyễn Thị Ánh", latin.A, -1},
		{"a Polish name is a name", "Wałęsa", latin.A, -1},
		{"a digit is no part of a person's name", "Müller 2", latin.A, 8},
		{"but of a street's", "Straße des 17. Juni 135", latin.B, -1},
		{"a slash is no part of a person's name", "Müller/Maier", latin.A, 7},
		{"an ampersand is part of a firm's", "Müller & Söhne GmbH", latin.B, -1},
		{"a line break is no part of a firm's name", "Müller\nSöhne", latin.B, 7},
		{"but of free text", "Müller\nSöhne", latin.C, -1},
		{"a dash from a word processor is not in free text either", "12 \u2013 14", latin.C, 3},
		{"nor in the extended set", "12 \u2013 14", latin.E, 3},
		{"German quotes are in the extended set", "\u201eja\u201c", latin.D, -1},
		{"a no-break space is allowed in free text", "5\u00a0EUR", latin.C, -1},
		{"not in a firm's name", "5\u00a0EUR", latin.B, 1},
		{"Greek only in the extended set", "Ωραία", latin.D, -1},
		{"and not in names", "Ωραία", latin.A, 0},
		{"Cyrillic only with E", "Здраве", latin.E, -1},
		{"a listed sequence is one character", "C\u0304a", latin.A, -1},
		{"the longest listed sequence is taken", "L\u0325\u0304i", latin.A, -1},
		{"a sequence may end in a letter", "K\u035fHan", latin.A, -1},
		{"only in the listed one", "K\u035fLan", latin.A, 1},
		{"a mark on another letter is not allowed", "Q\u0304a", latin.A, 1},
		{"nor a second mark", "C\u0304\u0304", latin.A, 3},
		{"nor a mark at the start", "\u0304a", latin.A, 0},
		{"nor after a whole sequence that ends in a letter", "K\u035fh\u0304", latin.A, 4},
		{"half of a sequence is none", "S\u031ba", latin.A, 1},
		{"a private-use character is nothing", "a\ue000", latin.E, 1},
		{"a character beyond the first plane is nothing", "a\U0001F600", latin.E, 1},
		{"broken UTF-8 is nothing", "M\xfcller", latin.E, 1},
		{"a broken end neither", "Mü\xc3", latin.E, 3},
		{"a zero byte neither", "a\x00", latin.E, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at, ok := latin.Check(tt.s, tt.t)
			want, wantOK := tt.at, tt.at < 0
			if wantOK {
				want = len(tt.s)
			}
			if at != want || ok != wantOK {
				t.Errorf("Check(%q, %s) = %d, %v; want %d, %v", tt.s, tt.t, at, ok, want, wantOK)
			}
		})
	}
}

// TestEightAtATime: a character in a long text is judged as it is alone, wherever it stands.
func TestEightAtATime(t *testing.T) {
	for typ := latin.A; typ <= latin.E; typ++ {
		for c := range 256 {
			_, want := latin.Check(string([]byte{byte(c)}), typ)
			for at := range 20 {
				s := []byte("Musterstadt am Bach!"[:20])
				s[at] = byte(c)
				if typ == latin.A {
					s[19] = 'h'
				}
				if got, ok := latin.Check(string(s), typ); ok != want && !(typ == latin.A && at == 19) || !ok && got > at {
					t.Fatalf("%s: %q at %d: %d, %v, alone it is %v", typ, s, at, got, ok, want)
				}
			}
		}
	}
}

func TestNotNFC(t *testing.T) {
	const s = "Mu\u0308ller, C\u0304, \u212b, a\u0301\u0323"
	var got []string
	for from := 0; ; {
		start, end, ok := latin.NotNFC(s, from)
		if !ok {
			break
		}
		got, from = append(got, s[start:end]), end
	}
	if want := []string{"u\u0308", "\u212b", "a\u0301\u0323"}; !slices.Equal(got, want) {
		t.Errorf("got %+q, want %+q", got, want)
	}
}

func TestNFC(t *testing.T) {
	for _, tt := range []struct {
		name, s string
		want    bool
	}{
		{"ASCII is normal", "Meier", true},
		{"composed letters are normal", "Müller", true},
		{"a decomposed umlaut is not", "Mu\u0308ller", false},
		{"not even at the start of what is not ASCII", "e\u0301", false},
		{"a sequence without a composed form is normal", "C\u0304", true},
		{"marks out of order are not", "a\u0301\u0323", false},
		{"the Angstrom sign is not", "\u212b", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := latin.NFC(tt.s); got != tt.want {
				t.Errorf("NFC(%q) = %v, want %v", tt.s, got, tt.want)
			}
		})
	}
}

func TestDescribe(t *testing.T) {
	for _, tt := range []struct {
		r    rune
		want string
	}{
		{'\u2013', "Gedankenstrich (U+2013)"},
		{'\u2060', "unsichtbarer Wortverbinder (U+2060)"},
		{'\u200b', "unsichtbares Leerzeichen (U+200B)"},
		{'\ufeff', "unsichtbare Byte-Reihenfolge-Marke (U+FEFF)"},
		{'\ufb01', "Ligatur fi (U+FB01)"},
		{'\uf0b7', "Aufzählungszeichen der Schrift Symbol (U+F0B7)"},
		{'\u206a', "unsichtbares Steuerzeichen (U+206A)"},
		{'\u201e', "typografisches Anführungszeichen (U+201E)"},
		{'\u00a0', "geschütztes Leerzeichen (U+00A0)"},
		{'\u00ad', "weiches Trennzeichen (U+00AD)"},
		{'\u0007', "Steuerzeichen (U+0007)"},
		{'\u0308', "kombinierendes Zeichen (U+0308)"},
		{'Ж', "kyrillischer Buchstabe (U+0416)"},
		{'😀', "Bildzeichen (U+1F600)"},
		{'5', "Ziffer (U+0035)"},
		{'ŉ', "Buchstabe (U+0149)"},
		{'/', "Zeichen (U+002F)"},
	} {
		if got := latin.Describe(tt.r); got != tt.want {
			t.Errorf("Describe(%U) = %q, want %q", tt.r, got, tt.want)
		}
	}
}

func TestCheckDoesNotAllocate(t *testing.T) {
	names := []string{"Erika Mustermann-Beispiel", "Jürgen Müller", "Nguyễn Thị Ánh"}
	if n := testing.AllocsPerRun(100, func() {
		for _, s := range names {
			latin.Check(s, latin.A)
			latin.NFC(s)
		}
	}); n != 0 {
		t.Errorf("Check and NFC allocate %v times", n)
	}
}

func FuzzCheck(f *testing.F) {
	for _, s := range []string{"", "Müller", "K\u035fH", "\xff", "C\u0304\u0304"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for typ := latin.A; typ <= latin.E; typ++ {
			at, ok := latin.Check(s, typ)
			if ok != (at == len(s)) || at < 0 || at > len(s) {
				t.Fatalf("Check(%q, %s) = %d, %v", s, typ, at, ok)
			}
			if at, ok := latin.Check(s[:at], typ); !ok && at == 0 {
				t.Errorf("nothing before the violation in %q holds for %s", s, typ)
			}
			latin.NFC(s)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	text := strings.Repeat("Grundsteuer B, Bescheid vom 03.02., Grundstück Testgasse 12; ", 8)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, ok := latin.Check(text, latin.C); !ok {
			b.Fatal("refused")
		}
	}
}

func BenchmarkCheckUmlauts(b *testing.B) {
	text := strings.Repeat("Straßenreinigungsgebühren für Grundstücke, Übernächster Bescheid; ", 8)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, ok := latin.Check(text, latin.C); !ok || !latin.NFC(text) {
			b.Fatal("refused")
		}
	}
}

func BenchmarkCheckName(b *testing.B) {
	for b.Loop() {
		if _, ok := latin.Check("Jürgen Müller-Weißenfels", latin.A); !ok {
			b.Fatal("refused")
		}
	}
}

// Plain is quick and careful: what it lets pass is in order.
func TestPlain(t *testing.T) {
	pieces := []string{"Musterstraße 12 und noch viel mehr", "ä", "\u0308", "\u00a0", "\u0085", "\u007f", "\u0338", "€", "–", "\u212b", "\u1ebf", "😀", "\uac00", "\u1161", "\ufeff", "&", "#", "8"}
	passed := 0
	for i := range len(pieces) * len(pieces) * len(pieces) {
		s := pieces[i%len(pieces)] + pieces[i/len(pieces)%len(pieces)] + pieces[i/len(pieces)/len(pieces)]
		if !latin.Plain([]byte(s)) {
			continue
		}
		if passed++; !latin.NFC(s) || strings.ContainsAny(s, "\u0085\u007f") || strings.Contains(s, "&#") {
			t.Errorf("%q passed", s)
		}
	}
	if passed < 500 {
		t.Errorf("only %d passed", passed)
	}
	if latin.Plain([]byte("gr\xfcn")) {
		t.Error("what is no UTF-8 passed")
	}
	latin.Plain([]byte("cut \xc3")) // may say what it likes, but has to come back
}

// A request of 8 KB with as many umlauts as they have.
func BenchmarkPlain(b *testing.B) {
	part := "<xfn:strasse>Musterstraße</xfn:strasse>\n    <xfn:ort>Flensburg</xfn:ort>\n" + strings.Repeat("    <xfn:hausnummer>1</xfn:hausnummer>\n", 10)
	doc := []byte(strings.Repeat(part, 8192/len(part)))
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		latin.Plain(doc)
	}
}
