package rules_test

import (
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/rules"
)

func TestOtherMessages(t *testing.T) {
	run(t, []row{
		{"an answer is bound to its sender too", func(m *amtshilfe.Message, _ *rules.Context) {
			m.Kind, m.Ersuchen, m.Kopf.Absender.Kennung = amtshilfe.KindEingangsbestaetigung, nil, "kka:2"
		}, one("ABS-FREMD", "/nachrichtenkopf/absender/identifikator/kennung")},
		{"and has no claims to judge", func(m *amtshilfe.Message, _ *rules.Context) {
			m.Kind, m.Ersuchen = amtshilfe.KindEingangsbestaetigung, nil
		}, nil},
		{"a question for the authority has no header to judge", func(m *amtshilfe.Message, c *rules.Context) {
			*m, c.Kennungen = amtshilfe.Message{Kind: amtshilfe.KindZustaendigkeitAnfrage}, nil
		}, nil},
		{"an 008 that lifts an unknown measure gets a warning", func(m *amtshilfe.Message, _ *rules.Context) {
			m.Kind, m.Ersuchen, m.Einstellung.Massnahmen = amtshilfe.KindEinstellung, nil, []string{"pranger"}
		}, one("REGEL-MASSNAHME", "/massnahme")},
		{"a 015 with a wrong postcode is refused", func(m *amtshilfe.Message, _ *rules.Context) {
			m.Kind, m.Ergaenzung.Schuldner, m.Ersuchen = amtshilfe.KindErgaenzung, m.Ersuchen.Schuldner, nil
			m.Ergaenzung.Schuldner[0].Person.Anschriften[0].Postleitzahl = "123"
		}, one("REGEL-PLZ", "/schuldner/person/adressStamm/anschrift/postanschrift/postleitzahl")},
		{"a 015 need not name an address", func(m *amtshilfe.Message, _ *rules.Context) {
			m.Kind, m.Ergaenzung.Schuldner, m.Ersuchen = amtshilfe.KindErgaenzung, m.Ersuchen.Schuldner, nil
			m.Ergaenzung.Schuldner[0].Person.Anschriften = nil
		}, nil},
		{"and may say that a debtor died", func(m *amtshilfe.Message, _ *rules.Context) {
			m.Kind, m.Ergaenzung.Schuldner, m.Ersuchen = amtshilfe.KindErgaenzung, m.Ersuchen.Schuldner, nil
			m.Ergaenzung.Schuldner[0].Person.Sterbedatum = date(-10)
		}, nil},
		{"a name in a 015 is a name", func(m *amtshilfe.Message, _ *rules.Context) {
			m.Kind, m.Ergaenzung.Schuldner, m.Ersuchen = amtshilfe.KindErgaenzung, m.Ersuchen.Schuldner, nil
			m.Ergaenzung.Schuldner[0].Person.Vorname = "Erika 2"
		}, one("ZEICHEN-NAME", "/schuldner/person/personNat/natuerlichePerson/nameNatuerlichePerson/vorname/name")},
	})
}
