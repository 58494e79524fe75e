package register_test

import (
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
)

// A street with its number as people write it leads to the authority of that part of the street, or to a person; never to the one of all
// other streets because it was not understood.
func TestStreetsAsPeopleWriteThem(t *testing.T) {
	street := func(s ...register.Strasse) register.Gebiet {
		return register.Gebiet{Orte: []register.Ort{{Ort: "Dresden", PLZ: []string{"01156"}, Strassen: s}}}
	}
	d := directory(t, office("rest", area("14612000")),
		office("unten", street(register.Strasse{Name: "Königsberger Straße", Bis: "20"}, register.Strasse{Name: "Straße des 17. Juni", Bis: "99"}, register.Strasse{Name: "Marktplatz"})),
		office("gerade", street(register.Strasse{Name: "Königsberger Straße", Von: "21", Seite: "gerade"}, register.Strasse{Name: "Weg 7"})),
		office("ungerade", street(register.Strasse{Name: "Königsberger Straße", Von: "21", Bis: "99a", Seite: "ungerade"})))
	for _, tt := range []struct{ street, number, want string }{
		{"Königsberger Straße", "5", "unten"},
		{"Koenigsberger Str. 5", "", "unten"},
		{"Königsberger Str.5", "", "unten"},
		{"KÖNIGSBERGER STRASSE 20 B", "", "unten"},
		{"Königsberger-Str. 20b, Hinterhaus", "", "unten"},
		{"Königsberger Str. 12 c/o Meier", "", "unten"},
		{"Königsberger Str. 18 - 20", "", "unten"},
		{"Königsberger Str.", "22", "gerade"},
		{"Königsberger Str. 22", "22", "gerade"},
		{"Königsberger Str.", "22-24", "gerade"},
		{"Königsberger Str.", "22 bis 24a", "gerade"},
		{"Königsberger Str. 1000", "", "gerade"},
		{"Königsberger Str.", "Nr. 23", "ungerade"},
		{"Königsberger Str. 99a", "", "ungerade"},
		{"Königsberger Str. 99b", "", "rest"},
		{"Königsberger Str. 101", "", "rest"},
		{"Königsberger Str. 20-22", "", "gerade|unten|rest"},
		{"Königsberger Str.", "", "gerade|ungerade|unten|rest"},
		{"Königsberger Str. ??", "", "gerade|ungerade|unten|rest"},
		{"Straße des 17. Juni 12", "", "unten"},
		{"Str. des 17. Juni", "12", "unten"},
		{"Straße des 17. Juni 100", "", "rest"},
		{"Marktpl. 3", "", "unten"},
		{"Weg 7 12", "", "gerade"},
		{"Weg 7", "12", "gerade"},
		{"Andere Straße 5", "", "rest"},
		{"Königsbergr Straße 5", "", "unten|rest"}, // misspelt: nobody guesses
		{"Königsbegrer Str. 22", "", "gerade|rest"},
		{"Königsberger Strasse", "5", "unten"},
		{"Konigsberger Str. 101", "", "rest"}, // no house of the list
		{"Könisberge Straße 5", "", "rest"},   // two letters: another street
		{"Marktplats 3", "", "unten|rest"},
		{"Weg 8", "12", "rest"}, // a digit is no slip
		{"5", "", "gerade|ungerade|unten|rest"},
		{"", "5", "gerade|ungerade|unten|rest"},
	} {
		a := at("01156", "Dresden")
		a.Strasse, a.Hausnummer = tt.street, tt.number
		z := d.Answer(register.Question{Einnahmeart: grundsteuer, Anschrift: a, Betriebsart: amtshilfe.Test, Am: spring})
		if sorted(told(z)) != sorted(tt.want) {
			t.Errorf("%q %q: %q by %q, want %q", tt.street, tt.number, told(z), z.Regel, tt.want)
		}
	}
}
