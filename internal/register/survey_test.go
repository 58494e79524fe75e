package register_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

var surveyDay = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// landkreis is a small Land: a town, two villages that share name and postcode, one that has ended, one without a place.
func landkreis() register.File {
	office := func(kennung string, g ...register.Gebiet) register.Eintrag {
		e := entry(kennung, amtshilfe.Test)
		e.Kennung, e.Name, e.Land, e.Gebiete = kennung, "Amt "+kennung, "HE", g
		e.Kanaele = []register.Kanal{{Art: amtshilfe.KanalPost}}
		e.Bestaetigt = register.Bestaetigung{Von: "x", Am: "2026-11-01"}
		return e
	}
	only := func(g register.Gebiet, codes ...string) register.Gebiet {
		g.Einnahmearten = []register.Codeliste{{List: register.EinnahmeartList, Version: register.EinnahmeartVersion, Codes: codes}}
		return g
	}
	return register.File{Version: "1", Stand: surveyDay,
		Gemeinden: []register.Gemeinde{
			{AGS: "06633001", ARS: "066330001001", Name: "Ahnatal", Orte: []register.Ort{{Ort: "Ahnatal", PLZ: []string{"34292"}}}},
			{AGS: "06633002", Name: "Köthel", Orte: []register.Ort{{Ort: "Köthel", PLZ: []string{"22929"}}}},
			{AGS: "06633003", Name: "Köthel", Orte: []register.Ort{{Ort: "Köthel", PLZ: []string{"22929"}}}},
			{AGS: "06633004", Name: "Altdorf", Bis: "2024-12-31"},
			{AGS: "01001000", Name: "Flensburg", Orte: []register.Ort{{Ort: "Flensburg", PLZ: []string{"24937"}}, {Ort: "Mürwik", PLZ: []string{"24944"}}}},
			{AGS: "01002000", Name: "Kiel"},
		},
		Behoerden: []register.Eintrag{
			office("land", register.Gebiet{Schluessel: []string{"06"}, Ausser: []string{"06633003"}}),
			office("dorf", only(register.Gebiet{Schluessel: []string{"066330001"}}, "100", "110")),
			office("bedingt", register.Gebiet{Schluessel: []string{"06633001"}, Bedingung: register.Bedingung{Land: []string{"BY"}}}),
			office("ort", register.Gebiet{Orte: []register.Ort{{Ort: "Flensburg", PLZ: []string{"24937"}}}}),
			office("vorbei", register.Gebiet{Schluessel: []string{"01"}, GueltigBis: "2025-12-31"}),
		}}
}

func survey(t *testing.T, f register.File) *register.Survey {
	t.Helper()
	d, err := register.New(f)
	if err != nil {
		t.Fatal(err)
	}
	return d.Survey(amtshilfe.Test, surveyDay)
}

func TestCompetencesFollowPrecedence(t *testing.T) {
	s := survey(t, landkreis())
	for _, tt := range []struct {
		name, ags string
		want      []string // codes of the part: who by what
	}{
		{"a condition comes first, then the codes of the Verband, then the Land", "06633001",
			[]string{"100 110: bedingt by 06633001 if, dorf by 066330001", "120 200 210 220 300 310 320 400 500 510 600 900: bedingt by 06633001 if, land by 06"}},
		{"the Land answers where nothing is nearer", "06633002", []string{"alle: land by 06"}},
		{"what is excluded has nobody", "06633003", []string{"alle: niemand"}},
		{"a place answers for itself only, and what has expired for nothing", "01001000", []string{"alle 24937 Flensburg: ort by place", "alle 24944 Mürwik: niemand"}},
		{"one that has ended has no answer of its own", "06633004", nil},
		{"one that is not known", "99999999", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, lines(s.Competences(tt.ags))); d != "" {
				t.Error(d)
			}
		})
	}
}

func lines(list []register.Competence) []string {
	var out []string
	for _, c := range list {
		line := strings.Join(c.Codes, " ")
		if len(c.Codes) == len(register.Einnahmearten()) {
			line = "alle"
		}
		if c.Part != "" {
			line += " " + c.Part
		}
		var who []string
		for _, w := range c.Who {
			text := w.Kennung + " by place"
			if w.Schluessel != "" {
				text = w.Kennung + " by " + w.Schluessel
			}
			if !w.Bedingung.IsZero() {
				text += " if"
			}
			who = append(who, text)
		}
		if who == nil {
			who = []string{"niemand"}
		}
		out = append(out, line+": "+strings.Join(who, ", "))
	}
	return out
}

// Whatever directory: where one municipality alone has a postcode, an address there is answered by one of those whom the survey names, and
// by nobody where it names nobody.
func TestTheSurveySaysWhatAnswerSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, f := randomDirectory(t)
		b, now := one(t, "betriebsart", betriebsarten), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		s := d.Survey(b, now)
		for _, g := range f.Gemeinden {
			for _, o := range g.Orte {
				if shared(f, g, o.PLZ[0]) || alsoElsewhere(f, o) || len(o.Strassen) > 0 {
					continue
				}
				who := named(s.Competences(g.AGS), "100")
				q := register.Question{Einnahmeart: grundsteuer, Anschrift: at(o.PLZ[0], o.Ort), Betriebsart: b, Am: now}
				z := d.Answer(q)
				for _, k := range append(z.Kandidaten, z.Behoerde) {
					if k.Kennung != "" && !slices.Contains(who, k.Kennung) {
						t.Fatalf("%s %s: Answer says %q, the survey %q", o.PLZ[0], o.Ort, told(z), who)
					}
				}
			}
		}
	})
}

// alsoElsewhere says whether a Gebiet has further names for a place of the same postcode: an address may mean that place as well, which is in no
// municipality that a survey looks at.
func alsoElsewhere(f register.File, own register.Ort) bool {
	for _, e := range f.Behoerden {
		for _, g := range e.Gebiete {
			for _, o := range g.Orte {
				if o.PLZ[0] == own.PLZ[0] && len(o.Auch) > 0 {
					return true
				}
			}
		}
	}
	return false
}

func shared(f register.File, own register.Gemeinde, plz string) bool {
	return slices.ContainsFunc(f.Gemeinden, func(g register.Gemeinde) bool {
		return g.AGS != own.AGS && slices.ContainsFunc(g.Orte, func(o register.Ort) bool { return slices.Contains(o.PLZ, plz) })
	})
}

// named are all who may answer for a code, in any part.
func named(list []register.Competence, code string) []string {
	var who []string
	for _, c := range list {
		for _, w := range c.Who {
			if slices.Contains(c.Codes, code) {
				who = append(who, w.Kennung)
			}
		}
	}
	return who
}

func TestCoverageCounts(t *testing.T) {
	c := survey(t, landkreis()).Coverage()
	if len(c.Laender) != 16 {
		t.Fatalf("%d Laender", len(c.Laender))
	}
	for _, l := range c.Laender {
		want := map[string]register.LandCoverage{
			"HE": {Land: "HE", Gemeinden: 3, Full: 2, None: 1, Kanal: map[amtshilfe.Kanalart]int{amtshilfe.KanalPost: 2}},
			"SH": {Land: "SH", Gemeinden: 2, Part: 1, None: 1, Kanal: map[amtshilfe.Kanalart]int{amtshilfe.KanalPost: 1}},
		}[l.Land]
		if want.Land == "" {
			want = register.LandCoverage{Land: l.Land, Kanal: map[amtshilfe.Kanalart]int{}}
		}
		if d := cmp.Diff(want, l); d != "" {
			t.Error(d)
		}
	}
	if got := c.Total; got.Gemeinden != 5 || got.Full != 2 || got.Part != 1 || got.None != 2 {
		t.Errorf("total %+v", got)
	}
	if d := cmp.Diff([]string{"06633001", "06633002"}, c.Answers["land"]); d != "" {
		t.Error(d)
	}
}

// The channel of a municipality is the weakest of those who answer in it: that is what a sender meets.
func TestReachedIsWhatASenderMeets(t *testing.T) {
	xta, post, egvp := register.Kanal{Art: amtshilfe.KanalXTA}, register.Kanal{Art: amtshilfe.KanalPost}, register.Kanal{Art: amtshilfe.KanalEGVP}
	for _, tt := range []struct {
		name string
		e    register.Eintrag
		want amtshilfe.Kanalart
	}{
		{"electronic before a letter, whatever the order", register.Eintrag{Kanaele: []register.Kanal{post, xta}}, amtshilfe.KanalXTA},
		{"on the last day of its participation, too", register.Eintrag{Kanaele: []register.Kanal{xta, post}, Ende: register.Ende{Versand: "2026-11-22"}}, amtshilfe.KanalXTA},
		{"a letter from the next day on", register.Eintrag{Kanaele: []register.Kanal{xta, post}, Ende: register.Ende{Versand: "2026-11-21"}}, amtshilfe.KanalPost},
		{"nothing once it is blocked", register.Eintrag{Kanaele: []register.Kanal{xta, post}, Gesperrt: "Betrugsverdacht"}, amtshilfe.KanalKeiner},
		{"egvp is no way, but more than none", register.Eintrag{Kanaele: []register.Kanal{egvp}}, amtshilfe.KanalEGVP},
		{"none", register.Eintrag{}, amtshilfe.KanalKeiner},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := register.Reached(&tt.e, surveyDay); got != tt.want {
				t.Errorf("reached by %s, want %s", got, tt.want)
			}
		})
	}
}

func TestGaps(t *testing.T) {
	f := landkreis()
	f.Behoerden[1].Kanaele = []register.Kanal{{Art: amtshilfe.KanalKeiner, Grund: "Postfach in Vorbereitung"}}
	f.Behoerden[2].Bestaetigt.Am = "2025-11-21"
	f.Behoerden[3].Name = strings.Repeat("lang ", 20) + "lang"
	fp := func(c string) string { return strings.Repeat(c, 64) }
	f.Rechenzentren = []register.Rechenzentrum{{Kennung: "rz", Management: "https://rz.example/m", Send: "https://rz.example/s"}}
	f.Zertifikate = []register.Zertifikat{
		{Fingerabdruck: fp("a"), Zweck: register.ZweckTLS, Kennung: "rz", GueltigAb: surveyDay.AddDate(-1, 0, 0), GueltigBis: surveyDay.AddDate(0, 0, 10)},
		{Fingerabdruck: fp("b"), Zweck: register.ZweckTLS, Kennung: "rz", GueltigAb: surveyDay, GueltigBis: surveyDay.AddDate(1, 0, 0)},
		{Fingerabdruck: fp("c"), Zweck: register.ZweckVerschluesselung, Kennung: "ort", Betriebsart: amtshilfe.Test, GueltigAb: surveyDay.AddDate(-1, 0, 0), GueltigBis: surveyDay.AddDate(0, 0, 10)},
	}
	d, err := register.New(f)
	if err != nil {
		t.Fatal(err)
	}
	gaps := d.Gaps(register.GapOptions{Now: surveyDay, Fits: func(e register.Eintrag) string {
		if len(e.Name) > 50 {
			return "zu lang"
		}
		return ""
	}})
	var got []string
	for _, g := range gaps {
		got = append(got, string(g.Kind)+" "+g.Land+" "+g.AGS+g.Kennung+": "+g.Detail)
	}
	want := []string{
		"no-authority SH 01001000: alle Einnahmearten",
		"no-authority SH 01002000: alle Einnahmearten",
		"no-authority HE 06633003: alle Einnahmearten",
		"shared-place HE 06633002: 22929 auch in 06633003 Köthel",
		"shared-place HE 06633003: 22929 auch in 06633002 Köthel",
		"no-place SH 01002000: keine Postleitzahl und kein Ort eingetragen",
		"ended-ags HE 06633004: bestand bis 31.12.2024",
		"no-channel HE dorf: keiner: Postfach in Vorbereitung",
		"address HE ort: zu lang",
		"certificate HE ort: Verschlüsselung bis 02.12.2026, SHA-256 cccccccccccccccc…",
		"unconfirmed HE bedingt: zuletzt am 21.11.2025",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if !slices.IsSortedFunc(gaps, func(a, b register.Gap) int {
		return slices.Index(register.GapKinds, a.Kind) - slices.Index(register.GapKinds, b.Kind)
	}) {
		t.Error("not by kind")
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{"  München, Landeshauptstadt ": "muenchen landeshauptstadt", "St. Peter-Ording": "sankt peter ording", "Halle (Saale)": "halle saale",
		"kka:01001000": "kka 01001000", "Hansestadt Lübeck": "hansestadt luebeck", "\u202eTXET": "txet", "": ""} {
		if got := register.Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}
