package rules_test

import (
	"slices"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/rules"
)

func TestAddresses(t *testing.T) {
	const at = "/schuldner/person/adressStamm/anschrift/postanschrift"
	addresses := func(list ...amtshilfe.Postanschrift) change {
		return debtor(func(s *amtshilfe.Schuldner) { s.Person.Anschriften = list })
	}
	home := amtshilfe.Postanschrift{Typen: []string{"001"}, Strasse: "Testgasse", Hausnummer: "12", Postleitzahl: "80331", Ort: "München"}
	box := amtshilfe.Postanschrift{Postfach: "10 20 30", Postleitzahl: "80331", Ort: "München"}
	abroad := amtshilfe.Postanschrift{Typen: []string{"001"}, Strasse: "Mustergasse", Postleitzahl: "1010", Ort: "Wien", Staat: "151"}
	run(t, []row{
		{"a postcode of four digits is refused", address(func(a *amtshilfe.Postanschrift) { a.Postleitzahl = "8033" }), one("REGEL-PLZ", at+"/postleitzahl")},
		{"one with a letter is refused", address(func(a *amtshilfe.Postanschrift) { a.Postleitzahl = "8O331" }), one("REGEL-PLZ", at+"/postleitzahl")},
		{"one with a country code is refused", address(func(a *amtshilfe.Postanschrift) { a.Postleitzahl = "D-80331" }), one("REGEL-PLZ", at+"/postleitzahl")},
		{"none is refused, at the address", address(func(a *amtshilfe.Postanschrift) { a.Postleitzahl = "" }), one("REGEL-PLZ", at)},
		{"no postcode begins with 00", address(func(a *amtshilfe.Postanschrift) { a.Postleitzahl = "00123" }), one("REGEL-PLZ", at+"/postleitzahl")},
		{"that of Dresden begins with 0", address(func(a *amtshilfe.Postanschrift) { a.Postleitzahl, a.Ort = "01067", "Dresden" }), nil},
		{"no place is refused", address(func(a *amtshilfe.Postanschrift) { a.Ort = "" }), one("REGEL-ORT", at)},
		{"a place of blanks is refused", address(func(a *amtshilfe.Postanschrift) { a.Ort = "  " }), one("REGEL-ORT", at+"/ort")},
		{"no street is fine, small villages have none", address(func(a *amtshilfe.Postanschrift) { a.Strasse = "" }), nil},
		{"the second debtor's postcode is refused where it stands", both(second("gesamtschuldner"), ersuchen(func(e *amtshilfe.Ersuchen) {
			e.Schuldner[1].Person.Anschriften = append(e.Schuldner[1].Person.Anschriften, e.Schuldner[1].Person.Anschriften[0])
			e.Schuldner[1].Person.Anschriften[1].Postleitzahl = "1"
		})), one("REGEL-PLZ", "/schuldner[2]/person/adressStamm[2]/anschrift/postanschrift/postleitzahl")},
		{"an old address may be wrong", debtor(func(s *amtshilfe.Schuldner) {
			s.Person.Anschriften = append(s.Person.Anschriften, amtshilfe.Postanschrift{Ort: "Alt", Bis: date(-1)})
		}), nil},
		{"a debtor without address waits", addresses(), one("HINDERNIS-ANSCHRIFT-FEHLT", "/schuldner/person")},
		{"an empty address is none", addresses(amtshilfe.Postanschrift{Typen: []string{"001"}}), one("HINDERNIS-ANSCHRIFT-FEHLT", "/schuldner/person")},
		{"one that ended yesterday is none", address(func(a *amtshilfe.Postanschrift) { a.Bis = date(-1) }), one("HINDERNIS-ANSCHRIFT-FEHLT", "/schuldner/person")},
		{"one that ends today is one", address(func(a *amtshilfe.Postanschrift) { a.Bis = date(0) }), nil},
		{"one that begins tomorrow is none", address(func(a *amtshilfe.Postanschrift) { a.Von = date(1) }), one("HINDERNIS-ANSCHRIFT-FEHLT", "/schuldner/person")},
		{"one that begins today is one", address(func(a *amtshilfe.Postanschrift) { a.Von = date(0) }), nil},
		{"an address that says it is unknown waits", address(func(a *amtshilfe.Postanschrift) { a.Strasse = "Unbekannt verzogen" }), one("HINDERNIS-ANSCHRIFT-FEHLT", at)},
		{"a street may begin like it", address(func(a *amtshilfe.Postanschrift) { a.Strasse = "Unbekannter Weg" }), nil},
		{"a PO box alone waits", addresses(box), one("HINDERNIS-ANSCHRIFT-POSTFACH", "/schuldner/person/adressStamm/anschrift/anschriftPostfach")},
		{"beside a street address it is fine", addresses(box, home), nil},
		{"an address abroad waits", addresses(abroad), one("HINDERNIS-AUSLAND", at)},
		{"Germany's key is not abroad", address(func(a *amtshilfe.Postanschrift) { a.Staat = "000" }), nil},
		{"a current address abroad outweighs a second residence here", addresses(abroad, amtshilfe.Postanschrift{Typen: []string{"003"}, Strasse: "Testgasse", Postleitzahl: "80331", Ort: "München"}),
			one("HINDERNIS-AUSLAND", at)},
		{"with a wished-for recipient no address is an obstacle", both(addresses(abroad), ersuchen(func(e *amtshilfe.Ersuchen) { e.Wunschempfaenger = "kka:2" })), nil},
		{"a representative needs none", both(second("betreuer"), ersuchen(func(e *amtshilfe.Ersuchen) { e.Schuldner[1].Person.Anschriften = nil })), nil},
		{"a second debtor does", both(second("gesamtschuldner"), ersuchen(func(e *amtshilfe.Ersuchen) { e.Schuldner[1].Person.Anschriften = nil })),
			one("HINDERNIS-ANSCHRIFT-FEHLT", "/schuldner[2]/person")},
	})
}

func TestObstacles(t *testing.T) {
	const died = "/schuldner/person/personNat/natuerlichePerson/sterbedatum"
	dead := debtor(func(s *amtshilfe.Schuldner) { s.Person.Sterbedatum = date(-30) })
	insolvent := func(claim string) change {
		return debtor(func(s *amtshilfe.Schuldner) {
			s.Insolvenz = &amtshilfe.Insolvenz{EroeffnetAm: date(-30), Anspruch: claim}
		})
	}
	run(t, []row{
		{"a dead debtor without heirs is refused", dead, one("HINDERNIS-VERSTORBEN", died)},
		{"a co-debtor is no heir", both(dead, second("gesamtschuldner")), one("HINDERNIS-VERSTORBEN", died)},
		{"with an heir the request goes on", both(dead, second("erbe")), nil},
		{"with a Nachlasspfleger too", both(dead, second("nachlasspfleger")), nil},
		{"a dead guardian is no obstacle", both(second("betreuer"), ersuchen(func(e *amtshilfe.Ersuchen) { e.Schuldner[1].Person.Sterbedatum = date(-30) })), nil},
		{"an insolvent debtor is refused", insolvent(""), one("HINDERNIS-INSOLVENZ", "/schuldner/insolvenz")},
		{"a claim of the proceedings is refused", insolvent("insolvenzforderung"), one("HINDERNIS-INSOLVENZ", "/schuldner/insolvenz")},
		{"a claim against the estate goes on", insolvent("masseverbindlichkeit"), nil},
		{"a new claim goes on", insolvent("neuforderung"), nil},
	})
}

func TestRoutingAddresses(t *testing.T) {
	at := func(plz string, types ...string) amtshilfe.Postanschrift {
		return amtshilfe.Postanschrift{Typen: types, Strasse: "Testgasse", Hausnummer: "1", Postleitzahl: plz, Ort: "Ort"}
	}
	until := func(a amtshilfe.Postanschrift, day time.Time) amtshilfe.Postanschrift { a.Bis = day; return a }
	person := func(role string, list ...amtshilfe.Postanschrift) amtshilfe.Schuldner {
		return amtshilfe.Schuldner{Rolle: role, Person: amtshilfe.Person{Anschriften: list}}
	}
	deceased := person("", at("1", "001"))
	deceased.Person.Sterbedatum = date(-5)
	for _, tt := range []struct {
		name      string
		schuldner []amtshilfe.Schuldner
		want      []string // postcodes
		codes     []string
	}{
		{"the only address counts, whatever its type", []amtshilfe.Schuldner{person("", at("1", "003"))}, []string{"1"}, nil},
		{"the current one before the main residence", []amtshilfe.Schuldner{person("", at("1", "002"), at("2", "001"))}, []string{"2"}, nil},
		{"the main residence before the seat", []amtshilfe.Schuldner{person("", at("1", "005"), at("2", "002"))}, []string{"2"}, nil},
		{"the seat before a branch", []amtshilfe.Schuldner{person("", at("1", "006"), at("2", "005"))}, []string{"2"}, nil},
		{"a branch before one without type", []amtshilfe.Schuldner{person("", at("1"), at("2", "006"))}, []string{"2"}, nil},
		{"one without type before a second residence", []amtshilfe.Schuldner{person("", at("1", "003"), at("2"))}, []string{"2"}, nil},
		{"of its types the best counts", []amtshilfe.Schuldner{person("", at("1", "002"), at("2", "004", "001"))}, []string{"2"}, nil},
		{"of two equals the first", []amtshilfe.Schuldner{person("", at("1", "001"), at("2", "001"))}, []string{"1"}, nil},
		{"an expired one does not count", []amtshilfe.Schuldner{person("", until(at("1", "001"), date(-1)), at("2", "003"))}, []string{"2"}, nil},
		{"spouses of one home are asked for once", []amtshilfe.Schuldner{person("gesamtschuldner", at("1", "001")), person("gesamtschuldner", at("1", "002"))}, []string{"1"}, nil},
		{"of two homes twice", []amtshilfe.Schuldner{person("", at("1")), person("haftungsschuldner", at("2"))}, []string{"1", "2"}, nil},
		{"a representative does not route", []amtshilfe.Schuldner{person("", at("1")), person("betreuer", at("2")), person("insolvenzverwalter", at("3"))}, []string{"1"}, nil},
		{"heirs route instead of the dead", []amtshilfe.Schuldner{deceased, person("erbe", at("2"))}, []string{"2"}, nil},
		{"nobody with an address is a question", []amtshilfe.Schuldner{person("")}, nil, []string{"HINDERNIS-ANSCHRIFT-FEHLT"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			addrs, findings := rules.RoutingAddresses(&amtshilfe.Ersuchen{Schuldner: tt.schuldner}, now)
			var got, codes []string
			for _, a := range addrs {
				got = append(got, a.Postleitzahl)
			}
			for _, f := range findings {
				codes = append(codes, f.Code)
				checkFinding(t, f)
			}
			if !slices.Equal(got, tt.want) || !slices.Equal(codes, tt.codes) {
				t.Errorf("got %v %v, want %v %v", got, codes, tt.want, tt.codes)
			}
		})
	}
}
